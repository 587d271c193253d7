"""What is wrong with a person's SQL: PostgreSQL's own words, the place, and what to do."""

import re
from collections.abc import Sequence
from typing import Final

import psycopg2
from psycopg2.errors import InvalidCursorDefinition, UndefinedColumn

from resources.sql import statement
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.faults import translate
from sources.errors import ConfigError, DaybookError, StoreError

_SHOWN: Final = 100
"""Signs of a line that are shown around the place that is meant."""

_UNSENDABLE: Final = re.compile("[\0\ud800-\udfff]")
_TABLES: Final = "\\d in `daybook psql` lists the tables and views; docs/events.md describes them"
_REMEDIES: Final[tuple[tuple[str, str], ...]] = (
    ("42501", "The role of `daybook query` only reads the schema daybook; others log in with psql"),
    ("25006", "The role of `daybook query` only reads; to change data log in with psql"),
    ("42P01", _TABLES),
    ("42703", _TABLES),
    ("42883", "\\df in `daybook psql` lists functions; a cast like x::text may be missing"),
    ("3F", "Everything lies in the schema daybook, which needs no name before a table"),
    ("22", "A value does not fit what is done with it; nullif, coalesce or a cast may help"),
    ("", "docs/queries.md has statements to begin with"),
)

# Of these the server or the connection is at fault, whatever the statement says.
_NOT_THE_STATEMENT: Final = ("08", "28", "3D", "40", "53", "55P03", "57", "58", "F0", "XX")


def open_answer(cursor: Cursor, text: str) -> None:
    """Open the answer to one statement that gives rows, and to nothing else.

    The transaction goes on; ``fetch_answer`` gives the rows.

    Raises:
        ConfigError: it is none, several, or one that gives no rows.
        psycopg2.Error: PostgreSQL cannot make sense of it.
    """
    if _UNSENDABLE.search(text):
        raise ConfigError("the statement is no text in UTF-8", remedy="Convert it, and try again")
    if not text.strip():
        raise ConfigError("there is no statement", remedy="Give one in quotes, or - to read stdin")
    try:
        cursor.execute(statement("open_answer"), {"text": text})
    except InvalidCursorDefinition as error:
        words = error.diag.message_primary or ""
        several = "multi-query" in words  # in English; elsewhere PostgreSQL's words are shown
        raise ConfigError(
            "that is not one statement: there are several, or only a comment"
            if several
            else f"that statement gives no rows (PostgreSQL: {words})",
            remedy="Ask with one SELECT; `daybook psql` takes several statements"
            if several
            else "`daybook query` only reads: ask with SELECT, or TABLE, VALUES or WITH",
        ) from None


def explain_statement(
    error: psycopg2.Error, text: str, place: str, named: Sequence[str] = ()
) -> DaybookError:
    """Say what PostgreSQL has against a statement.

    Args:
        error: what psycopg2 raised while it was checked or run.
        text: the statement.
        place: the database, as a message names it.
        named: the tables and views that it reads from.

    Returns:
        ``ConfigError`` where the statement is at fault, with its line and a caret.
    """
    code = error.pgcode
    if code == "57014" and "timeout" in (error.diag.message_primary or ""):
        return StoreError(
            f"{place} gave the statement up: it took longer than such a role may ask for",
            remedy="Ask for less, such as where occurred_at > now() - interval '1 year'",
        )
    if code is None or code.startswith(_NOT_THE_STATEMENT):
        return translate(error, place)
    words = [error.diag.message_primary or code, *show_place(text, _position(error, text))]
    words += [f"  {line}" for line in (error.diag.message_detail, error.diag.message_hint) if line]
    if isinstance(error, UndefinedColumn) and named:
        remedy = _list_columns(named)
    else:
        remedy = next(remedy for prefix, remedy in _REMEDIES if code.startswith(prefix))
    return ConfigError("\n".join(words), remedy=remedy)


def _list_columns(named: Sequence[str]) -> str:
    r"""Say what lists the columns of tables and views.

    >>> print(_list_columns(["commits"]))
    \d commits in `daybook psql` lists its columns; docs/queries.md has statements to begin with
    """
    asked = " and ".join(f"\\d {name}" for name in named)
    list_columns = "lists its columns" if len(named) == 1 else "list their columns"
    more = "docs/queries.md has statements to begin with"
    if "events" in named:
        more = "docs/events.md describes them"
    return f"{asked} in `daybook psql` {list_columns}; {more}"


def show_place(text: str, position: int | None) -> list[str]:
    r"""Give the line of ``text`` that holds a position, counted from 1, and a caret below it.

    >>> print(*show_place("select 1,\n nam from t", 12), sep="|")
      line 2:  nam from t|           ^
    """
    if position is None or not 0 < position <= len(text) + 1:
        return []
    before = text[: position - 1]
    number, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1)
    line = "".join(sign if sign.isprintable() else " " for sign in text.split("\n")[number - 1])
    left = max(0, column - _SHOWN // 2)
    head = f"  line {number}: " + ("..." if left else "")
    tail = "..." if left + _SHOWN < len(line) else ""
    shown = line[left : left + _SHOWN]
    return [f"{head}{shown}{tail}", f"{' ' * (len(head) + column - left)}^"]


def _position(error: psycopg2.Error, text: str) -> int | None:
    """Give the sign that PostgreSQL points at; one within a function is not in the text."""
    said = error.diag.statement_position
    if error.diag.internal_query == text:
        said = error.diag.internal_position
    elif error.diag.internal_query is not None:
        said = None
    return int(said) if said else None
