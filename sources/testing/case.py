"""One source type made small enough to test, and a mirror that takes its batches."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from sources.base import BaseEventSource
from sources.batch import CompleteScope, Cursor, EventBatch
from sources.event import EpisodicEvent, table_events
from sources.factory import EventSourceFactory


class BrokenLawError(AssertionError):
    """A source does not do what every source has to."""


class SourceCase(ABC):
    """A place for one source type to read, with an independent account of what is there.

    Attributes:
        source_type: the registered type.
        quiet_requests: requests a pass that finds nothing may make.
        ahead: bytes that a long history may take beyond half as much again as a short one, for
            what is read ahead.
    """

    source_type: ClassVar[str]
    quiet_requests: ClassVar[int] = 0
    ahead: ClassVar[int] = 2 * 1024 * 1024

    @abstractmethod
    def prepare(self, directory: Path) -> None:
        """Make the place, large enough for several batches."""

    @abstractmethod
    def config(self, directory: Path) -> dict[str, Any]:
        """Give the settings that read it."""

    @abstractmethod
    def truth(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        """Read the place by other means: for each event the fields known for certain.

        All rows have the same keys, fields of ``EpisodicEvent``.
        """

    @abstractmethod
    def grow(self, directory: Path) -> None:
        """Add history, as it comes after a first pass."""

    def change(self, directory: Path) -> None:
        """Change or take away history that was given already, if that can happen."""
        del directory

    @abstractmethod
    def lengthen(self, directory: Path, times: int) -> None:
        """Make a place with ``times`` times a fixed length of history, several batches each."""

    def bad_records(self, directory: Path) -> int:
        """Count the records of the place that cannot become events."""
        del directory
        return 0

    def requests(self) -> int:
        """Count the requests made to the outside so far."""
        return 0

    def credentials(self) -> dict[str, Any]:
        """Give the secrets that read the place."""
        return {}

    def source_class(self) -> type[BaseEventSource]:
        """Give the class to test; a subclass with smaller batches will do."""
        return EventSourceFactory.get_source_class(self.source_type)

    async def open(self, directory: Path, cursor: Cursor | None = None) -> BaseEventSource:
        """Make a new source, as another process would: its cursor comes out of JSON."""
        config = {**self.config(directory), "source_id": "demo"}
        if cursor is not None:
            config["cursor"] = json.loads(json.dumps(cursor))
        return await self.source_class().create(self.credentials(), config)

    def read(self, directory: Path, cursor: Cursor | None = None) -> list[EventBatch]:
        """Read everything after ``cursor``."""
        return asyncio.run(self._read(directory, cursor))

    async def _read(self, directory: Path, cursor: Cursor | None) -> list[EventBatch]:
        async with await self.open(directory, cursor) as source:
            return await drain(source)

    def read_window(
        self, directory: Path, start: datetime | None, end: datetime | None
    ) -> list[EventBatch]:
        """Read one window."""

        async def collect() -> list[EventBatch]:
            async with (
                await self.open(directory) as source,
                source.windowed(start, end) as limited,
            ):
                return await drain(limited)

        return asyncio.run(collect())


async def drain(source: BaseEventSource) -> list[EventBatch]:
    """Read a source to its end."""
    async with aclosing(source.generate_batches()) as batches:
        return [batch async for batch in batches]


class Mirror:
    """What a store would hold after some batches: the least of it, to compare with a truth."""

    def __init__(self) -> None:
        self.events: dict[str, EpisodicEvent] = {}
        self.quarantined: set[str] = set()
        self.cursor: Cursor | None = None
        self._seen: set[str] = set()

    def take(self, batches: Iterable[EventBatch], *, full: bool) -> "Mirror":
        """Take one pass's batches in; claims for the pass count only in a full one."""
        self._seen = set() if full else self._seen
        for batch in batches:
            for event in table_events(batch.events):
                self.events[event.event_id] = event
                self._seen.add(event.event_id)
            for bad in batch.quarantined:
                self.quarantined.add(bad.locator)
                self._seen |= {bad.event_id} if bad.event_id else set()
            for event_id in batch.retracted:
                self.events.pop(event_id, None)
            given = {event.event_id for event in table_events(batch.events)}
            given |= {bad.event_id for bad in batch.quarantined if bad.event_id}
            for claim in batch.complete:
                if claim.within == "batch":
                    self._honour(claim, given)
                elif full:
                    self._honour(claim, self._seen)
            self.cursor = batch.cursor
        return self

    def _honour(self, claim: CompleteScope, given: set[str]) -> None:
        for event in list(self.events.values()):
            if event.event_id not in given and speaks_of(claim, event):
                del self.events[event.event_id]

    def compare(self, truth: Sequence[Mapping[str, Any]], law: str) -> None:
        """Hold the events against ``truth``, by the fields that the truth knows.

        Raises:
            BrokenLawError: something is missing, too much or different.
        """
        fields = sorted(truth[0]) if truth else ["subject"]
        held = [_fields(vars_of(event), fields) for event in self.events.values()]
        expected = [_fields(row, fields) for row in truth]
        missing = sorted(set(expected) - set(held))
        extra = sorted(set(held) - set(expected))
        if missing or extra or len(held) != len(expected):
            raise BrokenLawError(
                f"{law}: {len(held)} events, expected {len(expected)}; "
                f"missing {missing[:3]}, too much {extra[:3]}"
            )


def speaks_of(claim: CompleteScope, event: EpisodicEvent) -> bool:
    """Whether a claim of completeness speaks of an event."""
    return (
        event.kind in claim.kinds
        and claim.scope in (None, event.scope)
        and event.subject.startswith(claim.subject or "")
        and (claim.sessions is None or claim.sessions[0] <= event.session_id <= claim.sessions[1])
        and event.session_id not in claim.but_sessions
        and (claim.since is None or event.occurred_at >= claim.since)
        and (claim.until is None or event.occurred_at < claim.until)
    )


def vars_of(event: EpisodicEvent) -> dict[str, Any]:
    """Give an event's fields by name."""
    return {name: getattr(event, name) for name in event.__slots__}


def _fields(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return repr([(name, _plain(row[name])) for name in names])


def _plain(value: Any) -> Any:
    # Two zones' times may be one moment and still print differently.
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
