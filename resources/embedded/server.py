"""Start, share and stop one bundled server, safely among several processes."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import filelock

from resources.embedded.account import find_account
from resources.embedded.cluster import PORT, Cluster
from resources.embedded.complaints import explain
from resources.embedded.handle import ServerHandle, ServerStatus
from resources.embedded.launch import Report, Wait, launch, shut_down
from resources.embedded.postmaster import Postmaster, clear_remains, find_postmaster
from sources.errors import ConfigError, DaybookError, UnavailableError

logger = logging.getLogger(__name__)

# The last one is the sign that the first start was completed.
DATABASES: Final = ("dagster", "daybook")


class EmbeddedPostgres:
    """The bundled PostgreSQL of one ``DAYBOOK_HOME``.

    Any number of processes may use it at once; each calls :meth:`ensure_running` and none needs
    to know who was first. The server lives in a session of its own, so a Ctrl-C in a terminal
    does not reach it, and stays until :meth:`stop`.
    """

    def __init__(self, home: Path, *, timeout: float = 600.0, report: Report | None = None) -> None:
        """Name the server; nothing is started or touched yet.

        Args:
            home: the state directory; the server's files go to ``home/postgres``.
            timeout: seconds to wait for a server that starts or recovers.
            report: told in one line, every five seconds, what is waited for.
        """
        self._cluster = Cluster(home.expanduser().resolve() / "postgres")
        self._timeout = timeout
        self._report = report or logger.info
        self._wait = Wait(log=self._cluster.log, timeout=timeout, report=self._report)

    def ensure_running(self) -> ServerHandle:
        """Return the running server, started, healed or merely found.

        Raises:
            ConfigError: the directory cannot hold a server; says why and what to do.
            UnavailableError: recovery takes longer than ``timeout``.
            StoreError: the disk is full, or PostgreSQL refuses to start.
        """
        if self._cluster.data.exists() and (handle := self._find_ready()):
            return handle
        with self._one_at_a_time():
            return self._find_ready() or self._start()

    def stop(self, *, force: bool = False) -> bool:
        """Stop the server, unless somebody else uses it.

        Args:
            force: stop it nevertheless; its clients lose their connections, no data.

        Returns:
            Whether no server runs now.
        """
        if not self._cluster.root.is_dir():
            return True
        with self._one_at_a_time():
            server = find_postmaster(self._cluster.data)
            if server is None:
                return True
            if not force and (self._is_held() or self._count_clients(server)):
                return False
            shut_down(self._cluster)
            self._cluster.tidy_after_stop()
            return True

    def status(self) -> ServerStatus:
        """Look at the server without starting it."""
        server = find_postmaster(self._cluster.data)
        return ServerStatus(
            running=server is not None,
            data=self._cluster.data,
            log=self._cluster.log,
            pid=server.pid if server else None,
            socket_directory=server.socket_directory if server else None,
            clients=self._count_clients(server) if server and server.ready else None,
        )

    def url(self, dbname: str = "daybook", *, scheme: str = "postgresql") -> str:
        """Start the server if need be and return :meth:`ServerHandle.url`."""
        return self.ensure_running().url(dbname, scheme=scheme)

    @contextmanager
    def hold(self) -> Iterator[ServerHandle]:
        """Keep the server from being stopped by others, even while no connection is open.

        A hold ends with its process, however that dies.
        """
        self._make_root()
        with (self._cluster.root / "holders.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield self.ensure_running()

    def _is_held(self) -> bool:
        with (self._cluster.root / "holders.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _make_root(self) -> None:
        try:
            self._cluster.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"{self._cluster.root} cannot be made: {error.strerror}",
                remedy="Set DAYBOOK_HOME to a directory you may write to",
            ) from error

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        self._make_root()
        lock = filelock.FileLock(self._cluster.root / "start.lock")
        try:
            with lock.acquire(timeout=self._timeout):
                yield
        except DaybookError:
            raise
        except filelock.Timeout as error:
            raise UnavailableError(
                f"Another process has been starting the server in {self._cluster.root} for "
                f"{self._timeout:.0f} s",
                remedy="Wait for it, then try again",
            ) from error
        except PermissionError as error:
            raise ConfigError(
                f"{error.filename} is not yours to write",
                remedy="Run as the user who owns it, or set DAYBOOK_HOME",
            ) from error
        except OSError as error:
            raise explain(str(error), self._cluster.root) from error

    def _find_ready(self) -> ServerHandle | None:
        server = find_postmaster(self._cluster.data)
        if server is None or not server.ready:
            return None
        try:
            databases = self._handle(server, started=False).ask(
                "daybook", "select datname from pg_database"
            )
        except UnavailableError:
            return None
        if not set(DATABASES) <= {name for (name,) in databases}:
            return None
        return self._handle(server, started=False)

    def _start(self) -> ServerHandle:
        account = find_account(self._cluster.data)
        if not self._cluster.exists():
            self._report("Making a PostgreSQL cluster")
            self._cluster.create(account)
        server = self._await_settled()
        started = server is None
        if server is None:
            clear_remains(self._cluster.data, self._cluster.socket_directory)
            self._cluster.prepare_start(account)
            server = launch(self._cluster, account, self._wait)
        self._ensure_databases(server)
        return self._handle(server, started=started)

    def _await_settled(self) -> Postmaster | None:
        """Wait for a server that somebody else left starting or stopping; end a mute one."""

        def settled() -> bool:
            server = find_postmaster(self._cluster.data)
            return server is None or server.ready

        self._wait.until(settled, "the PostgreSQL server that is starting or stopping")
        server = find_postmaster(self._cluster.data)
        if server and not (server.socket_directory / f".s.PGSQL.{PORT}").exists():
            logger.warning("the server's socket is gone, so nobody can reach it: starting anew")
            shut_down(self._cluster)
            return None
        return server

    def _ensure_databases(self, server: Postmaster) -> None:
        found = {
            name
            for (name,) in self._handle(server, started=False).ask(
                "postgres", "select datname from pg_database"
            )
        }
        for name in DATABASES:
            if name not in found:
                self._handle(server, started=False).ask("postgres", f"create database {name}")

    def _count_clients(self, server: Postmaster) -> int:
        ((count,),) = self._handle(server, started=False).ask(
            "postgres",
            "select count(*) from pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_backend_pid()",
        )
        return int(str(count))

    def _handle(self, server: Postmaster, *, started: bool) -> ServerHandle:
        return ServerHandle(
            pid=server.pid,
            socket_directory=server.socket_directory,
            password=self._cluster.read_password(),
            started=started,
        )
