"""One command from its start to its end: the time, the processors' time, the answer."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

DAYBOOK: Final = Path(sys.executable).with_name("daybook")
ROOT: Final = Path(__file__).parents[1]
PEERS_PYTHON: Final = ROOT / ".venv" / "peers" / "bin" / "python"
"""Of the environment that the peers have to themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one command took.

    Attributes:
        seconds: from before its process began until it was gone.
        cpu: processor seconds of it and all it waited for.
        answer: the JSON it printed last, or nothing.
    """

    seconds: float
    cpu: float
    answer: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The times, for those who wait."""
        return f"{self.seconds:.2f} s, {self.cpu:.2f} s of processors"


def environment(**extra: str) -> dict[str, str]:
    """Give this process's environment with no setting of Daybook's but ``extra``.

    Programs may keep their bytecode, as on most machines: nobody is measured at compiling.
    """
    left_out = ("DAYBOOK_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, **extra}


def take(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    answers: bool = True,
) -> Taken:
    """Run a command to its end.

    Args:
        command: program and arguments.
        env: its environment; default: :func:`environment`.
        cwd: where it works.
        answers: its last line is JSON; otherwise what it prints goes nowhere.

    Raises:
        RuntimeError: it failed; with the end of what it complained of.
    """
    with TemporaryFile() as output, TemporaryFile() as complaints:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=dict(environment() if env is None else env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output if answers else subprocess.DEVNULL,
            stderr=complaints,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace")[-2_000:]
            raise RuntimeError(f"{command} ended with {process.returncode}: {said}")
        output.seek(0)
        lines = output.read().decode().strip().splitlines()
    return Taken(
        seconds=seconds,
        cpu=usage.ru_utime + usage.ru_stime,
        answer=json.loads(lines[-1]) if answers and lines else {},
    )
