"""Cursors of GitHub: short, whatever wrote them; batches that are worth one each."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sources import ConfigError, Cursor, CursorInvalidError, EventBatch
from sources.github import GithubEventSource
from sources.github.cursor import parse_cursor
from sources.testing.case import Mirror
from tests.support.github import Fault, GitHubServer, github_server
from tests.support.github_reading import events, held, look, read, settings

ORGANISATION: dict[str, Any] = {"repo": None, "organisation": "octo"}
REPOSITORIES = 40


@contextmanager
def organisation(repositories: int) -> Iterator[GitHubServer]:
    """Repositories of an organisation, half of them with an issue that was talked of."""
    with github_server() as made:
        made.site.organisation("octo")
        ada = made.site.user("ada")
        for number in range(repositories):
            repository = made.site.repository(f"octo/repository-{number:02}")
            repository.commit("Begin", user=ada)
            made.site.clock.move(minutes=7)
            if number % 2:
                issue = repository.open_issue("It fails", user=ada)
                repository.comment(issue, "It does", user=ada)
        yield made


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    """Forty of them: several batches."""
    with organisation(REPOSITORIES) as made:
        yield made


@pytest.fixture
def few() -> Iterator[GitHubServer]:
    """Eight of them, where what one place holds is what matters."""
    with organisation(8) as made:
        yield made


def old_form(cursor: Cursor) -> Cursor:
    """Write a cursor as it was before etags were short and what is usual was left out."""
    position = parse_cursor(cursor, "demo")
    assert position is not None
    for place in position.repositories.values():
        place.asked = place.asked or place.name
    old: Cursor = position.model_dump(exclude_defaults=True) | {"v": 1}
    for place in old["repositories"].values():
        place.setdefault("branch", "main")
    assert "W/" in json.dumps(old)
    return old


def last(batches: list[EventBatch]) -> Cursor:
    cursor = batches[-1].cursor
    assert cursor is not None
    return cursor


def test_a_cursor_of_the_old_form_is_read_and_quiet(few: GitHubServer) -> None:
    cursor = last(read(few, **ORGANISATION))
    old = old_form(cursor)
    assert old_form(old) == old == old_form(cursor)
    assert len(json.dumps(cursor)) < 0.7 * len(json.dumps(old))
    spent = few.spent("secret")
    assert not look(few, old, **ORGANISATION).new
    assert read(few, old, **ORGANISATION) == []
    assert few.spent("secret") == spent


def test_reading_on_from_the_old_form_gives_what_is_new(few: GitHubServer) -> None:
    old = old_form(last(read(few, **ORGANISATION)))
    few.site.clock.move(minutes=5)
    found = few.site.find("octo/repository-07")
    assert found is not None
    found.open_issue("Later", user=None)
    titles = {event.title for event in events(read(few, old, **ORGANISATION))}
    assert "Later" in titles


@pytest.mark.parametrize("etag", ["=99", "~", "~no base64 at all", "~AAAAA", '"another"'])
def test_an_etag_that_nobody_wrote_is_one_that_fits_nothing(few: GitHubServer, etag: str) -> None:
    cursor = last(read(few, **ORGANISATION))
    number = next(iter(cursor["repositories"]))
    place = {**cursor["repositories"][number], "commits": {"etag": etag}}
    odd = {**cursor, "repositories": {**cursor["repositories"], number: place}}
    assert look(few, odd, **ORGANISATION).new
    assert {event.title for event in events(read(few, odd, **ORGANISATION))} == {"Begin"}


@pytest.mark.parametrize(
    "cursor",
    [
        {"v": 1, "repositories": {"7": "a text"}},
        {"v": 1, "repositories": {"7": {"name": "octo/cat", "etag": 5}}},
        {"v": 1, "repositories": {"7": {"name": "octo/cat", "etag": ["a list"]}}},
        {"v": 1, "repositories": [], "etags": ["~AA"]},
        {"v": 1, "repositories": {}, "etags": "a text"},
    ],
)
def test_what_is_no_cursor_is_refused(cursor: Cursor) -> None:
    with pytest.raises(CursorInvalidError, match="no cursor of a github source"):
        parse_cursor(cursor, "demo")


def test_a_batch_is_worth_the_places_that_it_carries(
    server: GitHubServer,
) -> None:
    batches = read(server, **ORGANISATION)
    told = [batch.events.num_rows for batch in batches if batch.events.num_rows]
    assert sum(told) == 2 * REPOSITORIES
    assert len(told) < REPOSITORIES / 4


def test_after_each_batch_the_rest_is_read_and_nothing_is_lost(server: GitHubServer) -> None:
    batches = read(server, **ORGANISATION)
    assert len(batches) > 1
    whole = Mirror().take(batches, full=True).events
    for number in range(len(batches)):
        cursor = json.loads(json.dumps(batches[number].cursor))
        mirror = Mirror().take(batches[: number + 1], full=False)
        assert mirror.take(read(server, cursor, **ORGANISATION), full=False).events == whole


def test_budgets_that_end_in_the_middle_of_a_batch_come_to_the_whole() -> None:
    with organisation(REPOSITORIES // 2) as server:
        whole = held(server, **ORGANISATION)
        mirror = Mirror()
        readings = [read(server, budget=30, **ORGANISATION)]
        while readings[-1] and len(readings) < 2 * REPOSITORIES:
            mirror.take(readings[-1], full=False)
            readings.append(read(server, mirror.cursor, budget=30, **ORGANISATION))
    assert len(readings) > 5
    assert mirror.events == whole


def test_what_was_gathered_is_given_before_an_error(server: GitHubServer) -> None:
    server.site.token("secret")
    server.faults.append(Fault(match="repository-05/issues", status=451, data={"message": "no"}))
    got: list[EventBatch] = []

    async def gather() -> None:
        given = settings(server, **ORGANISATION)
        async with await GithubEventSource.create({"token": "secret"}, given) as source:
            async for batch in source.generate_batches():
                got.append(batch)  # noqa: PERF401  # what came before the error is kept

    with pytest.raises(ConfigError, match="closed for legal reasons"):
        asyncio.run(gather())
    told = {event.subject.partition("#")[0] for event in events(got)}
    assert len(events(got)) >= 5 + 2 * 2
    assert "octo/repository-03" in told
    rest = read(server, last(got), **ORGANISATION)
    assert len({event.event_id for event in events([*got, *rest])}) == 2 * REPOSITORIES
