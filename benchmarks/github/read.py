"""One repository read to Arrow batches by the source alone, without a store.

As ``python -m benchmarks.github.read URL OWNER/NAME SECRET [graphql]``; prints what came, as JSON:
``events`` are those that Perceval tells too, ``more`` all others.
"""

import asyncio
import json
import sys
from collections import Counter
from typing import Any, Final

from sources import EventSourceFactory

TOLD: Final = {
    "github.issue.opened": "opened",
    "github.pull_request.opened": "opened",
    "github.issue_comment": "comments",
    "github.review": "reviews",
    "github.review_comment": "review_comments",
}


async def read(config: dict[str, Any], token: str) -> dict[str, int]:
    """Read everything; gives how many events came."""
    factory = EventSourceFactory()
    source = await factory.create_source("github", "measured", {"token": token}, config)
    kinds: Counter[str] = Counter()
    async with source:
        async for batch in source.generate_batches():
            kinds.update(map(str, batch.events.column("kind").to_pylist()))
    told: Counter[str] = Counter()
    for kind, number in kinds.items():
        told[TOLD.get(kind, "more")] += number
    return {"events": told.total() - told["more"], **told}


if __name__ == "__main__":
    url, name, secret, *graphql = sys.argv[1:]
    settings: dict[str, Any] = {
        "base_url": url,
        "repo": name,
        "graphql": bool(graphql),
        "events": ["pull_request", "issues", "review", "comment"],
    }
    print(json.dumps(asyncio.run(read(settings, secret))))
