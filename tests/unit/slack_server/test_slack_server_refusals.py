"""How the server on this machine refuses and fails, as Slack's own client sees it."""

import json

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.support.slack import Channel, Fault, SlackServer, User, Workspace, failing
from tests.support.slack_client import BOT, PERSON, client_of, gather, refused
from tests.support.slack_history import say_words


@pytest.fixture
def channel(channel: Channel, ada: User) -> Channel:
    return say_words(channel, ada, 20)


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations.history", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.history", {"latest": "soon"}, "invalid_ts_latest"),
        ("conversations.history", {"oldest": "1e9"}, "invalid_ts_oldest"),
        ("conversations.history", {"cursor": "nonsense"}, "invalid_cursor"),
        ("conversations.history", {"cursor": "dXNlcjpVMDAwMDAxMDE="}, "invalid_cursor"),
        ("conversations.history", {"cursor": "bmV4dF90czpub25l"}, "invalid_cursor"),
        ("conversations.replies", {"ts": "1.000001"}, "thread_not_found"),
        ("conversations.replies", {}, "invalid_arguments"),
        ("conversations.members", {"cursor": "nonsense"}, "invalid_cursor"),
        ("conversations.list", {"types": "public_channel,huddle"}, "invalid_types"),
        ("users.conversations", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("bots.info", {"bot": "B0NOBODY"}, "bot_not_found"),
        ("team.info", {"team": "T0NOWHERE"}, "team_not_found"),
        ("files.info", {"file": "F0NOTHING"}, "file_not_found"),
        ("reactions.get", {}, "no_item_specified"),
        ("reactions.get", {"timestamp": "1.000001"}, "message_not_found"),
        ("chat.getPermalink", {"message_ts": "1.000001"}, "message_not_found"),
        ("conversations.explode", {}, "unknown_method"),
    ],
)
def test_refusals(
    client: WebClient, channel: Channel, method: str, args: dict[str, str], error: str
) -> None:
    answer = refused(client, method, **{"channel": channel.id, **args})
    assert (answer.status_code, answer["ok"], answer["error"]) == (200, False, error)


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "token_expired"])
def test_a_secret_that_is_none_any_more(
    client: WebClient, workspace: Workspace, error: str
) -> None:
    workspace.tokens[BOT].refused = error
    assert refused(client, "auth.test")["error"] == error


def test_no_secret_and_a_wrong_one(server: SlackServer) -> None:
    assert refused(client_of(server, "xoxb-wrong"), "auth.test")["error"] == "invalid_auth"
    assert refused(client_of(server, None), "auth.test")["error"] == "not_authed"


def test_a_right_that_is_missing(client: WebClient, workspace: Workspace, channel: Channel) -> None:
    workspace.tokens[BOT].scopes = ("channels:read", "users:read")
    answer = refused(client, "conversations.history", channel=channel.id)
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "channels:history",
        "channels:read,users:read",
    )
    answer = refused(client, "conversations.list", types="public_channel,private_channel,im")
    assert answer["needed"] == "groups:read,im:read"
    assert all("email" not in one["profile"] for one in client.users_list()["members"])


def test_where_a_bot_is_no_member(
    server: SlackServer, client: WebClient, workspace: Workspace, ada: User
) -> None:
    public, private = workspace.channel("open", ada), workspace.private_channel("closed", ada)
    public.say("Hello", user=ada)
    direct = workspace.direct_message(ada, workspace.user("ben"))
    for one, error in (
        (public, "not_in_channel"),
        (private, "channel_not_found"),
        (direct, "channel_not_found"),
    ):
        assert refused(client, "conversations.history", channel=one.id)["error"] == error
    workspace.token(PERSON, "cora")
    person = client_of(server, PERSON)
    assert person.conversations_history(channel=public.id)["messages"][0]["text"] == "Hello"
    answer = refused(person, "conversations.history", channel=private.id)
    assert answer["error"] == "channel_not_found"


