"""Whom the server runs as: PostgreSQL refuses to run as root."""

import logging
import os
import pwd
import shutil
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from sources.errors import ConfigError

logger = logging.getLogger(__name__)

SYSTEM_USER = "daybook"
_TRIES = 5


class Identity(TypedDict, total=False):
    """Arguments of ``subprocess`` that give a process its user; empty for one's own."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system user that owns the server's files and runs its processes."""

    uid: int
    gid: int
    foreign: bool

    def identity(self) -> Identity:
        """The arguments for ``subprocess`` that start a process as this user."""
        if not self.foreign:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Make this user the owner of ``path``."""
        if self.foreign:
            os.chown(path, self.uid, self.gid)

    def open_way_to(self, path: Path) -> None:
        """Let this user walk to ``path``: the search bit, not the right to list or read.

        Only root gets here with another user's account; nobody else's directories change.
        """
        for directory in path.parents if self.foreign else ():
            if not _may_search(self, directory.stat()):
                logger.info("letting the server's user pass through %s", directory)
                directory.chmod(stat.S_IMODE(directory.stat().st_mode) | stat.S_IXOTH)


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


def _may_search(account: Account, status: os.stat_result) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _find_system_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


def _ensure_system_user() -> pwd.struct_passwd:
    reason = "there is no useradd"
    for _ in range(_TRIES):
        if entry := _find_system_user():
            return entry
        useradd = shutil.which("useradd")
        if useradd is None:
            break
        # Another process may be creating the same user or hold the lock of the user list.
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
