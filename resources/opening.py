"""The store and the lake that a configuration means, opened."""

from pathlib import Path

from resources.embedded import EmbeddedPostgres
from resources.stores.lake import Lake
from resources.stores.postgres import PostgresStore, open_postgres


def open_store(*, home: Path, database_url: str | None, drafts: bool = False) -> PostgresStore:
    """Open the external PostgreSQL of ``database_url``, or start the embedded one in ``home``.

    Args:
        home: the state directory.
        database_url: of an external server.
        drafts: whether this process draws the lake itself, right after it has stored: then it
            keeps the windows it fills in a file in ``home`` meanwhile, without a name.

    Raises:
        CredentialsError: the server refuses the login.
        StoreError: the database cannot serve (rights, version, schema).
        UnavailableError: no connection.
    """
    url = database_url or EmbeddedPostgres(home).ensure_running().url("daybook")
    return open_postgres(url, drafts=home if drafts else None)


def open_lake(url: str) -> Lake:
    """Open the lake in a directory or at a pyarrow filesystem URL."""
    return Lake(url)
