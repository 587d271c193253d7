"""The memory store itself: locks, reading, and what waits to be done."""

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Final
from uuid import uuid4

import pyarrow as pa

from resources.stores.base import ANY, STORED_SCHEMA, EventFilter, WritePass
from resources.stores.erasing import Waiter
from resources.stores.memory.erasing import MemoryErasing
from resources.stores.memory.passes import MemoryPass
from resources.stores.memory.rows import Row, as_table, by_time, read_rows
from resources.stores.memory.search import matches, score
from resources.stores.memory.tables import Home, Tables
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
from resources.stores.traffic import TRAFFIC_SCHEMA
from sources.batch import batch_table
from sources.errors import BusyError, StoreError
from sources.event import TIMESTAMP, EpisodicEvent, utc_now
from sources.windows import DEFAULT_START, Grain

READ_ROWS: Final = 10_000
"""Rows in a record batch of :meth:`MemoryStore.read_window`."""

_PAUSE_SECONDS: Final = 0.2

_TIMELINE: Final = (
    pa.schema([pa.field("bucket", TIMESTAMP)])
    .append(pa.field("source_id", pa.string()))
    .append(pa.field("kind", pa.string()))
    .append(pa.field("events", pa.int64()))
)
_REVISIONS: Final = STORED_SCHEMA.append(pa.field("replaced_at", TIMESTAMP))


