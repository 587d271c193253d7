"""One repository read to Arrow batches by the source alone, without a store.

As ``python -m benchmarks.git.read PATH [NEWEST]``; prints what came, as JSON.
"""

import asyncio
import json
import sys
from typing import Any

import pyarrow.compute as pc

from sources import EventSourceFactory


async def read(config: dict[str, Any]) -> dict[str, int]:
    """Read everything; gives how many commits and changed files came."""
    factory = EventSourceFactory()
    source = await factory.create_source("filesystem", "measured", {}, config)
    commits = files = 0
    async with source:
        async for batch in source.generate_batches():
            told = batch.events.filter(pc.field("kind") == "git.commit")
            commits += told.num_rows
            files += pc.sum(told.column("files_changed")).as_py() or 0
    return {"commits": commits, "files": files}


if __name__ == "__main__":
    path, *newest = sys.argv[1:]
    settings: dict[str, Any] = {"root_dir": path, "tags": False}
    if newest:
        settings["max_commits"] = int(newest[0])
    print(json.dumps(asyncio.run(read(settings))))
