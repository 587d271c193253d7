"""Events of issues that the repository's list of them does not reach any more.

That list gives the newest 40,000. What is older is asked for issue by issue, a request each, from
the issue that changed first to the one that changed last. It is read behind everything else, goes
on in the next reading where one ends, and is done once.
"""

from collections.abc import Generator, Sequence

from sources.batch import QuarantineRecord
from sources.event import EpisodicEvent
from sources.github.costs import Cost, count_listed, count_older, pages_of
from sources.github.details import group_of
from sources.github.events.building import Payload
from sources.github.events.issues import closed
from sources.github.reading import Piece, Reader
from sources.github.states import Fill, Newest
from sources.github.streams.changed import Listing, read_changed
from sources.github.streams.issues import ISSUES, check_issue
from sources.github.streams.newest import check_event, make_event

_GONE = (404, 410)
_SIZE = 10


def read_older(reader: Reader, state: Newest) -> Generator[Piece, None, None]:
    """Give the older events; the state is that after the piece when the piece is given."""
    fill = state.fill
    if fill is None:
        return
    filling = _Filling(reader, fill)
    for piece in read_changed(reader, fill.issues, filling.listing()):
        yield filling.add(piece)
    state.fill = state.horizon = None


def cost(reader: Reader, state: Newest) -> Cost:
    """Say what :func:`read_older` would take."""
    if state.fill is None:
        return Cost()
    since = state.fill.issues.since or state.fill.since
    issues = count_listed(reader, ISSUES.tail, {**ISSUES.params, "since": since})
    return Cost(requests=1 + pages_of(issues) + count_older(reader, since, state.fill.until))


class _Filling:
    """Asks for the events of each issue of a piece, before the piece is made."""

    def __init__(self, reader: Reader, fill: Fill) -> None:
        self._reader = reader
        self._fill = fill
        self._made: dict[int, list[EpisodicEvent]] = {}
        self._bad: list[QuarantineRecord] = []
        self._retracted: list[str] = []
        if fill.issues.since is None:
            fill.issues.since = fill.since

    def listing(self) -> Listing:
        """Describe the list of the issues."""
        return Listing(
            tail=ISSUES.tail,
            name=ISSUES.name,
            make=lambda issue: self._made.get(int(issue["number"]), ()),
            params=ISSUES.params,
            size=_SIZE,
            prepare=self._prepare,
            check=check_issue,
        )

    def add(self, piece: Piece) -> Piece:
        """Put what else came of a piece's issues into it."""
        piece.bad += self._bad
        piece.retracted += self._retracted
        self._bad, self._retracted = [], []
        return piece

    def _prepare(self, issues: Sequence[Payload]) -> None:
        self._made = {int(issue["number"]): self._read(issue) for issue in issues}

    def _read(self, issue: Payload) -> list[EpisodicEvent]:
        fill, reader = self._fill, self._reader
        if str(issue["created_at"]) > fill.until or not reader.wants(group_of(issue)):
            return []
        path = reader.path(f"/issues/{int(issue['number'])}/events")
        items = [
            item for page in reader.pages(path, lacking=_GONE) if page.good for item in page.data
        ]
        sound, odd = reader.sift(items, "issue event", check_event)
        told = [
            {**item, "issue": issue}
            for item in sound
            if (fill.since or "") <= str(item["created_at"]) <= fill.until
        ]
        piece = reader.convert(told, "issue event", lambda item: make_event(reader, item))
        self._bad += odd.bad + piece.bad
        self._retracted += self._guessed(issue, piece.events)
        return piece.events

    def _guessed(self, issue: Payload, made: list[EpisodicEvent]) -> list[str]:
        """Name the closing that was read out of the issue itself, where it has another id."""
        guess = closed(self._reader.repo, issue)
        since, until = self._fill.since or "", self._fill.until
        if guess is None or not since <= str(issue["closed_at"]) <= until:
            return []
        return [] if guess.event_id in {event.event_id for event in made} else [guess.event_id]
