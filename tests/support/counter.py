"""A source of numbered events whose pace, end and faults a test sets: the sync loop's partner."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from sources import (
    BaseEventSource,
    CompleteScope,
    ConfigError,
    Cursor,
    CursorInvalidError,
    EpisodicEvent,
    EventBatch,
    Probe,
    QuarantineRecord,
    SourceConfig,
    batch_table,
    event_id,
)

FIRST = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class World:
    """What the counter counts in; a test changes it between syncs."""

    numbers: int = 0
    per_batch: int = 2
    fail_at: int | None = None
    hang_at: int | None = None
    oldest_cursor: int = 0
    proven: bool = True
    made: int = 0
    bad: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    hanging: asyncio.Event = field(default_factory=asyncio.Event)


class CounterConfig(SourceConfig):
    """Which world to count in."""

    world: str


class CounterSource(BaseEventSource):
    """Event ``n`` happened on day ``n`` of 2024; the cursor is the last number given."""

    SOURCE_TYPE = "counter"
    CONFIG = CounterConfig
    worlds: ClassVar[dict[str, World]] = {}

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        del credentials
        source = cls(config["source_id"], config=config)
        source._opened()
        if config.get("cursor") is not None:
            await source.set_cursor(config["cursor"])
        return source

    @property
    def world(self) -> World:
        return self.worlds[self.config["world"]]

    def _opened(self) -> None:
        self.world.made += 1
        self.world.open.add(id(self))

    async def validate(self) -> bool:
        return True

    async def supports_incremental(self) -> bool:
        return True

    async def set_cursor(self, cursor: Cursor | None) -> None:
        if cursor is not None and "n" not in cursor:
            raise CursorInvalidError(f"{self.source_id}: {cursor} is no cursor of a counter")
        await super().set_cursor(cursor)

    async def probe(self) -> Probe:
        done = (self._cursor or {"n": 0})["n"]
        return Probe(new=done < self.world.numbers, reason=f"{self.world.numbers - done} more")

    def windowed(self, start: datetime | None, end: datetime | None) -> Self:
        source = type(self)(self.source_id, config={**self.config, "bounds": (start, end)})
        source._opened()
        return source

    async def aclose(self) -> None:
        self.world.open.discard(id(self))

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        world, full = self.world, self._cursor is None
        done = 0 if self._cursor is None else self._cursor["n"]
        if done and done < world.oldest_cursor:
            raise CursorInvalidError(f"{self.source_id}: {done} is no longer known")
        start, end = self.config.get("bounds", (None, None))
        while done < world.numbers:
            last = min(done + world.per_batch, world.numbers)
            if world.fail_at is not None and done >= world.fail_at:
                raise ConfigError(f"{self.source_id}: told to fail at {done}")
            if world.hang_at is not None and done >= world.hang_at:
                world.hanging.set()
                await asyncio.Event().wait()
            numbers = range(done + 1, last + 1)
            events = [self._event(n) for n in numbers if n not in world.bad]
            wanted = [
                event
                for event in events
                if (start is None or event.occurred_at >= start)
                and (end is None or event.occurred_at < end)
            ]
            done = last
            complete = CompleteScope(
                kinds=("counter.tick",), since=start, until=end, proven=world.proven
            )
            yield EventBatch(
                events=batch_table(wanted),
                cursor={"n": done},
                quarantined=[self._unreadable(n) for n in numbers if n in world.bad],
                complete=[complete] if full and done == world.numbers else [],
                remaining=world.numbers - done,
            )
            self._cursor = {"n": done}

    def _unreadable(self, number: int) -> QuarantineRecord:
        return QuarantineRecord(
            locator=f"tick {number}",
            reason="it is bad",
            event_id=event_id(self.source_id, "counter.tick", str(number)),
        )

    def _event(self, number: int) -> EpisodicEvent:
        event = EpisodicEvent(
            event_id=event_id(self.source_id, "counter.tick", str(number)),
            source_id=self.source_id,
            source_type=self.SOURCE_TYPE,
            kind="counter.tick",
            occurred_at=FIRST + timedelta(days=number),
            session_id="counter",
            subject=str(number),
            title=f"Tick {number}",
        )
        self._log_event_generated(event)
        return event
