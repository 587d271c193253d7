"""``daybook query`` and ``daybook psql``: SQL from a person, as the read-only role."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

import typer

from pipelines.cli.opening import note, opened_store, read_settings
from pipelines.cli.output import print_json, print_table
from resources.embedded import binary
from resources.stores.postgres import QueryResult, Reader
from sources.errors import ConfigError, StoreError

SHOWN_ROWS: Final = 1_000
"""Rows that a table for people has at most, unless they ask for more."""

_REMEDY: Final = (
    "Queries run as a role that can only read, for a minute at most; `daybook psql` shows the "
    "tables and views with \\d"
)


def query(
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One statement that gives rows; - reads stdin.")
    ],
    *,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many rows.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print an array of objects.")] = False,
) -> None:
    """Run one SQL statement as the read-only role.

    The views commits, file_changes, requests and live_events are a good beginning. In JSON
    times are ISO 8601 in UTC, bytea is hex, jsonb an object, numeric a number.

    Examples:
        daybook query "select kind, count(*) from live_events group by kind"
        daybook query --json "select * from commits order by occurred_at desc limit 3"
        daybook query - < report.sql
    """
    text = sys.stdin.read() if statement == "-" else statement
    with closing(Reader(_login())) as reader:
        try:
            found = reader.query(text, limit=limit if json or limit else SHOWN_ROWS)
        except StoreError as error:
            raise StoreError(error.message, remedy=_REMEDY) from error
    if json:
        print_json(to_objects(found))
        return
    print_table(found.columns, found.rows)
    if found.truncated:
        note(f"There are more than {len(found.rows):,} rows; --limit or --json shows more.")


def to_objects(found: QueryResult) -> list[dict[str, Any]]:
    """Give each row as an object; a column's name that comes again gets a number."""
    names: list[str] = []
    for name in found.columns:
        fresh, number = name, 1
        while fresh in names:
            number += 1
            fresh = f"{name}_{number}"
        names.append(fresh)
    return [dict(zip(names, row, strict=True)) for row in found.rows]


def psql(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- ARG...]", help="Handed to psql.")
    ] = None,
) -> None:
    """Open psql as the read-only role.

    Examples:
        daybook psql
        daybook psql -- -c 'select count(*) from commits'
        daybook psql -- --csv -f report.sql
    """
    parts = urlsplit(_login())
    login, _, place = parts.netloc.rpartition("@")
    # Everybody can list a program's arguments, so the password goes another way.
    url = parts._replace(netloc=f"{login.partition(':')[0]}@{place}").geturl()
    # Ctrl-C cancels a query in psql; it is not for this process.
    signal.signal(signal.SIGINT, lambda *_: None)
    done = subprocess.run(
        [_find_psql(), url, *(arguments or ())],
        check=False,
        env={**os.environ, "PGPASSWORD": unquote(parts.password or "")},
    )
    raise typer.Exit(done.returncode)


def _login() -> str:
    settings = read_settings()
    with opened_store(settings) as store:
        return store.ensure_reader(settings.home)


def _find_psql() -> str:
    try:
        return str(binary("psql"))
    except ConfigError:
        on_path = shutil.which("psql")
        if on_path is None:
            raise
        return on_path
