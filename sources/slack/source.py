"""What was said in a workspace of Slack, as a source."""

import re
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, aclosing, closing
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any, ClassVar, Final, Self, TypeVar, cast

from sources.base import BaseEventSource
from sources.batch import Cursor, EventBatch, Probe
from sources.errors import RateLimitedError
from sources.estimate import Estimate
from sources.event import utc_now
from sources.http import HttpClient
from sources.settings import SourceConfig, SourceCredentials, check_config, check_credentials
from sources.slack.access import Access
from sources.slack.calls import MOST, Web
from sources.slack.channels import Finder
from sources.slack.config import SlackConfig, SlackCredentials
from sources.slack.cursor import Position, parse_cursor
from sources.slack.estimating import estimate_reading
from sources.slack.export.exports import Exports
from sources.slack.faults import LOST
from sources.slack.kinds import KINDS
from sources.slack.messages import SOURCE_TYPE
from sources.slack.moments import midnight
from sources.slack.names import Names
from sources.slack.passes import find_news, read_pass, read_span
from sources.slack.rereading import are_single, read_again
from sources.slack.visits import Setting
from sources.slack.ways import find_way
from sources.slack.workspace import Team, load_names, shape_of
from sources.span import Span
from sources.worker import Worker

Result = TypeVar("Result")

_FRESH_SECONDS: Final = 5.0


