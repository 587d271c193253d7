"""``daybook doctor``: everything that Daybook needs, looked at, with a remedy for each fault."""

import asyncio
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from pipelines.cli.address import DEFAULT_PORT, choose_port
from pipelines.cli.checking import check_all
from pipelines.cli.failures import explain
from pipelines.cli.home import prepare_home
from pipelines.cli.lock import UpRecord, is_held
from pipelines.cli.opening import read_settings
from pipelines.cli.output import print_json
from pipelines.config import Settings
from pipelines.loading import load_place
from pipelines.wording import counted
from resources.opening import open_lake, open_store
from resources.stores.postgres import PostgresStore
from sources import DaybookError

Verdict = Literal["ok", "warn", "fail"]

OLDEST_GIT: Final = (2, 30)
LEAST_ROOM: Final = 1 << 30
"""Bytes of free disk below which there is a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at.

    Attributes:
        what: which thing.
        verdict: whether it is well.
        words: what was seen.
        remedy: how to mend it; empty: there is nothing to mend.
    """

    what: str
    verdict: Verdict
    words: str
    remedy: str = ""


def doctor(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check everything that Daybook needs, and say how to mend it.

    A line for each thing: ok, warn or fail. The exit code is 1 if anything fails.

    Examples:
        daybook doctor
        daybook doctor --json | jq '.[] | select(.verdict != "ok")'
    """
    findings = []
    for finding in examine():
        findings.append(finding)
        if not json:
            print(f"{finding.verdict:4}  {finding.what:<10} {finding.words}")
            if finding.remedy:
                print(f"      {'':<10} {finding.remedy}")
    if json:
        print_json(findings)
    if any(finding.verdict == "fail" for finding in findings):
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Look at one thing after the other, what the next rests on first."""
    yield _python()
    yield _git()
    try:
        settings = read_settings()
    except DaybookError as error:
        yield _failure("settings", error)
        settings = load_place(os.environ, Path.cwd())
    else:
        yield Finding(what="settings", verdict="ok", words=_named(settings))
    yield from _home(settings)
    yield _port(settings)
    yield from _database(settings)
    yield from _sources(settings)


def _named(settings: Settings) -> str:
    if settings.has_file:
        return str(settings.sources_path)
    return f"no file: the repository {settings.sources[0].config['root_dir']}"


def _failure(what: str, error: BaseException) -> Finding:
    found = explain(error, os.environ)
    return Finding(what=what, verdict="fail", words=found.message, remedy=found.remedy)


def _python() -> Finding:
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding(
        what="python",
        verdict="ok" if supported else "warn",
        words=f"{platform.python_version()} in {sys.prefix}",
        remedy="" if supported else "Use Python 3.11, 3.12 or 3.13",
    )


def _git() -> Finding:
    path = shutil.which("git")
    if path is None:
        return Finding(what="git", verdict="fail", words="not on the PATH", remedy="Install git")
    words = subprocess.run([path, "--version"], check=False, capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", words)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    old = version < OLDEST_GIT
    return Finding(
        what="git",
        verdict="warn" if old else "ok",
        words=f"{words.strip()} at {path}",
        remedy="Older than 2.30: some histories may not be read right" if old else "",
    )


def _home(settings: Settings) -> Iterator[Finding]:
    try:
        home = prepare_home(settings.home)
        probe = home / "logs" / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        yield Finding(what="home", verdict="fail", words=str(error), remedy="Make it writable")
        return
    except DaybookError as error:
        yield _failure("home", error)
        return
    yield Finding(what="home", verdict="ok", words=str(home))
    free = shutil.disk_usage(home).free
    yield Finding(
        what="disk",
        verdict="ok" if free >= LEAST_ROOM else "warn",
        words=f"{free / (1 << 30):.1f} GB free in {home}",
        remedy="" if free >= LEAST_ROOM else "Make room: PostgreSQL stops when the disk is full",
    )


def _port(settings: Settings) -> Finding:
    if is_held(settings.home):
        record = UpRecord.read(settings.home)
        where = record.url if record else "starting"
        return Finding(what="up", verdict="ok", words=f"`daybook up` runs: {where}")
    try:
        choose_port("127.0.0.1", DEFAULT_PORT, print)
    except DaybookError as error:
        return Finding(
            what="port",
            verdict="warn",
            words=error.message,
            remedy="`daybook up` takes the next free one",
        )
    return Finding(what="port", verdict="ok", words=f"{DEFAULT_PORT} is free for the web UI")


def _database(settings: Settings) -> Iterator[Finding]:
    """Look at server, schema, role and lake; without a server there is nothing to look at."""
    try:
        store = open_store(home=settings.home, database_url=settings.database_url)
    except DaybookError as error:
        yield _failure("database", error)
        return
    with store:
        for what, look in _LOOKS.items():
            try:
                yield look(what, settings, store)
            except DaybookError as error:
                yield _failure(what, error)


def _server(what: str, settings: Settings, store: PostgresStore) -> Finding:
    kind = "external" if settings.database_url else "embedded"
    ((version, schema),) = store.database.fetch("server_facts")
    words = f"PostgreSQL {version}, {kind}: {store.database.place}, schema version {schema}"
    return Finding(what=what, verdict="ok", words=words)


def _search(what: str, settings: Settings, store: PostgresStore) -> Finding:
    del settings
    ready = store.search_ready()
    return Finding(
        what=what,
        verdict="ok" if ready else "warn",
        words="the index is complete" if ready else "the index is not built yet",
        remedy="" if ready else "It is built at the end of the first sync: daybook sync",
    )


def _lake(what: str, settings: Settings, store: PostgresStore) -> Finding:
    lake = open_lake(settings.lake_url)
    waiting = len(store.dirty_windows("lake"))
    faults = lake.check(store)
    if faults:
        are = "file is" if len(faults) == 1 else "files are"
        words = f"{len(faults):,} {are} not what the database says"
        return Finding(what=what, verdict="fail", words=words, remedy="daybook lake rebuild")
    words = f"{lake.events_path}" + (f"; waiting: {counted(waiting, 'window')}" if waiting else "")
    remedy = "daybook lake catch-up, or the sweep of `daybook up`" if waiting else ""
    return Finding(what=what, verdict="warn" if waiting else "ok", words=words, remedy=remedy)


def _erasures(what: str, settings: Settings, store: PostgresStore) -> Finding:
    del settings
    erasures = store.erasures()
    if any(item.finished_at is None for item in erasures):
        return Finding(
            what=what,
            verdict="warn",
            words="an erasure was interrupted: not all that is held is blank",
            remedy="`daybook erase --list` shows which; erase the same key again",
        )
    people = len({item.pseudonym for item in erasures})
    words = f"{counted(people, 'person', 'people')} kept out" if people else "nobody is erased"
    return Finding(what=what, verdict="ok", words=words)


_LOOKS: Final[dict[str, Callable[[str, Settings, PostgresStore], Finding]]] = {
    "database": _server,
    "search": _search,
    "lake": _lake,
    "erasures": _erasures,
}


def _sources(settings: Settings) -> Iterator[Finding]:
    failures = asyncio.run(check_all(settings.sources))
    for spec, error in zip(settings.sources, failures, strict=True):
        if error:
            yield _failure("source", error)
        else:
            yield Finding(what="source", verdict="ok", words=f"{spec.id} ({spec.type})")
