"""How often the server on this machine may be asked, and for how much at once."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from tests.support.loopback import StillClock
from tests.support.slack import Channel, SlackServer, User, Workspace, failing
from tests.support.slack_client import client_of, gather, pages, refused
from tests.support.slack_history import say_words


@pytest.fixture
def channel(channel: Channel, ada: User) -> Channel:
    return say_words(channel, ada, 20)


class Waiting(RateLimitErrorRetryHandler):
    """Obeys ``Retry-After`` by a clock that stands still otherwise."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__(max_retry_count=3)
        self._clock = clock

    def prepare_for_next_attempt(
        self, *, state: Any, request: Any, response: Any = None, error: Any = None
    ) -> None:
        del request, error
        state.next_attempt_requested = True
        [seconds] = response.headers["retry-after"]
        self._clock.move(seconds=int(seconds))
        state.increment_current_attempt()


def test_too_many_calls_within_a_minute(
    client: WebClient, server: SlackServer, channel: Channel
) -> None:
    for _ in range(50):
        client.conversations_history(channel=channel.id)
    answer = refused(client, "conversations.history", channel=channel.id)
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert answer.headers["Retry-After"] == "60"
    assert client.conversations_info(channel=channel.id)["ok"]
    assert server.early == []
    refused(client, "conversations.history", channel=channel.id)
    assert len(server.early) == 1
    server.clock.move(seconds=60)
    assert client.conversations_history(channel=channel.id)["ok"]
    assert server.count("conversations.history", status=429) == 2


def test_each_secret_and_each_method_has_its_own_minute(
    client: WebClient, server: SlackServer, workspace: Workspace
) -> None:
    workspace.token("xoxb-other", "other")
    for _ in range(20):
        client.users_list()
    assert refused(client, "users.list")["error"] == "ratelimited"
    assert client.conversations_list()["ok"]
    assert client_of(server, "xoxb-other").users_list()["ok"]


def test_slacks_client_waits_as_it_is_told(
    client: WebClient, server: SlackServer, channel: Channel
) -> None:
    client.retry_handlers.append(Waiting(server.clock))
    for _ in range(120):
        client.conversations_history(channel=channel.id)
    assert server.count("conversations.history", status=200) == 120
    assert server.count("conversations.history", status=429) == 2
    assert server.early == []


def test_slacks_own_handler_of_limits_understands_the_refusal(
    client: WebClient, server: SlackServer, channel: Channel
) -> None:
    server.faults.append(failing("ratelimited", status=429, headers={"Retry-After": "0"}))
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    assert client.conversations_history(channel=channel.id)["ok"]
    assert [status for _, status, _ in server.asked] == [429, 200]


def test_an_app_that_is_sold_past_the_marketplace(
    server: SlackServer, workspace: Workspace, channel: Channel
) -> None:
    workspace.token("xoxb-limited", limited=True)
    client = client_of(server, "xoxb-limited")
    client.retry_handlers.append(Waiting(server.clock))
    read = pages(client.conversations_history(channel=channel.id, limit=999))
    assert [len(page["messages"]) for page in read] == [15, 5]
    assert server.count("conversations.history", status=429) == 1
    parent = next(iter(channel.messages))
    assert client.conversations_replies(channel=channel.id, ts=parent)["ok"]
    assert client.users_list()["ok"]


@pytest.mark.parametrize("limit", ["1000", "-1", "many", "1.5"])
def test_a_page_that_is_too_long_or_none(client: WebClient, channel: Channel, limit: str) -> None:
    for method, more in (
        ("conversations.history", {"channel": channel.id}),
        ("conversations.list", {}),
        ("users.list", {}),
    ):
        assert refused(client, method, limit=limit, **more)["error"] == "invalid_limit"


def test_the_longest_page(client: WebClient, channel: Channel, ada: User) -> None:
    for _ in range(1_000):
        channel.say("More", user=ada)
    found = client.conversations_history(channel=channel.id, limit=999)
    assert (len(found["messages"]), found["has_more"]) == (999, True)
    found = client.conversations_history(channel=channel.id)
    assert (len(found["messages"]), found["has_more"]) == (100, True)


def test_a_workspace_too_large_for_one_page(
    server: SlackServer, client: WebClient, workspace: Workspace
) -> None:
    server.manners.users_without_limit = 3
    for number in range(4):
        workspace.user(f"user-{number}")
    assert refused(client, "users.list")["error"] == "limit_required"
    assert len(gather(client.users_list(limit=3), "members")) == 5
