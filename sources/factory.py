"""Sources by name: the registry of types, and the making, tracking and closing of sources."""

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from sources.base import BaseEventSource
from sources.batch import Cursor
from sources.errors import ConfigError, UnavailableError
from sources.settings import nearest

_SOURCE_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")

ENTRY_POINTS: Final = "daybook.sources"
"""Entry-point group through which other packages add source types."""


class CursorStore(Protocol):
    """Where the factory keeps cursors for use without a store: ``resources.cursors`` has three."""

    def load(self, source_id: str) -> Cursor | None:
        """Give the saved cursor, or ``None``."""

    def save(self, source_id: str, cursor: Cursor) -> None:
        """Keep ``cursor``."""


class EventSourceFactory:
    """Makes sources of registered types and keeps track of those it made.

    The registry belongs to the class; the sources made, to each factory. Calls may overlap.
    A type is known by its name; the module of one that was offered is read when it is first used.

    Args:
        cursor_store: where cursors are kept.
        cache_dir: where sources may keep what they could read again, such as the copy of a remote
            repository, each in a directory of its own; it may be deleted while nothing runs.
        logger: instead of this module's.
    """

    _registry: ClassVar[dict[str, type[BaseEventSource]]] = {}
    _offered: ClassVar[dict[str, EntryPoint]] = {}
    _installed: ClassVar[dict[str, EntryPoint] | None] = None

    def __init__(
        self,
        *,
        cursor_store: CursorStore | None = None,
        cache_dir: Path | str | None = None,
        logger: logging.Logger | None = None,
    ) -> None:
        self._cursor_store = cursor_store
        self._cache_dir = None if cache_dir is None else Path(cache_dir).absolute()
        self._logger = logger or logging.getLogger(__name__)
        self._active: dict[str, BaseEventSource] = {}
        self._reserved: set[str] = set()

    @classmethod
    def register_source(cls, source_type: str, source_class: type[BaseEventSource]) -> None:
        """Make ``source_type`` known.

        Raises:
            TypeError: ``source_class`` is no ``BaseEventSource``.
            ConfigError: the name belongs to another class already.
        """
        if source_type in cls._offered:
            cls.get_source_class(source_type)
        cls._keep(source_type, source_class)

    @classmethod
    def offer_source(cls, entry: EntryPoint) -> None:
        """Make a type known by the entry's name; its module is read when it is first asked for."""
        cls._offered[entry.name] = entry

    @classmethod
    def _keep(cls, source_type: str, source_class: type[BaseEventSource]) -> None:
        """Put a class into the registry, if it is one of ours and the name is free."""
        if not issubclass(source_class, BaseEventSource):
            raise TypeError(f"{source_class!r} is not a BaseEventSource")
        known = cls._registry.get(source_type)
        if known is not None and known is not source_class:
            raise ConfigError(
                f"source type {source_type!r} is {known.__module__}.{known.__qualname__} already",
                remedy="Choose another name, or unregister the first",
            )
        cls._registry[source_type] = source_class

    @classmethod
    def unregister_source(cls, source_type: str) -> bool:
        """Forget ``source_type``, another package's too; False if it was not known."""
        known = cls.is_source_available(source_type)
        for names in (cls._registry, cls._offered, cls._plugins()):
            names.pop(source_type, None)
        return known

    @classmethod
    def get_registered_sources(cls) -> list[str]:
        """Name every known source type, sorted."""
        return sorted({*cls._registry, *cls._offered, *cls._plugins()})

    @classmethod
    def is_source_available(cls, source_type: str) -> bool:
        """Whether ``source_type`` is known."""
        return source_type in cls._registry or cls._find_entry(source_type) is not None

    @classmethod
    def get_source_class(cls, source_type: str) -> type[BaseEventSource]:
        """Give the class behind ``source_type``.

        Raises:
            ConfigError: not a known type (the nearest is named), or its package is broken.
        """
        if source_type not in cls._registry and (entry := cls._find_entry(source_type)):
            cls._load(entry)
        try:
            return cls._registry[source_type]
        except KeyError:
            known = cls.get_registered_sources()
            raise ConfigError(
                f"unknown source type {source_type!r}{nearest(source_type, known)}",
                remedy="Install the package that brings it, or correct the name",
            ) from None

    @classmethod
    def _plugins(cls) -> dict[str, EntryPoint]:
        """Give what other packages offer under ``daybook.sources``; nothing of it is loaded."""
        if cls._installed is None:
            cls._installed = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
        return cls._installed

    @classmethod
    def _find_entry(cls, source_type: str) -> EntryPoint | None:
        """Say where a type comes from; what came with Daybook goes before what others bring."""
        return cls._offered.get(source_type) or cls._plugins().get(source_type)

    @classmethod
    def _load(cls, entry: EntryPoint) -> None:
        """Register one offered type; whatever is wrong with its package stops no other type."""
        try:
            cls._keep(entry.name, entry.load())
        except Exception as error:
            raise ConfigError(
                f"source type {entry.name!r} ({entry.value}) cannot be loaded: {error!r}",
                remedy="Mend or remove the package that brings it",
            ) from error

    async def create_source(
        self,
        source_type: str,
        source_id: str,
        credentials: Mapping[str, Any],
        config: Mapping[str, Any],
    ) -> BaseEventSource:
        """Build, validate and track one source.

        ``config["cursor"]`` names where to start; without it the saved cursor is used.

        Raises:
            ConfigError: unknown type, wrong setting, or an id in use.
            CredentialsError: wrong secret.
            UnavailableError: the source cannot be read now.
            CursorInvalidError: not a cursor of this source.
        """
        source_class = self.get_source_class(source_type)
        with self._reserve(source_id):
            settings = {**config, "source_id": source_id}
            if self._cache_dir is not None:
                settings.setdefault("cache_dir", str(self._cache_dir / source_id))
            if settings.get("cursor") is None:
                settings["cursor"] = await asyncio.to_thread(self._load_cursor, source_id)
            if settings["cursor"] is None:
                del settings["cursor"]
            source = await source_class.create(dict(credentials), settings)
            try:
                await self._check(source, source_id)
            except BaseException:
                await source.aclose()
                raise
            self._active[source_id] = source
        return source

    @contextmanager
    def _reserve(self, source_id: str) -> Iterator[None]:
        """Hold the id while its source is being made, so that two calls cannot both get it."""
        if not _SOURCE_ID.fullmatch(source_id):
            raise ConfigError(
                f"source id {source_id!r} is not allowed",
                remedy="Use lower-case letters, digits, '-' and '_', beginning with no sign",
            )
        if source_id in self._active or source_id in self._reserved:
            raise ConfigError(
                f"source {source_id!r} exists already in this factory",
                remedy="Close it first, or choose another id",
            )
        self._reserved.add(source_id)
        try:
            yield
        finally:
            self._reserved.discard(source_id)

    async def _check(self, source: BaseEventSource, source_id: str) -> None:
        if source.source_id != source_id:
            raise ConfigError(
                f"{type(source).__name__}.create() made {source.source_id!r}, not {source_id!r}",
                remedy="It has to take its id from config['source_id']",
            )
        if not await source.validate():
            raise UnavailableError(f"{source_id}: the source says that it cannot be read now")

    def _load_cursor(self, source_id: str) -> Cursor | None:
        return self._cursor_store.load(source_id) if self._cursor_store else None

    async def save_cursor(self, source_id: str) -> bool:
        """Keep where an active source stands; False where there is nothing to keep.

        Raises:
            ConfigError: no active source of this id, or the factory has no cursor store.
        """
        source = self._active.get(source_id)
        if source is None:
            raise ConfigError(f"no active source {source_id!r}", remedy="Create it first")
        if self._cursor_store is None:
            raise ConfigError(
                f"{source_id}: this factory has no cursor store",
                remedy="Give it one: EventSourceFactory(cursor_store=FileCursorStore(path))",
            )
        cursor = await source.get_cursor() if await source.supports_incremental() else None
        if cursor is None:
            return False
        await asyncio.to_thread(self._cursor_store.save, source_id, cursor)
        return True

    def get_active_sources(self) -> dict[str, BaseEventSource]:
        """Give the sources made and not yet closed, by id."""
        return dict(self._active)

    async def close_source(self, source_id: str) -> bool:
        """Close one source; False if it is not active."""
        source = self._active.pop(source_id, None)
        if source is None:
            return False
        await source.aclose()
        return True

    async def close_all_sources(self) -> None:
        """Close every active source, all of them even if one fails.

        Raises:
            ExceptionGroup: what went wrong, after all were tried.
        """
        active, self._active = self._active, {}
        closing = (source.aclose() for source in active.values())
        outcomes = await asyncio.gather(*closing, return_exceptions=True)
        failures = [item for item in outcomes if isinstance(item, Exception)]
        if failures:
            raise ExceptionGroup("some sources did not close", failures)

    def get_stats(self) -> dict[str, Any]:
        """Give the registered types and each active source's counts."""
        return {
            "registered_types": self.get_registered_sources(),
            "active_sources": len(self._active),
            "sources": {key: source.get_stats() for key, source in self._active.items()},
        }
