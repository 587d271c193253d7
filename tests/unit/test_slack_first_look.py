"""Reading a channel for the first time, and what a channel shows of threads that are not read."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from sources.slack import SlackEventSource
from sources.testing.case import Mirror, drain
from tests.support.slack import Channel, SlackServer, User, slack_server
from tests.support.slack_history import TOKEN, eventful_channel, expected, people, reader
from tests.support.slack_reading import events, held, read, settings


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with slack_server() as made:
        yield made


@pytest.fixture
def ada(server: SlackServer) -> User:
    return people(server.workspace)[0]


@pytest.fixture
def channel(server: SlackServer, ada: User) -> Channel:
    return server.workspace.channel("general", ada, reader(server.workspace), creator=ada)


def asked(server: SlackServer, method: str) -> int:
    return sum(method in line for line in server.lines())


def test_a_small_channel_is_read_with_one_request_however_old_it_is(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    for number in range(40):
        server.clock.move(days=3)
        channel.say(f"Message {number}", user=ada)
    read(server)
    once = asked(server, "conversations.history")
    assert once == 2  # the try of ``validate`` is one of them
    Mirror().take(read(server), full=True).compare(list(expected(channel)), "one list")


@pytest.mark.parametrize("spread", [1, 40])
def test_a_channel_of_many_pages_is_read_in_one_list(
    server: SlackServer, channel: Channel, ada: User, spread: int
) -> None:
    for number in range(2_500):
        server.clock.move(minutes=spread)
        channel.say(f"Message {number}", user=ada)
    mirror = Mirror().take(read(server), full=True)
    mirror.compare(list(expected(channel)), "one list")
    assert asked(server, "conversations.history") == 4
    assert events(read(server, mirror.cursor)) == []


@pytest.mark.parametrize("budget", [5, 6, 9])
def test_what_was_cut_off_goes_on_where_it_was(server: SlackServer, budget: int) -> None:
    made = eventful_channel(server.workspace, "general")
    mirror = Mirror()

    async def once() -> bool:
        given = settings(server, budget=budget) | {"cursor": mirror.cursor}
        async with await SlackEventSource.create({"bot_token": TOKEN}, given) as source:
            mirror.take(await drain(source), full=False)
            return source.cut_short

    for _ in range(60):
        if not asyncio.run(once()):
            break
    mirror.compare(list(expected(made)), "cut off")


def test_without_threads_a_reply_that_was_sent_to_the_channel_too_is_read(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    parent = channel.say("Parent", user=ada)
    channel.reply(parent, "To the thread", user=ada)
    channel.reply(parent, "To all", user=ada, broadcast=True)
    server.clock.move(days=30)
    titles = [event.title for event in held(server, threads=False).values()]
    assert "To all" in titles
    assert "To the thread" not in titles
    assert asked(server, "conversations.replies") == 0


def test_a_reply_to_what_was_said_before_since_is_read_if_the_channel_shows_it(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    parent = channel.say("Before", user=ada)
    server.clock.move(days=30)
    since = (server.clock.now() - timedelta(days=1)).isoformat()
    channel.reply(parent, "Late", user=ada, broadcast=True)
    assert [event.title for event in held(server, since=since).values()] == ["Late"]
