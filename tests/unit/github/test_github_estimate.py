"""What a reading would take, held to what it then takes, as the server counts it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sources import Estimate
from sources.github import GithubEventSource
from sources.span import Span
from sources.testing.case import drain
from tests.support import github_history
from tests.support.github import GitHubServer, Repository, github_server
from tests.support.github_reading import READER, events, read, settings

FACTOR = 1.5
"""As docs/github.md has it."""

SLACK = 3
"""Requests that small readings may be off by."""

EVERYTHING = [
    "push",
    "pull_request",
    "issues",
    "review",
    "comment",
    "release",
    "tag",
    "workflow_run",
    "workflow_job",
    "star",
    "discussion",
]


@pytest.fixture(scope="module")
def server() -> Iterator[GitHubServer]:
    """A repository of some size, that no test changes."""
    with github_server() as made:
        fill(github_history.eventful_repository(made.site, "octo/cat"))
        made.site.token(READER, limit=1_000_000)
        yield made


def fill(made: Repository) -> None:
    """Let much happen, so that every list has pages."""
    site = made.site
    ada = site.user("ada")
    for number in range(300):
        site.clock.move(hours=3)
        made.comment(made.issues[number % 50 + 1], f"More, {number}", user=ada)
        if number % 3 == 0:
            made.label(made.issues[number % 90 + 1], f"label-{number}", by=ada)
        if number % 5 == 0:
            made.open_issue(f"Another {number}", user=ada)
        if number % 7 == 0:
            _propose(made, number)
        made.tag(f"tag-{number}")
        made.star(site.user(f"reader-{number}"))
        made.end_run(made.start_run(actor=ada))
    for number in range(60):
        site.clock.move(hours=1)
        made.discuss(f"Why {number}?", user=ada)


def _propose(made: Repository, number: int) -> None:
    ada, bob = made.site.user("ada"), made.site.user("bob")
    made.commit(f"More work {number}", user=bob, branch=f"more-{number}")
    pull = made.open_pull(f"Pull more {number}", user=bob, branch=f"more-{number}")
    made.review(pull, "APPROVED", user=ada)
    made.review_comment(pull, "Here?", user=ada)
    made.merge(pull, by=ada)


async def _ask(source: GithubEventSource, span: Span | None) -> Any:
    async with source if span is None else source.windowed(*span) as narrowed:
        return await narrowed.estimate()


async def _spend(source: GithubEventSource, span: Span | None) -> None:
    async with source if span is None else source.windowed(*span) as narrowed:
        await drain(narrowed)


def make(server: GitHubServer, token: str | None, cursor: Any, more: Any) -> GithubEventSource:
    given = settings(server, **more) | ({} if cursor is None else {"cursor": cursor})
    return asyncio.run(GithubEventSource.create({"token": token} if token else {}, given))


@contextmanager
def counted(server: GitHubServer) -> Iterator[list[int]]:
    """Count the requests that cost something, while the block runs; and GraphQL's points."""
    before, known = server.count(), server.count(status=304)
    free, points = server.count("rate_limit"), server.spent(READER, "graphql")
    found: list[int] = []
    yield found
    unchanged = server.count(status=304) - known + server.count("rate_limit") - free
    found += [server.count() - before - unchanged, server.spent(READER, "graphql") - points]


def compare(
    server: GitHubServer, span: Span | None = None, cursor: Any = None, **more: Any
) -> tuple[Estimate, int]:
    """Hold the estimate to the reading; gives it, and the requests that asking for it took."""
    with counted(server) as asked:
        told = asyncio.run(_ask(make(server, READER, cursor, more), span))
    assert isinstance(told, Estimate)
    with counted(server) as taken:
        asyncio.run(_spend(make(server, READER, cursor, more), span))
    spent, points = taken
    assert spent / FACTOR - SLACK <= told.requests <= spent * FACTOR + SLACK, (told, taken)
    graphql = [quota.needed for quota in told.quotas if quota.name == "graphql"]
    assert points / FACTOR - SLACK <= sum(graphql) <= points * FACTOR + SLACK, (told, taken)
    return told, asked[0]


def month(number: int, year: int = 2024) -> tuple[datetime, datetime]:
    start = datetime(year, number, 1, tzinfo=UTC)
    return start, (start + timedelta(days=32)).replace(day=1)


