"""The loop from source to store: slices, restarts, faults, waiting and cancelling."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest

from pipelines.config import SourceSpec
from pipelines.sync import (
    Progress,
    SyncResult,
    probe_source,
    refresh_window,
    retry_quarantined,
    sync_source,
)
from resources.stores.base import EventFilter
from resources.stores.memory import MemoryStore
from resources.stores.report import PassRequest
from sources import (
    BaseEventSource,
    BusyError,
    ConfigError,
    CursorInvalidError,
    EventSourceFactory,
)
from tests.support.counter import CounterSource, World

pytestmark = pytest.mark.anyio

SPEC = SourceSpec(id="ticks", type="counter", config={"world": "here"}, start=date(2024, 1, 1))


class WholeCounter(CounterSource):
    """A counter that leaves windows to the base."""

    def windowed(self, start: datetime | None, end: datetime | None) -> Any:
        return BaseEventSource.windowed(self, start, end)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def world() -> Iterator[World]:
    EventSourceFactory.register_source("counter", CounterSource)
    EventSourceFactory.register_source("whole counter", WholeCounter)
    CounterSource.worlds["here"] = World(numbers=7)
    yield CounterSource.worlds["here"]
    EventSourceFactory.unregister_source("whole counter")
    EventSourceFactory.unregister_source("counter")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def test_a_sync_stores_everything_and_the_next_only_what_is_new(
    world: World, store: MemoryStore
) -> None:
    seen: list[Progress] = []
    first = await sync_source(store, SPEC, on_progress=seen.append)
    assert (first.report.new, first.cursor, first.finished) == (7, {"n": 7}, True)
    assert [(step.stored, step.remaining) for step in seen] == [(2, 5), (4, 3), (6, 1), (7, 0)]
    world.numbers = 9
    second = await sync_source(store, SPEC)
    assert (second.report.new, second.report.unchanged, second.cursor) == (2, 0, {"n": 9})
    third = await sync_source(store, SPEC)
    assert (third.report.received, third.cursor) == (0, {"n": 9})
    assert not world.open


async def test_a_time_budget_ends_a_slice_behind_a_batch_and_the_next_goes_on(
    world: World, store: MemoryStore
) -> None:
    del world
    slices: list[SyncResult] = []
    while not slices or not slices[-1].finished:
        slices.append(await sync_source(store, SPEC, budget=0))
    assert [item.cursor for item in slices] == [{"n": n} for n in (2, 4, 6, 7, 7)]
    assert sum(item.report.new for item in slices) == 7
    assert len({item.epoch for item in slices}) == 1


async def test_a_failure_leaves_what_was_stored_and_the_cursor_with_it(
    world: World, store: MemoryStore
) -> None:
    world.fail_at = 4
    with pytest.raises(ConfigError, match="told to fail at 4"):
        await sync_source(store, SPEC)
    state = store.state("ticks")
    assert state is not None
    assert (state.cursor, store.count()) == ({"n": 4}, 4)
    assert store.holder("ticks") is None
    assert not world.open
    world.fail_at = None
    assert (await sync_source(store, SPEC)).report.new == 3


async def test_a_cursor_that_became_invalid_starts_a_full_pass_by_itself(
    world: World, store: MemoryStore
) -> None:
    assert (await sync_source(store, SPEC)).restarted == ""
    world.numbers, world.oldest_cursor = 5, 100
    result = await sync_source(store, SPEC)
    assert (result.report.unchanged, result.report.retracted) == (5, 2)
    assert store.count() == 5
    assert "everything was read again" in result.restarted


async def test_a_reading_from_nothing_that_finds_nothing_reports_no_old_cursor(
    world: World, store: MemoryStore
) -> None:
    await sync_source(store, SPEC)
    world.numbers, world.oldest_cursor = 0, 100
    result = await sync_source(store, SPEC)
    state = store.state("ticks")
    assert state is not None
    assert result.cursor == state.cursor


async def test_what_was_not_believed_is_let_through_by_a_later_sync(
    world: World, store: MemoryStore
) -> None:
    world.proven = False
    await sync_source(store, SPEC)
    world.numbers = 4
    doubted = await sync_source(store, SPEC, epoch=str(uuid4()))
    assert (len(doubted.report.skipped_claims), doubted.report.retracted) == (1, 0)
    assert (await sync_source(store, SPEC)).report.received == 0
    accepted = await sync_source(store, SPEC, accept_retractions=True)
    assert (accepted.report.skipped_claims, accepted.report.retracted) == ((), 3)
    assert store.count() == 4


async def test_a_source_that_cannot_be_asked_for_a_window_is_refreshed_all_the_same(
    world: World, store: MemoryStore
) -> None:
    await sync_source(store, replace(SPEC, type="whole counter"))
    before = store.state(SPEC.id)
    world.numbers = 3
    done = await refresh_window(store, replace(SPEC, type="whole counter"), "2024-01")
    assert (done.report.unchanged, done.report.retracted) == (3, 4)
    assert store.state(SPEC.id) == before
    assert not world.open


async def test_a_configured_cursor_is_where_an_empty_store_begins(
    world: World, store: MemoryStore
) -> None:
    del world
    spec = SourceSpec(id="ticks", type="counter", config={"world": "here", "cursor": {"n": 5}})
    assert (await sync_source(store, spec)).report.new == 2


async def test_a_configured_cursor_hides_nothing_from_a_full_pass(
    world: World, store: MemoryStore
) -> None:
    del world
    await sync_source(store, SPEC)
    config = {"world": "here", "cursor": {"n": 5}, "colour": "red"}
    result = await sync_source(store, SourceSpec(id="ticks", type="counter", config=config))
    assert (result.report.unchanged, result.report.retracted) == (7, 0)


async def test_a_cursor_of_another_source_is_refused_only_after_a_full_pass_was_tried(
    world: World, store: MemoryStore
) -> None:
    spec = SourceSpec(id="ticks", type="counter", config={"world": "here", "cursor": {"ts": "1"}})
    assert (await sync_source(store, spec)).report.new == 7
    assert world.made == 2  # the source that refused the cursor, and the one that read
    with pytest.raises(CursorInvalidError):
        await probe_source(SPEC, {"ts": "1"})


async def test_a_refresh_reads_one_window_and_moves_no_cursor(
    world: World, store: MemoryStore
) -> None:
    world.numbers = 40
    await sync_source(store, SPEC)
    before = store.state("ticks")
    world.numbers = 35
    result = await refresh_window(store, SPEC, "2024-02")
    assert (result.report.unchanged, result.report.retracted, result.cursor) == (5, 5, None)
    assert store.state("ticks") == before
    assert store.count(EventFilter(source="ticks")) == 35


async def test_a_refresh_names_what_is_wrong_with_a_window(
    world: World, store: MemoryStore
) -> None:
    del world
    with pytest.raises(ConfigError, match="has not begun"):
        await refresh_window(store, SPEC, "2199-01")
    with pytest.raises(ConfigError, match="is no window"):
        await refresh_window(store, SPEC, "2024-02-01")
    with pytest.raises(ConfigError, match="before the source's first window"):
        await refresh_window(store, SPEC, "2023-12")


async def test_a_busy_source_raises_or_is_waited_for(world: World, store: MemoryStore) -> None:
    other = store.begin_pass(PassRequest(source_id="ticks", source_type="counter"))
    with pytest.raises(BusyError, match="ticks"):
        await sync_source(store, SPEC)
    waited: list[str] = []

    def let_go(words: str) -> None:
        waited.append(words)
        other.close()

    assert (await sync_source(store, SPEC, on_wait=let_go)).report.new == 7
    assert len(waited) == 1
    assert "ticks" in waited[0]
    assert not world.open


async def test_cancelling_gives_the_lock_back_and_closes_the_source(
    world: World, store: MemoryStore
) -> None:
    world.hang_at = 4
    task = asyncio.create_task(sync_source(store, SPEC))
    await asyncio.wait_for(world.hanging.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.holder("ticks") is None
    assert not world.open
    world.hang_at = None
    await sync_source(store, SPEC)
    assert store.count() == 7


async def test_a_probe_reads_no_event(world: World) -> None:
    assert (await probe_source(SPEC, {"n": 7})).new is False
    assert (await probe_source(SPEC, None)).reason == "7 more"
    assert not world.open


async def test_sources_side_by_side_do_not_disturb_each_other(
    world: World, store: MemoryStore
) -> None:
    del world
    specs = [SourceSpec(id=f"t{n}", type="counter", config={"world": "here"}) for n in range(5)]
    async with asyncio.TaskGroup() as group:
        for spec in specs:
            group.create_task(sync_source(store, spec))
    assert [item.live for item in store.sources()] == [7] * 5


async def test_records_in_quarantine_become_events_once_they_can_be_read(
    world: World, store: MemoryStore
) -> None:
    world.bad = {3, 5}
    assert (await sync_source(store, SPEC)).report.quarantined == 2
    world.bad = {5}
    result = await retry_quarantined(store, SPEC)
    assert (result.report.new, result.report.unchanged, result.cursor) == (1, 5, None)
    (row,) = store.quarantine("ticks")
    assert (row.locator, row.reason, row.attempts) == ("tick 5", "it is bad", 2)
    state = store.state("ticks")
    assert state is not None
    assert state.cursor == {"n": 7}
    world.bad = set()
    await retry_quarantined(store, SPEC)
    assert (store.quarantine("ticks"), store.count()) == ([], 7)
    made = world.made
    assert (await retry_quarantined(store, SPEC)).report.received == 0
    assert world.made == made  # an empty quarantine asks the source nothing
