"""GitHub all the way into a store: syncs, revisions, windows read again."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelines.config import EnvReference, SourceSpec
from pipelines.sync import refresh_window, sync_source
from resources.stores.memory import MemoryStore
from resources.stores.report import WriteReport
from tests.support import github_history
from tests.support.github import GitHubServer, Repository, github_server

VARIABLE = "GITHUB_TOKEN_OF_A_TEST"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubServer]:
    monkeypatch.setenv(VARIABLE, "secret")
    with github_server() as made:
        made.site.token("secret", limit=100_000)
        yield made


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    return github_history.eventful_repository(server.site, "octo/cat")


@pytest.fixture
def spec(server: GitHubServer) -> SourceSpec:
    return SourceSpec(
        id="cat",
        type="github",
        config={"repo": "octo/cat", "base_url": server.url},
        credentials={"token": EnvReference(name=VARIABLE)},
    )


def sync(store: MemoryStore, spec: SourceSpec) -> WriteReport:
    return asyncio.run(sync_source(store, spec)).report


def refresh(store: MemoryStore, spec: SourceSpec, window: str) -> WriteReport:
    return asyncio.run(refresh_window(store, spec, window)).report


def test_what_changes_is_revised_and_nothing_is_stored_twice(
    server: GitHubServer, repository: Repository, spec: SourceSpec
) -> None:
    store = MemoryStore()
    first = sync(store, spec)
    assert first.new == store.count() == len(list(github_history.expected(repository)))
    spent = server.spent("secret")
    again = sync(store, spec)
    assert (again.new, again.revised, server.spent("secret")) == (0, 0, spent)
    server.site.clock.move(minutes=5)
    comment = next(iter(repository.comments.values()))
    repository.edit_comment(comment, "Better said")
    repository.edit(repository.issues[2], "Another text")
    changed = sync(store, spec)
    assert (changed.new, changed.revised) == (0, 2)
    (found,) = store.search_events("Better said")
    assert found.revised_at == server.site.clock.now()


def test_a_window_read_again_stores_nothing_and_withdraws_what_was_deleted(
    server: GitHubServer, repository: Repository, spec: SourceSpec
) -> None:
    store = MemoryStore()
    sync(store, spec)
    windows = list(store.window_counts("cat"))
    for window in windows:
        report = refresh(store, spec, window)
        assert (report.new, report.revised, report.retracted) == (0, 0, 0)
    gone = next(iter(repository.comments.values()))
    repository.delete_comment(gone)
    reports = [refresh(store, spec, window) for window in windows]
    assert [report.retracted for report in reports] == [1, *[0] * (len(windows) - 1)]
    assert server.count() > 0


def test_a_budget_that_ends_a_full_pass_withdraws_nothing(
    repository: Repository, spec: SourceSpec
) -> None:
    store = MemoryStore()
    sync(store, spec)
    whole = store.count()
    changed = replace(spec, config={**spec.config, "since": "2000-01-01", "budget": 8})
    results = [asyncio.run(sync_source(store, changed))]
    while not results[-1].finished:
        assert store.count() == whole
        results.append(asyncio.run(sync_source(store, changed)))
        assert len(results) < 30
    assert len(results) > 2
    assert [result.report.retracted for result in results] == [0] * len(results)
    assert len(list(github_history.expected(repository))) == store.count()
