"""Slack's times: seconds and six more digits in a text, which is also a message's key.

They never go through a float: that has too few digits, and two messages would become one.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sources.windows import Grain, window_bounds

_STAMP: Final = re.compile(r"([0-9]{1,11})(?:\.([0-9]{1,6}))?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLION: Final = 1_000_000


def micros(ts: Any) -> int:
    """Give microseconds since 1970.

    >>> micros("1699999999.000100")
    1699999999000100

    Raises:
        ValueError: it is no time of Slack's.
    """
    match = _STAMP.fullmatch(ts) if isinstance(ts, str) else None
    if match is None:
        raise ValueError(f"{str(ts)[:40]!r} is no time of Slack's")
    return int(match[1]) * _MILLION + int((match[2] or "").ljust(6, "0"))


def count_of(text: str) -> int:
    """Give microseconds since 1970; none for no text."""
    return micros(text) if text else 0


def moment(ts: Any) -> datetime:
    """Give the moment, UTC, to the microsecond.

    >>> moment("1699999999.000100").isoformat()
    '2023-11-14T22:13:19.000100+00:00'

    Raises:
        ValueError: it is no time of Slack's.
    """
    return _EPOCH + timedelta(microseconds=micros(ts))


def stamp(at: datetime) -> str:
    """Write a moment as Slack does.

    >>> stamp(moment("1699999999.000100"))
    '1699999999.000100'
    """
    return write((at - _EPOCH) // timedelta(microseconds=1))


def after(ts: str) -> str:
    """Give the first time behind one.

    >>> after("1699999999.999999")
    '1700000000.000000'
    """
    return write(micros(ts) + 1)


def write(count: int) -> str:
    """Write microseconds since 1970 as Slack does."""
    seconds, rest = divmod(count, _MILLION)
    return f"{seconds}.{rest:06d}"


def day_of(ts: str) -> str:
    """Name the UTC day.

    >>> day_of("1699999999.000100")
    '2023-11-14'
    """
    return moment(ts).date().isoformat()


def month_of(ts: str) -> str:
    """Name the UTC month."""
    return day_of(ts)[:7]


def bounds_of(key: str) -> tuple[str, str]:
    """Give the first moment of a day or month, and the first one behind it.

    >>> bounds_of("2023-11-14"), bounds_of("2023-12")[1] == bounds_of("2024-01")[0]
    (('1699920000.000000', '1700006400.000000'), True)
    """
    grain: Grain = "day" if key.count("-") > 1 else "month"
    start, end = window_bounds(key, grain)
    return stamp(start), stamp(end)


def midnight(at: datetime) -> str:
    """Give the beginning of the UTC day."""
    return stamp(at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
