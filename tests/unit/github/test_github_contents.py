"""Commits and files of pull requests, those too that no list has."""

from datetime import timedelta
from typing import Any

import pytest

from sources import EpisodicEvent, FileChange
from sources.testing.case import Mirror
from tests.support.github import Change, Fault, GitHubServer, Repository
from tests.support.github.things import Issue
from tests.support.github_reading import events, held, read

ONE_BY_ONE: dict[str, Any] = {"graphql": False, "changes": True}
PULLS: dict[str, Any] = {"events": ["pull_request"]}
BOTH = pytest.mark.parametrize("way", [{}, ONE_BY_ONE], ids=["query", "one-by-one"])


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    made = server.site.repository("octo/cat")
    made.commit("Begin", user=None)
    return made


def propose(repository: Repository, count: int, **what: Any) -> Issue:
    ada = repository.site.user("ada")
    for number in range(count):
        repository.commit(f"Part {number}", user=ada, branch="topic", **what)
    return repository.open_pull("Mend", user=ada, branch="topic")


def only(server: GitHubServer, word: str, **more: Any) -> EpisodicEvent:
    found = held(server, **PULLS, **more).values()
    (event,) = [one for one in found if one.kind == f"github.pull_request.{word}"]
    return event


def commits_of(event: EpisodicEvent) -> list[str]:
    return [ref.removeprefix("git:") for ref in event.refs if ref.startswith("git:")]


@BOTH
def test_they_stand_where_the_pull_request_is_now(
    server: GitHubServer, repository: Repository, way: dict[str, Any]
) -> None:
    changes = (
        Change(path="a.py", additions=3, deletions=1),
        Change(path="b.py", additions=2, status="added"),
        Change(path="c.py", additions=0, deletions=9, status="removed"),
    )
    pull = propose(repository, 2, changes=changes)
    mirror = Mirror().take(read(server, **PULLS, **way), full=True)
    (opened,) = mirror.events.values()
    assert pull.pull is not None
    assert commits_of(opened) == pull.pull.commits
    assert (opened.additions, opened.deletions, opened.files_changed) == (10, 20, 3)
    assert opened.files == (
        FileChange(path="a.py", change="M", additions=6, deletions=2),
        FileChange(path="b.py", change="A", additions=4, deletions=0),
        FileChange(path="c.py", change="D", additions=0, deletions=18),
    )
    assert opened.attributes["commits"] == 2
    server.site.clock.move(minutes=9)
    repository.commit("Another part", user=None, branch="topic", changes=(Change(path="d.py"),))
    merge = repository.merge(pull, by=repository.site.user("ada"))
    mirror.take(read(server, mirror.cursor, **PULLS, **way), full=False)
    found = {event.kind: event for event in mirror.events.values()}
    opened = found["github.pull_request.opened"]
    merged = found["github.pull_request.merged"]
    assert (opened.additions, opened.files, commits_of(opened)) == (None, None, [])
    assert set(commits_of(merged)) == {merge.sha, *pull.pull.commits}
    assert [one.path for one in merged.files or ()] == ["a.py", "b.py", "c.py", "d.py"]


@BOTH
def test_h9_more_commits_than_are_listed_are_found_by_comparing(
    server: GitHubServer, repository: Repository, way: dict[str, Any]
) -> None:
    pull = propose(repository, 260)
    opened = only(server, "opened", **way)
    assert pull.pull is not None
    assert commits_of(opened) == pull.pull.commits
    assert "commits_missing" not in opened.attributes
    assert server.count("compare") == 3


