"""What is measured about git histories, part by part, each giving its lines."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.commands import DAYBOOK, Taken, take
from benchmarks.git import sides
from benchmarks.git.ticking import time_looks
from benchmarks.memory import Watch, watched
from benchmarks.pairs import alternate, say
from benchmarks.report import Goal, Line
from benchmarks.scratch import Scratch, scratch

GIT_LOG: Final = "git log --numstat -M"
_CONDITIONS: Final = """\
Times count from the start of a process to its end, after one uncounted run of each side.
A sync goes into a fresh home made before the clock starts: its server runs, its tables are empty.
Peers read the newest commits only and Daybook's source the same ones; the values are milliseconds
a commit, the start of the process spread over them.
The ratio says how many times as quick Daybook is; for processors and memory, its part of the other.
"""
_LOOKS: Final = 30
_FLAT: Final = 1.2
"""How much more memory four times the history may take and still be called no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What is measured on, and how often.

    Attributes:
        path: the repository; nothing is written into it.
        commits: how many its checked-out branch reaches.
        pairs: how often each side runs.
        peers: those to run, by name.
        bound: how many of the newest commits a peer reads.
        mirror: a clone for the peers.
    """

    path: Path
    commits: int
    pairs: int
    peers: Sequence[str]
    bound: int
    mirror: Path


def contest_sync(field: Field) -> Iterator[Line]:
    """The whole sync beside one git process, and the processors it takes."""
    ours, theirs = alternate(
        field.pairs, "sync", lambda: sides.sync_whole(field.path), lambda: sides.log(field.path)
    )
    log = tuple(taken.seconds for taken in theirs)
    yield Line(
        what=f"daybook sync of {field.commits} commits, a fresh home",
        unit="s",
        values=tuple(synced.seconds for synced in ours),
        peer=GIT_LOG,
        beside=log,
        quick=True,
    )
    yield Line(
        what="processors: git's processes within the sync",
        unit="s",
        values=tuple(synced.git for synced in ours),
        peer=GIT_LOG,
        beside=tuple(taken.cpu for taken in theirs),
        goal=Goal(limit=1.15, at="most", of="ratio"),
    )
    yield Line(
        what="processors: Daybook's own Python within the sync",
        unit="s",
        values=tuple(synced.own for synced in ours),
    )
    yield Line(
        what="processors: PostgreSQL during the sync",
        unit="s",
        values=tuple(synced.server for synced in ours),
    )


def contest_source(field: Field) -> Iterator[Line]:
    """The source alone beside one git process."""
    ours, theirs = alternate(
        field.pairs, "source", lambda: sides.read_alone(field.path), lambda: sides.log(field.path)
    )
    _expect(ours, field.commits)
    yield Line(
        what=f"source alone, {field.commits} commits to Arrow batches",
        unit="s",
        values=tuple(taken.seconds for taken in ours),
        peer=GIT_LOG,
        beside=tuple(taken.seconds for taken in theirs),
        quick=True,
    )


def contest_peers(field: Field) -> Iterator[Line]:
    """The source alone beside each peer, on the same newest commits."""
    bound = min(field.bound or field.commits, field.commits)
    for name in field.peers:
        ours, theirs = alternate(
            field.pairs,
            name,
            lambda: sides.read_alone(field.path, bound),
            lambda name=name: sides.read_peer(name, field.mirror, bound),  # type: ignore[misc]
        )
        _expect(ours, bound)
        yield Line(
            what=f"source alone, the newest {bound} commits, a commit",
            unit="ms",
            values=tuple(map(_per_commit, ours)),
            peer=sides.PEERS[name],
            beside=tuple(map(_per_commit, theirs)),
            quick=True,
        )


def contest_memory(field: Field) -> Iterator[Line]:
    """The most memory that the sync's processes hold at once, by the length of the history."""
    lengths = [field.commits // 4, field.commits // 2, field.commits]
    peaks = {length: _peaks(field, length) for length in lengths}
    for length, found in peaks.items():
        yield Line(
            what=f"memory: all processes of a sync of the newest {length} commits",
            unit="MB",
            values=tuple(watch.command.pss for watch in found),
            goal=Goal(limit=400, at="most", of="median"),
        )
        yield Line(
            what="  of it, all but pages of files",
            unit="MB",
            values=tuple(watch.command.own for watch in found),
        )
        yield Line(
            what="  beside it, PostgreSQL",
            unit="MB",
            values=tuple(watch.server.pss for watch in found),
        )
    yield Line(
        what=f"memory: {lengths[2]} commits beside {lengths[0]}, all but pages of files",
        unit="MB",
        values=tuple(watch.command.own for watch in peaks[lengths[2]]),
        peer=f"{lengths[0]} commits",
        beside=tuple(watch.command.own for watch in peaks[lengths[0]]),
        goal=Goal(limit=_FLAT, at="most", of="ratio"),
    )


def _peaks(field: Field, length: int) -> list[Watch]:
    """Watch a sync of so many of the newest commits, at most three times."""
    found = []
    for number in range(min(field.pairs, 3)):
        with scratch(**_newest(field, length)) as place, watched(place.server) as watch:
            _sync(place)
        found.append(watch)
        say(f"memory: {length} commits, run {number + 1}: {watch.command}")
    return found


def contest_tick(field: Field) -> Iterator[Line]:
    """A look that finds nothing new."""
    with scratch(**_newest(field, field.commits)) as place:
        _sync(place)
        probes, ticks = time_looks(place, _LOOKS)
    goal = Goal(limit=50, at="most", of="median")
    yield Line(
        what="quiet tick: the sensor's whole evaluation", unit="ms", values=tuple(ticks), goal=goal
    )
    yield Line(what="  of it, the source's probe", unit="ms", values=tuple(probes), goal=goal)


PARTS: Final[Mapping[str, Callable[[Field], Iterator[Line]]]] = {
    "sync": contest_sync,
    "source": contest_source,
    "peers": contest_peers,
    "memory": contest_memory,
    "tick": contest_tick,
}


def describe(field: Field) -> list[str]:
    """Say what was measured on, under what conditions."""
    version = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True)
    measured = f"{field.commits} commits of the checked-out branch, {field.pairs} pairs by turns"
    return [f"{measured}; {version.stdout.strip()}.", *_CONDITIONS.splitlines()]


def _newest(field: Field, length: int) -> dict[str, Any]:
    bound = {} if length == field.commits else {"max_commits": length}
    return {"root_dir": str(field.path), **bound}


def _sync(place: Scratch) -> None:
    take([DAYBOOK, "sync"], env=place.environ(), cwd=place.folder, answers=False)


def _per_commit(taken: Taken) -> float:
    return 1_000 * taken.seconds / int(taken.answer["commits"])


def _expect(ours: Sequence[Taken], commits: int) -> None:
    """See that all was read: a quick reading of half the history is none.

    Raises:
        RuntimeError: it was not.
    """
    for taken in ours:
        if taken.answer["commits"] != commits:
            raise RuntimeError(f"{taken.answer['commits']} commits came of {commits}")
