"""Events of issues that GitHub's list of them does not reach: each issue is asked for its own."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from pipelines.config import SourceSpec
from pipelines.sync import sync_source
from resources.stores.memory import MemoryStore
from sources import EventBatch
from sources.github import GithubEventSource
from sources.testing.case import Mirror
from tests.support.github import Fault, GitHubServer, Repository, github_server
from tests.support.github_reading import events, held, look, read, settings

ISSUES: dict[str, Any] = {"events": ["issues", "pull_request"]}


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with github_server() as made:
        live(made.site.repository("octo/cat"), 100)
        made.site.deepest = 100  # things, so that 40,000 are not needed
        yield made


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    found = server.site.find("octo/cat")
    assert found is not None
    return found


def live(repository: Repository, times: int) -> None:
    """Let issues be labelled, closed, some by a commit, and some opened again."""
    site = repository.site
    ada, tip = site.user("ada"), repository.commit("Work", user=None).sha
    for number in range(times):
        site.clock.move(minutes=7)
        issue = repository.open_issue(f"Issue {number}", user=ada)
        repository.label(issue, "bug", by=ada)
        site.clock.move(seconds=number % 3)
        repository.close(issue, by=ada, commit=tip if number % 2 else None)
        if number % 5 == 0:
            site.clock.move(minutes=1)
            repository.reopen(issue, by=ada)
        if number % 9 == 0:
            repository.commit("Topic", user=ada, branch=f"topic-{number}")
            pull = repository.open_pull("Mend", user=ada, branch=f"topic-{number}")
            repository.merge(pull, by=ada)


def truth(server: GitHubServer, **asked: Any) -> dict[str, Any]:
    """Give what is held where all of the list is given."""
    deepest, server.site.deepest = server.site.deepest, 40_000
    found = held(server, **{**ISSUES, **asked})
    server.site.deepest = deepest
    return found


def states(batches: list[EventBatch]) -> list[list[str]]:
    return [[cover.state for cover in batch.coverage] for batch in batches if batch.coverage]


def test_h3_events_beyond_the_deepest_page_are_read_issue_by_issue(server: GitHubServer) -> None:
    batches = read(server, **ISSUES)
    assert states(batches) == [["partial", "whole"], ["whole"]]
    (partial, _) = next(batch.coverage for batch in batches if batch.coverage)
    assert "40,000" in str(partial.reason)
    mirror = Mirror().take(batches, full=True)
    assert mirror.events == truth(server)
    (claim,) = [claim for batch in batches for claim in batch.complete]
    named = {kind.rpartition(".")[2] for kind in claim.kinds}
    assert named == {"opened", "merged", "cross_referenced"}
    assert not look(server, mirror.cursor, **ISSUES).new
    assert read(server, mirror.cursor, **ISSUES) == []


def test_h3_a_reading_that_ends_anywhere_goes_on_and_coverage_is_partial_until_then(
    server: GitHubServer,
) -> None:
    whole = read(server, **ISSUES)
    for kept in range(1, len(whole), 2):
        mirror = Mirror().take(whole[:kept], full=True)
        probe = look(server, mirror.cursor, **ISSUES)
        assert probe.new
        rest = read(server, mirror.cursor, **ISSUES)
        assert states(rest)[-1] == ["whole"]
        assert mirror.take(rest, full=False).events == truth(server)


def test_h3_a_budget_is_kept_and_what_is_new_comes_first(
    server: GitHubServer, repository: Repository
) -> None:
    mirror, runs = Mirror(), 0
    before = server.count("one_issue_events")
    while runs == 0 or look(server, mirror.cursor, **ISSUES).new:
        server.site.clock.move(minutes=1)
        issue = repository.open_issue(f"New {runs}", user=None)
        batches = read(server, mirror.cursor, budget=25, **ISSUES)
        assert any(event.subject == f"octo/cat#{issue.number}" for event in events(batches))
        mirror.take(batches, full=runs == 0)
        runs += 1
        assert runs < 20
    assert runs > 2
    assert 60 <= server.count("one_issue_events") - before < 120
    assert mirror.events == truth(server)


def test_h3_what_changes_while_older_events_are_read_is_not_lost(
    server: GitHubServer, repository: Repository
) -> None:
    ada = server.site.user("ada")
    whole = read(server, **ISSUES)
    mirror = Mirror().take(whole[:-3], full=True)
    server.site.clock.move(minutes=5)
    for number in (2, 3, 5, 70):
        repository.edit(repository.issues[number], "Edited")
    repository.reopen(repository.issues[3], by=ada)
    mirror.take(read(server, mirror.cursor, **ISSUES), full=False)
    assert mirror.events == truth(server)


def test_h3_more_events_between_two_readings_than_are_listed_are_read_too(
    server: GitHubServer, repository: Repository
) -> None:
    mirror = Mirror().take(read(server, **ISSUES), full=True)
    asked = server.count("one_issue_events")
    server.site.clock.move(days=3)
    live(repository, 80)
    repository.edit(repository.issues[2], "Closed long ago, and edited")
    batches = read(server, mirror.cursor, **ISSUES)
    assert states(batches) == [["partial", "whole"], ["whole"]]
    (partial, _) = next(batch.coverage for batch in batches if batch.coverage)
    assert partial.since is not None
    assert mirror.take(batches, full=False).events == truth(server)
    assert server.count("one_issue_events") - asked < 80  # none of those before


def test_an_interrupted_reading_of_an_empty_list_goes_on(server: GitHubServer) -> None:
    young = server.site.repository("octo/dog")
    asked: dict[str, Any] = {"repo": "octo/dog", **ISSUES}
    mirror = Mirror().take(read(server, **asked)[:1], full=True)
    live(young, 80)
    mirror.take(read(server, mirror.cursor, **asked), full=False)
    mirror.take(read(server, mirror.cursor, **asked), full=False)
    assert mirror.events == truth(server, repo="octo/dog")


def test_only_what_is_asked_for_is_looked_into(server: GitHubServer) -> None:
    asked: dict[str, Any] = {"events": ["pull_request"]}
    found = Mirror().take(read(server, **asked), full=True).events
    assert server.count("one_issue_events") < 12  # pull requests
    assert found == truth(server, **asked)


def test_a_window_guesses_nothing_of_what_its_list_lacks(
    server: GitHubServer, repository: Repository
) -> None:
    middle = repository.issues[20].created_at

    async def collect() -> list[EventBatch]:
        source = await GithubEventSource.create({}, settings(server, **ISSUES))
        async with source, source.windowed(None, middle) as narrow:
            return [batch async for batch in narrow.generate_batches()]

    batches = asyncio.run(collect())
    assert {event.kind.rpartition(".")[2] for event in events(batches)} == {"opened", "merged"}
    assert states(batches) == []


def test_a_bad_record_is_kept_apart(server: GitHubServer) -> None:
    odd = [{"id": 1, "created_at": "2024-05-01T12:00:00Z"}, {"id": 2}]
    server.faults.append(Fault(match="/issues/1/events", status=200, data=odd))
    mirror = Mirror().take(read(server, **ISSUES), full=True)
    assert len(mirror.quarantined) == 2
    assert mirror.events.keys() < truth(server).keys()


def test_an_issue_that_is_gone_meanwhile_is_passed_over(server: GitHubServer) -> None:
    gone = {"message": "This issue was deleted"}
    server.faults.append(Fault(match="/issues/4/events", times=None, status=410, data=gone))
    mirror = Mirror().take(read(server, **ISSUES), full=True)
    missing = truth(server).keys() - mirror.events.keys()
    assert {truth(server)[one].subject for one in missing} == {"octo/cat#4"}


def test_it_is_told_beforehand(server: GitHubServer) -> None:
    async def ask(cursor: Any) -> int:
        source = await GithubEventSource.create({}, settings(server, cursor=cursor, **ISSUES))
        async with source:
            told = await source.estimate()
        assert told is not None
        return told.requests

    server.quota.anonymous = 10_000
    before = server.count()
    batches = read(server, token=None, details=False, **ISSUES)
    taken = server.count() - before
    assert taken / 1.5 < asyncio.run(ask(None)) < taken * 1.5
    listed = next(batch.cursor for batch in batches if batch.coverage)
    assert taken / 2 < asyncio.run(ask(listed)) < taken


def test_the_store_says_partial_until_it_is_read(
    server: GitHubServer,
) -> None:
    server.quota.anonymous = 10_000
    config = {"repo": "octo/cat", "base_url": server.url, "budget": 30, **ISSUES}
    spec = SourceSpec(id="cat", type="github", config={**config, "details": False})
    store = MemoryStore()
    assert not asyncio.run(sync_source(store, spec)).finished
    assert "partial" in {cover.state for cover in store.coverage("cat")}
    runs = 1
    while not asyncio.run(sync_source(store, spec)).finished:
        runs += 1
        assert runs < 20
    assert runs > 1
    assert {cover.state for cover in store.coverage("cat")} == {"whole"}
