"""SQL from a person, run as the read-only role."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg2
from psycopg2.extensions import PYDATE, PYDATETIME, PYDATETIMETZ, new_type, register_type

from resources.stores.postgres.connection import Connection, Database
from resources.stores.postgres.statements import explain_statement, refuse_all_but_one
from sources.errors import CredentialsError


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """What a statement gave.

    Attributes:
        columns: names, in order; a name may come twice.
        rows: values as psycopg2 gives them: ``jsonb`` parsed, times aware (as text where Python has
            none such), ``bytea`` as bytes.
        truncated: there were more rows than asked for.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool = False


class Reader:
    """Runs statements as the role that :func:`ensure_reader` made; refuses a superuser's login."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._running: Connection | None = None

    def query(self, text: str, *, limit: int | None = None) -> QueryResult:
        """Run one statement in a transaction of its own, which is never committed.

        Args:
            text: SQL; ``%`` is nothing special in it.
            limit: at most so many rows.

        Raises:
            ConfigError: it is not one statement that gives rows, or PostgreSQL refused it; the
                message is PostgreSQL's, with the line and a caret.
            StoreError: it took too long, or the store cannot.
            CredentialsError: the login may do more than read.
        """
        connection = self._database.connect("query")
        try:
            self._refuse_superuser(connection)
            self._running = connection
            return self._run(connection, text, limit)
        finally:
            self._running = None
            connection.close()

    def cancel(self) -> None:
        """Have the server give up the statement under way, if there is one; from any thread."""
        running = self._running
        if running is not None:
            with suppress(psycopg2.Error):  # it has ended meanwhile
                running.cancel()

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
        for caster in _CASTERS:
            register_type(caster, connection)
        try:
            with connection.cursor() as cursor:
                refuse_all_but_one(cursor, text)
                cursor.execute(text)
                columns = tuple(column.name for column in cursor.description or ())
                rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
                more = limit is not None and cursor.fetchone() is not None
        except psycopg2.Error as error:
            raise explain_statement(error, text, self._database.place) from None
        return QueryResult(columns=columns, rows=[_plain(row) for row in rows], truncated=more)


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)


def _lenient(known: Any) -> Any:
    """Give a caster of times that leaves as text what Python's own cannot hold."""

    def cast(value: str | bytes | None, cursor: Any) -> Any:
        if value is None or str(value).endswith("infinity"):
            return value
        try:
            return known(value, cursor)
        except (ValueError, OverflowError):
            return value

    return new_type(known.values, known.name, cast)


_CASTERS: Final = tuple(_lenient(known) for known in (PYDATE, PYDATETIME, PYDATETIMETZ))
