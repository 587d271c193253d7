"""Reading repositories: what lists do to their readers, and what readers make of it."""

from datetime import timedelta
from typing import Any

import pytest

from sources import EpisodicEvent
from sources.errors import BudgetSpentError
from sources.testing.case import Mirror
from tests.support import github_history
from tests.support.github import Fault, GitHubServer, Repository
from tests.support.github_reading import events, held, look, read


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    return server.site.repository("octo/cat")


def kinds(found: list[EpisodicEvent]) -> set[str]:
    return {event.kind.removeprefix("github.") for event in found}


def test_h1_an_issue_that_changes_while_the_list_is_read_hides_no_other(
    server: GitHubServer, repository: Repository
) -> None:
    clock, ada = server.site.clock, server.site.user("ada")
    issues = []
    for number in range(350):
        clock.move(seconds=30)
        issues.append(repository.open_issue(f"Issue {number}", user=ada))

    def bump() -> None:
        clock.move(seconds=30)
        repository.comment(issues[0], "Up", user=ada)
        repository.comment(issues[1], "Up", user=ada)

    server.faults.append(Fault(match="/issues.*since=", times=None, act=bump))
    found = events(read(server, events=["issues"]))
    assert {event.subject for event in found} == {f"octo/cat#{one.number}" for one in issues}


def test_h1_a_second_with_more_changes_than_a_page_hides_none(
    server: GitHubServer, repository: Repository
) -> None:
    clock, ada = server.site.clock, server.site.user("ada")
    issues = [repository.open_issue(f"Issue {number}", user=ada) for number in range(340)]
    clock.move(minutes=5)
    issues += [repository.open_issue(f"Later {number}", user=ada) for number in range(120)]

    def bump() -> None:
        clock.move(seconds=30)
        repository.comment(issues[0], "Up", user=ada)

    server.faults.append(Fault(match="page=2.*since=|since=.*page=2", act=bump))
    batches = read(server, events=["issues"])
    subjects = {event.subject for event in events(batches)}
    assert subjects == {f"octo/cat#{one.number}" for one in issues}
    again = read(server, batches[-1].cursor, events=["issues"])
    assert events(again) == []
    assert read(server, again[-1].cursor, events=["issues"]) == []


def test_a_second_in_which_a_comment_changes_twice_hides_nothing(
    server: GitHubServer, repository: Repository
) -> None:
    comment = repository.comment(repository.open_issue("Here", user=None), "First", user=None)
    repository.edit_comment(comment, "Second")
    mirror = Mirror().take(read(server), full=True)
    repository.edit_comment(comment, "Third")
    mirror.take(read(server, mirror.cursor), full=False)
    bodies = {event.body for event in mirror.events.values()}
    assert "Third" in bodies
    assert mirror.events == held(server)


def test_h3_more_comments_than_pages_lead_to_are_all_read(
    server: GitHubServer, repository: Repository
) -> None:
    ada = server.site.user("ada")
    issue = repository.open_issue("Long", user=ada)
    # Pages end early, so that the test does not take as long as 40,000 comments do.
    server.site.deepest = 300
    for number in range(1_000):
        server.site.clock.move(seconds=7)
        repository.comment(issue, f"Comment {number}", user=ada)
    found = events(read(server, events=["comment"]))
    assert len({event.event_id for event in found}) == len(found) == 1_000


def test_h4_a_full_reading_sends_no_since(server: GitHubServer, repository: Repository) -> None:
    repository.open_issue("Old", user=None)
    assert kinds(events(read(server))) == {"issue.opened"}
    first = next(line for line in server.lines() if "direction=asc" in line)
    assert "since" not in first


def test_h16_a_repository_that_is_renamed_goes_on(
    server: GitHubServer, repository: Repository
) -> None:
    ada = server.site.user("ada")
    issue = repository.open_issue("Before", user=ada)
    mirror = Mirror().take(read(server), full=True)
    server.site.rename(repository, "octo/lion")
    server.site.clock.move(minutes=3)
    repository.close(issue, by=ada)
    mirror.take(read(server, mirror.cursor), full=False)
    assert {event.kind: event.subject for event in mirror.events.values()} == {
        "github.issue.opened": "octo/lion#1",
        "github.issue.closed": "octo/lion#1",
    }
    assert read(server, mirror.cursor) == []
    assert read(server, mirror.cursor, repo="octo/lion") == []
    assert held(server, repo="octo/lion") == mirror.events


@pytest.mark.parametrize("status", [401, 404, 502])
def test_h16_what_is_wrong_for_a_moment_only_is_asked_again(
    server: GitHubServer, repository: Repository, status: int
) -> None:
    repository.open_issue("Here", user=None)
    server.faults.append(Fault(match="/issues/comments", status=status, data={"message": "No"}))
    assert kinds(events(read(server))) == {"issue.opened"}


