"""Exports of Slack made file by file, and read."""

import asyncio
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sources.batch import Cursor, EventBatch
from sources.event import EpisodicEvent, table_events
from sources.slack import SlackEventSource
from sources.testing.case import drain

Files = Mapping[str, Any]
"""What an export holds, by name: bytes as they are, all else as JSON."""

JAN_5 = 1_704_456_000
"""Noon of 5 January 2024, UTC, in seconds since 1970."""

USERS = [
    {"id": "U0000001", "name": "ada", "profile": {"display_name": "Ada"}},
    {"id": "U0000002", "name": "bob", "profile": {"display_name": "Bob"}},
]
CHANNELS = [
    {"id": "C0000001", "name": "general", "creator": "U0000001"},
    {"id": "C0000002", "name": "random", "creator": "U0000001"},
]


def message(seconds: int, text: str = "Hello", micros: int = 0, **more: Any) -> dict[str, Any]:
    """Make a message of so many seconds after noon of 5 January 2024."""
    ts = f"{JAN_5 + seconds}.{micros:06d}"
    return {"type": "message", "user": "U0000001", "text": text, "ts": ts, **more}


def export(**days: Sequence[Any]) -> dict[str, Any]:
    """Give the files of an export: ``general_05`` stands for ``general/2024-01-05.json``."""
    files: dict[str, Any] = {"users.json": USERS, "channels.json": CHANNELS}
    for name, told in days.items():
        folder, _, day = name.rpartition("_")
        files[f"{folder}/2024-01-{day}.json"] = told
    return files


def encode(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def make_zip(
    path: Path,
    files: Files,
    method: int = zipfile.ZIP_DEFLATED,
    made: tuple[int, int, int] = (2024, 2, 1),
) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (*made, 0, 0, 0)), encode(content), method)
    return path


def make_folder(path: Path, files: Files) -> Path:
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encode(content))
    return path


def events(batches: Sequence[EventBatch]) -> list[EpisodicEvent]:
    return [event for batch in batches for event in table_events(batch.events)]


def texts(batches: Sequence[EventBatch]) -> list[str]:
    """Give the titles of all events, in order of time."""
    found = sorted(events(batches), key=lambda event: event.occurred_at)
    return [event.title for event in found]


class SmallBatches(SlackEventSource):
    """The source, with many batches even for a short history."""

    BATCH = 4


async def open_source(
    path: Path | str, cursor: Cursor | None = None, **config: Any
) -> SmallBatches:
    settings = {"source_id": "demo", "export": str(path), "cursor": cursor, **config}
    return await SmallBatches.create({}, settings)


def read(path: Path | str, cursor: Cursor | None = None, **config: Any) -> list[EventBatch]:
    """Read exports to their end."""

    async def collect() -> list[EventBatch]:
        async with await open_source(path, cursor, **config) as source:
            await source.validate()
            return await drain(source)

    return asyncio.run(collect())


def read_window(path: Path, start: datetime, end: datetime) -> list[EventBatch]:
    """Read what exports tell of a window of time."""

    async def collect() -> list[EventBatch]:
        async with await open_source(path) as source, source.windowed(start, end) as limited:
            return await drain(limited)

    return asyncio.run(collect())
