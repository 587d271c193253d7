"""What the client sends, where it sends it, and what it never lets out."""

import logging
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sources import BudgetSpentError, ConfigError, CredentialsError, UnavailableError
from sources.http import HttpClient, StoppedError
from tests.support.certificates import make_certificate
from tests.support.github import Fault, GitHubServer, Repository, Site, github_server
from tests.support.http_client import REPOSITORY, SECRET, Reader


@pytest.fixture
def repository() -> Repository:
    site = Site()
    site.token(SECRET)
    return site.repository("octo/demo")


@pytest.fixture
def server(repository: Repository) -> Iterator[GitHubServer]:
    with github_server(repository.site) as made:
        yield made


@pytest.fixture
def reader(server: GitHubServer) -> Reader:
    return Reader(server)


@pytest.fixture
def client(reader: Reader) -> Iterator[HttpClient]:
    with reader.client() as made:
        yield made


def test_one_thing(client: HttpClient, server: GitHubServer, repository: Repository) -> None:
    answer = client.get(REPOSITORY, {"a": 1, "b": None})
    assert (answer.status, answer.good, answer.unchanged) == (200, True, False)
    assert answer.data["id"] == repository.id
    assert answer.headers["x-ratelimit-remaining"] == "4999"
    [(asked, _, _)] = server.asked
    assert asked.query == {"a": "1"}
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.headers["accept"] == "application/vnd.github+json"
    assert "gzip" in asked.headers["accept-encoding"]
    assert "cookie" not in asked.headers


def test_another_accept(client: HttpClient, server: GitHubServer) -> None:
    client.get(f"{REPOSITORY}/stargazers", accept="application/vnd.github.star+json")
    assert server.asked[0][0].headers["accept"] == "application/vnd.github.star+json"


def test_without_a_secret(reader: Reader, server: GitHubServer) -> None:
    with reader.client(authorise=lambda: None) as client:
        assert client.get(REPOSITORY).good
    assert "authorization" not in server.asked[0][0].headers


def test_no_secret_out_of_netrc(
    reader: Reader, server: GitHubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with reader.client(authorise=lambda: None) as client:
        client.get(REPOSITORY)
    assert "authorization" not in server.asked[0][0].headers


def test_the_secret_is_asked_for_with_each_request(reader: Reader, server: GitHubServer) -> None:
    secrets = ["one", "two"]
    for secret in secrets:
        server.site.token(secret)
    given = iter(secrets)
    with reader.client(authorise=lambda: f"Bearer {next(given)}") as client:
        client.get(REPOSITORY)
        client.get(REPOSITORY)
    sent = [asked.headers["authorization"] for asked, _, _ in server.asked]
    assert sent == ["Bearer one", "Bearer two"]


def test_a_secret_may_be_got_by_the_client_itself(
    reader: Reader, server: GitHubServer, repository: Repository
) -> None:
    repository.site.installations[7] = repository.owner
    found: list[str] = []
    clients: list[HttpClient] = []

    def renew() -> str:
        if not found:
            found.append("app")
            answer = clients[0].post("/app/installations/7/access_tokens", {})
            found[0] = answer.data["token"]
        return f"Bearer {found[0]}"

    with reader.client(authorise=renew) as client:
        clients.append(client)
        assert client.get(REPOSITORY).good
    assert [asked.method for asked, _, _ in server.asked] == ["POST", "GET"]


def test_what_is_known_already_costs_nothing(client: HttpClient, server: GitHubServer) -> None:
    first = client.get(REPOSITORY)
    again = client.get(REPOSITORY, etag=first.etag)
    assert (again.status, again.unchanged, again.good, again.data) == (304, True, True, None)
    assert server.spent(SECRET) == 1
    assert (client.sent, client.spent) == (2, 1)


def test_a_query_of_graphql(client: HttpClient, server: GitHubServer) -> None:
    answer = client.post(server.graphql_url, {"query": "{viewer{login}}"})
    assert answer.data == {"data": {"viewer": {"login": "reader"}}}


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"{REPOSITORY}/commits", 409), (f"{REPOSITORY}/issues", 410), ("/repos/a/b", 404)],
)
def test_what_the_caller_has_to_judge(
    client: HttpClient, repository: Repository, path: str, status: int
) -> None:
    repository.has_issues = False
    answer = client.get(path)
    assert (answer.status, answer.good) == (status, False)
    assert "message" in answer.data


