"""Reading the PostgreSQL store: events, sources, windows and what waits."""

import re
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any, Final

import pyarrow as pa
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

from resources.sql import statement
from resources.stores.base import ANY, STORED_SCHEMA, EpisodicStore, EventFilter
from resources.stores.postgres.connection import Connection, Database
from resources.stores.postgres.drafts import Drafts
from resources.stores.postgres.indexes import fuzzy_ready, search_ready
from resources.stores.postgres.literals import parse_rows
from resources.stores.postgres.locks import holder, lock_key, locked, source_key
from resources.stores.postgres.progress import parse_state
from resources.stores.postgres.rows import REVISIONS, TIMELINE, rows_table
from resources.stores.report import (
    Consumer,
    DirtyWindow,
    QuarantineRow,
    SkippedClaim,
    SourceRow,
    SourceState,
    StoredSource,
    WindowCoverage,
    Withdrawal,
)
from resources.stores.traffic import TRAFFIC_SCHEMA
from sources.errors import StoreError

READ_ROWS: Final = 5_000
"""Rows in a record batch of :meth:`PostgresReading.read_window`."""

_PLAIN: Final = re.compile(r"[\w\s]+")
_GRAINS: Final = ("hour", "day", "week", "month", "year")


class PostgresReading(EpisodicStore):
    """The half of the PostgreSQL store that reads; shares its connections between threads."""

    def __init__(self, database: Database, drafts: Drafts | None = None) -> None:
        self.database = database
        self.drafts = drafts or Drafts(None)

    # Events -------------------------------------------------------------------------------

    def get_events_table(self, where: EventFilter = ANY, *, limit: int | None = None) -> pa.Table:
        """Give events by ``occurred_at``, oldest first."""
        return rows_table(self._find("get_events", where, limit=limit), STORED_SCHEMA)

    def search_table(self, query: str, where: EventFilter = ANY, *, limit: int = 50) -> pa.Table:
        """Give the events that match words and "quoted phrases", best first.

        Where nothing matches as written, and the query is plain words: titles and actors
        that hold something like each of them; not where the server lacks the extension
        ``pg_trgm``. HTTP requests are not searched.
        """
        rows = self._find("search_events", where, query=query, limit=limit)
        if not rows and _PLAIN.fullmatch(query) and where.as_of is None:
            rows = self._find_alike(query, where, limit)
        return rows_table(rows, STORED_SCHEMA)

    def _find_alike(self, query: str, where: EventFilter, limit: int) -> list[tuple[Any, ...]]:
        words = query.split()
        if not words or not fuzzy_ready(self.database):
            return []
        longest = max(words, key=len)
        return self._find(
            "search_fuzzy", where, query=query, words=words, longest=longest, limit=limit
        )

    def get_session_table(self, session_id: str) -> pa.Table:
        """Give one session's live events, oldest first."""
        return rows_table(self.database.fetch("get_session", session_id=session_id), STORED_SCHEMA)

    def count(self, where: EventFilter = ANY) -> int:
        """Count events."""
        ((number,),) = self._find("count_events", where)
        return int(number)

    def timeline(self, where: EventFilter = ANY, *, grain: str = "month") -> pa.Table:
        """Count events per span of time, source and kind."""
        if grain not in _GRAINS:
            raise StoreError(f"no grain {grain!r}", remedy=f"Use one of {', '.join(_GRAINS)}")
        return rows_table(self._find("timeline", where, grain=grain), TIMELINE)

    def revisions(self, event_id: str) -> pa.Table:
        """Give the earlier contents of one event, oldest first."""
        return rows_table(self.database.fetch("get_revisions", event_id=event_id), REVISIONS)

    def search_ready(self) -> bool:
        """Whether the search index is complete; until then searches read every row."""
        return search_ready(self.database)

    def _find(self, name: str, where: EventFilter, **others: Any) -> list[tuple[Any, ...]]:
        known = "" if where.as_of is None else "_as_of"
        return self.database.fetch(
            name + known,
            since=where.since,
            until=where.until,
            source=where.source,
            kind=where.kind,
            actor=where.actor,
            as_of=where.as_of,
            retracted=where.retracted,
            **others,
        )

    # Sources, windows, progress -----------------------------------------------------------

    def sources(self) -> list[StoredSource]:
        """Give what is held of each source, by id."""
        return [_parse_source(row) for row in self.database.fetch("read_sources")]

    def read_source(self, source_id: str) -> SourceRow | None:
        """Give how a source's windows are cut."""
        rows = self.database.fetch("read_source", source_id=source_id)
        if not rows:
            return None
        ((source_type, grain, start),) = rows
        return SourceRow(source_id=source_id, source_type=source_type, grain=grain, start=start)

    def state(self, source_id: str) -> SourceState | None:
        """Give a source's progress row."""
        rows = self.database.fetch("read_state", source_id=source_id)
        return parse_state(rows[0]).public(source_id) if rows else None

    def holder(self, source_id: str) -> str | None:
        """Say who writes the source now, in words; ``None``: nobody."""
        return holder(self.database, source_key(source_id))

    def incarnation(self) -> str:
        """Give the id of this very database."""
        ((incarnation,),) = self.database.fetch("read_incarnation")
        return str(incarnation)

    def coverage(self, source_id: str) -> list[WindowCoverage]:
        """Give what is known of each window, oldest first."""
        names = ("source_id", "window", "state", "reason", "checked_at")
        rows = self.database.fetch("read_coverage", source_id=source_id)
        return [WindowCoverage(**dict(zip(names, row, strict=True))) for row in rows]

    def skipped_claims(self, source_id: str) -> list[SkippedClaim]:
        """Give the claims of a source that were not believed, oldest first."""
        names = ("source_id", "window", "words", "skipped_at")
        rows = self.database.fetch("read_skipped", source_id=source_id)
        return [SkippedClaim(**dict(zip(names, row, strict=True))) for row in rows]

    def withdrawals(self, source_id: str) -> list[Withdrawal]:
        """Give between which moments the events of a source were withdrawn, the last ones first."""
        rows = self.database.fetch("read_withdrawals", source_id=source_id)
        return [Withdrawal(event_id=str(key), after=after, by=by) for key, after, by in rows]

    def quarantine(
        self,
        source_id: str | None = None,
        *,
        limit: int = 1_000,
        newest: bool = True,
        asides: Sequence[str] = (),
    ) -> list[QuarantineRow]:
        """Give what is in quarantine, newest first; or, with ``newest`` off, oldest first."""
        name = "read_quarantine" if newest else "read_first_quarantined"
        rows = self.database.fetch(name, source_id=source_id, limit=limit, asides=list(asides))
        return [
            QuarantineRow(
                source_id=owner,
                locator=locator,
                reason=reason,
                raw=bytes(raw),
                first_seen=first_seen,
                attempts=attempts,
            )
            for owner, locator, reason, raw, first_seen, attempts in rows
        ]

    def count_quarantined(self, source_id: str, reasons: Sequence[str]) -> int:
        """Say how many of a source's records in quarantine have one of these reasons."""
        values = {"source_id": source_id, "reasons": list(reasons)}
        return int(self.database.fetch("count_quarantined", **values)[0][0])

    def quarantined_locators(self, source_id: str) -> list[str]:
        """Say where all of a source's records in quarantine are, newest first."""
        rows = self.database.fetch("list_quarantined", source_id=source_id)
        return [locator for (locator,) in rows]

    def dirty_windows(self, consumer: Consumer, source_id: str | None = None) -> list[DirtyWindow]:
        """Give the windows a consumer has not caught up with, by source and window."""
        rows = self.database.fetch("read_marks", consumer=consumer, source_id=source_id)
        return [DirtyWindow(source_id=row[0], window=row[1], mark=row[2]) for row in rows]

    def clear_dirty(self, consumer: Consumer, windows: Sequence[DirtyWindow]) -> int:
        """Say that a consumer has caught up; marks made since are kept."""
        values = {
            "consumer": consumer,
            "source_ids": [item.source_id for item in windows],
            "windows": [item.window for item in windows],
            "marks": [item.mark for item in windows],
        }

        def clear(cursor: Any) -> int:
            cursor.execute(statement("clear_marks"), values)
            return int(cursor.rowcount)

        return self.database.transact(clear) if windows else 0

    def window_counts(self, source_id: str) -> dict[str, int]:
        """Count the live events of each window that has any."""
        return dict(self.database.fetch("count_windows", source_id=source_id))

    @contextmanager
    def read_window(
        self, source_id: str, window: str
    ) -> Iterator[tuple[DirtyWindow | None, Iterator[pa.RecordBatch]]]:
        """Read one window's live rows in one snapshot, under the window's lock."""
        key = lock_key("window", source_id, window)
        what = f"{source_id} {window}"
        with (
            self.database.borrow() as connection,
            locked(self.database, connection, key, what),
            ExitStack() as snapshot,
        ):
            snapshot.enter_context(_snapshot(connection))
            values = {"source_id": source_id, "window": window}
            with connection.cursor() as cursor:
                cursor.execute(statement("read_mark"), values)
                row = cursor.fetchone()
            mark = DirtyWindow(source_id=source_id, window=window, mark=row[0]) if row else None
            with (
                self.drafts.taking((source_id, window), row[0] if row else None) as kept,
                closing(kept or _window_rows(connection, values)) as batches,
            ):
                if kept is not None:
                    # An index in the making waits for every older snapshot; this one has done.
                    snapshot.close()
                yield mark, batches

    def get_traffic_table(self, source_id: str, window: str) -> pa.Table:
        """Give what is kept of a window's traffic, by minute and the other keys."""
        rows = self.database.fetch("get_traffic", source_id=source_id, window=window)
        return rows_table(rows, TRAFFIC_SCHEMA)

    def close(self) -> None:
        """Let connections go; may be called twice."""
        self.drafts.close()
        self.database.close()


