"""A run that still waits in the queue when ``daybook up`` ends is made by the next one."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from pipelines.cli.children import find_marked
from tests.support.dagster_site import Site
from tests.support.databases import execute
from tests.support.places import Place
from tests.support.ups import up
from tests.support.waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) { __typename ... on LaunchRunSuccess { run { runId } } }
}
"""
_REFRESH = {
    "selector": {
        "repositoryLocationName": "daybook",
        "repositoryName": "__repository__",
        "jobName": "__ASSET_JOB",
        "assetSelection": [{"path": ["sources", "demo"]}],
    },
    "executionMetadata": {"tags": [{"key": "dagster/partition", "value": "2024-01"}]},
}


def find_below(place: Place, word: str) -> psutil.Process | None:
    """One of Dagster's processes of a home, by a word of its command."""
    for process in find_marked(place.home):
        if word in process.cmdline():
            return process
    return None


@contextmanager
def held(process: psutil.Process) -> Iterator[None]:
    """Let a process do nothing meanwhile."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if process.is_running():
            os.kill(process.pid, signal.SIGCONT)


def test_a_queued_run_waits_for_the_code_server_of_the_next_start(place: Place) -> None:
    database = place.settings["DAYBOOK_DATABASE_URL"]
    with up(place) as first:
        site = Site(url=first.url)
        daemon = find_below(place, "dagster._daemon")
        assert daemon is not None
        with held(daemon):
            run_id = site.ask(_LAUNCH, params=_REFRESH)["run"]["runId"]
            first.process.kill()
            first.process.wait()
            daemon.kill()

    def status() -> str:
        ((found,),) = execute(
            database, f"select status from dagster.runs where run_id = '{run_id}'"
        )
        return str(found)

    assert status() == "QUEUED"
    with up(place) as again:
        wait_until(lambda: status() not in {"QUEUED", "STARTING", "STARTED"}, PATIENCE, "its end")
        assert status() == "SUCCESS", again.words
