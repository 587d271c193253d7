"""Who did what, and what became of it, whichever way GitHub tells: by its lists or by itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from sources import EpisodicEvent
from sources.testing.case import Mirror
from tests.support.github import Fault, GitHubServer, Repository
from tests.support.github.rest import Rest
from tests.support.github_reading import events, held
from tests.support.github_reading import read as ask
from tests.support.github_saved import ADA, DISCUSSION, ISSUE, LATER, PULL, TIME, read, sent

RUN = {"id": 5, "head_sha": "b" * 40, "created_at": TIME, "updated_at": LATER, "name": "CI"}
LABELS = [{"name": "bug"}]


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    made = server.site.repository("octo/cat")
    made.commit("Begin", user=None)
    return made


def kept(path: Path, *records: Any) -> dict[str, EpisodicEvent]:
    """Give what a store holds after some deliveries, by kind."""
    found = Mirror().take(read(path, *records), full=False)
    assert not found.quarantined
    return {event.kind.removeprefix("github."): event for event in found.events.values()}


def test_who_assigns_is_not_who_is_assigned(server: GitHubServer, repository: Repository) -> None:
    ada, bob = server.site.user("ada"), server.site.user("bob")
    issue = repository.open_issue("Wrong", user=bob)
    repository.assign(issue, bob, by=ada)
    repository.unassign(issue, bob, by=ada)
    found = {event.kind: event for event in events(ask(server, events=["issues"]))}
    for kind in ("github.issue.assigned", "github.issue.unassigned"):
        assert (found[kind].actor, found[kind].attributes["assignee"]) == ("ada", "bob")


def test_why_an_issue_was_closed(
    server: GitHubServer, repository: Repository, tmp_path: Path
) -> None:
    ada = server.site.user("ada")
    repository.commit("Topic", user=ada, branch="topic")
    for reason in ("completed", "not_planned"):
        repository.close(repository.open_issue(reason, user=ada), by=ada, reason=reason)
    repository.close(repository.open_pull("Mend", user=ada, branch="topic"), by=ada)
    found = events(ask(server, events=["issues", "pull_request"]))
    ends = {event.subject[-1]: event.outcome for event in found if event.kind.endswith(".closed")}
    assert ends == {"1": "completed", "2": "not_planned", "3": "closed"}
    issue = {**ISSUE, "closed_at": LATER}
    assert kept(tmp_path, sent("issues", action="closed", issue=issue))["issue.closed"].outcome == (
        "closed"
    )
    issue["state_reason"] = "completed"
    assert kept(tmp_path, sent("issues", action="closed", issue=issue))["issue.closed"].outcome == (
        "completed"
    )


def test_an_issue_that_a_commit_closed_has_one_closing(
    server: GitHubServer, repository: Repository, tmp_path: Path
) -> None:
    ada, sha = server.site.user("ada"), repository.branches["main"]
    issue = repository.open_issue("Wrong", user=ada)
    repository.close(issue, by=ada, commit=sha)
    (told,) = _of(held(server), "github.issue.closed")
    assert told.refs == (f"git:{sha}",)
    render = Rest(server.site, server.url).payloads
    payload = {
        "action": "closed",
        "issue": _plain(render.issue(repository, issue)),
        "repository": _plain(render.repository(repository)),
        "sender": _plain(render.user(ada)),
    }
    found = kept(tmp_path, {"event": "issues", "payload": payload})["issue.closed"]
    assert (found.event_id, found.title, found.outcome) == (told.event_id, "Closed", "completed")


def test_two_of_a_kind_that_github_has_added_are_two(
    server: GitHubServer, repository: Repository
) -> None:
    issue = repository.open_issue("Wrong", user=None)
    for number in (4, 5):
        below = {"number": number, "repository": {"id": 9, "full_name": "octo/dog"}}
        repository.note(issue, "sub_issue_added", None, sub_issue=below)
    found = _of(held(server, events=["issues"]), "github.issue.sub_issue_added")
    assert found[0].occurred_at == found[1].occurred_at
    assert sorted(event.title for event in found) == [
        "Sub issue added octo/dog#4",
        "Sub issue added octo/dog#5",
    ]
    assert {ref for event in found for ref in event.refs} == {
        "github:octo/dog#4",
        "github:octo/dog#5",
    }


def test_a_run_of_which_nobody_says_who_started_it(
    server: GitHubServer, repository: Repository, tmp_path: Path
) -> None:
    repository.start_run(actor=None)
    data = {"total_count": 1, "workflow_runs": [RUN, {**RUN, "id": 6, "actor": None}]}
    server.faults.append(Fault(match="created=", status=200, data=data))
    found = events(ask(server, events=["workflow_run"]))
    assert [event.actor for event in found] == [None, "ghost"]
    delivered = kept(tmp_path, sent("workflow_run", action="completed", workflow_run=RUN))
    assert delivered["workflow_run"].actor == "ada"


def test_a_run_names_pull_requests_where_they_are(tmp_path: Path) -> None:
    bases = [
        {"id": 7, "url": "https://api.github.com/repos/octo/old-name"},
        {"id": 9, "url": "https://api.github.com/repos/upstream/cat"},
    ]
    pulls = [{"number": 4, "base": {"repo": base}} for base in bases]
    run = {**RUN, "pull_requests": [*pulls, {"number": 5}]}
    found = kept(tmp_path, sent("workflow_run", action="completed", workflow_run=run))
    assert found["workflow_run"].refs[1:] == (
        "github:octo/cat#4",
        "github:upstream/cat#4",
        "github:octo/cat#5",
    )


def test_a_comment_of_2012_that_does_not_say_of_what_issue(tmp_path: Path) -> None:
    line = {
        "type": "IssueCommentEvent",
        "actor": ADA,
        "repo": {"id": 7, "name": "octo/cat"},
        "created_at": LATER,
        "payload": {
            "action": "created",
            "issue": {**ISSUE, "url": "https://api.github.com/repos/octo/cat/issues/3"},
            "comment": {"id": 55, "user": ADA, "created_at": LATER, "body": "Why?"},
        },
    }
    assert kept(tmp_path, line)["issue_comment"].subject == "octo/cat#3"


def test_what_changes_an_issue_revises_what_it_was_opened_as(tmp_path: Path) -> None:
    opened = sent("issues", action="opened", issue=ISSUE)
    changed = {**ISSUE, "labels": LABELS, "assignees": [ADA], "milestone": {"title": "v1"}}
    label = sent("issues", action="labeled", issue=changed, label=LABELS[0])
    found = kept(tmp_path, opened, label)
    assert found["issue.labelled"].title == "Labelled bug"
    assert (
        found["issue.opened"].attributes.items() >= {"labels": ["bug"], "milestone": "v1"}.items()
    )
    gone = sent("issues", action="transferred", issue=changed)
    assert kept(tmp_path, opened, gone)["issue.opened"].attributes.get("labels") is None


def test_the_size_of_a_pull_request_follows_its_commits_and_stands_once(tmp_path: Path) -> None:
    def size(action: str, additions: int, **more: Any) -> dict[str, Any]:
        pull = {**PULL, "additions": additions, "deletions": 0, "changed_files": 1, **more}
        return sent("pull_request", action=action, pull_request=pull)

    begun, pushed = size("opened", 3), size("synchronize", 8)
    assert kept(tmp_path, begun, pushed)["pull_request.opened"].additions == 8
    ended = size("closed", 8, merged_at=LATER, merged_by=ADA)
    found = kept(tmp_path, begun, pushed, ended)
    assert found["pull_request.opened"].additions is None
    assert found["pull_request.merged"].additions == 8


def test_a_milestone_of_a_pull_request_leaves_what_is_known_of_it(tmp_path: Path) -> None:
    """It is told as an issue's too, whose record knows neither branches nor size."""
    issue = {**ISSUE, "pull_request": {"merged_at": None}}
    found = kept(
        tmp_path,
        sent("pull_request", action="opened", pull_request=PULL),
        sent("issues", action="milestoned", issue=issue, milestone={"title": "v1"}),
    )
    assert found["pull_request.opened"].scope == "main"
    assert found["pull_request.milestoned"].attributes["milestone"] == "v1"


