"""Deliveries and lines of the archive as GitHub documents them, the odd ones above all."""

import json
from pathlib import Path
from typing import Any

import pytest

from sources import EpisodicEvent
from tests.support.github_reading import events
from tests.support.github_saved import (
    ADA,
    DISCUSSION,
    ISSUE,
    LATER,
    PULL,
    TIME,
    read,
    sent,
)

LINE = {
    "actor": ADA,
    "repo": {"id": 7, "name": "octo/cat"},
    "created_at": LATER,
}
OLD = {
    "actor": "ada",
    "actor_attributes": {"login": "ada", "type": "User"},
    "repository": {"id": 7, "name": "cat", "owner": "octo"},
    "created_at": "2012-07-26T00:02:09-07:00",
    "url": "https://github.com/octo/cat/issues/3#issuecomment-55",
}
RUN = {"id": 5, "head_sha": "b" * 40, "created_at": TIME, "updated_at": LATER, "name": "CI"}


def one(path: Path, record: Any) -> EpisodicEvent:
    (event,) = made(path, record)
    return event


def happened(path: Path, record: Any) -> EpisodicEvent:
    """Give what happened; before it may stand what it happened to, as that is by now."""
    *before, event = made(path, record)
    assert [one.kind.rpartition(".")[2] for one in before] in ([], ["opened"])
    return event


def made(path: Path, *records: Any) -> list[EpisodicEvent]:
    batches = read(path, *records)
    assert [bad.reason for batch in batches for bad in batch.quarantined] == []
    return events(batches)


@pytest.mark.parametrize(
    ("action", "more", "kind"),
    [
        ("pinned", {}, "issue.pinned"),
        ("locked", {}, "issue.locked"),
        ("transferred", {"changes": {"new_issue": ISSUE}}, "issue.transferred"),
        ("milestoned", {"milestone": {"title": "v1"}}, "issue.milestoned"),
        ("demilestoned", {"milestone": {"title": "v1"}}, "issue.demilestoned"),
        ("unassigned", {"assignee": None}, "issue.unassigned"),
        ("typed", {"type": {"name": "Bug"}}, "issue.issue_type_added"),
        ("closed", {}, "issue.closed"),
    ],
)
def test_what_becomes_of_an_issue(
    tmp_path: Path, action: str, more: dict[str, Any], kind: str
) -> None:
    event = happened(tmp_path, sent("issues", action=action, issue=ISSUE, **more))
    assert (event.kind, event.actor) == (f"github.{kind}", "ada")


@pytest.mark.parametrize(
    ("action", "more", "kind"),
    [
        ("enqueued", {}, "added_to_merge_queue"),
        ("dequeued", {"reason": "MERGE"}, "removed_from_merge_queue"),
        ("auto_merge_enabled", {}, "auto_merge_enabled"),
        ("converted_to_draft", {}, "converted_to_draft"),
        ("review_requested", {"requested_team": {"name": "Core"}}, "review_requested"),
        ("review_requested", {"requested_reviewer": None}, "review_requested"),
    ],
)
def test_what_becomes_of_a_pull_request(
    tmp_path: Path, action: str, more: dict[str, Any], kind: str
) -> None:
    event = happened(tmp_path, sent("pull_request", action=action, pull_request=PULL, **more))
    assert event.kind == f"github.pull_request.{kind}"


def test_a_changed_title_is_a_renaming_too(tmp_path: Path) -> None:
    changes = {"title": {"from": "Worng"}}
    opened, renamed = made(tmp_path, sent("issues", action="edited", issue=ISSUE, changes=changes))
    assert (opened.kind, opened.title) == ("github.issue.opened", "Wrong")
    assert (renamed.kind, renamed.title) == ("github.issue.renamed", "Renamed Wrong")
    assert renamed.attributes["renamed_from"] == "Worng"


