"""How Slack says that it wants to be left alone, and what of its answers is a fault of its own.

https://docs.slack.dev/apis/web-api/rate-limits: each method is counted by itself, and a 429 names
the seconds. Nothing is slowed down beyond what an answer asks for.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sources.http import Again, Answer, Hold, Pace
from sources.http.pace import seconds_asked

_TOO_MANY: Final = 429
LIMITED: Final = frozenset({"ratelimited", "rate_limited"})
OUT_OF_ORDER: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
    | {"team_added_to_org", "accesslimited"}
)
"""Errors that may be over at the next try."""

_TRIES: Final = 4


class SlackPace(Pace):
    """Limits by method, and errors that come with status 200."""

    def judge(self, answer: Answer, now: datetime) -> Hold | Again | None:
        """Say what the answer asks for."""
        error = error_of(answer.data)
        if answer.status == _TOO_MANY or error in LIMITED:
            asked = seconds_asked(answer.headers, now)
            return Hold(reason="Slack asks to slow down with this method", seconds=asked)
        if error in OUT_OF_ORDER:
            return Again(reason=f"Slack answers {error}", tries=_TRIES)
        return None


def error_of(data: Any) -> str:
    """Give the error in an answer, which has status 200 with it; empty: there is none.

    >>> error_of({"ok": False, "error": "not_in_channel"}), error_of({"ok": True})
    ('not_in_channel', '')
    """
    told: Mapping[str, Any] = data if isinstance(data, dict) else {}
    return str(told.get("error") or "unknown_error") if told.get("ok") is False else ""
