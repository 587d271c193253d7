"""Log records of OTLP in columns: their attributes are lists of keys with typed values."""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sources.api_log.json_format import Path, look_up
from sources.api_log.json_mending import load_object
from sources.api_log.json_records import Records, first_items
from sources.api_log.json_values import plain_value
from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.lines import Positions
from sources.api_log.otlp_lines import Requests
from sources.api_log.otlp_values import TEXTS, TIMES, named_record

_SAMPLE: Final = 1 << 14
_RESOURCE: Final = ("resource", "attributes")
_MIXED: Final = "doubleValue"


class OtlpRecords(Records):
    """The log records of some lines."""

    def __init__(self, requests: Requests, paths: Sequence[Path]) -> None:
        """Look at the first records to tell how integers are written."""
        lines = requests.records
        super().__init__(lines, lines.starts)
        self._requests = requests
        self._paths = paths
        self._simple = all(path[0] != "body" for path in paths)
        begin = int(lines.starts[0]) if len(lines) else 0
        self._schema = _schema(lines.data[begin : begin + _SAMPLE].tobytes())

    def read_together(self, rows: Positions) -> list[Column] | None:
        """Read rows in columns; ``None`` where one of them is written in another way."""
        table = self.load(rows, self._schema) if self._simple else None
        if table is None:
            return None
        attributes = _Attributes(table.column("attributes").combine_chunks())
        try:
            return [self._column(path, table, attributes, rows) for path in self._paths]
        except pa.ArrowInvalid:
            return None

    def read_one(self, row: int) -> list[bytes | float | None] | None:
        """Read one row."""
        record = load_object(self.raw(row))
        if record is None:
            return None
        named = named_record(record, self._requests.resources[self._requests.resource[row]])
        return [plain_value(look_up(named, path)) for path in self._paths]

    def _column(
        self, path: Path, table: pa.Table, attributes: "_Attributes", rows: Positions
    ) -> Column:
        if path[0] == "attributes":
            return attributes.get(".".join(path[1:]))
        if path[:2] == _RESOURCE:
            return self._of_resource(".".join(path[2:]), rows)
        if len(path) > 1 or path[0] not in (*TIMES, *TEXTS):
            return pa.nulls(len(rows), pa.string())
        column: Column = table.column(path[0]).combine_chunks()
        if path[0] not in TIMES:
            return column
        unset = pc.equal(column.cast(pa.string()), "0")
        return pc.if_else(unset, pa.scalar(None, column.type), column)

    def _of_resource(self, key: str, rows: Positions) -> Column:
        requests = self._requests
        values = [plain_value(resource.get(key)) for resource in requests.resources]
        return pa.array(values, pa.binary()).take(arrow.array(requests.resource[rows]))


class _Attributes:
    """The attributes of records, all in one column."""

    def __init__(self, column: Column) -> None:
        flat = column.flatten()
        self._records = len(column)
        self._record: Positions = pc.list_parent_indices(column).to_numpy()
        keys = pc.struct_field(flat, "key").dictionary_encode()
        self._codes = {key: code for code, key in enumerate(keys.dictionary.to_pylist())}
        self._keys = pc.fill_null(keys.indices, -1).to_numpy()
        self._values = pc.struct_field(flat, "value")

    def get(self, key: str) -> Column:
        """The attribute of this key in each record; of equal ones the first."""
        code = self._codes.get(key)
        if code is None:
            return pa.nulls(self._records, pa.string())
        places = np.flatnonzero(self._keys == code)[::-1]
        chosen = np.full(self._records, -1, np.int64)
        chosen[self._record[places]] = places
        return _plain(self._values.take(pa.array(chosen, mask=chosen < 0)))


def _plain(values: Column) -> Column:
    """One column of what may be written in several.

    Raises:
        pyarrow.ArrowInvalid: it makes no column.
    """
    columns = {
        name: pc.struct_field(values, name)
        for name in ("stringValue", "intValue", "doubleValue", "boolValue")
    }
    lists = pc.struct_field(pc.struct_field(values, "arrayValue"), "values")
    if lists.null_count < len(lists):
        columns["arrayValue"] = pc.struct_field(first_items(lists), "stringValue")
    held = {name: column for name, column in columns.items() if column.null_count < len(column)}
    if len(held) == 1:
        ((name, column),) = held.items()
        return column.cast(pa.string()) if name == "boolValue" else column
    if not held:
        return pa.nulls(len(values), pa.string())
    if _MIXED not in held:
        return pc.coalesce(*(column.cast(pa.string()) for column in held.values()))
    if set(held) == {"intValue", _MIXED}:
        return pc.coalesce(held["intValue"].cast(pa.float64()), held[_MIXED])
    raise pa.ArrowInvalid("texts and numbers with a point under one key")


def _schema(sample: bytes) -> pa.Schema:
    """What records look like, with integers written as they are in the sample."""
    text = pa.struct([pa.field("stringValue", pa.string())])
    value = pa.struct(
        [
            pa.field("stringValue", pa.string()),
            pa.field("intValue", _integer(sample, "intValue")),
            pa.field("doubleValue", pa.float64()),
            pa.field("boolValue", pa.bool_()),
            pa.field("arrayValue", pa.struct([pa.field("values", pa.list_(text))])),
        ]
    )
    attribute = pa.struct([pa.field("key", pa.string()), pa.field("value", value)])
    members: list[pa.Field[Any]] = [
        *(pa.field(name, _integer(sample, name)) for name in TIMES),
        *(pa.field(name, pa.string()) for name in TEXTS),
        pa.field("attributes", pa.list_(attribute)),
    ]
    return pa.schema(members)


def _integer(sample: bytes, name: str) -> pa.DataType:
    """Whether integers under a name are numbers, or texts as the specification writes them."""
    number = re.search(rf'"{name}"\s*:\s*[0-9-]'.encode(), sample)
    return pa.int64() if number else pa.string()
