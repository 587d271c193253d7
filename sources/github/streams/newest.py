"""The events of a repository's issues: a list that is read from its newest record on.

New records push older ones to later pages, so a reading under way meets some twice and misses
none. It ends where the last one began, a minute earlier, as the service shows records late at
times; what is met again there is known by its id. The service lists 40,000 records, not more: what
is older is left to :mod:`sources.github.streams.older`.
"""

from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import Any, Final

from sources.event import EpisodicEvent
from sources.github.costs import DEEPEST, Cost, count_older, find_depth
from sources.github.events.building import Payload, moment, stamp
from sources.github.events.transitions import NOISE, is_told_elsewhere, transition
from sources.github.reading import PER_PAGE, Piece, Reader
from sources.github.states import Fill, Newest, OpenList
from sources.http import Answer

OVERLAP: Final = timedelta(minutes=1)
TAIL: Final = "/issues/events"
_OFF: Final = (404, 410)
_DEPTH: Final = 422


def poll(reader: Reader, state: Newest) -> str | None:
    """Look whether anything was added.

    Returns:
        The list's new etag; ``None``: nothing was, or there is no such list.
    """
    answer = reader.get(reader.path(TAIL), {"per_page": 1}, etag=state.etag, lacking=_OFF)
    return None if answer.unchanged or not answer.good else answer.etag or ""


def read_issue_events(reader: Reader, state: Newest) -> Generator[Piece, None, None]:
    """Give what was added; the state is that after the piece when the piece is given."""
    if state.open is None:
        etag = poll(reader, state) if reader.span is None else ""
        if etag is None:
            return
        state.open = OpenList(newest=state.newest or "", recent=[], page=1, etag=etag or None)
    yield from _read_pages(reader, state, state.open)
    if state.open.newest:
        state.newest, state.recent = state.open.newest, state.open.recent
    state.etag, state.open = state.open.etag, None


def cost(reader: Reader, state: Newest) -> Cost:
    """Say what :func:`read_issue_events` would take."""
    known = state.etag is not None
    if state.open is None and reader.span is None and known and poll(reader, state) is None:
        return Cost()
    pages = find_depth(reader, TAIL, {}, "created_at", _end(reader, state))
    if state.open is not None:
        return Cost(requests=max(pages - state.open.page + 1, 1))
    return Cost(requests=pages + (reader.span is None)) + _cost_older(reader, pages)


def _cost_older(reader: Reader, pages: int) -> Cost:
    """Say what the issues by themselves take, where the list of their events is cut."""
    beyond = pages + 1 if pages == DEEPEST else pages
    if pages == 1 or reader.span is not None or _page(reader, beyond).status != _DEPTH:
        return Cost()
    last = _last_page(reader, pages)
    return Cost(requests=count_older(reader, None, str(last.data[-1]["created_at"])))


def _last_page(reader: Reader, pages: int) -> Answer:
    """Find the deepest page that is given; the first always is."""
    low, high = 1, pages
    while low < high:
        middle = high if high == pages else (low + high + 1) // 2  # mostly it is the last
        if _page(reader, middle).good:
            low = middle
        else:
            high = middle - 1
    return _page(reader, low)


def _read_pages(reader: Reader, state: Newest, reading: OpenList) -> Generator[Piece, None, None]:
    end = _end(reader, state)
    answer = _page(reader, reading.page)
    while answer.good:
        listed, bad = reader.sift(answer.data, "issue event", check_event)
        if bad.bad:
            yield bad
        _note_newest(reading, listed)
        fresh = [item for item in listed if item["id"] not in state.recent and not _old(item, end)]
        reading.page += 1
        reading.oldest = str(listed[-1]["created_at"]) if listed else reading.oldest
        yield reader.convert(fresh, "issue event", lambda item: make_event(reader, item))
        if answer.next_url is None or (listed and _old(listed[-1], end)):
            return
        answer = reader.get(answer.next_url, lacking=(_DEPTH,))
    if answer.status == _DEPTH:
        _note_gap(reader, state, end, reading.oldest or end)


def _note_gap(reader: Reader, state: Newest, since: str, until: str) -> None:
    """Note what the list did not give, together with what it did not give before."""
    if state.fill is not None:
        since = min(since, state.fill.since or "")
        until = max(until, state.fill.until)
    state.horizon = until
    if reader.span is None:
        state.fill = Fill(since=since or None, until=until)


def check_event(item: Payload) -> object:
    """Hold a record to what the list is read by."""
    return int(item["id"]), moment(item["created_at"])


def _page(reader: Reader, number: int) -> Answer:
    params: Mapping[str, Any] = {"per_page": PER_PAGE, "page": number if number > 1 else None}
    return reader.get(reader.path(TAIL), params, lacking=(*_OFF, _DEPTH))


def _end(reader: Reader, state: Newest) -> str:
    """Say before which time nothing has to be read."""
    known = stamp(moment(state.newest) - OVERLAP) if state.newest else ""
    floor = stamp(reader.floor) if reader.floor else ""
    return max(known, floor)


def _old(item: Payload, end: str) -> bool:
    return str(item["created_at"]) < end


def _note_newest(reading: OpenList, listed: list[Payload]) -> None:
    if not listed:
        return
    if reading.page == 1 or not reading.newest:  # the first page may have been empty
        reading.newest = str(listed[0]["created_at"])
    since = stamp(moment(reading.newest) - OVERLAP)
    reading.recent += [
        item["id"]
        for item in listed
        if str(item["created_at"]) >= since and item["id"] not in reading.recent
    ]


def make_event(reader: Reader, item: Payload) -> list[EpisodicEvent | None]:
    """Make the event of a record, if it is one that is asked for."""
    if item["event"] in NOISE or item.get("issue") is None or is_told_elsewhere(item):
        return [None]  # of no issue: of one that is gone
    event = transition(reader.repo, item)
    group = "pull_request" if event.kind.startswith("github.pull_request.") else "issues"
    return [event if reader.wants(group) else None]
