"""SQL from a person, run as the read-only role."""

import sys
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg2
from psycopg2.errors import UndefinedColumn
from psycopg2.extensions import PYDATE, PYDATETIME, PYDATETIMETZ, new_type, register_type

from resources.sql import statement
from resources.stores.postgres.connection import Connection, Cursor, Database
from resources.stores.postgres.faults import translated
from resources.stores.postgres.statements import explain_statement, open_answer
from sources.errors import CredentialsError

_PAGE_ROWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPage:
    """Some rows of what a statement gave.

    Attributes:
        columns: names, in order; a name may come twice.
        rows: values as psycopg2 gives them: ``jsonb`` parsed, times aware (as text where Python has
            none such), ``bytea`` as bytes.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """What a statement gave, as one piece.

    Attributes:
        columns: as in :class:`QueryPage`.
        rows: as in :class:`QueryPage`.
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
        """Run one statement and give its rows, all at once; fails as :meth:`pages` does.

        Args:
            text: SQL; ``%`` is nothing special in it.
            limit: at most so many rows.
        """
        columns: tuple[str, ...] = ()
        rows: list[tuple[Any, ...]] = []
        for page in self.pages(text, limit=None if limit is None else limit + 1):
            columns = page.columns
            rows += page.rows
        more = limit is not None and len(rows) > limit
        return QueryResult(columns=columns, rows=rows[:limit], truncated=more)

    def pages(self, text: str, *, limit: int | None = None) -> Generator[QueryPage]:
        """Run one statement in a transaction of its own, which is never committed.

        The server computes rows as they are asked for, so memory is that of a page. The role's
        time limit holds for each page. There is at least one, if need be without rows.

        Args:
            text: SQL; ``%`` is nothing special in it.
            limit: at most so many rows, one or more.

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
            yield from self._run(connection, text, limit)
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

    def _run(self, connection: Connection, text: str, limit: int | None) -> Generator[QueryPage]:
        connection.autocommit = False
        for caster in _CASTERS:
            register_type(caster, connection)
        left = sys.maxsize if limit is None else limit
        try:
            with connection.cursor() as cursor:
                open_answer(cursor, text)
                while left:
                    asked = min(left, _PAGE_ROWS)
                    page = _fetch(cursor, asked)
                    yield page
                    left = left - asked if len(page.rows) == asked else 0
        except psycopg2.Error as error:
            place = self._database.place
            with translated(place):
                named = _named(connection, text) if isinstance(error, UndefinedColumn) else []
            raise explain_statement(error, text, place, named) from None


def _named(connection: Connection, text: str) -> list[str]:
    """Name the tables and views that a statement reads from, after it has failed."""
    connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute(statement("named_relations"), {"text": text})
        return [name for (name,) in cursor.fetchall()]


def _fetch(cursor: Cursor, rows: int) -> QueryPage:
    cursor.execute(statement("fetch_answer"), {"rows": rows})
    columns = tuple(column.name for column in cursor.description or ())
    return QueryPage(columns=columns, rows=[_plain(row) for row in cursor.fetchall()])


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
