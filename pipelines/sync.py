"""Source into store: one loop, plain Python, shared by the assets and the command line."""

import asyncio
import os
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

from pipelines.config import SourceSpec
from resources.stores.base import EpisodicStore, WritePass
from resources.stores.report import PassRequest, WriteReport
from sources import (
    BaseEventSource,
    BusyError,
    ConfigError,
    Cursor,
    CursorInvalidError,
    EventBatch,
    EventSourceFactory,
    Probe,
    batch_table,
)
from sources.windows import current_window, reading_bounds

Result = TypeVar("Result")

_PROGRESS: Final = re.compile(r"(\d+) events stored, (\d+) to come")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sync is: events stored, and how many are still to come where known.

    Attributes:
        source_id: whose.
        stored: events received so far.
        remaining: events still to come; ``None``: not known.
        report: all writes so far; they stay, whatever happens next.
    """

    source_id: str
    stored: int
    remaining: int | None
    report: WriteReport = field(default_factory=WriteReport)

    def __str__(self) -> str:
        """The words that a run's log has for it."""
        rest = "" if self.remaining is None else f", {self.remaining} to come"
        return f"{self.stored} events stored{rest}"

    @staticmethod
    def parse(text: str) -> tuple[int, int] | None:
        """Read those words: events stored and events to come; ``None``: ``text`` has no such.

        >>> Progress.parse(str(Progress(source_id="demo", stored=5, remaining=7)))
        (5, 7)
        """
        match = _PROGRESS.search(text)
        return (int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What a sync or a refresh did.

    Attributes:
        source_id: whose.
        report: what became of the records.
        cursor: where the source stands now; ``None`` after a refresh.
        epoch: the line of progress followed.
        seconds: how long it took.
        finished: all was read; False if the time budget ended it with more to come.
        stats: the source's own counts.
    """

    source_id: str
    report: WriteReport
    cursor: Cursor | None
    epoch: str
    seconds: float
    finished: bool
    stats: Mapping[str, Any]


Observer = Callable[[Progress], None]
Waiter = Callable[[str], None]
Opener = Callable[[Cursor | None], AbstractAsyncContextManager[BaseEventSource]]
Generator = Callable[[BaseEventSource], AsyncGenerator[EventBatch, None]]
_LOCK_POLL_SECONDS = 0.5
_RETRIED = 10_000
"""Records of one source's quarantine that one retry reads again."""


def _ignore(_: Progress) -> None:
    """Nobody watches."""


def _whole(source: BaseEventSource) -> BaseEventSource:
    return source


def _everything(source: BaseEventSource) -> AsyncGenerator[EventBatch, None]:
    return source.generate_batches()


async def sync_source(
    store: EpisodicStore,
    spec: SourceSpec,
    *,
    epoch: str | None = None,
    start_cursor: Cursor | None = None,
    budget: float | None = None,
    accept_retractions: bool = False,
    on_progress: Observer = _ignore,
    on_wait: Waiter | None = None,
    opener: Opener | None = None,
) -> SyncResult:
    """Read everything new since the progress row's cursor, and store it.

    Args:
        store: where to.
        spec: from where.
        epoch: the line of progress; ``None``: the row's own.
        start_cursor: where a new epoch begins.
        budget: seconds after which to stop behind a batch; ``None``: to the end.
        accept_retractions: let an inferred disappearance of any size through.
        on_progress: called after each batch.
        on_wait: called with words while another writer holds the source; without it, that
            raises at once.
        opener: makes the source to read from a cursor; default: by ``spec`` and environment.

    Raises:
        BusyError: another process writes this source, and there is no ``on_wait``.
        DaybookError: the source's or the store's; what was stored before stays.
    """
    began = time.monotonic()
    request = _request(
        spec,
        epoch=epoch,
        start_cursor=start_cursor,
        accept_retractions=accept_retractions,
    )
    async with _begin(store, request, on_wait) as writing:
        reading = _Reading(spec, writing, opener, on_progress, began, budget)
        start = writing.cursor
        if start is None and await _blocking(partial(store.state, spec.id)) is None:
            start = spec.config.get("cursor")  # a person's, for a store that knows nothing yet
        try:
            await reading.drain(start)
        except CursorInvalidError:
            if start is None:
                raise
            await _blocking(writing.restart)
            start = None
            await reading.drain(None)
        if reading.cursor is None and start is not None:  # nothing came after a person's start
            await reading.keep(start)
        if reading.finished:
            await _blocking(writing.finish)
        return reading.result()


async def refresh_window(
    store: EpisodicStore,
    spec: SourceSpec,
    window: str,
    *,
    accept_retractions: bool = False,
    on_progress: Observer = _ignore,
    on_wait: Waiter | None = None,
    opener: Opener | None = None,
) -> SyncResult:
    """Read one window again, whole, and store it; no cursor is read or moved.

    Raises:
        ConfigError: no such window, or the source cannot be read by windows.
        DaybookError: the source's or the store's.
    """
    began = time.monotonic()
    _refuse_future(spec, window)
    since, until = reading_bounds(window, spec.grain, spec.start)
    request = _request(spec, kind="refresh", window=window, accept_retractions=accept_retractions)
    async with _begin(store, request, on_wait) as writing:
        reading = _Reading(spec, writing, opener, on_progress, began)
        await reading.drain(None, narrow=lambda source: source.windowed(since, until))
        await _blocking(writing.finish)
        return replace(reading.result(), cursor=None)


async def retry_quarantined(
    store: EpisodicStore,
    spec: SourceSpec,
    *,
    on_progress: Observer = _ignore,
    on_wait: Waiter | None = None,
    opener: Opener | None = None,
) -> SyncResult:
    """Read the records in quarantine again; those that can be read now become events.

    No cursor is read or moved.

    Raises:
        DaybookError: the source's or the store's.
    """
    began = time.monotonic()
    request = _request(spec, kind="refresh")
    async with _begin(store, request, on_wait) as writing:
        rows = await _blocking(partial(store.quarantine, spec.id, limit=_RETRIED))
        reading = _Reading(spec, writing, opener, on_progress, began)
        if rows:
            locators = [row.locator for row in rows]
            await reading.drain(None, generate=lambda source: source.reread(locators))
        await _blocking(writing.finish)
        return replace(reading.result(), cursor=None)


async def probe_source(spec: SourceSpec, cursor: Cursor | None) -> Probe:
    """Ask a source whether a sync from ``cursor`` would find anything."""
    async with _open_source(spec, cursor) as source:
        return await source.probe()


@asynccontextmanager
async def _open_source(spec: SourceSpec, cursor: Cursor | None) -> AsyncIterator[BaseEventSource]:
    factory = EventSourceFactory()
    secrets = {
        name: reference.resolve(os.environ, source_id=spec.id)
        for name, reference in spec.credentials.items()
    }
    config = {**spec.config, "cursor": cursor}
    try:
        yield await factory.create_source(spec.type, spec.id, secrets, config)
    finally:
        await factory.close_all_sources()


class _Reading:
    """One reading of a source into a pass, with what it came to."""

    def __init__(
        self,
        spec: SourceSpec,
        writing: WritePass,
        opener: Opener | None,
        on_progress: Observer,
        began: float,
        budget: float | None = None,
    ) -> None:
        self._spec = spec
        self._open = opener or partial(_open_source, spec)
        self._writing = writing
        self._began = began
        self._deadline = None if budget is None else began + budget
        self._on_progress = on_progress
        self.cursor = writing.cursor
        self.finished = True
        self.stats: Mapping[str, Any] = {}

    async def drain(
        self,
        cursor: Cursor | None,
        narrow: Callable[[BaseEventSource], BaseEventSource] = _whole,
        generate: Generator = _everything,
    ) -> None:
        async with self._open(cursor) as opened:
            source = narrow(opened)
            async with source, aclosing(_read_ahead(generate(source))) as batches:
                self.finished = await self._write_all(batches)
            self.stats = source.get_stats()

    async def keep(self, cursor: Cursor) -> None:
        """Store where a reading stands that gave no batch."""
        batch = EventBatch(events=batch_table(()), cursor=cursor)
        await _blocking(partial(self._writing.write, batch))
        self.cursor = cursor

    def result(self) -> SyncResult:
        return SyncResult(
            source_id=self._spec.id,
            report=self._writing.report,
            cursor=self.cursor,
            epoch=self._writing.epoch,
            seconds=time.monotonic() - self._began,
            finished=self.finished,
            stats=self.stats,
        )

    async def _write_all(self, batches: AsyncGenerator[EventBatch, None]) -> bool:
        async for batch in batches:
            await _blocking(partial(self._writing.write, batch))
            self.cursor = batch.cursor
            self._on_progress(
                Progress(
                    source_id=self._spec.id,
                    stored=self._writing.report.received,
                    remaining=batch.remaining,
                    report=self._writing.report,
                )
            )
            if batch.cursor is not None and self._is_over():
                return False  # without a cursor there would be nothing to go on from
        return True

    def _is_over(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline


async def _read_ahead(
    generator: AsyncGenerator[EventBatch, None],
) -> AsyncGenerator[EventBatch, None]:
    """Read the next batch while the caller stores this one."""
    async with aclosing(generator) as batches:
        following = asyncio.ensure_future(anext(batches, None))
        try:
            while (batch := await following) is not None:
                following = asyncio.ensure_future(anext(batches, None))
                yield batch
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


@asynccontextmanager
async def _begin(
    store: EpisodicStore, request: PassRequest, on_wait: Waiter | None
) -> AsyncIterator[WritePass]:
    """Hold the source's lock; with ``on_wait``, wait for another writer and say for whom."""
    while True:
        try:
            writing = await _lock(store, request)
            break
        except BusyError as error:
            if on_wait is None:
                raise
            on_wait(error.message)
            await asyncio.sleep(_LOCK_POLL_SECONDS)
    try:
        yield writing
    finally:
        await _blocking(writing.close)


async def _lock(store: EpisodicStore, request: PassRequest) -> WritePass:
    opening = asyncio.ensure_future(asyncio.to_thread(store.begin_pass, request))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        for outcome in await asyncio.gather(opening, return_exceptions=True):
            if isinstance(outcome, WritePass):
                await _blocking(outcome.close)
        raise


async def _blocking(call: Callable[[], Result]) -> Result:
    """Run a store's blocking call off the event loop, to its end even when cancelled."""
    task = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def _request(spec: SourceSpec, **details: Any) -> PassRequest:
    return PassRequest(
        source_id=spec.id,
        source_type=spec.type,
        grain=spec.grain,
        start=spec.start,
        fingerprint=spec.fingerprint,
        configured_at=spec.configured_at,
        **details,
    )


def _refuse_future(spec: SourceSpec, window: str) -> None:
    now = current_window(spec.grain, datetime.now(UTC))
    if window > now:
        raise ConfigError(
            f"{spec.id}: window {window!r} has not begun", remedy=f"The current one is {now!r}"
        )
