"""Advisory locks: one writer a source, one writer a lake file, one builder of the schema."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final

from resources.sql import statement
from resources.stores.postgres.connection import Connection, Database
from resources.stores.postgres.faults import translated
from sources.errors import UnavailableError

_log = logging.getLogger(__name__)

_PAUSE_SECONDS: Final = 0.2


def lock_key(purpose: str, *names: str) -> int:
    """Name a lock: a signed 64-bit number, the same in every process."""
    text = "\0".join(("daybook", purpose, *names)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


def source_key(source_id: str) -> int:
    """Name the lock that a source's one writer holds."""
    return lock_key("source", source_id)


def try_lock(connection: Connection, key: int) -> bool:
    """Take a lock for this connection, if it is free."""
    with connection.cursor() as cursor:
        cursor.execute(statement("try_lock"), {"key": key})
        return bool(_only(cursor.fetchone()))


def wait_for_lock(database: Database, connection: Connection, key: int, what: str) -> None:
    """Take a lock for this connection as soon as it is free.

    Asks again and again: a statement that waits inside PostgreSQL holds a snapshot, on which
    ``CREATE INDEX CONCURRENTLY`` of the very writer waited for would wait in turn.

    Raises:
        UnavailableError: the store was closed meanwhile.
    """
    said = False
    while not try_lock(connection, key):
        if not said:
            _log.info("waiting for %s: %s", what, holder(database, key) or "another process")
            said = True
        if database.closing.wait(_PAUSE_SECONDS):
            raise UnavailableError(f"{what}: the store was closed while waiting")


def unlock(connection: Connection, key: int) -> None:
    """Give a lock back."""
    with connection.cursor() as cursor:
        cursor.execute(statement("unlock"), {"key": key})


@contextmanager
def locked(database: Database, connection: Connection, key: int, what: str) -> Iterator[None]:
    """Hold a lock, waiting for it."""
    with translated(database.place):
        wait_for_lock(database, connection, key, what)
    try:
        yield
    finally:
        if not connection.closed:
            with translated(database.place):
                unlock(connection, key)


def holder(database: Database, key: int) -> str | None:
    """Say who holds a lock, in words; ``None``: nobody."""
    rows = database.fetch("lock_holder", key=key)
    if not rows:
        return None
    name, pid, since = rows[0]
    return f"{name or 'another process'} (PostgreSQL process {pid}, since {since})"


def _only(row: tuple[object, ...] | None) -> object:
    return row[0] if row else None
