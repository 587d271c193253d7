"""PostgreSQL servers and databases for the suite."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn, parse_dsn

from resources.embedded import EmbeddedPostgres

DEBIAN_PROGRAMS = Path("/usr/lib/postgresql/15/bin")

# A test's server may forget everything in a power failure; it gains half of the suite's time.
_HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


@contextmanager
def short_directory() -> Iterator[Path]:
    """A fresh directory that a server's user can walk to, and short enough for its socket.

    Pytest's own directories will not do for root: each session closes them to everybody else.
    """
    directory = Path(tempfile.mkdtemp(prefix="daybook-test-")).resolve()
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@contextmanager
def embedded_home() -> Iterator[Path]:
    """A ``DAYBOOK_HOME`` whose bundled server, if one is started, is stopped at the end."""
    with short_directory() as directory:
        home = directory / "home"
        try:
            yield home
        finally:
            EmbeddedPostgres(home).stop(force=True)


@contextmanager
def embedded_server() -> Iterator[str]:
    """The URL of a bundled server in haste."""
    with embedded_home() as home:
        url = EmbeddedPostgres(home).ensure_running().url("postgres")
        for setting in _HASTE:
            execute(url, f"alter system set {setting}")
        execute(url, "select pg_reload_conf()")
        yield url


@contextmanager
def debian_server() -> Iterator[str]:
    """The URL of an external server: Debian's PostgreSQL 15, of the operating system's user."""
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with short_directory() as directory:
        shutil.chown(directory, user.pw_uid)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [DEBIAN_PROGRAMS / program, "--pgdata", directory / "data", *arguments],
                check=True,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                user=user.pw_uid,
            )

        run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        options = " ".join(f"-c {setting.replace(' ', '')}" for setting in _HASTE)
        run("pg_ctl", "start", "-w", "-o", f"{options} -c listen_addresses='' -k {directory}")
        try:
            yield f"postgresql://postgres@/postgres?host={directory}&port=5432"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")


def execute(url: str, statement: str, *names: str) -> list[tuple[object, ...]]:
    """Run one statement outside a transaction and return its rows.

    Args:
        url: the database.
        statement: with ``{}`` for each of ``names``.
        names: put in as identifiers.
    """
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
            return cursor.fetchall() if cursor.description else []


def in_database(url: str, name: str) -> str:
    """The same server, another database; as a URL."""
    parts = parse_dsn(make_dsn(url, dbname=name))
    login = parts["user"] + (f":{parts['password']}" if "password" in parts else "")
    return f"postgresql://{login}@/{name}?host={parts['host']}&port={parts['port']}"


@contextmanager
def fresh_database(server: str, name: str, *, template: str) -> Iterator[str]:
    """A copy of ``template`` under ``name``, dropped afterwards; gives its URL."""
    execute(server, "create database {} template {} strategy file_copy", name, template)
    try:
        yield in_database(server, name)
    finally:
        execute(server, "drop database {} with (force)", name)
