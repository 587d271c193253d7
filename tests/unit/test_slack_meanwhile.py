"""Replies that come while a channel is read, to threads that were looked at already."""

from collections.abc import Iterator

import pytest

from sources.testing.case import Mirror
from tests.support.slack import Channel, Fault, SlackServer, User, slack_server
from tests.support.slack_history import people, reader
from tests.support.slack_reading import read


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


def replies(mirror: Mirror) -> list[str]:
    found = mirror.events.values()
    return sorted(event.title for event in found if event.kind == "slack.reply")


def follow(server: SlackServer, mirror: Mirror) -> Mirror:
    """Read on, a week later, so that all of history is looked through."""
    server.clock.move(days=8)
    return mirror.take(read(server, mirror.cursor), full=False)


def test_one_that_is_older_than_another_thread_s_newest_is_found(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    later = channel.say("Looked at last", user=ada)
    first = channel.say("Looked at first", user=ada)
    for parent in (later, first):
        channel.reply(parent, "Known", user=ada)
    server.clock.move(days=60)

    def go_on() -> None:
        for parent, text in ((first, "Quick"), (later, "Slow")):
            server.clock.move(minutes=1)
            channel.reply(parent, text, user=ada)

    server.manners.sizes = iter([1] * 30)
    server.faults.append(Fault(match=r"conversations\.history", after=2, act=go_on))
    mirror = Mirror().take(read(server), full=True)
    server.manners.sizes = iter(())
    assert replies(follow(server, mirror)) == ["Known", "Known", "Quick", "Slow"]


def test_one_that_was_read_before_it_was_counted_is_missed_when_it_is_deleted(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    parent = channel.say("Old", user=ada)
    channel.reply(parent, "Known", user=ada)
    server.clock.move(days=60)
    late = []

    def go_on() -> None:
        server.clock.move(minutes=1)
        late.append(channel.reply(parent, "Late", user=ada))

    server.faults.append(Fault(match=r"conversations\.replies", act=go_on))
    mirror = Mirror().take(read(server), full=True)
    assert replies(mirror) == ["Known", "Late"]
    channel.delete(late[0])
    assert replies(follow(server, mirror)) == ["Known"]
