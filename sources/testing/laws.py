"""The nine laws, each a function that raises where a case breaks it."""

import asyncio
import gc
import threading
import time
import tracemalloc
from collections.abc import Callable, Coroutine, Generator
from contextlib import aclosing, suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import psutil
import pyarrow as pa

from sources.batch import EventBatch
from sources.errors import CursorInvalidError
from sources.event import OBSERVED_KINDS, table_events
from sources.testing.case import BrokenLawError, Mirror, SourceCase
from sources.windows import current_window, window_bounds

Law = Callable[[SourceCase, Path], None]

_GROWTH: Final = 1.5
_CANCELLATIONS: Final = 12
_INTERRUPTIBLE: Final = 2
_PATIENCE: Final = 10.0


def complete(case: SourceCase, directory: Path) -> None:
    """All batches together equal an independent reading."""
    case.prepare(directory)
    Mirror().take(case.read(directory), full=True).compare(case.truth(directory), "complete")


def resumable(case: SourceCase, directory: Path) -> None:
    """After any batch, a new source goes on from its cursor, and nothing is lost."""
    case.prepare(directory)
    batches = case.read(directory)
    if len(batches) < _INTERRUPTIBLE:
        raise BrokenLawError("resumable: the case gives one batch only; prepare() has to give more")
    truth = case.truth(directory)
    for stop in range(1, len(batches) + 1):
        mirror = Mirror().take(batches[:stop], full=True)
        rest = case.read(directory, mirror.cursor)
        again = {event_id for batch in rest for event_id in _ids(batch)}
        if mirror.cursor is not None and again & set(mirror.events):
            raise BrokenLawError(f"resumable: events of batches before {stop} come again")
        mirror.take(rest, full=False).compare(truth, f"resumable after batch {stop}")


def quiet(case: SourceCase, directory: Path) -> None:
    """With the final cursor and nothing new there is no batch, and the fewest requests."""
    case.prepare(directory)
    cursor = case.read(directory)[-1].cursor
    before = case.requests()
    if case.read(directory, cursor):
        raise BrokenLawError("quiet: a pass that finds nothing gives batches")
    if case.requests() - before > case.quiet_requests:
        raise BrokenLawError(f"quiet: {case.requests() - before} requests to find nothing")
    case.grow(directory)

    async def probe() -> bool:
        async with await case.open(directory, cursor) as source:
            return (await source.probe()).new

    if not asyncio.run(probe()):
        raise BrokenLawError("quiet: probe() does not see what is new")


def idempotent(case: SourceCase, directory: Path) -> None:
    """Two readings from the start give the same ids and the same values."""
    case.prepare(directory)
    first = Mirror().take(case.read(directory), full=True).events
    second = Mirror().take(case.read(directory), full=True).events
    different = [key for key in first.keys() | second.keys() if first.get(key) != second.get(key)]
    if different:
        raise BrokenLawError(f"idempotent: {len(different)} events differ, {different[0]} is one")


def bounded(case: SourceCase, directory: Path) -> None:
    """Memory does not grow with the length of history."""
    case.read(_lengthen(case, directory / "first", 3))  # what a process loads once is loaded now
    short, long = (_peak(case, _lengthen(case, directory / str(times), times)) for times in (1, 3))
    if long > _GROWTH * short + case.ahead:
        raise BrokenLawError(
            f"bounded: {short} bytes at most, {long} for a history three times longer"
        )


def honest(case: SourceCase, directory: Path) -> None:
    """Every record ends as an event or in quarantine, and the counts say so."""
    case.prepare(directory)

    async def read() -> tuple[list[EventBatch], dict[str, int]]:
        async with await case.open(directory) as source:
            async with aclosing(source.generate_batches()) as batches:
                given = [batch async for batch in batches]
            return given, source.get_stats()

    batches, stats = asyncio.run(read())
    events = sum(batch.events.num_rows for batch in batches)
    records = [record for batch in batches for record in batch.quarantined]
    if not all(record.locator and record.reason for record in records):
        raise BrokenLawError("honest: a bad record has no place or no reason")
    bad = {record.locator for record in records}
    if len(bad) != case.bad_records(directory):
        raise BrokenLawError(f"honest: {len(bad)} bad records, not {case.bad_records(directory)}")
    if (stats["events_generated"], stats["events_quarantined"]) != (events, len(bad)):
        raise BrokenLawError(f"honest: {stats} for {events} events and {len(bad)} bad records")


def changing(case: SourceCase, directory: Path) -> None:
    """What is added, changed or taken away later reaches the store."""
    case.prepare(directory)
    mirror = Mirror().take(case.read(directory), full=True)
    for move in (case.grow, case.change):
        move(directory)
        try:
            mirror.take(case.read(directory, mirror.cursor), full=False)
        except CursorInvalidError:
            mirror.take(case.read(directory), full=True)
        observed = [key for key, event in mirror.events.items() if event.kind in OBSERVED_KINDS]
        for key in observed:
            del mirror.events[key]
        mirror.compare(case.truth(directory), f"changing: after {move.__name__}")