def test_another_base_is_an_event_of_its_own(
    server: GitHubServer, repository: Repository, tmp_path: Path
) -> None:
    ada = server.site.user("ada")
    repository.commit("Topic", user=ada, branch="topic")
    pull = repository.open_pull("Mend", user=ada, branch="topic")
    repository.note(pull, "base_ref_changed", ada)
    (told,) = _of(held(server), "github.pull_request.base_ref_changed")
    render = Rest(server.site, server.url).payloads
    payload = {
        "action": "edited",
        "changes": {"base": {"ref": {"from": "old"}, "sha": {"from": "a" * 40}}},
        "pull_request": _plain(render.pull_detail(repository, pull)),
        "repository": _plain(render.repository(repository)),
        "sender": _plain(render.user(ada)),
    }
    found = kept(tmp_path, {"event": "pull_request", "payload": payload})
    assert found["pull_request.base_ref_changed"] == told


@pytest.mark.parametrize(
    ("pull", "kind"),
    [
        ({"html_url": None, "diff_url": None, "patch_url": None}, "issue.opened"),
        ({"html_url": "https://github.com/octo/cat/pull/3"}, "pull_request.opened"),
    ],
)
def test_until_2014_every_issue_had_a_place_for_its_pull_request(
    tmp_path: Path, pull: dict[str, Any], kind: str
) -> None:
    issue = {**ISSUE, "pull_request": pull}
    assert [*kept(tmp_path, sent("issues", action="opened", issue=issue))] == [kind]