def test_nothing_happened_that_is_told_here(tmp_path: Path) -> None:
    push = {"ref": "refs/heads/main", "before": "1" * 40, "forced": False, "base_ref": None}
    gone = {**push, "after": "0" * 40, "created": False, "deleted": True, "head_commit": None}
    review = {"id": 4, "state": "pending", "submitted_at": None, "user": None}
    draft = {"id": 4, "tag_name": "v1", "draft": True, "published_at": None, "author": ADA}
    assert (
        made(
            tmp_path,
            sent("ping", zen="Keep it logically awesome.", hook_id=1),
            {"event": "ping", "payload": {"zen": "Of an organisation", "hook": {}}},
            sent("push", **gone, commits=[]),
            sent("push", **{**gone, "deleted": False, "created": True}, commits=None),
            sent("push", **{**push, "ref": "refs/tags/v1"}, commits=[]),
            sent("pull_request_review", action="submitted", pull_request=PULL, review=review),
            sent("release", action="created", release=draft),
            sent("sponsorship", action="created"),
            sent("issues", action="sparkled", issue=ISSUE, sparkle=1),
            sent("pull_request", action="sparkled", pull_request=PULL, sparkle=1),
        )
        == []
    )


def test_nobody_and_nothing_where_something_is_expected(tmp_path: Path) -> None:
    labels = [{"name": "bug"}, "text", None]
    bare = {**ISSUE, "user": None, "body": None, "labels": labels, "assignees": None}
    event = one(tmp_path, sent("issues", action="opened", issue=bare))
    assert (event.actor, event.body) == ("ghost", None)
    assert event.attributes["labels"] == ["bug", "text"]
    run = {**RUN, "pull_requests": [None], "actor": None, "run_attempt": 2}
    event = one(tmp_path, sent("workflow_run", action="completed", workflow_run=run))
    assert (event.kind, event.attributes["run_attempt"]) == ("github.workflow_run", 2)
    job = {**RUN, "started_at": TIME, "runner_name": None, "labels": [None], "steps": [None]}
    event = one(tmp_path, sent("workflow_job", action="queued", workflow_job=job))
    assert (event.kind, event.actor) == ("github.workflow_job", None)
    text = "x" * 300_000 + "\0"
    event = one(tmp_path, sent("issues", action="opened", issue={**ISSUE, "body": text}))
    assert event.body is not None
    assert (len(event.body), event.body[-1]) == (300_001, "\ufffd")


def test_discussions_have_the_ids_that_the_interface_gives(tmp_path: Path) -> None:
    said = {"id": 66, "body": "So", "user": ADA, "created_at": TIME, "updated_at": TIME}
    found = made(
        tmp_path,
        sent("discussion", action="created", discussion=DISCUSSION),
        sent("discussion", action="closed", discussion={**DISCUSSION, "state_reason": "resolved"}),
        sent("discussion_comment", action="created", discussion=DISCUSSION, comment=said),
    )
    assert [event.kind.rpartition(".")[2] for event in found] == [
        "opened",
        "opened",
        "closed",
        "comment",
    ]
    assert found[0].event_id == found[1].event_id
    assert found[2].outcome == "resolved"


def test_what_was_deleted_is_withdrawn(tmp_path: Path) -> None:
    said = {"id": 55, "issue_url": ISSUE["html_url"], "user": ADA, "created_at": TIME}
    batches = read(
        tmp_path,
        sent("issue_comment", action="created", issue=ISSUE, comment=said),
        sent("issue_comment", action="deleted", issue=ISSUE, comment=said),
    )
    gone = [withdrawn for batch in batches for withdrawn in batch.retracted]
    assert [event.event_id for event in events(batches)] == gone


def test_half_a_character_takes_no_delivery_with_it(tmp_path: Path) -> None:
    given = json.dumps(sent("issues", action="opened", issue={**ISSUE, "title": "Cut ?"}))
    halves = [rb"Cut \ud83d", b"Cut \xf0\x9f", rb"Cut \ude00"]
    for half in halves:
        (tmp_path / "more.jsonl").write_bytes(given.encode().replace(b"Cut ?", half) + b"\n")
        assert one(tmp_path, {"event": "ping", "payload": {}}).title == "Cut \ufffd"
    (tmp_path / "more.jsonl").write_bytes(b"\xef\xbb\xbf" + given.encode())
    assert one(tmp_path, {"event": "ping", "payload": {}}).title == "Cut ?"


