"""The server's main process: who it is, whether it lives, what a dead one left behind."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from sources.errors import ConfigError

logger = logging.getLogger(__name__)

_LINES = 8  # pid, data, start, port, socket directory, address, shared memory, status
_PROGRAMS = ("postgres", "initdb")
_PATIENCE = 3.0  # seconds that an orphan gets to end by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmaster:
    """A living server, as its ``postmaster.pid`` describes it."""

    pid: int
    socket_directory: Path
    status: str

    @property
    def ready(self) -> bool:
        """Does it take connections?"""
        return self.status == "ready"


def find_postmaster(data: Path) -> Postmaster | None:
    """Return the living server of the cluster in ``data``, if there is one.

    A process id alone proves nothing: after a reboot it may be anybody's. The server is the
    PostgreSQL process that works in ``data``.

    Raises:
        ConfigError: another user's, whose directory is closed.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    except PermissionError as error:
        raise ConfigError(
            f"{data} is not yours to read",
            remedy="Run as the user who owns it, or set DAYBOOK_HOME",
        ) from error
    if not _works_in(data, pid):
        return None
    lines += [""] * (_LINES - len(lines))
    # Where the server runs as another user, its directory is named from where it stands.
    socket_directory = Path(os.path.normpath(data / lines[4].strip()))
    return Postmaster(pid=pid, socket_directory=socket_directory, status=lines[7].strip())


def clear_remains(data: Path, socket_directory: Path) -> None:
    """Remove what a server that died without a farewell left, so that the next can start.

    That is: processes of its own that still run, its pid file (PostgreSQL would believe it, if
    the number is in use again), its socket and the socket's lock file. To be called only when
    no server lives, and by one process at a time.
    """
    end_orphans(data)
    (data / "postmaster.pid").unlink(missing_ok=True)
    for remains in socket_directory.glob(".s.PGSQL.*"):
        remains.unlink(missing_ok=True)


def end_orphans(directory: Path) -> None:
    """End PostgreSQL's processes that work in ``directory`` or below it, and wait for that."""
    orphans = list(_find_orphans(directory))
    for orphan in orphans:
        logger.warning("ending process %s, left over in %s", orphan.pid, directory)
        with suppress(psutil.NoSuchProcess):  # it ended just now, with its parent
            orphan.terminate()
    for survivor in psutil.wait_procs(orphans, timeout=_PATIENCE)[1]:
        with suppress(psutil.NoSuchProcess):
            survivor.kill()
    psutil.wait_procs(orphans, timeout=_PATIENCE)


def _works_in(data: Path, pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.name().startswith(_PROGRAMS)
            and Path(process.cwd()).is_relative_to(data)
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _find_orphans(directory: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["name"]):
        name = process.info["name"] or ""
        if name.startswith(_PROGRAMS) and _works_in(directory, process.pid):
            yield process
