"""Reading a configured source apart from any store: what does it give from a cursor on?"""

import asyncio

from pipelines.config import SourceSpec
from sources import Cursor, EventBatch, EventSourceFactory


def batches_from(spec: SourceSpec, cursor: Cursor | None) -> list[EventBatch]:
    """Make a new source and read all that it gives from ``cursor`` on."""

    async def read() -> list[EventBatch]:
        config = {**spec.config, "cursor": cursor}
        source = await EventSourceFactory().create_source(spec.type, spec.id, {}, config)
        async with source:
            return [batch async for batch in source.generate_batches()]

    return asyncio.run(read())


def ids_from(spec: SourceSpec, cursor: Cursor | None) -> set[str]:
    """Give the ids of the events that a source gives from ``cursor`` on."""
    return {
        str(name)
        for batch in batches_from(spec, cursor)
        for name in batch.events.column("event_id").to_pylist()
    }
