"""What changes in a workspace, as the server on this machine tells it to Slack's own client."""

from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.support.slack import Channel, Fault, Message, SlackServer, User, Workspace
from tests.support.slack_client import gather


def shown(client: WebClient, channel: Channel) -> list[dict[str, Any]]:
    """Give what a channel shows, oldest first."""
    return gather(client.conversations_history(channel=channel.id), "messages")[::-1]


def test_an_edit_keeps_the_time_and_tells_its_own_in_seconds(
    client: WebClient, workspace: Workspace, channel: Channel, ada: User
) -> None:
    message = channel.say("Befor", user=ada)
    workspace.clock.move(seconds=90.5)
    channel.edit(message, "Before")
    [told] = shown(client, channel)
    seconds = int(workspace.clock.now().timestamp())
    assert (told["ts"], told["text"]) == (message.ts, "Before")
    assert told["edited"] == {"user": ada.id, "ts": f"{seconds}.000000"}
    assert told["blocks"][0]["elements"][0]["elements"] == [{"type": "text", "text": "Before"}]


def test_a_deleted_message_is_gone(client: WebClient, channel: Channel, ada: User) -> None:
    messages = [channel.say(f"Word {number}", user=ada) for number in range(3)]
    channel.delete(messages[1])
    assert [one["ts"] for one in shown(client, channel)] == [messages[0].ts, messages[2].ts]


def test_a_deleted_message_that_was_answered_leaves_a_stone(
    client: WebClient, channel: Channel, ada: User
) -> None:
    parent = channel.say("Asked", user=ada)
    answers = [channel.reply(parent, "Answered", user=ada) for _ in range(2)]
    channel.delete(parent)
    [told] = shown(client, channel)
    assert (told["subtype"], told["user"], told["hidden"]) == ("tombstone", "USLACKBOT", True)
    assert (told["reply_count"], told["latest_reply"]) == (2, answers[1].ts)
    found = client.conversations_replies(channel=channel.id, ts=parent.ts)["messages"]
    assert [one["ts"] for one in found] == [parent.ts, *(one.ts for one in answers)]
    for one in answers:
        channel.delete(one)
    assert shown(client, channel) == []


def test_an_answer_to_what_is_a_year_old(
    client: WebClient, workspace: Workspace, channel: Channel, ada: User
) -> None:
    parent = channel.say("Old", user=ada)
    workspace.clock.move(days=400)
    later = channel.say("New", user=ada)
    answer = channel.reply(parent, "Late", user=ada)
    told = {one["ts"]: one for one in shown(client, channel)}
    assert set(told) == {parent.ts, later.ts}
    assert (told[parent.ts]["reply_count"], told[parent.ts]["latest_reply"]) == (1, answer.ts)
    channel.delete(answer)
    assert "reply_count" not in shown(client, channel)[0]


def test_an_answer_that_is_also_sent_to_the_channel(
    client: WebClient, channel: Channel, ada: User
) -> None:
    parent = channel.say("Asked", user=ada)
    answer = channel.reply(parent, "For all", user=ada, broadcast=True)
    _, told = shown(client, channel)
    assert (told["ts"], told["subtype"], told["thread_ts"]) == (
        answer.ts,
        "thread_broadcast",
        parent.ts,
    )
    assert told["root"]["ts"] == parent.ts
    found = client.conversations_replies(channel=channel.id, ts=parent.ts)["messages"]
    assert [one["ts"] for one in found] == [parent.ts, answer.ts]


