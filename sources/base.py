"""The contract every source keeps, its derived halves and its statistics.

A source implements ``create``, ``validate`` and one of :meth:`BaseEventSource.generate_events`
(ease) and :meth:`BaseEventSource.generate_batches` (speed: columns, no object per event); the
base derives the other. ``docs/write-a-source.md`` walks through it.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self

from sources.batch import RAW_LIMIT, Cursor, EventBatch, Probe, QuarantineRecord, batch_table
from sources.errors import RecordError
from sources.estimate import Estimate
from sources.event import EpisodicEvent, table_events
from sources.settings import SourceConfig, SourceCredentials
from sources.span import Span, cut_batch
from sources.windows import Grain

BATCH_EVENTS = 1_000
"""Events and bad records in a batch that the base derives from single events."""


class BaseEventSource(ABC):
    """One configured place that events come from.

    Attributes:
        SOURCE_TYPE: the name it is registered under.
        CONFIG: what it takes under ``config``.
        CREDENTIALS: what it takes under ``credentials``.
        GRAIN: the window size it has unless configured otherwise.
        LASTING: it can give again what it gave once, so what it no longer gives under other
            settings is withdrawn. False where the origin forgets by itself, as rotated logs do.
        KINDS: every kind of event it gives; empty: nobody knows beforehand. With `http.request`
            among them its requests are counted, in an asset of their own.
        ASIDES: reasons of records that were never meant to be events, as of what a server notes
            among its requests; they are kept as bad ones are, but make no source a bad one.
        ICON: name of its picture in the web UI; empty: that of its type's name, if there is one.
    """

    SOURCE_TYPE: ClassVar[str] = "custom"
    CONFIG: ClassVar[type[SourceConfig]] = SourceConfig
    CREDENTIALS: ClassVar[type[SourceCredentials]] = SourceCredentials
    GRAIN: ClassVar[Grain] = "month"
    LASTING: ClassVar[bool] = True
    KINDS: ClassVar[tuple[str, ...]] = ()
    ASIDES: ClassVar[tuple[str, ...]] = ()
    ICON: ClassVar[str] = ""

    def __init__(
        self,
        source_id: str,
        source_type: str | None = None,
        source_name: str | None = None,
        config: Mapping[str, Any] | None = None,
        logger: logging.Logger | None = None,
    ) -> None:
        own = type(self)
        if (
            own.generate_events is BaseEventSource.generate_events
            and own.generate_batches is BaseEventSource.generate_batches
        ):
            raise TypeError(f"{own.__name__} implements neither generate_events nor _batches")
        self.source_id = source_id
        self.source_type = source_type or own.SOURCE_TYPE
        self.source_name = source_name or source_id
        self.config = dict(config or {})
        self._logger = logger or logging.getLogger(own.__module__)
        self._cursor: Cursor | None = None
        self._events_generated = 0
        self._events_skipped = 0
        self._quarantined: list[QuarantineRecord] = []
        self._quarantined_total = 0
        self._last_event_time: datetime | None = None
        self._cut_short = False
        self._resumes_at: datetime | None = None

    @property
    def cut_short(self) -> bool:
        """Whether the last reading ended before all was given, as at a limit that was set for it.

        Its batches hold, the next reading goes on behind them, and nothing is known of the rest.
        """
        return self._cut_short

    @property
    def resumes_at(self) -> datetime | None:
        """When the next reading has a chance, after one that was cut short by a service's limit.

        Aware; ``None``: at once.
        """
        return self._resumes_at

    @classmethod
    @abstractmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        """Build the source and check what can be checked without reading events.

        Args:
            credentials: secrets, by the names in ``CREDENTIALS``.
            config: settings, by the names in ``CONFIG``; ``config["source_id"]`` is the identity
                that the factory gives, ``config["cursor"]`` where to start.

        Raises:
            ConfigError: a setting is wrong.
            CredentialsError: a secret is wrong.
            UnavailableError: the place cannot be reached now.
        """

    @abstractmethod
    async def validate(self) -> bool:
        """Say whether events can be read now; raise the typed error where it is known why."""

    async def generate_events(self) -> AsyncGenerator[EpisodicEvent, None]:
        """Yield what is new since the cursor, one event at a time, causes before effects.

        Retractions, quarantine and completeness travel only in batches.
        """
        async with aclosing(self.generate_batches()) as batches:
            async for batch in batches:
                for event in table_events(batch.events):
                    self._last_event_time = event.occurred_at
                    yield event

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        """Yield what is new since the cursor in bounded batches.

        The cursor of a batch holds once the batch is stored; :meth:`get_cursor` gives it when
        the caller comes back for the next one.
        """
        start = await self.get_cursor()
        async with aclosing(self.generate_events()) as events:
            pending: list[EpisodicEvent] = []
            async for event in events:
                pending.append(event)
                if len(pending) + len(self._quarantined) >= BATCH_EVENTS:
                    yield await self._batch(pending)
                    pending = []
        if pending or self._quarantined or await self.get_cursor() != start:
            yield await self._batch(pending)

    async def reread(self, locators: Sequence[str]) -> AsyncGenerator[EventBatch, None]:
        """Read single records again, by the locators that quarantine names them with.

        Unless a source knows better, it reads everything: what is stored already stays as it is.
        """
        self._logger.info("%s: reading everything for %d records", self.source_id, len(locators))
        await self.set_cursor(None)
        async with aclosing(self.generate_batches()) as batches:
            async for batch in batches:
                yield batch

    async def _batch(self, events: Sequence[EpisodicEvent]) -> EventBatch:
        return EventBatch(
            events=batch_table(events),
            cursor=await self.get_cursor(),
            quarantined=self._take_quarantined(),
        )

    async def probe(self) -> Probe:
        """Say cheaply whether a sync from the present cursor would find anything."""
        return Probe(new=True, reason="this source cannot tell without reading")

    async def examine(self) -> None:
        """Look closer than :meth:`validate`, for a person who asks whether it can be read.

        It gives no events and moves no cursor. By default nothing more is looked at.

        Raises:
            DaybookError: it cannot be read as it is configured.
        """
        self._logger.debug("%s has no more to look at", self.source_id)

    async def estimate(self) -> Estimate | None:
        """Say what a reading from the present cursor, or of the window, would take.

        It reads no events and moves no cursor, and takes few requests itself. ``None``: this
        source does not know beforehand.
        """
        return None

    def windowed(self, start: datetime | None, end: datetime | None) -> "BaseEventSource":
        """Give the same source limited to ``start`` ≤ ``occurred_at`` < ``end``.

        Unless a source knows better, everything is read and what lies outside is left out.

        Args:
            start: aware; ``None``: open to the left.
            end: aware; ``None``: open to the right.
        """
        return _Limited(self, (start, end))

    @classmethod
    def reads_windows(cls) -> bool:
        """Whether a window costs less than reading everything."""
        return cls.windowed is not BaseEventSource.windowed

    async def supports_incremental(self) -> bool:
        """Whether the cursor says what has been seen; if not, every sync reads everything."""
        return False

    async def get_cursor(self) -> Cursor | None:
        """What has been seen, JSON-able; ``None`` before the first event."""
        return self._cursor

    async def set_cursor(self, cursor: Cursor | None) -> None:
        """Go on from ``cursor``; ``None`` starts from nothing.

        Raises:
            CursorInvalidError: not a cursor of this source.
        """
        self._cursor = cursor

    async def aclose(self) -> None:
        """Leave no process, thread, socket or file open; may be called twice."""
        self._logger.debug("%s is closed", self.source_id)

    async def __aenter__(self) -> Self:
        """The source itself."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        await self.aclose()

    async def _batch_events(
        self, events: Sequence[EpisodicEvent], batch_size: int = 100
    ) -> AsyncGenerator[Sequence[EpisodicEvent], None]:
        """Cut a list of events into pieces of ``batch_size``."""
        for start in range(0, len(events), batch_size):
            yield events[start : start + batch_size]

    def _log_event_generated(self, event: EpisodicEvent) -> None:
        """Count one event that was given."""
        self._events_generated += 1
        self._last_event_time = event.occurred_at

    async def _validate_event(self, event: EpisodicEvent) -> bool:
        """Whether the event may be given: its own source's, with what every event needs."""
        return bool(
            event.source_id == self.source_id
            and event.kind
            and event.subject
            and event.title
            and event.session_id
        )

    def _quarantine(self, error: RecordError, *, event_id: str | None = None) -> None:
        """Keep a bad record for the next batch instead of an event."""
        self._quarantined_total += 1
        self._quarantined.append(
            QuarantineRecord(
                locator=error.locator,
                reason=error.message,
                raw=error.raw[:RAW_LIMIT],
                event_id=event_id,
            )
        )

    def _take_quarantined(self) -> tuple[QuarantineRecord, ...]:
        taken, self._quarantined = tuple(self._quarantined), []
        return taken

    def get_stats(self) -> dict[str, Any]:
        """Count what became of the records read: the three counts add up to all of them."""
        return {
            "source_id": self.source_id,
            "source_type": self.source_type,
            "source_name": self.source_name,
            "events_generated": self._events_generated,
            "events_skipped": self._events_skipped,
            "events_quarantined": self._quarantined_total,
            "events_failed": self._quarantined_total,
            "last_event_time": self._last_event_time,
        }

    def __repr__(self) -> str:
        """Type and identity; never settings, which may hold secrets."""
        return f"<{type(self).__name__} {self.source_id!r} ({self.source_type})>"


