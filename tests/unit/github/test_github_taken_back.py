"""Deliveries of tags, of stars, and of what was taken back; and what no event is made of."""

from pathlib import Path
from typing import Any

import pytest

from sources import EventBatch
from sources.testing.case import Mirror
from tests.support.github import github_server
from tests.support.github_reading import events, held
from tests.support.github_saved import (
    ADA,
    DISCUSSION,
    ISSUE,
    LATER,
    PULL,
    REPOSITORY,
    TIME,
    read,
    reading,
    sent,
)

NOWHERE, FIRST, SECOND = "0" * 40, "a" * 40, "b" * 40


def tagged(before: str, after: str, commit: str | None = None) -> dict[str, Any]:
    """Write the push of a tag that leads from here to there."""
    found = {"id": commit or after, "timestamp": TIME, "message": "Work"}
    return sent(
        "push",
        ref="refs/tags/v1",
        before=before,
        after=after,
        created=before == NOWHERE,
        deleted=after == NOWHERE,
        head_commit=None if after == NOWHERE else found,
        commits=[],
        pusher={"name": "ada", "email": "ada@example.org"},
        repository={**REPOSITORY, "pushed_at": 1714651200},
    )


def left(batches: list[EventBatch]) -> list[str]:
    """Name what a store holds after some batches."""
    assert not [bad for batch in batches for bad in batch.quarantined]
    kept = Mirror().take(batches, full=False).events.values()
    return [f"{event.kind} {event.subject}" for event in kept]


def test_the_push_of_a_tag_has_the_id_that_the_interface_gives(tmp_path: Path) -> None:
    with github_server() as server:
        made = server.site.repository("octo/cat")
        commit = made.commit("Begin", user=None)
        made.tag("v1")
        (told,) = held(server, events=["tag"]).values()
    push = tagged(NOWHERE, commit.sha)
    push["payload"]["repository"]["id"] = made.id
    push["payload"]["head_commit"]["timestamp"] = commit.committed_at.isoformat()
    (event,) = events(read(tmp_path, push))
    assert event == told


def test_of_an_annotated_tag_a_push_tells_who_pushed_it_and_when(tmp_path: Path) -> None:
    (event,) = events(read(tmp_path, tagged(NOWHERE, FIRST, SECOND)))
    assert (event.subject, event.actor_key) == ("v1", "ada@example.org")
    assert event.occurred_at.isoformat() == "2024-05-02T12:00:00+00:00"
    assert event.refs == (f"git:{SECOND}",)
    assert event.attributes["annotated"]


def test_a_tag_that_moves_or_goes_is_withdrawn(tmp_path: Path) -> None:
    made, moved, gone = tagged(NOWHERE, FIRST), tagged(FIRST, SECOND), tagged(SECOND, NOWHERE)
    again = tagged(NOWHERE, SECOND)
    assert left(read(tmp_path, made)) == ["github.tag v1"]
    assert left(read(tmp_path, made, moved)) == ["github.tag v1"]
    assert left(read(tmp_path, made, moved, gone)) == []
    assert left(read(tmp_path, made, moved, gone, again)) == ["github.tag v1"]


def test_what_an_earlier_delivery_told_is_known_when_it_is_taken_away(tmp_path: Path) -> None:
    starred = sent("star", action="created", starred_at=TIME)
    away = sent("star", action="deleted", starred_at=None)
    made = tagged(NOWHERE, FIRST)
    untagged = sent("delete", ref="v1", ref_type="tag", pusher_type="user")
    first = read(tmp_path, starred, made)
    assert sorted(left(first)) == ["github.star octo/cat", "github.tag v1"]
    rest = read(tmp_path, starred, made, away, untagged, cursor=first[-1].cursor)
    assert events(rest) == []
    assert left([*first, *rest]) == []
    assert rest[-1].cursor is not None
    assert "known" not in rest[-1].cursor
    anew = sent("star", action="created", starred_at=LATER)
    assert left(read(tmp_path, starred, away, anew)) == ["github.star octo/cat"]


