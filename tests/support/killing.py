"""Ending ``daybook sync`` or its database at a random moment of a chosen phase."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from random import Random
from typing import Final

import psutil

from resources.embedded import EmbeddedPostgres
from resources.stores.base import EpisodicStore
from sources import UnavailableError
from tests.support.places import Place
from tests.support.processes import DAYBOOK, alive, running, uncounted
from tests.support.waiting import wait_until

PHASES: Final = ("starting", "writing", "drawing")
WHOLE: Final = 0.4
"""How likely all processes of a server are killed, not its main one alone."""
_NUMBERS = count()


@dataclass(frozen=True, kw_only=True)
class Running:
    """A ``daybook sync`` under way.

    Attributes:
        process: leads a session of its own.
        log: what it prints.
    """

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def words(self) -> str:
        """What it has printed so far."""
        return self.log.read_text()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def family(self) -> list[str]:
        """What lives of its session: itself, and the git processes it started."""
        found = []
        for process in psutil.process_iter(["name"]):
            with suppress(ProcessLookupError):
                if os.getsid(process.pid) == self.process.pid and alive(process.pid):
                    found.append(f"{process.info['name']} ({process.pid})")
        return found


@contextmanager
def sync(place: Place) -> Iterator[Running]:
    """Run ``daybook sync``; all of it ends with the block."""
    log = place.folder / f"sync-{next(_NUMBERS)}.log"
    command: list[str | Path] = [DAYBOOK, "sync"]
    env = uncounted(place.environ())
    with running(command, env=env, cwd=place.folder, log=log) as process:
        yield Running(process=process, log=log)


def kill(under_way: Running, dice: Random) -> None:
    """Kill the command, with or without its git processes; none of these may stay."""
    if dice.random() < 0.5:
        os.killpg(under_way.process.pid, signal.SIGKILL)
    else:
        os.kill(under_way.process.pid, signal.SIGKILL)
    under_way.process.wait()
    wait_until(lambda: not under_way.family(), 10, f"the end of {under_way.family()}")


def kill_server(server: EmbeddedPostgres, under_way: Running, dice: Random) -> None:
    """Kill PostgreSQL's main process, at times all of its processes."""
    wait_until(lambda: under_way.over or server.status().running, 60, "a server to kill")
    pid = server.status().pid
    if pid is None:
        return
    victims = [psutil.Process(pid)]
    if dice.random() < WHOLE:
        victims += victims[0].children(recursive=True)
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    wait_until(lambda: not alive(pid), 10, "the server's end")


@dataclass
class Clock:
    """Follows a sync from phase to phase, and knows how long each takes undisturbed.

    Attributes:
        store: the sync's, asked who writes the source.
        source_id: the source.
        dice: choose the moments.
        lengths: seconds by phase.
    """

    store: EpisodicStore
    source_id: str
    dice: Random
    lengths: dict[str, float] = field(default_factory=dict)

    def measure(self, place: Place) -> None:
        """Run a sync to its end and take the time."""
        moments = [time.monotonic()]
        with sync(place) as under_way:
            for phase in PHASES[1:]:
                self._await(phase, under_way)
                moments.append(time.monotonic())
            assert under_way.process.wait(120) == 0, under_way.words
            moments.append(time.monotonic())
        spans = (later - sooner for sooner, later in pairwise(moments))
        self.lengths = dict(zip(PHASES, spans, strict=True))

    def strike(self, under_way: Running, act: Callable[[], None]) -> str | None:
        """Act at a random moment; gives its phase, or nothing if the sync was quicker.

        A phase that ends before its moment is shorter than was thought: its end is the moment
        then, and the next one is drawn from the length it had.
        """
        (phase,) = self.dice.choices(PHASES, (1, 6, 3))
        self._await(phase, under_way)
        began = time.monotonic()
        then = began + self.dice.random() * self.lengths[phase]
        wait_until(lambda: time.monotonic() >= then or self._is_past(phase, under_way), 60, phase)
        if time.monotonic() < then:
            self.lengths[phase] = time.monotonic() - began
        if under_way.over:
            return None
        act()
        return phase

    def _await(self, phase: str, under_way: Running) -> None:
        """Wait until the phase begins, or the sync is over."""
        for earlier in PHASES[: PHASES.index(phase)]:
            wait_until(partial(self._is_past, earlier, under_way), 90, f"the end of {earlier}")

    def _is_past(self, phase: str, under_way: Running) -> bool:
        """Whether a phase that had begun is over."""
        if under_way.over:
            return True
        try:
            writes = self.store.holder(self.source_id) is not None
        except UnavailableError:  # the database was killed
            return False
        return {"starting": writes, "writing": not writes, "drawing": False}[phase]
