"""Lists that can be asked for what changed since a time: issues and comments.

Page numbers lose records: one that changes while the list is read leaves its page, those behind
it move up, and one of them moves onto a page that was read. So a list is asked for by the time of
the last change that was given, and its page stays the first. Only where one second has more
changes than a page holds are further pages read, until a whole reading of them finds nothing new.

What is given once is known by its id and the time of its change. The service shows changes late
at times, so the last minute before the newest one is listed again.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sources.batch import QuarantineRecord
from sources.github.costs import Cost, count_listed, pages_of
from sources.github.events.building import Payload, moment, stamp
from sources.github.reading import PER_PAGE, Make, Piece, Reader, chunks, mark, marked
from sources.github.states import Changed
from sources.http import Answer

OVERLAP: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_OFF: Final = (404, 410)


def check_changed(item: Payload) -> object:
    """Hold a record to what the list is read by."""
    return str(item["id"]), moment(item["updated_at"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One such list.

    Attributes:
        tail: its path in the repository.
        name: of one of its records.
        make: makes a record's events.
        params: for the query.
        size: records that are turned into events at a time.
        prepare: told of the records of a piece before their events are made, to ask for more.
        check: raises for a record that lacks what a list is read by, or ``prepare``.
    """

    tail: str
    name: str
    make: Make
    params: Mapping[str, Any]
    size: int = PER_PAGE
    prepare: Callable[[Sequence[Payload]], None] = lambda _: None
    check: Callable[[Payload], object] = check_changed


def poll(reader: Reader, state: Changed, listing: Listing) -> str | None:
    """Look whether anything changed.

    Returns:
        The list's new etag; ``None``: nothing changed, or there is no such list.
    """
    answer = reader.get(
        reader.path(listing.tail),
        {**listing.params, "sort": "updated", "direction": "desc", "per_page": 1},
        etag=state.etag,
        lacking=_OFF,
    )
    return None if answer.unchanged or not answer.good else answer.etag or ""


def read_changed(reader: Reader, state: Changed, listing: Listing) -> Generator[Piece, None, None]:
    """Give what changed; the state is that after the piece when the piece is given."""
    etag = poll(reader, state, listing) if reader.span is None else ""
    if etag is None:
        return
    state.etag = None  # until the end: the list may become again what it was
    if state.since is None and reader.floor is not None:
        state.since = stamp(reader.floor)
    yield from _Scan(reader, state, listing).read()
    state.etag = etag or None


def count(reader: Reader, state: Changed, listing: Listing) -> int | None:
    """Count the records that :func:`read_changed` would read; ``None``: nothing changed."""
    known = state.etag is not None
    if reader.span is None and known and poll(reader, state, listing) is None:
        return None
    since = state.since or (stamp(reader.floor) if reader.floor else None)
    return count_listed(reader, listing.tail, {**listing.params, "since": since})


def cost(reader: Reader, state: Changed, listing: Listing) -> Cost:
    """Say what :func:`read_changed` would take."""
    return cost_of(reader, count(reader, state, listing))


def cost_of(reader: Reader, records: int | None) -> Cost:
    """Say what a list of so many records takes, with the look at it; ``None``: it is unchanged."""
    if records is None:
        return Cost()
    return Cost(requests=pages_of(records) + (reader.span is None))


class _Scan:
    """One reading of a list up to its newest record."""

    def __init__(self, reader: Reader, state: Changed, listing: Listing) -> None:
        self._reader = reader
        self._state = state
        self._listing = listing
        self._newest = marked(max(state.seen.values())) if state.seen else state.since
        self._bad: list[QuarantineRecord] = []
        self._known_bad: set[str] = set()

    def read(self) -> Generator[Piece, None, None]:
        """Give its pieces."""
        while True:
            since = self._state.since
            answer = self._first(since)
            if not answer.good:
                return
            yield from self._give(answer.data, advance=True)
            if answer.next_url is None:
                break
            if not self._advance(since, answer.data):
                more = yield from self._read_crowded(since, answer)
                if not more:
                    break
        self._finish()

    def _read_crowded(self, since: str | None, first: Answer) -> Generator[Piece, None, bool]:
        """Read on from a first page that is one second's; say whether there is more behind it."""
        found = False
        while True:
            answer = first
            while answer.next_url is not None and not _leads_on(since, answer.data):
                answer = self._sift(self._reader.get(answer.next_url))
                for piece in self._give(answer.data, advance=False):
                    found = True
                    yield piece
            if not found:
                return self._advance(since, answer.data)
            found, first = False, self._first(since)
            for piece in self._give(first.data, advance=False):
                found = True
                yield piece

    def _first(self, since: str | None) -> Answer:
        listing = self._listing
        params = {
            **listing.params,
            "sort": "updated",
            "direction": "asc",
            "per_page": PER_PAGE,
            "since": since,
        }
        return self._sift(self._reader.get(self._reader.path(listing.tail), params, lacking=_OFF))

    def _sift(self, answer: Answer) -> Answer:
        """Put aside the records that say not even what the list is read by."""
        if not answer.good:
            return answer
        sound, piece = self._reader.sift(answer.data, self._listing.name, self._listing.check)
        self._bad += [one for one in piece.bad if one.locator not in self._known_bad]
        self._known_bad |= {one.locator for one in piece.bad}
        return replace(answer, data=sound)

    def _give(self, records: Sequence[Payload], *, advance: bool) -> Generator[Piece, None, None]:
        state = self._state
        if self._bad:
            piece, self._bad = Piece(bad=self._bad), []
            yield piece
        marks = {str(item["id"]): mark(item) for item in records}
        fresh = [item for item in records if not _is_known(state, marks, item)]
        for some in chunks(fresh, self._listing.size):
            self._listing.prepare(some)
            piece = self._reader.convert(some, self._listing.name, self._listing.make)
            self._note({str(item["id"]): marks[str(item["id"])] for item in some})
            if advance:
                state.since = max(filter(None, (state.since, _before(_changed(some[-1]), _SECOND))))
            yield piece

    def _note(self, marks: Mapping[str, str]) -> None:
        state = self._state
        state.seen |= marks
        self._newest = marked(max(state.seen.values()))
        # While a crowded second is read again and again, all of it has to be known.
        self._forget(min(_before(self._newest, OVERLAP), state.since or ""))

    def _forget(self, oldest: str) -> None:
        seen = self._state.seen.items()
        self._state.seen = {key: time for key, time in seen if time >= oldest}

    def _advance(self, since: str | None, records: Sequence[Payload]) -> bool:
        """Ask from the last record on; False: that is where this page began."""
        if not _leads_on(since, records):
            return False
        after = _before(_changed(records[-1]), _SECOND)
        self._state.since = max(after, self._state.since or after)
        return True

    def _finish(self) -> None:
        if self._newest is not None:
            back = _before(self._newest, OVERLAP)
            floor = stamp(self._reader.floor) if self._reader.floor else back
            self._state.since = max(back, floor)
            self._forget(back)


def _leads_on(since: str | None, records: Sequence[Payload]) -> bool:
    """Whether a page reaches beyond the second that it was asked from."""
    if not records:
        return False
    return since is None or _before(_changed(records[-1]), _SECOND) > since


def _is_known(state: Changed, marks: Mapping[str, str], item: Payload) -> bool:
    key = str(item["id"])
    return state.seen.get(key) == marks[key]


def _changed(item: Payload) -> str:
    return str(item["updated_at"])


def _before(time: str, span: timedelta) -> str:
    return stamp(moment(time) - span)