def test_what_nothing_is_known_of_is_passed_over(tmp_path: Path) -> None:
    batches, stats = reading(
        tmp_path,
        sent("star", action="deleted", starred_at=None),
        sent("delete", ref="v1", ref_type="tag"),
        sent("delete", ref="topic", ref_type="branch"),
        sent("create", ref="v1", ref_type="tag", master_branch="main"),
    )
    assert left(batches) == []
    assert stats["passed_over"] == {"star.deleted": 1, "delete": 2, "create": 1}


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        (
            sent("issues", action="opened", issue=ISSUE),
            sent("issues", action="deleted", issue=ISSUE),
        ),
        (
            sent("issues", action="closed", issue={**ISSUE, "closed_at": LATER}),
            sent("issues", action="deleted", issue={**ISSUE, "closed_at": LATER}),
        ),
        (
            sent("discussion", action="created", discussion=DISCUSSION),
            sent("discussion", action="deleted", discussion=DISCUSSION),
        ),
        (
            sent(
                "release",
                action="published",
                release={"id": 5, "tag_name": "v1", "author": ADA, "published_at": TIME},
            ),
            sent("release", action="unpublished", release={"id": 5, "tag_name": "v1"}),
        ),
    ],
    ids=["an issue", "a closed one", "a discussion", "a release"],
)
def test_what_was_deleted_is_withdrawn(
    tmp_path: Path, told: dict[str, Any], taken: dict[str, Any]
) -> None:
    assert left(read(tmp_path, told))
    assert left(read(tmp_path, told, taken)) == []


def test_an_answer_that_is_none_any_more_is_withdrawn(tmp_path: Path) -> None:
    chosen = {**DISCUSSION, "answer_chosen_at": LATER, "answer_chosen_by": ADA}
    answered = sent("discussion", action="answered", discussion=chosen)
    first = read(tmp_path, answered)
    opened = "github.discussion.opened octo/cat#3"
    assert left(first) == [opened, "github.discussion.answered octo/cat#3"]
    none = sent("discussion", action="unanswered", discussion=DISCUSSION)
    rest = read(tmp_path, answered, none, cursor=first[-1].cursor)
    assert left([*first, *rest]) == [opened]
    assert "known" not in (rest[-1].cursor or {})
    gone = sent("discussion", action="deleted", discussion=DISCUSSION)
    assert left(read(tmp_path, answered, gone)) == []


def test_a_review_that_was_dismissed_is_changed_and_its_dismissal_told(tmp_path: Path) -> None:
    review = {"id": 4, "state": "dismissed", "submitted_at": TIME, "user": ADA}
    of = {**PULL, "updated_at": LATER}
    given = sent("pull_request_review", action="dismissed", pull_request=of, review=review)
    changed, dismissed = events(read(tmp_path, given))
    assert (changed.kind, changed.outcome) == ("github.review", "dismissed")
    assert dismissed.kind == "github.pull_request.review_dismissed"
    assert dismissed.attributes["dismissed_review"] == 4


def test_what_is_not_known_is_counted_by_its_name_and_no_error(tmp_path: Path) -> None:
    other = {"id": 8, "full_name": "octo/dog"}
    batches, stats = reading(
        tmp_path,
        sent("issues", action="opened", issue=ISSUE),
        sent("issues", action="sparkled", issue=ISSUE),
        sent("pull_request", action="sparkled", pull_request=PULL),
        sent("check_run", action="completed", check_run={}),
        sent("check_run", action="created", repository="odd"),
        sent("of_the_future", repository=None),
        sent("issues", action="opened", issue=ISSUE, repository=other),
    )
    assert left(batches) == ["github.issue.opened octo/cat#3"]
    assert stats["passed_over"] == {
        "issues.sparkled": 1,
        "pull_request.sparkled": 1,
        "check_run": 2,
        "of_the_future": 1,
        "of another repository": 1,
    }
    assert (stats["events_generated"], stats["events_skipped"]) == (1, 6)
