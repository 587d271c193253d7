"""Events, batches and passes for tests, each with one line where only one field matters."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from resources.stores.base import STORED_SCHEMA, EpisodicStore, WritePass
from resources.stores.report import PassRequest, WriteReport
from sources.batch import (
    CompleteScope,
    Coverage,
    Cursor,
    EventBatch,
    QuarantineRecord,
    batch_table,
)
from sources.event import EpisodicEvent, event_id

SOURCE = "demo"
MARCH = datetime(2024, 3, 9, 12, 30, tzinfo=UTC)
APRIL = datetime(2024, 4, 2, 8, tzinfo=UTC)


def make_event(native: str = "1", **fields: Any) -> EpisodicEvent:
    """An event named by ``native``; every other field may be given."""
    source_id = fields.pop("source_id", SOURCE)
    kind = fields.pop("kind", "git.commit")
    values: dict[str, Any] = {
        "event_id": event_id(source_id, kind, native),
        "source_id": source_id,
        "source_type": "filesystem",
        "kind": kind,
        "occurred_at": MARCH,
        "session_id": "ada 2024-03-09",
        "subject": native,
        "title": f"Event {native}",
    }
    return EpisodicEvent(**{**values, **fields})


def make_batch(
    *events: EpisodicEvent,
    cursor: Cursor | None = None,
    retracted: Sequence[str] = (),
    quarantined: Sequence[QuarantineRecord] = (),
    complete: Sequence[CompleteScope] = (),
    coverage: Sequence[Coverage] = (),
    standing: datetime | None = None,
) -> EventBatch:
    """A batch of events, with whatever else it may carry."""
    return EventBatch(
        events=batch_table(events),
        cursor=cursor,
        retracted=retracted,
        quarantined=quarantined,
        complete=complete,
        coverage=coverage,
        standing=standing,
    )


def make_request(**fields: Any) -> PassRequest:
    """A sync of the source ``demo``; every field may be given."""
    return PassRequest(**{"source_id": SOURCE, "source_type": "filesystem", **fields})


def begin(store: EpisodicStore, **fields: Any) -> WritePass:
    """Begin a pass over ``demo``."""
    return store.begin_pass(make_request(**fields))


def write(store: EpisodicStore, *batches: EventBatch, **fields: Any) -> WriteReport:
    """Write batches in one whole pass over ``demo``."""
    with begin(store, **fields) as writing:
        for batch in batches:
            writing.write(batch)
        return writing.finish()


def rows_of(store: EpisodicStore, window: str, source_id: str = SOURCE) -> pa.Table:
    """What the lake is given of a window."""
    with store.read_window(source_id, window) as (_, batches):
        return pa.Table.from_batches(batches, STORED_SCHEMA)


def natives(table: pa.Table) -> list[str]:
    """The subjects of a table's rows, which ``make_event`` makes of the native id."""
    return [str(subject) for subject in table.column("subject").to_pylist()]


def comparable(table: pa.Table, *but: str) -> list[dict[str, Any]]:
    """Rows without ``observed_at`` (and other columns), attributes read, sorted by id."""
    rows = table.drop_columns(["observed_at", *but]).to_pylist()
    for row in rows:
        row["attributes"] = json.loads(row["attributes"])
    return sorted(rows, key=lambda row: row["event_id"])


def many(count: int, **fields: Any) -> Iterable[EpisodicEvent]:
    """``count`` events named ``0``, ``1`` and so on."""
    return (make_event(str(number), **fields) for number in range(count))
