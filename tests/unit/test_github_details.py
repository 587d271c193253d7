"""Pull requests' details: by one query for many, or by a request each, to the same effect."""

from collections.abc import Iterator

import pytest

from tests.support import github_history
from tests.support.github import Fault, GitHubServer, github_server
from tests.support.github_reading import held


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with github_server() as made:
        github_history.eventful_repository(made.site, "octo/cat")
        yield made


def test_a_query_for_many_gives_the_same_events_as_a_request_each(server: GitHubServer) -> None:
    by_query = held(server)
    assert server.count("graphql") == 1
    assert server.count("pull") == server.count("reviews") == 0
    assert held(server, graphql=False) == by_query
    assert server.count("pull") == server.count("reviews") == 14
    assert held(server, token=None) == by_query
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
    server.heavy = 200
    assert held(server) == known
    assert server.count(status=502) == 2


def test_a_server_without_graphql_is_asked_for_each(server: GitHubServer) -> None:
    known = held(server)
    answer = {"data": None, "errors": [{"message": "Field 'fullDatabaseId' does not exist"}]}
    server.faults.append(Fault(match="POST", times=None, status=200, data=answer))
    assert held(server) == known
    assert server.count("pull") == 14