def test_what_slack_notes_of_a_channel(
    client: WebClient, workspace: Workspace, channel: Channel, ada: User
) -> None:
    ben = workspace.user("ben")
    channel.join(ben, inviter=ada)
    channel.set_topic("Now", by=ada)
    channel.set_purpose("For ever", by=ada)
    channel.rename("all", by=ada)
    channel.archive(by=ada)
    channel.unarchive(by=ada)
    channel.leave(ben)
    told = {one["subtype"].removeprefix("channel_"): one for one in shown(client, channel)}
    names = ["join", "topic", "purpose", "name", "archive", "unarchive", "leave"]
    assert list(told) == names
    assert (told["join"]["user"], told["join"]["inviter"]) == (ben.id, ada.id)
    assert (told["topic"]["topic"], told["purpose"]["purpose"]) == ("Now", "For ever")
    assert (told["name"]["old_name"], told["name"]["name"]) == ("general", "all")
    found = client.conversations_info(channel=channel.id)["channel"]
    assert (found["name"], found["previous_names"], found["topic"]["value"]) == (
        "all",
        ["general"],
        "Now",
    )
    old = workspace.private_channel("old", ada, workspace.app("reader"), legacy=True)
    old.set_topic("Then", by=ada)
    assert (old.id[0], shown(client, old)[0]["subtype"]) == ("G", "group_topic")


def test_apps_of_both_ages(client: WebClient, workspace: Workspace, channel: Channel) -> None:
    app = workspace.app("deployer")
    assert app.bot is not None
    channel.integrate("Built", bot=workspace.integration("builds"), attachments=[{"id": 1}])
    channel.say("Deployed", user=app, blocks=[{"type": "divider"}])
    old, new = shown(client, channel)
    assert (old["subtype"], old["username"], "user" in old) == ("bot_message", "builds", False)
    assert (new["user"], new["bot_profile"]["name"], new["bot_id"]) == (
        app.id,
        "deployer",
        app.bot.id,
    )
    assert new["blocks"][0]["type"] == "divider"


def test_reactions_beyond_those_that_are_listed(
    server: SlackServer, client: WebClient, workspace: Workspace, channel: Channel, ada: User
) -> None:
    server.manners.reactors = 10
    message = channel.say("Party", user=ada)
    fans = [workspace.user(f"fan-{number}") for number in range(25)]
    channel.react(message, "tada", *fans)
    channel.react(message, "eyes", ada)
    channel.unreact(message, "eyes", ada)
    [told] = shown(client, channel)
    [found] = told["reactions"]
    assert (found["name"], found["count"], len(found["users"])) == ("tada", 25, 10)
    full = client.reactions_get(channel=channel.id, timestamp=message.ts, full=True)
    assert full["message"]["reactions"][0]["users"] == [fan.id for fan in fans]


def test_pins_quotes_and_huddles(client: WebClient, channel: Channel, ada: User) -> None:
    message = channel.say("Rule", user=ada)
    channel.pin(message, by=ada)
    channel.quote(message, text="See", user=ada)
    huddle = channel.huddle(user=ada)
    channel.end_huddle(huddle)
    rule, see, talk = shown(client, channel)
    assert rule["pinned_to"] == [channel.id]
    assert see["attachments"][0]["ts"] == message.ts
    assert (talk["subtype"], talk["room"]["has_ended"]) == ("huddle_thread", True)
    assert client.conversations_history(channel=channel.id)["pin_count"] == 1


def test_rich_text_is_made_of_what_was_written(
    client: WebClient, channel: Channel, ada: User
) -> None:
    links = f"<@{ada.id}> in <#{channel.id}|general>"
    channel.say(f"{links} &lt;3 <!here> <https://e.org/?a&amp;b|it> :tada:", user=ada)
    [told] = shown(client, channel)
    elements = told["blocks"][0]["elements"][0]["elements"]
    assert [one["type"] for one in elements if one["type"] != "text"] == [
        *("user", "channel", "broadcast", "link", "emoji"),
    ]
    assert {"type": "link", "url": "https://e.org/?a&b", "text": "it"} in elements
    assert {"type": "text", "text": " <3 "} in elements


