"""The digest of an event's content, made column by column.

What is hashed of a row is one text, its fields in the order of ``EVENT_SCHEMA``:

* a null is ``-``;
* any other value is ``<bytes of the text>:<text>``. Whole numbers are written in decimal, times as
  microseconds since 1970, a ``double`` as the whole number that its 64 bits are;
* a list is ``[<items>:`` and its items, an item of ``files`` its fields in their order.

No two contents have the same text, since every piece says how long it is.
"""

from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from sources.event import EVENT_SCHEMA
from sources.texts import text_parts

_ROWS_AT_ONCE: Final = 5_000
_BYTES: Final = 16
_TEXT: Final = pa.large_string()
_NULL: Final = "-"
_NAMES: Final = [name for name in EVENT_SCHEMA.names if name != "retracted_at"]


def digests(table: pa.Table) -> "pa.Array[Any]":
    """Hash each row's content, to tell a revision from a repetition.

    BLAKE2b-128 over the fields of ``EVENT_SCHEMA``, without ``retracted_at``.

    Args:
        table: rows of ``EVENT_SCHEMA``, ``attributes`` as ``canonical_json`` writes them;
            further columns are passed over.

    Returns:
        One ``binary(16)`` a row. Beyond them, memory is bounded by a few thousand rows.
    """
    pieces = table.select(_NAMES).to_batches(max_chunksize=_ROWS_AT_ONCE)
    hashed = [digest for piece in pieces if piece.num_rows for digest in _hash_rows(piece)]
    return pa.array(hashed, pa.binary(_BYTES))


def _hash_rows(piece: pa.RecordBatch) -> list[bytes]:
    rows = _join(*(_write(column) for column in piece.columns))
    texts, bounds = text_parts(rows)
    return [
        blake2b(texts[start:end], digest_size=_BYTES).digest() for start, end in pairwise(bounds)
    ]


def _write(column: Any) -> Any:
    """Write one column's values, each with its length; nulls stay nulls."""
    if 0 < column.null_count == len(column):
        return pa.scalar(_NULL, _TEXT)
    if pa.types.is_list(column.type):
        return _write_list(column)
    if pa.types.is_struct(column.type):
        fields = range(column.type.num_fields)
        return _join(*(_write(pc.struct_field(column, [number])) for number in fields))
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    elif pa.types.is_floating(column.type):
        column = column.view(pa.int64())
    text = column.cast(_TEXT)
    size = pc.binary_length(text).cast(_TEXT)
    return pc.binary_join_element_wise(size, text, pa.scalar(":", _TEXT))


def _write_list(column: Any) -> Any:
    sizes = pc.list_value_length(column)
    items = _join(_write(pc.list_flatten(column)))
    starts = pc.cumulative_sum(pc.fill_null(sizes, 0))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), starts])
    texts = pc.binary_join(pa.ListArray.from_arrays(offsets, items), pa.scalar("", _TEXT))
    head = pc.binary_join_element_wise(
        pa.scalar("[", _TEXT), sizes.cast(_TEXT), pa.scalar(":", _TEXT), pa.scalar("", _TEXT)
    )
    return pc.binary_join_element_wise(head, texts, pa.scalar("", _TEXT))


def _join(*columns: Any) -> Any:
    """Put texts of a row together, nulls as ``-``."""
    return pc.binary_join_element_wise(
        *columns, pa.scalar("", _TEXT), null_handling="replace", null_replacement=_NULL
    )
