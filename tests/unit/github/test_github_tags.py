"""Tags: a hundred with one query, the same as one by one."""

from collections.abc import Iterator

import pytest

from sources.testing.case import Mirror
from tests.support.github import Fault, GitHubServer, Repository, github_server
from tests.support.github_reading import events, held, look, read

TAGS = 130


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    """A repository with many tags, every third one an object of its own."""
    with github_server() as made:
        site, repository = made.site, made.site.repository("octo/cat")
        ada = site.user("ada")
        for number in range(TAGS):
            site.clock.move(minutes=9)
            commit = repository.commit(f"Change {number}", user=ada)
            site.clock.move(minutes=9)
            if number % 3:
                repository.tag(f"v{number}", commit.sha)
            else:
                repository.annotate(f"v{number}", f"The {number}th\n\nNotes", by=ada)
        repository.annotate('odd"{name}', "Odd", by=ada)
        yield made


def found(server: GitHubServer) -> Repository:
    repository = server.site.find("octo/cat")
    assert repository is not None
    return repository


def test_both_ways_give_the_same_and_one_takes_a_query_for_a_hundred(server: GitHubServer) -> None:
    by_query = held(server, events=["tag"])
    queries, asked = server.count("graphql"), len(server.asked)
    one_by_one = held(server, events=["tag"], graphql=False)
    assert by_query == one_by_one
    assert len(by_query) == TAGS + 1
    assert (queries, server.count("git_tag")) == (2, TAGS // 3 + 2)
    assert asked < 10
    annotated = [event for event in by_query.values() if event.attributes["annotated"]]
    assert len(annotated) == TAGS // 3 + 2
    assert {event.actor_key for event in annotated} == {"ada@example.org"}


def test_a_tag_that_moves_is_asked_for_again_and_only_that(server: GitHubServer) -> None:
    mirror = Mirror().take(read(server, events=["tag"]), full=True)
    server.asked.clear()
    repository = found(server)
    server.site.clock.move(minutes=2)
    repository.tag("v7")
    repository.untag("v8")
    batches = read(server, mirror.cursor, events=["tag"])
    assert [event.subject for event in events(batches)] == ["v7"]
    assert mirror.take(batches, full=False).events == held(server, events=["tag"])
    assert not look(server, mirror.cursor, events=["tag"]).new


@pytest.mark.parametrize(
    "fault",
    [
        Fault(match="graphql", times=None, status=403, data={"message": "Not for this token"}),
        Fault(match="graphql", times=None, status=502, data={}),
        Fault(match="graphql", times=None, status=200, data={"data": None, "errors": []}),
        Fault(match="graphql", times=None, status=200, data={"data": {"repository": {"q0": None}}}),
    ],
    ids=["refused", "too heavy", "nothing", "unknown"],
)
def test_what_no_query_tells_is_asked_for_one_by_one(server: GitHubServer, fault: Fault) -> None:
    repository = found(server)
    for number in range(5, TAGS):
        repository.untag(f"v{number}")
    whole = held(server, events=["tag"], graphql=False)
    server.faults.append(fault)
    assert held(server, events=["tag"]) == whole
    assert len(whole) == 6
