"""``daybook query`` and ``daybook psql``: SQL from a person, as the read-only role."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand

from pipelines.cli.opening import note, opened_store, owner_url, read_settings_to_look
from pipelines.cli.output import print_json_array, print_table
from pipelines.wording import counted
from resources.embedded import binary
from resources.stores.postgres import QueryPage, Reader
from resources.stores.postgres.roles import part_password
from sources.errors import ConfigError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

SHOWN_ROWS: Final = 1_000
"""Rows that a table for people has at most, unless they ask for more."""

_CANCEL_SECONDS: Final = 0.2
_BLANK: Final = re.compile(r"\s")


class StatementCommand(TyperCommand):
    """Takes SQL that begins with a comment for what it is; a word like ``--jsn`` is an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put such SQL behind ``--``, where it cannot be taken for an option."""
        comments = [word for word in args if word.startswith("--") and _BLANK.search(word)]
        if comments and "--" not in args:
            args = [*(word for word in args if word not in comments), "--", *comments]
        return super().parse_args(ctx, args)


@app.command("query", cls=StatementCommand)
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

    The views commits, file_changes, messages, requests and live_events are a good beginning,
    and the table api_traffic. In JSON times are ISO 8601 in UTC, bytea is hex, jsonb an object,
    numeric a number.

    With --json rows are printed as they come, however many there are; if the
    statement fails midway, the array stays unclosed and the error stands below it.

    The server works for a minute at most until it has the next rows, and waits
    ten for them to be read. `daybook psql` shows what tables there are.

    Examples:
        daybook query "select kind, count(*) from live_events group by kind"
        daybook query --json "select * from commits order by occurred_at desc limit 3"
        daybook query "select * from requests where status >= 500 order by occurred_at desc"
        daybook query - < report.sql
    """
    text = _read_stdin() if statement == "-" else statement
    with closing(Reader(_login())) as reader:
        if json:
            with closing(_ask(reader, text, limit)) as pages:
                print_json_array(row for page in pages for row in to_objects(page))
            return
        shown = limit or SHOWN_ROWS
        # One more, to know whether there are more.
        with closing(_ask(reader, text, shown + 1)) as pages:
            found = list(pages)
    rows = [row for page in found for row in page.rows]
    print_table(found[0].columns, [list(map(exactly, row)) for row in rows[:shown]])
    if len(rows) > shown:
        note(f"There are more than {counted(shown, 'row')}; --limit or --json shows more.")


def _read_stdin() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise ConfigError(
            "stdin holds no text in UTF-8", remedy="Convert it, and try again"
        ) from error


def _ask(reader: Reader, text: str, limit: int | None) -> Generator[QueryPage]:
    """Fetch each page in a thread: the driver waits without heeding Ctrl-C."""
    with closing(reader.pages(text, limit=limit)) as pages, ThreadPoolExecutor(1) as pool:
        while True:
            answer = pool.submit(next, pages, None)
            try:
                page = answer.result()
            except KeyboardInterrupt:
                # Again and again: between two statements there is nothing to cancel.
                while not answer.done():
                    reader.cancel()
                    wait([answer], _CANCEL_SECONDS)
                raise
            if page is None:
                return
            yield page


def to_objects(page: QueryPage) -> list[dict[str, Any]]:
    """Give each row as an object; a column's name that comes again gets a number."""
    names: list[str] = []
    for name in page.columns:
        fresh, number = name, 1
        while fresh in names:
            number += 1
            fresh = f"{name}_{number}"
        names.append(fresh)
    return [dict(zip(names, row, strict=True)) for row in page.rows]


def exactly(value: object) -> object:
    """Write numbers and times so that they can be copied into the next question.

    >>> exactly(2026), exactly(datetime(2026, 3, 1, 10, 0, 0, 5000, UTC))
    ('2026', '2026-03-01 10:00:00.005000')
    """
    match value:
        case int() if not isinstance(value, bool):
            return str(value)
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            return str(moment.replace(tzinfo=None))
        case _:
            return value


def psql(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARG", help="Handed to psql; -h and such after --."),
    ] = None,
    *,
    owner: Annotated[
        bool, typer.Option("--owner", help="As the owner of the tables, who may do anything.")
    ] = False,
) -> None:
    """Open psql as the read-only role.

    What Daybook stores is its own to change: --owner is for the upkeep of the database.

    Examples:
        daybook psql
        daybook psql -c 'select count(*) from commits'
        daybook psql -f report.sql
        daybook psql --owner -c 'vacuum (verbose) daybook.events'
    """
    place, password = part_password(_login(owner=owner))
    # Ctrl-C cancels a query in psql; it is not for this process.
    signal.signal(signal.SIGINT, lambda *_: None)
    done = subprocess.run(
        [_find_psql(), place, *(arguments or ())],
        check=False,
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
    )
    raise typer.Exit(done.returncode)


def _login(*, owner: bool = False) -> str:
    settings = read_settings_to_look()
    with opened_store(settings) as store:
        return owner_url(settings) if owner else store.ensure_reader(settings.home)


def _find_psql() -> str:
    try:
        return str(binary("psql"))
    except ConfigError:
        on_path = shutil.which("psql")
        if on_path is None:
            raise
        return on_path
