"""Indexes that a first load does without: made after the rows, and healed where broken."""

import logging
from contextlib import closing
from typing import Final

import psycopg2

from resources.sql import statement
from resources.stores.postgres.connection import Connection, Database
from resources.stores.postgres.faults import translated
from resources.stores.postgres.locks import lock_key, try_lock, unlock
from sources.errors import DaybookError

_log = logging.getLogger(__name__)

_KEY: Final = lock_key("indexes")
_LATE: Final = (
    "events_search",
    "events_session",
    "events_actor",
    "events_actor_key",
    "event_files_path",
)
_FUZZY: Final = "events_fuzzy"
_COMPUTED: Final = (_LATE[0], _FUZZY)
# An extension that is not installed, not allowed, or (before PostgreSQL 15) without its file.
_NO_EXTENSION: Final = ("0A000", "42501", "58P01")


def search_ready(database: Database) -> bool:
    """Whether the full-text index is there and complete."""
    return _LATE[0] in _valid(database)


def fuzzy_ready(database: Database) -> bool:
    """Whether misspelt words can be searched for."""
    return _FUZZY in _valid(database)


def build_indexes(database: Database) -> None:
    """Make the late indexes that are missing or were left half made; others go on writing.

    Does nothing where another process is at it.
    """
    if {*_LATE, _FUZZY} <= _valid(database):
        return
    # A connection of its own, as what is set for building would stay with a borrowed one.
    with closing(database.connect("indexes")) as connection, translated(database.place):
        if not try_lock(connection, _KEY):
            return
        try:
            _build(database, connection)
        finally:
            if not connection.closed:
                unlock(connection, _KEY)


def try_building(database: Database) -> None:
    """Make the late indexes, or say why not: without them searching is slower, not poorer."""
    try:
        build_indexes(database)
    except DaybookError as error:
        _log.warning(
            "indexes for searching could not be built; the next sync tries again: %s", error
        )


def heal_indexes(database: Database) -> None:
    """Make anew what a killed process left half made, if that can be done now."""
    if database.fetch("broken_indexes"):
        try_building(database)


def _build(database: Database, connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement("broken_indexes"))
        broken = {name for (name,) in cursor.fetchall()}
        missing = [name for name in (*_LATE, _FUZZY) if name not in _valid(database)]
        cursor.execute(statement("prepare_building"))
        built = False
        for name in missing:
            if name == _FUZZY and not _trigrams(connection):
                continue
            _log.info("building index %s", name)
            if name in broken:
                cursor.execute(statement(f"drop_{name}"))
            cursor.execute(statement(f"create_{name}"))
            if name in _COMPUTED:
                cursor.execute(statement(f"thin_{name}"))
            built = True
        # A server without pg_trgm has one missing for ever.
        if built:
            cursor.execute(statement("analyze"))


def _trigrams(connection: Connection) -> bool:
    """Whether ``pg_trgm`` is there, or could be made so."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement("create_trigrams"))
    except psycopg2.Error as error:
        if error.pgcode not in _NO_EXTENSION:
            raise
        _log.info("no fuzzy search: the server does not offer the extension pg_trgm")
        return False
    return True


def _valid(database: Database) -> set[str]:
    return {name for (name,) in database.fetch("valid_indexes")}
