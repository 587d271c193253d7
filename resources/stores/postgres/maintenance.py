"""Backups of the store, made and read by PostgreSQL's own ``pg_dump`` and ``pg_restore``."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from psycopg2.extensions import make_dsn

from resources.embedded.programs import binary, clean_environment
from resources.sql import statement
from resources.stores.postgres.connection import Cursor, Database
from resources.stores.postgres.faults import parse_url
from resources.stores.postgres.migrations import migrate
from resources.stores.postgres.writing import Touched, begin_write
from sources.errors import ConfigError, StoreError

_VERSION: Final = re.compile(r"(\d+)")


def backup(url: str, path: Path) -> Path:
    """Write the schema ``daybook`` into one file, in ``pg_dump``'s custom format.

    The file appears whole or not at all.

    Raises:
        ConfigError: no ``pg_dump`` that is new enough for the server.
        StoreError: it failed; the message is its own.
    """
    database = Database(url)
    try:
        program, _ = _program(database, "pg_dump")
        ((trigrams,),) = database.fetch("installed_trigrams")
    finally:
        database.close()
    fresh = path.with_name(f".{path.name}.part")
    extension = ["--extension=pg_trgm"] if trigrams else []
    options = ["--format=custom", "--schema=daybook", *extension, "--no-owner", "--no-privileges"]
    try:
        _run(database, [program, *options, f"--file={fresh}"])
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return path


def restore_backup(url: str, path: Path) -> None:
    """Put a backup into a database that holds no events yet.

    The database becomes another incarnation, and every window waits for the lake and for
    Dagster again: what they remember may be later than the backup.

    Raises:
        ConfigError: no such file, or no ``pg_restore`` for it.
        StoreError: the database holds events already, or ``pg_restore`` failed.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is not there", remedy="Name a file that `daybook backup` wrote")
    database = Database(url)
    try:
        migrate(database)
        ((used,),) = database.fetch("holds_events")
        if used:
            raise StoreError(
                f"{database.place} holds events already", remedy="Restore into an empty database"
            )
        program, _ = _program(database, "pg_restore")
        with database.cursor() as cursor:
            cursor.execute(statement("drop_schema"))
        options = ["--single-transaction", "--no-owner", "--no-privileges"]
        _run(database, [program, *options, str(path)], into=True)
        migrate(database)
        database.transact(_begin_anew)
    finally:
        database.close()


def _begin_anew(cursor: Cursor) -> None:
    write = begin_write(cursor, [])
    cursor.execute(statement("new_incarnation"))
    touched = Touched()
    cursor.execute(statement("all_windows"))
    touched.take(cursor)
    touched.mark(cursor, write.moment)


def _program(database: Database, name: str) -> tuple[str, int]:
    """Find the program of the server's own major version, or else the newest later one.

    Raises:
        ConfigError: there is none.
    """
    with database.borrow() as connection:
        server = connection.server_version // 10_000
    found = {_major(path): path for path in reversed(list(_candidates(name)))}
    fitting = [major for major in found if major >= server]
    if not fitting:
        raise ConfigError(
            f"{database.place} is PostgreSQL {server}, and no {name} here is as new",
            remedy=f"Install PostgreSQL {server}'s client programs",
        )
    major = server if server in found else max(fitting)
    return found[major], major


def _candidates(name: str) -> Iterator[str]:
    with suppress(ConfigError):
        yield str(binary(name))
    on_path = shutil.which(name)
    if on_path:
        yield on_path


def _major(program: str) -> int:
    answer = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    found = _VERSION.search(answer.stdout)
    return int(found[1]) if found else 0


def _run(database: Database, command: list[str], *, into: bool = False) -> None:
    """Run a client program; the password travels in its environment, not in its arguments."""
    parts = parse_url(database.url)
    environment = clean_environment()
    password = parts.pop("password", None)
    if password is not None:
        environment["PGPASSWORD"] = password
    environment["PGCLIENTENCODING"] = "UTF8"
    command = [*command, f"--dbname={make_dsn(**parts)}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise StoreError(
            f"{database.place}: {lines[0] if lines else command[0]}",
            remedy="Restore with the programs of the version that wrote the file"
            if into
            else "See that the server has room and the login may read all of schema daybook",
        )
