"""Stretches of time for which an export tells all that a conversation has.

An export holds everything between its first message of a conversation and its last one, unless a
day's file is damaged: then nothing is known between the messages on both sides of that day. Times
are whole microseconds since 1970, as ``ts`` tells them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sources.slack.moments import micros

Stretch = tuple[int, int]
"""The first moment and the last one, both included."""

_EVER: Final = -(10**17)
"""Before anything that a calendar has, in microseconds."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ZONES: Final = timedelta(days=1)
"""So far a day's beginning and end may lie from those of the day in UTC, and a little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The moments that are asked for.

    Attributes:
        since: the first; ``None``: open to the left.
        until: the first that is not asked for any more; ``None``: open to the right.
        after: only messages later than this are, in microseconds; less than nothing: all.
    """

    since: datetime | None = None
    until: datetime | None = None
    after: int = -1

    def bounds(self) -> tuple[int, int | None]:
        """Give the first moment and the first not asked for any more, in microseconds."""
        low = _EVER if self.since is None else count_micros(self.since)
        low = max(low, self.after + 1) if self.after >= 0 else low
        return low, None if self.until is None else count_micros(self.until)

    def hold(self, at: datetime) -> bool:
        """Whether a moment is asked for."""
        low, high = self.bounds()
        return low <= count_micros(at) and (high is None or count_micros(at) < high)

    def may_have(self, day: str) -> bool:
        """Whether a day, of whatever zone, may have messages that are asked for."""
        low, high = self.bounds()
        earliest, latest = _reach(day)
        return latest > low and (high is None or earliest < high)

    def end_before(self, day: str) -> bool:
        """Whether a day, of whatever zone, is later than all that is asked for."""
        _, high = self.bounds()
        return high is not None and _reach(day)[0] >= high


def read_ts(record: Any) -> int | None:
    """Read when a message was written, which is also its name; ``None``: it does not say.

    >>> read_ts({"ts": "1452837318.000002"}), read_ts({"ts": 1452837318})
    (1452837318000002, None)
    """
    try:
        return micros(record["ts"])
    except (KeyError, TypeError, ValueError):
        return None


def edges(records: Iterable[Any]) -> Stretch | None:
    """Give the times of the first and the last message; ``None``: there is none."""
    found: Stretch | None = None
    for record in records:
        if (time := read_ts(record)) is not None:
            found = widen(found, time)
    return found


def widen(stretch: Stretch | None, time: int) -> Stretch:
    """Make a stretch hold a moment.

    >>> widen((3, 5), 7), widen(None, 7)
    ((3, 7), (7, 7))
    """
    return (time, time) if stretch is None else (min(stretch[0], time), max(stretch[1], time))


def find_stretches(
    days: Sequence[str], bad: Collection[str], look: Callable[[str], Stretch | None]
) -> list[Stretch]:
    """Find the stretches that some days tell all of.

    Args:
        days: that there are files of, in order.
        bad: those that could not be read.
        look: reads a day's first moment and its last; asked for as few days as possible.
    """
    found = []
    for run in _runs(days, bad):
        first = next((edge for day in run if (edge := look(day))), None)
        last = next((edge for day in reversed(run) if (edge := look(day))), None)
        if first and last:
            found.append((first[0], last[1]))
    return found


def _runs(days: Sequence[str], bad: Collection[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for day in days:
        if day not in bad:
            run.append(day)
        elif run:
            yield run
            run = []
    if run:
        yield run


def join(stretches: Collection[Stretch]) -> list[Stretch]:
    """Make one of those that overlap, oldest first.

    >>> join([(5, 9), (1, 3), (2, 4)])
    [(1, 4), (5, 9)]
    """
    joined: list[Stretch] = []
    for low, high in sorted(stretches):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def within(stretches: Collection[Stretch], time: int) -> bool:
    """Whether a moment lies in one of them."""
    return any(low <= time <= high for low, high in stretches)


def within_day(stretches: Collection[Stretch], day: str) -> bool:
    """Whether all moments of a day, of whatever zone, lie in one of some stretches.

    >>> within_day([(1704240000000000, 1704499200000000)], "2024-01-04")
    True
    """
    earliest, latest = _reach(day)
    return any(low <= earliest and latest <= high for low, high in stretches)


def may_hold(day: str, times: Collection[int]) -> bool:
    """Whether one of some moments may lie in a day, of whatever zone."""
    earliest, latest = _reach(day)
    return any(earliest <= time <= latest for time in times)


def may_precede(time: int, day: str) -> bool:
    """Whether a moment may lie before the end of a day, of whatever zone."""
    return time <= _reach(day)[1]


def _reach(day: str) -> Stretch:
    """Give the first moment and the last one that may lie in a day of whatever zone."""
    begin = count_micros(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC))
    zones = _ZONES // timedelta(microseconds=1)
    return begin - zones, begin + 2 * zones


def count_micros(at: datetime) -> int:
    """Give microseconds since 1970.

    >>> count_micros(datetime(2023, 11, 14, 22, 13, 19, 100, UTC))
    1699999999000100
    """
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment_of(count: int) -> datetime:
    """Give the moment, UTC, of so many microseconds since 1970.

    >>> moment_of(1699999999000100).isoformat()
    '2023-11-14T22:13:19.000100+00:00'
    """
    return _EPOCH + timedelta(microseconds=count)
