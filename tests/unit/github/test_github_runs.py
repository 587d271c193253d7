"""Workflow runs: all of them, and again what changed of them."""

from typing import Any

import pytest

from sources.testing.case import Mirror
from tests.support.github import GitHubServer, Repository
from tests.support.github_reading import events, held, look, read

ASKED: dict[str, Any] = {"events": ["workflow_run"]}


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    made = server.site.repository("octo/cat")
    made.commit("Begin", user=server.site.user("ada"))
    return made


def test_h5_a_span_with_more_runs_than_are_listed_is_cut(
    server: GitHubServer, repository: Repository
) -> None:
    for _ in range(2_500):
        server.site.clock.move(seconds=30)
        repository.end_run(repository.start_run(actor=None), "success")
    found = events(read(server, **ASKED))
    assert len({event.event_id for event in found}) == len(found) == 2_500
    assert found == sorted(found, key=lambda event: event.occurred_at) or len(found) == 2_500
    assert {event.outcome for event in found} == {"success"}


def test_after_any_batch_the_rest_of_the_runs_comes(
    server: GitHubServer, repository: Repository
) -> None:
    for _ in range(450):
        server.site.clock.move(minutes=10)
        repository.start_run(actor=None)
    batches = read(server, **ASKED)
    every = [event.event_id for event in events(batches)]
    assert len(every) == len(set(every)) == 450
    for stop in range(1, len(batches)):
        given = {event.event_id for event in events(batches[:stop])}
        rest = {event.event_id for event in events(read(server, batches[stop - 1].cursor, **ASKED))}
        assert not given & rest
        assert given | rest == set(every)


def test_h6_a_run_that_is_run_again_weeks_later_is_revised(
    server: GitHubServer, repository: Repository
) -> None:
    first = repository.start_run(actor=server.site.user("ada"))
    server.site.clock.move(minutes=4)
    repository.end_run(first, "failure")
    for _ in range(120):
        server.site.clock.move(hours=1)
        repository.end_run(repository.start_run(actor=None), "success")
    server.site.clock.move(minutes=5)
    batches = read(server, **ASKED)
    (before,) = [event for event in events(batches) if event.outcome == "failure"]
    assert before.duration_ms == 240_000
    server.site.clock.move(days=20)
    repository.rerun(first)
    server.site.clock.move(minutes=2)
    repository.end_run(first, "success")
    cursor = batches[-1].cursor
    assert look(server, cursor, **ASKED).new
    (after,) = events(read(server, cursor, **ASKED))
    assert (after.event_id, after.occurred_at) == (before.event_id, before.occurred_at)
    assert (after.outcome, after.attributes["run_attempt"]) == ("success", 2)


def test_h6_a_run_that_is_run_again_before_a_reading_of_newer_ones_is_revised_too(
    server: GitHubServer, repository: Repository
) -> None:
    clock, ada = server.site.clock, server.site.user("ada")
    old = repository.start_run(actor=ada)
    repository.end_run(old, "failure")
    clock.move(days=6)
    mirror = Mirror().take(read(server, **ASKED), full=True)
    clock.move(minutes=40)
    repository.rerun(old)
    repository.end_run(old, "success")
    clock.move(minutes=20)
    repository.end_run(repository.start_run(actor=ada))
    clock.move(minutes=2)
    mirror.take(read(server, mirror.cursor, **ASKED), full=False)  # of new runs alone
    clock.move(days=1)
    mirror.take(read(server, mirror.cursor, **ASKED), full=False)
    assert mirror.events == held(server, **ASKED)


def test_a_run_under_way_is_revised_when_it_ends_and_then_it_is_quiet(
    server: GitHubServer, repository: Repository
) -> None:
    run = repository.start_run(actor=server.site.user("ada"))
    server.site.clock.move(hours=2)
    batches = read(server, **ASKED)
    (begun,) = events(batches)
    assert (begun.outcome, begun.duration_ms) == (None, None)
    repository.end_run(run, "success")
    server.site.clock.move(hours=1)
    batches = read(server, batches[-1].cursor, **ASKED)
    (ended,) = events(batches)
    assert (ended.event_id, ended.outcome, ended.duration_ms) == (begun.event_id, "success", 7.2e6)
    spent = server.spent("secret")
    assert read(server, batches[-1].cursor, **ASKED) == []
    assert not look(server, batches[-1].cursor, **ASKED).new
    assert server.spent("secret") == spent


def test_jobs_are_read_where_they_are_asked_for(
    server: GitHubServer, repository: Repository
) -> None:
    run = repository.start_run(actor=server.site.user("ada"))
    server.site.clock.move(minutes=1)
    repository.end_run(run, "failure")
    server.site.clock.move(minutes=1)
    found = events(read(server, events=["workflow_job"]))
    assert {event.kind for event in found} == {"github.workflow_job"}
    assert {event.outcome for event in found} == {"failure"}
    assert all(f"git:{run.sha}" in event.refs for event in found)
