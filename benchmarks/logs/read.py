"""One way through a log, as a process: ``python -m benchmarks.logs.read WAY FILE [TARGET]``.

``arrow`` makes batches of events and lets them go, ``parquet`` writes them into the file TARGET,
``expression`` matches a regular expression of bytes, line by line.
"""

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from pipelines.collecting import collect_less, pass_over_loaded
from pipelines.lean import spare_pandas, use_system_memory
from sources import EventSourceFactory
from sources.batch import BATCH_SCHEMA

_SOURCE: Final = "measured"
PLAIN: Final = re.compile(
    rb"^(\S+) (\S+) (.*?) \[([^\]]+)\] \"((?:[^\"\\]|\\.)*)\" (\d{3}|-) (\d+|-)"
    rb"(?: \"((?:[^\"\\]|\\.)*)\" \"((?:[^\"\\]|\\.)*)\")?"
)


async def read_events(path: Path, target: Path | None) -> int:
    """Read a log as the source type does, and write it if there is where to."""
    factory = EventSourceFactory()
    config = {"paths": [str(path)], "format": "combined"}
    source = await factory.create_source("api_log", _SOURCE, {}, config)
    rows = 0
    try:
        with closing(_writer(target)) as writer:
            async for batch in source.generate_batches():
                writer.write_table(batch.events)
                rows += batch.events.num_rows
    finally:
        await factory.close_all_sources()
    return rows


def match_lines(lines: Iterator[bytes]) -> int:
    """Match each line and take its groups; count those that matched."""
    matches = (PLAIN.match(line) for line in lines)
    return sum(1 for match in matches if match and match.groups())


class _Nowhere:
    """Takes tables and keeps nothing."""

    def write_table(self, table: object) -> None:
        """Let it go."""

    def close(self) -> None:
        """Nothing is open."""


def _writer(target: Path | None) -> "pq.ParquetWriter | _Nowhere":
    """A file as the lake's are; what they need is not loaded for nothing."""
    if target is None:
        return _Nowhere()
    from resources.stores.lake.parquet import row_options  # noqa: PLC0415

    return pq.ParquetWriter(target, BATCH_SCHEMA, **row_options())


def main() -> None:
    """Go the way that is named, and print the number of rows."""
    collect_less(own=True)
    pass_over_loaded()
    way, path, *target = sys.argv[1:]
    if way == "expression":
        with Path(path).open("rb") as stream:
            rows = match_lines(iter(stream))
    else:
        spare_pandas()
        use_system_memory()
        rows = asyncio.run(read_events(Path(path), Path(target[0]) if target else None))
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