def test_h17_a_quiet_look_and_a_quiet_sync_cost_nothing(
    server: GitHubServer, repository: Repository
) -> None:
    github_history.eventful_repository(server.site, "octo/dog")
    repository.commit("Begin", user=None)
    where: dict[str, Any] = {"repo": ["octo/cat", "octo/dog"]}
    cursor = read(server, **where)[-1].cursor
    spent = server.spent("secret")
    assert not look(server, cursor, **where).new
    assert read(server, cursor, **where) == []
    assert server.spent("secret") == spent
    server.site.clock.move(minutes=1)
    repository.commit("On", user=None)
    probe = look(server, cursor, **where)
    assert (probe.new, probe.reason) == (True, "octo/cat: commits changed")


def test_h18_pull_requests_ghosts_and_programs_are_told_apart(
    server: GitHubServer, repository: Repository
) -> None:
    tidy = server.site.user("tidy[bot]", kind="Bot")
    repository.commit("Begin", user=None)
    repository.commit("Work", user=tidy, branch="topic")
    repository.open_issue("By nobody", user=None)
    pull = repository.open_pull("By a program", user=tidy, branch="topic")
    repository.review(pull, "COMMENTED", user=tidy)
    by_query = held(server)
    found = {event.kind: event for event in by_query.values()}
    assert found["github.issue.opened"].actor == "ghost"
    assert found["github.pull_request.opened"].actor_key == "tidy[bot]"
    assert found["github.pull_request.opened"].attributes["bot"] is True
    assert held(server, graphql=False, changes=True) == by_query
    assert "github.issue.opened" in found
    assert len(by_query) == 4


def test_a_force_push_withdraws_what_the_branch_lost(
    server: GitHubServer, repository: Repository
) -> None:
    shas = [repository.commit(f"Commit {number}", user=None).sha for number in range(5)]
    mirror = Mirror().take(read(server), full=True)
    repository.push("main", shas[1])
    repository.commit("Another", user=None)
    mirror.take(read(server, mirror.cursor), full=False)
    titles = {event.title for event in mirror.events.values()}
    assert titles == {"Commit 0", "Commit 1", "Another"}


@pytest.mark.parametrize("short", [True, False])
def test_more_commits_than_a_comparison_lists_are_all_read(
    server: GitHubServer,
    repository: Repository,
    short: bool,  # noqa: FBT001
) -> None:
    server.site.short_comparisons = short
    repository.commit("Begin", user=None)
    mirror = Mirror().take(read(server, events="push"), full=True)
    for number in range(420):
        server.site.clock.move(minutes=1)
        repository.commit(f"Commit {number}", user=None)
    mirror.take(read(server, mirror.cursor, events="push"), full=False)
    assert len(mirror.events) == 421


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"last_commit_sha": "{sha}"}, {"commit": 1, "issue.opened": 3}),
        ({"last_pr_number": 2}, {"commit": 2, "issue.opened": 2}),
        ({"since": "2024-05-03T00:00:00Z"}, {"commit": 2, "issue.opened": 1}),
    ],
)
def test_cursors_of_simpler_readers_are_a_start(
    server: GitHubServer, repository: Repository, start: dict[str, Any], expected: dict[str, int]
) -> None:
    first = repository.commit("One", user=None)
    for number in range(3):
        repository.open_issue(f"Issue {number}", user=None)
        server.site.clock.move(days=1)
    repository.commit("Two", user=None)
    cursor = {key: first.sha if value == "{sha}" else value for key, value in start.items()}
    batches = read(server, cursor)
    found = [event.kind.removeprefix("github.") for event in events(batches)]
    assert {kind: found.count(kind) for kind in set(found)} == expected
    assert read(server, batches[-1].cursor) == []