@pytest.mark.parametrize("graphql", [True, False])
def test_a_whole_reading_takes_what_was_said(server: GitHubServer, graphql: bool) -> None:  # noqa: FBT001
    told, asked = compare(server, graphql=graphql)
    assert told.requests > (30 if graphql else 300)  # each tag takes one without
    assert asked < 20
    assert told.waiting == 0


def test_so_do_runs_jobs_stars_and_discussions(server: GitHubServer) -> None:
    _, asked = compare(server, events=EVERYTHING)
    assert asked < 25


@pytest.mark.parametrize("number", [5, 7, 8])
def test_so_does_a_window(server: GitHubServer, number: int) -> None:
    compare(server, month(number))


def test_so_does_a_reading_that_begins_late(server: GitHubServer) -> None:
    compare(server, since="2024-07-20")


def test_a_reading_that_would_find_nothing_takes_nothing(server: GitHubServer) -> None:
    cursor = read(server)[-1].cursor
    with counted(server) as asked:
        told = asyncio.run(_ask(make(server, READER, cursor, {}), None))
    assert asked[0] == 0
    assert told.requests <= 1


def test_a_reading_goes_on_from_where_the_last_one_ended() -> None:
    with github_server() as server:
        made = github_history.eventful_repository(server.site, "octo/cat")
        cursor = read(server)[-1].cursor
        github_history.grow(made)
        told, _ = compare(server, cursor=cursor)
        assert told.requests < 40


def test_without_issues_there_is_a_list_of_pull_requests() -> None:
    with github_server() as server:
        made = github_history.eventful_repository(server.site, "octo/cat")
        made.has_issues = False
        server.site.token(READER, limit=1_000_000)
        compare(server)
        compare(server, since="2024-07-01")


def test_a_whole_reading_of_an_organisation_is_told_by_some_of_it() -> None:
    with github_server() as server:
        server.site.organisation("octo")
        for number in range(25):
            made = server.site.repository(f"octo/cat-{number:02}")
            for again in range(5):
                made.commit(f"Change {again}")
        server.site.token(READER, limit=1_000_000)
        told, asked = compare(server, repo=None, organisation="octo")
        assert told.words == "9 of 25 repositories stand for all"
        assert asked < 120


def test_where_pages_have_no_numbers_the_search_counts(server: GitHubServer) -> None:
    server.rest.unnumbered = True
    try:
        _, asked = compare(server)
        compare(server, month(8))
    finally:
        server.rest.unnumbered = False
    assert server.count("issues") > 0
    assert asked < 20


def test_a_small_budget_means_several_readings(server: GitHubServer) -> None:
    told = asyncio.run(_ask(make(server, READER, None, {"budget": 5}), None))
    assert told.words == f"{-(-told.requests // 5)} readings of 5 requests"


def test_a_quota_that_is_too_small_means_waiting() -> None:
    with github_server() as server:
        server.quota.anonymous = 30
        github_history.eventful_repository(server.site, "octo/cat")
        told = asyncio.run(_ask(make(server, None, None, {}), None))
        (quota,) = told.quotas
        assert (quota.name, quota.limit) == ("core", 30)
        assert quota.left < 30 < quota.needed == told.requests
        assert told.waiting >= 3600 * ((quota.needed - quota.left) // 30)
        assert told.seconds == told.waiting + told.working


def test_a_server_without_limits_has_no_quota() -> None:
    with github_server() as server:
        server.site.repository("octo/cat")
        server.quota.told = False
        told = asyncio.run(_ask(make(server, None, None, {}), None))
        assert told.quotas == ()
        assert told.waiting == 0


def test_files_are_not_estimated(server: GitHubServer) -> None:
    source = make(server, None, None, {"files": "nowhere/*.jsonl"})
    assert asyncio.run(_ask(source, None)) is None


def test_nothing_is_given_or_moved_by_asking(server: GitHubServer) -> None:
    batches = read(server, events=["release"])
    assert events(batches)
    cursor = batches[-1].cursor

    async def ask() -> None:
        source = make_now
        before = await source.get_cursor()
        await source.estimate()
        assert await source.get_cursor() == before == cursor

    make_now = make(server, READER, cursor, {"events": ["release"]})
    asyncio.run(ask())
