"""Dagster's own tables in an external database: a schema beside Daybook's, and the URL to it."""

from typing import Final
from urllib.parse import quote, urlencode

from resources.sql import statement
from resources.stores.postgres.connection import Database
from resources.stores.postgres.faults import parse_url

SCHEMA: Final = "dagster"


def prepare_dagster_storage(database_url: str) -> str:
    """Make the schema for Dagster's tables if it is not there, and say how to reach it.

    Returns:
        A URL for SQLAlchemy; it holds the password, so never log it.

    Raises:
        StoreError: the login may not create a schema.
        UnavailableError: no connection.
    """
    database = Database(database_url)
    try:
        with database.cursor() as cursor:
            cursor.execute(statement("create_dagster_schema"))
    finally:
        database.close()
    return dagster_url(database_url)


def dagster_url(database_url: str) -> str:
    """Turn a libpq URL or connection string into SQLAlchemy's, for Dagster's schema and in UTC.

    >>> login, _, details = dagster_url("postgresql://ann:s%40x@db:5433/events").partition("?")
    >>> login
    'postgresql+psycopg2://ann:s%40x@/events'
    >>> details
    'host=db&port=5433&options=-csearch_path%3Ddagster%20-ctimezone%3DUTC'
    """
    parts = parse_url(database_url)
    user = quote(parts.pop("user", ""), safe="")
    password = parts.pop("password", "")
    login = f"{user}:{quote(password, safe='')}@" if password else f"{user}@" if user else ""
    name = quote(parts.pop("dbname", ""), safe="")
    # Dagster keeps moments without a zone and takes them for UTC, whatever the server's zone is.
    options = f"{parts.pop('options', '')} -csearch_path={SCHEMA} -ctimezone=UTC".strip()
    query = urlencode({**parts, "options": options}, quote_via=quote)
    return f"postgresql+psycopg2://{login}/{name}?{query}"
