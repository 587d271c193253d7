"""Start and stop the server's main process, and wait with a deadline."""

import logging
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from resources.embedded.account import Account, find_account
from resources.embedded.cluster import Cluster
from resources.embedded.complaints import explain, tells_no_cause
from resources.embedded.postmaster import Postmaster, find_postmaster
from resources.embedded.programs import clean_environment, server_program
from sources.errors import StoreError, UnavailableError

logger = logging.getLogger(__name__)

_POLL = 0.05
_REPORT_EVERY = 5.0
_STOP_PATIENCE = 60

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Patience of ``timeout`` seconds that tells ``report`` every five what it waits for."""

    log: Path
    timeout: float
    report: Report

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Return when ``done`` says so.

        Raises:
            UnavailableError: it did not in time.
        """
        start = told = time.monotonic()
        while not done():
            now = time.monotonic()
            if now - start > self.timeout:
                raise UnavailableError(
                    f"Waited {self.timeout:.0f} s for {what}",
                    remedy=f"It goes on by itself; try again later. {self.log} says more",
                )
            if now - told > _REPORT_EVERY:
                told = now
                self.report(f"Waiting for {what} ({now - start:.0f} s)")
            time.sleep(_POLL)


def launch(cluster: Cluster, account: Account, wait: Wait) -> Postmaster:
    """Start the server as ``account`` and wait until it takes connections.

    Raises:
        ConfigError: it may not use its files.
        StoreError: the disk is full, or it does not start; the message has its last complaint.
        UnavailableError: it still recovers when patience ends, or it was killed.
    """
    position = cluster.log.stat().st_size if cluster.log.exists() else 0
    command = (server_program("pg_ctl", account), "start", "-s", "-w")
    patience = ("-t", str(round(wait.timeout) + 1))
    with cluster.log.open("ab") as log:
        # pg_ctl puts the server into a session of its own and tells when it died at once.
        starter = subprocess.Popen(
            account.command((*command, *patience), cluster.data),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=cluster.data,
            env={**clean_environment(), "PGDATA": str(account.name_of(cluster.data))},
            start_new_session=True,
        )
    try:
        wait.until(lambda: starter.poll() is not None, "PostgreSQL, which recovers")
    finally:
        starter.kill()
        code = starter.wait()
    server = find_postmaster(cluster.data)
    if server is None or not server.ready:
        said = _read_from(cluster.log, position)
        if tells_no_cause(said):
            raise UnavailableError(
                f"PostgreSQL in {cluster.root} was killed while it started (pg_ctl: {code})",
                remedy=f"Try again; {cluster.log} and the system's log say more",
            )
        raise explain(said, cluster.root, code=code)
    logger.info("PostgreSQL runs as process %s in %s", server.pid, cluster.data)
    return server


def shut_down(cluster: Cluster) -> None:
    """Stop the server of ``cluster``: politely, then without waiting for its checkpoint.

    Raises:
        StoreError: it lives on.
    """
    account = find_account(cluster.data)
    pg_ctl = server_program("pg_ctl", account)
    command = (pg_ctl, "stop", "-s", "-w", "-t", str(_STOP_PATIENCE))
    for mode in ("fast", "immediate"):
        attempt = subprocess.run(
            account.command((*command, "-m", mode), cluster.data),
            check=False,
            capture_output=True,
            text=True,
            cwd=cluster.data,
            env={**clean_environment(), "PGDATA": str(account.name_of(cluster.data))},
        )
        if attempt.returncode == 0 or find_postmaster(cluster.data) is None:
            return
    raise StoreError(
        f"PostgreSQL in {cluster.data} does not stop: {attempt.stderr.strip()}",
        remedy=f"{cluster.log} says more",
    )


def _read_from(log: Path, position: int) -> str:
    with log.open("rb") as file:
        file.seek(position)
        return file.read().decode(errors="replace")