def test_a_bad_record_in_a_list_takes_no_other_with_it(tmp_path: Path) -> None:
    good = sent("issues", action="opened", issue=ISSUE)
    wrong = sent("issues", action="opened", issue={**ISSUE, "created_at": "once"})
    early = sent("issues", action="opened", issue={**ISSUE, "created_at": "0001-01-01T00:00+05:00"})
    large = sent(
        "pull_request",
        action="closed",
        pull_request={**PULL, "merged_at": TIME, "additions": 2**40},
    )
    batches = read(tmp_path, [wrong, None, 5, early, large, {"event": "issues"}, good])
    assert [event.title for event in events(batches)] == ["Wrong", "Wrong"]
    bad = [record for batch in batches for record in batch.quarantined]
    assert len({record.locator for record in bad}) == len(bad) == 6


def test_lines_of_before_2015(tmp_path: Path) -> None:
    issue = {"action": "closed", "issue": 123, "number": 3}
    closed, opened, said = made(
        tmp_path,
        {**OLD, "type": "IssuesEvent", "payload": {**issue, "action": "opened"}},
        {**OLD, "type": "IssuesEvent", "payload": issue, "created_at": "2012/03/11 00:00:00 -0700"},
        {**OLD, "type": "IssueCommentEvent", "payload": {"issue_id": 123, "comment_id": 55}},
    )
    assert (opened.kind, opened.title) == ("github.issue.opened", "octo/cat#3")
    assert (closed.kind, closed.occurred_at.isoformat()) == (
        "github.issue.closed",
        "2012-03-11T07:00:00+00:00",
    )
    assert (said.kind, said.subject, said.actor) == ("github.issue_comment", "octo/cat#3", "ada")
    comment = {"id": 55, "issue_url": "https://api.github.com/repos/octo/cat/issues/3"}
    whole = {**comment, "user": ADA, "created_at": TIME, "body": "Why?"}
    later = one(tmp_path, sent("issue_comment", action="created", issue=ISSUE, comment=whole))
    assert later.event_id == said.event_id


def test_lines_that_lack_what_ids_are_made_of(tmp_path: Path) -> None:
    nowhere = {**OLD, "repository": {"name": "cat", "owner": "octo"}}
    batches = read(
        tmp_path,
        {**OLD, "type": "WatchEvent", "payload": {"action": "started"}},
        {**nowhere, "type": "IssuesEvent", "payload": {"action": "opened", "number": 3}},
        {**OLD, "repository": {"name": "dog", "owner": "octo"}, "type": "x", "payload": {}},
    )
    assert [record.reason for batch in batches for record in batch.quarantined] == [
        "ValueError: the line does not number who gave the star",
        "ValueError: the line does not number its repository",
    ]


def test_lines_since_october_2025(tmp_path: Path) -> None:
    pull = {
        "id": 9,
        "number": 3,
        "url": "u",
        "head": {"ref": "topic", "sha": "a" * 40},
        "base": {"ref": "main", "sha": "c" * 40},
    }
    actions = ("opened", "labeled", "closed", "reopened", "merged")
    label = {"label": {"name": "bug"}}
    found = made(
        tmp_path,
        *(
            {
                **LINE,
                "type": "PullRequestEvent",
                "payload": {"action": action, "number": 3, "pull_request": pull, **label},
            }
            for action in actions
        ),
        {**LINE, "type": "PushEvent", "payload": {"ref": "refs/heads/main", "head": "a" * 40}},
    )
    assert [event.kind.rpartition(".")[2] for event in found] == [
        "opened",
        "labelled",
        "closed",
        "reopened",
        "merged",
    ]
    assert {event.actor for event in found} == {"ada"}
    whole = {**PULL, "created_at": LATER}
    opened = one(tmp_path, sent("pull_request", action="opened", pull_request=whole))
    assert opened.event_id == found[0].event_id
