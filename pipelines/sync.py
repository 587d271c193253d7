"""Source into store, plain Python: what the assets and the command line call."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from pipelines.config import SourceSpec
from pipelines.reading import (
    Generator,
    Observer,
    Opener,
    Progress,
    Reading,
    SyncResult,
    blocking,
    ignore,
    open_source,
    refuse_future,
)
from resources.stores.base import EpisodicStore, WritePass
from resources.stores.report import PassRequest
from sources import (
    BusyError,
    Cursor,
    CursorInvalidError,
    EventSourceFactory,
    Probe,
)
from sources.windows import reading_bounds

__all__ = [
    "Progress",
    "SyncResult",
    "probe_source",
    "refresh_window",
    "retry_quarantined",
    "sync_source",
]

Waiter = Callable[[str], None]
_LOCK_POLL_SECONDS = 0.5
_RETRIED = 10_000
"""Records of one source's quarantine that are read again at a time."""


async def sync_source(
    store: EpisodicStore,
    spec: SourceSpec,
    *,
    epoch: str | None = None,
    start_cursor: Cursor | None = None,
    budget: float | None = None,
    accept_retractions: bool = False,
    on_progress: Observer = ignore,
    on_stored: Callable[[], None] = lambda: None,
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
        accept_retractions: let an inferred disappearance of any size through; everything is
            read again, as only a reading from nothing may claim that something is gone.
        on_progress: called after each batch.
        on_stored: called once all is stored that there is, before the pass is finished: a full
            one withdraws then what it has not met, a first one builds indexes.
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
        if accept_retractions and writing.cursor is not None:
            await blocking(writing.restart)
        reading = Reading(spec, writing, opener, on_progress, began, budget)
        start, restarted = writing.cursor, ""
        if start is None and await blocking(partial(store.state, spec.id)) is None:
            start = spec.config.get("cursor")  # a person's, for a store that knows nothing yet
        try:
            await reading.drain(start)
        except CursorInvalidError as error:
            if start is None:
                raise
            await blocking(writing.restart)
            start, restarted = None, f"{error.message}; so everything was read again"
            reading.cursor = None
            await reading.drain(None)
        if reading.cursor is None and start is not None:  # nothing came after a person's start
            await reading.keep(start)
        if reading.finished:
            on_stored()
            await blocking(writing.finish)
        return replace(reading.result(), restarted=restarted)


async def refresh_window(
    store: EpisodicStore,
    spec: SourceSpec,
    window: str,
    *,
    accept_retractions: bool = False,
    on_progress: Observer = ignore,
    on_wait: Waiter | None = None,
    opener: Opener | None = None,
) -> SyncResult:
    """Read one window again, whole, and store it; no cursor is read or moved.

    Raises:
        ConfigError: no such window.
        DaybookError: the source's or the store's.
    """
    began = time.monotonic()
    refuse_future(spec, window)
    since, until = reading_bounds(window, spec.grain, spec.start)
    request = _request(spec, kind="refresh", window=window, accept_retractions=accept_retractions)
    async with _begin(store, request, on_wait) as writing:
        reading = Reading(spec, writing, opener, on_progress, began)
        await reading.drain(None, narrow=lambda source: source.windowed(since, until))
        await blocking(writing.finish)
        return replace(reading.result(), cursor=None)


async def retry_quarantined(
    store: EpisodicStore,
    spec: SourceSpec,
    *,
    on_progress: Observer = ignore,
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
        reading = Reading(spec, writing, opener, on_progress, began)
        bad = await blocking(partial(store.quarantined_locators, spec.id))
        for first in range(0, len(bad), _RETRIED):
            await reading.drain(None, generate=_again(bad[first : first + _RETRIED]))
        await blocking(writing.finish)
        return replace(reading.result(), cursor=None)


def _again(locators: list[str]) -> Generator:
    return lambda source: source.reread(locators)


async def probe_source(spec: SourceSpec, cursor: Cursor | None) -> Probe:
    """Ask a source whether a sync from ``cursor`` would find anything."""
    async with open_source(spec, cursor) as source:
        return await source.probe()


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
        await blocking(writing.close)


async def _lock(store: EpisodicStore, request: PassRequest) -> WritePass:
    opening = asyncio.ensure_future(asyncio.to_thread(store.begin_pass, request))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        for outcome in await asyncio.gather(opening, return_exceptions=True):
            if isinstance(outcome, WritePass):
                await blocking(outcome.close)
        raise


def _request(spec: SourceSpec, **details: Any) -> PassRequest:
    return PassRequest(
        source_id=spec.id,
        source_type=spec.type,
        grain=spec.grain,
        start=spec.start,
        fingerprint=spec.fingerprint,
        configured_at=spec.configured_at,
        lasting=EventSourceFactory.get_source_class(spec.type).LASTING,
        **details,
    )