@contextmanager
def _snapshot(connection: Connection) -> Iterator[None]:
    """See the store as it is at the first statement, to the end."""
    connection.set_session(
        isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True, autocommit=False
    )
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()
            connection.set_session(isolation_level="DEFAULT", readonly=False, autocommit=True)


def _window_rows(
    connection: Connection, values: dict[str, Any]
) -> Generator[pa.RecordBatch, None, None]:
    """Read a window's rows, the next ones while those before them are used."""
    with connection.cursor(name="window_rows") as cursor, ThreadPoolExecutor(1) as ahead:
        cursor.execute(statement("read_window"), values)
        coming = ahead.submit(cursor.fetchmany, READ_ROWS)
        while rows := coming.result():
            coming = ahead.submit(cursor.fetchmany, READ_ROWS)
            yield parse_rows([literal for (literal,) in rows])


def _parse_source(row: tuple[Any, ...]) -> StoredSource:
    source_id, source_type, grain, start, live, retracted, quarantined, first, last = row[:9]
    dirty, *state = row[9:]
    return StoredSource(
        source_id=source_id,
        source_type=source_type,
        grain=grain,
        start=start,
        live=live,
        retracted=retracted,
        quarantined=quarantined,
        first=first,
        last=last,
        dirty=dirty,
        state=parse_state(tuple(state)).public(source_id) if state[0] else None,
    )
