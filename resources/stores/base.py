"""The contract of every store: reading, and passes that write."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Final, Literal, Self, overload

import pyarrow as pa

from resources.stores.erasing import ErasingStore
from resources.stores.report import (
    Consumer,
    DirtyWindow,
    PassRequest,
    QuarantineRow,
    SkippedClaim,
    SourceRow,
    SourceState,
    StoredSource,
    WindowCoverage,
    Withdrawal,
    WriteReport,
)
from sources.batch import BATCH_SCHEMA, Cursor, EventBatch
from sources.event import TIMESTAMP, EpisodicEvent, table_events

STORED_SCHEMA: Final = BATCH_SCHEMA.append(
    pa.field("observed_at", TIMESTAMP, nullable=False)
).append(pa.field("window", pa.string(), nullable=False))
"""A row as stored: the batch's columns, when Daybook first stored it, and its window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are meant; every condition that is set must hold.

    Attributes:
        since: first ``occurred_at``, aware.
        until: first ``occurred_at`` no longer meant, aware.
        source: a ``source_id``.
        kind: a kind, or with a trailing ``*`` every kind that begins so (``git.*``).
        actor: a name or key, without regard to case.
        as_of: what was known at that moment, aware; ``None``: what is known now.
        retracted: give withdrawn events too.
    """

    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None
    kind: str | None = None
    actor: str | None = None
    as_of: datetime | None = None
    retracted: bool = False


ANY: Final = EventFilter()


class _Closed(ABC):
    """What is closed at the end of a ``with`` block."""

    @abstractmethod
    def close(self) -> None:
        """Close it."""

    def __enter__(self) -> Self:
        """The same."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it, however the block ended."""
        self.close()


class WritePass(_Closed):
    """One writer's way through one source, from its lock to its end.

    A context manager. Leaving it without :meth:`finish` pauses the pass: what was written
    stays, and the next sync goes on from there.

    Attributes:
        cursor: where to read from; ``None``: from nothing.
        epoch: the line of progress this pass follows.
        full: the pass reads from nothing, from its beginning to now.
        report: all writes of this pass so far.
    """

    cursor: Cursor | None
    epoch: str
    full: bool
    report: WriteReport

    @abstractmethod
    def write(self, batch: EventBatch) -> WriteReport:
        """Store a batch, its cursor and its marks in one transaction, or nothing of it.

        Raises:
            UnavailableError: the store went away; nothing of the batch was kept.
            StoreError: the store refused the data, or another writer has taken over.
        """

    @abstractmethod
    def restart(self) -> None:
        """Begin this pass again from nothing, after ``CursorInvalidError``: a new full pass."""

    @abstractmethod
    def finish(self) -> WriteReport:
        """Close the pass: the source has given everything up to now.

        Returns:
            All writes of this pass.
        """

    @abstractmethod
    def close(self) -> None:
        """Give the lock back; without :meth:`finish` before, the pass is paused."""


