"""The server, and both sides that ask it, each one run of one command."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.commands import PEERS_PYTHON, ROOT, Taken, environment, take


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one reading took.

    Attributes:
        taken: the command's times, and its answer.
        requests: that the server answered meanwhile.
    """

    taken: Taken
    requests: int

    @property
    def events(self) -> int:
        """Those that both sides tell."""
        return int(self.taken.answer["events"])

    def __str__(self) -> str:
        """The times, for those who wait."""
        return f"{self.taken}; {self.events} events, {self.requests} requests"


class Site:
    """The server, in a process of its own.

    Attributes:
        arguments: its URL, the repository's name, the secret.
        latency: milliseconds that every answer is on its way.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.latency = 0.0
        where = self._hear()
        self.arguments = (where["url"], where["name"], where["secret"])

    def read_daybook(self, *, graphql: bool) -> Asked:
        """Let the source read, many pull requests at a time or one by one."""
        how = ["graphql"] if graphql else []
        module = [sys.executable, "-m", "benchmarks.github.read"]
        return self._count(lambda: take([*module, *self.arguments, *how]))

    def read_perceval(self) -> Asked:
        """Let Perceval read."""
        script = ROOT / "benchmarks" / "peers" / "perceval_github_reading.py"
        return self._count(lambda: take([PEERS_PYTHON, script, *self.arguments]))

    def _count(self, run: Callable[[], Taken]) -> Asked:
        self._tell()
        taken = run()
        return Asked(taken=taken, requests=self._tell()["requests"])

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
def served(issues: int, pulls: int) -> Iterator[Site]:
    """Serve a repository of so many issues and pull requests on this machine."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.github.serve", str(issues), str(pulls)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:  # whose end closes stdin, at which the server ends
        yield Site(process)