def test_the_budget_is_spent(reader: Reader, server: GitHubServer) -> None:
    with reader.client(budget=2) as client:
        etag = client.get(REPOSITORY).etag
        for _ in range(5):
            assert client.get(REPOSITORY, etag=etag).unchanged
        client.get(REPOSITORY)
        with pytest.raises(BudgetSpentError, match="demo: the 2 requests of one run are used up"):
            client.get(REPOSITORY)
    assert server.count() == 7


# Where it goes


def test_a_renamed_repository_is_followed(
    client: HttpClient, server: GitHubServer, repository: Repository
) -> None:
    repository.site.rename(repository, "octo/renamed")
    answer = client.get(f"{REPOSITORY}/issues", {"state": "all"})
    assert answer.good
    assert answer.url == f"{server.url}/repositories/{repository.id}/issues?state=all"
    assert client.spent == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirection_to_another_host(
    client: HttpClient, server: GitHubServer, status: int
) -> None:
    with github_server() as other:
        fault = Fault(status=status, headers={"Location": f"{other.url}{REPOSITORY}"})
        server.faults.append(fault)
        with pytest.raises(ConfigError, match="leads to another host"):
            client.get(REPOSITORY)
        assert not other.asked


def test_no_redirection_without_end(client: HttpClient, server: GitHubServer) -> None:
    server.faults.append(Fault(times=None, status=302, headers={"Location": "/again"}))
    with pytest.raises(ConfigError, match="redirects on and on"):
        client.get(REPOSITORY)
    assert server.count() == 5


def test_nothing_is_posted_twice_by_a_redirection(client: HttpClient, server: GitHubServer) -> None:
    server.faults.append(Fault(status=307, headers={"Location": "/elsewhere"}))
    with pytest.raises(ConfigError, match="redirects"):
        client.post("/graphql", {"query": "{viewer{login}}"})
    assert server.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.org/x",
        "https://{host}@api.example.org/x",
        "http://{host}.example.org/x",
        "http://api.example.org\\@{host}/x",
        "https://{host}/x",
        "http://ada@{host}/x",
        "http://[::1/x",
    ],
)
def test_no_url_of_another_host(client: HttpClient, server: GitHubServer, url: str) -> None:
    whole = url.format(host=server.url.removeprefix("http://"))
    with pytest.raises(ConfigError, match="leads to another host"):
        client.get(whole)
    server.faults.append(Fault(status=302, headers={"Location": whole}))
    with pytest.raises(ConfigError, match="leads to another host"):
        client.get(REPOSITORY)
    assert server.count() == 1


