"""Cursors of the factory in a table, for scripts on several machines."""

import json

from resources.sql import statement
from resources.stores.postgres.connection import Cursor as SqlCursor
from resources.stores.postgres.progress import write_cursor
from resources.stores.postgres.store import PostgresStore
from sources.batch import Cursor


class TableCursorStore:
    """Cursors beside the events of a PostgreSQL store; its progress rows know nothing of them."""

    def __init__(self, store: PostgresStore) -> None:
        self._database = store.database

    def load(self, source_id: str) -> Cursor | None:
        """Give the saved cursor, or ``None``."""

        def read(cursor: SqlCursor) -> Cursor | None:
            cursor.execute(statement("load_cursor"), {"source_id": source_id})
            row = cursor.fetchone()
            found: Cursor | None = json.loads(row[0]) if row else None
            return found

        return self._database.transact(read)

    def save(self, source_id: str, cursor: Cursor) -> None:
        """Keep ``cursor``.

        Raises:
            StoreError: JSON cannot hold it.
        """
        values = {"source_id": source_id, "cursor": write_cursor(source_id, cursor)}
        self._database.transact(lambda sql: sql.execute(statement("save_cursor"), values))
