"""When the next request may be sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Final

from sources.activity import Waiting
from sources.errors import RateLimitedError
from sources.http.clock import Clock

_MINUTE: Final = 60.0
_STRIKES: Final = 5
"""Limits in a row, without an answer between them, after which it is no use to wait."""

_UNSAID: Final = 3
"""Of those without a time: a minute, two, four, then it is given up."""


class StoppedError(Exception):
    """The reading was ended from outside; whoever did that waits for no answer.

    No ``DaybookError``: nobody is to take it for a service that is away, and go on.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    until: datetime
    reason: str
    limit: bool


class Gate:
    """Lets requests pass, or makes whoever asks wait.

    Args:
        source_id: whose.
        clock: the time.
        stopped: ends every wait at once.
        say: told of each wait before it begins.
        patience: the longest wait for a limit, in seconds; a longer one is an error at once.
    """

    def __init__(
        self,
        *,
        source_id: str,
        clock: Clock,
        stopped: Event,
        say: Callable[[Waiting], None],
        patience: float,
    ) -> None:
        self._source_id = source_id
        self._clock = clock
        self._stopped = stopped
        self._say = say
        self._patience = patience
        self._lock = Lock()
        self._held: _Held | None = None
        self._strikes = 0

    @property
    def closed(self) -> bool:
        """Whether a request would have to wait now."""
        return self._left() > 0

    def pause(self, reason: str, seconds: float) -> None:
        """Close for a fault's sake."""
        self._close(reason, seconds, limit=False)

    def limit(self, reason: str, seconds: float | None) -> None:
        """Close for a limit's sake; ``None``: the service did not say how long.

        Raises:
            RateLimitedError: the limit has come too often without an answer in between.
        """
        strikes, self._strikes = self._strikes, self._strikes + 1
        wait = _MINUTE * 2**strikes if seconds is None else seconds
        self._close(reason, wait, limit=True)
        if strikes >= (_UNSAID if seconds is None else _STRIKES):
            raise self._refusal(reason, wait)

    def answered(self) -> None:
        """Note that the service answers again."""
        self._strikes = 0

    def pass_through(self) -> None:
        """Wait until the gate is open.

        Raises:
            RateLimitedError: that would take longer than the patience lasts.
            StoppedError: the wait was ended, or was not begun as all is to end.
        """
        while not self._stopped.is_set() and (held := self._held) is not None:
            if (seconds := self._left()) <= 0:
                break
            if held.limit and seconds > self._patience:
                raise self._refusal(held.reason, seconds)
            self._say(
                Waiting(
                    source_id=self._source_id,
                    reason=held.reason,
                    until=held.until,
                    seconds=seconds,
                )
            )
            self._clock.wait(self._stopped, seconds)
        if self._stopped.is_set():
            raise StoppedError(f"{self._source_id}: the reading was ended")

    def _close(self, reason: str, seconds: float, *, limit: bool) -> None:
        until = self._clock.now() + timedelta(seconds=seconds)
        with self._lock:
            if self._held is None or until > self._held.until:
                self._held = _Held(until=until, reason=reason, limit=limit)

    def _left(self) -> float:
        with self._lock:
            held = self._held
        return 0.0 if held is None else (held.until - self._clock.now()).total_seconds()

    def _refusal(self, reason: str, seconds: float) -> RateLimitedError:
        return RateLimitedError(
            f"{self._source_id}: {reason}",
            remedy=f"What was read is kept; it goes on in {seconds:.0f} s",
            retry_after=seconds,
        )


class Gates:
    """A gate for each lane, made when it is asked for.

    Args:
        make: makes one.
    """

    def __init__(self, make: Callable[[], Gate]) -> None:
        self._make = make
        self._gates: dict[str, Gate] = {}
        self._lock = Lock()

    def of(self, lane: str) -> Gate:
        """Give the gate of a lane."""
        with self._lock:
            if lane not in self._gates:
                self._gates[lane] = self._make()
            return self._gates[lane]
