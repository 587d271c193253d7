"""Whom the server runs as: PostgreSQL refuses to run as root."""

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from resources.embedded import run_as
from sources.errors import ConfigError

SYSTEM_USER = "daybook"
_TRIES = 5
_LIST = "/etc"
"""The directory in which the list of users is replaced; its lock outlasts that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system user that owns the server's files and runs its processes."""

    uid: int
    gid: int
    foreign: bool

    def command(self, command: Sequence[str | Path], directory: Path) -> list[str | Path]:
        """Give what to run so that this user runs ``command`` in ``directory``.

        The user need not be able to walk there; see :meth:`name_of`.
        """
        if not self.foreign:
            return list(command)
        starter = (sys.executable, "-I", "-S", run_as.__file__)
        return [*starter, str(self.uid), str(self.gid), directory, *command]

    def name_of(self, directory: Path) -> Path:
        """Name the directory of such a command as the command itself reaches it."""
        return Path(run_as.DIRECTORY) if self.foreign else directory

    def own(self, path: Path) -> None:
        """Make this user the owner of ``path``."""
        if self.foreign:
            os.chown(path, self.uid, self.gid)


def find_account(data: Path) -> Account:
    """Choose the user for the cluster in ``data``: the owner of it, else oneself, never root.

    Raises:
        ConfigError: the cluster is somebody else's, or root cannot create the system user.
    """
    me = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    if me != 0:
        if owner not in {None, me}:
            raise ConfigError(
                f"{data} belongs to user id {owner}, not to you",
                remedy="Run as that user, or set DAYBOOK_HOME to a directory of your own",
            )
        return Account(uid=me, gid=os.getegid(), foreign=False)
    entry = pwd.getpwuid(owner) if owner else _ensure_system_user()
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, foreign=True)


def _find_system_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


@contextmanager
def _making_users() -> Iterator[None]:
    """Make the user while no other process of ours does.

    ``useradd`` looks for the name before it locks the list: of two at once the second replaces what
    the first has made, under another number.
    """
    held = os.open(_LIST, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _ensure_system_user() -> pwd.struct_passwd:
    if entry := _find_system_user():
        return entry
    with _making_users():
        return _make_system_user()


def _make_system_user() -> pwd.struct_passwd:
    reason = "there is no useradd"
    for _ in range(_TRIES):
        if entry := _find_system_user():
            return entry
        useradd = shutil.which("useradd")
        if useradd is None:
            break
        # Another program may hold the lock of the user list.
        attempt = subprocess.run(
            [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=False,
            capture_output=True,
            text=True,
        )
        reason = attempt.stderr.strip()
        if attempt.returncode != 0:
            time.sleep(0.5)
    if entry := _find_system_user():
        return entry
    raise ConfigError(
        f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} cannot be made: "
        f"{reason}",
        remedy=f"Create the user {SYSTEM_USER}, run as an ordinary user, or set "
        "DAYBOOK_DATABASE_URL",
    )