@pytest.mark.parametrize("path", ["//api.example.org/x", "x?u=https://api.example.org", "\\x"])
def test_odd_paths_are_below_the_base(client: HttpClient, server: GitHubServer, path: str) -> None:
    client.get(path)
    assert server.count() == 2  # 404 is asked again


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://ada:hunter2@api.example.org", "holds a user or a secret"),
        ("https://hunter2@api.example.org", "holds a user or a secret"),
        ("https://api.example.org?token=hunter2", "more than host and path"),
        ("https://api.example.org/#hunter2", "more than host and path"),
        ("http://api.example.org/hunter2", "plain http"),
        ("http://127.0.0.1.example.org/hunter2", "plain http"),
        ("ftp://hunter2", "no URL of the web"),
        ("hunter2", "no URL of the web"),
        ("https://", "no URL of the web"),
        ("https://a b/hunter2", "no URL of the web"),
        ("https://[hunter2", "no URL of the web"),
        ("https://api.example.org:hunter2", "no URL of the web"),
    ],
)
def test_a_base_that_is_none(reader: Reader, url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        reader.client(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://api.example.org", "https://ghe.example.org/api/v3/"])
def test_a_base_that_is_one(reader: Reader, url: str) -> None:
    reader.client(url).close()


def test_a_page_instead_of_json(client: HttpClient, server: GitHubServer) -> None:
    server.faults.append(Fault(status=200, data="<html>Sign in</html>", kind="text/html"))
    with pytest.raises(ConfigError, match="answers with text/html instead of JSON"):
        client.get(REPOSITORY)


def test_nobody_listens(reader: Reader, server: GitHubServer) -> None:
    with github_server() as gone:
        url = gone.url
    with reader.client(url) as client, pytest.raises(UnavailableError) as caught:
        client.get(REPOSITORY)
    assert "no connection" in str(caught.value)
    assert len(reader.waits) == 4
    assert not server.asked


def test_the_proxy_of_the_environment(
    reader: Reader, server: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with github_server() as gone:
        monkeypatch.setenv("HTTP_PROXY", gone.url)
    with reader.client() as client, pytest.raises(UnavailableError, match="proxy"):
        client.get(REPOSITORY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with reader.client() as client:
        assert client.get(REPOSITORY).good
    assert server.count() == 1


def test_the_certificates_of_the_environment(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    with github_server(reader.server.site, certificate=certificate) as server:
        with (
            reader.client(server.url) as client,
            pytest.raises(ConfigError, match="no trust in the certificate"),
        ):
            client.get(REPOSITORY)
        assert not server.asked
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        with reader.client(server.url) as client:
            assert client.get(REPOSITORY).good
            assert client.get(REPOSITORY).url == f"{server.url}{REPOSITORY}"


def test_certificates_that_are_not_there(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing.pem"))
    with (
        reader.client("https://127.0.0.1:1") as client,
        pytest.raises(ConfigError, match="readable file of trusted certificates"),
    ):
        client.get(REPOSITORY)


# What it never lets out


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": True},
        {"status": 500},
        {"cut": 20},
        {"status": 200, "data": "<html/>", "kind": "text/html"},
        {"status": 302, "headers": {"Location": "https://example.org/"}},
        {"status": 429},
    ],
)
def test_no_secret_in_errors_and_logs(
    client: HttpClient,
    server: GitHubServer,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    server.faults.append(Fault(times=None, **fault))
    with pytest.raises((UnavailableError, ConfigError)) as caught:
        client.get(REPOSITORY)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in caplog.text
    assert SECRET not in repr(client)
    seen: list[BaseException | None] = [caught.value]
    for error in seen:
        assert not hasattr(error, "request")
        if error is not None:
            seen += [error.__cause__, error.__context__]


def test_a_secret_that_the_service_repeats_is_taken_out(
    client: HttpClient, server: GitHubServer
) -> None:
    words = {"message": f"the token {SECRET} may not"}
    server.faults.append(Fault(times=None, status=403, data=words))
    assert client.get(REPOSITORY).data == {"message": "the token *** may not"}


def test_a_secret_that_no_header_can_carry(reader: Reader, server: GitHubServer) -> None:
    with (
        reader.client(authorise=lambda: f"Bearer {SECRET}\n") as client,
        pytest.raises(CredentialsError, match="characters that no header can carry") as caught,
    ):
        client.get(REPOSITORY)
    assert SECRET not in str(caught.value)
    assert not server.asked


def test_no_cookie_is_kept(client: HttpClient, server: GitHubServer) -> None:
    server.faults.append(Fault(status=200, data={}, headers={"Set-Cookie": "a=b; Path=/"}))
    client.get(REPOSITORY)
    client.get(REPOSITORY)
    assert "cookie" not in server.asked[1][0].headers


def test_ended_before_it_began(reader: Reader, client: HttpClient, server: GitHubServer) -> None:
    reader.stopped.set()
    with pytest.raises(StoppedError):
        client.get(REPOSITORY)
    assert not server.asked


def test_an_answer_that_is_too_large(reader: Reader, server: GitHubServer) -> None:
    server.faults.append(Fault(status=200, data=os.urandom(3 << 20).hex()))
    with (
        reader.client(largest=2 << 20) as client,
        pytest.raises(UnavailableError, match="larger than 2 MiB"),
    ):
        client.get(REPOSITORY)
    assert server.count() == 1


def test_a_small_answer_that_unpacks_to_a_large_one(reader: Reader, server: GitHubServer) -> None:
    server.faults.append(Fault(status=200, data="0" * (64 << 20)))
    with (
        reader.client(largest=2 << 20) as client,
        pytest.raises(UnavailableError, match="larger than 2 MiB"),
    ):
        client.get(REPOSITORY)