class SlackEventSource(BaseEventSource):
    """Messages, replies and what becomes of channels in a workspace.

    Attributes:
        BATCH: events from which on a batch is given.
    """

    SOURCE_TYPE: ClassVar[str] = SOURCE_TYPE
    CONFIG: ClassVar[type[SourceConfig]] = SlackConfig
    CREDENTIALS: ClassVar[type[SourceCredentials]] = SlackCredentials
    KINDS: ClassVar[tuple[str, ...]] = KINDS
    LASTING: ClassVar[bool] = False
    BATCH: ClassVar[int] = 1_000

    def __init__(
        self,
        source_id: str,
        settings: SlackConfig,
        access: Access | Exports,
        span: Span | None = None,
    ) -> None:
        super().__init__(source_id, config=settings.model_dump(exclude={"cursor"}))
        self._settings = settings
        self._access = access
        self._span = span
        self._looked: tuple[float, Position, Team, Finder, datetime] | None = None

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        """Check the settings; Slack is not asked yet.

        Raises:
            ConfigError: a setting is wrong.
            CredentialsError: the token can be none.
            CursorInvalidError: ``config["cursor"]`` is not a cursor of this source type.
        """
        named = str(config.get("source_id") or SOURCE_TYPE)
        secrets = check_credentials(SlackCredentials, credentials, source_id=named)
        settings = check_config(SlackConfig, config, source_id=named)
        source_id = settings.source_id or default_id(settings)
        way = find_way(settings, secrets, source_id, batch=cls.BATCH)
        source = cls(source_id, settings, way)
        await source.set_cursor(settings.cursor)
        return source

    async def validate(self) -> bool:
        """Ask whose the token is, and for the channels; before a first reading, for messages too.

        Raises:
            ConfigError: a channel is not there, or the bot is not in it; it is another workspace.
            CredentialsError: the token is refused, or lacks a scope.
            UnavailableError: Slack cannot be reached, or a limit holds too long.
        """
        if isinstance(self._access, Exports):
            await self._work(partial(self._access.check, self._cursor))
            return True
        position = self._position()

        def ask(client: HttpClient) -> tuple[Team, Finder, datetime]:
            web = Web(client, self.source_id)
            team, finder = self._find(web, position)
            if self._cursor is None and self._span is None:
                self._try_reading(web, finder)
            return team, finder, web.now

        self._looked = (time.monotonic(), position, *await self._ask(ask))
        return True

    async def supports_incremental(self) -> bool:
        """Always: the cursor holds how far each channel has been read."""
        return True

    async def set_cursor(self, cursor: Cursor | None) -> None:
        """Go on from ``cursor``: ours, or ``latest_timestamp``.

        Raises:
            CursorInvalidError: neither.
        """
        if isinstance(self._access, Exports):
            self._access.parse(cursor)
        else:
            parse_cursor(cursor, self.source_id)
        self._cursor, self._looked = cursor, None

    async def probe(self) -> Probe:
        """Look at the last days of the channels in which something was said last.

        Raises:
            DaybookError: as :meth:`validate`.
        """
        if isinstance(self._access, Exports):
            changed = await self._work(partial(self._access.find_news, self._cursor))
            return Probe(new=changed is not None, reason=changed or "no export is new")
        if self._cursor is None:
            return Probe(new=True, reason="nothing was read yet")

        def look(client: HttpClient) -> str | None:
            position, setting = self._prepare(client, named=False)
            return find_news(setting, position)

        news = await self._ask(look)
        return Probe(new=news is not None, reason=news or "no channel changed")

    async def estimate(self) -> Estimate | None:
        """Look at the newest messages of a few channels, which takes a request for each.

        Raises:
            DaybookError: as :meth:`validate`.
        """
        if isinstance(self._access, Exports):
            return None

        def ask(client: HttpClient) -> Estimate:
            position, setting = self._prepare(client)
            return estimate_reading(setting, position)

        return await self._ask(ask, budgeted=False)

    def windowed(self, start: datetime | None, end: datetime | None) -> Self:
        """Give the same source limited to ``start`` ≤ ``occurred_at`` < ``end``."""
        return type(self)(self.source_id, self._settings, self._access, (start, end))

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        """Yield what is new since the cursor, or all of the window this source is limited to.

        Memory is bounded by a few pages of 999 messages. Where the requests of ``budget`` are used
        up, or a limit holds for long, it ends (:attr:`cut_short`, :attr:`resumes_at`), and the next
        one goes on.

        Raises:
            DaybookError: as :meth:`validate`.
        """
        given, self._cut_short, self._resumes_at = 0, False, None
        try:
            async with aclosing(self._drive(self._read)) as driven:
                async for batch in driven:
                    given += 1
                    yield batch
                    if self._span is None:
                        self._cursor = batch.cursor
        except RateLimitedError as error:  # a budget's end among them
            if not given or self._span is not None:
                raise
            self._cut_short = True
            if error.retry_after is not None:
                self._resumes_at = utc_now() + timedelta(seconds=error.retry_after)
            self._logger.warning("%s", error)

    async def reread(self, locators: Sequence[str]) -> AsyncGenerator[EventBatch, None]:
        """Ask for single messages again; where one cannot be asked for by itself, for everything.

        Args:
            locators: as quarantine names messages.

        Raises:
            DaybookError: as :meth:`validate`.
        """
        if isinstance(self._access, Exports) or not are_single(locators):
            async with aclosing(super().reread(locators)) as everything:
                async for batch in everything:
                    yield batch
            return

        def read(client: HttpClient) -> Generator[EventBatch, None, None]:
            _, setting = self._prepare(client)
            yield from read_again(setting, locators)

        async with aclosing(self._drive(read)) as driven:
            async for batch in driven:
                yield batch

    async def _drive(
        self, read: Callable[[HttpClient], Generator[EventBatch, None, None]]
    ) -> AsyncGenerator[EventBatch, None]:
        """Run a blocking reading in a thread; at any end, thread and connection are gone."""
        with ExitStack() as stack:
            if isinstance(self._access, Exports):
                stop, reading = _idle, self._access.read(self._cursor, self._span, self._skip)
            else:
                client = stack.enter_context(self._access.open(Event()))
                stop, reading = client.stop, read(client)
            batches = stack.enter_context(closing(reading))
            async with Worker(stop=stop) as worker:
                while (batch := await worker.call(_next, batches)) is not None:
                    self._events_generated += batch.events.num_rows
                    self._quarantined_total += len(batch.quarantined)
                    yield batch

    async def _work(self, function: Callable[[], Result]) -> Result:
        async with Worker(stop=_idle) as worker:
            return await worker.call(function)

    def _read(self, client: HttpClient) -> Generator[EventBatch, None, None]:
        position, setting = self._prepare(client)
        if self._span is None:
            yield from read_pass(setting, position, self.BATCH)
        else:
            yield from read_span(setting)

    async def _ask(
        self, function: Callable[[HttpClient], Result], *, budgeted: bool = True
    ) -> Result:
        access = cast("Access", self._access)
        with access.open(Event(), budgeted=budgeted) as client:
            async with Worker(stop=client.stop) as worker:
                return await worker.call(function, client)

    def _prepare(self, client: HttpClient, *, named: bool = True) -> tuple[Position, Setting]:
        """Find the channels, unless :meth:`validate` did that just now, and who is who."""
        looked, self._looked = self._looked, None
        if looked is not None and time.monotonic() - looked[0] < _FRESH_SECONDS:
            _, position, team, finder, now = looked
            web = Web(client, self.source_id, now)
        else:
            web, position = Web(client, self.source_id), self._position()
            team, finder = self._find(web, position)
        position.team = team.id
        setting = Setting(
            web=web,
            config=self._settings,
            shape=shape_of(self._settings, team, self.source_id),
            names=load_names(web, finder) if named else Names(),
            finder=finder,
            low=midnight(web.now - self._settings.window),
            span=self._span,
            skip=self._skip,
        )
        return position, setting

    def _find(self, web: Web, position: Position) -> tuple[Team, Finder]:
        team = Team.ask(web, self._settings, position.team)
        finder = Finder(web, self._settings, position.channels)
        finder.find()
        return team, finder

    def _try_reading(self, web: Web, finder: Finder) -> None:
        """Ask for messages once, so that a scope that is missing is known now."""
        for key in list(finder.found)[:1]:
            params, about = {"channel": key, "limit": MOST}, finder.names[key]
            found = web.call("conversations.history", params, lacking=LOST, about=about)
            web.note_page(found, MOST)

    def _position(self) -> Position:
        if self._span is not None:
            return Position(full=True)
        return parse_cursor(self._cursor, self.source_id) or Position(full=True)

    def _skip(self) -> None:
        self._events_skipped += 1


def _idle() -> None:
    """Nothing waits: a call in the thread ends after the piece it is at."""


def default_id(settings: SlackConfig) -> str:
    """Make a source id of the workspace's name."""
    name = (settings.workspace or SOURCE_TYPE).lower()
    return re.sub(r"[^a-z0-9_-]+", "-", name).lstrip("-_")[:100] or SOURCE_TYPE


def _next(batches: Iterator[EventBatch]) -> EventBatch | None:
    return next(batches, None)
