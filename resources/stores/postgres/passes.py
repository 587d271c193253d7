"""A pass over one source: its lock, its transactions, its place in the progress row."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import psycopg2

from resources.sql import statement
from resources.stores.base import WritePass
from resources.stores.postgres.claims import forget_skipped, honour_claims
from resources.stores.postgres.connection import Connection, Cursor, Database, Result
from resources.stores.postgres.drafts import Drafts, Filling, Mark, Window
from resources.stores.postgres.faults import translated
from resources.stores.postgres.locks import holder, source_key, try_lock, unlock
from resources.stores.postgres.notes import cover_windows, keep_bad, note_met, retract
from resources.stores.postgres.progress import Progress, begin_progress, save_progress
from resources.stores.postgres.writing import (
    Touched,
    Write,
    begin_write,
    source_ids,
    write_events,
)
from resources.stores.report import PassRequest, WriteReport
from sources.batch import EventBatch
from sources.errors import BusyError, StoreError
from sources.event import OBSERVED_KINDS

_log = logging.getLogger(__name__)


def begin_pass(
    database: Database, request: PassRequest, finished: Callable[[], None], drafts: Drafts
) -> "PostgresPass":
    """Take the source's lock on a connection of its own and say where to read from.

    Args:
        database: where.
        request: who wants to write what.
        finished: called when the pass was finished.
        drafts: keep what it inserts, for the lake.

    Raises:
        BusyError: another writer holds the lock.
        ConfigError: this process's configuration is older than the row's.
    """
    source_id = request.source_id
    connection = database.connect(f"{request.kind} {source_id} [{os.getpid()}]"[:63])
    try:
        _take_lock(database, connection, source_id)
        progress = database.transact(
            lambda cursor: begin_progress(cursor, request), connection, what=source_id
        )
    except BaseException:
        _let_go(connection, source_id)
        raise
    return PostgresPass(database, connection, request, progress, finished, drafts)


def _take_lock(database: Database, connection: Connection, source_id: str) -> None:
    key = source_key(source_id)
    with translated(database.place):
        if not try_lock(connection, key):
            raise BusyError(
                f"{source_id}: {holder(database, key) or 'another process'} writes it now",
                remedy="Wait for it to end",
            )


def _let_go(connection: Connection, source_id: str) -> None:
    try:
        if not connection.closed:
            # Said aloud: PostgreSQL notices a closed socket only some time later.
            unlock(connection, source_key(source_id))
        connection.close()
    except psycopg2.Error:
        _log.debug("%s: the connection had gone before", source_id)


class PostgresPass(WritePass):
    """One writer's way through one source; its connection holds the source's lock."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        request: PassRequest,
        progress: Progress,
        finished: Callable[[], None],
        drafts: Drafts,
    ) -> None:
        self._database = database
        self._connection = connection
        self._request = request
        self._progress = progress
        self._finished = finished
        self._drafts = drafts
        self.cursor = progress.cursor
        self.epoch = progress.epoch
        self.full = request.kind == "sync" and progress.pass_id is not None
        self.report = WriteReport()
        self._closed = False
        self._moved = False
        self._held: bool | None = None

    def write(self, batch: EventBatch) -> WriteReport:
        """Store a batch, its cursor and its marks in one transaction, or nothing of it."""
        foreign = set(source_ids(batch.events)) - {self._request.source_id}
        if foreign:
            raise StoreError(
                f"{self._request.source_id}: the batch holds events of {sorted(foreign)}",
                remedy="A source gives events with its own source_id only",
            )
        report, filling, marks = self._transact(lambda cursor: self._write(cursor, batch))
        self._advance(replace(self._progress, cursor=batch.cursor))
        self._drafts.keep(filling, marks, only=not (report.revised or report.retracted))
        self.report += report
        return report

    def restart(self) -> None:
        """Begin this pass again from nothing: a new full pass."""
        claims = self._request.kind == "sync" or self._request.window is not None
        pass_id = str(uuid4()) if claims else None

        def begin_again(cursor: Cursor) -> Progress:
            write = begin_write(cursor, [self._request.source_id])
            fresh = replace(self._progress, cursor=None, pass_id=pass_id, arrival=write.arrival)
            self._move(cursor, fresh)
            self._forget(cursor, pass_id)
            return fresh

        self._advance(self._transact(begin_again))
        self.cursor = None
        self.full = self._request.kind == "sync"

    def finish(self) -> WriteReport:
        """Close the pass: the source has given everything up to now."""
        ended = replace(self._progress, pass_id=None, arrival=None, purges=False)

        def end(cursor: Cursor) -> WriteReport:
            write = begin_write(cursor, [self._request.source_id])
            if self._request.kind == "sync":
                save_progress(cursor, self._request, ended)
            # What was met is forgotten last: the purge goes by it.
            purged = self._purge(cursor, write) if self._progress.purges else WriteReport()
            self._forget(cursor, None)
            forget_skipped(cursor, self._request, self._progress.pass_id)
            return purged

        self.report += self._transact(end)
        self._advance(ended)
        self.close()
        self._finished()
        return self.report

    def close(self) -> None:
        """Give the lock back, and the connection that held it."""
        self._closed = True
        _let_go(self._connection, self._request.source_id)

    def _purge(self, cursor: Cursor, write: Write) -> WriteReport:
        touched = Touched()
        cursor.execute(
            statement("purge_unmet"),
            {
                "source_id": self._request.source_id,
                "observed_kinds": list(OBSERVED_KINDS),
                "pass_id": self._progress.pass_id,
                "pass_arrival": self._progress.arrival,
                "moment": write.moment,
            },
        )
        gone = touched.take(cursor)
        touched.mark(cursor, write.moment)
        return WriteReport(retracted=gone, windows=touched.names())

    def _transact(self, work: Callable[[Cursor], Result]) -> Result:
        if self._closed:
            raise StoreError(
                f"{self._request.source_id}: this pass is closed", remedy="Begin a new one"
            )
        return self._database.transact(work, self._connection, what=self._request.source_id)

    def _advance(self, progress: Progress) -> None:
        """Note where the pass stands, once the transaction that says so is through."""
        self._progress = replace(progress, version=progress.version + 1)
        self._moved = True

    def _write(
        self, cursor: Cursor, batch: EventBatch
    ) -> tuple[WriteReport, Filling | None, dict[Window, Mark]]:
        source_id = self._request.source_id
        write = begin_write(cursor, [source_id])
        self._move(cursor, replace(self._progress, cursor=batch.cursor))
        filling = self._drafts.filling()
        if self._held is None:
            cursor.execute(statement("holds_source"), {"source_id": source_id})
            ((self._held,),) = cursor.fetchall()
        # Claims, and bad records that are good now, go by the ids that came; a guess notes none.
        guess = not (self._held or batch.complete)
        report, touched = write_events(cursor, batch.events, write, filling=filling, guess=guess)
        if report.new < batch.events.num_rows or batch.quarantined:
            self._held = True
        if self._progress.pass_id is not None:
            note_met(cursor, batch, report, write, source_id, self._progress.pass_id)
        keep_bad(cursor, batch, write, source_id)
        gone = retract(cursor, batch, write, source_id, touched)
        claimed, skipped = honour_claims(
            cursor, self._request, self._progress, batch, write, touched
        )
        cover_windows(cursor, batch.coverage, self._request, write.moment)
        marks = touched.mark(cursor, write.moment)
        report += WriteReport(
            retracted=gone + claimed,
            quarantined=len(batch.quarantined),
            windows=touched.names(),
            skipped_claims=skipped,
        )
        return report, filling, marks

    def _move(self, cursor: Cursor, progress: Progress) -> None:
        """Write the progress row, and forget what other passes met."""
        if self._request.kind == "sync":
            save_progress(cursor, self._request, progress)
        if not self._moved:
            self._forget(cursor, progress.pass_id)

    def _forget(self, cursor: Cursor, pass_id: str | None) -> None:
        cursor.execute(
            statement("forget_seen"), {"source_id": self._request.source_id, "pass_id": pass_id}
        )
