"""The git history of a repository, on this machine or on a server, as a source."""

import re
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from sources.batch import Cursor, EventBatch, Probe
from sources.errors import DISK_FULL, ConfigError, DaybookError, StoreError, UnavailableError
from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.config import FilesystemConfig, FilesystemCredentials
from sources.filesystem.coverage import KINDS
from sources.filesystem.cursor import parse_cursor
from sources.filesystem.events import SOURCE_TYPE
from sources.filesystem.log import CHUNK_COMMITS
from sources.filesystem.moments import Moments
from sources.filesystem.moves import MOVED
from sources.filesystem.passes import find_news, read_pass
from sources.filesystem.reader import Reader
from sources.filesystem.refs import Refs, check_tips, choose_refs, read_refs
from sources.filesystem.remote import Remote, copied_repository, open_remote
from sources.filesystem.repository import Repository, open_repository, translate
from sources.filesystem.transfer import build_access
from sources.filesystem.windows import read_commits, read_span
from sources.lately import Lately
from sources.settings import SourceConfig, SourceCredentials, check_config, check_credentials
from sources.span import Span
from sources.threaded import ThreadedEventSource
from sources.worker import call_in_thread

_LOCATOR: Final = re.compile(r"commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)")
_UNNAMED: Final = "repository"


