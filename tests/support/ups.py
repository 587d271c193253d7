"""A ``daybook up`` as people run it: started, read from, ended by a signal."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.cli.children import find_marked
from tests.support.places import Place
from tests.support.processes import DAYBOOK, end_group
from tests.support.waiting import PATIENCE, wait_until

GONE = 240.0


@dataclass
class Up:
    """A running ``daybook up`` and what it has printed so far."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def words(self) -> str:
        return self.log.read_text()

    @property
    def url(self) -> str:
        """The address that it printed when it was ready."""

        def read() -> str:
            assert self.process.poll() is None, self.words
            _, found, rest = self.words.partition("Daybook is at ")
            return rest.split()[0] if found and rest.endswith("\n") else ""

        return wait_until(read, PATIENCE, f"the web UI: {self.words}")

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(GONE)


@contextmanager
def up(place: Place, *arguments: str, deaf: bool = False) -> Iterator[Up]:
    """Run ``daybook up``; whatever happens, nothing of it stays.

    Args:
        place: where.
        arguments: its options.
        deaf: start it as a script does with ``&``, to which Ctrl-C is not meant.
    """
    shell = ("sh", "-c", 'trap \'\' INT; exec "$0" "$@"') if deaf else ()
    log = place.folder / f"up-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*shell, DAYBOOK, "up", *arguments],
            cwd=place.folder,
            env=place.environ(DAYBOOK_TICK_SECONDS="5"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Up(process, log)
    finally:
        killed = process.poll() == -signal.SIGKILL
        end_group(process)
        for left in () if killed else find_marked(place.home):
            left.kill()
