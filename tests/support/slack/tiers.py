"""How often each method may be called with each secret."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.loopback import StillClock
from tests.support.slack.answers import Refusal
from tests.support.slack.things import Token

_MINUTE = timedelta(minutes=1)

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute."""

LIMITED = frozenset({"conversations.history", "conversations.replies"})
"""What apps that are sold past the marketplace may call once a minute."""

LIMITED_PAGE = 15


@dataclass
class Tiers:
    """Counts and forbids.

    Attributes:
        extra: seconds by which a refusal tells more to wait than there is need for.
    """

    clock: StillClock
    extra: int = 0
    _calls: dict[tuple[str, str], deque[datetime]] = field(default_factory=dict)

    def spend(self, token: Token, method: str, tier: int | None) -> None:
        """Count a call.

        Raises:
            Refusal: there were too many within a minute.
        """
        if token.unlimited or tier is None:
            return
        most = 1 if token.limited and method in LIMITED else TIERS[tier]
        now = self.clock.now()
        calls = self._calls.setdefault((token.value, method), deque())
        while calls and calls[0] <= now - _MINUTE:
            calls.popleft()
        if len(calls) >= most:
            left = (calls[0] + _MINUTE - now).total_seconds()
            after = max(math.ceil(left), 1) + self.extra
            raise Refusal("ratelimited", status=429, retry_after=after)
        calls.append(now)
