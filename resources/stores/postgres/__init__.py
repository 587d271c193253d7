"""The PostgreSQL store; the only place here that imports its driver."""

from resources.stores.postgres.cursors import TableCursorStore
from resources.stores.postgres.maintenance import backup, restore_backup
from resources.stores.postgres.reader import QueryPage, QueryResult, Reader
from resources.stores.postgres.store import PostgresStore, open_postgres

__all__ = [
    "PostgresStore",
    "QueryPage",
    "QueryResult",
    "Reader",
    "TableCursorStore",
    "backup",
    "open_postgres",
    "restore_backup",
]
