"""One person's erasure in PostgreSQL: remembered first, then blank, piece by piece."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from resources.sql import statement
from resources.stores.erasing import (
    ERASED,
    Erasure,
    ErasureReport,
    Observer,
    Waiter,
    blank,
    new_erasure,
)
from resources.stores.postgres.connection import Cursor, Database
from resources.stores.postgres.erasable_records import ErasableRecords
from resources.stores.postgres.erased import finish_erasure, insert_erasure, read_erasures
from resources.stores.postgres.faults import translated
from resources.stores.postgres.locks import holder, source_key, try_lock, unlock
from resources.stores.postgres.rows import rows_table
from resources.stores.postgres.writing import Touched, begin_write
from sources.batch import BATCH_SCHEMA
from sources.errors import BusyError, UnavailableError
from sources.event import utc_now

_ROWS: Final = 5_000
_PAUSE_SECONDS: Final = 0.2


class Eraser:
    """One person's erasure, on a connection of its own."""

    def __init__(self, database: Database, key: str, source_id: str | None) -> None:
        self._database = database
        self._key = key
        self._source_id = source_id
        self._scope = {"key": key, "source_id": source_id}
        self._connection = database.connect(f"erase [{os.getpid()}]")

    def close(self) -> None:
        """Let the connection go, and with it what was collected."""
        self._connection.close()

    def count(self) -> ErasureReport:
        """Count what would be made blank."""
        known = self._transact(read_erasures)
        names = sorted({item.pseudonym for item in known.chosen(self._key, None)})
        with translated(self._database.place), self._connection.cursor() as cursor:
            cursor.execute(statement("count_erasable"), {**self._scope, "pseudonyms": names})
            ((events, revisions),) = cursor.fetchall()
        records = self._find_records(names)
        return ErasureReport(
            pseudonym=names[0] if names else "",
            events=events,
            revisions=revisions,
            quarantined=sum(records.count(source) for source in self._sources()),
        )

    def run(self, on_progress: Observer | None, on_wait: Waiter | None) -> ErasureReport:
        """Do it all; where it was interrupted, what is left of it."""
        erasure = self._transact(self._remember)
        report = ErasureReport(pseudonym=erasure.pseudonym)
        sources = self._sources()
        # First: by the names of rows that are blank afterwards.
        records = self._find_records([erasure.pseudonym])
        for source in sources:
            with self._writing(source, on_wait):
                report = _add(report, quarantined=records.erase(source))
        total = self._collect()
        for source in sources:
            with self._writing(source, on_wait):
                for rows in self._erase_events(source, erasure):
                    report = _add(report, events=rows)
                    _tell(on_progress, report.events, total)
                for rows in self._erase_revisions(source, erasure):
                    report = _add(report, revisions=rows)
        self._transact(lambda cursor: finish_erasure(cursor, erasure, done=True))
        return report

    def _transact(self, work: Any) -> Any:
        return self._database.transact(work, self._connection, what="erasing")

    def _remember(self, cursor: Cursor) -> Erasure:
        """From here on, every write knows: it waits for this, or this has waited for it."""
        cursor.execute(statement("hold_erasures"))
        known = read_erasures(cursor)
        fresh = new_erasure(self._key, self._source_id, known.all, utc_now())
        insert_erasure(cursor, fresh)
        finish_erasure(cursor, fresh, done=False)
        return fresh

    def _sources(self) -> list[str]:
        rows = self._database.fetch("known_sources", source_id=self._source_id)
        return [source_id for (source_id,) in rows]

    def _find_records(self, pseudonyms: list[str]) -> ErasableRecords:
        return ErasableRecords(
            self._database, self._connection, self._key, self._source_id, pseudonyms
        )

    @contextmanager
    def _writing(self, source_id: str, on_wait: Waiter | None) -> Iterator[None]:
        """Be the source's one writer, as a pass is."""
        key = source_key(source_id)
        with translated(self._database.place):
            while not try_lock(self._connection, key):
                who = holder(self._database, key) or "another process"
                busy = BusyError(f"{source_id}: {who} writes it now", remedy="Wait for it to end")
                if on_wait is None:
                    raise busy
                on_wait(busy.message)
                if self._database.closing.wait(_PAUSE_SECONDS):
                    raise UnavailableError(f"{source_id}: the store was closed while waiting")
        try:
            yield
        finally:
            if not self._connection.closed:
                with translated(self._database.place):
                    unlock(self._connection, key)

    def _collect(self) -> int:
        with translated(self._database.place), self._connection.cursor() as cursor:
            cursor.execute(statement("create_erasing"), self._scope)
            ((total,),) = cursor.fetchall()
        return int(total)

    def _erase_events(self, source_id: str, erasure: Erasure) -> Iterator[int]:
        after = 0
        while True:

            def erase(cursor: Cursor, after: int = after) -> int:
                write = begin_write(cursor, [source_id])
                values = {"source_id": source_id, "after": after, "rows": _ROWS}
                cursor.execute(statement("read_erasable"), values)
                events = rows_table(cursor.fetchall(), BATCH_SCHEMA)
                if not events.num_rows:
                    return 0
                numbers = events.column("event_id").to_pylist()
                cursor.execute(statement("erase_events"), _left(events, numbers, erasure))
                touched = Touched()
                touched.take(cursor)
                touched.mark(cursor, write.moment)
                return events.num_rows

            rows = self._transact(erase)
            if not rows:
                return
            yield rows
            after += _ROWS

    def _erase_revisions(self, source_id: str, erasure: Erasure) -> Iterator[int]:
        after = 0
        while True:

            def erase(cursor: Cursor, after: int = after) -> list[int]:
                begin_write(cursor, [source_id])
                values = {
                    "key": self._key,
                    "source_id": source_id,
                    "pseudonym": erasure.pseudonym,
                    "after": after,
                    "rows": _ROWS,
                }
                cursor.execute(statement("read_erasable_revisions"), values)
                rows = cursor.fetchall()
                if rows:
                    numbers = [row[-1] for row in rows]
                    earlier = rows_table([row[:-1] for row in rows], BATCH_SCHEMA)
                    cursor.execute(statement("erase_revisions"), _left(earlier, numbers, erasure))
                return [row[-1] for row in rows]

            numbers = self._transact(erase)
            if not numbers:
                return
            yield len(numbers)
            after = numbers[-1]


def _left(rows: pa.Table, numbers: list[Any], erasure: Erasure) -> dict[str, Any]:
    """Give what ``erase_events`` and ``erase_revisions`` take: what is left of each row."""
    left = blank(rows, dict.fromkeys(range(rows.num_rows), erasure)).to_pydict()
    return {
        "numbers": numbers,
        "session_ids": left["session_id"],
        "subjects": left["subject"],
        "scopes": left["scope"],
        "digests": [digest and digest.hex() for digest in left["digest"]],
        "pseudonym": erasure.pseudonym,
        "title": ERASED,
    }


def _add(report: ErasureReport, **more: int) -> ErasureReport:
    return replace(report, **{name: getattr(report, name) + n for name, n in more.items()})


def _tell(on_progress: Observer | None, done: int, total: int) -> None:
    if on_progress is not None:
        on_progress(done, total)
