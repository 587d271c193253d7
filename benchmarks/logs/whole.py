"""A log from the file to its end, beside GoAccess and a regular expression: whole processes."""

import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import psycopg2

from benchmarks.commands import DAYBOOK, take
from benchmarks.logs.made import combined_log
from benchmarks.memory import watched
from benchmarks.pairs import alternate, say
from benchmarks.report import Goal, Line
from benchmarks.scratch import SOURCE, Scratch, scratch
from resources.embedded import EmbeddedPostgres

GOACCESS: Final = "GoAccess, its whole run"
EXPRESSION: Final = "a regular expression, its whole run"
_WAYS: Final = {
    "arrow": "file to Arrow",
    "parquet": "file to Parquet",
    "stored": "file to stored: PostgreSQL and lake",
    "copied": "the same rows into PostgreSQL alone, read and encoded beforehand",
}
_AIMS: Final = {"arrow": 4, "parquet": 4, "stored": 1}
"""How many lines to each of GoAccess'."""
_COUNT: Final = "select count(*) from daybook.events"
_OUT: Final = "copy daybook.events to stdout (format binary)"
_AGAIN: Final = """
    create table again (like daybook.events);
    create unique index on again (event_id);
    create index on again (occurred_at);
    create index on again (source_id, "window");
    set maintenance_work_mem = '256MB';
"""
_IN: Final = "copy again from stdin (format binary)"
_LATE: Final = (
    "create index on again (left(session_id, 200), occurred_at)",
    "create index on again (lower(left(actor_key, 200)), occurred_at)",
    "create index on again (lower(left(actor, 200)), occurred_at) where actor is not null",
)
"""The indexes that a first load makes after its rows and that hold requests."""
_MOST: Final = 600.0
"""MB that Daybook's process may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process took: seconds, processor seconds, and most of its own memory in MB."""

    seconds: float
    cpu: float
    memory: float
    rows: int = 0


Runs: TypeAlias = Mapping[str, Run]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    """A log of so many lines, and a folder for what comes of it."""

    path: Path
    lines: int

    def ours(self) -> Runs:
        """Go all of Daybook's ways."""
        target = self.path.with_name("out.parquet")
        runs = {
            "arrow": _python("arrow", self.path),
            "parquet": _python("parquet", self.path, target),
        }
        for taken in runs.values():
            self._all(taken.rows)
        stored, copied = self._stored()
        return {**runs, "stored": stored, "copied": copied}

    def peers(self) -> Runs:
        """Let the others go theirs; GoAccess only where it is installed."""
        runs = {EXPRESSION: _python("expression", self.path)}
        self._all(runs[EXPRESSION].rows)
        program = shutil.which("goaccess")
        if program:
            report = self.path.with_name("out.json")
            command: list[str | Path] = [program, self.path]
            command += ["--log-format=COMBINED", "-o", report]
            runs[GOACCESS] = _watch(command, answers=False)
            self._all(int(json.loads(report.read_text())["general"]["valid_requests"]))
        return runs

    def _stored(self) -> tuple[Run, Run]:
        with scratch() as place:
            config = {"paths": [str(self.path)], "format": "combined"}
            entry = {"id": SOURCE, "type": "api_log", "config": config}
            (place.folder / "sources.yaml").write_text(json.dumps({"sources": [entry]}))
            before = place.server_cpu()
            taken = _watch([DAYBOOK, "sync"], env=place.environ(), cwd=place.folder, answers=False)
            taken = replace(taken, cpu=taken.cpu + place.server_cpu() - before)
            ((rows,),) = EmbeddedPostgres(place.home).ensure_running().ask("daybook", _COUNT)
            copied = _copied(place)
        self._all(int(str(rows)))
        return taken, copied

    def _all(self, found: int) -> None:
        if found != self.lines:
            raise SystemExit(f"{found} of {self.lines} lines were read")


def whole_lines(lines: int, pairs: int) -> list[Line]:
    """Measure all ways by turns with the peers."""
    if shutil.which("goaccess") is None:
        say("GoAccess is not installed (Debian: goaccess); it is left out")
    with TemporaryDirectory(prefix="daybook-bench-") as folder:
        log = _Log(path=Path(folder) / "access.log", lines=lines)
        log.path.write_bytes(combined_log(lines))
        ours, theirs = alternate(pairs, "whole runs", log.ours, log.peers)
    speeds = [
        _speed(way, by, peer, [run[way] for run in ours], [run[peer] for run in theirs], lines)
        for way in _WAYS
        for peer in theirs[0]
        for by in ("seconds", "cpu")
    ]
    peer = GOACCESS if GOACCESS in theirs[0] else EXPRESSION
    return [*speeds, *(_memory(way, peer, ours, theirs) for way in _AIMS)]


def _speed(way: str, by: str, peer: str, ours: list[Run], theirs: list[Run], lines: int) -> Line:
    goal = Goal(limit=_AIMS[way], at="least", of="ratio") if way in _AIMS else None
    return Line(
        what=_WAYS[way] if by == "seconds" else "  by processor time",
        unit="lines/s",
        values=tuple(lines / getattr(run, by) for run in ours),
        peer=peer,
        beside=tuple(lines / getattr(run, by) for run in theirs),
        goal=goal if (by, peer) == ("seconds", GOACCESS) else None,
    )


def _memory(way: str, peer: str, ours: list[Runs], theirs: list[Runs]) -> Line:
    return Line(
        what=f"{_WAYS[way]}: memory of Daybook's process",
        unit="MB",
        values=tuple(run[way].memory for run in ours),
        peer=peer,
        beside=tuple(run[peer].memory for run in theirs),
        goal=Goal(limit=_MOST, at="most", of="median"),
    )


def _copied(place: Scratch) -> Run:
    """Store what is stored once more, in one go: what PostgreSQL takes if nobody else did anything.

    Its indexes are made with writers locked out, which takes less than a sync does.
    """
    rows = place.folder / "rows"
    with closing(psycopg2.connect(place.url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        with rows.open("wb") as stream:
            cursor.copy_expert(_OUT, stream)
        cursor.execute(_AGAIN)
        cursor.execute("checkpoint")
        before, began = place.server_cpu(), time.perf_counter()
        with rows.open("rb") as stream:
            cursor.copy_expert(_IN, stream, size=1 << 20)
        for index in _LATE:
            cursor.execute(index)
        seconds = time.perf_counter() - began
        return Run(seconds=seconds, cpu=place.server_cpu() - before, memory=0.0)


def _python(way: str, *paths: Path) -> Run:
    return _watch([sys.executable, "-m", "benchmarks.logs.read", way, *paths])


def _watch(command: Sequence[str | Path], **how: Any) -> Run:
    """Run a command; what the kernel says of a child's peak holds this process's before it."""
    with watched() as watch:
        taken = take(command, **how)
    rows = int(taken.answer.get("rows", 0))
    return Run(seconds=taken.seconds, cpu=taken.cpu, memory=watch.command.own, rows=rows)
