"""Limits of Slack, method by method; limited apps; budgets; and what a reading would take."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from sources import BudgetSpentError, Estimate, RateLimitedError, UnavailableError
from sources.slack import SlackEventSource
from sources.slack.access import Access
from sources.slack.calls import Web
from sources.slack.config import SlackConfig, SlackCredentials
from sources.span import Span
from sources.testing.case import Mirror, drain
from tests.support.slack import Channel, SlackServer, User, failing, slack_server
from tests.support.slack_history import TOKEN, eventful_channel, expected, people, reader
from tests.support.slack_reading import SmallTalk, events, read, settings


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with slack_server() as made:
        reader(made.workspace)
        yield made


@pytest.fixture
def ada(server: SlackServer) -> User:
    return people(server.workspace)[0]


@pytest.fixture
def channel(server: SlackServer, ada: User) -> Channel:
    return server.workspace.channel("general", ada, reader(server.workspace), creator=ada)


@contextmanager
def timed(server: SlackServer, **more: Any) -> Iterator[SlackEventSource]:
    """A source whose time is the server's."""
    config = SlackConfig.model_validate(settings(server, **more))
    secrets = SlackCredentials(bot_token=SecretStr(TOKEN))
    yield SlackEventSource("demo", config, Access(config, secrets, "demo", server.clock))


def test_s8_each_limit_is_waited_for_as_long_as_it_says_and_other_methods_go_on(
    server: SlackServer, channel: Channel
) -> None:
    config = SlackConfig.model_validate(settings(server))
    access = Access(config, SlackCredentials(bot_token=SecretStr(TOKEN)), "demo", server.clock)
    limited = failing("ratelimited", "history", status=429, headers={"Retry-After": "30"})
    server.faults.append(limited)
    went: list[float] = []

    def meanwhile() -> None:
        went.append(server.clock.waits[-1])
        assert web.client.is_held("conversations.history")
        web.call("conversations.replies", params, lacking=("thread_not_found",))

    with access.open(threading.Event()) as client:
        web = Web(client, "demo")
        params = {"channel": channel.id, "ts": "1.000000"}
        server.clock.during = meanwhile
        assert web.call("conversations.history", {"channel": channel.id})["ok"]
        assert not client.is_held("conversations.history")
    assert went == [30.0]
    assert server.early == []


