"""Pull requests' details: by one query for many, or by a request each, to the same effect."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.support import github_history
from tests.support.github import Fault, GitHubServer, github_server
from tests.support.github_reading import held

EVERYTHING: Final[dict[str, Any]] = {"changes": True, "references": True}


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with github_server() as made:
        github_history.eventful_repository(made.site, "octo/cat")
        yield made


def test_a_query_for_many_gives_the_same_events_as_a_request_each(server: GitHubServer) -> None:
    by_query = held(server)
    assert server.count("graphql") == 6  # 25 issues and pull requests in each, and the tags
    one_by_one = ("pull", "reviews", "pull_commits", "pull_files", "timeline")
    assert [server.count(kind) for kind in one_by_one] == [0] * 5
    assert held(server, graphql=False, **EVERYTHING) == by_query
    assert [server.count(kind) for kind in one_by_one] == [14, 14, 14, 14, 119]
    server.quota.anonymous = 1_000
    assert held(server, token=None, **EVERYTHING) == by_query
    merged = [one for one in by_query.values() if one.kind == "github.pull_request.merged"]
    assert {(one.outcome, one.actor, one.files_changed) for one in merged} == {("merged", "ada", 1)}
    assert all(one.duration_ms for one in merged)


def test_without_details_the_list_of_issues_has_to_do(server: GitHubServer) -> None:
    found = held(server, details=False, events=["pull_request"])
    assert server.count("graphql") == server.count("pull") == 0
    merged = [one for one in found.values() if one.kind == "github.pull_request.merged"]
    assert merged
    assert all(one.additions is None and one.outcome == "merged" for one in merged)


def test_h13_a_query_too_heavy_is_asked_for_less(server: GitHubServer) -> None:
    known = held(server)
    server.heavy = 400
    assert held(server) == known
    assert server.count(status=502) > 2
    assert server.count("pull") == 0


def test_h13_what_is_too_heavy_however_little_it_is_is_asked_for_one_by_one(
    server: GitHubServer,
) -> None:
    known = held(server)
    server.heavy = 21  # a pull request alone
    assert held(server) == known
    assert server.count("pull") == 14
    server.heavy = 0
    assert held(server, **EVERYTHING) == known
    assert server.count("pull") > 14


def test_a_server_without_graphql_is_asked_for_each(server: GitHubServer) -> None:
    known = held(server)
    answer = {"data": None, "errors": [{"message": "Field 'fullDatabaseId' does not exist"}]}
    server.faults.append(Fault(match="POST", times=None, status=200, data=answer))
    assert held(server, **EVERYTHING) == known
    assert server.count("pull") == 14


def test_a_server_that_does_not_know_newer_fields_is_asked_without_them(
    server: GitHubServer,
) -> None:
    plain = held(server, changes=False, references=False)
    answer = {"errors": [{"message": "Field 'files' doesn't exist on type 'PullRequest'"}]}
    server.faults.append(Fault(match="files[(]first", times=None, status=200, data=answer))
    assert held(server) == plain
    assert server.count("pull") == server.count("timeline") == 0
