"""The work of several sources at once: each to its end, whatever becomes of the others."""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from pipelines.cli.activity import shown_activity
from pipelines.cli.failures import explain
from pipelines.cli.home import announce_repository, keep_repository
from pipelines.cli.opening import opened_store
from pipelines.cli.progress import Watch
from pipelines.config import Settings, SourceSpec
from pipelines.sync import Progress
from resources.opening import open_lake
from resources.stores.lake import Lake
from resources.stores.postgres import PostgresStore
from resources.stores.report import WriteReport
from sources import Cursor, DaybookError


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one source: what was stored, where it stands, and what went wrong."""

    source_id: str
    report: WriteReport = field(default_factory=WriteReport)
    cursor: Cursor | None = None
    seconds: float = 0.0
    error: DaybookError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a piece of work has at hand: the store, the lake, and where to show how far it is."""

    store: PostgresStore
    lake: Lake
    watch: Watch
    stopping: threading.Event
    reached: dict[str, WriteReport] = field(default_factory=dict)
    early: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    def observe(self, progress: Progress) -> None:
        """Show how far a source is, and keep what it has stored, should it fail later."""
        done, rest = progress.stored, progress.remaining
        self.reached[progress.source_id] = progress.report
        total = None if rest is None else done + rest
        self.watch.show(progress.source_id, done, total, about=progress.estimated)

    def draw_early(self, source_id: str) -> None:
        """Begin to draw a source's files while its work goes on; more may come to be drawn."""
        self.early[source_id] = asyncio.ensure_future(asyncio.to_thread(_draw, self, source_id))


Work = Callable[[Desk, SourceSpec], Awaitable[Outcome]]


def run(settings: Settings, specs: Sequence[SourceSpec], work: Work) -> list[Outcome]:
    """Do the work for each source, all at once, and bring the lake up to date."""
    with ExitStack() as stack:
        watch = stack.enter_context(Watch())
        stack.enter_context(shown_activity(watch))
        try:
            announce_repository(settings, os.environ, watch.say)
            store = stack.enter_context(opened_store(settings, drafts=True))
            lake = open_lake(settings.lake_url)
        except DaybookError as error:
            return [Outcome(source_id=spec.id, error=error) for spec in specs]
        desk = Desk(store=store, lake=lake, watch=watch, stopping=threading.Event())
        try:
            outcomes = asyncio.run(_run_all(desk, specs, work))
        except KeyboardInterrupt:
            watch.say("Interrupted: what was stored stays.")
            raise
        if any(outcome.error is None for outcome in outcomes):
            keep_repository(settings, os.environ)
        return outcomes


async def _run_all(desk: Desk, specs: Sequence[SourceSpec], work: Work) -> list[Outcome]:
    try:
        return list(await asyncio.gather(*(_run_one(desk, spec, work) for spec in specs)))
    finally:
        desk.stopping.set()


async def _run_one(desk: Desk, spec: SourceSpec, work: Work) -> Outcome:
    """Do one source's work, then draw its files; the first failure is the one that counts."""
    began = time.monotonic()
    (outcome,) = await asyncio.gather(work(desk, spec), return_exceptions=True)
    if isinstance(outcome, BaseException):
        outcome = await _failed(desk, spec, outcome)
    if early := desk.early.get(spec.id):
        # What it failed at still waits, so the drawing that follows meets it again.
        await asyncio.gather(early, return_exceptions=True)
    drawing = asyncio.to_thread(_draw, desk, spec.id)
    (drawn,) = await asyncio.gather(drawing, return_exceptions=True)
    error = outcome.error or (explain(drawn, os.environ) if drawn is not None else None)
    return replace(outcome, seconds=time.monotonic() - began, error=error)


async def _failed(desk: Desk, spec: SourceSpec, failure: BaseException) -> Outcome:
    """Say what stands in the store although the work failed."""
    asking = asyncio.to_thread(desk.store.state, spec.id)
    (state,) = await asyncio.gather(asking, return_exceptions=True)
    return Outcome(
        source_id=spec.id,
        report=desk.reached.get(spec.id, WriteReport()),
        cursor=None if state is None or isinstance(state, BaseException) else state.cursor,
        error=explain(failure, os.environ),
    )


def _draw(desk: Desk, source_id: str) -> None:
    """Write the files of the windows that wait for the lake."""

    def observe(done: int, total: int) -> None:
        if desk.stopping.is_set():
            raise asyncio.CancelledError
        desk.watch.show(f"{source_id} (lake)", done, total, "file")

    desk.lake.catch_up(desk.store, source_id, on_progress=observe)
