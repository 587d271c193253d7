"""What no list gives, behind all that lists give; and how much of the time is covered so."""

from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from typing import Final

from sources.batch import Coverage, Cursor, EventBatch, batch_table
from sources.github.cursor import Place
from sources.github.events.building import moment
from sources.github.gathering import make_batch
from sources.github.reading import Reader
from sources.github.states import Changed
from sources.github.streams import older


def fill_in(
    readers: Sequence[Reader],
    places: dict[str, Place],
    write: Callable[..., Cursor],
    *,
    known: bool,
) -> Generator[EventBatch, None, None]:
    """Give older events of issues, and say how much of the time is covered then.

    Args:
        readers: of the repositories.
        places: where they stand.
        write: gives the cursor, told whose place may have changed.
        known: whether it was said just now that they lack.
    """
    for reader, (number, place) in zip(readers, places.items(), strict=True):
        fill = place.issue_events.fill
        if fill is None or place.pulls_only:
            continue
        if not known and fill.issues == Changed():
            yield _state(readers[0], places, write(number))
        for piece in older.read_older(reader, place.issue_events):
            yield make_batch(piece, write(number))
        yield _state(readers[0], places, write(number))


def _state(reader: Reader, places: dict[str, Place], cursor: Cursor) -> EventBatch:
    coverage = tuple(cover(reader, places))
    return EventBatch(events=batch_table([]), cursor=cursor, coverage=coverage)


def cover(reader: Reader, places: dict[str, Place]) -> Iterator[Coverage]:
    """Say what the pass speaks for, at its end.

    A window of which the list of events gives only a part leaves to the sync what is said of it.
    """
    start, end = reader.span or (reader.config.since, None)
    horizons = [place.issue_events.horizon for place in places.values()]
    horizon = max((moment(time) for time in horizons if time), default=None)
    if horizon is None or (start is not None and horizon <= start):
        yield Coverage(state="whole", since=start, until=end)
        return
    known = horizon if end is None else min(horizon, end)
    if reader.span is None:
        yield Coverage(state="partial", since=_gap(places) or start, until=known, reason=_CUT)
    if end is None or known < end:
        yield Coverage(state="whole", since=known, until=end)


def _gap(places: dict[str, Place]) -> datetime | None:
    """Say from when on events of issues lack; ``None``: from the beginning."""
    fills = [place.issue_events.fill for place in places.values()]
    starts = [fill.since for fill in fills if fill is not None]
    known = [start for start in starts if start is not None]
    return moment(min(known)) if known and len(known) == len(starts) else None


_CUT: Final = (
    "GitHub lists 40,000 events of a repository's issues; older ones are being read issue by issue"
)
