"""Sending a request until there is an answer to it, or no hope of one."""

from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from sources.errors import BudgetSpentError, ConfigError, DaybookError, UnavailableError
from sources.http.address import Address
from sources.http.answer import Answer
from sources.http.clock import Clock
from sources.http.exchange import DroppedError, Exchange, Request
from sources.http.gate import Gates, StoppedError
from sources.http.pace import Again, Hold, Pace, seconds_asked

_TRIES: Final = 5
_HOPS: Final = 5
_BROKEN: Final = 500
_BACKOFF: Final = wait_exponential_jitter(initial=1, max=30, jitter=1)
"""Seconds between two tries."""

_NOTHING: Final[frozenset[int]] = frozenset()


class _FaultError(Exception):
    """Something that may be over at the next try."""

    def __init__(
        self, reason: str, *, tries: int = _TRIES, answer: Answer | None = None, after: float = 0.0
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tries = tries
        self.answer = answer
        self.after = after


class Sender:
    """Sends one request at a time, and none while its lane's gate is closed.

    Args:
        address: of the API.
        exchange: the connection to it.
        gates: when a request of a lane may be sent.
        pace: what answers say of limits.
        budget: requests that may be sent, not counting what is answered with 304.
        clock: the time.

    Attributes:
        sent: requests so far.
        spent: those of them that count against the budget.
    """

    def __init__(
        self,
        *,
        address: Address,
        exchange: Exchange,
        gates: Gates,
        pace: Pace,
        budget: int | None,
        clock: Clock,
    ) -> None:
        self._address = address
        self._exchange = exchange
        self._gates = gates
        self._pace = pace
        self._budget = budget
        self._clock = clock
        self._lock = Lock()
        self.sent = 0
        self.spent = 0

    def fetch(self, request: Request, handed_back: frozenset[int] = _NOTHING) -> Answer:
        """Get the answer, whatever it takes.

        Args:
            request: what to ask.
            handed_back: statuses from 500 that are answers like others.

        Raises:
            DaybookError: the typed error for what stands against it.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(_FaultError),
            stop=_is_enough,
            wait=lambda state: max(_BACKOFF(state), _fault(state).after),
            before_sleep=partial(self._pause, request.lane),
            sleep=lambda _: None,  # the gate waits, and is seen to
            reraise=True,
        )
        try:
            return retrying(self._insist, request, handed_back)
        except _FaultError as error:
            fault = error
        if fault.answer is not None:
            return fault.answer
        raise UnavailableError(
            f"{self._address.source_id}: {fault.reason}",
            remedy="What was read is kept; try again later",
            retry_after=fault.after or None,
        )

    def look(self, request: Request) -> Answer | None:
        """Try once, where nothing stands against it; ``None``: it is to be fetched in its turn."""
        try:
            closed = self._gates.of(request.lane).closed
            return None if closed else self._hop(request, _NOTHING)
        except (_FaultError, DaybookError, StoppedError):
            return None

    def _insist(self, request: Request, handed_back: frozenset[int]) -> Answer:
        """Send it until no limit is the answer."""
        while True:
            self._gates.of(request.lane).pass_through()
            answer = self._hop(request, handed_back)
            if answer is not None:
                return answer

    def _hop(self, request: Request, handed_back: frozenset[int]) -> Answer | None:
        """Send it and follow where it leads; ``None``: a limit holds."""
        for _ in range(_HOPS):
            answer, location = self._send(request)
            if answer is None or location is None:
                return None if answer is None else self._judge(request.lane, answer, handed_back)
            if request.method != "GET":
                break
            url = self._address.follow(request.url, location)
            request = replace(request, url=url, params=None)
        raise ConfigError(
            f"{self._address.source_id}: {self._address.host} redirects on and on",
            remedy="Set base_url to the address that the API itself names",
        )

    def _send(self, request: Request) -> tuple[Answer | None, str | None]:
        authorisation = self._exchange.authorise()  # which may take requests of its own
        with self._lock:
            if self._gates.of(request.lane).closed:
                return None, None
            self._spend()
            try:
                answer, location = self._exchange.send(request, authorisation)
            except DroppedError as error:
                reason = f"{self._address.host}: {error}"
            else:
                self.spent -= answer.unchanged
                return answer, location
        raise _FaultError(reason)

    def _spend(self) -> None:
        if self._budget is not None and self.spent >= self._budget:
            raise BudgetSpentError(
                f"{self._address.source_id}: the {self._budget:,} requests of one run are used up",
                remedy="What was read is kept; the next run goes on from there",
            )
        self.sent += 1
        self.spent += 1

    def _judge(self, lane: str, answer: Answer, handed_back: frozenset[int]) -> Answer | None:
        if answer.status in handed_back:
            return answer
        now = self._clock.now()
        if answer.status >= _BROKEN:
            reason = f"{self._address.host} answers with status {answer.status}"
            raise _FaultError(reason, after=seconds_asked(answer.headers, now) or 0.0)
        match self._pace.judge(answer, now):
            case Hold(reason=reason, seconds=seconds):
                self._gates.of(lane).limit(reason, seconds)
                return None
            case Again(reason=reason, tries=tries):
                raise _FaultError(reason, tries=tries, answer=answer)
            case None:
                self._gates.of(lane).answered()
                return answer

    def _pause(self, lane: str, state: RetryCallState) -> None:
        seconds = 0.0 if state.next_action is None else state.next_action.sleep
        self._gates.of(lane).pause(_fault(state).reason, seconds)


def _fault(state: RetryCallState) -> _FaultError:
    error = None if state.outcome is None else state.outcome.exception()
    if not isinstance(error, _FaultError):
        raise TypeError(f"{error!r} is not to be tried again")
    return error


def _is_enough(state: RetryCallState) -> bool:
    return state.attempt_number >= _fault(state).tries
