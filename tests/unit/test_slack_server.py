"""The server on this machine speaks Slack's protocol: Slack's own client reads it."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.support.slack import (
    Channel,
    SlackServer,
    User,
    Workspace,
    slack_server,
)

SECRET = "xoxb-reader"  # noqa: S105
COUNT = 45


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace()
    made.token(SECRET)
    return made


@pytest.fixture
def ada(workspace: Workspace) -> User:
    return workspace.user("ada", real_name="Ada Lovelace")


@pytest.fixture
def channel(workspace: Workspace, ada: User) -> Channel:
    made = workspace.channel("general", ada)
    made.invite(workspace.app("reader"))
    for number in range(COUNT):
        made.say(f"Word {number}", user=ada)
        workspace.clock.move(minutes=1)
    return made


@pytest.fixture
def server(workspace: Workspace) -> Iterator[SlackServer]:
    with slack_server(workspace) as made:
        yield made


@pytest.fixture
def client(server: SlackServer) -> WebClient:
    return WebClient(SECRET, base_url=server.url)


def pages(response: Any) -> list[dict[str, Any]]:
    """Give all pages of a list, as Slack's client turns them."""
    return [dict(page.data) for page in response]


def gather(response: Any, name: str) -> list[Any]:
    """Give what stands on all pages of a list."""
    return [one for page in response for one in page[name]]


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


def test_too_many_calls_within_a_minute(
    client: WebClient, server: SlackServer, channel: Channel
) -> None:
    for _ in range(50):
        client.conversations_history(channel=channel.id)
    with pytest.raises(SlackApiError) as caught:
        client.conversations_history(channel=channel.id)
    assert (caught.value.response.status_code, caught.value.response["error"]) == (
        429,
        "ratelimited",
    )
    assert caught.value.response.headers["Retry-After"] == "60"
    assert client.conversations_info(channel=channel.id)["ok"]
    server.clock.move(seconds=60)
    assert client.conversations_history(channel=channel.id)["ok"]
    assert server.count("conversations.history", status=429) == 1
    assert not server.early
