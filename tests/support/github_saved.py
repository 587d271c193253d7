"""Saved deliveries of GitHub: what they are made of, and how they are read."""

import asyncio
import json
from pathlib import Path
from typing import Any

from sources import Cursor, EventBatch
from sources.github import GithubEventSource
from sources.github.groups import GROUPS
from sources.testing.case import drain

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
