"""The processes below a ``daybook up``: marked, watched, started again, and all of them ended."""

import logging
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import psutil

from pipelines.instance import UP_VARIABLE

DAEMON: Final = "dagster._daemon"
"""The module whose process takes runs from the queue."""

PATIENCE: Final = 10.0
"""Seconds a process has to end by itself."""
ATTEMPTS: Final = 3
"""How often it is asked to within that time."""

_LARGEST_LOG: Final = 5 << 20
_QUICK_DEATH: Final = 10.0
_MOST_QUICK_DEATHS: Final = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(repr=False)
    folder: Path
    log: Path


class Children:
    """Keeps planned processes running; each leads a session of its own, away from the terminal."""

    def __init__(self, home: Path, say: Callable[[str], None]) -> None:
        self._home = home
        self._say = say
        self._plans: dict[str, Plan] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._quick_deaths: dict[str, int] = {}

    def start(self, plan: Plan) -> None:
        """Start one process and remember to keep it running."""
        self._plans[plan.name] = plan
        self._started[plan.name] = time.monotonic()
        self._running[plan.name] = self.run(plan)

    def watch(self) -> None:
        """Start again what has died, unless it keeps dying."""
        for name, process in list(self._running.items()):
            if process.poll() is None:
                continue
            del self._running[name]
            plan = self._plans[name]
            quick = time.monotonic() - self._started[name] < _QUICK_DEATH
            self._quick_deaths[name] = self._quick_deaths.get(name, 0) + 1 if quick else 0
            if self._quick_deaths[name] >= _MOST_QUICK_DEATHS:
                self._say(f"The {name} keeps ending; it is left so. {plan.log} says why")
                continue
            self._say(f"The {name} ended ({process.returncode}); starting it again. See {plan.log}")
            self.start(plan)

    def dead(self) -> Plan | None:
        """Give a plan whose process does not run now, if there is one."""
        for name, plan in self._plans.items():
            process = self._running.get(name)
            if process is None or process.poll() is not None:
                return plan
        return None

    def run(self, plan: Plan) -> subprocess.Popen[bytes]:
        """Start a process that ends by itself."""
        with _open_log(plan.log) as log:
            return subprocess.Popen(
                plan.command,
                cwd=plan.folder,
                env={**plan.environ, UP_VARIABLE: str(self._home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def end(self, name: str) -> None:
        """End one of them for good; what it has started stays."""
        del self._plans[name]
        if (process := self._running.pop(name, None)) and process.poll() is None:
            _end_all([psutil.Process(process.pid)])
            process.wait()

    def stop(self) -> bool:
        """End all of them and everything they started; tells whether each ended by itself."""
        self._plans.clear()
        _, stubborn = end_marked(self._home)
        for process in self._running.values():
            process.wait()
        self._running.clear()
        return not stubborn


def find_marked(home: Path) -> list[psutil.Process]:
    """Find what runs below a ``daybook up`` of ``home``, whoever its parent is by now.

    A PostgreSQL server is passed over, should one of them have started it: others share it.
    """
    found = []
    for process in psutil.process_iter(["name", "environ", "cmdline"]):
        ours = (process.info["environ"] or {}).get(UP_VARIABLE) == str(home)
        if ours and process.info["name"] not in {"postgres", "pg_ctl"}:
            found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def end_marked(home: Path) -> tuple[int, int]:
    """End everything below a ``daybook up`` of ``home``.

    The daemon goes first: a run that it hands to a code server which is being ended has failed,
    while one that is left in the queue is made by the next start.

    Returns:
        How many there were, and how many of them did not end by themselves.
    """
    count = killed = 0
    # Again, since one that is being ended may just have started another.
    while found := find_marked(home):
        first = [process for process in found if DAEMON in (process.info["cmdline"] or ())]
        count += len(first or found)
        killed += _end_all(first or found)
    return count, killed


def _end_all(processes: list[psutil.Process]) -> int:
    stubborn = processes
    # A child between fork and exec loses a signal to the handler that it has from its parent.
    for _ in range(ATTEMPTS):
        _send(stubborn, psutil.Process.terminate)
        _, left = psutil.wait_procs(stubborn, timeout=PATIENCE / ATTEMPTS)
        stubborn = [process for process in left if _runs(process)]
        if not stubborn:
            break
    _send(stubborn, psutil.Process.kill)
    psutil.wait_procs(stubborn, timeout=PATIENCE)
    return len(stubborn)


def _runs(process: psutil.Process) -> bool:
    """Whether it still does anything; one that has ended stays until its parent asks how."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _send(processes: Iterable[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        try:
            send(process)
        except psutil.NoSuchProcess:
            logger.debug("process %s ended by itself", process.pid)


def _open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
