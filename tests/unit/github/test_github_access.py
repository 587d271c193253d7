"""The ways in: a token, an App, neither."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from sources import ConfigError, CredentialsError
from sources.github import GithubEventSource
from sources.testing.case import drain
from tests.support.github import Fault, GitHubServer, Site, StillClock, github_server
from tests.support.github_fixtures import AppKey
from tests.support.github_reading import events, read, settings
from tests.support.waiting import wait_until


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    # Signatures are made by the real time.
    with github_server(Site(StillClock(datetime.now(UTC)))) as made:
        made.site.repository("octo/cat", private=True).open_issue("Here", user=None)
        yield made


def create(config: dict[str, Any], **secrets: Any) -> GithubEventSource:
    return asyncio.run(GithubEventSource.create(secrets, {"source_id": "demo", **config}))


@pytest.fixture
def app(server: GitHubServer, app_key: AppKey) -> GithubEventSource:
    server.site.apps["4711"] = app_key.public
    server.site.installations[8] = server.site.user("octo")
    return create(settings(server), app_id="4711", private_key=app_key.private)


def test_an_app_reads_what_it_is_installed_for(
    server: GitHubServer, app: GithubEventSource
) -> None:

    async def collect() -> list[str]:
        async with app:
            await app.validate()
            return [event.title for event in events(await drain(app))]

    assert asyncio.run(collect()) == ["Here"]
    assert server.count("access_tokens") == 1


@pytest.mark.parametrize("match", ["access_tokens", "/app/installations[?]"])
def test_a_reading_that_waits_for_a_token_ends_when_it_is_cancelled(
    server: GitHubServer, app: GithubEventSource, match: str
) -> None:
    hold = threading.Event()
    hanging = Fault(match=match, hold=hold, cut=0)
    server.faults.append(hanging)

    async def cancel() -> None:
        async with app:
            # The second waits for the token that the first asks for.
            tasks = [asyncio.create_task(drain(app)), asyncio.create_task(app.probe())]
            assert await asyncio.to_thread(hanging.reached.wait, 30)
            for task in tasks[::-1]:
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(asyncio.run, cancel())
        assert hanging.reached.wait(30)
        wait_until(reading.done, 10, "the end of the reading")
        reading.result()
    hold.set()


def test_a_private_repository_is_hidden_from_whoever_has_no_token(server: GitHubServer) -> None:
    with pytest.raises(ConfigError, match="A private one needs a token"):
        read(server, token=None)
    assert [event.title for event in events(read(server))] == ["Here"]


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ({"app_id": "1"}, "both a number and a key"),
        ({"private_key": "x"}, "both a number and a key"),
        ({"app_id": "1", "private_key": "x", "token": "y"}, "two ways in"),
        ({"app_id": "1", "private_key": " "}, "private_key is empty"),
        ({"tokn": "x"}, "did you mean 'token'"),
    ],
)
def test_secrets_that_do_not_fit(secrets: dict[str, Any], words: str) -> None:
    with pytest.raises(CredentialsError, match=words):
        create({"repo": "octo/cat"}, **secrets)


def test_an_app_is_installed_for_one_account() -> None:
    with pytest.raises(ConfigError, match="one account, and here are octo, acme"):
        create({"repo": ["octo/cat", "acme/dog"]}, app_id="1", private_key="x")


def test_an_enterprise_server_is_read_by_its_own_addresses() -> None:
    with github_server(enterprise=True) as server:
        made = server.site.repository("octo/cat")
        made.commit("Begin", user=None)
        made.commit("Work", user=None, branch="topic")
        made.open_pull("Mend", user=None, branch="topic")
        kinds = {event.kind for event in events(read(server))}
        assert kinds == {"github.commit", "github.pull_request.opened"}
        assert server.url.endswith("/api/v3")
        assert server.count("graphql") == 1
