"""The PostgreSQL store, the system of record: its writing half, and how it is opened."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from resources.sql import statement
from resources.stores.base import STORED_SCHEMA, WritePass
from resources.stores.postgres.connection import Cursor, Database
from resources.stores.postgres.copying import SENT_AT_ONCE, CopyRows
from resources.stores.postgres.drafts import Drafts
from resources.stores.postgres.erasing import PostgresErasing
from resources.stores.postgres.indexes import (
    build_indexes,
    heal_indexes,
    try_building,
)
from resources.stores.postgres.locks import holder, source_key, try_lock, unlock
from resources.stores.postgres.migrations import migrate
from resources.stores.postgres.passes import begin_pass
from resources.stores.postgres.roles import ensure_reader, read_machine_id
from resources.stores.postgres.writing import (
    Touched,
    begin_write,
    source_ids,
    write_events,
)
from resources.stores.report import PassRequest, WriteReport
from sources.batch import batch_table
from sources.errors import BusyError
from sources.event import EpisodicEvent
from sources.windows import DEFAULT_START, Grain


def open_postgres(url: str, *, drafts: Path | None = None) -> "PostgresStore":
    """Open the store in a PostgreSQL database, and bring its schema up to date.

    Args:
        url: libpq URL or connection string of a database of version 14 or later.
        drafts: a directory in which windows that this process fills are kept for its lake, to
            be drawn without being asked for again; ``None``: they are asked for.

    Raises:
        ConfigError: no URL.
        CredentialsError: the server refuses the login.
        UnavailableError: the server is away.
        StoreError: the database cannot serve (rights, version, a newer schema).
    """
    database = Database(url)
    try:
        migrate(database)
        heal_indexes(database)
    except BaseException:
        database.close()
        raise
    return PostgresStore(database, Drafts(drafts))


class PostgresStore(PostgresErasing):
    """Events in PostgreSQL, in a schema of their own. Safe to share between threads."""

    def begin_pass(self, request: PassRequest) -> WritePass:
        """Take the source's lock and say where to read from."""
        return begin_pass(self.database, request, partial(try_building, self.database), self.drafts)

    def batch_record_events(self, events: Iterable[EpisodicEvent]) -> WriteReport:
        """Keep all of ``events`` or none, in one transaction, outside any pass."""
        table = batch_table(events)
        return self.database.transact(lambda cursor: _record(cursor, table))

    def load_rows(self, rows: Iterator[pa.RecordBatch], *, source_type: str) -> int:
        """Put rows of ``STORED_SCHEMA`` back as they are; what is held already stays."""
        loaded = 0
        for batch in rows:
            table = pa.Table.from_batches([batch]).select(STORED_SCHEMA.names)
            loaded += self.database.transact(partial(_load, table=table, source_type=source_type))
        return loaded

    def replace_traffic(self, source_id: str, window: str, traffic: pa.Table) -> None:
        """Keep a window's traffic in the place of what was kept of it, in one transaction."""

        def replace(cursor: Cursor) -> None:
            cursor.execute(statement("delete_traffic"), {"source_id": source_id, "window": window})
            with CopyRows(traffic) as rows:
                cursor.copy_expert(statement("copy_traffic"), rows, size=SENT_AT_ONCE)

        self.database.transact(replace)

    def remove_source(self, source_id: str) -> int:
        """Delete everything held of a source, and mark its windows for the lake."""
        key = source_key(source_id)
        with self.database.borrow() as connection:
            if not try_lock(connection, key):
                raise BusyError(
                    f"{source_id}: {holder(self.database, key) or 'another process'} writes it now",
                    remedy="Wait for it to end",
                )
            try:
                return self.database.transact(lambda cursor: _remove(cursor, source_id), connection)
            finally:
                if not connection.closed:
                    unlock(connection, key)

    def build_indexes(self) -> None:
        """Make the indexes for searching that a first load does without.

        The end of each pass does so too. Others can write meanwhile; one process at a time
        builds, a second returns at once.
        """
        build_indexes(self.database)

    def ensure_reader(self, home: Path) -> str:
        """Give a URL that logs in as the read-only role of this database and ``home``.

        Raises:
            CredentialsError: the server lets this login make no role.
        """
        return ensure_reader(self.database, home, machine=read_machine_id())


def _record(cursor: Cursor, table: pa.Table) -> WriteReport:
    owners = source_ids(table)
    write = begin_write(cursor, owners)
    types = dict(
        zip(*(table.column(n).to_pylist() for n in ("source_id", "source_type")), strict=True)
    )
    for source_id in owners:
        _know(cursor, source_id, types[source_id], "month")
    report, touched = write_events(cursor, table, write)
    cursor.execute(statement("end_quarantine"), {"source_ids": owners})
    touched.mark(cursor, write.moment)
    return report + WriteReport(windows=touched.names())


def _load(cursor: Cursor, table: pa.Table, source_type: str) -> int:
    owners = source_ids(table)
    write = begin_write(cursor, owners)
    sizes = dict(zip(*(table.column(n).to_pylist() for n in ("source_id", "window")), strict=True))
    for source_id in owners:
        grain: Grain = "day" if len(sizes[source_id]) > len("2000-01") else "month"
        _know(cursor, source_id, source_type, grain)
    report, touched = write_events(cursor, table, write, only_new=True)
    touched.mark(cursor, write.moment)
    return report.new


def _remove(cursor: Cursor, source_id: str) -> int:
    write = begin_write(cursor, [source_id])
    cursor.execute(statement("delete_source"), {"source_id": source_id})
    touched = Touched()
    gone = touched.take(cursor)
    touched.mark(cursor, write.moment, consumers=["lake"])
    return gone


def _know(cursor: Cursor, source_id: str, source_type: str, grain: Grain) -> None:
    cursor.execute(
        statement("know_source"),
        {
            "source_id": source_id,
            "source_type": source_type,
            "grain": grain,
            "start": DEFAULT_START[grain],
        },
    )
