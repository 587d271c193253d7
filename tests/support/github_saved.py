"""Saved deliveries of GitHub: what they are made of, and how they are read."""

import asyncio
import json
from pathlib import Path
from typing import Any

from sources import Cursor, EventBatch
from sources.github import GithubEventSource
from sources.github.groups import GROUPS
from sources.testing.case import drain
from tests.support.github import GitHubServer, Repository
from tests.support.github.rest import Rest
from tests.support.github.things import Commit

REPOSITORY = {"id": 7, "full_name": "octo/cat", "default_branch": "main"}
ADA = {"login": "ada", "id": 1, "type": "User"}
TIME, LATER = "2024-05-01T12:00:00Z", "2024-05-02T12:00:00Z"
ISSUE = {
    "id": 90,
    "number": 3,
    "title": "Wrong",
    "user": ADA,
    "created_at": TIME,
    "updated_at": LATER,
    "html_url": "https://github.com/octo/cat/issues/3",
}
PULL = {
    **ISSUE,
    "base": {"ref": "main"},
    "head": {"ref": "topic", "sha": "a" * 40, "repo": None},
    "merged_at": None,
}
DISCUSSION = {**ISSUE, "body": "How?", "category": {"name": "Q&A"}}


def read(path: Path, *records: Any, cursor: Cursor | None = None) -> list[EventBatch]:
    """Save the records, a line each, and read what is behind a cursor."""
    return reading(path, *records, cursor=cursor)[0]


def reading(
    path: Path, *records: Any, cursor: Cursor | None = None
) -> tuple[list[EventBatch], dict[str, Any]]:
    """Do the same, and give the source's counts as well."""
    path.mkdir(exist_ok=True)
    (path / "saved.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    config = {
        "source_id": "demo",
        "repo": "octo/cat",
        "files": str(path / "*"),
        "events": [*GROUPS],
        "cursor": cursor,
    }

    async def collect() -> tuple[list[EventBatch], dict[str, Any]]:
        async with await GithubEventSource.create({}, config) as source:
            return await drain(source), source.get_stats()

    return asyncio.run(collect())


def sent(event: str, **payload: Any) -> dict[str, Any]:
    """Write a delivery."""
    return {"event": event, "payload": {"repository": REPOSITORY, "sender": ADA, **payload}}


def history(server: GitHubServer) -> tuple[Repository, list[dict[str, Any]]]:
    """Make a history, and note what GitHub would have delivered at each step."""
    site, made = server.site, server.site.repository("octo/cat")
    ada, bob = site.user("ada"), site.user("bob")
    render, notes = Rest(site, server.url).payloads, []

    def note(event: str, by: Any, **payload: Any) -> None:
        where = render.repository(made)
        whole = {**payload, "sender": render.user(by), "repository": where}
        notes.append({"event": event, "payload": json.loads(json.dumps(whole))})
        site.clock.move(minutes=7)

    commit = made.commit("Begin", user=ada)
    note("push", ada, **_push(commit))
    issue = made.open_issue("Wrong", user=bob, body="See #1")
    note("issues", bob, action="opened", issue=render.issue(made, issue))
    said = made.comment(issue, "Why?", user=ada)
    comment = render.comment(made, said)
    note("issue_comment", ada, action="created", comment=comment, issue=render.issue(made, issue))
    made.label(issue, "bug", by=ada)
    shown = render.issue(made, issue)
    note("issues", ada, action="labeled", issue=shown, label=shown["labels"][0])
    made.close(issue, by=ada)
    note("issues", ada, action="closed", issue=render.issue(made, issue))
    made.reopen(issue, by=bob)
    note("issues", bob, action="reopened", issue=render.issue(made, issue))
    made.commit("Topic", user=bob, branch="topic")
    pull = made.open_pull("Mend", user=bob, branch="topic")
    whole = render.pull_detail(made, pull)
    note("pull_request", bob, action="opened", number=pull.number, pull_request=whole)
    given = made.review(pull, "APPROVED", user=ada, body="Fine")
    review = render.review(made, given)
    of = render.pull(made, pull)
    note("pull_request_review", ada, action="submitted", pull_request=of, review=review)
    made.merge(pull, by=ada)
    whole = render.pull_detail(made, pull)
    note("pull_request", ada, action="closed", number=pull.number, pull_request=whole)
    release = made.release("v1", author=ada)
    note("release", ada, action="published", release=render.release(made, release))
    return made, notes


def _push(commit: Commit) -> dict[str, Any]:
    """Write what the first push to a repository delivers besides where and by whom."""
    person = {"name": commit.name, "email": commit.email, "username": "ada"}
    pushed = {
        "id": commit.sha,
        "tree_id": commit.sha,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.authored_at.isoformat(),
        "url": f"https://github.com/octo/cat/commit/{commit.sha}",
        "author": person,
        "committer": person,
        "added": [],
        "removed": [],
        "modified": [],
    }
    return {
        "ref": "refs/heads/main",
        "before": "0" * 40,
        "after": commit.sha,
        "created": True,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": f"https://github.com/octo/cat/commit/{commit.sha}",
        "commits": [pushed],
        "head_commit": pushed,
        "pusher": {"name": "ada", "email": commit.email},
    }
