"""Deliveries in another order than what they tell of, as GitHub may send and does list them."""

import asyncio
import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import SourceSpec
from pipelines.sync import sync_source
from resources.stores.memory import MemoryStore
from sources import EpisodicEvent
from sources.github.groups import GROUPS
from sources.github.remembering import LIMIT
from sources.testing.case import Mirror
from tests.support.github_reading import events
from tests.support.github_saved import ADA, DISCUSSION, ISSUE, LATER, PULL, TIME, read, sent

JOB = {"id": 5, "head_sha": "b" * 40, "name": "test", "created_at": TIME, "started_at": TIME}


def stored(path: Path, *records: Any) -> dict[str, EpisodicEvent]:
    """Give what a store holds of some deliveries, a line each, by kind."""
    path.mkdir(exist_ok=True)
    (path / "saved.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    config = {"repo": "octo/cat", "files": str(path / "*"), "events": [*GROUPS]}
    store = MemoryStore()
    asyncio.run(sync_source(store, SourceSpec(id="demo", type="github", config=config)))
    return {event.kind.removeprefix("github."): event for event in store.get_events()}


def entry(event: str, delivered: str, **payload: Any) -> dict[str, Any]:
    """Write a delivery as GitHub lists it, whole."""
    told = sent(event, **payload)["payload"]
    request = {"headers": {"X-GitHub-Event": event}, "payload": told}
    return {"id": 1, "event": event, "delivered_at": delivered, "request": request}


def line(kind: str, created: str, **payload: Any) -> dict[str, Any]:
    """Write a line of the archive."""
    told = {"actor": ADA, "repo": {"id": 7, "name": "octo/cat"}, "created_at": created}
    return {"type": kind, "payload": payload, **told}


def told(path: Path, records: Any) -> set[tuple[str, str]]:
    return {(kind, event.title) for kind, event in stored(path, *records).items()}


SAID = {"id": 55, "issue_url": ISSUE["html_url"], "user": ADA, "created_at": TIME, "body": "Why?"}
RIGHT = {**ISSUE, "title": "Right", "url": "https://api.github.com/repos/octo/cat/issues/3"}
ENTRIES = [
    entry("issues", "2024-05-01T12:00:01Z", action="opened", issue=ISSUE),
    entry("issue_comment", "2024-05-01T12:00:02.5Z", action="created", issue=ISSUE, comment=SAID),
    entry("issues", "2024-05-01T12:00:03Z", action="edited", issue=RIGHT),
    entry("issue_comment", "2024-05-01T12:00:04Z", action="deleted", issue=RIGHT, comment=SAID),
]
LINES = [
    line("IssuesEvent", TIME, action="opened", issue=ISSUE),
    line("IssuesEvent", TIME, action="edited", issue=RIGHT),
    line("IssueCommentEvent", LATER, action="created", issue=RIGHT, comment=SAID),
]


def test_those_that_say_when_they_were_sent_are_read_in_that_order(tmp_path: Path) -> None:
    for number, records in enumerate(permutations(ENTRIES)):
        right = {("issue.opened", "Right")}
        assert told(tmp_path / f"lines {number}", records) == right
        assert told(tmp_path / f"a list {number}", [records]) == right


def test_lines_of_one_second_are_turned_round_where_the_newest_come_first(tmp_path: Path) -> None:
    right = {("issue.opened", "Right"), ("issue_comment", "Why?")}
    for name, records in (("oldest", LINES), ("newest", LINES[::-1])):
        assert told(tmp_path / name, records) == right
        assert told(tmp_path / f"{name} of a list", [records]) == right


def test_one_that_comes_late_turns_no_others_round(tmp_path: Path) -> None:
    """Of the lines of one second the first is the first, wherever a later one stands."""
    late = line("WatchEvent", "2024-05-03T12:00:00Z", action="started")
    early = line("WatchEvent", "2024-05-01T11:00:00Z", action="started")
    middle = line("WatchEvent", "2024-05-02T11:00:00Z", action="started")
    for number, records in enumerate(
        ([late, early, *LINES[:2]], [late, *LINES[:2], middle], [late, middle, early, *LINES[:2]])
    ):
        assert ("issue.opened", "Right") in told(tmp_path / str(number), records)


def test_those_that_do_not_say_it_keep_their_places(tmp_path: Path) -> None:
    wrong = sent("issues", action="edited", issue=ISSUE)
    said = ("issue_comment", "Why?")
    assert told(tmp_path, [*LINES[::-1], wrong]) == {("issue.opened", "Wrong"), said}
    assert told(tmp_path, [wrong, *LINES[::-1]]) == {("issue.opened", "Right"), said}


def test_a_time_that_is_none_hides_no_delivery(tmp_path: Path) -> None:
    records = [{**one, "delivered_at": when} for one, when in zip(ENTRIES, "abcd", strict=True)]
    assert told(tmp_path, [*records[:2], 5]) == {
        ("issue.opened", "Wrong"),
        ("issue_comment", "Why?"),
    }


def job(status: str, **more: Any) -> dict[str, Any]:
    return sent("workflow_job", action=status, workflow_job={**JOB, "status": status, **more})


STATES = (
    job("queued"),
    job("in_progress", runner_name="one"),
    job("completed", runner_name="one", conclusion="success", completed_at=LATER),
)


@pytest.mark.parametrize("states", [*permutations(STATES)])
def test_a_job_that_has_ended_stays_so(tmp_path: Path, states: tuple[dict[str, Any], ...]) -> None:
    ended = stored(tmp_path, *states)["workflow_job"]
    assert (ended.outcome, ended.attributes["status"]) == ("success", "completed")
    assert (ended.actor, ended.duration_ms) == ("one", 86_400_000)


def test_what_was_deleted_does_not_come_back_by_what_is_delivered_late(tmp_path: Path) -> None:
    deleted = sent("issue_comment", action="deleted", issue=ISSUE, comment=SAID)
    late = sent("issue_comment", action="created", issue=ISSUE, comment=SAID)
    first = read(tmp_path, deleted)
    assert sum(len(batch.retracted) for batch in first) == 1
    assert events(read(tmp_path, deleted, late, cursor=first[-1].cursor)) == []
    assert events(read(tmp_path, late, deleted, late)) == events(read(tmp_path, late))


def test_a_release_that_was_hidden_may_be_published_again(tmp_path: Path) -> None:
    release = {"id": 5, "tag_name": "v1", "author": ADA, "published_at": TIME}
    records = [
        sent("release", action=word, release=release) for word in ("unpublished", "published")
    ]
    assert [*stored(tmp_path, *records)] == ["release"]


@pytest.mark.parametrize(
    ("name", "key", "thing"),
    [
        ("issues", "issue", ISSUE),
        ("pull_request", "pull_request", PULL),
        ("discussion", "discussion", DISCUSSION),
    ],
)
def test_an_earlier_state_replaces_no_later_one(
    tmp_path: Path, name: str, key: str, thing: dict[str, Any]
) -> None:
    later = sent(name, action="edited", **{key: {**thing, "title": "Right"}})
    before = {**thing, "updated_at": TIME, "title": "Worng"}
    earlier = sent(name, action="labeled", label={"name": "bug"}, **{key: before})
    first = read(tmp_path, later)
    rest = read(tmp_path, later, earlier, cursor=first[-1].cursor)
    kept = Mirror().take([*first, *rest], full=True).events.values()
    assert [one.title for one in kept if one.kind.endswith(".opened")] == ["Right"]
    # A label of a discussion is no event; that of the others stays one.
    assert [one.title for one in events(rest)] == ["Labelled bug"] * (name != "discussion")


def test_few_of_the_last_are_remembered(tmp_path: Path) -> None:
    count = 2 * LIMIT
    times = [f"2024-05-{day + 1:02}T12:00:00Z" for day in range(30)]
    issues = [{**ISSUE, "number": n, "updated_at": times[n % 30]} for n in range(count)]
    gone = [sent("issue_comment", action="deleted", comment={"id": n}) for n in range(count)]
    records = [*(sent("issues", action="opened", issue=issue) for issue in issues), *gone]
    cursor = read(tmp_path, *records)[-1].cursor or {}
    assert sorted(set(cursor["newest"].values())) == times[15:]
    assert len(cursor["newest"]) == len(cursor["gone"]) == LIMIT
    late = [sent("issue_comment", action="created", issue=ISSUE, comment={**SAID, "id": count - 1})]
    assert events(read(tmp_path, *records, *late, cursor=cursor)) == []


def test_stars_and_answers_that_were_given_last_are_remembered(tmp_path: Path) -> None:
    count = LIMIT + 10
    times = [f"2024-05-02T{n // 60:02}:{n % 60:02}:00Z" for n in range(count)]
    stars = [
        sent("star", action="created", starred_at=time, sender={**ADA, "id": n})
        for n, time in enumerate(times)
    ]
    answers = [
        sent(
            "discussion",
            action="answered",
            discussion={**DISCUSSION, "number": n, "answer_chosen_at": time},
        )
        for n, time in enumerate(times)
    ]
    tags = [
        sent("push", ref=f"refs/tags/v{n}", before="0" * 40, after="a" * 40, commits=[])
        for n in range(count)
    ]
    records = [*stars[::-1], *answers[::-1], *tags]
    cursor = read(tmp_path, *records)[-1].cursor or {}
    assert len(cursor["known"]) == 2 * LIMIT + count
    away = [
        sent("star", action="deleted", starred_at=None, sender={**ADA, "id": n}) for n in (9, 10)
    ]
    rest = read(tmp_path, *records, *away, cursor=cursor)
    assert sum(len(batch.retracted) for batch in rest) == 1
