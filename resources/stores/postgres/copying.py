r"""Arrow tables as the text that PostgreSQL's COPY reads, made column by column.

The text format, not CSV: inside quotes a line ``\.`` still ends the data before PostgreSQL 18,
and commit messages do hold such lines. There a null is ``\N``, and backslash, tab and line ends
are escaped. Arrays are written as PostgreSQL's array literals.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from resources.stores.attributes import is_plain, storable_json
from sources.event import FILE_CHANGE, TIMESTAMP
from sources.texts import text_bytes

ROWS_AT_ONCE: Final = 5_000
_TEXT: Final = pa.large_string()
_ESCAPES: Final = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\ufffd"))
FIRST_MOMENT: Final = -62_135_596_800_000_000  # 0001-01-01, microseconds
LAST_MOMENT: Final = 253_402_300_799_999_999  # 9999-12-31


class CopyText(io.RawIOBase):
    """A table as a file for ``copy_expert``; O(:data:`ROWS_AT_ONCE`) memory beyond the table.

    The next piece is written while PostgreSQL takes the one before it. To be closed.

    Args:
        table: its column ``attributes`` holds JSON objects, if there is one.

    Attributes:
        plain: whether ``jsonb`` keeps all attributes read so far as they came; what it cannot
            take is replaced.
    """

    def __init__(self, table: pa.Table) -> None:
        self.plain = True
        self._pieces = self._write(table)
        self._piece = memoryview(b"")
        self._ahead = ThreadPoolExecutor(1)
        self._coming = self._ahead.submit(next, self._pieces, None)

    def read(self, size: int = -1) -> bytes:
        """Give at most ``size`` bytes; the end is empty."""
        while not self._piece:
            piece = self._coming.result()
            if piece is None:
                return b""
            self._piece = piece
            self._coming = self._ahead.submit(next, self._pieces, None)
        size = len(self._piece) if size < 0 else size
        taken, self._piece = self._piece[:size], self._piece[size:]
        return taken.tobytes()

    def close(self) -> None:
        """Write no more ahead; may be called twice."""
        self._ahead.shutdown()
        super().close()

    def _write(self, table: pa.Table) -> Iterator[memoryview]:
        place = table.schema.get_field_index("attributes")
        for piece in table.to_batches(max_chunksize=ROWS_AT_ONCE):
            columns = piece.columns
            if place >= 0 and not is_plain(columns[place]):
                self.plain = False
                columns[place] = storable_json(columns[place])
            if piece.num_rows:
                yield _lines(columns)


def file_rows(events: pa.Table) -> pa.Table:
    """Give the files of all events, one a row: ``event_id``, ``position`` and the file's fields."""
    pieces = [_file_rows(piece) for piece in events.select(["event_id", "files"]).to_batches()]
    return pa.Table.from_batches(pieces, schema=FILES_SCHEMA)


FILES_SCHEMA: Final = pa.schema(
    [pa.field("event_id", pa.string()), pa.field("position", pa.int64()), *FILE_CHANGE]
)


def _file_rows(piece: pa.RecordBatch) -> pa.RecordBatch:
    files: Any = piece.column("files")
    parents = pc.list_parent_indices(files)
    items: Any = pc.list_flatten(files)
    ends = _ends(files)
    starts = pa.array([0, *ends.tolist()][: len(files)], pa.int64())
    numbers = pa.array(range(len(items)), pa.int64())
    positions = pc.subtract(numbers, pc.take(starts, parents))
    identities = pc.take(piece.column("event_id"), parents)
    fields = [pc.struct_field(items, [number]) for number in range(len(FILE_CHANGE))]
    return pa.RecordBatch.from_arrays([identities, positions, *fields], schema=FILES_SCHEMA)


def _lines(columns: Iterable[Any]) -> memoryview:
    texts = [encode(column) for column in columns]
    lines: Any = pc.binary_join_element_wise(*texts, pa.scalar("\t", _TEXT))
    lines = pc.binary_join_element_wise(lines, pa.scalar("", _TEXT), pa.scalar("\n", _TEXT))
    return text_bytes(lines)


def encode(column: Any) -> Any:
    r"""Write one column as COPY's text, nulls as ``\N``."""
    if column.null_count == len(column):
        return pa.repeat(pa.scalar("\\N", _TEXT), len(column))
    text = _encoder(column.type)(column)
    return pc.fill_null(text.cast(_TEXT), pa.scalar("\\N", _TEXT))


def hex_digits(column: Any) -> Any:
    """Write bytes of a fixed width as hexadecimal digits; nulls stay nulls."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    width = column.type.byte_width
    raw = pa.concat_arrays([pc.fill_null(column, b"\0" * width)])
    data = memoryview(raw.buffers()[1])[raw.offset * width : (raw.offset + len(raw)) * width]
    digits = pa.Array.from_buffers(
        pa.binary(width * 2), len(raw), [None, pa.py_buffer(data.hex().encode())]
    )
    text = digits.cast(pa.binary()).cast(pa.string())
    return pc.if_else(column.is_valid(), text, pa.scalar(None, pa.string()))


def _encoder(kind: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _escape
    if pa.types.is_timestamp(kind):
        return _timestamps
    if pa.types.is_fixed_size_binary(kind):
        return _hex
    if pa.types.is_list(kind):
        return _array_literals
    return _plain


def _plain(column: Any) -> Any:
    return column.cast(_TEXT)


def _escape(column: Any) -> Any:
    held = text_bytes(column).tobytes()
    for found, written in _ESCAPES:
        # Searching all bytes at once is far quicker than a pass over the texts for nothing.
        if found.encode() in held:
            column = pc.replace_substring(column, found, written)
    return column


def _timestamps(column: Any) -> Any:
    """Write moments; what Python's calendar cannot hold becomes its first or last moment."""
    moments = column.cast(TIMESTAMP).cast(pa.int64())
    bounded = pc.min_element_wise(pc.max_element_wise(moments, FIRST_MOMENT), LAST_MOMENT)
    bounded = pc.if_else(pc.is_null(moments), pa.scalar(None, pa.int64()), bounded)
    # Without a zone, which every connection has as UTC: Arrow writes those 30 times as quickly.
    return bounded.cast(pa.timestamp("us")).cast(_TEXT)


def _hex(column: Any) -> Any:
    return _wrap("\\\\x", hex_digits(column), "")


def _array_literals(column: Any) -> Any:
    items = pc.list_flatten(column)
    for found, written in (("\\", "\\\\"), ('"', '\\"')):
        items = pc.replace_substring(items, found, written)
    quoted = _wrap('"', items, '"')
    offsets = pa.array([0, *_ends(column).tolist()], pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, quoted), ",")
    literals = _wrap("{", joined, "}")
    return _escape(pc.if_else(column.is_valid(), literals, pa.scalar(None, pa.string())))


def _wrap(before: str, column: Any, after: str) -> Any:
    return pc.binary_join_element_wise(pa.scalar(before), column, pa.scalar(after), "")


def _ends(lists: Any) -> Any:
    """Where each list ends, counted in the items of all lists that are not null."""
    return pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).cumsum()
