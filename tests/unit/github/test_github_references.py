"""What refers to issues and pull requests, and what they are linked with."""

from typing import Any

import pytest

from sources import EpisodicEvent
from sources.github import queries
from sources.testing.case import Mirror
from tests.support.github import Fault, GitHubServer, Repository
from tests.support.github.things import Issue
from tests.support.github_reading import events, held, look, read

ONE_BY_ONE: dict[str, Any] = {"graphql": False, "references": True, "changes": True}
BOTH = pytest.mark.parametrize("way", [{}, ONE_BY_ONE], ids=["query", "one-by-one"])


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    made = server.site.repository("octo/cat")
    made.commit("Begin", user=None)
    made.open_issue("Wrong", user=server.site.user("bob"))
    return made


def propose(repository: Repository, body: str) -> Issue:
    ada = repository.site.user("ada")
    repository.commit("Topic", user=ada, branch="topic")
    return repository.open_pull("Mend", user=ada, branch="topic", body=body)


def crossed(found: list[EpisodicEvent]) -> list[EpisodicEvent]:
    return [event for event in found if event.kind.endswith(".cross_referenced")]


@BOTH
def test_what_refers_to_an_issue_is_an_event_of_it(
    server: GitHubServer, repository: Repository, way: dict[str, Any]
) -> None:
    site = server.site
    issue, pull = repository.issues[1], propose(repository, "Fixes #1")
    elsewhere = site.repository("octo/dog")
    other = elsewhere.open_issue("Here too", user=None, body="As octo/cat#1")
    site.clock.move(minutes=2)
    repository.mention(issue, source=pull, by=site.user("ada"))
    site.clock.move(minutes=2)
    repository.mention(issue, source=other, by=None, where=elsewhere)
    repository.mention(pull, source=issue, by=site.user("bob"))
    found = {event.title: event for event in crossed(events(read(server, **way)))}
    by_pull = found["Cross referenced octo/cat#2"]
    assert (by_pull.kind, by_pull.subject) == ("github.issue.cross_referenced", "octo/cat#1")
    assert (by_pull.actor, by_pull.refs) == ("ada", ("github:octo/cat#2",))
    assert by_pull.attributes["closes"] is True
    assert (site.clock.now() - by_pull.occurred_at).total_seconds() == 120
    by_other = found["Cross referenced octo/dog#1"]
    assert (by_other.actor, by_other.refs) == ("ghost", ("github:octo/dog#1",))
    assert "closes" not in by_other.attributes
    assert found["Cross referenced octo/cat#1"].kind == "github.pull_request.cross_referenced"


def test_both_ways_of_asking_give_the_same(server: GitHubServer, repository: Repository) -> None:
    pull = propose(repository, "Resolves #1")
    for _ in range(120):
        server.site.clock.move(seconds=9)
        repository.mention(repository.issues[1], source=pull, by=server.site.user("ada"))
    by_query = held(server)
    assert len(crossed(list(by_query.values()))) == 120
    assert server.count("timeline") == 0
    assert held(server, **ONE_BY_ONE) == by_query


def test_what_is_linked_by_hand_is_among_the_refs(
    server: GitHubServer, repository: Repository
) -> None:
    ada = server.site.user("ada")
    issue, pull = repository.issues[1], propose(repository, "Mend it")
    wrong = repository.open_issue("Wrong as well", user=ada)
    repository.connect(issue, pull, by=ada)
    server.site.clock.move(minutes=1)
    repository.connect(wrong, pull, by=ada)
    server.site.clock.move(minutes=1)
    repository.disconnect(wrong, pull, by=ada)
    repository.mark_duplicate(wrong, issue, by=ada)
    found = list(held(server).values())
    opened = {event.subject: event for event in found if event.kind.endswith(".opened")}
    assert opened["octo/cat#1"].attributes["linked"] == ["github:octo/cat#2"]
    assert opened["octo/cat#1"].refs == ("github:octo/cat#2",)
    assert opened["octo/cat#2"].attributes["linked"] == ["github:octo/cat#1"]
    assert opened["octo/cat#3"].attributes["duplicate_of"] == ["github:octo/cat#1"]
    assert "linked" not in opened["octo/cat#3"].attributes
    told = [event.kind.partition("github.")[2] for event in found if event.subject == "octo/cat#3"]
    assert sorted(told) == [
        "issue.connected",
        "issue.disconnected",
        "issue.marked_as_duplicate",
        "issue.opened",
    ]


