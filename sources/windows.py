"""Partitions' arithmetic, pure: which window an event belongs to.

A window is one calendar month or day in UTC, named ``2024-03`` or ``2024-03-09``. What lies
before a source's ``start`` belongs to its first window. What claims to lie in the future
belongs to the window in which it was first observed, so no event changes its window because
the clock moved.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import ConfigError
from sources.event import TIMESTAMP

Grain = Literal["month", "day"]

KEY_FORMAT: Final[dict[Grain, str]] = {"month": "%Y-%m", "day": "%Y-%m-%d"}
EPOCH: Final = date(1970, 1, 1)
DEFAULT_START: Final[dict[Grain, date]] = {"month": date(2000, 1, 1), "day": date(2020, 1, 1)}


def window_key(occurred_at: datetime, observed_at: datetime, grain: Grain, start: date) -> str:
    """Name the window of one event.

    Args:
        occurred_at: when it happened, aware.
        observed_at: when it was first stored, aware.
        grain: size of a window.
        start: the source's first day, UTC.

    >>> seen = datetime(2024, 3, 9, tzinfo=UTC)
    >>> window_key(datetime(2286, 1, 1, tzinfo=UTC), seen, "month", date(2000, 1, 1))
    '2024-03'
    >>> window_key(datetime(1970, 1, 1, tzinfo=UTC), seen, "day", date(2020, 1, 1))
    '2020-01-01'
    """
    moment = max(min(occurred_at, observed_at), _midnight(start)).astimezone(UTC)
    return moment.strftime(KEY_FORMAT[grain])


def window_keys(
    occurred_at: "pa.ChunkedArray[Any]", observed_at: datetime, grain: Grain, start: date
) -> "pa.ChunkedArray[Any]":
    """Name the windows of a column of events, as :func:`window_key` does for one."""
    # As numbers: Arrow compares no moments that have a zone.
    seen, first = pa.array([observed_at, _midnight(start)], TIMESTAMP).cast(pa.int64())
    numbers = occurred_at.cast(TIMESTAMP).cast(pa.int64())
    bounded: Any = pc.max_element_wise(pc.min_element_wise(numbers, seen), first)
    # There are few days and many events, and writing a day is what costs.
    days: Any = pc.floor_temporal(bounded.cast(pa.timestamp("us")), unit="day")
    named = days.combine_chunks().dictionary_encode()
    keys = pc.strftime(named.dictionary, format=KEY_FORMAT[grain]).take(named.indices)
    return pa.chunked_array([keys], pa.string())


def window_bounds(key: str, grain: Grain) -> tuple[datetime, datetime]:
    """Say which moments a window spans: its first and the first after it, UTC.

    Raises:
        ConfigError: ``key`` names no window of this grain.
    """
    try:
        begin = datetime.strptime(key, KEY_FORMAT[grain]).replace(tzinfo=UTC)
    except ValueError as error:
        raise ConfigError(
            f"{key!r} is no window",
            remedy=f"Windows of grain {grain} are written like {_example(grain)}",
        ) from error
    if begin.strftime(KEY_FORMAT[grain]) != key:
        raise ConfigError(
            f"{key!r} is no window",
            remedy=f"Windows of grain {grain} are written like {_example(grain)}",
        )
    return begin, _next(begin, grain)


def reading_bounds(key: str, grain: Grain, start: date) -> tuple[datetime | None, datetime]:
    """Say what to read for a window: its bounds, but open to the left for the first one.

    Raises:
        ConfigError: ``key`` names no window of this grain, or one before ``start``.
    """
    begin, end = window_bounds(key, grain)
    first = first_window(grain, start)
    if key < first:
        raise ConfigError(
            f"{key!r} lies before the source's first window {first!r}",
            remedy="Name a later window, or set an earlier 'start' for the source",
        )
    return (None if key == first else begin), end


def first_window(grain: Grain, start: date) -> str:
    """Name the window that holds ``start``."""
    return start.strftime(KEY_FORMAT[grain])


def current_window(grain: Grain, now: datetime) -> str:
    """Name the window that holds ``now`` (aware)."""
    return now.astimezone(UTC).strftime(KEY_FORMAT[grain])


def window_range(grain: Grain, since: datetime, until: datetime) -> Iterator[str]:
    """Name the windows that touch ``since`` ≤ t < ``until``, oldest first (both aware)."""
    key = since.astimezone(UTC).strftime(KEY_FORMAT[grain])
    moment, _ = window_bounds(key, grain)
    while moment < until:
        yield moment.strftime(KEY_FORMAT[grain])
        moment = _next(moment, grain)


def parse_start(text: str | date | None, grain: Grain) -> date:
    """Read a source's ``start``: a day, or a month, or nothing for the grain's default.

    >>> parse_start("2015-06", "month")
    datetime.date(2015, 6, 1)

    Raises:
        ConfigError: no day and no month, or before 1970.
    """
    if text is None:
        return DEFAULT_START[grain]
    day = _parse_day(text)
    if day < EPOCH:
        raise ConfigError(f"start {text!r} lies before 1970", remedy="Name a later day")
    return day.replace(day=1) if grain == "month" else day


def _parse_day(text: str | date) -> date:
    if isinstance(text, date):
        return text
    for form in ("%Y-%m-%d", "%Y-%m"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise ConfigError(f"start {text!r} is no date", remedy="Write it like 2015-06 or 2015-06-30")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _next(begin: datetime, grain: Grain) -> datetime:
    if grain == "day":
        return begin + timedelta(days=1)
    return (begin + timedelta(days=32)).replace(day=1)


def _example(grain: Grain) -> str:
    return "2024-03" if grain == "month" else "2024-03-09"
