"""What tests of the Slack on this machine begin with: a workspace, and Slack's own client."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from tests.support.slack import Channel, SlackServer, User, Workspace, slack_server
from tests.support.slack_client import BOT, client_of


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace()
    made.token(BOT)
    return made


@pytest.fixture
def ada(workspace: Workspace) -> User:
    return workspace.user("ada", real_name="Ada Lovelace")


@pytest.fixture
def channel(workspace: Workspace, ada: User) -> Channel:
    """A channel that the reader is in, and in which nothing was said."""
    return workspace.channel("general", ada, workspace.app("reader"))


@pytest.fixture
def server(workspace: Workspace) -> Iterator[SlackServer]:
    with slack_server(workspace) as made:
        yield made


@pytest.fixture
def client(server: SlackServer) -> WebClient:
    return client_of(server)
