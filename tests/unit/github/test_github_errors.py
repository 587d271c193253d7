"""What is wrong with settings, secrets, names and servers: said so that it can be mended."""

import asyncio
import re
from typing import Any

import pytest

from sources import (
    ConfigError,
    CredentialsError,
    CursorInvalidError,
    DaybookError,
    RateLimitedError,
    UnavailableError,
)
from sources.github import GithubEventSource
from tests.support.github import Fault, GitHubServer, Repository
from tests.support.github_reading import events, look, read

BLANK, SHORT, LACKING = " ", "short", "lacking"


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    made = server.site.repository("octo/cat")
    made.open_issue("Here", user=None)
    return made


def create(config: dict[str, Any], **credentials: Any) -> GithubEventSource:
    return asyncio.run(GithubEventSource.create(credentials, {"source_id": "demo", **config}))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"repo": "octo/cat", "events": ["pull_requests"]}, "did you mean 'pull_request'"),
        ({"repo": "octo/cat", "events": []}, "'events'"),
        ({"repo": "octo/cat", "since": "2999-01-01"}, "lies in the future"),
        ({"repo": "octo/cat", "since": "last week"}, "'last week' is no date"),
        ({"repo": "octo/cat", "since": 2024}, "'2024' is no date; write it like 2024-03-09"),
        ({"repo": "octo/cat", "base_url": "api.github.com"}, "no URL of the web"),
        ({"repo": "cat"}, "whose is 'cat'?"),
        ({}, "either `repo` .* or `organisation`"),
        ({"repo": "octo/cat", "organisation": "octo"}, "either `repo` .* or `organisation`"),
        ({"repo": "https://github.com/octo/cat"}, "'repo"),
        ({"repo": "octo/cat", "base_url": "http://git.example.org"}, "this machine only"),
        ({"repo": "octo/cat", "base_url": "https://me:x@git.example.org"}, "user or a secret"),
        ({"repo": "octo/cat", "base_url": "https://github.com"}, "api.github.com"),
        ({"repo": "octo/cat", "budget": 0}, "'budget'"),
        ({"repo": "octo/cat", "brnach": "x"}, "did you mean 'branch'"),
    ],
)
def test_a_wrong_setting_is_named(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        create(config)


def test_settings_are_read_as_they_are_meant() -> None:
    source = create({"owner": "octo", "repo": ["cat", "dog/house"], "since": "2024-03-09"})
    assert source.config["since"].isoformat() == "2024-03-09T00:00:00+00:00"
    assert asyncio.run(source.supports_incremental())
    unnamed = asyncio.run(GithubEventSource.create({}, {"repo": "octo/My.Cat"}))
    assert unnamed.source_id == "my-cat"


def test_an_empty_token_is_refused() -> None:
    with pytest.raises(CredentialsError, match="token is empty"):
        create({"repo": "octo/cat"}, token=BLANK)


@pytest.mark.parametrize(
    "cursor",
    [{"tip": 1}, {"v": 9}, {"v": 1, "repositories": {"1": {"asked": 1}}}, {"last_pr_number": "x"}],
)
def test_what_is_no_cursor_is_refused(cursor: dict[str, Any]) -> None:
    with pytest.raises(CursorInvalidError, match="demo"):
        create({"repo": "octo/cat", "cursor": cursor})


def refused(
    server: GitHubServer, error: type[DaybookError], words: str, **more: Any
) -> DaybookError:
    with pytest.raises(error, match=words) as caught:
        read(server, **more)
    assert "secret" not in str(caught.value)
    return caught.value


def test_a_wrong_token_is_told_from_none(server: GitHubServer, repository: Repository) -> None:
    del repository
    server.faults.append(Fault(times=None, status=401, data={"message": "Bad credentials"}))
    refused(server, CredentialsError, "refuses the token")
    refused(server, CredentialsError, "login", token=None)


@pytest.mark.parametrize(
    ("headers", "remedy"),
    [
        ({"X-Accepted-GitHub-Permissions": "issues=read"}, "permission: issues=read"),
        (
            {"X-Accepted-OAuth-Scopes": "repo", "X-OAuth-Scopes": ""},
            "one of the scopes repo; it has none",
        ),
        ({"X-GitHub-SSO": "required; url=…".encode().decode("latin-1")}, "single sign-on"),
        ({}, "the right to read this"),
    ],
)
def test_a_right_that_is_missing_is_named(
    server: GitHubServer, repository: Repository, headers: dict[str, str], remedy: str
) -> None:
    del repository
    answer = {"message": "Resource not accessible by personal access token"}
    server.faults.append(
        Fault(match="/issues/events", times=None, status=403, data=answer, headers=headers)
    )
    error = refused(server, CredentialsError, "issues/events of the repository octo/cat may not")
    assert remedy in error.remedy


def test_several_wrong_secrets_close_the_door_to_right_ones_for_a_while(
    server: GitHubServer, repository: Repository
) -> None:
    del repository
    answer = {"message": "Maximum number of login attempts exceeded. Please try again later."}
    server.faults.append(Fault(match="/repos/octo/cat ", times=None, status=403, data=answer))
    error = refused(server, UnavailableError, "may not be read now: Maximum number of login")
    assert "try again later" in error.remedy


@pytest.mark.parametrize(
    ("right", "name"),
    [("issues", "issues"), ("pull_requests", "review"), ("actions", "workflow_run")],
)
def test_a_permission_that_the_token_lacks_is_named(
    server: GitHubServer, repository: Repository, right: str, name: str
) -> None:
    repository.start_run(actor=None)
    server.site.token(LACKING, denied=frozenset({right}))
    error = refused(server, CredentialsError, "may not be read", token=LACKING, events=name)
    with pytest.raises(CredentialsError, match="may not be read"):  # before anything was read
        look(server, None, token=LACKING, events=name)
    assert error.remedy == f"Give the token the permission: {right}=read"


def test_a_repository_that_is_not_there_or_not_for_this_token(server: GitHubServer) -> None:
    error = refused(server, ConfigError, "no repository octo/cat, or no access to it")
    assert "may the token read it" in error.remedy
    error = refused(server, ConfigError, "no repository octo/cat", token=None)
    assert "needs a token" in error.remedy


def test_a_scope_that_a_private_repository_needs_is_named(server: GitHubServer) -> None:
    server.site.repository("octo/cat", private=True)
    server.site.token(LACKING, scopes=("gist",))
    error = refused(server, ConfigError, "no repository octo/cat", token=LACKING)
    assert "needs the scope repo, and the token has gist" in error.remedy
    assert "is base_url that of the API" in error.remedy


@pytest.mark.parametrize("kind", ["FORBIDDEN", "INSUFFICIENT_SCOPES"])
def test_a_right_that_a_query_lacks_is_named(
    server: GitHubServer, repository: Repository, kind: str
) -> None:
    del repository
    told = {"type": kind, "message": "Resource not accessible by personal access token"}
    answer = {"data": {"repository": None}, "errors": [told]}
    server.faults.append(Fault(match="POST", times=None, status=200, data=answer))
    with pytest.raises(CredentialsError, match="Resource not accessible"):
        look(server, None, events=["discussion"])


def test_what_nothing_will_be_read_of_is_told_before_the_first_reading(
    server: GitHubServer, repository: Repository, caplog: pytest.LogCaptureFixture
) -> None:
    repository.archived = True
    repository.has_issues = repository.has_discussions = False
    absent = {"message": "Not Found"}
    server.faults.append(Fault(match="/actions/", times=None, status=404, data=absent))
    assert look(server, None, events=["issues", "push", "discussion", "workflow_run"]).new
    for words in (
        "octo/cat is archived",
        "octo/cat has its issues switched off: switch them on there, or leave 'issues' out",
        "octo/cat has its discussions switched off",
        "octo/cat has no commits yet",
        "GitHub finds no actions/runs of the repository octo/cat",
    ):
        assert words in caplog.text
    cursor = read(server, events=["issues"])[-1].cursor
    caplog.clear()
    look(server, cursor, events=["issues"])
    assert "archived" not in caplog.text


def test_a_branch_that_is_not_there(server: GitHubServer, repository: Repository) -> None:
    repository.commit("Begin", user=None)
    refused(server, ConfigError, "octo/cat has no branch 'nope'", branch="nope")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(times=None, status=200, data="<html>", kind="text/html"),
        Fault(times=None, status=200, data={"hello": "world"}),
        Fault(times=None, status=200, data=[]),
        Fault(times=None, status=200, data=None),
        Fault(times=None, status=200, data="text"),
        Fault(times=None, status=404, data={"detail": "nothing"}),
        Fault(times=None, status=404, data="<html>", kind="text/html"),
    ],
)
def test_an_address_that_is_none_of_a_github(server: GitHubServer, fault: Fault) -> None:
    server.faults.append(fault)
    refused(server, ConfigError, "base_url leads|instead of JSON")
    person = {"repo": None, "organisation": "octo"}
    refused(server, ConfigError, "base_url leads|instead of JSON|no repository of", **person)


