"""Traps of Slack's Web API that other readers have fallen into, each with its number."""

import logging
from collections.abc import Iterator

import pytest

from sources import CredentialsError, DaybookError, EpisodicEvent, UnavailableError
from sources.testing.case import Mirror
from tests.support.slack import Channel, SlackServer, User, failing, slack_server
from tests.support.slack_history import TOKEN, people, reader
from tests.support.slack_reading import events, read


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


class Follower:
    """Takes one reading after the other."""

    def __init__(self, server: SlackServer, **config: object) -> None:
        self.server, self.config = server, config
        self.mirror = Mirror()

    def follow(self) -> list[EpisodicEvent]:
        """Read on; give the events that came."""
        self.server.asked.clear()
        batches = read(self.server, self.mirror.cursor, **self.config)
        self.mirror.take(batches, full=self.mirror.cursor is None)
        return events(batches)

    def held(self, kind: str = "slack.") -> list[EpisodicEvent]:
        found = [event for event in self.mirror.events.values() if event.kind.startswith(kind)]
        return sorted(found, key=lambda event: event.occurred_at)

    def titles(self, kind: str = "slack.") -> list[str]:
        return [event.title for event in self.held(kind)]

    def asked(self, method: str) -> list[str]:
        return [line for line in self.server.lines() if method in line]


@pytest.fixture
def follower(server: SlackServer, channel: Channel) -> Follower:
    assert channel.members
    return Follower(server)


