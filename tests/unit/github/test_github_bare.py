"""Payloads as they were posted, without the name of their event: known by what they hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.github_reading import events
from tests.support.github_saved import ADA, ISSUE, REPOSITORY, TIME, reading, sent

JOB = {"id": 5, "head_sha": "b" * 40, "name": "deploy", "created_at": TIME}


def bare(**payload: Any) -> dict[str, Any]:
    return {"repository": REPOSITORY, "sender": ADA, **payload}


def test_a_payload_without_the_name_of_its_event(tmp_path: Path) -> None:
    opened = bare(action="opened", issue=ISSUE)
    saved = {"headers": {"X-GitHub-Event": "issues"}, "payload": json.dumps(opened)}
    batches, stats = reading(tmp_path, opened, saved, bare(action="created", label={"name": "bug"}))
    assert [event.kind for event in events(batches)] == ["github.issue.opened"] * 2
    assert (stats["passed_over"], stats["events_quarantined"]) == ({"other": 1}, 0)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (bare(action="typed", issue=ISSUE, type={"name": "Bug"}), "issue.issue_type_added"),
        (bare(action="queued", workflow_job=JOB, deployment={"id": 1}), "workflow_job"),
    ],
    ids=["the type of an issue", "a job that deploys"],
)
def test_what_a_payload_holds_besides_hides_nothing(
    tmp_path: Path, payload: dict[str, Any], kind: str
) -> None:
    batches, stats = reading(tmp_path, payload)
    assert events(batches)[-1].kind == f"github.{kind}"
    assert (stats["passed_over"], stats["events_quarantined"]) == ({}, 0)


def test_a_payload_that_no_event_is_made_of_is_counted_by_its_name(tmp_path: Path) -> None:
    run, waits = {"id": 5}, {"event": "push", "deployment_callback_url": "https://example.org"}
    batches, stats = reading(
        tmp_path,
        bare(action="created", deployment={"id": 1}, workflow_run=run),
        bare(action="requested", deployment={"id": 1}, **waits),
        bare(action="approved", since=TIME, workflow_run=run),
        bare(action="sub_issue_added", sub_issue=ISSUE, parent_issue=ISSUE),
        bare(action="blocked_by_added", blocked_issue=ISSUE, blocking_issue=ISSUE),
        bare(ref="v1", ref_type="tag", master_branch="main"),
        bare(ref="topic", ref_type="branch"),
    )
    assert events(batches) == []
    assert stats["passed_over"] == {
        "deployment": 1,
        "deployment_protection_rule": 1,
        "deployment_review": 1,
        "sub_issues": 1,
        "issue_dependencies": 1,
        "create": 1,
        "delete": 1,
    }


def test_a_bare_payload_takes_a_tag_back(tmp_path: Path) -> None:
    head = {"id": "a" * 40, "timestamp": TIME, "message": "Work"}
    push = sent("push", ref="refs/tags/v1", before="0" * 40, after="a" * 40, head_commit=head)
    batches, _ = reading(tmp_path, push, bare(ref="v1", ref_type="tag"))
    assert [event.event_id for event in events(batches)] == list(batches[0].retracted)


def test_an_entry_of_the_list_that_lacks_what_was_sent_is_kept_apart(tmp_path: Path) -> None:
    entry = {"id": 1, "event": "issues", "action": "opened", "repository_id": 7}
    batches, _ = reading(tmp_path, {**entry, "delivered_at": TIME})
    (bad,) = [record for batch in batches for record in batch.quarantined]
    assert bad.reason == "ValueError: neither a delivery nor a line of the archive"


def test_a_record_deeper_than_what_can_be_written_is_kept_apart(tmp_path: Path) -> None:
    deep = "[" * 300 + "]" * 300
    good = json.dumps(sent("issues", action="opened", issue=ISSUE))
    (tmp_path / "list.json").write_text(f'[{{"event": "issues", "payload": {deep}}}, {good}]')
    batches, stats = reading(tmp_path)
    assert [event.kind for event in events(batches)] == ["github.issue.opened"]
    assert stats["events_quarantined"] == 1