def test_an_event_of_an_issue_that_is_gone_is_left_out(
    server: GitHubServer, repository: Repository
) -> None:
    repository.open_issue("Wrong", user=None)
    gone = {"id": 8, "event": "closed", "actor": None, "created_at": LATER}
    data = [gone, {**gone, "id": 9, "issue": None}]
    server.faults.append(Fault(match="/issues/events[?].*per_page=100", status=200, data=data))
    found = Mirror().take(ask(server, events=["issues"]), full=True)
    assert not found.quarantined
    assert [event.kind for event in found.events.values()] == ["github.issue.opened"]


def test_a_comment_on_a_discussion_is_revised_when_its_text_is_changed(tmp_path: Path) -> None:
    said = {"id": 66, "body": "So", "user": ADA, "created_at": TIME, "updated_at": LATER}
    for action, revised in (("created", False), ("edited", True)):
        told = sent("discussion_comment", action=action, discussion=DISCUSSION, comment=said)
        assert (kept(tmp_path, told)["discussion.comment"].revised_at is not None) == revised


def test_a_push_does_not_say_whether_a_commit_is_a_merge(tmp_path: Path) -> None:
    person = {"name": "Ada", "email": "ada@example.org"}
    pushed = {"id": "a" * 40, "timestamp": TIME, "message": "Merge", "author": person}
    found = kept(tmp_path, sent("push", ref="refs/heads/main", commits=[pushed]))
    assert "merge" not in found["commit"].attributes


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Fixes #1\n```\n#2\n```\nand #3", [1, 3]),
        ("> ~~~ gdb\r\n> #2 main ()\r\n> ~~~\r\n#3", [3]),
        ("- so\n  ```\n  #2\n", []),
        ("`#1`, ``a `#2` b`` and `#3", [3]),
        ("<!-- Fixes #1\n#2 -->#3", [3]),
        ("<!-- #1", []),
        ("[#1](https://redirect.github.com/a/b/pull/1)", []),
    ],
)
def test_code_and_what_is_hidden_refer_to_nothing(
    tmp_path: Path, text: str, numbers: list[int]
) -> None:
    event = kept(tmp_path, sent("issues", action="opened", issue={**ISSUE, "body": text}))
    opened = event["issue.opened"]
    assert opened.refs == tuple(f"github:octo/cat#{number}" for number in numbers)
    assert opened.attributes.get("closes", []) == [ref for ref in opened.refs if ref.endswith("#1")]
    assert opened.body == text


def _of(found: dict[str, EpisodicEvent], kind: str) -> list[EpisodicEvent]:
    return [event for event in found.values() if event.kind == kind]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))
