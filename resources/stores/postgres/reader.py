"""SQL from a person, run as the read-only role."""

from dataclasses import dataclass
from typing import Any

from resources.stores.postgres.connection import Connection, Database
from resources.stores.postgres.faults import translated
from sources.errors import CredentialsError, StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """What a statement gave.

    Attributes:
        columns: names, in order; a name may come twice.
        rows: values as psycopg2 gives them: ``jsonb`` parsed, times aware, ``bytea`` as bytes.
        truncated: there were more rows than asked for.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool = False


class Reader:
    """Runs statements as the role that :func:`ensure_reader` made; refuses a superuser's login."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    def query(self, text: str, *, limit: int | None = None) -> QueryResult:
        """Run one statement in a transaction of its own, which is never committed.

        Args:
            text: SQL; ``%`` is nothing special in it.
            limit: at most so many rows.

        Raises:
            StoreError: PostgreSQL refused it; the message is PostgreSQL's.
            CredentialsError: the login may do more than read.
        """
        connection = self._database.connect("query")
        try:
            self._refuse_superuser(connection)
            return self._run(connection, text, limit)
        finally:
            connection.close()

    def close(self) -> None:
        """Nothing stays open between queries; for symmetry with the store."""
        self._database.close()

    def _refuse_superuser(self, connection: Connection) -> None:
        if connection.get_parameter_status("is_superuser") != "off":
            raise CredentialsError(
                f"{self._database.place} is a superuser's login, with which SQL could do anything",
                remedy="Use the URL of the read-only role",
            )

    def _run(self, connection: Connection, text: str, limit: int | None) -> QueryResult:
        connection.autocommit = False
        with translated(self._database.place), connection.cursor() as cursor:
            cursor.execute(text)
            if cursor.description is None:
                raise StoreError("that statement gives no rows", remedy="Ask with SELECT")
            columns = tuple(column.name for column in cursor.description)
            rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
            more = limit is not None and cursor.fetchone() is not None
        return QueryResult(columns=columns, rows=[_plain(row) for row in rows], truncated=more)


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
