"""Git's dates, as they really occur: unreadable, absurd, or both."""

import re
from dataclasses import dataclass
from typing import Final

LATEST: Final = 4_102_444_800
"""Seconds since 1970 of 2100-01-01 UTC, the first moment that is not credible."""

_HOUR: Final = 60
_OFFSET_LIMIT: Final = 14 * _HOUR
_STAMP: Final = re.compile(r"(-?[0-9]+)[ \t]+([+-][0-9]+)")
"""As git reads it: what follows the zone's digits is passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A moment as one line of a commit or tag gives it.

    Attributes:
        raw: the text after the e-mail.
        seconds: since 1970, where that is credible (1970 to 2099).
        offset: minutes east of UTC, where that is credible (up to 14 hours).
    """

    raw: str
    seconds: int | None
    offset: int | None


def parse_stamp(raw: str) -> Stamp:
    """Read ``seconds zone``.

    >>> parse_stamp("1112912053 -0630")
    Stamp(raw='1112912053 -0630', seconds=1112912053, offset=-390)
    >>> parse_stamp("yesterday").seconds is None
    True
    """
    match = _STAMP.match(raw)
    if match is None:
        return Stamp(raw=raw, seconds=None, offset=None)
    digits, zone = match.groups()
    # int() refuses thousands of digits; ten are enough for any credible date
    seconds = int(digits) if len(digits.lstrip("0")) <= len(str(LATEST)) else -1
    credible = 0 <= seconds < LATEST
    return Stamp(raw=raw, seconds=seconds if credible else None, offset=_offset(zone))


def _offset(zone: str) -> int | None:
    if len(zone) != len("+hhmm"):
        return None
    hours, minutes = int(zone[1:3]), int(zone[3:])
    total = hours * _HOUR + minutes
    if minutes >= _HOUR or total > _OFFSET_LIMIT:
        return None
    return -total if zone[0] == "-" else total
