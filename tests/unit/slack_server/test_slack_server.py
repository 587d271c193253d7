"""The server on this machine speaks Slack's protocol: Slack's own client reads it."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient

from tests.support.slack import Channel, SlackServer, User, Workspace
from tests.support.slack_client import gather, pages
from tests.support.slack_history import say_words

COUNT = 45


@pytest.fixture
def channel(workspace: Workspace, ada: User) -> Channel:
    made = workspace.channel("general", ada)
    made.invite(workspace.app("reader"))
    return say_words(made, ada, COUNT, minutes=1)


def test_whose_secret_it_is(client: WebClient, workspace: Workspace) -> None:
    found = client.auth_test()
    reader = workspace.app("reader")
    assert reader.bot is not None
    assert (found["user"], found["user_id"], found["bot_id"]) == (
        "reader",
        reader.id,
        reader.bot.id,
    )
    assert (found["team_id"], found["url"]) == (workspace.id, "https://acme.slack.com/")
    assert "channels:history" in found.headers["x-oauth-scopes"].split(",")
    assert client.team_info()["team"]["domain"] == "acme"


def test_all_accounts_by_pages(client: WebClient, workspace: Workspace) -> None:
    names = {f"user-{number}" for number in range(COUNT)}
    for name in names:
        workspace.user(name)
    read = pages(client.users_list(limit=10))
    assert [len(page["members"]) for page in read] == [10, 10, 10, 10, 6]
    assert {one["name"] for one in gather(read, "members")} == {*names, "reader"}
    assert len(client.users_list()["members"]) == COUNT + 1


def test_channels_by_kinds_and_pages(client: WebClient, workspace: Workspace, ada: User) -> None:
    reader = workspace.app("reader")
    public = [workspace.channel(f"c{number}", ada) for number in range(25)]
    private = workspace.private_channel("secret", ada, reader)
    workspace.private_channel("more-secret", ada)
    direct = workspace.direct_message(reader, ada)
    group = workspace.group_message(ada, reader, workspace.user("ben"))
    found = gather(client.conversations_list(limit=10), "channels")
    assert [one["id"] for one in found] == [one.id for one in public]
    types = "public_channel,private_channel,mpim,im"
    found = gather(client.conversations_list(limit=10, types=types), "channels")
    mine = {one["id"]: one for one in found if one["id"] not in {each.id for each in public}}
    assert set(mine) == {private.id, direct.id, group.id}
    assert (mine[direct.id]["user"], mine[group.id]["is_mpim"]) == (ada.id, True)
    assert mine[private.id]["is_private"]


def test_history_by_all_pages(client: WebClient, channel: Channel) -> None:
    read = pages(client.conversations_history(channel=channel.id, limit=20))
    assert [len(page["messages"]) for page in read] == [20, 20, 5]
    assert [page["has_more"] for page in read] == [True, True, False]
    texts = [one["text"] for one in gather(read, "messages")]
    assert texts == [f"Word {number}" for number in reversed(range(COUNT))]


def test_bounds_of_a_history_are_left_out_unless_they_are_wanted(
    client: WebClient, channel: Channel, ada: User
) -> None:
    late = [channel.say(f"At once {number}", user=ada) for number in range(3)]
    times = [one.ts for one in late]
    assert times[0] < times[1] < times[2]
    assert {one[:10] for one in times} == {times[0][:10]}

    def read(**bounds: Any) -> list[str]:
        found = client.conversations_history(channel=channel.id, **bounds)["messages"]
        return [one["ts"] for one in found]

    assert read(oldest=times[0], latest=times[2]) == [times[1]]
    assert read(oldest=times[0], latest=times[2], inclusive=True) == times[::-1]
    assert read(latest=times[1], inclusive=True, limit=1) == [times[1]]


def test_a_thread_is_told_oldest_first_and_its_first_message_on_the_first_page(
    client: WebClient, channel: Channel, ada: User
) -> None:
    parent = channel.say("Who?", user=ada)
    answers = [channel.reply(parent, f"I {number}", user=ada) for number in range(COUNT)]
    read = pages(client.conversations_replies(channel=channel.id, ts=parent.ts, limit=20))
    found = gather(read, "messages")
    assert [len(page["messages"]) for page in read] == [20, 20, 6]
    assert [one["ts"] for one in found] == [parent.ts, *(one.ts for one in answers)]
    assert (found[0]["reply_count"], found[0]["latest_reply"]) == (COUNT, answers[-1].ts)
    assert found[1]["parent_user_id"] == ada.id
    shown = client.conversations_history(channel=channel.id, limit=1)["messages"]
    assert [one["text"] for one in shown] == ["Who?"]


def test_a_thread_of_5000_by_pages(client: WebClient, channel: Channel, ada: User) -> None:
    parent = channel.say("Long", user=ada)
    answers = [channel.reply(parent, f"{number}", user=ada).ts for number in range(5_000)]
    read = pages(client.conversations_replies(channel=channel.id, ts=parent.ts, limit=200))
    assert [len(page["messages"]) for page in read] == [200] * 25 + [1]
    assert [one["ts"] for one in gather(read, "messages")] == [parent.ts, *answers]


def test_what_replies_of_a_message_without_any_and_of_an_answer_are(
    client: WebClient, channel: Channel, ada: User
) -> None:
    alone, parent = channel.say("Alone", user=ada), channel.say("Asked", user=ada)
    answer = channel.reply(parent, "Answered", user=ada)
    for one in (alone, answer):
        found = client.conversations_replies(channel=channel.id, ts=one.ts)
        assert [each["ts"] for each in found["messages"]] == [one.ts]
        assert not found["has_more"]


@pytest.mark.parametrize(
    ("way", "times"), [("first", [1, 0, 0]), ("every", [1, 1, 1]), ("bounds", [1, 0, 0])]
)
def test_where_the_first_message_of_a_thread_is_told(
    server: SlackServer, client: WebClient, channel: Channel, ada: User, way: Any, times: list[int]
) -> None:
    server.manners.parent = way
    parent = channel.say("Who?", user=ada)
    answers = [channel.reply(parent, f"I {number}", user=ada) for number in range(COUNT)]
    read = pages(client.conversations_replies(channel=channel.id, ts=parent.ts, limit=20))
    told = [[one["ts"] for one in page["messages"]] for page in read]
    assert [one.count(parent.ts) for one in told] == times
    later = client.conversations_replies(channel=channel.id, ts=parent.ts, oldest=answers[-2].ts)
    found = [one["ts"] for one in later["messages"]]
    assert found == [parent.ts, answers[-1].ts][way == "bounds" :]


def test_pages_may_be_short_and_empty(
    server: SlackServer, client: WebClient, channel: Channel, ada: User
) -> None:
    parent = channel.say("Who?", user=ada)
    for number in range(COUNT):
        channel.reply(parent, f"I {number}", user=ada)
    lists: list[tuple[Callable[[], Any], str, int]] = [
        (lambda: client.conversations_history(channel=channel.id), "messages", COUNT + 1),
        (lambda: client.conversations_replies(channel=channel.id, ts=parent.ts), "messages", 46),
        (lambda: client.conversations_list(limit=5), "channels", 1),
        (lambda: client.users_list(limit=5), "members", 2),
    ]
    for read, name, count in lists:
        server.manners.sizes = iter([0, 3, 0, 0, 7, 0])
        told = pages(read())
        assert len(gather(told, name)) == count
        assert not told[0][name]
        cursors = [one.get("response_metadata", {}).get("next_cursor", "") for one in told]
        assert len(set(cursors)) == len(cursors)
        assert not cursors[-1]


def test_a_history_that_is_told_from_its_oldest_bound_on(
    server: SlackServer, client: WebClient, channel: Channel
) -> None:
    server.manners.forward = True
    first = client.conversations_history(channel=channel.id, oldest="1", limit=20)
    read = pages(first)
    texts = [[one["text"] for one in page["messages"]] for page in read]
    assert texts[0] == [f"Word {number}" for number in reversed(range(20))]
    assert texts[-1] == [f"Word {number}" for number in reversed(range(40, COUNT))]
    assert [page["has_more"] for page in read] == [True, True, False]
    bounded = client.conversations_history(channel=channel.id, oldest="1", latest="9" * 10, limit=1)
    assert bounded["messages"][0]["text"] == f"Word {COUNT - 1}"


def test_members_and_the_channels_of_a_user(
    client: WebClient, workspace: Workspace, channel: Channel, ada: User
) -> None:
    for number in range(COUNT):
        channel.invite(workspace.user(f"user-{number}"))
    workspace.private_channel("hers", ada)
    found = gather(client.conversations_members(channel=channel.id, limit=20), "members")
    assert sorted(found) == sorted(channel.members)
    mine = client.users_conversations(types="public_channel,private_channel")["channels"]
    assert [one["id"] for one in mine] == [channel.id]
    hers = client.users_conversations(user=ada.id, types="private_channel")["channels"]
    assert hers == []


def test_single_things(client: WebClient, workspace: Workspace, channel: Channel) -> None:
    ada = workspace.user("ada")
    found = client.users_info(user=ada.id, include_locale=True)["user"]
    assert (found["profile"]["email"], found["locale"]) == ("ada@example.org", "en-GB")
    told = client.conversations_info(channel=channel.id, include_num_members=True)["channel"]
    assert (told["name"], told["num_members"], told["is_general"]) == ("general", 2, True)
    bot = workspace.integration("builds")
    assert client.bots_info(bot=bot.id)["bot"]["name"] == "builds"
    message = next(iter(channel.messages.values()))
    link = client.chat_getPermalink(channel=channel.id, message_ts=message.ts)["permalink"]
    digits = message.ts.replace(".", "")
    assert link == f"https://acme.slack.com/archives/{channel.id}/p{digits}"


def test_files_and_what_became_of_them(
    client: WebClient, workspace: Workspace, channel: Channel, ada: User
) -> None:
    hosted = workspace.file("a.txt", user=ada)
    linked = workspace.file(
        "Plan",
        user=ada,
        mode="external",
        external_type="gdrive",
        external_url="https://d.example/1",
    )
    gone, hidden = workspace.file("b.txt", user=ada), workspace.file("c.txt", user=ada)
    message = channel.say("Look", user=ada, files=[hosted, linked, gone, hidden])
    workspace.delete_file(gone)
    workspace.hide_file(hidden)
    told = client.conversations_history(channel=channel.id, limit=1)["messages"][0]
    assert (told["ts"], [one["mode"] for one in told["files"]]) == (
        message.ts,
        ["hosted", "external", "tombstone", "hidden_by_limit"],
    )
    assert told["files"][2:] == [
        {"id": gone.id, "mode": "tombstone"},
        {"id": hidden.id, "mode": "hidden_by_limit"},
    ]
    listed = client.files_list(channel=channel.id)
    assert {one["id"] for one in listed["files"]} == {hosted.id, linked.id}
    assert listed["paging"] == {"count": 100, "total": 2, "page": 1, "pages": 1}
    assert client.files_info(file=hosted.id)["file"]["name"] == "a.txt"
