"""The store and the lake that a configuration means, opened."""

from pathlib import Path

from resources.embedded import EmbeddedPostgres
from resources.stores.lake import Lake
from resources.stores.postgres import PostgresStore, open_postgres


def open_store(*, home: Path, database_url: str | None) -> PostgresStore:
    """Open the external PostgreSQL of ``database_url``, or start the embedded one in ``home``.

    Raises:
        CredentialsError: the server refuses the login.
        StoreError: the database cannot serve (rights, version, schema).
        UnavailableError: no connection.
    """
    return open_postgres(database_url or EmbeddedPostgres(home).ensure_running().url("daybook"))


def open_lake(url: str) -> Lake:
    """Open the lake in a directory or at a pyarrow filesystem URL."""
    return Lake(url)
