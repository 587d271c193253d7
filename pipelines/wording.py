"""How counts and lengths of time are written, wherever people read them."""

from datetime import timedelta
from typing import Final

UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
"""Seconds of each unit of time, and what it is written as, the longest first."""


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number and what is counted.

    >>> counted(1, "window"), counted(1200, "window"), counted(0, "person", "people")
    ('1 window', '1,200 windows', '0 people')
    """
    return f"{number:,} {plural(number, one, many)}"


def plural(number: int, one: str, many: str = "") -> str:
    """Give the word for so many.

    >>> plural(1, "event"), plural(2, "event")
    ('event', 'events')
    """
    return one if number == 1 else many or f"{one}s"


def duration(length: timedelta) -> str:
    """Write a length of time in the units that people say.

    >>> duration(timedelta(seconds=30)), duration(timedelta(hours=36)), duration(timedelta(0))
    ('30 s', '1 d 12 h', '0 s')
    >>> duration(timedelta(milliseconds=-1500))
    '-1.5 s'
    """
    if length < timedelta(0):
        return f"-{duration(-length)}"
    rest = length.total_seconds()
    parts = []
    for size, unit in UNITS[:-1]:
        whole, rest = divmod(rest, size)
        if whole:
            parts.append(f"{whole:,.0f} {unit}")
    if rest or not parts:
        parts.append(f"{rest:.6f}".rstrip("0").rstrip(".") + " s")
    return " ".join(parts)
