"""Asks one API for JSON."""

from collections.abc import Callable, Generator, Mapping
from functools import partial
from threading import Event
from types import TracebackType
from typing import Any, Final, Self

from sources.activity import Waiting
from sources.http.address import check_address
from sources.http.ahead import read_ahead
from sources.http.answer import Answer
from sources.http.clock import Clock, SystemClock
from sources.http.exchange import Exchange, Request
from sources.http.gate import Gate, Gates
from sources.http.pace import Pace
from sources.http.sending import Sender

_PATIENCE: Final = 15 * 60.0
_LARGEST: Final = 64 << 20


class HttpClient:
    """Sends one request at a time to one API, as often as it may.

    Faults of the connection, broken answers and statuses from 500 are tried again, five times in
    all. Limits are waited for, as ``pace`` reads them from the answers; while one holds, nothing of
    its lane is sent. Other answers are the caller's, whatever their status.

    Args:
        base_url: of the API; no request, and no secret, goes to another host.
        source_id: whose client it is, for errors and waits.
        headers: sent with each request.
        authorise: gives the value of the header ``Authorization``; asked before each request, so
            that a token can be renewed; ``None``: without.
        pace: how this API says its limits.
        say: told of each wait before it begins.
        stopped: set from outside, it ends waits at once, and answers between two pieces;
            :meth:`stop` sets it and ends answers that do not come as well.
        budget: requests that may be sent; what is answered with 304 does not count.
        patience: the longest wait for a limit, seconds; a longer one is an error at once.
        largest: bytes an answer may have, unpacked.
        clock: the time.

    Raises:
        ConfigError: ``base_url`` is not that of an API.
    """

    def __init__(
        self,
        base_url: str,
        *,
        source_id: str,
        headers: Mapping[str, str],
        authorise: Callable[[], str | None],
        pace: Pace,
        say: Callable[[Waiting], None],
        stopped: Event,
        budget: int | None = None,
        patience: float = _PATIENCE,
        largest: int = _LARGEST,
        clock: Clock | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self._stopped = stopped
        self._address = check_address(source_id, base_url)
        self._exchange = Exchange(
            address=self._address,
            headers=headers,
            authorise=authorise,
            clock=clock,
            stopped=stopped,
            largest=largest,
        )
        make = partial(
            Gate, source_id=source_id, clock=clock, stopped=stopped, say=say, patience=patience
        )
        self._gates = Gates(make)
        self._sender = Sender(
            address=self._address,
            exchange=self._exchange,
            gates=self._gates,
            pace=pace,
            budget=budget,
            clock=clock,
        )

    @property
    def sent(self) -> int:
        """Requests sent so far."""
        return self._sender.sent

    @property
    def spent(self) -> int:
        """Those of them that count against the budget."""
        return self._sender.spent

    def is_held(self, lane: str = "") -> bool:
        """Say whether a request of that lane would have to wait now."""
        return self._gates.of(lane).closed

    def __enter__(self) -> Self:
        """The client."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._exchange.close()

    def stop(self) -> None:
        """End everything soon, from another thread: set ``stopped``, and hang up."""
        self._stopped.set()
        self._exchange.end()

    def get(
        self,
        path_or_url: str,
        params: Mapping[str, Any] | None = None,
        *,
        etag: str | None = None,
        accept: str | None = None,
        lane: str = "",
    ) -> Answer:
        """Ask for one thing, following redirections on the same host.

        Args:
            path_or_url: below the base, or a whole URL that an answer named.
            params: for the query; those that are ``None`` are left out.
            etag: of the answer known; is it still true, the answer is ``unchanged``.
            accept: instead of the header of all requests.
            lane: what the request is counted with; a limit of one lane holds up no other.

        Raises:
            RateLimitedError: a limit that holds too long, or comes again and again.
            BudgetSpentError: no request is left of the budget.
            UnavailableError: the service cannot be reached, breaks off or is out of order.
            StoppedError: the reading was ended from outside.
            ConfigError: another host, an untrusted certificate, no JSON.
        """
        return self._sender.fetch(self._ask(path_or_url, params, etag, accept, lane))

    def post(
        self, path_or_url: str, body: Any, *, handed_back: frozenset[int] = frozenset()
    ) -> Answer:
        """Send ``body`` as JSON and give the answer; a fault may send it twice.

        Args:
            path_or_url: as for :meth:`get`.
            body: what JSON can say.
            handed_back: statuses from 500 that the caller has an answer to, so they are not tried
                again.

        Raises:
            DaybookError: as :meth:`get`; a redirection is a ``ConfigError``.
        """
        url = self._address.resolve(path_or_url)
        headers = {"Content-Type": "application/json"}
        return self._sender.fetch(
            Request(method="POST", url=url, body=body, headers=headers), handed_back
        )

    def pages(
        self,
        path_or_url: str,
        params: Mapping[str, Any] | None = None,
        *,
        etag: str | None = None,
        accept: str | None = None,
        ahead: int = 2,
    ) -> Generator[Answer, None, None]:
        """Give a list page by page, as each names the next; ends with the first that is not good.

        Args:
            path_or_url: of the first page, as the other arguments, which are those of :meth:`get`.
            params: for the query of the first page.
            etag: of the first page; is it still true, the ``unchanged`` answer is the only one.
            accept: instead of the header of all requests.
            ahead: pages fetched while the caller works on one; they wait for no limit and try
                nothing again, which is done when it is their turn. Close the iterator to end it
                before its end.

        Raises:
            DaybookError: as :meth:`get`, at the page that it happens with.
        """
        first = self._ask(path_or_url, params, etag, accept)

        def follow(answer: Answer) -> Request | None:
            # A list that is unchanged still names its next page.
            url = answer.next_url if answer.good and not answer.unchanged else None
            return None if url is None else self._ask(url, None, None, accept)

        return read_ahead(first, follow, self._sender.fetch, self._sender.look, ahead)

    def _ask(
        self,
        path_or_url: str,
        params: Mapping[str, Any] | None,
        etag: str | None,
        accept: str | None,
        lane: str = "",
    ) -> Request:
        headers = {"If-None-Match": etag, "Accept": accept}
        return Request(
            method="GET",
            url=self._address.resolve(path_or_url),
            params=params,
            headers={name: value for name, value in headers.items() if value is not None},
            lane=lane,
        )
