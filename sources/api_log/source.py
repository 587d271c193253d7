"""The requests in a service's access logs, as a source."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, ParamSpec, Self, TypeVar

from sources.api_log.blocks import BLOCK_BYTES, BLOCK_LINES
from sources.api_log.choosing import check_format
from sources.api_log.config import ApiLogConfig
from sources.api_log.events import KIND
from sources.api_log.listing import list_files, warn_of_names
from sources.api_log.passes import find_news, read_pass
from sources.api_log.position import parse_cursor
from sources.api_log.settings import ParsingCredentials
from sources.api_log.setup import BATCH_LINES, Setup, Span
from sources.api_log.telling import NotALogError
from sources.api_log.windows import read_lines, read_span
from sources.base import BaseEventSource
from sources.batch import Cursor, EventBatch, Probe
from sources.errors import ConfigError, DaybookError, UnavailableError
from sources.settings import SourceConfig, SourceCredentials, check_config, check_credentials
from sources.windows import Grain
from sources.worker import Worker

Given = ParamSpec("Given")
Result = TypeVar("Result")

SOURCE_TYPE = "api_log"


class ApiLogEventSource(BaseEventSource):
    """Every request in the access logs of one service, through all their rotations.

    Attributes:
        BATCH_LINES: lines in a batch, at most; the records of one block stay together.
        BLOCK_BYTES: bytes that are read at a time.
    """

    SOURCE_TYPE: ClassVar[str] = SOURCE_TYPE
    CONFIG: ClassVar[type[SourceConfig]] = ApiLogConfig
    CREDENTIALS: ClassVar[type[SourceCredentials]] = ParsingCredentials
    GRAIN: ClassVar[Grain] = "day"
    LASTING: ClassVar[bool] = False
    KINDS: ClassVar[tuple[str, ...]] = (KIND,)
    ICON: ClassVar[str] = "nginx"
    BATCH_LINES: ClassVar[int] = BATCH_LINES
    BLOCK_BYTES: ClassVar[int] = BLOCK_BYTES

    def __init__(self, source_id: str, setup: Setup, span: Span | None = None) -> None:
        super().__init__(source_id, config=setup.config.model_dump(exclude={"cursor"}))
        self._setup = replace(setup, span=span)

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        """Check the settings; no file is looked at.

        Raises:
            ConfigError: a setting is wrong.
            CredentialsError: a secret is wrong.
            CursorInvalidError: ``config["cursor"]`` is not a cursor of this source type.
        """
        source_id = str(config.get("source_id") or SOURCE_TYPE)
        secrets = check_credentials(ParsingCredentials, credentials, source_id=source_id)
        settings = check_config(ApiLogConfig, config, source_id=source_id)
        setup = Setup(
            source_id=source_id,
            config=settings,
            credentials=secrets,
            batch_lines=cls.BATCH_LINES,
            block_bytes=cls.BLOCK_BYTES,
            block_lines=min(cls.BATCH_LINES, BLOCK_LINES),
        )
        check_format(setup)
        source = cls(source_id, setup)
        await source.set_cursor(settings.cursor)
        return source

    async def validate(self) -> bool:
        """List the files once; that none matches a glob is no fault.

        Raises:
            ConfigError: a path that is no glob names no file.
        """
        began = self._cursor is not None
        await self._ask(list_files, self._setup.config, self.source_id, began=began)
        await self._ask(warn_of_names, self._setup.config, self.source_id)
        return True

    async def supports_incremental(self) -> bool:
        """Always: the cursor holds how far each stream of lines has been given."""
        return True

    async def set_cursor(self, cursor: Cursor | None) -> None:
        """Go on from a cursor of this source type.

        Raises:
            CursorInvalidError: it is none.
        """
        parse_cursor(cursor, self.source_id)
        self._cursor = cursor

    async def probe(self) -> Probe:
        """Compare the files with the cursor, by stat calls alone.

        Raises:
            ConfigError: a path that is no glob names no file.
        """
        position = parse_cursor(self._cursor, self.source_id)
        news = await self._ask(find_news, self._setup, position)
        return Probe(new=news is not None, reason=news or "no file changed")

    def windowed(self, start: datetime | None, end: datetime | None) -> Self:
        """Give the same source limited to ``start`` ≤ ``occurred_at`` < ``end``."""
        return type(self)(self.source_id, self._setup, (start, end))

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        """Yield what is new since the cursor, or all of the window this source is limited to.

        Memory is bounded by one batch of 50,000 lines and some blocks of 2 MiB; where a line may
        hold many records, of at most 16 MiB.

        Raises:
            ConfigError: no line fits the format, or a file may not be read.
            CursorInvalidError: the cursor is none of this source type.
        """
        position = parse_cursor(self._cursor, self.source_id)
        setup = self._begin()
        batches = read_pass(setup, position) if setup.span is None else read_span(setup, setup.span)
        async with aclosing(self._drive(setup, batches)) as driven:
            async for batch in driven:
                yield batch
                if setup.span is None:
                    self._cursor = batch.cursor

    async def reread(self, locators: Sequence[str]) -> AsyncGenerator[EventBatch, None]:
        """Read single lines again.

        Args:
            locators: ``<stream>:<offset> <path>``, as quarantine names them.

        Raises:
            ConfigError: a locator of another form.
        """
        setup = self._begin()
        async with aclosing(self._drive(setup, read_lines(setup, locators))) as driven:
            async for batch in driven:
                yield batch

    def _begin(self) -> Setup:
        return replace(self._setup, stopped=type(self._setup.stopped)())

    async def _drive(
        self, setup: Setup, batches: Generator[EventBatch, None, None]
    ) -> AsyncGenerator[EventBatch, None]:
        """Run a blocking reading in a thread; at any end, thread and files are gone."""
        with closing(batches):
            async with Worker(stop=setup.stopped.set) as worker:
                while (batch := await self._translated(worker.call(_next, batches))) is not None:
                    self._events_generated += batch.events.num_rows
                    self._quarantined_total += len(batch.quarantined)
                    yield batch

    async def _ask(
        self, function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        async with Worker(stop=_nothing) as worker:
            return await self._translated(worker.call(function, *args, **kwargs))

    async def _translated(self, call: Awaitable[Result]) -> Result:
        try:
            return await call
        except NotALogError as error:
            raise ConfigError(f"{self.source_id}: {error.message}", remedy=error.remedy) from error
        except DaybookError:  # some of them are OSErrors too
            raise
        except OSError as error:
            place = os.fsdecode(error.filename) if error.filename else "a log"
            message = f"{self.source_id}: {place} cannot be read: {error.strerror}"
            if isinstance(error, PermissionError):
                remedy = "Give this user the right to read it, or leave it out of `paths`"
                raise ConfigError(message, remedy=remedy) from error
            raise UnavailableError(message, remedy="See to it, then try again") from error


def _next(batches: Iterator[EventBatch]) -> EventBatch | None:
    return next(batches, None)


def _nothing() -> None:
    """Nothing runs that could be stopped."""
