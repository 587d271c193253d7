"""What a batch says besides its events: what was met, is bad, is gone, and how whole it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2.extras import execute_batch

from resources.sql import statement
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.erased import scrub_records, scrubbed_row
from resources.stores.postgres.writing import Touched, Write
from resources.stores.report import PassRequest, WriteReport
from sources.batch import RAW_LIMIT, Coverage, EventBatch, QuarantineRecord
from sources.event import clean_text
from sources.windows import current_window, first_window, window_bounds, window_range


def note_met(
    cursor: Cursor,
    batch: EventBatch,
    report: WriteReport,
    write: Write,
    source_id: str,
    pass_id: str,
) -> None:
    """Note which events a full pass has met; rows it wrote itself say so by their arrival."""
    values = {"source_id": source_id, "pass_id": pass_id}
    if report.unchanged:
        wrote = report.unchanged < batch.events.num_rows
        written = {"wrote": wrote, "arrival": write.arrival}
        cursor.execute(statement("see_incoming"), {**values, **written})
    unread = [record.event_id for record in batch.quarantined if record.event_id]
    if unread:
        cursor.execute(statement("see_quarantined"), {**values, "event_ids": unread})


def keep_bad(cursor: Cursor, batch: EventBatch, write: Write, source_id: str) -> None:
    """Let go of bad records that are events now, and keep those that came."""
    if batch.events.num_rows:
        cursor.execute(statement("end_quarantine"), {"source_ids": [source_id]})
    rows = [_quarantine_row(source_id, record, write) for record in batch.quarantined]
    if write.erases and rows:
        left = scrub_records(cursor, source_id, batch.quarantined)
        rows = [
            row if what is None else {**row, **scrubbed_row(what)}
            for row, what in zip(rows, left, strict=True)
        ]
    execute_batch(cursor, statement("upsert_quarantine"), rows)


def retract(
    cursor: Cursor, batch: EventBatch, write: Write, source_id: str, touched: Touched
) -> int:
    """Withdraw the events that the batch names; give how many there were."""
    if not batch.retracted:
        return 0
    cursor.execute(
        statement("retract_events"),
        {
            "source_id": source_id,
            "event_ids": list(batch.retracted),
            "moment": write.moment,
            "standing": batch.standing,
        },
    )
    return touched.take(cursor)


def cover_windows(
    cursor: Cursor, spans: Sequence[Coverage], request: PassRequest, now: datetime
) -> None:
    """Note per window what the spans say; of two that touch a window the later wins."""
    for span in spans:
        touched = _windows(request, span, now)
        # A refresh speaks of its window only.
        windows = [name for name in touched if request.window in (None, name)]
        if windows:
            cursor.execute(
                statement("cover_windows"),
                {
                    "source_id": request.source_id,
                    "windows": windows,
                    "state": span.state,
                    "reason": span.reason,
                    "moment": now,
                },
            )


def _windows(request: PassRequest, span: Coverage, now: datetime) -> list[str]:
    """Name the windows a span touches; what lies beyond the first or the current one is in it."""
    grain = request.grain
    first = first_window(grain, request.start)
    current = current_window(grain, now)
    begin, end = window_bounds(first, grain)[0], window_bounds(current, grain)[1]
    if span.until is not None and span.until <= begin:
        return [first]
    if span.since is not None and span.since >= end:
        return [current]
    since = begin if span.since is None or span.since < begin else span.since
    until = end if span.until is None or span.until > end else span.until
    return list(window_range(grain, since, until)) if since < until else []


def _quarantine_row(source_id: str, record: QuarantineRecord, write: Write) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "locator": clean_text(record.locator),
        "place": clean_text(record.locator),
        "reason": clean_text(record.reason),
        "raw": psycopg2.Binary(record.raw[:RAW_LIMIT]),
        "event_id": record.event_id,
        "occurred_at": record.occurred_at,
        "moment": write.moment,
        "erased": None,
    }
