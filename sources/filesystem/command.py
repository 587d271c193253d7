"""Running git so that a repository can execute nothing and nobody's settings change the answer.

System and user configuration are left out (save for ``safe.directory``, which is the user's own
word on whom to trust), what a repository's configuration could make git start or print
differently is overruled, replacement objects and grafts are off (an event tells of the object
its id names), and no protocol is allowed, so that a partial clone fetches nothing.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from types import MappingProxyType
from typing import IO, Final, cast

_OVERRULED: Final = {
    "advice.graftFileDeprecated": "false",
    "core.askPass": "",
    "core.attributesFile": os.devnull,
    "core.bigFileThreshold": "512m",  # git's own default; what is larger has no lines
    "core.commentChar": "#",
    "core.commitGraph": "false",  # a copy of the commits, which may be damaged and go unnoticed
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.quotePath": "false",
    "credential.helper": "",
    "diff.renameLimit": "1000",  # git's own default since 2.34
    "i18n.logOutputEncoding": "UTF-8",
    "log.showSignature": "false",
    "mailmap.file": "",
    "trailer.separators": ":",
}

GRAPH: Final = ("-c", "core.commitGraph=true")
"""Before a command: it may walk past a broken commit by git's own copy of the commits."""

_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_INDEX_FILE": f"{os.devnull}-index",  # none is there: history needs none, good or broken
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

_STDERR_LIMIT: Final = 2_000


class GitFailedError(Exception):
    """A git command ended badly; translated where it is known what was being done.

    Attributes:
        status: what it ended with.
        complaint: the end of what it said, for people.
    """

    def __init__(self, command: str, status: int, complaint: str) -> None:
        super().__init__(f"git {command} ended with {status}: {complaint}")
        self.status = status
        self.complaint = complaint


class Git:
    """Git commands in one repository; every process it starts can be ended at once.

    Args:
        directory: where they run.
        trusted: what :func:`read_trusted` gave.
        environ: what else they have in their environment.
    """

    def __init__(
        self,
        directory: Path,
        trusted: Sequence[str],
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.directory = directory
        settings = [("safe.directory", item) for item in trusted]
        self._environment = {**build_environment(settings), **environ}
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run one command to its end and give what it wrote.

        Raises:
            GitFailedError: it ended with another status than 0.
        """
        with self.pipe(*arguments, stdin=stdin) as stdout:
            return stdout.read()

    @contextmanager
    def pipe(self, *arguments: str, stdin: bytes | IO[bytes] = b"") -> Iterator[IO[bytes]]:
        """Run one command and read from it while it runs.

        What it reads may be what another one writes. Leaving early ends the process and is no
        failure.

        Raises:
            GitFailedError: it was read to its end, and ended with another status than 0.
        """
        with TemporaryFile() as given, TemporaryFile() as complaints:
            if isinstance(stdin, bytes):
                given.write(stdin)
                given.seek(0)
            source = given if isinstance(stdin, bytes) else stdin
            process = self._start(arguments, source, subprocess.PIPE, complaints)
            with self._ending(process):
                stdout = cast(IO[bytes], process.stdout)
                yield stdout
                if not stdout.read(1):
                    self._check(arguments, process.wait(), complaints)

    def spool(self, *arguments: str, stdin: bytes, into: IO[bytes]) -> None:
        """Run one command to its end, its output going to a file.

        Raises:
            GitFailedError: it ended with another status than 0.
        """
        with TemporaryFile() as given, TemporaryFile() as complaints:
            given.write(stdin)
            given.seek(0)
            process = self._start(arguments, given, into, complaints)
            with self._ending(process):
                self._check(arguments, process.wait(), complaints)

    def stop(self) -> None:
        """End what runs and start nothing more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    def _start(
        self,
        arguments: Sequence[str],
        stdin: IO[bytes],
        stdout: int | IO[bytes],
        stderr: IO[bytes],
    ) -> subprocess.Popen[bytes]:
        command = ["git", "-C", str(self.directory), *arguments]
        return self._launch(
            _name(arguments),
            lambda: subprocess.Popen(
                command, stdin=stdin, stdout=stdout, stderr=stderr, env=self._environment
            ),
        )

    def _launch(
        self, name: str, start: Callable[[], subprocess.Popen[bytes]]
    ) -> subprocess.Popen[bytes]:
        """Start a process that :meth:`stop` knows of."""
        with self._lock:
            if self._stopped:
                raise GitFailedError(name, -9, "stopped")
            try:
                process = start()
            except FileNotFoundError as error:
                raise GitFailedError(name, 127, "git is not installed") from error
            self._running.add(process)
        return process

    @contextmanager
    def _ending(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Leave neither process nor pipe behind."""
        try:
            yield
        finally:
            process.kill()  # does nothing where it has ended
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
            process.wait()
            with self._lock:
                self._running.discard(process)

    @staticmethod
    def _check(arguments: Sequence[str], status: int, complaints: IO[bytes]) -> None:
        if status:
            end = complaints.seek(0, os.SEEK_END)
            complaints.seek(max(0, end - _STDERR_LIMIT))
            text = complaints.read().decode("utf-8", "replace").strip()
            raise GitFailedError(_name(arguments), status, text)


def _name(arguments: Sequence[str]) -> str:
    """The command itself, after a setting."""
    return arguments[2] if arguments[0] == "-c" else arguments[0]


def build_environment(settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """This process's environment, with nothing that speaks to git but what is said here.

    Args:
        settings: configuration besides what is always overruled; it wins over every file.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    pairs = [*_OVERRULED.items(), *settings]
    environment = {**inherited, **_ENVIRONMENT, "GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


def read_trusted() -> tuple[str, ...]:
    """The directories of other owners that this user's own configuration trusts.

    Raises:
        OSError: git cannot be run.
    """
    environment = {key: value for key, value in os.environ.items() if key != "GIT_DIR"}
    answer = subprocess.run(
        ["git", "config", "--null", "--get-all", "safe.directory"],
        cwd=os.sep,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return tuple(answer.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1])