def test_what_differs_from_one_reading_to_the_next(
    server: SlackServer, client: WebClient, channel: Channel, ada: User
) -> None:
    channel.say("Same", user=ada)

    def look() -> tuple[str, str]:
        [told] = shown(client, channel)
        [user] = (one for one in client.users_list()["members"] if one["id"] == ada.id)
        return told["blocks"][0]["block_id"], user["profile"]["image_48"]

    before, after = look(), look()
    assert before[0] != after[0]
    assert before[1] != after[1]
    server.manners.volatile = False
    assert look() == look()


def test_accounts_that_change(client: WebClient, workspace: Workspace, ada: User) -> None:
    workspace.clock.move(days=1)
    workspace.change_user(ada, display_name="countess", deleted=True)
    found = client.users_info(user=ada.id)["user"]
    assert (found["profile"]["display_name"], found["deleted"]) == ("countess", True)
    assert found["updated"] == int(workspace.clock.now().timestamp())
    assert "tz" not in found


def test_what_is_older_than_the_plan_shows(
    client: WebClient, workspace: Workspace, channel: Channel, ada: User
) -> None:
    parent = channel.say("Old", user=ada)
    workspace.clock.move(days=80)
    channel.reply(parent, "Late", user=ada)
    young = channel.say("Young", user=ada)
    workspace.plan_days = 90
    assert len(shown(client, channel)) == 2
    workspace.clock.move(days=20)
    found = client.conversations_history(channel=channel.id)
    assert [one["ts"] for one in found["messages"]] == [young.ts]
    assert found["is_limited"]
    workspace.plan_days = None
    assert len(shown(client, channel)) == 2
    channel.hide(workspace.clock.now() - timedelta(days=1))
    assert shown(client, channel) == []
    channel.show()
    assert len(shown(client, channel)) == 2


def test_changes_between_two_pages_shift_nothing(
    server: SlackServer, client: WebClient, channel: Channel, ada: User
) -> None:
    messages = [channel.say(f"Word {number}", user=ada) for number in range(6)]

    def meddle() -> None:
        channel.delete(messages[5])
        channel.delete(messages[3])
        channel.say("Meanwhile", user=ada)

    server.faults.append(Fault(match="cursor=", act=meddle))
    read = client.conversations_history(channel=channel.id, limit=2)
    found = gather(read, "messages")
    assert [one["ts"] for one in found] == [messages[place].ts for place in (5, 4, 2, 1, 0)]


def test_a_stranger_is_on_no_list(
    client: WebClient, workspace: Workspace, channel: Channel
) -> None:
    eve = workspace.stranger("eve")
    channel.say("Hello", user=eve)
    assert eve.id not in {one["id"] for one in client.users_list()["members"]}
    assert client.users_info(user=eve.id)["user"]["is_stranger"]
    workspace.change_user(eve, stranger=False)
    assert eve.id in {one["id"] for one in client.users_list()["members"]}


def test_an_unfolded_link_is_no_edit(client: WebClient, channel: Channel, ada: User) -> None:
    message = channel.say("<https://example.org>", user=ada)
    channel.unfurl(message, title="Example", from_url="https://example.org")
    [told] = shown(client, channel)
    assert (told["attachments"][0]["title"], "edited" in told) == ("Example", False)


def test_a_channel_that_is_made_private(
    client: WebClient, workspace: Workspace, channel: Channel, ada: User
) -> None:
    channel.close(by=ada)
    assert client.conversations_list()["channels"] == []
    [found] = client.conversations_list(types="private_channel")["channels"]
    assert (found["id"], found["is_private"]) == (channel.id, True)
    channel.expel(workspace.app("reader"))
    assert client.conversations_list(types="private_channel")["channels"] == []


def test_a_message_by_nobody_anybody_knows(client: WebClient, channel: Channel) -> None:
    channel.put(Message(ts="1714564800.000001", text="Boo", user="U0GHOST"))
    [told] = shown(client, channel)
    assert (told["user"], told["ts"]) == ("U0GHOST", "1714564800.000001")
    with pytest.raises(SlackApiError, match="user_not_found"):
        client.users_info(user="U0GHOST")
