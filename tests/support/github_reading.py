"""Reading a GitHub of our own, in one call."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from sources import Cursor, EpisodicEvent, EventBatch, Probe
from sources.event import table_events
from sources.github import GithubEventSource
from sources.testing.case import Mirror, drain
from tests.support.github import GitHubServer

READER = "secret"


def settings(server: GitHubServer, **more: Any) -> dict[str, Any]:
    """Give the settings of a source that reads ``octo/cat``."""
    return {"source_id": "demo", "repo": "octo/cat", "base_url": server.url, **more}


def read(
    server: GitHubServer,
    cursor: Cursor | None = None,
    *,
    token: str | None = READER,
    **more: Any,
) -> list[EventBatch]:
    """Read everything behind a cursor, as a sync does."""
    return asyncio.run(_read(_open(server, cursor, token, more)))


def look(
    server: GitHubServer, cursor: Cursor | None, *, token: str | None = READER, **more: Any
) -> Probe:
    """Ask whether there is anything new."""

    async def ask() -> Probe:
        async with await _open(server, cursor, token, more) as source:
            return await source.probe()

    return asyncio.run(ask())


def events(batches: list[EventBatch]) -> list[EpisodicEvent]:
    """Give the events of some batches, in their order."""
    return [event for batch in batches for event in table_events(batch.events)]


def held(server: GitHubServer, **more: Any) -> dict[str, EpisodicEvent]:
    """Give what a store holds after one full reading."""
    return Mirror().take(read(server, **more), full=True).events


async def _read(opening: Awaitable[GithubEventSource]) -> list[EventBatch]:
    async with await opening as source:
        await source.validate()
        return await drain(source)


def _open(
    server: GitHubServer, cursor: Cursor | None, token: str | None, more: Mapping[str, Any]
) -> Awaitable[GithubEventSource]:
    if token is not None and token not in server.site.tokens:
        server.site.token(token, limit=1_000_000)
    credentials = {} if token is None else {"token": token}
    given = settings(server, **more) | ({} if cursor is None else {"cursor": cursor})
    return GithubEventSource.create(credentials, given)