def windowed(case: SourceCase, directory: Path) -> None:
    """The windows of a source are a partition of its history."""
    case.prepare(directory)
    whole = Mirror().take(case.read(directory), full=True)
    moments = [event.occurred_at for event in whole.events.values()]
    bounds = _bounds(moments)
    parts = Mirror()
    for start, end in pairwise([None, *bounds, None]):
        part = Mirror().take(case.read_window(directory, start, end), full=False)
        for event in part.events.values():
            low, high = start or event.occurred_at, end
            if event.occurred_at < low or (high is not None and event.occurred_at >= high):
                raise BrokenLawError(f"windowed: {event.occurred_at} lies outside {start} to {end}")
        twice = parts.events.keys() & part.events.keys()
        if twice:
            raise BrokenLawError(f"windowed: {len(twice)} events are in two windows")
        parts.events |= part.events
    if parts.events != whole.events:
        raise BrokenLawError(f"windowed: {len(parts.events)} events, {len(whole.events)} in all")


def closed(case: SourceCase, directory: Path) -> None:
    """Cancelled or failing at any await, it leaves no process, thread or open file."""
    case.prepare(directory)
    case.read(directory)  # what a process opens once is open now
    before = _belongings()
    awaits = asyncio.run(_cancelled(case, directory, None))
    for stop in range(1, awaits + 1, max(1, awaits // _CANCELLATIONS)):
        asyncio.run(_cancelled(case, directory, stop))
        _check_belongings(before, f"closed: after a cancellation at await {stop} of {awaits}")
    asyncio.run(_failing(case, directory))
    _check_belongings(before, "closed: after a failure")


async def _cancelled(case: SourceCase, directory: Path, stop: int | None) -> int:
    """Read everything, or up to one of the reading's awaits; gives how many it came to."""

    async def read() -> None:
        async with (
            await case.open(directory) as source,
            aclosing(source.generate_batches()) as batches,
        ):
            async for _ in batches:
                pass

    steps = _Steps(read(), stop)

    async def follow() -> None:
        await steps

    await asyncio.gather(asyncio.ensure_future(follow()), return_exceptions=True)
    return steps.made


class _Steps(Generator[Any, Any, None]):
    """Work from await to await; at number ``stop`` its task is cancelled, as by a caller."""

    def __init__(self, work: Coroutine[Any, Any, None], stop: int | None) -> None:
        self.made = 0
        self._work = work
        self._stop = stop

    def __await__(self) -> Generator[Any, Any, None]:
        return self

    def send(self, value: Any, /) -> Any:
        return self._count(self._work.send(value))

    def throw(self, *error: Any) -> Any:
        return self._count(self._work.throw(*error))

    def _count(self, waiting: Any) -> Any:
        self.made += 1
        task = asyncio.current_task()
        if self.made == self._stop and task is not None:
            task.cancel()
        return waiting


async def _failing(case: SourceCase, directory: Path) -> None:
    async with (
        await case.open(directory) as source,
        aclosing(source.generate_batches()) as batches,
    ):
        await anext(batches)
        with suppress(ZeroDivisionError):
            await batches.athrow(ZeroDivisionError("as a caller's fault does"))


def _belongings() -> tuple[int, int, int]:
    gc.collect()
    process = psutil.Process()
    return len(process.children(recursive=True)), threading.active_count(), process.num_fds()


def _check_belongings(before: tuple[int, int, int], law: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while any(now > then for now, then in zip(_belongings(), before, strict=True)):
        if time.monotonic() > deadline:
            raise BrokenLawError(
                f"{law}: processes, threads, open files are {_belongings()}, were {before}"
            )
        threading.Event().wait(0.02)


def _lengthen(case: SourceCase, place: Path, times: int) -> Path:
    place.mkdir()
    case.lengthen(place, times)
    return place


def _peak(case: SourceCase, place: Path) -> int:
    """Read a place without keeping anything; give the highest memory, Python's and Arrow's."""

    async def read() -> None:
        async with (
            await case.open(place) as source,
            aclosing(source.generate_batches()) as batches,
        ):
            async for batch in batches:
                del batch

    usual = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(pool)
    tracemalloc.start()
    try:
        asyncio.run(read())
        return tracemalloc.get_traced_memory()[1] + (pool.max_memory() or 0)
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(usual)


def _ids(batch: EventBatch) -> set[str]:
    return {event.event_id for event in table_events(batch.events)}


def _bounds(moments: list[datetime]) -> list[datetime]:
    """Give the ends of all the months but the last that have events."""
    months = sorted({current_window("month", moment) for moment in moments})
    return [window_bounds(month, "month")[1] for month in months[:-1]]


LAWS: Final[dict[str, Law]] = {
    law.__name__: law
    for law in (
        complete,
        resumable,
        quiet,
        idempotent,
        bounded,
        honest,
        changing,
        windowed,
        closed,
    )
}
"""Every law by its name."""
