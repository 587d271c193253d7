"""Reading a Slack of our own, in one call."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any

from sources import Cursor, EpisodicEvent, EventBatch, Probe
from sources.event import table_events
from sources.slack import SlackEventSource
from sources.testing.case import Mirror, drain
from tests.support.slack import SlackServer
from tests.support.slack_history import TOKEN, reader


class SmallTalk(SlackEventSource):
    """Gives batches of a few events."""

    BATCH = 10


def settings(server: SlackServer, **more: Any) -> dict[str, Any]:
    """Give the settings of a source that reads a workspace."""
    return {"source_id": "demo", "base_url": server.url, **more}


def read(server: SlackServer, cursor: Cursor | None = None, **more: Any) -> list[EventBatch]:
    """Read everything behind a cursor, as a sync does."""
    return asyncio.run(_read(_open(server, cursor, more)))


def read_window(
    server: SlackServer, start: datetime | None, end: datetime | None, **more: Any
) -> list[EventBatch]:
    """Read one span of time, as a refresh does."""

    async def ask() -> list[EventBatch]:
        async with await _open(server, None, more) as source, source.windowed(start, end) as part:
            return await drain(part)

    return asyncio.run(ask())


def look(server: SlackServer, cursor: Cursor | None, **more: Any) -> Probe:
    """Ask whether there is anything new."""

    async def ask() -> Probe:
        async with await _open(server, cursor, more) as source:
            return await source.probe()

    return asyncio.run(ask())


def events(batches: list[EventBatch]) -> list[EpisodicEvent]:
    """Give the events of some batches, in their order."""
    return [event for batch in batches for event in table_events(batch.events)]


def held(server: SlackServer, **more: Any) -> dict[str, EpisodicEvent]:
    """Give what a store holds after one full reading."""
    return Mirror().take(read(server, **more), full=True).events


async def _read(opening: Awaitable[SlackEventSource]) -> list[EventBatch]:
    async with await opening as source:
        await source.validate()
        return await drain(source)


def _open(
    server: SlackServer, cursor: Cursor | None, more: Mapping[str, Any]
) -> Awaitable[SlackEventSource]:
    reader(server.workspace)
    given = settings(server, **more) | ({} if cursor is None else {"cursor": cursor})
    return SlackEventSource.create({"bot_token": TOKEN}, given)
