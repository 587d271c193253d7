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


def lake_label(location: str) -> str:
    """Name the lake's place for people, without the secrets that a URL may hold.

    >>> lake_label("s3://key:secret@bucket/prefix?region=eu-west-1")
    's3://bucket/prefix'
    """
    scheme, mark, rest = location.partition("://")
    if not mark:
        return location
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"
