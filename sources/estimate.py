"""What a reading would take, said before it begins."""

from dataclasses import dataclass, replace
from math import ceil
from typing import Self

_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a service allows in an hour, and what of it a reading needs.

    Attributes:
        name: the service's own for it.
        needed: so much of it the reading takes.
        left: so much is left now.
        limit: so much there is in an hour.
        renewed: seconds until all of it is there again.
    """

    name: str
    needed: int
    left: int
    limit: int
    renewed: float

    @property
    def waiting(self) -> float:
        """Seconds to be waited until enough has been given.

        >>> Quota(name="core", needed=90, left=100, limit=5000, renewed=600).waiting
        0.0
        >>> Quota(name="core", needed=10_100, left=100, limit=5000, renewed=600).waiting
        4200.0
        """
        lacking = self.needed - self.left
        if lacking <= 0:
            return 0.0
        return self.renewed + _HOUR * (ceil(lacking / max(self.limit, 1)) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a reading would take.

    Attributes:
        requests: that count, whatever is asked.
        working: seconds without waits.
        quotas: that the requests are taken from; none: nobody counts.
        words: what else is to be known; may be empty.
    """

    requests: int
    working: float
    quotas: tuple[Quota, ...] = ()
    words: str = ""

    @property
    def waiting(self) -> float:
        """Seconds of waits for quotas."""
        return max((quota.waiting for quota in self.quotas), default=0.0)

    @property
    def seconds(self) -> float:
        """All of it, in seconds."""
        return self.working + self.waiting

    def __add__(self, other: Self) -> "Estimate":
        """Both, one after the other; what is left is what the later one found."""
        needed = {quota.name: quota.needed for quota in self.quotas}
        quotas = [
            replace(quota, needed=quota.needed + needed.pop(quota.name, 0))
            for quota in other.quotas
        ]
        quotas += [quota for quota in self.quotas if quota.name in needed]
        return Estimate(
            requests=self.requests + other.requests,
            working=self.working + other.working,
            quotas=tuple(quotas),
            words="; ".join(dict.fromkeys(filter(None, (self.words, other.words)))),
        )

    def times(self, factor: float) -> "Estimate":
        """So many of the same."""
        return replace(
            self,
            requests=round(self.requests * factor),
            working=self.working * factor,
            quotas=tuple(
                replace(quota, needed=round(quota.needed * factor)) for quota in self.quotas
            ),
        )
