"""Access logs as servers and logrotate leave them, and reading them as several runs would."""

import asyncio
import gzip
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from sources import ApiLogEventSource, BaseEventSource, Cursor, EpisodicEvent, EventBatch, Probe
from sources.batch import QuarantineRecord
from sources.event import table_events

START = datetime(2024, 2, 25, 12, tzinfo=UTC)
_LONG_AGO = 1_711_000_000_000_000_000
"""Some days after ``START``, in nanoseconds since 1970."""


def request(path: str, moment: datetime = START, client: str = "192.0.2.7") -> bytes:
    """Write one line of the combined format."""
    when = moment.strftime("%d/%b/%Y:%H:%M:%S %z")
    return f'{client} - - [{when}] "GET {path} HTTP/1.1" 200 512 "-" "demo/1.0"\n'.encode()


def requests(numbers: range, step: timedelta = timedelta(seconds=1)) -> bytes:
    """Write lines for ``/0``, ``/1``, …, each a second later."""
    return b"".join(request(f"/{number}", START + step * number) for number in numbers)


class Service:
    """A server that writes one log, with the tools that rotate it."""

    def __init__(self, directory: Path, name: str = "access.log") -> None:
        self.log = directory / name
        self.log.touch()
        self._clock = _LONG_AGO

    def write(self, data: bytes, path: Path | None = None) -> None:
        """Append to the log, or to another of its generations."""
        with (path or self.log).open("ab") as file:
            file.write(data)
        self.age()

    def rename(self, *, packed: bool = True) -> None:
        """Rotate by renaming, compressing all but the newest generation."""
        self._shift(packed=packed)
        self.log.rename(self.generation(1))
        self.log.touch()
        self.age()

    def copy_and_truncate(self, *, packed: bool = True) -> None:
        """Rotate as logrotate's ``copytruncate`` does."""
        self._shift(packed=packed)
        self.generation(1).write_bytes(self.log.read_bytes())
        os.truncate(self.log, 0)
        self.age()

    def generation(self, number: int) -> Path:
        """Name a generation, not compressed."""
        return self.log.with_name(f"{self.log.name}.{number}")

    def age(self) -> None:
        """Let every file look as if written long ago, each at a time of its own."""
        for path in self.log.parent.iterdir():
            if path.stat().st_mtime_ns > _LONG_AGO * 1.01:
                self._clock += 1_000_000_000
                os.utime(path, ns=(self._clock, self._clock))

    def _shift(self, *, packed: bool) -> None:
        for number in range(30, 0, -1):
            plain = self.generation(number)
            older = self.generation(number + 1)
            if (zipped := plain.with_name(f"{plain.name}.gz")).exists():
                zipped.rename(older.with_name(f"{older.name}.gz"))
            elif plain.exists() and packed:
                compress(plain, older.with_name(f"{older.name}.gz"))
                plain.unlink()
            elif plain.exists():
                plain.rename(older)


def compress(path: Path, target: Path) -> Path:
    """Compress by what the target's name says."""
    codec = {".gz": gzip.compress, ".zst": _zstd}[target.suffix]
    target.write_bytes(codec(path.read_bytes()))
    return target


def _zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


def path_of(event: EpisodicEvent) -> str:
    """Say which path a request asked for."""
    return event.title.split()[1]


class SmallBatches(ApiLogEventSource):
    """The source, with many batches even for a short log."""

    BATCH_LINES = 20
    BLOCK_BYTES = 1_024


class Reader:
    """Runs that go on from each other's cursor, and what they gave together."""

    def __init__(self, paths: Any, source: type[BaseEventSource] = ApiLogEventSource) -> None:
        self.config = {"paths": paths, "source_id": "demo", "format": "combined"}
        self.source = source
        self.cursor: Cursor | None = None
        self.given: list[EpisodicEvent] = []
        self.bad: list[QuarantineRecord] = []
        self.batches: list[EventBatch] = []

    def tick(self, *, batches: int | None = None) -> int:
        """Run once, or until it is killed after some batches; give the number of new events."""
        return self._take(asyncio.run(self._run())[:batches])

    def _take(self, batches: list[EventBatch]) -> int:
        self.batches = batches
        fresh = [event for batch in self.batches for event in table_events(batch.events)]
        self.given += fresh
        self.bad += [bad for batch in self.batches for bad in batch.quarantined]
        if self.batches:
            self.cursor = json.loads(json.dumps(self.batches[-1].cursor))
        return len(fresh)

    async def open(self) -> BaseEventSource:
        """Make a source that goes on from the cursor."""
        start = {} if self.cursor is None else {"cursor": self.cursor}
        return await self.source.create({}, {**self.config, **start})

    async def _run(self) -> list[EventBatch]:
        async with await self.open() as source:
            await source.validate()
            async with aclosing(source.generate_batches()) as batches:
                return [batch async for batch in batches]

    def interrupt(self, act: Callable[[], object]) -> int:
        """Run once, and have something happen to the files after the first batch."""

        async def run() -> list[EventBatch]:
            async with (
                await self.open() as source,
                aclosing(source.generate_batches()) as batches,
            ):
                given = [await anext(batches)]
                act()
                return [*given, *[batch async for batch in batches]]

        return self._take(asyncio.run(run()))

    def probe(self) -> Probe:
        """Ask whether a run would find anything."""

        async def ask() -> Probe:
            async with await self.open() as source:
                return await source.probe()

        return asyncio.run(ask())

    def window(self, start: datetime | None, end: datetime | None) -> list[EpisodicEvent]:
        """Read one window."""

        async def collect() -> list[EventBatch]:
            async with await self.open() as source:
                limited = source.windowed(start, end)
                async with limited, aclosing(limited.generate_batches()) as batches:
                    return [batch async for batch in batches]

        return [event for batch in asyncio.run(collect()) for event in table_events(batch.events)]

    def reread(self, locators: Sequence[str]) -> list[EventBatch]:
        """Read single lines again."""

        async def collect() -> list[EventBatch]:
            async with (
                await self.open() as source,
                aclosing(source.reread(locators)) as batches,
            ):
                return [batch async for batch in batches]

        return asyncio.run(collect())

    def again(self) -> "Reader":
        """Read everything from nothing, as another process would."""
        fresh = Reader(self.config["paths"], self.source)
        fresh.config = dict(self.config)
        fresh.tick()
        return fresh

    @property
    def ids(self) -> list[str]:
        """The ids given, in their order."""
        return [event.event_id for event in self.given]

    @property
    def counts(self) -> Counter[str]:
        """How often each path was requested."""
        return Counter(path_of(event) for event in self.given)
