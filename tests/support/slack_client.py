"""Slack's own client, and what it reads on all pages."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.support.slack import SlackServer

BOT, PERSON = "xoxb-reader", "xoxp-ada"


def client_of(server: SlackServer, secret: str | None = BOT) -> WebClient:
    """Make a client that knows a secret."""
    return WebClient(secret, base_url=server.url, timeout=10)


def pages(response: Any) -> list[dict[str, Any]]:
    """Give all pages of a list, as Slack's client turns them."""
    return [dict(page.data) for page in response]


def gather(response: Any, name: str) -> list[Any]:
    """Give what stands on all pages of a list."""
    return [one for page in response for one in page[name]]


def refused(client: WebClient, method: str, **args: Any) -> Any:
    """Give the answer of a call that ends with an error."""
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, params=args, http_verb="GET")
    return caught.value.response
