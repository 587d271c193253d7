"""What can be said of a part of a channel once all of it was listed: the rest is gone.

Channels are told apart by the ids that their subjects begin with: names are given anew.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sources.batch import CompleteScope
from sources.slack.kinds import LISTED, REPLY
from sources.slack.moments import count_of, moment, write
from sources.slack.reading import END, Parent, Reader

FEW: Final = 3
"""So many messages may be gone at once, whatever share of all that is."""

_SHARE: Final = 20
"""Of so many messages one may be gone."""


def listed(reader: Reader, low: str, high: str, few: int = FEW) -> CompleteScope:
    """Say that a batch has all that the channel itself shows from ``low`` until before ``high``."""
    return CompleteScope(
        kinds=LISTED,
        subject=f"{reader.channel.id}/",
        since=_moment(low),
        until=None if high == END else moment(high),
        few=few,
        within="batch",
    )


def orphans(reader: Reader, low: str, high: str, parents: Sequence[Parent]) -> CompleteScope:
    """Say that of the threads that began then only these are left."""
    name = reader.channel.id
    return CompleteScope(
        kinds=(REPLY,),
        subject=f"{name}/",
        sessions=(f"{name}/{low}", f"{name}/{write(count_of(high) - 1)}"),
        but_sessions=tuple(f"{name}/{parent.key}" for parent in parents),
        since=_moment(low),
        few=FEW + len(parents) // _SHARE,
        within="batch",
    )


def answers(reader: Reader, thread: str, after: str, until: str) -> CompleteScope:
    """Say that a batch has all replies of a thread behind ``after``, up to ``until``."""
    session = f"{reader.channel.id}/{thread}"
    return CompleteScope(
        kinds=(REPLY,),
        subject=f"{reader.channel.id}/",
        sessions=(session, session),
        since=moment(write(count_of(after) + 1)) if after else None,
        until=moment(write(count_of(until) + 1)) if until else None,
        few=FEW,
        within="batch",
    )


def everything(
    reader: Reader, since: datetime | None, until: datetime | None
) -> Iterable[CompleteScope]:
    """Say that a whole reading has given all of the channel in a span of time."""
    for kinds in (LISTED, (REPLY,)) if reader.config.threads else (LISTED,):
        yield CompleteScope(
            kinds=kinds, subject=f"{reader.channel.id}/", since=since, until=until, few=FEW
        )


def allow(known: Sequence[int], found: Sequence[int]) -> bool:
    """Say whether so many messages may be gone, by how many there were and are each day.

    >>> allow([1, 5], [0, 4]), allow([10, 10], [8, 7]), allow([100, 10], [96, 10])
    (True, False, True)
    """
    gone = sum(max(before - now, 0) for before, now in zip(known, found, strict=True))
    return gone <= max(FEW, sum(known) / _SHARE)


def _moment(low: str) -> datetime | None:
    return moment(low) if low else None
