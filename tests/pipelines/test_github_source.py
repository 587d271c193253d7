"""A repository on GitHub under Dagster: limits end a run, and the sensor goes on after them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from dagster import SensorResult

from pipelines.config import EnvReference
from tests.pipelines.test_remote_source import everything_said
from tests.support import github_history
from tests.support.bench import Bench
from tests.support.github import Fault, GitHubServer, github_server

VARIABLE = "DAYBOOK_TEST_TOKEN"
SECRET = "s3cr3t-of-github"  # noqa: S105


@pytest.fixture
def server(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubServer]:
    """The bench's source is a repository on GitHub."""
    monkeypatch.setenv(VARIABLE, SECRET)
    with github_server() as made:
        github_history.eventful_repository(made.site, "octo/cat")
        made.site.token(SECRET, limit=100_000)
        bench.details |= {
            "type": "github",
            "config": {"repo": "octo/cat", "base_url": made.url},
            "credentials": {"token": EnvReference(name=VARIABLE)},
        }
        yield made


def test_a_limit_that_holds_long_keeps_what_was_read_and_is_waited_for(
    bench: Bench, server: GitHubServer
) -> None:
    request = bench.ask()
    limit = {"Retry-After": "7200"}
    server.faults.append(Fault(match="/releases", times=None, status=403, headers=limit))
    bench.run(request)
    kept = bench.store.count()
    assert kept > 0
    for _ in range(3):
        assert "attempt 1 was turned away; going on at" in bench.skip()
    assert SECRET not in everything_said(bench.instance)


def test_a_limit_before_anything_was_read_fails_the_run_and_is_waited_for(
    bench: Bench, server: GitHubServer
) -> None:
    request = bench.ask()
    limit = {"Retry-After": "7200"}
    server.faults.append(Fault(times=None, status=403, headers=limit))
    bench.run(request, succeed=False)
    assert "attempt 1 failed; trying again at" in bench.skip()


def test_a_budget_that_is_spent_ends_a_run_well_and_the_next_tick_goes_on(
    bench: Bench, server: GitHubServer
) -> None:
    del server
    bench.details["config"]["budget"] = 12
    bench.details["every"] = timedelta(hours=1)
    runs = [bench.run(bench.ask())]
    kept = bench.store.count()
    while isinstance(answer := bench.tick(), SensorResult) and answer.run_requests:
        runs.append(bench.run(answer.run_requests[0]))
        assert len(runs) < 20
    assert len(runs) > 1
    assert 0 < kept < bench.store.count()
