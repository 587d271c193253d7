"""Single rows of a memory store: what may be one, which of two counts, and tables of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pyarrow as pa

from resources.stores.attributes import storable_json
from resources.stores.base import STORED_SCHEMA
from sources.errors import StoreError

Row = dict[str, Any]
"""One row of ``STORED_SCHEMA``."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def read_rows(table: pa.Table) -> list[Row]:
    """Take a batch's rows, checked for what a database would refuse.

    Raises:
        StoreError: an ``event_id`` that is no UUID, ``attributes`` that are no JSON object, or
            a null where the schema allows none.
    """
    required = [item.name for item in table.schema if not item.nullable]
    index = table.schema.get_field_index("attributes")
    attributes = storable_json(table.column(index))
    rows: list[Row] = table.set_column(index, table.schema.field(index), attributes).to_pylist()
    for row in rows:
        fault = _fault(row, required)
        if fault is not None:
            raise StoreError(
                f"{row['source_id']}: event {row['event_id']!r} cannot be stored: {fault}",
                remedy="The source's code has to give canonical ids and JSON",
            )
    return rows


def as_table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema = STORED_SCHEMA) -> pa.Table:
    """Put rows into a table, in their order."""
    return pa.Table.from_pylist(list(rows), schema=schema)


def by_time(row: Mapping[str, Any]) -> tuple[datetime, str]:
    """Key of the order in which events are given."""
    return row["occurred_at"], row["event_id"]


def without_twins(rows: Sequence[Row]) -> list[Row]:
    """Keep one row of each event: the last among those revised last."""
    best: dict[str, Row] = {}
    for row in rows:
        other = best.get(row["event_id"])
        if other is None or _revision(row) >= _revision(other):
            best[row["event_id"]] = row
    return list(best.values())


def replaces(row: Row, old: Row) -> bool:
    """Whether a row that comes takes the place of the one held."""
    if _revision(row) < _revision(old):
        return False
    retraction = (row["retracted_at"] is None) != (old["retracted_at"] is None)
    if row["digest"] is None:  # unchanging kinds: the same id is the same row
        return retraction
    return bool(retraction or row["digest"] != old["digest"])


def _fault(row: Row, required: Sequence[str]) -> str | None:
    """Say why a database would refuse the row."""
    missing = [name for name in required if row[name] is None]
    if missing:
        return f"{', '.join(missing)} must not be null"
    try:
        canonical = str(UUID(row["event_id"])) == row["event_id"]
        parsed = json.loads(row["attributes"])
    except (ValueError, RecursionError):
        return "not canonical"
    return None if canonical and isinstance(parsed, dict) else "not canonical"


def _revision(row: Row) -> datetime:
    return row["revised_at"] or _LONG_AGO
