"""Reading a git source to its end, and comparing what came with ``read_truth``."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sources import Cursor, CursorInvalidError, EpisodicEvent, EventBatch, Probe
from sources.event import table_events
from sources.filesystem import FilesystemEventSource
from tests.support.git_repository import CommitTruth, GitRepository

BLANK = " \t\r\n"
"""White space as git knows it."""


class SmallBatches(FilesystemEventSource):
    """The source, with many batches even for a short history."""

    BATCH_COMMITS = 4


@dataclass(frozen=True, slots=True)
class Given:
    """All that one pass gave."""

    batches: tuple[EventBatch, ...]

    def events(self, kind: str | None = None) -> list[EpisodicEvent]:
        events = [event for batch in self.batches for event in table_events(batch.events)]
        return [event for event in events if kind in (None, event.kind)]

    def shas(self) -> list[str]:
        return [event.subject for event in self.events("git.commit")]

    def by_subject(self, kind: str = "git.commit") -> dict[str, EpisodicEvent]:
        return {event.subject: event for event in self.events(kind)}

    @property
    def retracted(self) -> set[str]:
        return {item for batch in self.batches for item in batch.retracted}

    def coverage_at(self, moment: datetime) -> tuple[str, str | None] | None:
        """State and reason for a moment: of the spans that hold it, the last one speaks."""
        spans = [
            (span.state, span.reason)
            for batch in self.batches
            for span in batch.coverage
            if (span.since is None or span.since <= moment)
            and (span.until is None or moment < span.until)
        ]
        return spans[-1] if spans else None

    @property
    def cursor(self) -> Cursor | None:
        """The last cursor, as it comes back out of JSON."""
        cursor: Cursor | None = json.loads(json.dumps(self.batches[-1].cursor))
        return cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A repository by its URL, and where the copy of it is kept."""

    url: str
    cache: Path
    token: str | None = None

    @property
    def credentials(self) -> dict[str, str]:
        return {} if self.token is None else {"token": self.token}

    @property
    def copy(self) -> GitRepository:
        """The copy, as git sees it."""
        return GitRepository(self.cache / "repository.git")


Place = Path | Remote


def read(path: Place, cursor: Cursor | None = None, *, small: bool = False, **config: Any) -> Given:
    """Make a new source and read everything after ``cursor``."""
    kind = SmallBatches if small else FilesystemEventSource

    async def collect() -> Given:
        source = await kind.create(_secrets(path), _settings(path, cursor, config))
        async with source:
            return Given(tuple([batch async for batch in source.generate_batches()]))

    return asyncio.run(collect())


def read_until_invalid(path: Place, cursor: Cursor | None, **config: Any) -> Given:
    """Read from a cursor that turns out to be of no use, and give what came before that."""
    batches: list[EventBatch] = []
    keep = batches.append

    async def collect() -> None:
        source = await SmallBatches.create(_secrets(path), _settings(path, cursor, config))
        async for batch in source.generate_batches():
            keep(batch)

    with pytest.raises(CursorInvalidError):
        asyncio.run(collect())
    return Given(tuple(batches))


def read_window(path: Place, start: datetime | None, end: datetime | None, **config: Any) -> Given:
    """Make a new source limited to a window and read it."""

    async def collect() -> Given:
        source = await SmallBatches.create(_secrets(path), _settings(path, None, config))
        limited = source.windowed(start, end)
        return Given(tuple([batch async for batch in limited.generate_batches()]))

    return asyncio.run(collect())


def probe(path: Place, cursor: Cursor | None, **config: Any) -> Probe:
    """Ask a new source whether there is anything after ``cursor``."""

    async def ask() -> Probe:
        source = await FilesystemEventSource.create(_secrets(path), _settings(path, cursor, config))
        return await source.probe()

    return asyncio.run(ask())


def reread(path: Place, locators: list[str], **config: Any) -> Given:
    """Make a new source and read single commits again."""

    async def collect() -> Given:
        source = await SmallBatches.create(_secrets(path), _settings(path, None, config))
        return Given(tuple([batch async for batch in source.reread(locators)]))

    return asyncio.run(collect())


def validate(path: Place, **config: Any) -> bool:
    """Make a new source and validate it."""

    async def ask() -> bool:
        source = await FilesystemEventSource.create(_secrets(path), _settings(path, None, config))
        return await source.validate()

    return asyncio.run(ask())


def _secrets(path: Place) -> dict[str, Any]:
    return dict(path.credentials) if isinstance(path, Remote) else {}


def _settings(path: Place, cursor: Cursor | None, config: dict[str, Any]) -> dict[str, Any]:
    if isinstance(path, Remote):
        place = {"url": path.url, "cache_dir": str(path.cache)}
    else:
        place = {"root_dir": str(path)}
    settings = {"source_id": "demo", **place, **config}
    return settings if cursor is None else {**settings, "cursor": cursor}


def assert_equals_truth(events: Iterable[EpisodicEvent], truths: dict[str, CommitTruth]) -> None:
    """Hold commit events to what ``git log --numstat -M`` says, commit by commit."""
    found = {event.subject: event for event in events}
    assert set(found) == set(truths)
    for sha, truth in truths.items():
        event = found[sha]
        assert event.attributes["parents"] == list(truth.parents)
        assert event.title == (_text(truth.subject).strip(BLANK) or "(no message)")
        assert (event.body or "") == _text(truth.body).rstrip(BLANK)
        assert event.actor == _text(truth.author)
        assert event.actor_key == _text(truth.email).lower()
        assert event.files is not None
        files = [(f.additions, f.deletions, f.old_path, f.path) for f in event.files]
        assert files == [
            (added, deleted, old and _text(old), _text(new))
            for added, deleted, old, new in truth.files
        ]
        assert event.additions == sum(added or 0 for added, *_ in truth.files)
        assert event.deletions == sum(deleted or 0 for _, deleted, *_ in truth.files)
        assert event.files_changed == len(truth.files)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
