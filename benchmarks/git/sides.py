"""The sides of the contests about git histories, each one run of one command."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.commands import PEERS_PYTHON, ROOT, Taken, take
from benchmarks.scratch import scratch
from resources.opening import open_store

PEERS: Final = {"gitpython": "GitPython", "pydriller": "PyDriller", "perceval": "Perceval"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What one whole sync took.

    Attributes:
        seconds: from the start of the command to its end.
        own: processor seconds of the command itself.
        git: those of the git processes it started.
        server: those of PostgreSQL meanwhile.
        events: how many were stored.
    """

    seconds: float
    own: float
    git: float
    server: float
    events: int

    def __str__(self) -> str:
        """The times, for those who wait."""
        return (
            f"{self.seconds:.2f} s, processors: {self.own:.2f} s Python, {self.git:.2f} s git, "
            f"{self.server:.2f} s PostgreSQL; {self.events} events"
        )


def sync_whole(path: Path) -> Synced:
    """Run one ``daybook sync`` into a fresh home; making that home is not counted."""
    with scratch(root_dir=str(path)) as place:
        account, before = place.folder / "account.json", place.server_cpu()
        taken = take(
            [sys.executable, "-m", "benchmarks.git.launch", account, "sync"],
            env={**place.environ(), "PYTHONPATH": str(ROOT)},
            cwd=place.folder,
            answers=False,
        )
        spent = json.loads(account.read_text())
        with open_store(home=place.home, database_url=None) as store:
            events = store.count()
        return Synced(
            seconds=taken.seconds,
            own=spent["own"],
            git=spent["git"],
            server=place.server_cpu() - before,
            events=events,
        )


def log(path: Path, *options: str) -> Taken:
    """Let one git process tell the same history."""
    command = ["git", "-C", str(path), "--no-pager", "log", "--numstat", "-M", *options, "HEAD"]
    return take(command, answers=False)


def read_alone(path: Path, newest: int | None = None) -> Taken:
    """Read the history to Arrow batches, without a store."""
    bound = [] if newest is None else [str(newest)]
    return take([sys.executable, "-m", "benchmarks.git.read", str(path), *bound])


def read_peer(name: str, mirror: Path, newest: int) -> Taken:
    """Let a peer read the newest commits with their changed files.

    Args:
        name: one of :data:`PEERS`.
        mirror: what :func:`make_mirror` made.
        newest: how many.
    """
    script = ROOT / "benchmarks" / "peers" / f"{name}_reading.py"
    return take([PEERS_PYTHON, script, str(mirror), str(newest)])


def make_mirror(path: Path, folder: Path) -> Path:
    """Make a clone that borrows all objects, for peers that write into what they read."""
    mirror = folder / "mirror.git"
    options = ("--quiet", "--bare", "--shared", "--single-branch", "--no-tags")
    subprocess.run(["git", "clone", *options, path, mirror], check=True)
    return mirror


def count_commits(path: Path) -> int:
    """How many commits the checked-out branch reaches."""
    command = ["git", "-C", str(path), "rev-list", "--count", "HEAD"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
