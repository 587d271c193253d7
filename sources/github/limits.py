"""How GitHub says that it wants to be left alone, and what it says by mistake.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: first ``retry-after``,
then ``x-ratelimit-reset`` where none remain, else a minute and more. An Enterprise Server sends
none of these headers unless its owner has set limits.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sources.http import Again, Answer, Hold, Pace
from sources.http.pace import read_date, seconds_asked

_REFUSALS: Final = frozenset({403, 429})
_TOO_MANY: Final = 429
_GOOD: Final = 200

_SECONDS: Final = re.compile(r"[0-9]{1,10}")

_MARGIN: Final = 1.0
"""Seconds after the reset: it is given in whole ones."""

_LIMITED: Final = frozenset({"RATE_LIMIT", "RATE_LIMITED"})
"""Types of GraphQL's errors; both are in use."""

_MISTAKEN: Final[Mapping[int, Again]] = {
    202: Again(reason="GitHub is still working it out", tries=4),
    401: Again(reason="GitHub does not know the secret, which it says now and then of a good one"),
    404: Again(reason="GitHub does not find it, which it says now and then of what is there"),
}


class GitHubPace(Pace):
    """Primary and secondary limits of REST and GraphQL."""

    def judge(self, answer: Answer, now: datetime) -> Hold | Again | None:
        """Say what the answer asks for.

        A 403 without a word of a limit is a lack of rights, and the caller's.
        """
        if answer.status in _REFUSALS:
            return _read_limit(answer, now, sure=answer.status == _TOO_MANY)
        if answer.status == _GOOD and any(_is_limit(error) for error in read_errors(answer.data)):
            return _read_limit(answer, now, sure=True)
        return _MISTAKEN.get(answer.status)


def read_errors(data: Any) -> list[Mapping[str, Any]]:
    """Give the errors in an answer of GraphQL, which has status 200 with them."""
    errors = data.get("errors") if isinstance(data, dict) else None
    return [error for error in errors or () if isinstance(error, dict)]


def _is_limit(error: Mapping[str, Any]) -> bool:
    return error.get("type") in _LIMITED or _speaks_of_limit(error.get("message"))


def _speaks_of_limit(message: object) -> bool:
    words = str(message).lower()
    return "rate limit" in words or "abuse detection" in words


def _read_limit(answer: Answer, now: datetime, *, sure: bool) -> Hold | None:
    """Read how long to wait, by GitHub's own clock; ``sure``: that it is a limit."""
    asked = seconds_asked(answer.headers, now)
    if asked is not None:
        return Hold(reason="GitHub asks to slow down", seconds=asked)
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if answer.headers.get("X-RateLimit-Remaining") == "0" and _SECONDS.fullmatch(reset):
        there = read_date(answer.headers.get("Date", "")) or now
        left = (datetime.fromtimestamp(int(reset), UTC) - there).total_seconds()
        reason = "the hour's requests of this token are used up"
        return Hold(reason=reason, seconds=max(left, 0.0) + _MARGIN)
    if sure or (isinstance(answer.data, dict) and _speaks_of_limit(answer.data.get("message"))):
        return Hold(reason="GitHub asks to slow down and does not say how long", seconds=None)
    return None
