"""How many requests are left to whoever asks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.github.answers import Refusal
from tests.support.github.things import Token
from tests.support.loopback.clock import StillClock

_HOUR = timedelta(hours=1)


@dataclass
class _Purse:
    limit: int
    used: int = 0
    reset: datetime | None = None


@dataclass
class Quota:
    """Counts and forbids.

    Attributes:
        told: whether answers carry the numbers; an Enterprise Server without limits is silent.
        anonymous: requests an hour without a secret.
    """

    clock: StillClock
    told: bool = True
    anonymous: int = 60
    _purses: dict[tuple[str, str], _Purse] = field(default_factory=dict)

    def purse(self, token: Token | None, resource: str) -> _Purse:
        """Give what is left, renewed if its hour is over."""
        name = "" if token is None else token.value
        limit = self.anonymous if token is None else token.limit
        purse = self._purses.setdefault((name, resource), _Purse(limit))
        if purse.reset is not None and self.clock.now() >= purse.reset:
            purse.used, purse.reset = 0, None
        return purse

    def check(self, token: Token | None, resource: str) -> None:
        """Do nothing.

        Raises:
            Refusal: nothing is left.
        """
        purse = self.purse(token, resource)
        if self.told and purse.used >= purse.limit:
            raise Refusal(403, "API rate limit exceeded for user ID 1.")

    def spend(self, token: Token | None, resource: str, cost: int) -> None:
        purse = self.purse(token, resource)
        purse.used += cost
        purse.reset = purse.reset or self.clock.now() + _HOUR

    def spent(self, token: Token | None, resource: str = "core") -> int:
        return self.purse(token, resource).used

    def headers(self, token: Token | None, resource: str) -> dict[str, str]:
        """Give the headers of an answer."""
        if not self.told:
            return {}
        numbers = self.numbers(token, resource)
        return {
            **{f"X-RateLimit-{name.title()}": str(value) for name, value in numbers.items()},
            "X-RateLimit-Resource": resource,
        }

    def numbers(self, token: Token | None, resource: str) -> dict[str, int]:
        purse = self.purse(token, resource)
        reset = purse.reset or self.clock.now() + _HOUR
        left = max(purse.limit - purse.used, 0)
        moment = int(reset.timestamp())
        return {"limit": purse.limit, "used": purse.used, "remaining": left, "reset": moment}