@pytest.mark.parametrize("fault", ["gone", "short", "another"])
def test_h9_it_is_said_how_many_commits_are_left_out(
    server: GitHubServer, repository: Repository, fault: str
) -> None:
    propose(repository, 260)
    server.site.short_comparisons = fault == "short"
    answers: dict[str, dict[str, Any]] = {
        "gone": {"status": 404, "data": {"message": "Not Found"}},
        "another": {"status": 200, "data": {"commits": [{"sha": "f" * 40}] * 300}},
    }
    if answer := answers.get(fault):
        server.faults.append(Fault(match="/compare/", times=None, **answer))
    opened = only(server, "opened")
    assert len(commits_of(opened)) == 250
    assert (opened.attributes["commits"], opened.attributes["commits_missing"]) == (260, 10)


def test_h9_a_thousand_commits_are_named_at_most(
    server: GitHubServer, repository: Repository
) -> None:
    propose(repository, 1_030)
    opened = only(server, "opened")
    assert len(commits_of(opened)) == 1_000
    assert opened.attributes["commits_missing"] == 30


@BOTH
def test_h9_it_is_said_how_many_files_and_lines_are_left_out(
    server: GitHubServer, repository: Repository, way: dict[str, Any]
) -> None:
    changes = tuple(Change(path=f"{number:04}.py", additions=2) for number in range(3_010))
    propose(repository, 1, changes=changes)
    opened = only(server, "opened", **way)
    assert len(opened.files or ()) == 3_000
    attributes = opened.attributes
    assert (attributes["files_missing"], attributes["lines_missing"]) == (10, 20)
    assert (opened.files_changed, opened.additions) == (3_010, 6_020)


@BOTH
def test_h10_commits_older_than_the_pull_request_belong_to_it(
    server: GitHubServer, repository: Repository, way: dict[str, Any]
) -> None:
    server.site.clock.move(days=4)
    cursor = read(server, **PULLS, **way)[-1].cursor
    pull = propose(repository, 3, at=server.site.clock.now() - timedelta(days=3))
    (opened,) = events(read(server, cursor, **PULLS, **way))
    assert pull.pull is not None
    assert commits_of(opened) == pull.pull.commits


def test_the_commits_are_those_that_the_branch_has_as_events(
    server: GitHubServer, repository: Repository
) -> None:
    pull = propose(repository, 4)
    repository.merge(pull, by=server.site.user("ada"))
    found = held(server).values()
    shas = {event.subject for event in found if event.kind == "github.commit"}
    (merged,) = [event for event in found if event.kind == "github.pull_request.merged"]
    assert set(commits_of(merged)) <= shas


def test_a_request_for_each_is_made_on_demand_only(
    server: GitHubServer, repository: Repository
) -> None:
    propose(repository, 2)
    plain = only(server, "opened", graphql=False)
    assert server.count("pull_commits") == server.count("pull_files") == 0
    assert (plain.files, commits_of(plain), plain.files_changed) == (None, [], 1)
    without = only(server, "opened", changes=False)
    assert without == plain
    assert server.count("graphql") == 1


def test_a_name_that_a_file_had_is_told_by_rest_alone(
    server: GitHubServer, repository: Repository
) -> None:
    propose(repository, 1, changes=(Change(path="new", previous="old", status="renamed"),))
    (by_query,) = only(server, "opened").files or ()
    (by_rest,) = only(server, "opened", **ONE_BY_ONE).files or ()
    assert (by_query.change, by_query.old_path) == ("R", None)
    assert (by_rest.change, by_rest.old_path) == ("R", "old")


@pytest.mark.parametrize(
    ("match", "data"),
    [("/pulls/1/commits", [None, {"sha": None}, 5]), ("/pulls/1/files", [None, {}, "text"])],
)
def test_records_that_are_none_are_counted_as_missing(
    server: GitHubServer, repository: Repository, match: str, data: Any
) -> None:
    propose(repository, 1)
    server.faults.append(Fault(match=match, times=None, status=200, data=data))
    server.faults.append(Fault(match="/compare/", times=None, status=404, data={}))
    attributes = only(server, "opened", **ONE_BY_ONE).attributes
    assert 1 in (attributes.get("commits_missing"), attributes.get("files_missing"))
