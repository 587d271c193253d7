"""What happened in repositories on GitHub, as a source."""

import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any, ClassVar, Self

from sources.batch import Cursor, EventBatch, Probe
from sources.errors import BudgetSpentError
from sources.estimate import Estimate
from sources.github.access import Access, graphql_url
from sources.github.config import GithubConfig, GithubCredentials
from sources.github.cursor import Place, Position, parse_cursor
from sources.github.estimating import estimate_reading
from sources.github.events.building import SOURCE_TYPE, Repo
from sources.github.graphql import GraphQL
from sources.github.groups import KINDS
from sources.github.offline import find_files, find_news_in_files, read_files
from sources.github.passes import begin_position, find_news, read_pass, read_span, try_lists
from sources.github.reading import Reader
from sources.github.repositories import find_places
from sources.github.rereading import are_single, read_again
from sources.http import HttpClient
from sources.lately import Lately
from sources.service import Reading, ServiceEventSource
from sources.settings import SourceConfig, SourceCredentials, check_config, check_credentials
from sources.span import Span


class GithubEventSource(ServiceEventSource):
    """Commits, issues, pull requests, reviews, comments, releases and tags of repositories.

    Memory is bounded by a page of 100 records and what is asked for of each.
    """

    SOURCE_TYPE: ClassVar[str] = SOURCE_TYPE
    CONFIG: ClassVar[type[SourceConfig]] = GithubConfig
    CREDENTIALS: ClassVar[type[SourceCredentials]] = GithubCredentials
    KINDS: ClassVar[tuple[str, ...]] = KINDS

    def __init__(
        self,
        source_id: str,
        settings: GithubConfig,
        access: Access,
        span: Span | None = None,
    ) -> None:
        super().__init__(source_id, settings, span)
        self._settings = settings
        self._access = access
        self._passed: Counter[str] = Counter()
        self._looked: Lately[tuple[Position, dict[str, Place]]] = Lately()

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        """Check the settings; GitHub is not asked yet.

        Raises:
            ConfigError: a setting is wrong.
            CredentialsError: the token can be none.
            CursorInvalidError: ``config["cursor"]`` is not a cursor of this source type.
        """
        named = str(config.get("source_id") or SOURCE_TYPE)
        secrets = check_credentials(GithubCredentials, credentials, source_id=named)
        settings = check_config(GithubConfig, config, source_id=named)
        source_id = settings.source_id or default_id(settings)
        source = cls(source_id, settings, Access(settings, secrets, source_id))
        await source.set_cursor(settings.cursor)
        return source

    async def validate(self) -> bool:
        """Ask for the repositories once.

        Raises:
            ConfigError: there is none of that name, or no access to it.
            CredentialsError: the token is refused, or lacks a right.
            UnavailableError: GitHub cannot be reached, or a limit holds too long.
        """
        position = self._position()
        if self._settings.files is not None:
            find_files(self._settings, self.source_id)
            return True
        places = await self._ask(lambda client: self._find(client, position))
        self._looked.keep((position, places))
        return True

    async def supports_incremental(self) -> bool:
        """Always: the cursor holds how far each list has been read."""
        return True

    async def set_cursor(self, cursor: Cursor | None) -> None:
        """Go on from ``cursor``: ours, or ``last_pr_number``, ``last_commit_sha``, ``since``.

        Raises:
            CursorInvalidError: neither.
        """
        parse_cursor(cursor, self.source_id)
        self._cursor = cursor
        self._looked.drop()

    async def probe(self) -> Probe:
        """Ask each list by its etag: what did not change costs nothing.

        Before anything was read, each list of the first repository is asked for once.

        Raises:
            DaybookError: as :meth:`validate`.
        """
        if self._cursor is None and self._settings.files is None:
            await self._ask(self._try_lists)
        if self._cursor is None:
            return Probe(new=True, reason="nothing was read yet")
        if self._settings.files is not None:
            changed = find_news_in_files(self._settings, self.source_id, self._position())
            return Probe(new=changed is not None, reason=changed or "no file changed")

        def look(client: HttpClient) -> str | None:
            position, places = self._look_once(client)
            return find_news(partial(self._reader, client), self.source_id, position, places)

        news = await self._ask(look)
        return Probe(new=news is not None, reason=news or "no list changed")

    async def estimate(self) -> Estimate | None:
        """Count the records of each list, which takes a few requests for each.

        Raises:
            DaybookError: as :meth:`validate`.
        """
        if self._settings.files is not None:
            return None

        def ask(client: HttpClient) -> Estimate:
            position, places = self._look_once(client)
            make = partial(self._reader, client)
            return estimate_reading(make, client, self.source_id, position, places, self._settings)

        return await self._ask(ask, budgeted=False)

    def _try_lists(self, client: HttpClient) -> None:
        """Ask for the newest of each list once, so that a right that is missing is known now."""
        _, places = self._look_once(client)
        first = dict(list(places.items())[:1])
        with suppress(BudgetSpentError):
            try_lists(partial(self._reader, client), self.source_id, first)

    def get_stats(self) -> dict[str, Any]:
        """Give the counts, with what was passed over in files, by the name of its event."""
        stats = super().get_stats()
        skipped = self._events_skipped + self._passed.total()
        return {**stats, "events_skipped": skipped, "passed_over": dict(self._passed)}

    def windowed(self, start: datetime | None, end: datetime | None) -> Self:
        """Give the same source limited to ``start`` ≤ ``occurred_at`` < ``end``."""
        return type(self)(self.source_id, self._settings, self._access, (start, end))

    def _rereading(self, locators: Sequence[str]) -> Reading | None:
        if self._settings.files is not None or not are_single(locators):
            return None

        def read(client: HttpClient) -> Generator[EventBatch, None, None]:
            _, places = self._look_once(client)
            make = partial(self._reader, client)
            yield from read_again(make, self.source_id, places, locators)

        return read

    @contextmanager
    def _connect(self, *, budgeted: bool) -> Iterator[tuple[HttpClient, Callable[[], None]]]:
        stopped = Event()
        with self._access.open(stopped, budgeted=budgeted) as client:
            yield client, partial(self._access.stop, client, stopped)

    def _read(self, client: HttpClient) -> Generator[EventBatch, None, None]:
        make = partial(self._reader, client)
        if self._settings.files is not None:
            yield from read_files(
                make, self.source_id, self._settings, self._position(), self._passed
            )
            return
        position, places = self._look_once(client)
        if self._span is None:
            yield from read_pass(make, self.source_id, position, places)
        else:
            yield from read_span(make, self.source_id, places)

    def _look_once(self, client: HttpClient) -> tuple[Position, dict[str, Place]]:
        """Find the repositories, unless :meth:`validate` did that just now."""
        looked = self._looked.take()
        if looked is not None:
            return looked
        position = self._position()
        return position, self._find(client, position)

    def _find(self, client: HttpClient, position: Position) -> dict[str, Place]:
        return find_places(
            client, self._settings, self.source_id, position, token=self._access.token
        )

    def _position(self) -> Position:
        if self._span is not None:
            return begin_position()
        return parse_cursor(self._cursor, self.source_id) or begin_position()

    def _reader(self, client: HttpClient, repo: Repo) -> Reader:
        return Reader(
            client=client,
            config=self._settings,
            repo=repo,
            token=self._access.token,
            span=self._span,
            graphql=self._graphql(client),
            skip=self._skip,
        )

    def _graphql(self, client: HttpClient) -> GraphQL | None:
        if not self._access.token or not self._settings.graphql:
            return None
        return GraphQL(client, graphql_url(self._settings), source_id=self.source_id)


def default_id(settings: GithubConfig) -> str:
    """Make a source id of the first repository's name, or of the organisation's."""
    name = settings.organisation or settings.repositories[0].rpartition("/")[2]
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).lstrip("-_")[:100] or SOURCE_TYPE
