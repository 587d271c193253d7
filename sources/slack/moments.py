"""Slack's times: seconds and six more digits in a text, which is also a message's key.

They never go through a float: that has too few digits, and two messages would become one.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

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
    seconds, rest = divmod((at - _EPOCH) // timedelta(microseconds=1), _MILLION)
    return f"{seconds}.{rest:06d}"


def day_of(ts: str) -> str:
    """Name the UTC day.

    >>> day_of("1699999999.000100")
    '2023-11-14'
    """
    return moment(ts).date().isoformat()