def test_joining(client: WebClient, workspace: Workspace, ada: User) -> None:
    channel = workspace.channel("open", ada)
    answer = refused(client, "conversations.join", channel=channel.id)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:join")
    workspace.tokens[BOT].scopes += ("channels:join",)
    assert client.conversations_join(channel=channel.id)["channel"]["is_member"]
    again = client.conversations_join(channel=channel.id)
    assert (again["warning"], again["response_metadata"]["warnings"]) == (
        "already_in_channel",
        ["already_in_channel"],
    )
    told = client.conversations_history(channel=channel.id)["messages"]
    assert [one["subtype"] for one in told] == ["channel_join"]
    old = workspace.channel("old", ada)
    old.archive(by=ada)
    assert refused(client, "conversations.join", channel=old.id)["error"] == "is_archived"
    group = workspace.group_message(ada, workspace.app("reader"), workspace.user("ben"))
    answer = refused(client, "conversations.join", channel=group.id)
    assert answer["error"] == "method_not_supported_for_channel_type"


def test_an_archived_channel_is_read_and_a_deleted_one_is_not(
    client: WebClient, channel: Channel, ada: User
) -> None:
    channel.archive(by=ada)
    assert gather(client.conversations_list(exclude_archived=True), "channels") == []
    assert client.conversations_list()["channels"][0]["is_archived"]
    assert len(client.conversations_history(channel=channel.id)["messages"]) == 21
    channel.delete_channel()
    assert client.conversations_list()["channels"] == []
    for method in ("conversations.history", "conversations.info"):
        assert refused(client, method, channel=channel.id)["error"] == "channel_not_found"


def test_faults_on_the_way(client: WebClient, server: SlackServer, channel: Channel) -> None:
    client.retry_handlers.clear()
    faults = [
        failing("fatal_error"),
        failing("internal_error", status=500),
        Fault(status=502, data="<html>Bad gateway</html>", kind="text/html"),
        Fault(status=200, data="<html>Sign in</html>", kind="text/html"),
        Fault(truncate=40),
    ]
    for fault in faults:
        server.faults[:] = [fault]
        with pytest.raises((SlackApiError, json.JSONDecodeError)):
            client.conversations_history(channel=channel.id)
    server.faults[:] = [Fault(drop=True)]
    with pytest.raises(OSError, match="closed connection"):
        client.conversations_history(channel=channel.id)
    assert client.conversations_history(channel=channel.id)["ok"]
    assert server.kinds() == {"fault": 5, "conversations.history": 2}


FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
    ("kind", "content", "error", "warning"),
    [
        (FORM, "channel={}&limit=2", None, None),
        (f"{FORM};charset=utf-8", "channel={}&limit=2", None, "superfluous_charset"),
        (JSON, '{{"channel": "{}", "limit": 2, "inclusive": true}}', None, "missing_charset"),
        (f"{JSON}; charset=utf-8", '{{"channel": "{}", "limit": 2}}', None, None),
        (JSON, '{{"channel": ', "invalid_json", "missing_charset"),
        (JSON, '["{}"]', "json_not_object", "missing_charset"),
        ("text/plain", "channel={}", "invalid_post_type", None),
        ("", "channel={}", "missing_post_type", None),
    ],
)
def test_forms_of_a_call(
    server: SlackServer,
    channel: Channel,
    kind: str,
    content: str,
    error: str | None,
    warning: str | None,
) -> None:
    headers = {"Authorization": f"Bearer {BOT}", "Content-Type": kind}
    body = content.format(channel.id).encode()
    url = f"{server.url}/conversations.history"
    told = requests.post(url, data=body, headers=headers, timeout=10).json()
    assert (told.get("error"), told.get("warning")) == (error, warning)
    assert error or len(told["messages"]) == 2


def test_a_secret_in_a_form(server: SlackServer) -> None:
    url = f"{server.url}/auth.test"
    assert requests.post(url, data={"token": BOT}, timeout=10).json()["ok"]
    assert requests.get(url, params={"token": BOT}, timeout=10).json()["ok"]
    assert not [line for line in server.lines() if BOT in line]
