"""The schema's way from any earlier version to this one, one migration a transaction."""

import logging
from typing import Final

from resources.sql import Migration, migrations, statement
from resources.stores.postgres.connection import Connection, Database
from resources.stores.postgres.locks import lock_key, locked
from sources.errors import StoreError

_log = logging.getLogger(__name__)

_KEY: Final = lock_key("schema")


def migrate(database: Database) -> list[str]:
    """Bring the schema ``daybook`` to this version; several processes may do it at once.

    Each migration is one transaction, with its number in ``schema_version``: there is no
    half-migrated state to heal.

    Returns:
        The names of the migrations applied.

    Raises:
        StoreError: the schema is newer than this version of Daybook, or a right is missing.
    """
    with database.borrow() as connection:
        if not _pending(database, connection):
            return []
        with locked(database, connection, _KEY, "the schema"):
            pending = _pending(database, connection)
            for migration in pending:
                _log.info("schema: %04d %s", migration.version, migration.name)
                _apply(connection, migration)
            return [migration.name for migration in pending]


def _pending(database: Database, connection: Connection) -> list[Migration]:
    present = _version(connection)
    newest = migrations()[-1].version
    if present > newest:
        raise StoreError(
            f"{database.place} has schema {present}, this Daybook knows {newest} at most",
            remedy="Use the Daybook that made it, or a later one",
        )
    return [migration for migration in migrations() if migration.version > present]


def _version(connection: Connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement("schema_present"))
        row = cursor.fetchone()
        if row is None or not row[0]:
            return 0
        cursor.execute(statement("schema_version"))
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def _apply(connection: Connection, migration: Migration) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("create_schema"))
        cursor.execute(statement("create_schema_version"))
        cursor.execute(migration.sql)
        cursor.execute(
            statement("record_migration"), {"version": migration.version, "name": migration.name}
        )
