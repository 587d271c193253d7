"""Running git: every process that is started can be ended at once, and none is left behind."""

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Lock
from types import MappingProxyType
from typing import IO, Final, cast

from sources.filesystem.environment import build_environment

GRAPH: Final = ("-c", "core.commitGraph=true")
"""Before a command: it may walk past a broken commit by git's own copy of the commits."""

_CRASHES: Final = (signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV)
"""Signals that tell of what git was given, not of somebody who ended it."""
_SIGNALLED: Final = 128
_STDERR_LIMIT: Final = 2_000
_DAMAGE: Final = re.compile(r"^error: (inflate: |.*(unpack|corrupt))", re.MULTILINE)
_PIECE: Final = 64 * 1024


class GitFailedError(Exception):
    """A git command ended badly; translated where it is known what was being done.

    Attributes:
        command: which.
        status: what it ended with.
        complaint: the end of what it said, for people, in one line.
    """

    def __init__(self, command: str, status: int, complaint: str) -> None:
        complaint = " ".join(complaint.split())
        super().__init__(f"git {command} ended with {status}: {complaint}")
        self.command = command
        self.status = status
        self.complaint = complaint


class CutShortError(Exception):
    """What a command wrote ends in the middle: it should have ended badly."""


class _Group(subprocess.Popen[bytes]):
    """A process that is killed together with all those it has started."""

    def kill(self) -> None:
        """End them; as long as the first has not been waited for, its id names nobody else."""
        if self.returncode is None:
            with suppress(ProcessLookupError):  # another thread has just waited for it
                os.killpg(self.pid, signal.SIGKILL)


class Git:
    """Git commands in one repository; every process it starts can be ended at once.

    Args:
        directory: where they run.
        trusted: what :func:`~sources.filesystem.environment.read_trusted` gave.
        environ: what else they have in their environment.
        settings: of git, besides what is always overruled.
    """

    def __init__(
        self,
        directory: Path,
        trusted: Sequence[str],
        environ: Mapping[str, str] = MappingProxyType({}),
        settings: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.directory = directory
        safe = [("safe.directory", item) for item in trusted]
        self.environment = {**build_environment([*safe, *settings]), **environ}
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = Event()

    def speaking(self, directory: Path, environ: Mapping[str, str]) -> "Git":
        """Give the same runner in another place with another environment; both stop together."""
        other = copy(self)
        other.directory = directory
        other.environment = {**self.environment, **environ}
        return other

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run one command to its end and give what it wrote.

        Raises:
            GitFailedError: it ended with another status than 0.
        """
        with self.pipe(*arguments, stdin=stdin) as stdout:
            return stdout.read()

    @contextmanager
    def pipe(
        self, *arguments: str, stdin: bytes | IO[bytes] = b"", counts: bool = False
    ) -> Iterator[IO[bytes]]:
        """Run one command and read from it while it runs.

        What it reads may be what another one writes. Leaving early ends the process and is no
        failure.

        Args:
            arguments: the command.
            stdin: what it reads.
            counts: whether it counts lines of files, which is a failure where one is damaged: git
                2.55 takes such a file for empty.

        Raises:
            GitFailedError: it was read to its end, and ended with another status than 0; or who
                read from it raised :class:`CutShortError`.
        """
        with TemporaryFile() as given, TemporaryFile() as complaints:
            if isinstance(stdin, bytes):
                given.write(stdin)
                given.seek(0)
            source = given if isinstance(stdin, bytes) else stdin
            process = self._start(arguments, source, subprocess.PIPE, complaints)
            with self._ending(process):
                stdout = cast(IO[bytes], process.stdout)
                try:
                    yield stdout
                except CutShortError as error:
                    if not stdout.read(1):
                        self._check(arguments, process.wait(), complaints)
                    complaint = "its answer ends in the middle"
                    raise GitFailedError(_name(arguments), 1, complaint) from error
                whole = not stdout.read(1)
                if whole or counts:
                    status = process.wait() if whole else 0
                    self._check(arguments, status, complaints, counts=counts)

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

    def follow(
        self,
        *arguments: str,
        hear: Callable[[bytes], None],
        stdin: bytes = b"",
        patience: float | None = None,
        share: Sequence[int] = (),
    ) -> tuple[int, bytes]:
        """Run one command to its end, and hear meanwhile what it says on stderr, line by line.

        Args:
            arguments: the command.
            hear: takes each line, those that overwrite one another on a terminal too.
            stdin: what it reads.
            patience: seconds after which it is killed; ``None``: it may take its time.
            share: open files that it and its children hold as long as one of them lives.

        Returns:
            What it ended with, and what it wrote.

        Raises:
            TimeoutError: it was killed for want of patience.
        """
        with TemporaryFile() as given, TemporaryFile() as written:
            given.write(stdin)
            given.seek(0)
            command = ["git", "-C", str(self.directory), *arguments]
            process = self._launch(
                arguments[0],
                lambda: _Group(
                    command,
                    stdin=given,
                    stdout=written,
                    stderr=subprocess.PIPE,
                    env=self.environment,
                    start_new_session=True,
                    pass_fds=share,
                ),
            )
            with self._ending(process):
                for line in _lines(cast(IO[bytes], process.stderr), patience):
                    hear(line)
                status = process.wait()
            written.seek(0)
            return status, written.read()

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            GitFailedError: everything is to stop.
        """
        if self._stopped.wait(seconds):
            raise GitFailedError("wait", -9, "stopped")

    def stop(self) -> None:
        """End what runs and start nothing more."""
        with self._lock:
            self._stopped.set()
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
                command, stdin=stdin, stdout=stdout, stderr=stderr, env=self.environment
            ),
        )

    def _launch(
        self, name: str, start: Callable[[], subprocess.Popen[bytes]]
    ) -> subprocess.Popen[bytes]:
        """Start a process that :meth:`stop` knows of."""
        with self._lock:
            if self._stopped.is_set():
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
    def _check(
        arguments: Sequence[str], status: int, complaints: IO[bytes], *, counts: bool = False
    ) -> None:
        """Take a crash for a failure like any other: tried again, it would be the same."""
        if -status in _CRASHES:
            status = _SIGNALLED - status
        if status or counts:
            end = complaints.seek(0, os.SEEK_END)
            complaints.seek(max(0, end - _STDERR_LIMIT))
            text = complaints.read().decode("utf-8", "replace").strip()
            if status or _DAMAGE.search(text):
                raise GitFailedError(_name(arguments), status or 1, text)


def _name(arguments: Sequence[str]) -> str:
    """The command itself, after a setting."""
    return arguments[2] if arguments[0] == "-c" else arguments[0]


def _lines(stream: IO[bytes], patience: float | None) -> Iterator[bytes]:
    """Give what comes, cut at line feeds and carriage returns, until the end.

    Raises:
        TimeoutError: that end did not come in time.
    """
    deadline = None if patience is None else time.monotonic() + patience
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not selector.select(left):
                raise TimeoutError
            piece = os.read(stream.fileno(), _PIECE)
            *lines, rest = (rest + piece).replace(b"\r", b"\n").split(b"\n")
            yield from (line for line in [*lines, *([] if piece else [rest])] if line)
            if not piece:
                return
