"""The base of every source: what it derives, counts and promises by itself."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Self

import pytest

from sources import (
    BaseEventSource,
    CompleteScope,
    Coverage,
    EpisodicEvent,
    Estimate,
    EventBatch,
    QuarantineRecord,
    Quota,
    RecordError,
)
from sources.base import BATCH_EVENTS
from sources.batch import RAW_LIMIT
from tests.support.events import MARCH, make_batch, make_event


class Given(BaseEventSource):
    """A source that is made, and nothing else."""

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        return cls(config["source_id"], **credentials)

    async def validate(self) -> bool:
        return True


class ByEvents(Given):
    """Events and bad records, as the test says; the cursor counts them."""

    script: str = ""
    closed = 0

    async def generate_events(self) -> AsyncGenerator[EpisodicEvent, None]:
        try:
            for number, sign in enumerate(self.script):
                self._cursor = {"at": number + 1}
                if sign == "x":
                    self._quarantine(RecordError("bad", locator=str(number)), event_id="id")
                else:
                    event = make_event(str(number))
                    self._log_event_generated(event)
                    yield event
        finally:
            self.closed += 1


class ByBatches(Given):
    """Two batches."""

    closed = 0

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        try:
            for number in range(2):
                self._cursor = {"at": number}
                yield make_batch(make_event(str(number)), cursor=self._cursor)
        finally:
            self.closed += 1


def drain(source: BaseEventSource) -> list[EventBatch]:
    async def collect() -> list[EventBatch]:
        return [batch async for batch in source.generate_batches()]

    return asyncio.run(collect())


def by_events(script: str) -> ByEvents:
    source = ByEvents("demo")
    source.script = script
    return source


def test_a_source_has_to_implement_one_half() -> None:
    with pytest.raises(TypeError, match="Given implements neither"):
        Given("demo")


def test_batches_are_derived_from_events() -> None:
    batches = drain(by_events("." * (2 * BATCH_EVENTS + 1)))
    assert [batch.events.num_rows for batch in batches] == [BATCH_EVENTS, BATCH_EVENTS, 1]
    assert [batch.cursor for batch in batches] == [
        {"at": BATCH_EVENTS},
        {"at": 2 * BATCH_EVENTS},
        {"at": 2 * BATCH_EVENTS + 1},
    ]


@pytest.mark.parametrize(
    ("script", "sizes"),
    [
        ("", []),
        ("x", [0]),
        ("." * BATCH_EVENTS + "x", [BATCH_EVENTS, 0]),
    ],
)
def test_nothing_found_is_no_batch_and_a_bad_record_is_one(script: str, sizes: list[int]) -> None:
    batches = drain(by_events(script))
    assert [batch.events.num_rows for batch in batches] == sizes
    bad = [record.locator for batch in batches for record in batch.quarantined]
    assert bad == [str(place) for place, sign in enumerate(script) if sign == "x"]


def test_a_cursor_that_moved_is_given_even_without_events() -> None:
    class Moving(ByEvents):
        async def generate_events(self) -> AsyncGenerator[EpisodicEvent, None]:
            self._cursor = {"at": 9}
            for number in range(0):
                yield make_event(str(number))

    assert [batch.cursor for batch in drain(Moving("demo"))] == [{"at": 9}]


def test_events_are_derived_from_batches() -> None:
    async def collect() -> list[EpisodicEvent]:
        source = ByBatches("demo")
        events = [event async for event in source.generate_events()]
        assert source.get_stats()["last_event_time"] == MARCH
        return events

    assert [event.subject for event in asyncio.run(collect())] == ["0", "1"]


@pytest.mark.parametrize(
    "make", [lambda: by_events("." * BATCH_EVENTS * 2), lambda: ByBatches("d")]
)
@pytest.mark.parametrize("half", ["generate_events", "generate_batches"])
def test_leaving_early_closes_what_was_begun(
    make: Callable[[], ByEvents | ByBatches], half: str
) -> None:
    source = make()

    async def leave() -> None:
        async with aclosing(getattr(source, half)()) as given:
            async for _ in given:
                break

    asyncio.run(leave())
    assert source.closed == 1


def test_the_counts_add_up_to_all_records() -> None:
    source = by_events("..x.")
    drain(source)
    stats = source.get_stats()
    assert (stats["events_generated"], stats["events_quarantined"]) == (3, 1)
    assert stats["events_skipped"] + stats["events_generated"] + stats["events_failed"] == 4
    assert stats["source_id"] == stats["source_name"] == "demo"
    assert stats["source_type"] == "custom"


def test_the_rest_has_plain_answers() -> None:
    async def ask() -> None:
        async with await ByEvents.create({}, {"source_id": "demo"}) as source:
            assert not await source.supports_incremental()
            assert await source.get_cursor() is None
            await source.set_cursor({"at": 1})
            assert await source.get_cursor() == {"at": 1}
            assert (await source.probe()).new
        await source.aclose()

    asyncio.run(ask())


class ByMonths(Given):
    """An event each month and one far off, all of it in one batch that says that it is all."""

    moments = tuple(datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3))
    later = datetime(2286, 1, 1, tzinfo=UTC)

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        assert await self.get_cursor() is None, "a window is read from the beginning"
        events = [make_event(str(at), occurred_at=at) for at in (*self.moments, self.later)]
        yield make_batch(
            *events,
            cursor={"at": 9},
            retracted=["gone"],
            quarantined=[QuarantineRecord(locator="1", reason="bad")],
            complete=[CompleteScope(kinds=("git.commit",), proven=True)],
            coverage=[
                Coverage(state="missing", until=self.moments[1], reason="shallow"),
                Coverage(state="whole", since=self.moments[1]),
            ],
        )


def test_a_window_of_a_source_that_cannot_be_asked_for_one_is_cut_out_of_everything() -> None:
    _, begin, end = ByMonths.moments

    async def read() -> tuple[EventBatch, dict[str, Any]]:
        async with await ByMonths.create({}, {"source_id": "demo"}) as source:
            await source.set_cursor({"at": 7})
            async with source.windowed(begin, end) as limited:
                assert await limited.validate()
                (batch,) = [batch async for batch in limited.generate_batches()]
            assert await source.get_cursor() == {"at": 7}
            return batch, limited.get_stats()

    batch, stats = asyncio.run(read())
    assert batch.events.column("occurred_at").to_pylist() == [begin]
    assert (batch.cursor, batch.retracted, len(batch.quarantined)) == (None, ["gone"], 1)
    assert batch.complete == (
        CompleteScope(kinds=("git.commit",), since=begin, until=end, proven=True),
    )
    assert batch.coverage == (Coverage(state="whole", since=begin, until=end),)
    assert (stats["events_generated"], stats["events_skipped"]) == (1, 3)
    assert stats["events_quarantined"] == 1


@pytest.mark.parametrize(
    ("start", "end", "given"),
    [
        (None, None, 4),
        (None, ByMonths.moments[1], 1),
        (ByMonths.moments[1], None, 3),
        (ByMonths.later, None, 1),
        (None, ByMonths.moments[0], 0),
    ],
)
def test_a_window_may_be_open(start: datetime | None, end: datetime | None, given: int) -> None:
    (batch,) = drain(ByMonths("demo").windowed(start, end))
    assert batch.events.num_rows == given


def test_nobody_makes_a_window_by_its_settings() -> None:
    limited = ByMonths("demo").windowed(None, None)
    with pytest.raises(TypeError, match="windowed"):
        asyncio.run(type(limited).create({}, {}))
    assert not ByMonths.reads_windows()


class Counting(ByMonths):
    """It knows beforehand: a request for each event that is still to come."""

    async def estimate(self) -> Estimate:
        seen = 0 if self._cursor is None else int(self._cursor["at"])
        return Estimate(requests=100 - seen, working=1.0)


def test_a_window_takes_what_the_whole_source_takes_unless_it_knows_better() -> None:
    async def ask() -> None:
        source = Counting("demo")
        await source.set_cursor({"at": 90})
        async with source.windowed(MARCH, None) as limited:
            told = await limited.estimate()
            assert told is not None
            assert told.requests == 100
        told = await source.estimate()
        assert told.requests == 10

    asyncio.run(ask())


def test_estimates_are_added_quota_by_quota() -> None:
    def quota(name: str, needed: int, left: int) -> Quota:
        return Quota(name=name, needed=needed, left=left, limit=100, renewed=60)

    one = Estimate(requests=5, working=1, quotas=(quota("a", 5, 50), quota("b", 1, 9)), words="x")
    two = Estimate(requests=7, working=2, quotas=(quota("a", 7, 49),), words="x")
    both = one + two
    assert (both.requests, both.working, both.words) == (12, 3, "x")
    assert both.quotas == (quota("a", 12, 49), quota("b", 1, 9))
    more = both.times(5)
    assert (more.requests, more.working, more.waiting) == (60, 15, 60)
    assert more.seconds == 75


def test_of_a_long_bad_record_only_the_beginning_is_kept() -> None:
    class Long(ByEvents):
        async def generate_events(self) -> AsyncGenerator[EpisodicEvent, None]:
            self._quarantine(RecordError("bad", locator="1", raw=b"x" * (2 * RAW_LIMIT)))
            for number in range(0):
                yield make_event(str(number))

    (batch,) = drain(Long("demo"))
    assert [len(record.raw) for record in batch.quarantined] == [RAW_LIMIT]


def test_single_records_are_read_again_by_reading_everything() -> None:
    async def reread() -> list[EventBatch]:
        source = by_events("..")
        await source.set_cursor({"at": 2})
        return [batch async for batch in source.reread(["1"])]

    assert [batch.events.num_rows for batch in asyncio.run(reread())] == [2]


def test_events_are_cut_into_pieces() -> None:
    async def cut() -> list[int]:
        events = [make_event(str(number)) for number in range(5)]
        return [len(piece) async for piece in ByEvents("demo")._batch_events(events, 2)]

    assert asyncio.run(cut()) == [2, 2, 1]


@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        ({}, True),
        ({"source_id": "other"}, False),
        ({"kind": ""}, False),
        ({"subject": ""}, False),
        ({"title": ""}, False),
        ({"session_id": ""}, False),
    ],
)
def test_an_event_needs_what_every_event_has(fields: dict[str, Any], *, valid: bool) -> None:
    event = make_event(**fields)
    assert asyncio.run(ByEvents("demo")._validate_event(event)) is valid


def test_a_source_shows_no_settings() -> None:
    source = ByEvents("demo", "type", "My name", {"token": "hunter2"})
    assert repr(source) == "<ByEvents 'demo' (type)>"
    assert source.source_name == "My name"
