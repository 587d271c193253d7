"""A workspace of Slack under Dagster: limits end a run, and the sensor goes on after them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from dagster import SensorResult

from pipelines.config import EnvReference
from tests.pipelines.test_remote_source import everything_said
from tests.support import slack_history
from tests.support.bench import Bench
from tests.support.slack import Channel, SlackServer, failing, slack_server

VARIABLE = "DAYBOOK_TEST_TOKEN"


@pytest.fixture
def server(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackServer]:
    """The bench's source is a workspace of Slack."""
    monkeypatch.setenv(VARIABLE, slack_history.TOKEN)
    with slack_server() as made:
        bench.details |= {
            "type": "slack",
            "config": {"base_url": made.url},
            "credentials": {"bot_token": EnvReference(name=VARIABLE)},
        }
        yield made


@pytest.fixture
def channel(server: SlackServer) -> Channel:
    return slack_history.eventful_channel(server.workspace, "general")


def test_a_limit_that_holds_long_keeps_what_was_read_and_is_waited_for(
    bench: Bench, server: SlackServer, channel: Channel
) -> None:
    request = bench.ask()
    limit = {"Retry-After": "7200"}
    server.faults.append(
        failing("ratelimited", "replies", times=None, status=429, headers=limit, after=3)
    )
    bench.run(request)
    assert 0 < bench.store.count() < len(list(slack_history.expected(channel)))
    assert "going on at" in bench.skip()
    assert slack_history.TOKEN not in everything_said(bench.instance)


def test_a_budget_that_is_spent_ends_a_run_well_and_the_next_tick_goes_on(
    bench: Bench, channel: Channel
) -> None:
    bench.details["config"]["budget"] = 9
    bench.details["every"] = timedelta(hours=1)
    runs = [bench.run(bench.ask())]
    kept = bench.store.count()
    while isinstance(answer := bench.tick(), SensorResult) and answer.run_requests:
        runs.append(bench.run(answer.run_requests[0]))
        assert len(runs) < 20
    assert len(runs) > 1
    assert 0 < kept < bench.store.count() == len(list(slack_history.expected(channel)))


def test_what_is_said_later_is_asked_for_and_a_quiet_look_asks_for_nothing(
    bench: Bench, channel: Channel
) -> None:
    bench.run(bench.ask())
    bench.skip()
    slack_history.grow(channel)
    bench.run(bench.ask())
    assert bench.store.count() == len(list(slack_history.expected(channel)))