class _Limited(BaseEventSource):
    """A span of a source that cannot be asked for one; made by ``windowed``."""

    def __init__(self, whole: BaseEventSource, span: Span) -> None:
        super().__init__(whole.source_id, whole.source_type, whole.source_name, whole.config)
        self._whole = whole
        self._span = span

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        """Nobody makes one by its settings."""
        raise TypeError("a limited source is made by windowed()")

    async def validate(self) -> bool:
        """As the whole source says."""
        return await self._whole.validate()

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        """Yield all of the span, from the source's beginning; its cursor stays where it was."""
        cursor = await self._whole.get_cursor()
        await self._whole.set_cursor(None)
        try:
            async with aclosing(self._whole.generate_batches()) as batches:
                async for batch in batches:
                    limited = cut_batch(batch, self._span)
                    self._events_generated += limited.events.num_rows
                    self._events_skipped += batch.events.num_rows - limited.events.num_rows
                    self._quarantined_total += len(limited.quarantined)
                    yield limited
        finally:
            await self._whole.set_cursor(cursor)

    async def estimate(self) -> Estimate | None:
        """As much as the whole source from its beginning."""
        cursor = await self._whole.get_cursor()
        await self._whole.set_cursor(None)
        try:
            return await self._whole.estimate()
        finally:
            await self._whole.set_cursor(cursor)

    async def aclose(self) -> None:
        """Close the whole source."""
        await self._whole.aclose()
