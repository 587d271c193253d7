"""Answers that say less than Slack's do today: nothing is lost, doubled or withdrawn for it."""

import logging
from collections.abc import Iterator

import pytest

from sources.testing.case import Mirror
from tests.support.slack import Fault, SlackServer, slack_server
from tests.support.slack_history import change, eventful_channel, expected, grow, people, reader
from tests.support.slack_reading import events, held, look, read


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with slack_server() as made:
        yield made


@pytest.mark.parametrize("size", [2, 7])
def test_pages_that_only_say_that_there_are_more_are_followed(
    server: SlackServer, size: int
) -> None:
    made = eventful_channel(server.workspace, "general")
    server.manners.cursors = False
    server.manners.sizes = iter([size] * 60)
    mirror = Mirror().take(read(server), full=True)
    mirror.compare(list(expected(made)), "first")
    grow(made)
    change(made)
    server.manners.sizes = iter([size] * 90)
    mirror.take(read(server, mirror.cursor), full=False)
    server.clock.move(days=8)
    server.manners.sizes = iter([size] * 90)
    mirror.take(read(server, mirror.cursor), full=False)
    mirror.compare(list(expected(made)), "later")


def test_pages_of_one_message_that_name_no_next_one_are_followed(server: SlackServer) -> None:
    ada, _ = people(server.workspace)
    made = server.workspace.channel("general", ada, reader(server.workspace))
    for number in range(9):
        made.say(f"Message {number}", user=ada)
    server.manners.cursors = False
    server.manners.sizes = iter([1] * 90)
    Mirror().take(read(server), full=True).compare(list(expected(made)), "one by one")


def test_a_thread_that_does_not_say_when_it_went_on_is_asked_for(server: SlackServer) -> None:
    ada, _ = people(server.workspace)
    made = server.workspace.channel("general", ada, reader(server.workspace))
    server.manners.latest_reply = False
    parent = made.say("Parent", user=ada)
    made.reply(parent, "One", user=ada)
    mirror = Mirror().take(read(server), full=True)
    server.manners.latest_reply = True
    read(server, mirror.cursor)
    server.manners.latest_reply = False
    for number in range(3):
        server.clock.move(days=5 + number)
        made.reply(parent, f"Answer {number}", user=ada)
        mirror.take(read(server, mirror.cursor), full=False)
    server.clock.move(days=8)
    made.reply(parent, "Late", user=ada)
    mirror.take(read(server, mirror.cursor), full=False)
    mirror.compare(list(expected(made)), "threads")


def test_a_thread_beside_one_that_says_nothing_is_still_followed(server: SlackServer) -> None:
    ada, _ = people(server.workspace)
    made = server.workspace.channel("general", ada, reader(server.workspace))
    first, second = made.say("First", user=ada), made.say("Second", user=ada)
    for parent in (first, second):
        made.reply(parent, "One", user=ada)
    server.manners.latest_reply = False
    mirror = Mirror().take(read(server), full=True)
    server.manners.latest_reply = True
    server.clock.move(hours=1)
    made.reply(second, "Two", user=ada)
    assert "Two" in [event.title for event in events(read(server, mirror.cursor))]


def test_a_list_that_begins_earlier_than_it_should_is_cut(server: SlackServer) -> None:
    made = eventful_channel(server.workspace, "general")
    server.manners.oldest = False
    mirror = Mirror().take(read(server), full=True)
    mirror.compare(list(expected(made)), "first")
    assert not look(server, mirror.cursor).new
    assert events(read(server, mirror.cursor)) == []
    grow(made)
    mirror.take(read(server, mirror.cursor), full=False)
    mirror.compare(list(expected(made)), "later")


def test_a_private_channel_that_does_not_say_who_is_in_it_is_read(server: SlackServer) -> None:
    told = {
        "ok": True,
        "channels": [{"id": "G1", "name": "closed", "is_private": True, "created": 1700000000}],
    }
    reader(server.workspace)
    server.faults.append(Fault(match="private_channel", times=1, status=200, data=told))
    history = {
        "ok": True,
        "messages": [
            {"type": "message", "ts": "1700000001.000100", "text": "Hidden", "user": "U1"}
        ],
        "has_more": False,
    }
    server.faults.append(Fault(match="conversations.history", times=9, status=200, data=history))
    found = held(server, channels=["closed"]).values()
    assert "Hidden" in [event.title for event in found]


def test_a_bot_that_is_in_no_channel_is_told_what_to_do(
    server: SlackServer, caplog: pytest.LogCaptureFixture
) -> None:
    ada, _ = people(server.workspace)
    server.workspace.channel("aloof", ada)
    reader(server.workspace)
    with caplog.at_level(logging.WARNING):
        assert events(read(server)) == []
    assert "the bot is in none" in caplog.text
    assert "/invite @bot" in caplog.text