def test_since_leaves_out_what_happened_before(server: GitHubServer) -> None:
    github_history.eventful_repository(server.site, "octo/dog")
    everything = held(server, repo="octo/dog")
    middle = sorted(event.occurred_at for event in everything.values())[len(everything) // 2]
    since = middle.replace(microsecond=0)
    late = {key: event for key, event in everything.items() if event.occurred_at >= since}
    assert held(server, repo="octo/dog", since=since.isoformat()) == late
    assert 0 < len(late) < len(everything)


def test_h12_a_budget_ends_a_run_and_the_next_goes_on(server: GitHubServer) -> None:
    github_history.eventful_repository(server.site, "octo/dog")
    mirror, runs = Mirror(), 0
    while True:
        spent = server.spent("secret") if runs else 0
        batches = read(server, mirror.cursor, repo="octo/dog", budget=8)
        if not batches:
            break
        mirror.take(batches, full=runs == 0)
        runs += 1
        assert server.spent("secret") - spent <= 8 + 1  # validate() has a budget of its own
        assert runs < 20
    assert runs > 2
    assert mirror.events == held(server, repo="octo/dog")
    with pytest.raises(BudgetSpentError, match="1 requests"):
        read(server, repo="octo/dog", budget=1)


def test_what_was_deleted_is_withdrawn_by_the_next_full_reading(
    server: GitHubServer, repository: Repository
) -> None:
    ada = server.site.user("ada")
    issue = repository.open_issue("Stays", user=ada)
    gone = repository.comment(issue, "Gone", user=ada)
    mirror = Mirror().take(read(server), full=True)
    repository.delete_comment(gone)
    mirror.take(read(server, mirror.cursor), full=False)
    assert len(mirror.events) == 2  # no list tells of it
    mirror.take(read(server), full=True)
    assert kinds(list(mirror.events.values())) == {"issue.opened"}


def test_a_list_that_is_not_found_takes_nothing_away(
    server: GitHubServer, repository: Repository
) -> None:
    repository.comment(repository.open_issue("Here", user=None), "Said", user=None)
    mirror = Mirror().take(read(server), full=True)
    server.faults.append(Fault(match="/issues/comments", times=None, status=404, data={}))
    batches = read(server)
    assert [claim for batch in batches for claim in batch.complete] == []
    assert len(mirror.take(batches, full=True).events) == 2


def test_a_record_that_cannot_be_read_is_kept_apart(
    server: GitHubServer, repository: Repository
) -> None:
    repository.open_issue("Fine", user=None)
    repository.open_issue("Odd", user=None, at=server.site.clock.now() + timedelta(seconds=3))
    issue = {"id": 7, "number": 9, "updated_at": "2024-05-01T12:00:02Z", "created_at": "yesterday"}
    server.faults.append(Fault(match="/issues.*direction=asc", status=200, data=[issue]))
    batches = read(server, events=["issues"])
    (bad,) = [record for batch in batches for record in batch.quarantined]
    assert bad.locator == f"{repository.id} issue 9"
    assert "yesterday" in bad.reason
    assert b'"number":9' in bad.raw


@pytest.mark.parametrize("count", [99, 100, 101, 200, 230])
def test_a_list_that_grows_at_its_end_is_watched_there(
    server: GitHubServer, repository: Repository, count: int
) -> None:
    sha = repository.commit("Begin", user=None).sha
    for number in range(count):
        repository.comment_commit(sha, f"Comment {number}", user=None)
    asked: dict[str, Any] = {"events": ["comment"]}
    mirror = Mirror().take(read(server, **asked), full=True)
    assert len(mirror.events) == count
    for _ in range(3):
        assert read(server, mirror.cursor, **asked) == []
        server.site.clock.move(minutes=1)
        repository.comment_commit(sha, "Another", user=None)
        assert look(server, mirror.cursor, **asked).new
        mirror.take(read(server, mirror.cursor, **asked), full=False)
    repository.delete_comment(next(iter(repository.commit_comments.values())))
    repository.comment_commit(sha, "The last", user=None)
    mirror.take(read(server, mirror.cursor, **asked), full=False)
    assert mirror.events == held(server, **asked)
    assert len(mirror.events) == count + 3


def test_a_tag_with_a_tagger_has_its_own_time_and_text(
    server: GitHubServer, repository: Repository
) -> None:
    sha = repository.commit("Begin", user=server.site.user("ada")).sha
    ref = {"ref": "refs/tags/v1", "object": {"type": "tag", "sha": "b" * 40}}
    odd = {"ref": "refs/tags/tree", "object": {"type": "tree", "sha": "c" * 40}}
    tag = {
        "sha": "b" * 40,
        "tag": "v1",
        "message": "First release\n\nMore",
        "tagger": {
            "name": "Ada",
            "email": "7+ada@users.noreply.github.com",
            "date": "2024-04-30T10:00:00Z",
        },
        "object": {"type": "commit", "sha": sha},
    }
    server.faults += [
        Fault(match="matching-refs", times=None, status=200, data=[ref, odd]),
        Fault(match="/git/tags/", times=None, status=200, data=tag),
    ]
    (event,) = events(read(server, events="tag"))
    assert (event.title, event.subject, event.actor_key) == ("First release", "v1", "ada")
    assert event.occurred_at.isoformat() == "2024-04-30T10:00:00+00:00"
    assert event.refs == (f"git:{sha}",)


def test_an_empty_repository_gives_nothing_and_is_quiet(
    server: GitHubServer, repository: Repository
) -> None:
    del repository
    batches = read(server)
    assert events(batches) == []
    assert read(server, batches[-1].cursor) == []