class EpisodicStore(ErasingStore, _Closed):
    """Where events are kept. All methods block; ``sync()`` calls them off the event loop.

    Every method may raise ``UnavailableError`` (no connection: later) and ``StoreError`` (the
    store cannot, and a second try would end the same way).
    """

    # Writing ------------------------------------------------------------------------------

    @abstractmethod
    def begin_pass(self, request: PassRequest) -> WritePass:
        """Take the source's lock and say where to read from.

        Without a progress row a sync starts from nothing, whatever cursor it was given; so it
        does when the fingerprint differs from the row's, and then whatever the full pass does
        not give again is retracted at its end, unless the source forgets what it gave.

        Raises:
            BusyError: another writer holds the lock; names it. Never waits.
            ConfigError: this process's configuration is older than the row's.
        """

    @abstractmethod
    def batch_record_events(self, events: Iterable[EpisodicEvent]) -> WriteReport:
        """Keep all of ``events`` or none, in one transaction, outside any pass.

        Moves no progress. The same ``event_id`` may come twice: the highest ``revised_at``,
        then the last, is kept.
        """

    def record_event(self, event: EpisodicEvent) -> WriteReport:
        """Keep one event. Many are quicker in :meth:`batch_record_events`."""
        return self.batch_record_events([event])

    @abstractmethod
    def remove_source(self, source_id: str) -> int:
        """Delete everything held of a source, and mark its windows for the lake.

        Returns:
            How many events there were.

        Raises:
            BusyError: it is being written.
        """

    # Reading events -----------------------------------------------------------------------

    @overload
    def get_events(
        self,
        since: datetime | None = ...,
        until: datetime | None = ...,
        source: str | None = ...,
        kind: str | None = ...,
        actor: str | None = ...,
        limit: int | None = ...,
        *,
        as_of: datetime | None = ...,
        as_table: Literal[False] = ...,
    ) -> list[EpisodicEvent]: ...

    @overload
    def get_events(
        self,
        since: datetime | None = ...,
        until: datetime | None = ...,
        source: str | None = ...,
        kind: str | None = ...,
        actor: str | None = ...,
        limit: int | None = ...,
        *,
        as_of: datetime | None = ...,
        as_table: Literal[True],
    ) -> pa.Table: ...

    def get_events(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        source: str | None = None,
        kind: str | None = None,
        actor: str | None = None,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        as_table: bool = False,
    ) -> list[EpisodicEvent] | pa.Table:
        """Give live events, oldest first; the conditions are those of :class:`EventFilter`.

        Returns:
            Events, or with ``as_table`` an Arrow table of :data:`STORED_SCHEMA`.
        """
        where = EventFilter(
            since=since, until=until, source=source, kind=kind, actor=actor, as_of=as_of
        )
        table = self.get_events_table(where, limit=limit)
        return table if as_table else table_events(table)

    @overload
    def get_events_by_session(
        self, session_id: str, *, as_table: Literal[False] = ...
    ) -> list[EpisodicEvent]: ...

    @overload
    def get_events_by_session(self, session_id: str, *, as_table: Literal[True]) -> pa.Table: ...

    def get_events_by_session(
        self, session_id: str, *, as_table: bool = False
    ) -> list[EpisodicEvent] | pa.Table:
        """Give one session's live events, oldest first."""
        table = self.get_session_table(session_id)
        return table if as_table else table_events(table)

    @overload
    def search_events(
        self,
        query: str,
        *,
        where: EventFilter = ...,
        limit: int = ...,
        as_table: Literal[False] = ...,
    ) -> list[EpisodicEvent]: ...

    @overload
    def search_events(
        self, query: str, *, where: EventFilter = ..., limit: int = ..., as_table: Literal[True]
    ) -> pa.Table: ...

    def search_events(
        self, query: str, *, where: EventFilter = ANY, limit: int = 50, as_table: bool = False
    ) -> list[EpisodicEvent] | pa.Table:
        """Give the events that match words and "quoted phrases", best first.

        ``-word`` excludes, ``or`` joins, as PostgreSQL's ``websearch_to_tsquery`` reads them.
        """
        table = self.search_table(query, where, limit=limit)
        return table if as_table else table_events(table)

    @abstractmethod
    def get_events_table(self, where: EventFilter = ANY, *, limit: int | None = None) -> pa.Table:
        """Give events by ``occurred_at``, oldest first, as rows of :data:`STORED_SCHEMA`."""

    @abstractmethod
    def search_table(self, query: str, where: EventFilter = ANY, *, limit: int = 50) -> pa.Table:
        """Give the events that match words and "quoted phrases", best first.

        ``-word`` excludes, ``or`` joins. Rows of :data:`STORED_SCHEMA`.
        """

    @abstractmethod
    def get_session_table(self, session_id: str) -> pa.Table:
        """Give one session's live events, oldest first, as rows of :data:`STORED_SCHEMA`."""

    @abstractmethod
    def count(self, where: EventFilter = ANY) -> int:
        """Count events."""

    @abstractmethod
    def timeline(self, where: EventFilter = ANY, *, grain: str = "month") -> pa.Table:
        """Count events per span of time, source and kind.

        Args:
            where: which.
            grain: ``hour``, ``day``, ``week``, ``month`` or ``year`` (PostgreSQL's
                ``date_trunc``), UTC.

        Returns:
            Columns ``bucket`` (timestamp, UTC), ``source_id``, ``kind``, ``events`` (int64).
        """

    @abstractmethod
    def revisions(self, event_id: str) -> pa.Table:
        """Give the earlier contents of one event, oldest first.

        Rows of :data:`STORED_SCHEMA` and ``replaced_at`` (timestamp, UTC).
        """

    @abstractmethod
    def search_ready(self) -> bool:
        """Whether the search index is complete; while it is not, searches may miss events."""

    # Sources, windows, progress -----------------------------------------------------------

    @abstractmethod
    def sources(self) -> list[StoredSource]:
        """Give what is held of each source, by id."""

    @abstractmethod
    def read_source(self, source_id: str) -> SourceRow | None:
        """Give how a source's windows are cut, without counting anything; ``None``: unknown."""

    @abstractmethod
    def state(self, source_id: str) -> SourceState | None:
        """Give a source's progress row."""

    @abstractmethod
    def holder(self, source_id: str) -> str | None:
        """Say who writes the source now, in words; ``None``: nobody."""

    @abstractmethod
    def incarnation(self) -> str:
        """Give the id of this very database, made when its schema was: another has another."""

    @abstractmethod
    def coverage(self, source_id: str) -> list[WindowCoverage]:
        """Give what is known of each window, oldest first."""

    @abstractmethod
    def skipped_claims(self, source_id: str) -> list[SkippedClaim]:
        """Give the claims of a source that were not believed, oldest first.

        One stands until a pass that may claim the same ends: a full one, or for a refreshed
        window that window's next refresh.
        """

    @abstractmethod
    def withdrawals(self, source_id: str) -> list[Withdrawal]:
        """Give between which moments the events of a source were withdrawn, the last ones first."""

    @abstractmethod
    def quarantine(
        self,
        source_id: str | None = None,
        *,
        limit: int = 1_000,
        newest: bool = True,
        asides: Sequence[str] = (),
    ) -> list[QuarantineRow]:
        """Give what is in quarantine, newest first; or, with ``newest`` off, oldest first.

        Args:
            source_id: of one source; ``None``: of all.
            limit: at most so many.
            newest: the newest first.
            asides: reasons whose records are left out.
        """

    @abstractmethod
    def count_quarantined(self, source_id: str, reasons: Sequence[str]) -> int:
        """Say how many of a source's records in quarantine have one of these reasons."""

    @abstractmethod
    def quarantined_locators(self, source_id: str) -> list[str]:
        """Say where all of a source's records in quarantine are, newest first.

        Without what they hold, so that a million of them can be gone through.
        """

    @abstractmethod
    def dirty_windows(self, consumer: Consumer, source_id: str | None = None) -> list[DirtyWindow]:
        """Give the windows a consumer has not caught up with, by source and window."""

    @abstractmethod
    def clear_dirty(self, consumer: Consumer, windows: Sequence[DirtyWindow]) -> int:
        """Say that a consumer has caught up; marks made since are kept.

        Returns:
            How many marks were cleared.
        """

    @abstractmethod
    def window_counts(self, source_id: str) -> dict[str, int]:
        """Count the live events of each window that has any."""

    @abstractmethod
    def read_window(
        self, source_id: str, window: str
    ) -> AbstractContextManager[tuple[DirtyWindow | None, Iterator[pa.RecordBatch]]]:
        """Read one window's live rows for the lake, in one snapshot, under the window's lock.

        Gives the lake's mark as that snapshot sees it, and rows of :data:`STORED_SCHEMA` in
        batches, sorted by ``occurred_at`` and ``event_id``. No other process can read the same
        window this way at the same time, so files are replaced in the order of their contents.
        """

    @abstractmethod
    def replace_traffic(self, source_id: str, window: str, traffic: pa.Table) -> None:
        """Keep a window's traffic in the place of what was kept of it, in one transaction.

        The lake calls it within :meth:`read_window`, so that no older traffic overtakes newer.

        Args:
            source_id: whose.
            window: of which window.
            traffic: rows of :data:`~resources.stores.traffic.TRAFFIC_SCHEMA`; may be none.
        """

    @abstractmethod
    def get_traffic_table(self, source_id: str, window: str) -> pa.Table:
        """Give what is kept of a window's traffic, by minute and the other keys."""

    @abstractmethod
    def load_rows(self, rows: Iterator[pa.RecordBatch], *, source_type: str) -> int:
        """Put rows of :data:`STORED_SCHEMA` back as they are, for ``daybook restore``.

        Digest, ``observed_at`` and window are taken from the row. No progress is made.

        Returns:
            How many rows were not held before.
        """

    @abstractmethod
    def close(self) -> None:
        """Let connections go; may be called twice."""
