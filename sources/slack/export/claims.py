"""What a pass through exports may say of what is gone, and of how much is held."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sources.batch import CompleteScope, Coverage
from sources.slack.claims import FEW
from sources.slack.export.cursor import Known, Position
from sources.slack.export.spans import Limits, Stretch, moment_of
from sources.slack.kinds import LISTED, REPLY

_DAY: Final = timedelta(days=1)
_LATEST: Final = date.max - _DAY


def make_claims(
    channel_id: str, stretches: Iterable[Stretch], limits: Limits, *, threads: bool
) -> Iterator[CompleteScope]:
    """Claim that of these stretches of a conversation everything was given, if so replies too.

    It is inferred, as an export may be of a narrower view than another: the store bounds it.
    """
    low, high = limits.bounds()
    for begin, end in stretches:
        since, until = max(begin, low), end + 1 if high is None else min(end + 1, high)
        if since < until:
            yield CompleteScope(
                kinds=(*LISTED, REPLY) if threads else LISTED,
                subject=f"{channel_id}/",
                since=moment_of(since),
                until=moment_of(until),
                few=FEW,
            )


def cover(position: Position, limits: Limits) -> Iterator[Coverage]:
    """Say which days the exports tell of, by the names of their files."""
    for begin, end in _join(position.exports):
        since, until = _clip(begin, end, limits)
        if since < until:
            yield Coverage(state="whole", since=since, until=until)
    if last := max((item.last for item in position.exports), default=""):
        since, until = _clip(date.fromisoformat(last), date.fromisoformat(last), limits)
        if since < until:
            reason = f"the last day that an export tells of is {last}"
            yield Coverage(state="partial", since=since, until=until, reason=reason)
    for mark in position.bad:
        _, folder, day = mark.rsplit("/", 2)
        since, until = _clip(date.fromisoformat(day), date.fromisoformat(day), limits)
        if since < until:
            reason = f"{folder}/{day}.json is damaged"
            yield Coverage(state="partial", since=since, until=until, reason=reason)


def _join(exports: Iterable[Known]) -> Iterator[tuple[date, date]]:
    """Give the first and the last day of each stretch of days that exports tell of."""
    joined: list[tuple[date, date]] = []
    for item in sorted(exports, key=lambda known: known.first):
        if not item.first:
            continue
        first, last = date.fromisoformat(item.first), date.fromisoformat(item.last)
        if joined and first - joined[-1][1] <= _DAY:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    yield from joined


def _clip(first: date, last: date, limits: Limits) -> tuple[datetime, datetime]:
    """Give where some days begin and end, within the limits."""
    begin, end = (
        datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, min(last, _LATEST))
    )
    return (
        begin if limits.since is None else max(begin, limits.since),
        end + _DAY if limits.until is None else min(end + _DAY, limits.until),
    )
