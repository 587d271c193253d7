"""The time, and how to let it pass."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from threading import Event


class Clock(ABC):
    """What a client knows of time; a test has one that stands still or jumps."""

    @abstractmethod
    def now(self) -> datetime:
        """Give the present moment, UTC."""

    @abstractmethod
    def wait(self, stopped: Event, seconds: float) -> bool:
        """Let ``seconds`` pass, or fewer where ``stopped`` is set; give whether it is."""


class SystemClock(Clock):
    """The machine's own time."""

    def now(self) -> datetime:
        """Give the present moment, UTC."""
        return datetime.now(UTC)

    def wait(self, stopped: Event, seconds: float) -> bool:
        """Wait."""
        return stopped.wait(seconds)
