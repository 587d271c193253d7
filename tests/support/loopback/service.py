"""What stands behind a server: it reads what is asked, answers, and remembers."""

from abc import ABC, abstractmethod
from collections import Counter
from threading import RLock
from typing import Generic, TypeVar

from tests.support.loopback.asking import Asked, Given, Raw
from tests.support.loopback.clock import StillClock
from tests.support.loopback.faults import Fault

AskedT = TypeVar("AskedT", bound=Asked)


class Service(ABC, Generic[AskedT]):
    """Answers, counts, and fails on demand.

    Attributes:
        clock: whose time the answers carry.
        lock: held while it answers.
        faults: what goes wrong; the first that fits happens.
        asked: all requests, with the status and the kind of each answer.
        latency: seconds that every answer is on its way.
    """

    def __init__(self, clock: StillClock, lock: RLock) -> None:
        self.clock = clock
        self.lock = lock
        self.faults: list[Fault] = []
        self.asked: list[tuple[AskedT, int, str]] = []
        self.latency = 0.0

    @abstractmethod
    def read(self, raw: Raw) -> AskedT:
        """Understand a request."""

    @abstractmethod
    def answer(self, asked: AskedT) -> Given:
        """Answer a request that no fault stops, and remember it."""

    def handle(self, raw: Raw) -> tuple[Given, Fault]:
        """Answer, or fail; give also what goes wrong with the sending."""
        with self.lock:
            asked = self.read(raw)
            fault = next((one for one in self.faults if one.meets(asked)), None)
            if fault is None:
                return self.answer(asked), Fault()
            fault.act()
            if fault.drop or fault.status is not None:
                self.asked.append((asked, fault.status or 0, "fault"))
                return Given(
                    status=fault.status or 0, data=fault.data, headers=fault.headers
                ), fault
            return self.answer(asked), fault

    def count(self, kind: str | None = None, *, status: int | None = None) -> int:
        """Count the requests, of one kind or with one status only."""
        return sum(
            kind in {None, found} and status in {None, given} for _, given, found in self.asked
        )

    def kinds(self) -> Counter[str]:
        """Count the requests by kind."""
        return Counter(kind for _, _, kind in self.asked)

    def lines(self) -> list[str]:
        """Give the first line of every request."""
        return [asked.line for asked, _, _ in self.asked]
