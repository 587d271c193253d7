"""A service played by a process of its own, and what each reading of it took."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.commands import ROOT, Taken, environment, take


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one reading took.

    Attributes:
        taken: the command's times, and its answer.
        requests: that the server answered meanwhile.
        server_cpu: processor seconds of the server meanwhile.
    """

    taken: Taken
    requests: int
    server_cpu: float

    @property
    def events(self) -> int:
        """Those that were told and count."""
        return int(self.taken.answer["events"])

    def __str__(self) -> str:
        """The times, for those who wait."""
        return f"{self.taken}; {self.events} events, {self.requests} requests"


class Served:
    """The server.

    Attributes:
        about: what it said of itself: its URL, the secret, …
        latency: milliseconds that every answer is on its way.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.latency = 0.0
        self.about: Mapping[str, str] = self._hear()

    def read(self, command: Sequence[str | Path]) -> Asked:
        """Run a command that asks it, to the command's end."""
        self._tell()
        taken = take(command)
        told = self._tell()
        return Asked(taken=taken, requests=told["requests"], server_cpu=told["cpu"])

    def _tell(self) -> Any:
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        self._process.stdin.write(f"{self.latency}\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> Any:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the server has ended")
        return json.loads(line)


@contextmanager
def served(module: str, *sizes: int) -> Iterator[Served]:
    """Let a module serve something of these sizes on this machine."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, sizes)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:  # whose end closes stdin, at which the server ends
        yield Served(process)
