"""Arrow tables as the binary rows that PostgreSQL's COPY reads, made column by column.

`The format <https://www.postgresql.org/docs/current/sql-copy.html>`_, section "Binary Format": a
header, rows, a trailer. A row is the number of its fields in two bytes, then of each field the
length in four and the value as its type's receive function takes it; a null is a length of -1.
All numbers are big-endian. Nothing is parsed on the way but ids, and there the JSON of ``jsonb``.
"""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute

from resources.stores.attributes import is_plain, storable_json
from resources.stores.postgres.rows import rows_at_once
from sources.event import FILE_CHANGE, TIMESTAMP
from sources.texts import text_bytes

_ROWS_AT_ONCE: Final = 5_000
_BYTES_AT_ONCE: Final = 4 << 20
SENT_AT_ONCE: Final = 1 << 20
"""Bytes that ``copy_expert`` takes at a time."""
_FIRST_MOMENT: Final = -62_135_596_800_000_000  # 0001-01-01, microseconds
_LAST_MOMENT: Final = 253_402_300_799_999_999  # 9999-12-31
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff" * 4
_EPOCH: Final = 946_684_800_000_000  # 2000-01-01, from which PostgreSQL counts microseconds
_JSONB: Final = b"\1"  # the version of what follows
_NO_NULLS: Final = bytes(4)
_TEXT_OID: Final = (25).to_bytes(4, "big")
_FIRST_INDEX: Final = (1).to_bytes(4, "big")
_BINARY: Final = pa.large_binary()
_ID_LENGTH: Final = 36
_DASHES: Final = (8, 13, 18, 23)

arrow: Any = pa
pc: Any = pyarrow.compute


class CopyRows(io.RawIOBase):
    """A table as a file for ``copy_expert``, in little memory beyond the table.

    The columns' types are those of the table in PostgreSQL: an ``int32`` is an ``integer``, an
    ``int64`` a ``bigint``, ``event_id`` a ``uuid`` and ``attributes`` a ``jsonb``, for instance.
    The next piece is written while PostgreSQL takes the one before it. To be closed.

    Args:
        table: its column ``attributes`` holds JSON objects, if there is one.

    Attributes:
        faithful: whether PostgreSQL gives back all that was read so far as it came; what it
            cannot take is replaced.

    Raises:
        ValueError: an ``event_id`` is no canonical UUID.
    """

    def __init__(self, table: pa.Table) -> None:
        self.faithful = True
        self._ahead = ThreadPoolExecutor(1)
        place = table.schema.get_field_index("event_id")
        if place >= 0:
            table = table.set_column(place, "event_id", uuids(table.column(place)))
        self._pieces = self._write(table)
        self._piece = memoryview(b"")
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
        yield memoryview(_HEADER)
        place = table.schema.get_field_index("attributes")
        step = rows_at_once(table, _ROWS_AT_ONCE, _BYTES_AT_ONCE)
        for piece in table.to_batches(max_chunksize=step):
            given = piece.columns
            columns = [_storable(column) for column in given]
            if place >= 0 and not is_plain(columns[place]):
                columns[place] = storable_json(columns[place])
                self.faithful = False
            if any(new is not old for new, old in zip(columns, given, strict=True)):
                self.faithful = False
            if place >= 0:
                columns[place] = _joined(_JSONB, columns[place])
            if piece.num_rows:
                yield _rows(columns)
        yield memoryview(_TRAILER)


def file_rows(events: pa.Table) -> pa.Table:
    """Give the files of all events, one a row: ``event_id``, ``position`` and the file's fields."""
    pieces = [_file_rows(piece) for piece in events.select(["event_id", "files"]).to_batches()]
    return pa.Table.from_batches(pieces, schema=FILES_SCHEMA)


FILES_SCHEMA: Final = pa.schema(
    [pa.field("event_id", pa.string()), pa.field("position", pa.int32()), *FILE_CHANGE]
)


def _file_rows(piece: pa.RecordBatch) -> pa.RecordBatch:
    files: Any = piece.column("files")
    parents = pc.list_parent_indices(files)
    items: Any = pc.list_flatten(files)
    starts = pa.array(_bounds(files)[:-1], pa.int32())
    numbers = pa.array(range(len(items)), pa.int32())
    positions = pc.subtract(numbers, pc.take(starts, parents))
    identities = pc.take(piece.column("event_id"), parents)
    fields = [pc.struct_field(items, [number]) for number in range(len(FILE_CHANGE))]
    return pa.RecordBatch.from_arrays([identities, positions, *fields], schema=FILES_SCHEMA)


def uuids(texts: Any) -> Any:
    """Read a column of UUIDs, 16 bytes each.

    Raises:
        ValueError: one is none in its canonical form: in small letters, with its dashes.
    """
    return arrow.chunked_array([_uuids(piece) for piece in texts.chunks], pa.binary(16))


def _uuids(texts: Any) -> Any:
    whole = pc.equal(pc.binary_length(texts), _ID_LENGTH)
    if texts.null_count or not pc.all(whole, min_count=0).as_py():
        raise ValueError("not as long as a UUID")
    characters = np.frombuffer(text_bytes(texts), np.uint8).reshape(-1, _ID_LENGTH)
    digits = np.delete(characters, _DASHES, 1).tobytes().decode("ascii")
    octets = bytes.fromhex(digits)  # which takes capitals, and passes over white space
    if octets.hex() != digits or not (characters[:, _DASHES] == ord("-")).all():
        raise ValueError("not written as a UUID")
    return _fixed(np.frombuffer(octets, np.uint8).reshape(-1, 16))


