"""The requests in a service's access logs, as a source."""

import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Self

from sources.api_log.blocks import BLOCK_BYTES, BLOCK_LINES
from sources.api_log.choosing import check_format
from sources.api_log.config import ApiLogConfig
from sources.api_log.events import KIND
from sources.api_log.listing import list_files, warn_of_names
from sources.api_log.parsing import NOT_A_REQUEST
from sources.api_log.passes import find_format, find_news, read_pass
from sources.api_log.position import parse_cursor
from sources.api_log.settings import ParsingCredentials
from sources.api_log.setup import BATCH_LINES, Setup, Span
from sources.api_log.telling import NotALogError
from sources.api_log.windows import read_lines, read_span
from sources.batch import Cursor, EventBatch, Probe
from sources.errors import ConfigError, DaybookError, UnavailableError
from sources.settings import SourceConfig, SourceCredentials, check_config, check_credentials
from sources.threaded import ThreadedEventSource
from sources.windows import Grain

SOURCE_TYPE = "api_log"


class ApiLogEventSource(ThreadedEventSource):
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
    ASIDES: ClassVar[tuple[str, ...]] = (NOT_A_REQUEST,)
    ICON: ClassVar[str] = "file"
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
        config, source_id = self._setup.config, self.source_id
        await self._call(partial(list_files, config, source_id, began=began))
        await self._call(partial(warn_of_names, config, source_id))
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
        news = await self._call(partial(find_news, self._setup, position))
        return Probe(new=news is not None, reason=news or "no file changed")

    async def examine(self) -> None:
        """Open the files, and tell the format of their first lines.

        Raises:
            ConfigError: no line fits the format, or a file may not be read.
        """
        position = parse_cursor(self._cursor, self.source_id)
        await self._call(partial(find_format, self._setup, position))

    def windowed(self, start: datetime | None, end: datetime | None) -> Self:
        """Give the same source limited to ``start`` ≤ ``occurred_at`` < ``end``."""
        return type(self)(self.source_id, self._setup, (start, end))

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        """Yield what is new since the cursor, or all of the window this source is limited to.

        Memory is bounded by one batch of 60,000 lines or 48 MiB and some blocks of 4 MiB; where a
        line may hold many records, of at most 16 MiB.

        Raises:
            ConfigError: no line fits the format, or a file may not be read.
            CursorInvalidError: the cursor is none of this source type.
        """
        position = parse_cursor(self._cursor, self.source_id)
        setup = self._begin()
        batches = read_pass(setup, position) if setup.span is None else read_span(setup, setup.span)
        reading = self._drive(batches, stop=setup.stopped.set, moving=setup.span is None)
        async with aclosing(reading) as driven:
            async for batch in driven:
                yield batch

    async def reread(self, locators: Sequence[str]) -> AsyncGenerator[EventBatch, None]:
        """Read single lines again.

        Args:
            locators: ``<stream>:<offset> <path>``, as quarantine names them.

        Raises:
            ConfigError: a locator of another form.
        """
        setup = self._begin()
        reading = self._drive(read_lines(setup, locators), stop=setup.stopped.set)
        async with aclosing(reading) as driven:
            async for batch in driven:
                yield batch

    def _begin(self) -> Setup:
        return replace(self._setup, stopped=type(self._setup.stopped)())

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
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
