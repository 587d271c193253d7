"""What was said in a workspace of Slack, as a source."""

import re
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any, ClassVar, Self, cast

from sources.batch import Cursor, EventBatch, Probe
from sources.estimate import Estimate
from sources.http import HttpClient
from sources.lately import Lately
from sources.service import Reading, ServiceEventSource
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


class SlackEventSource(ServiceEventSource):
    """Messages, replies and what becomes of channels in a workspace.

    Memory is bounded by a few pages of 999 messages.

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
        super().__init__(source_id, settings, span)
        self._settings = settings
        self._access = access
        self._looked: Lately[tuple[Position, Team, Finder, datetime]] = Lately()

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
            await self._call(partial(self._access.check, self._cursor))
            return True
        position = self._position()

        def ask(client: HttpClient) -> tuple[Team, Finder, datetime]:
            web = Web(client, self.source_id)
            team, finder = self._find(web, position)
            if self._cursor is None and self._span is None:
                self._try_reading(web, finder)
            return team, finder, web.now

        self._looked.keep((position, *await self._ask(ask)))
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
        self._cursor = cursor
        self._looked.drop()

    async def probe(self) -> Probe:
        """Look at the last days of the channels in which something was said last.

        Raises:
            DaybookError: as :meth:`validate`.
        """
        if isinstance(self._access, Exports):
            changed = await self._call(partial(self._access.find_news, self._cursor))
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

    def _rereading(self, locators: Sequence[str]) -> Reading | None:
        if isinstance(self._access, Exports) or not are_single(locators):
            return None

        def read(client: HttpClient) -> Generator[EventBatch, None, None]:
            _, setting = self._prepare(client)
            yield from read_again(setting, locators)

        return read

    def _follow(self, read: Reading, *, moving: bool = False) -> AsyncGenerator[EventBatch, None]:
        """Run a reading in a thread; exports are read without a client."""
        if isinstance(self._access, Exports):
            batches = self._access.read(self._cursor, self._span, self._skip)
            return self._drive(batches, moving=moving)
        return super()._follow(read, moving=moving)

    @contextmanager
    def _connect(self, *, budgeted: bool) -> Iterator[tuple[HttpClient, Callable[[], None]]]:
        access = cast("Access", self._access)
        with access.open(Event(), budgeted=budgeted) as client:
            yield client, client.stop

    def _read(self, client: HttpClient) -> Generator[EventBatch, None, None]:
        position, setting = self._prepare(client)
        if self._span is None:
            yield from read_pass(setting, position, self.BATCH)
        else:
            yield from read_span(setting)

    def _prepare(self, client: HttpClient, *, named: bool = True) -> tuple[Position, Setting]:
        """Find the channels, unless :meth:`validate` did that just now, and who is who."""
        looked = self._looked.take()
        if looked is not None:
            position, team, finder, now = looked
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


def default_id(settings: SlackConfig) -> str:
    """Make a source id of the workspace's name."""
    name = (settings.workspace or SOURCE_TYPE).lower()
    return re.sub(r"[^a-z0-9_-]+", "-", name).lstrip("-_")[:100] or SOURCE_TYPE
