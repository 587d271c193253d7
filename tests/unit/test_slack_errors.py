"""What is wrong is said with the setting or the secret, and with what to do."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sources import ConfigError, CredentialsError, CursorInvalidError, UnavailableError
from sources.slack import SlackEventSource
from sources.slack.config import SlackConfig
from sources.slack.source import default_id
from tests.support.slack import Channel, Fault, SlackServer, failing, slack_server
from tests.support.slack_history import TOKEN, eventful_channel, newest, people, reader
from tests.support.slack_reading import events, look, read, settings


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with slack_server() as made:
        yield made


@pytest.fixture
def channel(server: SlackServer) -> Channel:
    return eventful_channel(server.workspace, "general")


def refused(kind: type[Exception], words: str, /, token: str = TOKEN, **config: Any) -> str:
    """Make a source that cannot be; give what is said."""
    with pytest.raises(kind, match=words) as caught:
        asyncio.run(SlackEventSource.create({"bot_token": token}, config))
    assert token not in str(caught.value) or not token
    return str(caught.value)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"chanels": "all"}, "did you mean 'channels'"),
        ({"channels": []}, "channels"),
        ({"channels": ["#"]}, "a name is empty"),
        ({"since": "yesterday"}, "'yesterday' is no date; write it like 2024-03-09"),
        ({"since": datetime.now(UTC) + timedelta(days=2)}, "lies in the future"),
        ({"since": 20240309}, "20240309 is no date"),
        ({"lookback": "long"}, "'long' is no span of time; write it like 14d or 36h"),
        ({"lookback": True}, "no span"),
        ({"sweep_every": "0d"}, "no span"),
        ({"redact": "("}, "no pattern of RE2"),
        ({"redact": ["x*"]}, "empty text"),
        ({"threads": "yes"}, "threads"),
        ({"budget": 0}, "budget"),
        (
            {"base_url": "https://acme.slack.com"},
            "that is not the API; write https://slack.com/api",
        ),
        ({"base_url": "http://slack.com/api"}, "plain http is for this machine only"),
        ({"base_url": "ftp://slack.org"}, "no URL of the web"),
    ],
)
def test_a_wrong_setting_is_named(config: dict[str, Any], words: str) -> None:
    refused(ConfigError, words, **config)


def test_settings_are_read_as_people_write_them() -> None:
    config = SlackConfig.model_validate(
        {"channels": "#general", "since": "2024-03-09", "lookback": 3, "sweep_every": "36h"}
    )
    assert config.channels == ("general",)
    assert config.since == datetime(2024, 3, 9, tzinfo=UTC)
    assert (config.window, config.sweeping) == (timedelta(days=3), timedelta(hours=36))
    assert default_id(SlackConfig(workspace="Acme Inc.")) == "acme-inc-"
    assert default_id(SlackConfig(since=None)) == "slack"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "the bot_token is empty"),
        ("xoxp-1", "a user's token"),
        ("xapp-1", "an app-level token"),
        ("ghp_1", "none of Slack"),
    ],
)
def test_a_secret_that_can_be_none_is_refused_at_once(token: str, words: str) -> None:
    with pytest.raises(CredentialsError, match=words):
        asyncio.run(SlackEventSource.create({"bot_token": token}, {}))


def test_a_missing_secret_is_named() -> None:
    with pytest.raises(CredentialsError, match="'bot_token' is missing"):
        asyncio.run(SlackEventSource.create({}, {}))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("invalid_auth", "Slack refuses the token.*Copy the Bot User OAuth Token anew"),
        ("token_revoked", "the token was revoked.*Install the app again"),
        ("account_inactive", "the app was taken out of the workspace"),
        ("not_allowed_token_type", "not a bot's token"),
        ("ekm_access_denied", "forbidden by a rule of the workspace"),
    ],
)
def test_a_refused_secret_is_told_with_what_to_do(
    server: SlackServer, channel: Channel, error: str, words: str
) -> None:
    assert channel.id
    reader(server.workspace).name = "reader"
    server.workspace.tokens[TOKEN].refused = error
    with pytest.raises(CredentialsError, match=words):
        read(server)


def test_a_token_of_no_bot_that_is_named_is_told_and_read_with(
    server: SlackServer, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    assert channel.id
    told = {"ok": True, "team_id": "T1", "url": "https://acme.slack.com/", "user_id": "U1"}
    server.faults.append(Fault(match="auth.test", status=200, data=told))
    assert read(server)
    assert "is it the Bot User OAuth Token" in caplog.text
    server.faults.append(Fault(match="auth.test", status=200, data={"ok": True}))
    with pytest.raises(UnavailableError, match="not of the form"):
        read(server)


@pytest.mark.parametrize(
    ("scope", "method"),
    [
        ("channels:history", "conversations.history of general"),
        ("channels:read", "conversations.list"),
        ("users:read", "users.list"),
    ],
)
def test_a_scope_that_is_missing_is_named_with_where_to_add_it(
    server: SlackServer, channel: Channel, scope: str, method: str
) -> None:
    assert channel.id
    reader(server.workspace)
    token = server.workspace.tokens[TOKEN]
    token.scopes = tuple(one for one in token.scopes if one != scope)
    with pytest.raises(CredentialsError) as caught:
        read(server)
    assert f"{method} needs the scope {scope}" in str(caught.value)
    assert "Bot Token Scopes, then reinstall the app" in str(caught.value)
    server.faults.append(failing("missing_scope", times=None))
    with pytest.raises(CredentialsError, match="that is missing"):
        read(server)


def test_a_channel_that_is_not_there_or_not_open_is_told_with_what_to_do(
    server: SlackServer, channel: Channel
) -> None:
    ada, _ = people(server.workspace)
    server.workspace.channel("aloof", ada)
    server.workspace.channel("over", ada).archive(by=ada)
    server.workspace.private_channel("secret", ada)
    for name, words in [
        ("nowhere", "#nowhere: channel_not_found.*Is the name or id right"),
        ("secret", "channel_not_found.*/invite @bot"),
        ("aloof", "#aloof: not_in_channel.*/invite @bot"),
        ("over", "#over: is_archived.*unarchive it"),
    ]:
        with pytest.raises(ConfigError, match=words):
            read(server, channels=["general", name])
    assert channel.id


def test_another_workspace_than_named_or_than_before_is_refused(
    server: SlackServer, channel: Channel
) -> None:
    assert channel.id
    cursor = read(server, workspace="acme")[-1].cursor
    assert read(server, workspace=server.workspace.id)
    assert read(server, workspace="Acme")
    with pytest.raises(ConfigError, match="of the workspace 'Acme', not of 'other'"):
        read(server, workspace="other")
    server.workspace.id = "T999"
    with pytest.raises(CursorInvalidError, match="another workspace than was read before"):
        read(server, cursor)


def test_what_is_no_slack_is_told(server: SlackServer, channel: Channel) -> None:
    assert channel.id
    for answer in ({"status": 404, "data": {}}, {"status": 200, "data": {"hello": 1}}):
        server.faults.append(Fault(match="", **answer))  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match="something that is not Slack's API"):
            read(server)
    odd = {"ok": True, "channels": "none"}
    server.faults.append(Fault(match="conversations.list", status=200, data=odd))
    with pytest.raises(UnavailableError, match="not of the form"):
        read(server)
    again = {"ok": True, "channels": [], "response_metadata": {"next_cursor": "x"}}
    server.faults.append(Fault(match="conversations.list", times=2, status=200, data=again))
    with pytest.raises(UnavailableError, match="not of the form"):
        read(server)
    server.faults.append(failing("thread_not_found", "history", after=1))
    with pytest.raises(UnavailableError, match="not of the form"):
        read(server)


def test_a_redirection_elsewhere_is_not_followed(server: SlackServer, channel: Channel) -> None:
    assert channel.id
    away = {"Location": "https://elsewhere.example/"}
    server.faults.append(Fault(match="auth.test", status=302, headers=away))
    with pytest.raises(ConfigError, match=r"leads to another host, elsewhere\.example"):
        read(server)


@pytest.mark.parametrize(
    "cursor",
    [
        {"v": 2},
        {"last_pr_number": 5},
        {"v": 1, "channels": {"C1": {}}},
        {"latest_timestamp": "yesterday"},
    ],
)
def test_what_is_no_cursor_is_refused(cursor: dict[str, Any]) -> None:
    with pytest.raises(CursorInvalidError):
        asyncio.run(
            SlackEventSource.create({"bot_token": TOKEN}, {"source_id": "x", "cursor": cursor})
        )


def test_a_seeds_cursor_without_a_time_begins_from_nothing(
    server: SlackServer, channel: Channel
) -> None:
    found = events(read(server, {"latest_timestamp": None}))
    assert len(found) == len(channel.messages) + 1


def test_a_look_tells_what_is_new(server: SlackServer, channel: Channel) -> None:
    ada, _ = people(server.workspace)
    assert look(server, None).reason == "nothing was read yet"
    batches = read(server)
    assert look(server, {**(batches[0].cursor or {}), "full": True}).reason.startswith(
        "not everything"
    )
    cursor = batches[-1].cursor
    assert look(server, cursor).reason == "no channel changed"
    channel.say("New", user=ada)
    assert look(server, cursor).reason == "#general has changed"
    cursor = read(server, cursor)[-1].cursor
    made = server.workspace.channel("other", ada, reader(server.workspace))
    assert look(server, cursor).reason == "1 channels are new, 0 are gone"
    cursor = read(server, cursor)[-1].cursor
    made.delete_channel()
    assert look(server, cursor).reason == "0 channels are new, 1 are gone"
    cursor = read(server, cursor)[-1].cursor
    for number in range(12):
        server.workspace.channel(f"more-{number}", ada, reader(server.workspace))
    cursor = read(server, cursor)[-1].cursor
    assert look(server, cursor).reason == "no channel changed"
    server.clock.move(minutes=10)
    assert look(server, cursor).reason == "3 channels were not looked at for a while"
    (batch,) = read(server, cursor)
    assert (batch.events.num_rows, look(server, batch.cursor).new) == (0, False)
    channel.react(newest(channel), "eyes", ada)
    assert look(server, batch.cursor).reason == "#general has changed"
    channel.archive(by=ada)
    cursor = read(server, cursor)[-1].cursor
    assert look(server, cursor).reason == "no channel changed"
    server.clock.move(days=8)
    assert look(server, cursor).reason == "it is time to look through all of history"


def test_settings_say_nothing_of_the_secret(server: SlackServer, channel: Channel) -> None:
    source = asyncio.run(SlackEventSource.create({"bot_token": TOKEN}, settings(server)))
    assert TOKEN not in repr(source)
    assert TOKEN not in repr(source.config)
    assert asyncio.run(source.supports_incremental())
    assert channel.id
