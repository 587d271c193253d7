"""One window's Parquet file: written by batches, read back, fingerprinted."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from resources.stores.base import STORED_SCHEMA
from resources.stores.lake.places import Place
from sources.errors import StoreError

FORMAT_VERSION: Final = "1"
"""Stands in every file's schema metadata; another number is another meaning of the columns."""

_TEXTS: Final = frozenset({"subject", "title", "body", "url", "attributes"})
_UNLIKE: Final = frozenset({"event_id", "occurred_at", "attributes", "digest"})
_VERSION_KEY: Final = b"daybook.version"
_GROUP_ROWS: Final = 100_000
_GROUP_BYTES: Final = 32 * 1024 * 1024
_MANY_ROWS: Final = 25_000
_READ_ROWS: Final = 10_000


@cache
def row_options() -> dict[str, Any]:
    """Say how rows are written, as ``pyarrow.parquet.ParquetWriter`` takes it.

    No dictionary is begun of what has hardly two values alike, and nothing is said of the least and
    the most of texts that nobody looks for by their order: a tenth of the time, and smaller files.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(STORED_SCHEMA.empty_table(), sink)
    leaves = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    paths = [leaves.column(number).path for number in range(len(leaves))]
    return {
        "compression": "zstd",
        "use_dictionary": [path for path in paths if path not in _UNLIKE],
        "write_statistics": [path for path in paths if path not in _TEXTS],
        "write_page_checksum": True,
    }


def write_rows(
    stream: IO[bytes], batches: Iterable[pa.RecordBatch], source_id: str, window: str
) -> int:
    """Write rows of ``STORED_SCHEMA``, sorted already, a row group at a time.

    Returns:
        How many rows.
    """
    metadata = _metadata(source_id, window)
    schema = STORED_SCHEMA.with_metadata(metadata)
    rows = 0
    with pq.ParquetWriter(
        stream,
        schema,
        sorting_columns=pq.SortingColumn.from_ordering(
            schema, [("occurred_at", "ascending"), ("event_id", "ascending")]
        ),
        **row_options(),
    ) as writer:
        for group in _groups(batches):
            table = pa.Table.from_batches(group, STORED_SCHEMA).replace_schema_metadata(metadata)
            writer.write_table(table, row_group_size=table.num_rows)
            rows += table.num_rows
            if table.num_rows < _MANY_ROWS and table.nbytes >= _GROUP_BYTES:
                # What long rows leave behind would else be kept by the C library.
                pa.default_memory_pool().release_unused()
    return rows


def write_table(stream: IO[bytes], table: pa.Table, source_id: str, window: str) -> None:
    """Write what was made of one window's rows."""
    told = table.replace_schema_metadata(_metadata(source_id, window))
    pq.write_table(told, stream, compression="zstd", write_page_checksum=True)


def _metadata(source_id: str, window: str) -> dict[bytes, str]:
    return {
        _VERSION_KEY: FORMAT_VERSION,
        b"daybook.source_id": source_id,
        b"daybook.window": window,
    }


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Collect batches to row groups worth their overhead, bounded in rows and bytes."""
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        group.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
    if rows:
        yield group


def count_rows(place: Place, name: str) -> int:
    """Give the number of rows that a file's footer states.

    Raises:
        StoreError: no file of the lake, or one of another version.
        FileNotFoundError: it is not there.
    """
    with _opened(place, name) as file:
        return int(file.metadata.num_rows)


def read_rows(place: Place, name: str) -> Iterator[pa.RecordBatch]:
    """Give a file's rows in batches of ``STORED_SCHEMA``, page checksums verified.

    Raises:
        StoreError: no file of the lake, one of another version, or a damaged one.
        FileNotFoundError: it is not there.
    """
    with _opened(place, name) as file:
        for batch in file.iter_batches(batch_size=_READ_ROWS):
            yield from pa.Table.from_batches([batch]).cast(STORED_SCHEMA).to_batches()


def read_columns(place: Place, name: str, columns: Sequence[str]) -> pa.Table:
    """Give some columns of a file, whole.

    Raises:
        StoreError: no file of the lake, one of another version, or a damaged one.
        FileNotFoundError: it is not there.
    """
    with _opened(place, name) as file:
        return file.read(list(columns))


@contextmanager
def _opened(place: Place, name: str) -> "Iterator[pq.ParquetFile]":
    with place.opened(name) as stream, _damage(place.path(name)):
        file = pq.ParquetFile(stream, page_checksum_verification=True)
        version = (file.schema_arrow.metadata or {}).get(_VERSION_KEY, b"none").decode()
        if version != FORMAT_VERSION:
            raise ValueError(f"format version {version}, not {FORMAT_VERSION}")
        yield file


@contextmanager
def _damage(path: str) -> Iterator[None]:
    """Turn what Parquet says of a file that is none, or no longer, into one error."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StoreError(
            f"{path} cannot be read: {error}",
            remedy="Draw it anew from the store: `daybook lake rebuild`",
        ) from error


class Checksum:
    """A running hash over the ids and digests of rows, in their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = blake2b(digest_size=16)

    def add(self, batches: Iterable[pa.RecordBatch]) -> "Checksum":
        """Take rows in; where batches begin and end does not matter."""
        for batch in batches:
            columns: tuple[list[Any], list[Any]] = (
                batch.column("event_id").to_pylist(),
                batch.column("digest").to_pylist(),
            )
            self._hash.update(
                b"".join(
                    event_id.encode() + (digest or b"-")
                    for event_id, digest in zip(*columns, strict=True)
                )
            )
            self.rows += batch.num_rows
        return self

    def value(self) -> bytes:
        """The hash so far."""
        return self._hash.digest()