class MemoryStore(MemoryErasing):
    """Events in this process's memory, gone with it.

    Thread-safe. A transaction is one lock; who writes a source or reads a window is noted under it.
    """

    def __init__(self) -> None:
        self.tables = Tables()
        self._lock = threading.RLock()
        self._freed = threading.Condition(self._lock)
        self._writers: dict[str, str] = {}
        self._windows_read: set[tuple[str, str]] = set()
        self._incarnation = str(uuid4())

    @contextmanager
    def transaction(self) -> Iterator[Tables]:
        """Hold the tables. Whoever changes them checks first, so that nothing is half done."""
        with self._lock:
            yield self.tables

    # Writing ------------------------------------------------------------------------------

    def begin_pass(self, request: PassRequest) -> WritePass:
        """Take the source's lock and say where to read from."""
        source_id = request.source_id
        with self._lock:
            self._refuse_busy(source_id)
            holder = self._writers[source_id] = _describe(request)
        try:
            return MemoryPass(self, request, holder)
        except BaseException:
            self.release(source_id, holder)
            raise

    def _refuse_busy(self, source_id: str) -> None:
        if source_id in self._writers:
            raise BusyError(
                f"{source_id} is being written by {self._writers[source_id]}",
                remedy="Wait for it, or stop it",
            )

    def release(self, source_id: str, holder: str) -> None:
        """Give a source's lock back, if ``holder`` still has it."""
        with self._lock:
            if self._writers.get(source_id) is holder:
                del self._writers[source_id]
                self._freed.notify_all()

    @contextmanager
    def writing(self, source_id: str, on_wait: Waiter | None) -> Iterator[None]:
        """Be the source's one writer, for as long as the block lasts."""
        with self._freed:
            while source_id in self._writers:
                if on_wait is None:
                    self._refuse_busy(source_id)
                else:
                    on_wait(f"{source_id} is being written by {self._writers[source_id]}")
                    self._freed.wait(_PAUSE_SECONDS)
            holder = self._writers[source_id] = f"an erasure in process {os.getpid()}"
        try:
            yield
        finally:
            self.release(source_id, holder)

    def batch_record_events(self, events: Iterable[EpisodicEvent]) -> WriteReport:
        """Keep all of ``events`` or none, outside any pass."""
        rows = read_rows(self.withhold(batch_table(events)))
        now = utc_now()
        report = WriteReport()
        with self.transaction() as tables:
            for source_id in dict.fromkeys(row["source_id"] for row in rows):
                own = [row for row in rows if row["source_id"] == source_id]
                home = tables.homes.get(source_id) or _new_home(source_id, own[0]["source_type"])
                tables.settle(home)
                report += tables.merge(home, own, now)
        return report

    def remove_source(self, source_id: str) -> int:
        """Delete everything held of a source, and mark its windows for the lake."""
        with self.transaction() as tables:
            self._refuse_busy(source_id)
            return tables.forget(source_id)

    def load_rows(self, rows: Iterator[pa.RecordBatch], *, source_type: str) -> int:
        """Put rows back as they are; what is held already stays."""
        loaded = 0
        for batch in rows:
            with self.transaction() as tables:
                given = pa.Table.from_batches([batch]).select(STORED_SCHEMA.names)
                for row in read_rows(self.withhold(given)):
                    source_id = row["source_id"]
                    if source_id not in tables.homes:
                        grain: Grain = "month" if len(row["window"]) == len("2000-01") else "day"
                        tables.homes[source_id] = _new_home(source_id, source_type, grain)
                    if row["event_id"] not in tables.rows:
                        tables.put_back(row)
                        loaded += 1
        return loaded

    # Reading events -----------------------------------------------------------------------

    def get_events_table(self, where: EventFilter = ANY, *, limit: int | None = None) -> pa.Table:
        """Give events by ``occurred_at``, oldest first."""
        return as_table(sorted(self._select(where), key=by_time)[:limit])

    def search_table(self, query: str, where: EventFilter = ANY, *, limit: int = 50) -> pa.Table:
        """Give the events that match words and "quoted phrases", best first."""
        found = [(score(row, query), row) for row in self._select(where)]
        found.sort(key=lambda item: (item[0], *by_time(item[1])), reverse=True)
        return as_table(row for points, row in found[:limit] if points)

    def get_session_table(self, session_id: str) -> pa.Table:
        """Give one session's live events, oldest first."""
        rows = [row for row in self._select(ANY) if row["session_id"] == session_id]
        return as_table(sorted(rows, key=by_time))

    def count(self, where: EventFilter = ANY) -> int:
        """Count events."""
        return len(self._select(where))

    def timeline(self, where: EventFilter = ANY, *, grain: str = "month") -> pa.Table:
        """Count events per span of time, source and kind."""
        counts = Counter(
            (_truncate(row["occurred_at"], grain), row["source_id"], row["kind"])
            for row in self._select(where)
        )
        columns = [(*key, counts[key]) for key in sorted(counts)]
        rows = [dict(zip(_TIMELINE.names, values, strict=True)) for values in columns]
        return as_table(rows, _TIMELINE)

    def revisions(self, event_id: str) -> pa.Table:
        """Give the earlier contents of one event, oldest first."""
        with self.transaction() as tables:
            versions = tables.versions.get(event_id, [])
            rows = [{**item.row, "replaced_at": item.replaced_at} for item in versions]
        return as_table(rows, _REVISIONS)

    def search_ready(self) -> bool:
        """Always: there is no index."""
        return True

    def _select(self, where: EventFilter) -> list[Row]:
        with self.transaction() as tables:
            rows = list(tables.rows.values())
            if where.as_of is not None:
                rows = [old for row in rows if (old := _known(tables, row, where.as_of))]
            return [row for row in rows if matches(row, where)]

    # Sources, windows, progress -----------------------------------------------------------

    def sources(self) -> list[StoredSource]:
        """Give what is held of each source, by id."""
        with self.transaction() as tables:
            return [self._describe_source(tables.homes[key]) for key in sorted(tables.homes)]

    def _describe_source(self, home: Home) -> StoredSource:
        tables, source_id = self.tables, home.source_id
        rows = tables.of_source(source_id)
        live = [row["occurred_at"] for row in rows if row["retracted_at"] is None]
        return StoredSource(
            source_id=source_id,
            source_type=home.source_type,
            grain=home.grain,
            start=home.start,
            live=len(live),
            retracted=len(rows) - len(live),
            quarantined=sum(key[0] == source_id for key in tables.quarantine),
            first=min(live, default=None),
            last=max(live, default=None),
            dirty={
                consumer: sum(key[0] == source_id for key in marks)
                for consumer, marks in tables.marks.items()
            },
            state=tables.states.get(source_id),
        )

    def read_source(self, source_id: str) -> SourceRow | None:
        """Give how a source's windows are cut."""
        with self.transaction() as tables:
            home = tables.homes.get(source_id)
        if home is None:
            return None
        return SourceRow(
            source_id=source_id,
            source_type=home.source_type,
            grain=home.grain,
            start=home.start,
        )

    def state(self, source_id: str) -> SourceState | None:
        """Give a source's progress row."""
        with self.transaction() as tables:
            return tables.states.get(source_id)

    def holder(self, source_id: str) -> str | None:
        """Say who writes the source now."""
        with self._lock:
            return self._writers.get(source_id)

    def incarnation(self) -> str:
        """Give the id of this very store."""
        return self._incarnation

    def coverage(self, source_id: str) -> list[WindowCoverage]:
        """Give what is known of each window, oldest first."""
        with self.transaction() as tables:
            return [tables.coverage[key] for key in sorted(tables.coverage) if key[0] == source_id]

    def skipped_claims(self, source_id: str) -> list[SkippedClaim]:
        """Give the claims of a source that were not believed, oldest first."""
        with self.transaction() as tables:
            return [claim for _, claim in tables.skipped.get(source_id, [])]

    def withdrawals(self, source_id: str) -> list[Withdrawal]:
        """Give between which moments the events of a source were withdrawn, the last ones first."""
        with self.transaction() as tables:
            found = [
                Withdrawal(
                    event_id=row["event_id"],
                    after=tables.stood.get(row["event_id"]),
                    by=row["retracted_at"],
                )
                for row in tables.of_source(source_id)
                if row["retracted_at"] is not None
            ]
        return sorted(found, key=lambda one: (one.by, one.event_id), reverse=True)

    def quarantine(
        self,
        source_id: str | None = None,
        *,
        limit: int = 1_000,
        newest: bool = True,
        asides: Sequence[str] = (),
    ) -> list[QuarantineRow]:
        """Give what is in quarantine, newest first; or, with ``newest`` off, oldest first."""
        with self.transaction() as tables:
            rows = [
                row
                for row in tables.quarantine.values()
                if source_id in (None, row.source_id) and row.reason not in asides
            ]
        if newest:
            return sorted(rows, key=lambda row: row.first_seen, reverse=True)[:limit]
        rows.sort(key=lambda row: (row.first_seen, len(row.locator), row.locator))
        return rows[:limit]

    def count_quarantined(self, source_id: str, reasons: Sequence[str]) -> int:
        """Say how many of a source's records in quarantine have one of these reasons."""
        rows = self.quarantine(source_id, limit=sys.maxsize)
        return sum(row.reason in reasons for row in rows)

    def quarantined_locators(self, source_id: str) -> list[str]:
        """Say where all of a source's records in quarantine are, newest first."""
        return [row.locator for row in self.quarantine(source_id, limit=sys.maxsize)]

    def dirty_windows(self, consumer: Consumer, source_id: str | None = None) -> list[DirtyWindow]:
        """Give the windows a consumer has not caught up with, by source and window."""
        with self.transaction() as tables:
            return [
                DirtyWindow(source_id=key[0], window=key[1], mark=mark)
                for key, mark in sorted(tables.marks[consumer].items())
                if source_id in (None, key[0])
            ]

    def clear_dirty(self, consumer: Consumer, windows: Sequence[DirtyWindow]) -> int:
        """Say that a consumer has caught up; marks made since are kept."""
        cleared = 0
        with self.transaction() as tables:
            marks = tables.marks[consumer]
            for item in windows:
                if marks.get((item.source_id, item.window)) == item.mark:
                    del marks[item.source_id, item.window]
                    cleared += 1
        return cleared

    def window_counts(self, source_id: str) -> dict[str, int]:
        """Count the live events of each window that has any."""
        rows = self._select(EventFilter(source=source_id))
        return dict(sorted(Counter(row["window"] for row in rows).items()))

    @contextmanager
    def read_window(
        self, source_id: str, window: str
    ) -> Iterator[tuple[DirtyWindow | None, Iterator[pa.RecordBatch]]]:
        """Read one window's live rows in one snapshot, under the window's lock."""
        key = (source_id, window)
        with self._freed:
            self._freed.wait_for(lambda: key not in self._windows_read)
            self._windows_read.add(key)
            mark = self.tables.marks["lake"].get(key)
            rows = [r for r in self._select(EventFilter(source=source_id)) if r["window"] == window]
            table = as_table(sorted(rows, key=by_time))
        dirty = None if mark is None else DirtyWindow(source_id=source_id, window=window, mark=mark)
        try:
            yield dirty, iter(table.to_batches(max_chunksize=READ_ROWS))
        finally:
            with self._freed:
                self._windows_read.discard(key)
                self._freed.notify_all()

    def replace_traffic(self, source_id: str, window: str, traffic: pa.Table) -> None:
        """Keep a window's traffic in the place of what was kept of it."""
        with self.transaction() as tables:
            tables.traffic[source_id, window] = traffic

    def get_traffic_table(self, source_id: str, window: str) -> pa.Table:
        """Give what is kept of a window's traffic."""
        with self.transaction() as tables:
            return tables.traffic.get((source_id, window), TRAFFIC_SCHEMA.empty_table())

    def close(self) -> None:
        """Nothing to let go: what is held stays readable."""


def _describe(request: PassRequest) -> str:
    thread = threading.current_thread().name
    return f"a {request.kind} in process {os.getpid()}, thread {thread}, since {utc_now():%H:%M:%S}"


def _new_home(source_id: str, source_type: str, grain: Grain = "month") -> Home:
    start: date = DEFAULT_START[grain]
    return Home(source_id=source_id, source_type=source_type, grain=grain, start=start)


def _known(tables: Tables, row: Row, moment: datetime) -> Row | None:
    """Give the content that an event had at ``moment``; ``None``: it was not known yet."""
    if row["observed_at"] > moment:
        return None
    versions = tables.versions.get(row["event_id"], [])
    content = next((item.row for item in versions if item.replaced_at > moment), row)
    gone = content["retracted_at"]
    return {**content, "retracted_at": None} if gone and gone > moment else content


def _truncate(moment: datetime, grain: str) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match grain:
        case "hour":
            return moment.replace(minute=0, second=0, microsecond=0)
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            raise StoreError(f"no grain {grain!r}", remedy="Use hour, day, week, month or year")
