"""Windows kept aside while they are stored, so that the lake need not ask for them again.

Who fills a window from nothing knows all its rows. They are written into a file without a name,
sorted in pieces, and read back once, when the lake draws the window. The store stays the one
truth: a draft counts only while the window's mark is the one that the last write kept here left
behind. Whoever else changes the window leaves another mark, and its rows come from the tables.
"""

import io
import logging
import os
import tempfile
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from pyarrow import ipc

from resources.sql import statement
from resources.stores.base import STORED_SCHEMA
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.rows import rows_at_once

_log = logging.getLogger(__name__)

Window = tuple[str, str]
"""A source's id and a window's key."""

_PIECE_ROWS: Final = 20_000
_PIECE_BYTES: Final = 16 << 20
_MOST_AT_ONCE: Final = 96 << 20
_LARGEST: Final = 8 << 30
_ORDER: Final = ("occurred_at", "event_id")
_PACKED: Final = ipc.IpcWriteOptions(compression="lz4")

arrow: Any = pa
pc: Any = pyarrow.compute


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The lake's marks on one window, before a transaction and after it; ``None``: none."""

    before: int | None
    after: int


@dataclass(slots=True)
class Filling:
    """What one transaction inserts.

    Attributes:
        empty: windows that held nothing before.
        rows: of ``STORED_SCHEMA``, as the tables have them.
        faithful: whether the tables give every row back as it is here.
    """

    empty: set[Window] = field(default_factory=set)
    rows: list[pa.Table] = field(default_factory=list)
    faithful: bool = True

    def note(self, cursor: Cursor, source_id: str, windows: Sequence[str], rows: pa.Table) -> None:
        """Take note of rows that are about to be inserted.

        Args:
            cursor: in the transaction.
            source_id: whose they are.
            windows: in which they lie.
            rows: of ``STORED_SCHEMA``.
        """
        cursor.execute(statement("empty_windows"), {"source_id": source_id, "windows": windows})
        self.empty.update((source_id, window) for (window,) in cursor.fetchall())
        self.rows.append(rows)

    def clear(self) -> None:
        """Forget it: nothing of it was inserted."""
        self.empty.clear()
        self.rows.clear()
        self.faithful = True

    def by_window(self) -> Iterator[tuple[Window, pa.Table]]:
        """Give the live rows of each source and window."""
        for rows in self.rows:
            live = rows
            if rows.column("retracted_at").null_count < rows.num_rows:
                live = rows.filter(rows.column("retracted_at").is_null())
            owner = str(rows.column("source_id")[0].as_py())
            names: list[Any] = pc.unique(live.column("window")).to_pylist()
            for name in names:
                own = live.filter(pc.equal(live.column("window"), name)) if len(names) > 1 else live
                yield (owner, name), own


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Sorted rows in the file; ``first`` and ``last`` in microseconds since 1970."""

    first: int
    last: int
    octets: int
    place: int
    length: int


@dataclass(slots=True)
class _Draft:
    mark: int
    pieces: list[_Piece] = field(default_factory=list)


class Drafts:
    """The windows that a process has filled and the lake has not drawn. Safe to share.

    Args:
        directory: where their file is made; ``None``: nothing is kept.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._file: IO[bytes] | None = None
        self._end = 0
        self._drafts: dict[Window, _Draft] = {}
        self._lock = threading.Lock()
        self._aside = ThreadPoolExecutor(1)
        self._turn = threading.Lock()
        self._keeping: Future[None] | None = None

    def filling(self) -> Filling | None:
        """Begin a transaction's; ``None``: nothing is kept."""
        return None if self._directory is None else Filling()

    def keep(self, filling: Filling | None, marks: Mapping[Window, Mark], *, only: bool) -> None:
        """Keep what a transaction has inserted, now that it is through.

        Args:
            filling: what it inserted.
            marks: of all windows it changed.
            only: whether it did nothing to them but insert.
        """
        if filling is not None:
            with self._turn:
                self._finish()  # so that the rows of one transaction wait, and no more
                self._keeping = self._aside.submit(self._keep, filling, marks, only=only)

    def _finish(self) -> None:
        if self._keeping is not None:
            self._keeping.result()

    def _keep(self, filling: Filling, marks: Mapping[Window, Mark], *, only: bool) -> None:
        with self._lock:
            if not (only and filling.faithful):
                self._forget(marks)
                return
            try:
                self._append(filling, marks)
            except OSError as error:
                _log.debug("no drafts are kept any more: %s", error)
                self._let_go()

    @contextmanager
    def taking(
        self, window: Window, mark: int | None
    ) -> Iterator[Generator[pa.RecordBatch, None, None] | None]:
        """Give a window's rows by ``occurred_at`` and ``event_id``, and forget them.

        Args:
            window: which.
            mark: the lake's, as the reader's snapshot has it.

        Yields:
            ``None`` where the tables have to be asked.
        """
        with self._turn:
            self._finish()
        with self._lock:
            draft = self._drafts.pop(window, None)
            held = draft.pieces if draft is not None and draft.mark == mark else []
            pieces = sorted(held, key=lambda piece: piece.first)
            usable = bool(pieces) and _at_once(pieces) <= _MOST_AT_ONCE
            # The reader's own: the file is closed meanwhile, should it find no more room.
            descriptor = os.dup(self._opened().fileno()) if usable else None
        if descriptor is None:
            yield None
            return
        _log.debug("%s %s: drawn from what was kept of it", *window)
        try:
            yield _merged(pieces, (_read(descriptor, piece) for piece in pieces))
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let the file go; may be called twice."""
        self._aside.shutdown()
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        """Forget all, and give the room back."""
        self._drafts.clear()
        self._directory = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _forget(self, windows: Iterable[Window]) -> None:
        for window in windows:
            self._drafts.pop(window, None)

    def _append(self, filling: Filling, marks: Mapping[Window, Mark]) -> None:
        for window, rows in filling.by_window():
            mark = marks[window]
            draft = self._drafts.pop(window, None)
            if window in filling.empty:
                draft = _Draft(mark.after)
            elif draft is None or draft.mark != mark.before:
                continue
            if self._end < _LARGEST:
                draft.pieces.extend(self._write(rows))
                draft.mark = mark.after
                self._drafts[window] = draft

    def _write(self, rows: pa.Table) -> Iterator[_Piece]:
        ordered = _in_order(rows)
        times = _times(ordered)
        step = rows_at_once(ordered, _PIECE_ROWS, _PIECE_BYTES)
        for start in range(0, ordered.num_rows, step):
            piece = ordered.slice(start, step)
            text = _pack(piece)
            place, self._end = self._end, self._end + len(text)
            _write_at(self._opened().fileno(), text, place)
            yield _Piece(
                first=int(times[start]),
                last=int(times[start + piece.num_rows - 1]),
                octets=piece.nbytes,
                place=place,
                length=len(text),
            )

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115 closed in close
        return self._file


def _write_at(descriptor: int, text: bytes, place: int) -> None:
    left = memoryview(text)
    while left:
        written = os.pwrite(descriptor, left, place)
        left, place = left[written:], place + written


def _read(descriptor: int, piece: _Piece) -> pa.Table:
    return ipc.open_stream(os.pread(descriptor, piece.length, piece.place)).read_all()


def _pack(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    with ipc.new_stream(sink, STORED_SCHEMA, options=_PACKED) as writer:
        writer.write_table(rows)
    return sink.getvalue()


def _merged(
    pieces: Sequence[_Piece], tables: Iterable[pa.Table]
) -> Generator[pa.RecordBatch, None, None]:
    """Give the rows of pieces, which come by their first moments, in one order."""
    waiting = STORED_SCHEMA.empty_table()
    ends = [*(piece.first for piece in pieces[1:]), None]
    for table, end in zip(tables, ends, strict=True):
        rows = pa.concat_tables([waiting, table])
        order, times = _order(rows), _times(rows)
        if order is not None:
            times = times[order.to_numpy()]
        ready = rows.num_rows if end is None else int(np.searchsorted(times, end))
        if order is None:
            first, waiting = rows.slice(0, ready), rows.slice(ready)
        else:  # two tables, of which neither keeps the memory of the other
            first, waiting = rows.take(order[:ready]), rows.take(order[ready:])
        yield from first.to_batches()


def _in_order(rows: pa.Table) -> pa.Table:
    """Sort rows as a window is read, unless they are."""
    order = _order(rows)
    return rows if order is None else rows.take(order)


def _order(rows: pa.Table) -> Any | None:
    """The rows' places in the order in which a window is read; ``None``: as they are."""
    steps = np.diff(_times(rows))
    if (steps < 0).any() or not _ids_in_order(rows.column("event_id"), steps == 0):
        return pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in _ORDER])
    return None


def _times(rows: pa.Table) -> Any:
    return rows.column("occurred_at").cast(pa.int64()).to_numpy()


def _ids_in_order(ids: Any, tied: Any) -> bool:
    """Whether of each pair of rows at the same moment the first has the lesser id."""
    if not tied.any():
        return True
    pairs = arrow.array(tied)
    return bool(pc.all(pc.less(ids[:-1].filter(pairs), ids[1:].filter(pairs))).as_py())


def _at_once(pieces: Sequence[_Piece]) -> int:
    """How many bytes of rows wait for others at most, while pieces are merged."""
    most = 0
    waiting: list[_Piece] = []
    for piece in pieces:
        waiting = [other for other in waiting if other.last >= piece.first]
        waiting.append(piece)
        most = max(most, sum(other.octets for other in waiting))
    return most
