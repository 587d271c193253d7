"""What sources have in common that ask a service over HTTP, within its limits."""

from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AbstractContextManager, aclosing
from datetime import timedelta
from typing import TypeVar

from sources.batch import EventBatch
from sources.errors import RateLimitedError
from sources.event import utc_now
from sources.http import HttpClient
from sources.settings import SourceConfig
from sources.span import Span
from sources.threaded import ThreadedEventSource

Result = TypeVar("Result")
Reading = Callable[[HttpClient], Generator[EventBatch, None, None]]
Connection = AbstractContextManager[tuple[HttpClient, Callable[[], None]]]


class ServiceEventSource(ThreadedEventSource):
    """A source whose reading asks a service; it says how to connect and what to read.

    Args:
        source_id: its identity.
        settings: its settings.
        span: the window that it is limited to; ``None``: none, so that it follows its cursor.
    """

    def __init__(self, source_id: str, settings: SourceConfig, span: Span | None) -> None:
        super().__init__(source_id, config=settings.model_dump(exclude={"cursor"}))
        self._span = span

    @abstractmethod
    def _connect(self, *, budgeted: bool) -> Connection:
        """Make a client, and what ends all that it does, from another thread.

        Args:
            budgeted: it may send no more than a reading's budget.
        """

    @abstractmethod
    def _read(self, client: HttpClient) -> Generator[EventBatch, None, None]:
        """Read what is new since the cursor, or all of the span."""

    @abstractmethod
    def _rereading(self, locators: Sequence[str]) -> Reading | None:
        """Say how to ask for single records; ``None``: that cannot be done for all of them."""

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        """Yield what is new since the cursor, or all of the window this source is limited to.

        Where the requests of ``budget`` are used up, or a limit holds for long, it ends
        (:attr:`cut_short`, :attr:`resumes_at`), and the next one goes on.

        Raises:
            CursorInvalidError: what the cursor names is not there any more.
            DaybookError: as :meth:`validate`.
        """
        given, self._cut_short, self._resumes_at = 0, False, None
        try:
            async with aclosing(self._follow(self._read, moving=self._span is None)) as driven:
                async for batch in driven:
                    given += 1
                    yield batch
        except RateLimitedError as error:  # a budget's end among them
            if not given or self._span is not None:
                raise
            self._cut_short = True
            if error.retry_after is not None:
                self._resumes_at = utc_now() + timedelta(seconds=error.retry_after)
            self._logger.warning("%s", error)

    async def reread(self, locators: Sequence[str]) -> AsyncGenerator[EventBatch, None]:
        """Ask for single records again; where one cannot be asked for by itself, for everything.

        Args:
            locators: as quarantine names records.

        Raises:
            DaybookError: as :meth:`validate`.
        """
        read = self._rereading(locators)
        reading = super().reread(locators) if read is None else self._follow(read)
        async with aclosing(reading) as driven:
            async for batch in driven:
                yield batch

    async def _follow(
        self, read: Reading, *, moving: bool = False
    ) -> AsyncGenerator[EventBatch, None]:
        """Run a reading in a thread; at any end the thread is gone, and then the connection.

        Args:
            read: the reading.
            moving: whether the source's cursor goes along.
        """
        with self._connect(budgeted=True) as (client, stop):
            reading = self._drive(read(client), stop=stop, moving=moving)
            async with aclosing(reading) as driven:
                async for batch in driven:
                    yield batch

    async def _ask(
        self, function: Callable[[HttpClient], Result], *, budgeted: bool = True
    ) -> Result:
        """Run one function that asks, in a thread."""
        with self._connect(budgeted=budgeted) as (client, stop):
            return await self._call(lambda: function(client), stop=stop)

    def _skip(self) -> None:
        self._events_skipped += 1
