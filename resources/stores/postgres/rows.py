"""Rows as the driver gives them, as Arrow."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pyarrow as pa

from resources.stores.base import STORED_SCHEMA
from sources.event import TIMESTAMP, canonical_json

REVISIONS: Final = STORED_SCHEMA.append(pa.field("replaced_at", TIMESTAMP))

TIMELINE: Final = (
    pa.schema([pa.field("bucket", TIMESTAMP)])
    .append(pa.field("source_id", pa.string()))
    .append(pa.field("kind", pa.string()))
    .append(pa.field("events", pa.int64()))
)

_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "attributes": canonical_json,
    "digest": lambda value: None if value is None else bytes(value),
}


def rows_at_once(table: pa.Table, most: int, octets: int) -> int:
    """Say how many rows of a table make a piece: ``most``, or fewer where they are long."""
    return min(most, max(1, table.num_rows * octets // max(1, table.nbytes)))


def rows_table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Put rows into a table; their order of columns is the schema's."""
    return pa.Table.from_batches([row_batch(rows, schema)], schema=schema)


def row_batch(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    """Put rows into a record batch; their order of columns is the schema's."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [_column(values, field) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column(values: Sequence[Any], field: "pa.Field[Any]") -> "pa.Array[Any]":
    reader = _READERS.get(field.name)
    read = [reader(value) for value in values] if reader else values
    array: pa.Array[Any] = pa.array(read, field.type)
    return array