def test_s8_a_whole_workspace_is_read_through_the_tiers_and_nothing_is_asked_early(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    server.workspace.tokens[TOKEN].unlimited = False
    for number in range(130):
        server.clock.move(hours=5)
        parent = channel.say(f"Message {number}", user=ada)
        channel.reply(parent, "Answer", user=ada)
    with timed(server) as source:
        batches = asyncio.run(drain(source))
    assert len(events(batches)) == 261
    assert server.errors["ratelimited"] == len(server.clock.waits)
    assert server.early == []


def test_s8_messages_are_read_on_while_replies_have_to_wait(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    for number in range(1_500):
        server.clock.move(hours=2)
        channel.say(f"Message {number}", user=ada)
    for message in list(channel.messages.values())[::500]:
        channel.reply(message, "Answer", user=ada)
    wait = {"Retry-After": "600"}
    server.faults.append(failing("ratelimited", "replies", status=429, headers=wait))
    with timed(server) as source:
        batches = asyncio.run(drain(source))
    assert len(events(batches)) == 1_504
    asked = [asked.api for asked, _, _ in server.asked]
    assert "conversations.history" in asked[asked.index("conversations.replies") :]


def test_a_limit_that_holds_too_long_ends_the_reading_with_what_was_read(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    channel.say("Hello", user=ada)
    parent = channel.say("Parent", user=ada)
    channel.reply(parent, "Answer", user=ada)
    wait = {"Retry-After": "7200"}
    server.faults.append(failing("ratelimited", "replies", status=429, headers=wait))
    mirror = Mirror()
    with timed(server) as source:
        mirror.take(asyncio.run(drain(source)), full=True)
    assert source.cut_short
    assert source.resumes_at is not None
    assert len(mirror.events) == 3
    assert [one.title for one in events(read(server, mirror.cursor))] == ["Answer"]


def test_a_limit_before_anything_was_read_is_an_error(
    server: SlackServer, channel: Channel
) -> None:
    assert channel.id
    wait = {"Retry-After": "7200"}
    server.faults.append(failing("ratelimited", times=None, status=429, headers=wait))
    with timed(server) as source, pytest.raises(RateLimitedError) as caught:
        asyncio.run(drain(source))
    assert caught.value.retry_after == 7200


def test_s10_a_limited_app_is_recognised_and_told(
    server: SlackServer, channel: Channel, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(40):
        channel.say(f"Message {number}", user=ada)
    server.workspace.tokens[TOKEN].limited = True
    with timed(server) as source, caplog.at_level(logging.WARNING):
        assert asyncio.run(source.validate())
        assert "pages of 15 messages, one a minute: a limited app" in caplog.text
        server.clock.move(minutes=1)
        told = asyncio.run(source.estimate())
        assert told is not None
        assert "15 messages a minute" in told.words
        server.clock.move(minutes=1)
        assert len(events(asyncio.run(drain(source)))) == 41
    assert server.early == []


def test_an_error_that_passes_is_tried_again(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    channel.say("Hello", user=ada)
    server.faults.append(failing("internal_error", "history", times=2))
    server.faults.append(failing("service_unavailable", "users", status=503))
    with timed(server) as source:
        assert len(events(asyncio.run(drain(source)))) == 2


@pytest.mark.parametrize("method", ["auth.test", "conversations.history"])
@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "team_added_to_org"])
def test_an_error_that_stays_ends_the_reading(
    server: SlackServer, channel: Channel, error: str, method: str
) -> None:
    assert channel.id
    server.faults.append(failing(error, method, times=None))
    with timed(server) as source, pytest.raises(UnavailableError, match=error):
        asyncio.run(drain(source))
    assert server.count("fault") == 4


@pytest.mark.parametrize("budget", [7, 9, 12])
def test_a_budget_ends_a_reading_well_and_the_next_goes_on(
    server: SlackServer, budget: int
) -> None:
    made = eventful_channel(server.workspace, "general")
    mirror, readings = Mirror(), 0

    async def once() -> bool:
        given = settings(server, budget=budget) | {"cursor": mirror.cursor}
        async with await SmallTalk.create({"bot_token": TOKEN}, given) as source:
            mirror.take(await drain(source), full=not readings)
            return source.cut_short

    while asyncio.run(once()):
        readings += 1
        assert readings < 60
    assert readings
    mirror.compare(list(expected(made)), "budget")


def test_a_budget_that_is_too_small_for_anything_is_an_error(server: SlackServer) -> None:
    eventful_channel(server.workspace, "general")
    with pytest.raises(BudgetSpentError):
        read(server, budget=2)


def estimate(server: SlackServer, cursor: Any = None, span: Span | None = None) -> Estimate:
    async def ask() -> Estimate | None:
        source = await SlackEventSource.create(
            {"bot_token": TOKEN}, settings(server, budget=10) | {"cursor": cursor}
        )
        async with source:
            return await (source.windowed(*span) if span else source).estimate()

    told = asyncio.run(ask())
    assert told is not None
    return told


def test_what_a_reading_would_take_is_said_beforehand(server: SlackServer, ada: User) -> None:
    for name in range(14):
        made = server.workspace.channel(f"channel-{name}", ada, reader(server.workspace))
        for number in range(1_200):
            server.clock.move(minutes=20)
            message = made.say(f"Message {number}", user=ada)
            if number % 60 == 0:
                made.reply(message, "Answer", user=ada)
    server.workspace.channel("empty", ada, reader(server.workspace))
    told = estimate(server)
    assert "stand for all" in told.words
    assert "readings of 10 requests" in told.words
    server.asked.clear()
    cursor = read(server)[-1].cursor
    assert told.requests / 1.5 < len(server.asked) < told.requests * 1.5
    again = estimate(server, cursor)
    server.asked.clear()
    read(server, cursor)
    assert abs(again.requests - len(server.asked)) <= 3
    server.clock.move(days=8)
    assert estimate(server, cursor).requests > again.requests
    start = datetime(2024, 5, 3, tzinfo=UTC)
    window = estimate(server, span=(start, start.replace(day=4)))
    assert window.requests > 15
    first = next(iter(server.workspace.channels.values()))
    server.faults.append(failing("not_in_channel", f"history.*{first.id}", times=None))
    assert estimate(server).requests > 15
