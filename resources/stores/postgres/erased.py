"""Who is erased, as a write sees it: asked only where anybody is."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import psycopg2
import pyarrow as pa

from resources.sql import statement
from resources.stores.erasing import Erasure, Erasures, Scrubbed, recall, scrub_known, withhold
from resources.stores.postgres.connection import Cursor
from sources.batch import QuarantineRecord
from sources.event import clean_text, utc_now


def read_erasures(cursor: Cursor) -> Erasures:
    """Read who is erased, in the caller's transaction."""
    cursor.execute(statement("read_erasures"))
    found = (
        Erasure(
            pseudonym=pseudonym,
            source_id=source_id,
            salt=bytes(salt),
            key_hash=bytes(key_hash),
            erased_at=erased_at,
            finished_at=finished_at,
        )
        for pseudonym, source_id, salt, key_hash, erased_at, finished_at in cursor.fetchall()
    )
    return recall(tuple(found))


def insert_erasure(cursor: Cursor, erasure: Erasure) -> int:
    """Remember somebody unless it is known; gives how many were not."""
    cursor.execute(statement("remember_erasure"), asdict(erasure))
    return int(cursor.rowcount)


def finish_erasure(cursor: Cursor, erasure: Erasure, *, done: bool) -> None:
    """Note that an erasure has done all it had to do; else that it has begun again."""
    moment = utc_now() if done else None
    cursor.execute(statement("finish_erasure"), {**erasure_names(erasure), "moment": moment})


def erasure_names(erasure: Erasure) -> dict[str, Any]:
    """Give what names one erasure in the table."""
    return {"pseudonym": erasure.pseudonym, "source_id": erasure.source_id}


def withhold_erased(cursor: Cursor, events: pa.Table) -> pa.Table:
    """Make blank those rows that are of somebody erased, or are stored blank."""
    known = read_erasures(cursor)
    ids: list[Any] = events.column("event_id").to_pylist()
    return withhold(events, known, _held(cursor, ids, known))


def scrub_records(
    cursor: Cursor, source_id: str, records: Sequence[QuarantineRecord]
) -> list[Scrubbed | None]:
    """Say of bad records what is left of those that name somebody erased."""
    known = read_erasures(cursor)
    held = _held(cursor, [record.event_id for record in records if record.event_id], known)
    return [
        Scrubbed(pseudonym=held[record.event_id], locator=record.locator)
        if record.event_id in held
        else scrub_known(known, source_id, record.locator, record.reason, record.raw)
        for record in records
    ]


def scrubbed_row(left: Scrubbed) -> dict[str, Any]:
    """Give the columns of a record in quarantine of which that is left."""
    return {
        "locator": clean_text(left.locator),
        "reason": left.reason,
        "raw": psycopg2.Binary(left.raw),
        "erased": left.pseudonym,
    }


def _held(cursor: Cursor, event_ids: Sequence[str], known: Erasures) -> dict[str, str]:
    if not event_ids:
        return {}
    values = {"event_ids": list(event_ids), "pseudonyms": known.pseudonyms}
    cursor.execute(statement("held_erased"), values)
    return dict(cursor.fetchall())
