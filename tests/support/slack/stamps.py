"""Times as Slack has them: seconds and six digits, a string that is a key and never a number."""

import re
from datetime import UTC, datetime

Key = tuple[int, int]
"""A time to sort by: seconds and millionths."""

FIRST: Key = (0, 0)
LAST: Key = (10**12, 0)

_FORM = re.compile(r"(\d{1,12})(?:\.(\d{1,12}))?")


def key(ts: str) -> Key:
    """Read a time.

    Raises:
        ValueError: it is none.
    """
    found = _FORM.fullmatch(ts)
    if found is None:
        raise ValueError(ts)
    return int(found[1]), int((found[2] or "0").ljust(6, "0")[:6])


def stamp(place: Key) -> str:
    """Write a time."""
    return f"{place[0]}.{place[1]:06d}"


def key_of(moment: datetime) -> Key:
    return int(moment.timestamp()), moment.microsecond


def moment_of(ts: str) -> datetime:
    """Give the moment, UTC, that a message's time tells."""
    seconds, micros = key(ts)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def second(moment: datetime) -> str:
    """Write the time of an edit, which is told in whole seconds."""
    return stamp((int(moment.timestamp()), 0))
