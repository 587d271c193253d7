"""How far a part of the soak is, and when it has to end."""

import sys
import time
from collections import Counter
from dataclasses import dataclass, field

_SHOWN = 15.0


@dataclass(kw_only=True)
class Tally:
    """What one part has done.

    Attributes:
        what: what is counted, in the plural.
        wanted: how many of them.
        seconds: after which no new one is begun.
        counts: ``done``, and how many of which sort.
    """

    what: str
    wanted: int
    seconds: float
    counts: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)
    _shown: float = 0.0

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.seconds - self._passed())

    @property
    def over(self) -> bool:
        """Whether all is done, or the time is up."""
        return self.counts["done"] >= self.wanted or self._passed() >= self.seconds

    def add(self, *sorts: str) -> None:
        """Count one more, and say from time to time how far it is."""
        self.counts.update(("done", *sorts))
        self._show()

    def count(self, sort: str, number: int) -> None:
        """Count several more of one sort."""
        self.counts.update({"done": number, sort: number})
        self._show()

    def _show(self) -> None:
        if self._passed() - self._shown >= _SHOWN:
            self._shown = self._passed()
            tell(f"{self._passed():6.0f} s  {self}")

    def __str__(self) -> str:
        """How many of how many, and of which sorts."""
        sorts = [f"{number} {name}" for name, number in self.counts.items() if name != "done"]
        return f"{self.counts['done']} of {self.wanted} {self.what} ({', '.join(sorted(sorts))})"

    def _passed(self) -> float:
        return time.monotonic() - self.began


def tell(words: str) -> None:
    """Say something to whoever watches."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
