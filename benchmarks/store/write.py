"""Daybook's side: the rows written fresh, then the same rows once more.

As ``python -m benchmarks.store.write URL FILE``; prints the seconds, as JSON. Reading the file
and making the tables are not counted, as they are not for the other side.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from benchmarks.store.rows import read_rows
from resources.stores.postgres import PostgresStore, open_postgres
from resources.stores.report import PassRequest, WriteReport
from sources import EventBatch, batch_table

BATCH: Final = 2_000
"""Events in a batch: no source gives many more at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds of one pass.

    Attributes:
        digests: making the rows' digests, which is a part of ``stored``.
        stored: until all rows were stored.
        whole: with what a first load leaves for its end, the indexes for searching.
        report: what the store says it did.
    """

    digests: float
    stored: float
    whole: float
    report: WriteReport


def write(store: PostgresStore, rows: pa.Table) -> Spent:
    """Write all rows in one pass."""
    digests = 0.0
    began = time.perf_counter()
    request = PassRequest(source_id="measured", source_type="slack")
    with store.begin_pass(request) as writing:
        for start in range(0, rows.num_rows, BATCH):
            before = time.perf_counter()
            events = batch_table(rows.slice(start, BATCH))
            digests += time.perf_counter() - before
            writing.write(EventBatch(events=events, cursor={"next": start + BATCH}))
        stored = time.perf_counter() - began
        report = writing.finish()
    whole = time.perf_counter() - began
    return Spent(digests=digests, stored=stored, whole=whole, report=report)


def main() -> None:
    """Write twice, and print what it took."""
    url, path = sys.argv[1:]
    rows = read_rows(Path(path))
    with open_postgres(url) as store:
        first, second = write(store, rows), write(store, rows)
    if (first.report.new, second.report.unchanged) != (rows.num_rows, rows.num_rows):
        raise RuntimeError(f"the store did something else: {first}, then {second}")
    spent = {
        "stored": first.stored,
        "fresh": first.whole,
        "replay": second.whole,
        "digests": second.digests,
    }
    print(json.dumps(spent))


if __name__ == "__main__":
    main()
