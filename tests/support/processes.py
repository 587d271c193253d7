"""The product's processes, each in a group of its own that ends with the test."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.support.measured import STARTED

ROOT = Path(__file__).parents[2]
DAYBOOK = Path(sys.executable).with_name("daybook")
_PATIENCE = 10.0


def environment(**extra: str) -> dict[str, str]:
    """The environment of a product's process: no setting of Daybook's but ``extra``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DAYBOOK_")}
    return {**kept, **extra}


def uncounted(env: Mapping[str, str]) -> dict[str, str]:
    """The same environment for a process that coverage does not count.

    Such are those of Dagster's, those that are killed before they could tell, and those that run
    what the test itself runs as well: each spares a quarter of a second and half of its work.
    """
    return {name: value for name, value in env.items() if name != STARTED}


@contextmanager
def running(
    command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start ``command`` in a process group of its own and end the whole group afterwards.

    Args:
        command: program and arguments.
        env: all of its environment, see :func:`environment`.
        cwd: where it works.
        log: the file that gets what it prints.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group of ``process`` to end, then make it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_daybook(
    *arguments: str, env: Mapping[str, str], cwd: Path, timeout: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run one ``daybook`` command to its end, whatever its exit code."""
    return subprocess.run(
        [DAYBOOK, *arguments],
        check=False,
        env=dict(env),
        cwd=cwd,
        timeout=timeout,
        capture_output=True,
        text=True,
        start_new_session=True,
    )


def alive(pid: int) -> bool:
    """Does the process run? A dead one that nobody has collected does not."""
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False
