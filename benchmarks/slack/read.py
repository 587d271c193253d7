"""One workspace read to Arrow batches by the source alone, without a store.

As ``python -m benchmarks.slack.read URL SECRET [threads]``; prints what came, as JSON: ``events``
are messages and replies, ``shown`` those of them that channels show, which Perceval tells too.
"""

import asyncio
import json
import sys
from collections import Counter
from typing import Any

from sources import EventSourceFactory


async def read(config: dict[str, Any], token: str) -> dict[str, int]:
    """Read everything; gives how many events came."""
    factory = EventSourceFactory()
    source = await factory.create_source("slack", "measured", {"bot_token": token}, config)
    kinds: Counter[str] = Counter()
    async with source:
        async for batch in source.generate_batches():
            kinds.update(map(str, batch.events.column("kind").to_pylist()))
    shown, replies = kinds["slack.message"], kinds["slack.reply"]
    return {"events": shown + replies, "shown": shown}


if __name__ == "__main__":
    url, secret, *threads = sys.argv[1:]
    print(json.dumps(asyncio.run(read({"base_url": url, "threads": bool(threads)}, secret))))
