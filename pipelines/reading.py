"""One reading of a source into a pass: batch after batch, the next one while this is stored."""

import asyncio
import os
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

from pipelines.config import SourceSpec
from pipelines.wording import plural
from resources.stores.base import WritePass
from resources.stores.report import WriteReport
from sources import (
    BaseEventSource,
    ConfigError,
    Cursor,
    EventBatch,
    EventSourceFactory,
    batch_table,
)
from sources.windows import current_window

Result = TypeVar("Result")

_PROGRESS: Final = re.compile(r"(\d+) events? stored, (about )?(\d+) to come")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sync is: events stored, and how many are still to come where known.

    Attributes:
        source_id: whose.
        stored: events received so far.
        remaining: events still to come; ``None``: not known.
        estimated: that is only about how many.
        report: all writes so far; they stay, whatever happens next.
    """

    source_id: str
    stored: int
    remaining: int | None
    estimated: bool = False
    report: WriteReport = field(default_factory=WriteReport)

    def __str__(self) -> str:
        """The words that a run's log has for it."""
        about = "about " if self.estimated else ""
        rest = "" if self.remaining is None else f", {about}{self.remaining} to come"
        return f"{self.stored} {plural(self.stored, 'event')} stored{rest}"

    @staticmethod
    def parse(text: str) -> tuple[int, bool] | None:
        """Read of those words how many events there will be, and whether only about so many.

        ``None``: ``text`` has no such words.

        >>> Progress.parse(str(Progress(source_id="demo", stored=5, remaining=7)))
        (12, False)
        >>> Progress.parse(str(Progress(source_id="demo", stored=5, remaining=7, estimated=True)))
        (12, True)
        >>> str(Progress(source_id="demo", stored=1, remaining=None))
        '1 event stored'
        """
        match = _PROGRESS.search(text)
        return (int(match[1]) + int(match[3]), match[2] is not None) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What a sync or a refresh did.

    Attributes:
        source_id: whose.
        report: what became of the records.
        cursor: where the source stands now; ``None`` after a refresh.
        epoch: the line of progress followed.
        seconds: how long it took.
        finished: all was read; False if the time budget ended it with more to come, or a budget
            of the source's own, or a limit of the service.
        resumes_at: when the rest can be read, aware; ``None``: at once.
        stats: the source's own counts.
        restarted: why the cursor was of no use, so that all was read; empty: it was.
    """

    source_id: str
    report: WriteReport
    cursor: Cursor | None
    epoch: str
    seconds: float
    finished: bool
    stats: Mapping[str, Any]
    restarted: str = ""
    resumes_at: datetime | None = None


Observer = Callable[[Progress], None]
Opener = Callable[[Cursor | None], AbstractAsyncContextManager[BaseEventSource]]
Generator = Callable[[BaseEventSource], AsyncGenerator[EventBatch, None]]


def ignore(_: Progress) -> None:
    """Nobody watches."""


def _whole(source: BaseEventSource) -> BaseEventSource:
    return source


def _everything(source: BaseEventSource) -> AsyncGenerator[EventBatch, None]:
    return source.generate_batches()


@asynccontextmanager
async def open_source(spec: SourceSpec, cursor: Cursor | None) -> AsyncIterator[BaseEventSource]:
    """Make a source to read from ``cursor``, with its secrets out of the environment."""
    factory = EventSourceFactory(cache_dir=spec.cache_dir)
    secrets = spec.secrets(os.environ)
    config = {**spec.config, "cursor": cursor}
    try:
        yield await factory.create_source(spec.type, spec.id, secrets, config)
    finally:
        await factory.close_all_sources()


def refuse_future(spec: SourceSpec, window: str) -> None:
    """Refuse a window that has not begun.

    Raises:
        ConfigError: it has not.
    """
    now = current_window(spec.grain, datetime.now(UTC))
    if window > now:
        raise ConfigError(
            f"{spec.id}: window {window!r} has not begun", remedy=f"The current one is {now!r}"
        )


class Reading:
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
        """Read ``spec`` into ``writing``; ``began`` is monotonic, ``budget`` in seconds."""
        self._spec = spec
        self._open = opener or partial(open_source, spec)
        self._writing = writing
        self._began = began
        self._deadline = None if budget is None else began + budget
        self._on_progress = on_progress
        self.cursor = writing.cursor
        self.finished = True
        self.resumes_at: datetime | None = None
        self.stats: Mapping[str, Any] = {}

    async def drain(
        self,
        cursor: Cursor | None,
        narrow: Callable[[BaseEventSource], BaseEventSource] = _whole,
        generate: Generator = _everything,
    ) -> None:
        """Read from ``cursor`` to the end of what is there, or of the time budget."""
        async with self._open(cursor) as opened:
            source = narrow(opened)
            async with source, aclosing(_read_ahead(generate(source))) as batches:
                whole = await self._write_all(batches)
            self.finished = whole and not source.cut_short
            self.resumes_at = source.resumes_at if source.cut_short else None
            self.stats = source.get_stats()

    async def keep(self, cursor: Cursor) -> None:
        """Store where a reading stands that gave no batch."""
        batch = EventBatch(events=batch_table(()), cursor=cursor)
        await blocking(partial(self._writing.write, batch))
        self.cursor = cursor

    def result(self) -> SyncResult:
        """What it came to."""
        return SyncResult(
            source_id=self._spec.id,
            report=self._writing.report,
            cursor=self.cursor,
            epoch=self._writing.epoch,
            seconds=time.monotonic() - self._began,
            finished=self.finished,
            stats=self.stats,
            resumes_at=self.resumes_at,
        )

    async def _write_all(self, batches: AsyncGenerator[EventBatch, None]) -> bool:
        async for batch in batches:
            await blocking(partial(self._writing.write, batch))
            self.cursor = batch.cursor
            self._on_progress(
                Progress(
                    source_id=self._spec.id,
                    stored=self._writing.report.received,
                    remaining=batch.remaining,
                    estimated=batch.estimated,
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


async def blocking(call: Callable[[], Result]) -> Result:
    """Run a store's blocking call off the event loop, to its end even when cancelled."""
    task = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
