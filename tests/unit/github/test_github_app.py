"""A GitHub App's tokens: got with its key, renewed in the middle of a run."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event

import pytest

from sources import ConfigError, CredentialsError, UnavailableError
from sources.github.app import AppTokens
from sources.http import HttpClient
from tests.support.github import START, Fault
from tests.support.github_fixtures import AppKey
from tests.support.http_client import REPOSITORY, Reader, reading


@pytest.fixture
def private(app_key: AppKey) -> str:
    return app_key.private


@pytest.fixture
def reader(app_key: AppKey) -> Iterator[Reader]:
    with reading() as made:
        site = made.server.site
        site.apps["4711"] = app_key.public
        site.installations |= {7: site.organisation("acme"), 8: made.repository.owner}
        yield made


def _tokens(reader: Reader, private: str, *, app: str = "4711", account: str = "Octo") -> AppTokens:
    def open_client(authorise: Callable[[], str | None], _: Event) -> HttpClient:
        return reader.client(authorise=authorise)

    return AppTokens(
        source_id="demo",
        app_id=app,
        private_key=private,
        account=account,
        open_client=open_client,
        clock=reader.clock,
    )


def test_h20_renewed_in_the_middle_of_a_run(reader: Reader, private: str) -> None:
    tokens = _tokens(reader, private)
    with reader.client(authorise=lambda: tokens.authorise(Event())) as client:
        for _ in range(30):
            assert client.get(REPOSITORY).good
            reader.clock.move(minutes=5)
    assert reader.server.kinds() == {
        "repository": 30,
        "installations": 3,
        "access_tokens": 3,
    }
    assert not reader.server.count(status=401)


def test_a_wait_that_outlives_a_token(reader: Reader, private: str) -> None:
    tokens = _tokens(reader, private)
    with reader.client(authorise=lambda: tokens.authorise(Event()), patience=9999) as client:
        fault = Fault(match=REPOSITORY, status=403, headers={"Retry-After": "7000"})
        reader.server.faults.append(fault)
        assert client.get(REPOSITORY).good
    assert reader.clock.now() == START + timedelta(seconds=7000)
    assert not reader.server.count(status=401)


def test_its_secrets_are_in_no_error(reader: Reader, private: str) -> None:
    tokens = _tokens(reader, private)
    value = tokens.authorise(Event())
    assert value.startswith("Bearer ghs_")
    assert value not in repr(tokens)


def test_not_installed_there(reader: Reader, private: str) -> None:
    with pytest.raises(ConfigError, match="App 4711 is not installed for nobody"):
        _tokens(reader, private, account="nobody").authorise(Event())


@pytest.mark.parametrize("app", ["4712", ""])
def test_the_key_of_another_app(reader: Reader, private: str, app: str) -> None:
    with pytest.raises(CredentialsError, match="refuses the App"):
        _tokens(reader, private, app=app).authorise(Event())


@pytest.mark.parametrize(
    "wrong",
    ["", "hunter2", "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n"],
)
def test_a_key_that_is_none(reader: Reader, wrong: str) -> None:
    with pytest.raises(CredentialsError, match="the private key of the App is no key") as caught:
        _tokens(reader, wrong).authorise(Event())
    assert "hunter2" not in str(caught.value)
    assert not reader.server.asked


def test_a_public_key_signs_nothing(reader: Reader) -> None:
    with pytest.raises(CredentialsError, match="is no key"):
        _tokens(reader, reader.server.site.apps["4711"]).authorise(Event())


def test_without_the_library(reader: Reader, private: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(ConfigError, match="needs the libraries") as caught:
        _tokens(reader, private).authorise(Event())
    assert "github-app" in caught.value.remedy


def test_no_token_is_given(reader: Reader, private: str) -> None:
    reader.server.faults.append(Fault(match="access_tokens", times=None, status=422, data={}))
    with pytest.raises(UnavailableError, match="gives the App no token: status 422"):
        _tokens(reader, private).authorise(Event())