def _rows(columns: list[Any]) -> memoryview:
    """Write the rows of some columns, none of them empty."""
    return text_bytes(
        _Fields(len(columns[0])).put(len(columns).to_bytes(2, "big"), *columns).joined()
    )


class _Fields:
    """Rows in the making: what is equally long in all of them by NumPy, the rest by Arrow."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._parts: list[Any] = []
        self._even: list[Any] = []

    def put(self, before: bytes, *columns: Any) -> "_Fields":
        """Put ``before`` into each row, and then its fields."""
        self._constant(before)
        for column in columns:
            if column.null_count == self._rows:
                self._constant(_NULL)
                continue
            values = _received(column)
            if pa.types.is_fixed_size_binary(values.type) and not values.null_count:
                self._constant(values.type.byte_width.to_bytes(4, "big"))
                self._even.append(_octets(values))
            else:
                values = values.cast(_BINARY)
                self._even.append(_big_endian(pc.binary_length(values).cast(pa.int32()), null=-1))
                self._flush()
                self._parts.append(pc.fill_null(values, b""))
        return self

    def joined(self) -> Any:
        """Give each row's bytes."""
        self._flush()
        return _joined(*self._parts)

    def _constant(self, octets: bytes) -> None:
        one = np.frombuffer(octets, np.uint8)
        self._even.append(np.broadcast_to(one, (self._rows, len(octets))))

    def _flush(self) -> None:
        if self._even:
            self._parts.append(_fixed(np.concatenate(self._even, axis=1)))
            self._even = []


def _storable(column: Any) -> Any:
    """Replace what PostgreSQL cannot hold: NUL, and moments that Python's calendar has not."""
    kind = column.type
    if pa.types.is_list(kind):
        items = pc.list_flatten(column)
        kept = _storable(items)
        if kept is items:
            return column
        return arrow.ListArray.from_arrays(_bounds(column), kept, mask=column.is_null())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        # Searching all bytes at once is far quicker than a pass over the texts for nothing.
        held = b"\0" in text_bytes(column).tobytes()
        return pc.replace_substring(column, "\0", "\ufffd") if held else column
    return _within_calendar(column) if pa.types.is_timestamp(kind) else column


def _within_calendar(moments: Any) -> Any:
    """Put the first or last moment of Python's calendar in the place of what is beyond it."""
    numbers = moments.cast(TIMESTAMP).cast(pa.int64())
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is None or _FIRST_MOMENT <= bounds["min"] <= bounds["max"] <= _LAST_MOMENT:
        return moments
    bounded = pc.min_element_wise(pc.max_element_wise(numbers, _FIRST_MOMENT), _LAST_MOMENT)
    return pc.if_else(numbers.is_valid(), bounded, None).cast(TIMESTAMP)


def _received(column: Any) -> Any:
    """Write values as their types' receive functions take them; nulls stay nulls."""
    kind = column.type
    if pa.types.is_list(kind):
        return _arrays(column)
    if pa.types.is_timestamp(kind):
        column = pc.subtract(column.cast(TIMESTAMP).cast(pa.int64()), _EPOCH)
    elif pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return column
    octets = _fixed(_big_endian(column))
    return pc.if_else(column.is_valid(), octets, None) if column.null_count else octets


def _arrays(column: Any) -> Any:
    """Write lists of texts as arrays of one dimension, or of none where nothing is in them.

    An array is the number of dimensions, whether it holds nulls, the items' type, of each
    dimension the length and the first index, and the items as if they were fields.
    """
    flat = pc.list_flatten(column)
    items = _Fields(len(flat)).put(b"", flat).joined()
    lists = arrow.ListArray.from_arrays(_bounds(column), items.cast(pa.binary()))
    held = pc.binary_join(lists, b"")
    counts = pc.list_value_length(column).cast(pa.int32())
    some = pc.greater(counts, 0)
    size = pc.if_else(some, _joined(_fixed(_big_endian(counts)), _FIRST_INDEX), b"")
    dimensions = _fixed(_big_endian(some.cast(pa.int32())))
    values = _joined(dimensions, _NO_NULLS, _TEXT_OID, size, held)
    return pc.if_else(column.is_valid(), values, None)


def _bounds(lists: Any) -> Any:
    """Where each list begins, and the last ends, counted in the items of all of them."""
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], counts.cumsum()]).astype(np.int32)


def _big_endian(column: Any, *, null: int = 0) -> Any:
    """Give the bytes of numbers, a row each."""
    values = pc.fill_null(column, null).to_numpy(zero_copy_only=False)
    turned = values.astype(values.dtype.newbyteorder(">"))
    return turned.view(np.uint8).reshape(len(values), -1)


def _octets(column: Any) -> Any:
    """Give the bytes of a column of equally long ones without nulls, a row each."""
    width = column.type.byte_width
    held = np.frombuffer(column.buffers()[1], np.uint8)
    first, last = column.offset, column.offset + len(column)
    return held[first * width : last * width].reshape(-1, width)


def _fixed(octets: Any) -> Any:
    """Put rows of bytes into a column of equally long ones."""
    rows, width = octets.shape
    held = arrow.py_buffer(np.ascontiguousarray(octets))
    return arrow.Array.from_buffers(pa.binary(width), rows, [None, held])


def _joined(*parts: Any) -> Any:
    """Put bytes one behind the other, row by row."""
    pieces = [
        pa.scalar(part, _BINARY) if isinstance(part, bytes) else part.cast(_BINARY)
        for part in parts
    ]
    return pc.binary_join_element_wise(*pieces, pa.scalar(b"", _BINARY))