def test_s1_a_reply_to_an_old_thread_is_found_by_the_next_sweep(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    parent = channel.say("Old", user=ada)
    channel.reply(parent, "Soon", user=ada)
    channel.say("Other", user=ada)
    follower.follow()
    server.clock.move(days=400)
    follower.follow()
    channel.reply(parent, "Late", user=ada)
    assert follower.follow() == []
    server.clock.move(days=8)
    assert "Late" in [event.title for event in follower.follow()]
    assert len(follower.asked("conversations.replies")) == 1


def test_s2_a_thread_that_begins_on_an_old_message_is_found_by_the_next_sweep(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    parent = channel.say("Old", user=ada)
    follower.follow()
    server.clock.move(days=400)
    channel.reply(parent, "Late", user=ada)
    follower.follow()
    assert follower.titles("slack.reply") == ["Late"]
    assert {event.session_id for event in follower.held("slack.reply")} == {
        event.session_id for event in follower.held("slack.message")
    }


def test_s3_no_thread_is_asked_for_that_has_not_changed(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    parents = [channel.say(f"Thread {number}", user=ada) for number in range(20)]
    for parent in parents:
        channel.reply(parent, "Answer", user=ada)
    follower.follow()
    assert len(follower.asked("conversations.replies")) == 20
    server.clock.move(hours=1)
    channel.reply(parents[3], "One more", user=ada)
    channel.edit(parents[5], "Edited")
    follower.follow()
    assert len(follower.asked("conversations.replies")) == 1
    assert follower.titles("slack.reply").count("One more") == 1
    server.clock.move(days=30)
    assert follower.follow()
    assert follower.asked("conversations.replies") == []


def test_s4_an_edit_is_a_revision_of_the_same_event(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    message = channel.say("Before", user=ada)
    (_, before) = follower.follow()
    server.clock.move(days=3)
    channel.edit(message, "After")
    (after,) = follower.follow()
    assert (before.event_id, before.title) == (after.event_id, "Before")
    assert (after.title, after.revised_at) == ("After", server.clock.now())


def test_s5_a_message_that_is_missing_from_a_whole_reading_was_deleted(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    recent = [channel.say(f"Message {number}", user=ada) for number in range(5)]
    follower.follow()
    channel.delete(recent[2])
    follower.follow()
    assert follower.titles("slack.message") == [f"Message {number}" for number in (0, 1, 3, 4)]
    server.clock.move(days=40)
    follower.follow()
    channel.delete(recent[3])
    server.clock.move(days=8)
    follower.follow()
    assert follower.titles("slack.message") == [f"Message {number}" for number in (0, 1, 4)]


def test_s5_the_only_message_of_a_day_can_be_deleted(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    message = channel.say("Alone", user=ada)
    channel.reply(message, "Answer", user=ada)
    server.clock.move(days=2)
    channel.say("Later", user=ada)
    follower.follow()
    for reply in channel.answers(message.ts):
        channel.delete(channel.messages[f"{reply[0]}.{reply[1]:06d}"])
    channel.delete(message)
    follower.follow()
    assert follower.titles("slack.message") == ["Later"]
    assert follower.titles("slack.reply") == []


@pytest.mark.parametrize("days", [0, 40])
def test_s5_a_reply_that_was_deleted_is_missed_in_the_sum_of_its_day_or_month(
    server: SlackServer, channel: Channel, ada: User, follower: Follower, days: int
) -> None:
    threads = [channel.say(f"Thread {number}", user=ada) for number in range(3)]
    replies = [channel.reply(one, f"Answer {n}", user=ada) for one in threads for n in range(2)]
    follower.follow()
    server.clock.move(days=days)
    follower.follow()
    channel.delete(replies[2])
    channel.reply(threads[0], "More", user=ada)
    server.clock.move(days=8 if days else 0)
    follower.follow()
    found = follower.titles("slack.reply")
    assert sorted(found) == [*["Answer 0"] * 2, *["Answer 1"] * 3, "More"]
    channel.delete(replies[3])
    server.clock.move(days=8 if days else 0)
    follower.follow()
    assert len(follower.titles("slack.reply")) == 5


def test_s5_a_message_that_was_deleted_while_its_replies_stand_is_withdrawn(
    channel: Channel, ada: User, follower: Follower
) -> None:
    parent = channel.say("Parent", user=ada)
    reply = channel.reply(parent, "Answer", user=ada)
    follower.follow()
    channel.delete(parent)
    follower.follow()
    assert follower.titles("slack.message") == []
    assert follower.titles("slack.reply") == ["Answer"]
    channel.delete(reply)
    follower.follow()
    assert follower.held("slack.reply") == []


ERRORS = [
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_authed",
    "missing_scope",
    "ekm_access_denied",
    "invalid_cursor",
    "something_new",
]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("method", ["auth.test", "conversations.list", "conversations.history"])
def test_s7_an_error_at_http_200_raises_and_the_cursor_stays(
    server: SlackServer, channel: Channel, ada: User, follower: Follower, error: str, method: str
) -> None:
    follower.follow()
    cursor = follower.mirror.cursor
    channel.say("Hello", user=ada)
    server.faults.append(failing(error, f"/{method}", times=None))
    with pytest.raises(DaybookError) as caught:
        follower.follow()
    assert isinstance(caught.value, CredentialsError | UnavailableError)
    assert error in caught.value.message or "scope" in caught.value.message
    assert TOKEN not in str(caught.value)
    assert follower.mirror.cursor == cursor
    server.faults.clear()
    assert [event.title for event in follower.follow()] == ["Hello"]


def test_s9_a_page_is_the_last_only_if_none_follows(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    for number in range(30):
        server.clock.move(seconds=1)
        channel.say(f"Message {number}", user=ada)
    server.manners.sizes = iter([3, 0, 1, 0, 0, 7, 2, 5, 0, 3])
    follower.follow()
    assert len(follower.titles("slack.message")) == 30


def test_s11_a_channel_that_is_joined_later_is_read_from_its_beginning(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    other = server.workspace.channel("other", ada, creator=ada)
    for number in range(3):
        other.say(f"Unseen {number}", user=ada)
        server.clock.move(days=30)
    channel.say("Seen", user=ada)
    follower.follow()
    assert follower.titles("slack.message") == ["Seen"]
    other.join(reader(server.workspace))
    follower.follow()
    assert len([title for title in follower.titles() if title.startswith("Unseen")]) == 3


def test_s12_a_channel_that_comes_later_does_not_inherit_where_to_begin(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    first = channel.say("First", user=ada)
    channel.say("Second", user=ada)
    other = server.workspace.channel("other", ada, creator=ada)
    other.say("Other", user=ada)
    follower.mirror.cursor = {"latest_timestamp": first.ts}
    follower.follow()
    assert follower.titles("slack.message") == ["Second"]
    other.join(reader(server.workspace))
    follower.follow()
    assert "Other" in follower.titles("slack.message")


def test_s13_two_messages_in_one_second_are_two_and_none_is_left_out_where_pages_meet(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    for number in range(5):
        channel.say(f"Message {number}", user=ada)
    server.manners.sizes = iter([2, 2])
    follower.follow()
    assert len(follower.titles("slack.message")) == 5
    assert {event.attributes["ts"] for event in follower.held("slack.message")} <= set(
        channel.messages
    )


def test_s14_a_long_thread_is_read_in_small_pages(
    channel: Channel, ada: User, follower: Follower
) -> None:
    parent = channel.say("Parent", user=ada)
    for number in range(5_000):
        channel.reply(parent, f"Answer {number}", user=ada)
    follower.follow()
    assert len(follower.held("slack.reply")) == 5_000
    assert len(follower.asked("conversations.replies")) == 26
    assert all("limit=200" in line for line in follower.asked("conversations.replies"))
    channel.reply(parent, "One more", user=ada)
    follower.follow()
    assert len(follower.held("slack.reply")) == 5_001
    assert len(follower.asked("conversations.replies")) == 1


@pytest.mark.parametrize("parent", ["first", "every", "bounds"])
def test_s15_the_last_reply_is_read_wherever_the_first_message_is_repeated(
    server: SlackServer, channel: Channel, ada: User, follower: Follower, parent: str
) -> None:
    server.manners.parent = parent  # type: ignore[assignment]
    first = channel.say("Parent", user=ada)
    for number in range(420):
        channel.reply(first, f"Answer {number}", user=ada)
    follower.follow()
    assert len(follower.held("slack.reply")) == 420
    assert follower.titles("slack.reply")[-1] == "Answer 419"
    assert follower.titles("slack.message") == ["Parent"]


def test_s16_a_reply_that_was_sent_to_the_channel_too_is_one_event(
    channel: Channel, ada: User, follower: Follower
) -> None:
    parent = channel.say("Parent", user=ada)
    channel.reply(parent, "Both", user=ada, broadcast=True)
    follower.follow()
    assert follower.titles("slack.message") == ["Parent"]
    (reply,) = follower.held("slack.reply")
    assert (reply.title, reply.attributes["broadcast"]) == ("Both", True)


def test_s17_what_changes_by_itself_makes_no_revision(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    channel.say("Hello", user=ada)
    channel.say("Deployed", user=server.workspace.app("deployer"))
    first = follower.follow()
    assert follower.follow() == []
    server.clock.move(days=8)
    assert {event.event_id for event in follower.follow()} <= {one.event_id for one in first}
    assert sorted(map(repr, follower.mirror.events.values())) == sorted(map(repr, first))


def test_s18_people_are_listed_once_and_an_unknown_one_is_named_later(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    stranger = server.workspace.user("stranger", display_name="Stranger")
    channel.say("From outside", user=stranger)
    channel.say("Hello", user=ada)
    del server.workspace.users[stranger.id]
    follower.follow()
    assert len(follower.asked("users.list")) == 1
    assert follower.asked("users.info") == []
    assert [event.actor for event in follower.held("slack.message")] == [stranger.id, "Ada"]
    server.workspace.users[stranger.id] = stranger
    follower.follow()
    assert [event.actor for event in follower.held("slack.message")] == ["Stranger", "Ada"]


def test_s19_a_channel_that_is_gone_is_closed_with_an_event_and_others_go_on(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    other = server.workspace.channel("other", ada, reader(server.workspace), creator=ada)
    other.say("Kept", user=ada)
    follower.follow()
    other.delete_channel()
    channel.say("Goes on", user=ada)
    found = follower.follow()
    assert [event.kind for event in found] == ["slack.message", "slack.channel.gone"]
    assert found[1].outcome == "channel_not_found"
    assert "Kept" in follower.titles()
    assert follower.follow() == []


def test_s19_a_channel_that_is_gone_while_it_is_read_ends_no_reading(
    server: SlackServer, channel: Channel, ada: User, follower: Follower
) -> None:
    other = server.workspace.channel("other", ada, reader(server.workspace), creator=ada)
    other.say("Kept", user=ada)
    follower.follow()
    channel.say("Goes on", user=ada)
    server.faults.append(failing("channel_not_found", f"history.*{channel.id}"))
    found = follower.follow()
    assert [(event.kind, event.scope) for event in found] == [("slack.channel.gone", "general")]
    assert [event.title for event in follower.follow()] == ["Goes on"]


def test_s20_no_channel_is_joined_unless_that_is_asked_for(
    server: SlackServer, channel: Channel, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    other = server.workspace.channel("other", ada, creator=ada)
    other.say("Unheard", user=ada)
    server.workspace.tokens[TOKEN].scopes += ("channels:join",)
    assert read(server)
    assert reader(server.workspace).id not in other.members
    assert "conversations.join" not in server.kinds()
    with caplog.at_level(logging.WARNING):
        assert "Unheard" in [event.title for event in events(read(server, join=True))]
    assert "the bot has joined #other" in caplog.text
    assert channel.id