def test_a_new_one_is_news_of_the_issue(server: GitHubServer, repository: Repository) -> None:
    mirror = Mirror().take(read(server), full=True)
    pull = propose(repository, "See #1")
    mirror.take(read(server, mirror.cursor), full=False)
    server.site.clock.move(minutes=3)
    repository.mention(repository.issues[1], source=pull, by=None)
    assert look(server, mirror.cursor).new
    found = events(read(server, mirror.cursor))
    assert len(crossed(found)) == 1


@pytest.mark.parametrize(
    ("way", "left"),
    [
        ({}, 1),
        ({"graphql": False}, 2),
        ({"references": False}, 0),
        ({"events": ["issues"], "references": True, "graphql": False}, 1),
    ],
)
def test_one_that_is_gone_is_withdrawn_by_whoever_looked(
    server: GitHubServer, repository: Repository, way: dict[str, Any], left: int
) -> None:
    mirror, issue = Mirror(), repository.issues[1]
    for title in ("Stays", "Goes"):
        other = repository.open_issue(title, user=None, body="As #1")
        repository.mention(issue, source=other, by=None)
    mirror.take(read(server), full=True)
    assert len(crossed(list(mirror.events.values()))) == 2
    repository.delete_issue(other)
    mirror.take(read(server, **way), full=True)
    assert len(crossed(list(mirror.events.values()))) == left


def test_a_timeline_that_breaks_off_takes_nothing_away(
    server: GitHubServer, repository: Repository
) -> None:
    pull = propose(repository, "See #1")
    for _ in range(60):
        server.site.clock.move(seconds=9)
        repository.mention(repository.issues[1], source=pull, by=server.site.user("ada"))
    mirror = Mirror().take(read(server), full=True)
    wrong = {"data": None, "errors": [{"message": "Not now"}]}
    server.faults.append(Fault(match="thread: issue", times=None, status=200, data=wrong))
    batches = read(server)
    assert len(crossed(events(batches))) == 50
    assert len(crossed(list(mirror.take(batches, full=True).events.values()))) == 60


@pytest.mark.parametrize("item", [None, {}, {"event": "cross-referenced"}, 5])
def test_what_cannot_be_read_of_a_timeline_is_no_reference(
    server: GitHubServer, repository: Repository, item: Any
) -> None:
    del repository
    server.faults.append(Fault(match="/timeline", times=None, status=200, data=[item]))
    assert crossed(events(read(server, **ONE_BY_ONE))) == []


@pytest.mark.parametrize("errors", [[], [{"type": "FORBIDDEN", "message": "Protected by SAML"}]])
def test_an_end_that_is_hidden_is_left_out(
    server: GitHubServer, repository: Repository, errors: list[Any]
) -> None:
    del repository
    path = ["repository", "n1", "timelineItems", "nodes", 1, "source"]
    told = {"errors": [{**error, "path": path} for error in errors]}
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}}
    nodes: list[Any] = [
        None,
        {"__typename": "CrossReferencedEvent", "source": None},
        {"__typename": "ConnectedEvent", "source": None, "subject": {}},
        {"__typename": "NewEvent"},
    ]
    data = {"repository": {"n1": {"number": 1, "timelineItems": {**page, "nodes": nodes}}}}
    answer = {"data": data, **told}
    server.faults.append(Fault(match="POST", times=None, status=200, data=answer))
    (opened,) = held(server, events=["issues"]).values()
    assert opened.refs == ()
    assert server.count("fault") == 1


def test_the_query_asks_for_what_is_wanted_alone() -> None:
    issue = {"number": 7}
    assert "timelineItems" not in queries.compose([issue], changes=True, references=False)
    assert "files" not in queries.compose(
        [issue, {"number": 8, "pull_request": {}}], changes=False, references=True
    )