@pytest.mark.parametrize(
    "match", ["/issues[?]", "/commits", "/issues/events", "/releases", "/matching-refs", "/runs"]
)
@pytest.mark.parametrize("data", [None, 5, "text"])
def test_a_list_that_is_none_takes_nothing_away(
    server: GitHubServer, repository: Repository, match: str, data: Any
) -> None:
    repository.commit("Begin", user=None)
    server.faults.append(Fault(match=match, times=None, status=200, data=data))
    events = ["push", "issues", "release", "tag", "workflow_run"]
    refused(server, UnavailableError, "not of the form", events=events)


def test_what_is_closed_for_legal_reasons(server: GitHubServer, repository: Repository) -> None:
    repository.blocked = True
    refused(server, ConfigError, "legal reasons")


def test_issues_that_are_switched_off_leave_the_rest(
    server: GitHubServer, repository: Repository, caplog: pytest.LogCaptureFixture
) -> None:
    ada = server.site.user("ada")
    repository.commit("Begin", user=ada)
    for number in range(130):
        server.site.clock.move(minutes=3)
        repository.commit("Topic", user=ada, branch=f"topic-{number}")
        pull = repository.open_pull(f"Pull {number}", user=ada, branch=f"topic-{number}")
    repository.review(pull, "APPROVED", user=None)
    repository.has_issues = False
    off = {"message": "Issues are disabled for this repo"}
    server.faults.append(Fault(match="/issues/", times=None, status=410, data=off))
    batches = read(server)
    assert "octo/cat has its issues switched off" in caplog.text
    kinds = [event.kind for event in events(batches)]
    assert kinds.count("github.pull_request.opened") == 130
    assert set(kinds) == {"github.commit", "github.pull_request.opened", "github.review"}
    assert read(server, batches[-1].cursor) == []
    server.site.clock.move(minutes=3)
    repository.close(pull, by=ada)
    probe = look(server, batches[-1].cursor)
    assert (probe.new, probe.reason) == (True, "octo/cat: issues changed")
    kinds = [event.kind for event in events(read(server, batches[-1].cursor))]
    assert "github.pull_request.closed" in kinds
    assert kinds.count("github.pull_request.opened") == 1


def test_an_archived_repository_is_read_as_any_other(
    server: GitHubServer, repository: Repository
) -> None:
    repository.archived = True
    assert {event.kind for event in events(read(server))} == {"github.issue.opened"}


def test_a_limit_that_holds_too_long_is_told_with_its_end(
    server: GitHubServer, repository: Repository
) -> None:
    del repository
    server.site.token(SHORT, limit=3)
    with pytest.raises(RateLimitedError, match="used up") as caught:
        read(server, token=SHORT)
    assert caught.value.retry_after
    assert re.search(r"goes on in \d+ s", caught.value.remedy)


def test_a_commit_that_is_gone_makes_the_cursor_invalid(
    server: GitHubServer, repository: Repository
) -> None:
    repository.commit("Begin", user=None)
    cursor = read(server)[-1].cursor
    assert cursor is not None
    (place,) = cursor["repositories"].values()
    place["commits"] = {"tip": "0" * 40}
    with pytest.raises(CursorInvalidError, match="has no commit 000000000000"):
        read(server, cursor)


def test_nothing_read_is_something_new(server: GitHubServer, repository: Repository) -> None:
    del repository
    assert look(server, None).new
    batches = read(server)
    assert look(server, batches[0].cursor).reason == "not everything has been read yet"