class FilesystemEventSource(ThreadedEventSource):
    """Every commit and tag of one repository, and what force-pushes took away.

    Attributes:
        BATCH_COMMITS: commits in a batch, at most.
        STALL_SECONDS: silence of a server after which it is given up.
    """

    SOURCE_TYPE: ClassVar[str] = SOURCE_TYPE
    CONFIG: ClassVar[type[SourceConfig]] = FilesystemConfig
    CREDENTIALS: ClassVar[type[SourceCredentials]] = FilesystemCredentials
    KINDS: ClassVar[tuple[str, ...]] = (*KINDS, MOVED)
    ICON: ClassVar[str] = "git"
    BATCH_COMMITS: ClassVar[int] = CHUNK_COMMITS
    STALL_SECONDS: ClassVar[int] = 60

    def __init__(
        self,
        source_id: str,
        settings: FilesystemConfig,
        place: Repository | Remote,
        span: Span | None = None,
    ) -> None:
        super().__init__(source_id, config=settings.model_dump(exclude={"cursor"}))
        self._settings = settings
        self._place = place
        self._remote = place if isinstance(place, Remote) else None
        self._repository = place.repository if isinstance(place, Remote) else place
        self._span = span
        self._seen: Lately[Refs] = Lately()

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        """Open the repository; without ``source_id`` its name becomes the id.

        A server is not asked yet.

        Raises:
            ConfigError: a setting is wrong, or there is no repository that may be read.
            CredentialsError: a secret that no server asks for, or that can be none.
            CursorInvalidError: ``config["cursor"]`` is not a cursor of this source type.
        """
        named = str(config.get("source_id") or SOURCE_TYPE)
        secrets = check_credentials(FilesystemCredentials, credentials, source_id=named)
        settings = check_config(FilesystemConfig, config, source_id=named)
        source_id = settings.source_id or default_id(settings.url or settings.root_dir or ".")
        place = await call_in_thread(partial(cls._open, settings, secrets, source_id))
        source = cls(source_id, settings, place)
        await source.set_cursor(settings.cursor)
        return source

    @classmethod
    def _open(
        cls, settings: FilesystemConfig, secrets: FilesystemCredentials, source_id: str
    ) -> Repository | Remote:
        access = build_access(settings, secrets, source_id, stall=cls.STALL_SECONDS)
        if access is None:
            return open_repository(settings.root_dir or ".", source_id)
        return open_remote(
            Remote(
                repository=copied_repository(access.url, source_id, settings.cache_dir),
                access=access,
                branches=settings.branches,
                tags=settings.tags,
            )
        )

    async def validate(self) -> bool:
        """Resolve the branches once; on this machine also look whether they lead anywhere.

        Raises:
            ConfigError: a branch named exactly does not exist, or the repository is damaged.
            CredentialsError: a server refuses the secret, or asks for one.
            UnavailableError: a server cannot be read now.
        """
        git = self._repository.git()
        refs = await self._call(partial(self._check, git), stop=git.stop)
        if self._remote is not None:
            self._seen.keep(refs)
        return True

    def _check(self, git: Git) -> Refs:
        """Resolve the branches; those of this machine have to lead somewhere."""
        refs = self._look(git)
        if self._remote is None:
            check_tips(git, self._repository, refs)
        return refs

    def _look_once(self, git: Git) -> Refs:
        """Resolve the branches, unless :meth:`validate` asked a server for them just now."""
        refs = self._seen.take()
        return self._look(git) if refs is None else refs

    def _look(self, git: Git) -> Refs:
        """Resolve the branches, where the repository is; nothing is copied."""
        branches = self._settings.branches
        if self._remote is None:
            return read_refs(git, self._repository, branches)
        return choose_refs(self._remote.look(git), self._repository, branches)

    async def supports_incremental(self) -> bool:
        """Always: the cursor holds the tip of each branch."""
        return True

    async def set_cursor(self, cursor: Cursor | None) -> None:
        """Go on from ``cursor``: one of ours, or ``{"last_commit_sha": …}``.

        Raises:
            CursorInvalidError: neither.
        """
        parse_cursor(cursor, self.source_id)
        self._cursor = cursor

    async def probe(self) -> Probe:
        """Compare the tips with the cursor: one git command, three where a clone lacks objects.

        A server is asked for its refs, unless :meth:`validate` has just done that.

        Raises:
            ConfigError: a branch named exactly does not exist, or the repository is damaged.
            CredentialsError: a server refuses the secret, or asks for one.
            UnavailableError: a server cannot be read now.
        """
        position = parse_cursor(self._cursor, self.source_id)
        if position is None:
            return Probe(new=True, reason="nothing was read yet")
        git = self._repository.git()

        def look() -> str | None:
            refs = self._look_once(git)
            tags = refs.tags if self._settings.tags else {}
            return find_news(position, refs, tags, self._repository, git)

        news = await self._call(look, stop=git.stop)
        return Probe(new=news is not None, reason=news or "no branch or tag moved")

    def windowed(self, start: datetime | None, end: datetime | None) -> Self:
        """Give the same source limited to ``start`` ≤ ``occurred_at`` < ``end``."""
        return type(self)(self.source_id, self._settings, self._place, (start, end))

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        """Yield what is new since the cursor, or all of the window this source is limited to.

        Memory is bounded by one batch: at most 500 commits, some 25,000 changed files.

        Raises:
            CursorInvalidError: the cursor names commits that are gone.
            ConfigError: the repository is damaged, or a branch does not exist.
            CredentialsError: a server refuses the secret, or asks for one.
            UnavailableError: a server, or the copy of its repository, cannot be read now.
        """
        position = parse_cursor(self._cursor, self.source_id)
        span = self._span
        git = self._repository.git()
        batches = self._read(
            git,
            lambda reader: read_pass(reader, position) if span is None else read_span(reader, span),
        )
        reading = self._drive(batches, stop=git.stop, moving=span is None)
        async with aclosing(reading) as driven:
            async for batch in driven:
                yield batch

    async def reread(self, locators: Sequence[str]) -> AsyncGenerator[EventBatch, None]:
        """Read single commits again.

        Args:
            locators: ``commit <id>``, as quarantine names them.

        Raises:
            ConfigError: a locator of another form.
        """
        shas = [self._commit_of(locator) for locator in locators]
        git = self._repository.git()
        batches = self._read(git, lambda reader: read_commits(reader, shas))
        async with aclosing(self._drive(batches, stop=git.stop)) as driven:
            async for batch in driven:
                yield batch

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except GitFailedError as error:
            raise translate(error, self._repository) from error
        except DaybookError:  # some of them are OSErrors too
            raise
        except OSError as error:  # of the machine: no room for ids, no more processes or files
            words = (
                f"{self.source_id}: {self._repository.root} cannot be read now: {error.strerror}"
            )
            if error.errno in DISK_FULL:
                raise StoreError(words, remedy="Make room on this machine's disk") from error
            raise UnavailableError(
                words, remedy="Let other programs end, then try again"
            ) from error

    def _read(
        self, git: Git, read: Callable[[Reader], Generator[EventBatch, None, None]]
    ) -> Generator[EventBatch, None, None]:
        """Read with a reader, of a remote repository after it was copied."""
        reader = Reader(
            git=git,
            repository=self._repository,
            config=self._settings,
            moments=Moments(git),
            size=self.BATCH_COMMITS,
            listing=None if self._remote is None else self._remote.copy(git),
        )
        yield from read(reader)

    def _commit_of(self, locator: str) -> str:
        match = _LOCATOR.fullmatch(locator)
        if match is None:
            raise ConfigError(
                f"{self.source_id}: {locator!r} names no record of a git history",
                remedy="Write it like: commit <40 hex digits>",
            )
        return match.group(1)


def default_id(place: str) -> str:
    """Make a source id of a folder's name, or of a URL's.

    >>> default_id("/src/My Project"), default_id("https://git.example.org/owner/Name.git")
    ('my-project', 'name')
    """
    name = Path(place).expanduser().resolve().name.lower().removesuffix(".git")
    return re.sub(r"[^a-z0-9_-]+", "-", name).lstrip("-_").rstrip("-")[:100] or _UNNAMED
