"""Saved deliveries and lines of the archive: the same events with the same ids."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sources import ConfigError, EpisodicEvent, EventBatch
from sources.github import GithubEventSource
from sources.testing.case import Mirror, drain
from tests.support.github import GitHubServer, github_server
from tests.support.github_reading import events, held
from tests.support.github_saved import history


def read(path: Path, cursor: dict[str, Any] | None = None, **more: Any) -> list[EventBatch]:
    config = {"source_id": "demo", "repo": "octo/cat", "files": str(path), **more}

    async def collect() -> list[EventBatch]:
        source = await GithubEventSource.create({}, {**config, "cursor": cursor})
        async with source:
            await source.validate()
            assert (await source.probe()).new == bool(cursor is None or await _changes(source))
            return await drain(source)

    return asyncio.run(collect())


async def _changes(source: GithubEventSource) -> bool:
    twin = await GithubEventSource.create({}, {**source.config, "cursor": source._cursor})
    return bool(await drain(twin))


def identity(event: EpisodicEvent) -> tuple[Any, ...]:
    return event.event_id, event.kind, event.occurred_at, event.actor, event.title, event.outcome


def test_deliveries_give_the_ids_that_the_interface_gives(tmp_path: Path) -> None:
    with github_server() as server:
        _, notes = history(server)
        by_interface = {identity(event) for event in held(server).values()}
    (tmp_path / "saved.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))
    found = {identity(event) for event in events(read(tmp_path / "*.jsonl"))}
    assert len(found) == len(notes)
    assert found <= by_interface
    # What was pushed by the merge, and the tag of the release, were not delivered here.
    left = {kind for _, kind, *_ in by_interface - found}
    assert left == {"github.commit", "github.tag"}


def test_lines_of_the_archive_give_the_same(tmp_path: Path) -> None:
    with github_server() as server:
        made, notes = history(server)
    names = {
        "issues": "IssuesEvent",
        "issue_comment": "IssueCommentEvent",
        "pull_request": "PullRequestEvent",
        "pull_request_review": "PullRequestReviewEvent",
        "release": "ReleaseEvent",
    }
    lines = [
        {
            "type": names[note["event"]],
            "actor": note["payload"]["sender"],
            "repo": {"id": made.id, "name": made.full_name},
            "created_at": "2024-05-01T12:00:00Z",
            "payload": {
                key: value
                for key, value in note["payload"].items()
                if key not in {"sender", "repository"}
            },
        }
        for note in notes
        if note["event"] in names
    ]
    other = {**lines[0], "repo": {"id": 5, "name": "octo/dog"}}
    unknown = {**lines[0], "type": "GollumEvent"}
    text = "".join(json.dumps(line) + "\n" for line in [*lines, other, unknown])
    (tmp_path / "2024-05-01-12.json.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "saved.json").write_text(json.dumps(notes, indent=1))
    archived = {identity(event) for event in events(read(tmp_path / "*.gz"))}
    delivered = {identity(event) for event in events(read(tmp_path / "saved.json"))}
    assert len(archived) == len(lines)
    assert archived < delivered
    assert events(read(tmp_path / "*.gz", events=["release"]))[0].kind == "github.release"
    assert events(read(tmp_path / "*.gz", since="2024-06-01")) == []


def test_a_file_that_grows_is_read_on_and_what_is_bad_is_kept_apart(tmp_path: Path) -> None:
    with github_server() as server:
        _, notes = history(server)
    lines = [json.dumps(note) + "\n" for note in notes]
    path = tmp_path / "saved.jsonl"
    path.write_text("".join(lines[:4]) + "no json\n{}\n" + lines[4][:30])
    mirror = Mirror().take(batches := read(path), full=True)
    assert len(mirror.events) == 4
    bad = [record for batch in batches for record in batch.quarantined]
    assert [record.raw for record in bad] == [b"no json\n", b"{}\n"]
    assert all(record.locator.startswith("saved.jsonl:") for record in bad)
    assert read(path, mirror.cursor) == []
    path.write_text("".join(lines[:4]) + "no json\n{}\n" + "".join(lines[4:]))
    rest = read(path, mirror.cursor)
    mirror.take(rest, full=False)
    assert len(mirror.events) == len(notes)
    path.write_text(lines[0])  # another file by the same name
    assert len(events(read(path, mirror.cursor))) == 1


@pytest.mark.parametrize("damage", ["cut", "spoilt"])
def test_a_packed_file_that_breaks_off_leaves_the_others_and_is_read_on_later(
    server: GitHubServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    _, notes = history(server)
    lines = [json.dumps(note) + "\n" for note in notes]
    middle = len(lines) // 2
    packed = gzip.compress("".join(lines[:middle]).encode() * 40, 0)
    broken = packed[:-2_000] if damage == "cut" else packed[:-2_000] + b"\xff" * 2_000
    (tmp_path / "a.gz").write_bytes(broken)
    (tmp_path / "b.gz").write_bytes(gzip.compress("".join(lines[middle:]).encode()))
    batches = read(tmp_path / "*.gz")
    mirror = Mirror().take(batches, full=True)
    assert any(name.startswith("a.gz:") and name.endswith(" rest") for name in mirror.quarantined)
    assert "a.gz breaks off" in caplog.text
    assert read(tmp_path / "*.gz", mirror.cursor) == []
    (tmp_path / "a.gz").write_bytes(packed)
    mirror.take(read(tmp_path / "*.gz", mirror.cursor), full=False)
    whole = Mirror().take(read(tmp_path / "*.gz"), full=True)
    assert mirror.events == whole.events
    assert len(whole.quarantined) == 0


def test_files_that_are_not_there_or_broken(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file fits"):
        read(tmp_path / "*.jsonl")
    (tmp_path / "odd.gz").write_bytes(b"no gzip at all")
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "odd.gz")
