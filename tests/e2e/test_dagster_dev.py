"""``dagster dev`` alone, on a home where nothing was ever started."""

import os
import socket
import sys
from pathlib import Path

import psutil
import pytest

from resources.embedded import EmbeddedPostgres
from resources.opening import open_store
from resources.stores.base import EventFilter
from tests.e2e.conftest import COMMITS
from tests.support.places import Place
from tests.support.processes import ROOT, environment, running, uncounted
from tests.support.repositories import Repository
from tests.support.waiting import PATIENCE, wait_until


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_its_code_server_starts_postgresql_and_reads_the_repository(
    tmp_path: Path, daybook_home: Path, repository: Repository
) -> None:
    """Also as root, where the server runs as another user: started by a process full of threads."""
    place = Place(folder=tmp_path, home=daybook_home)
    place.write_sources(
        {"id": "demo", "type": "filesystem", "config": {"root_dir": str(repository.path)}}
    )
    env = environment(
        DAYBOOK_HOME=str(daybook_home),
        DAYBOOK_SOURCES=str(tmp_path / "sources.yaml"),
        DAYBOOK_TICK_SECONDS="5",
        DAGSTER_DISABLE_TELEMETRY="yes",
        TMPDIR=str(daybook_home.parent),
    )
    env.pop("DAGSTER_HOME", None)
    server = EmbeddedPostgres(daybook_home)
    log = tmp_path / "dev.log"
    command = (sys.executable, "-m", "dagster", "dev", "-w", str(ROOT / "workspace.yaml"), "-p")
    with running((*command, str(_free_port())), env=uncounted(env), cwd=tmp_path, log=log):
        wait_until(lambda: server.status().running, PATIENCE, "the code server to start PostgreSQL")
        pid = server.status().pid
        assert pid is not None
        assert psutil.Process(pid).uids().real != 0
        assert os.getsid(pid) != os.getsid(0)
        with open_store(home=daybook_home, database_url=None) as store:
            wait_until(
                lambda: store.count(EventFilter(source="demo")) == COMMITS,
                PATIENCE,
                f"the events: {log.read_text()[-2000:]}",
            )
        assert "Traceback" not in log.read_text(), "before it is told to end"
    assert server.status().running, "it stays, as after a sync"


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
