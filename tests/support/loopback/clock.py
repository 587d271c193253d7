"""A clock that moves when it is told to, or when somebody waits by it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Lock

from sources.http import Clock

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


class StillClock(Clock):
    """The time of a site and of its reader in one.

    Attributes:
        waits: how long was waited, seconds, in order.
        during: called while somebody waits, before the time has passed.
    """

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._lock = Lock()
        self.waits: list[float] = []
        self.during: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def wait(self, stopped: Event, seconds: float) -> bool:
        self.waits.append(seconds)
        self.during()
        if not stopped.is_set():
            self.move(seconds=seconds)
        return stopped.is_set()

    def move(self, **by: float) -> datetime:
        """Let time pass, as ``timedelta`` says how much; give the moment after it."""
        with self._lock:
            self._now += timedelta(**by)
            return self._now

    def jump(self, to: datetime) -> None:
        """Be at another time."""
        with self._lock:
            self._now = to
