"""What a pass may claim: how far back it is complete, and why not further."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sources.batch import CompleteScope, Coverage
from sources.event import utc_now
from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.commits import parse_object
from sources.filesystem.dates import LATEST
from sources.filesystem.events import COMMIT, from_seconds
from sources.filesystem.log import read_objects
from sources.filesystem.moments import Moments
from sources.filesystem.tags import TAG
from sources.span import Span

ANY_MONTH: Final = ""
"""Stands for the month of a commit that is missing, and its date with it."""
_LACKING: Final = "commits without line counts: the clone lacks objects, or they are broken"

_DIGITS: Final = len(str(LATEST))

KINDS: Final = (COMMIT, TAG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the last batch of a pass says of the whole of it.

    Attributes:
        complete: the scopes of which everything was given.
        coverage: how whole which span of time is.
    """

    complete: tuple[CompleteScope, ...]
    coverage: tuple[Coverage, ...]


def build_claim(
    span: Span,
    *,
    horizon: datetime | None,
    reason: str,
    lacking: Collection[str],
) -> Claim:
    """Say what can be said of ``span`` after all of it was read.

    Args:
        span: first moment and first moment after it; ``None``: open.
        horizon: before it the history is known to be cut; ``None``: it is not.
        reason: why it is cut.
        lacking: months of the commits that could not be read whole.
    """
    since, until = span
    if horizon is not None and until is not None and horizon >= until:
        return Claim(
            complete=(),
            coverage=(Coverage(state="partial", since=since, until=until, reason=reason),),
        )
    cut = horizon if horizon is not None and (since is None or horizon > since) else None
    first = since if cut is None else cut
    complete = (CompleteScope(kinds=KINDS, since=first, until=until, proven=True),)
    if lacking and span != (None, None):
        reasons = [_LACKING] if cut is None else [_LACKING, reason]
        some = Coverage(state="partial", since=since, until=until, reason="; ".join(reasons))
        return Claim(complete=complete, coverage=(some,))
    coverage = [Coverage(state="whole", since=first, until=until)]
    if cut is not None:  # last, as it speaks for the window that both touch
        coverage.append(Coverage(state="partial", since=since, until=cut, reason=reason))
    return Claim(complete=complete, coverage=(*coverage, *partial_months(lacking)))


def month_of(seconds: int) -> str:
    """Name the UTC month of a moment, as ``2024-03``."""
    return f"{from_seconds(seconds):%Y-%m}"


def partial_months(months: Collection[str]) -> tuple[Coverage, ...]:
    """Say that these months hold commits that could not be read whole."""
    if ANY_MONTH in months:
        return (Coverage(state="partial", reason=_LACKING),)
    return tuple(
        Coverage(
            state="partial",
            since=_first_moment(month),
            until=_first_moment(month, after=1),
            reason=_LACKING,
        )
        for month in sorted(months)
    )


def _first_moment(month: str, after: int = 0) -> datetime:
    year, number = map(int, month.split("-"))
    months = year * 12 + number - 1 + after
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def read_horizon(
    git: Git, moments: Moments, shallow: Sequence[str], boundary: Sequence[str] = ()
) -> datetime | None:
    """Find the moment just after the latest commit that is known to lie beyond a cut.

    An author's date says nothing of the order of commits: what was rebased may be older than what
    it stands on. So all that lies outside of a boundary is asked for its date.

    Args:
        git: runs the commands.
        moments: for the times of commits.
        shallow: where a clone ends; what lies beyond is not there.
        boundary: commits that stay out, with all they reach.

    Returns:
        ``None`` where nothing is cut; the present where some date cannot be read.

    Raises:
        GitFailedError: the repository cannot be read.
    """
    latest = _read_latest(git, boundary)
    for sha, content in read_objects(git, shallow) if shallow else ():
        if content is not None:
            moment = from_seconds(moments.of(sha, parse_object(content)).seconds)
            latest = moment if latest is None else max(latest, moment)
    return None if latest is None else latest + timedelta(seconds=1)


def _read_latest(git: Git, tips: Sequence[str]) -> datetime | None:
    """Find the latest date among all commits that the tips reach."""
    if not tips:
        return None
    latest = 0
    stdin = "".join(f"{sha}\n" for sha in tips).encode()
    try:
        with git.pipe("rev-list", "--format=%at %ct", "--stdin", stdin=stdin) as stdout:
            for line in stdout:
                latest = max(latest, _credible(line))
    except GitFailedError as error:
        if error.status < 0:  # stopped
            raise
        return utc_now()
    return from_seconds(latest)


def _credible(line: bytes) -> int:
    """The first date of a line that is one, the author's or the committer's; else 1970."""
    dates = (int(word) for word in line.split() if word.isdigit() and len(word) <= _DIGITS)
    return next((date for date in dates if date < LATEST), 0)
