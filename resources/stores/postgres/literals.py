"""Rows that PostgreSQL writes as one text each, read as columns.

A row's literal is a line of CSV in parentheses: a null is nothing at all, what holds a comma, a
quote, a bracket, a backslash or white space stands in quotes, and quotes and backslashes in it are
doubled. Read so, a window costs a fraction of what its values cost as Python's objects.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from resources.stores.attributes import canonical_column
from resources.stores.base import STORED_SCHEMA

_BY_HAND: Final = ("files", "refs", "digest")
_TYPES: Final = {
    field.name: pa.string() if field.name in _BY_HAND else field.type for field in STORED_SCHEMA
}
_PARSE: Final = csv.ParseOptions(newlines_in_values=True)
_CONVERT: Final = csv.ConvertOptions(
    column_types=_TYPES,
    null_values=[""],
    strings_can_be_null=True,
    quoted_strings_can_be_null=False,
)


def parse_rows(literals: Sequence[str]) -> pa.RecordBatch:
    """Read rows of ``STORED_SCHEMA``, ``refs`` and ``files`` written as JSON, digests as hex.

    Args:
        literals: at least one.
    """
    text = "\n".join([literal[1:-1] for literal in literals]).encode()
    # One block, as no row may be longer than a block.
    reading = csv.ReadOptions(
        column_names=STORED_SCHEMA.names, use_threads=False, block_size=len(text) + 1
    )
    table = csv.read_csv(io.BytesIO(text), reading, _PARSE, _CONVERT).combine_chunks()
    doubled = b"\\" in text
    columns = []
    for field in STORED_SCHEMA:
        column: Any = table.column(field.name).chunk(0)
        if doubled and pa.types.is_string(column.type):
            column = pc.replace_substring(column, "\\\\", "\\")
        reader = _READERS.get(field.name)
        columns.append(column if reader is None else reader(column, field.type))
    return pa.RecordBatch.from_arrays(columns, schema=STORED_SCHEMA)


def _lists(column: Any, kind: pa.DataType) -> Any:
    """Read JSON; what many rows say alike, as they do of nothing, is read once."""
    named = column.dictionary_encode()
    values = [orjson.loads(text) for text in named.dictionary.to_pylist()]
    return pa.array(values, kind).take(named.indices)


def _objects(column: Any, _: pa.DataType) -> Any:
    return canonical_column(column)


def _octets(column: Any, kind: pa.DataType) -> Any:
    texts = column.to_pylist()
    return pa.array([None if text is None else bytes.fromhex(text) for text in texts], kind)


_READERS: Final[dict[str, Callable[[Any, pa.DataType], Any]]] = {
    "files": _lists,
    "refs": _lists,
    "attributes": _objects,
    "digest": _octets,
}
