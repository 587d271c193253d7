"""The ways in: a token, an App, neither."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sources import ConfigError, CredentialsError
from sources.github import GithubEventSource
from sources.testing.case import drain
from tests.support.github import GitHubServer, Site, StillClock, github_server
from tests.support.github_reading import events, read, settings

PEM = serialization.Encoding.PEM


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    # Signatures are made by the real time.
    with github_server(Site(StillClock(datetime.now(UTC)))) as made:
        made.site.repository("octo/cat", private=True).open_issue("Here", user=None)
        yield made


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private(key: rsa.RSAPrivateKey) -> str:
    form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    return key.private_bytes(PEM, form, plain).decode()


def create(config: dict[str, Any], **secrets: Any) -> GithubEventSource:
    return asyncio.run(GithubEventSource.create(secrets, {"source_id": "demo", **config}))


def test_an_app_reads_what_it_is_installed_for(
    server: GitHubServer, key: rsa.RSAPrivateKey
) -> None:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    server.site.apps["4711"] = key.public_key().public_bytes(PEM, form).decode()
    server.site.installations[8] = server.site.user("octo")
    source = create(settings(server), app_id="4711", private_key=private(key))

    async def collect() -> list[str]:
        async with source:
            await source.validate()
            return [event.title for event in events(await drain(source))]

    assert asyncio.run(collect()) == ["Here"]
    assert server.count("access_tokens") == 1


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
