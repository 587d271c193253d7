"""A repository on a server under Dagster: its secret by name, its copy in the home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from pipelines.config import EnvReference
from tests.support.bench import SOURCE, Bench
from tests.support.git_server import Fault, GitServer, git_server

VARIABLE = "DAYBOOK_TEST_TOKEN"
SECRET = "s3cr3t-of-a-server"  # noqa: S105


@pytest.fixture
def server(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitServer]:
    """The bench's repository on a server that asks for a secret."""
    monkeypatch.setenv(VARIABLE, SECRET)
    with git_server(tmp_path) as made:
        made.secret = SECRET
        bench.details |= {
            "config": {"url": f"{made.url}/code", "root_dir": None},
            "credentials": {"token": EnvReference(name=VARIABLE)},
            "cache_dir": bench.home / "cache",
        }
        yield made


def everything_said(instance: DagsterInstance) -> str:
    runs = instance.get_run_records()
    events = [event for run in runs for event in instance.all_logs(run.dagster_run.run_id)]
    return repr((runs, events))


def test_it_is_synced_and_looked_at(bench: Bench, server: GitServer) -> None:
    bench.run(bench.ask())
    assert bench.store.count() == 3
    assert (bench.home / "cache" / SOURCE / "repository.git" / "HEAD").exists()
    server.requests.clear()
    assert "nothing new" in bench.skip()
    assert server.lists() == 2, "one without the secret, which is asked for, one with it"
    bench.repository.commit("One more")
    bench.run(bench.ask())
    assert bench.store.count() == 4
    bench.refresh("2024-01", "2024-02")
    assert bench.store.count() == 4
    assert SECRET not in everything_said(bench.instance)


def test_a_server_that_asks_to_wait_is_waited_for(bench: Bench, server: GitServer) -> None:
    request = bench.ask()
    server.fault = Fault(status=429, headers={"Retry-After": "3600"})
    bench.run(request, succeed=False)
    said = bench.skip()
    assert "until" in said or "after" in said or "again" in said, said
    assert SECRET not in everything_said(bench.instance)
