"""The lake itself: which windows are written when, and whether all is as it should be."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
from pyarrow import fs

from resources.stores.base import STORED_SCHEMA, EpisodicStore
from resources.stores.lake.counted import compare_traffic, replace_traffic
from resources.stores.lake.erased import read_erasures, write_erasures
from resources.stores.lake.names import EVENTS, TRAFFIC, file_name, parse_name
from resources.stores.lake.parquet import (
    Checksum,
    count_rows,
    read_columns,
    read_rows,
    write_rows,
)
from resources.stores.lake.places import open_place
from resources.stores.lake.report import LakeFault, LakeFile, Problem
from resources.stores.report import DirtyWindow
from resources.stores.traffic import TRAFFIC_SCHEMA, TrafficTally
from sources.errors import StoreError

Observer = Callable[[int, int], None]
"""Told how many of how many windows are written."""


class Lake:
    """One Parquet file per source and window, of exactly the store's live events.

    Each file is replaced whole, so a reader of the directory sees whole windows at any time, and
    at rest each event once. DuckDB and polars open a file twice in a query; where it is replaced
    in between, which is a matter of milliseconds, they fail, and the query has to be asked again.

    Args:
        location: a directory, or a URL that pyarrow knows (``s3://bucket/prefix``).
        filesystem: a pyarrow filesystem made elsewhere, of which ``location`` is a path.
    """

    def __init__(self, location: str | Path, filesystem: fs.FileSystem | None = None) -> None:
        self._place = open_place(location, filesystem)

    @property
    def events_path(self) -> str:
        """Where the files are, for ``pandas.read_parquet`` and its like."""
        return self._place.path(EVENTS)

    @property
    def traffic_path(self) -> str:
        """Where the files of counted requests are."""
        return self._place.path(TRAFFIC)

    # Writing ------------------------------------------------------------------------------

    def write_window(self, store: EpisodicStore, source_id: str, window: str) -> LakeFile:
        """Draw one window's file anew; an empty window has none.

        Where it holds requests their traffic is counted on the way, into a file of its own and
        into the store.

        Clears the window's mark, unless there is a newer one than what was read.

        Raises:
            UnavailableError: the place takes no file now, as there is no connection.
            StoreError: the place may not be written, or has no room.
        """
        name = file_name(source_id, window)
        with store.read_window(source_id, window) as (mark, batches):
            tally = TrafficTally(source_id, window)
            rows = self._replace(name, tally.watch(batches), source_id, window)
            size = self._place.size(name) if rows else None
            replace_traffic(self._place, store, source_id, window, tally.table())
        if mark is not None:
            store.clear_dirty("lake", [mark])
        return LakeFile(
            source_id=source_id,
            window=window,
            path=self._place.path(name),
            rows=rows,
            bytes=size or 0,
        )

    def _replace(
        self, name: str, batches: Iterator[pa.RecordBatch], source_id: str, window: str
    ) -> int:
        first = next((batch for batch in batches if batch.num_rows), None)
        if first is None:
            self._place.delete(name)
            return 0
        with self._place.replacing(name) as stream:
            return write_rows(stream, _with_first(first, batches), source_id, window)

    def catch_up(
        self,
        store: EpisodicStore,
        source_id: str | None = None,
        *,
        on_progress: Observer | None = None,
    ) -> list[LakeFile]:
        """Draw the windows anew that wait for the lake, of one source or of all.

        Where an event moved, the window it went to is written before the one it left, so that a
        reader may for a moment see it twice, but never not at all.

        Raises:
            UnavailableError: the place takes no file now; what was written stays written.
            StoreError: the place may not be written, or has no room.
        """
        self._place.sweep()
        waiting = self.ordered(store, store.dirty_windows("lake", source_id))
        written = []
        for done, item in enumerate(waiting, start=1):
            written.append(self.write_window(store, item.source_id, item.window))
            if on_progress is not None:
                on_progress(done, len(waiting))
        return written

    def ordered(
        self, store: EpisodicStore, waiting: Sequence[DirtyWindow]
    ) -> Sequence[DirtyWindow]:
        """Put windows in the order in which they are to be drawn, so that no event is missed."""
        # A store marks the windows that events left last. A later write to the destination
        # alone puts it behind them, so the windows whose files lose rows wait once more. Where
        # there is no file yet none can lose any, and a first drawing counts nothing.
        if len(waiting) <= 1:
            return waiting
        filed = {item: self._rows(item.source_id, item.window) for item in waiting}
        counts = {
            source_id: store.window_counts(source_id)
            for source_id in {item.source_id for item, rows in filed.items() if rows}
        }

        def key(item: DirtyWindow) -> tuple[bool, int]:
            now = counts.get(item.source_id, {}).get(item.window, 0)
            return filed[item] > now, item.mark

        return sorted(waiting, key=key)

    def _rows(self, source_id: str, window: str) -> int:
        try:
            return count_rows(self._place, file_name(source_id, window))
        except (FileNotFoundError, StoreError):
            return 0

    def rebuild(
        self,
        store: EpisodicStore,
        source_id: str | None = None,
        *,
        on_progress: Observer | None = None,
    ) -> list[LakeFile]:
        """Draw every file anew, and delete those of windows that the store does not have."""
        self._place.sweep()
        self.note_erasures(store)
        windows = sorted(self._windows(store, source_id))
        written = []
        for done, (owner, window) in enumerate(windows, start=1):
            written.append(self.write_window(store, owner, window))
            if on_progress is not None:
                on_progress(done, len(windows))
        return written

    def note_erasures(self, store: EpisodicStore) -> None:
        """Keep beside the events whose text is kept out, so that :meth:`restore` knows it."""
        write_erasures(self._place, store.erasures())

    # Reading ------------------------------------------------------------------------------

    def files(self, source_id: str | None = None) -> list[LakeFile]:
        """Give every file, by source and window.

        Raises:
            StoreError: one of them is damaged.
        """
        found = []
        for name, size in self._place.names(EVENTS):
            owner, window = parse_name(name)
            if owner is None or window is None or source_id not in (None, owner):
                continue
            with suppress(FileNotFoundError):  # its window has become empty meanwhile
                rows = count_rows(self._place, name)
                path = self._place.path(name)
                file = LakeFile(source_id=owner, window=window, path=path, rows=rows, bytes=size)
                found.append(file)
        return found

    def read_window(self, source_id: str, window: str, columns: Sequence[str]) -> pa.Table:
        """Give some columns of one window's events; a window without a file has no rows.

        Raises:
            StoreError: the file is damaged.
        """
        try:
            return read_columns(self._place, file_name(source_id, window), columns)
        except FileNotFoundError:
            return STORED_SCHEMA.empty_table().select(columns)

    def read_traffic(self, source_id: str, window: str, columns: Sequence[str]) -> pa.Table:
        """Give some columns of what is counted of one window's requests; without any no rows.

        Raises:
            StoreError: the file is damaged.
        """
        try:
            return read_columns(self._place, file_name(source_id, window, TRAFFIC), columns)
        except FileNotFoundError:
            return TRAFFIC_SCHEMA.empty_table().select(columns)

    def check(self, store: EpisodicStore, source_id: str | None = None) -> list[LakeFault]:
        """Compare the files' row counts with the store; cheap: footers and one count a source.

        Windows that wait for the lake are no fault.
        """
        counts = {
            (owner, window): rows
            for owner in self._sources(store, source_id)
            for window, rows in store.window_counts(owner).items()
        }
        suspects = [
            key
            for key in sorted(self._windows(store, source_id))
            if self._rows(*key) != counts.get(key, 0) or key not in counts
        ]
        return self._faults(store, suspects)

    def verify(
        self,
        store: EpisodicStore,
        source_id: str | None = None,
        *,
        on_progress: Observer | None = None,
    ) -> list[LakeFault]:
        """Compare every file with the store row by row (count, ids and digests).

        What is counted of requests is counted again and compared too.

        Windows that wait for the lake are no fault.
        """
        return self._faults(store, sorted(self._windows(store, source_id)), on_progress)

    def _faults(
        self,
        store: EpisodicStore,
        windows: list[tuple[str, str]],
        on_progress: Observer | None = None,
    ) -> list[LakeFault]:
        faults = []
        for done, (source_id, window) in enumerate(windows, start=1):
            fault = self._compare(store, source_id, window)
            if fault is not None:
                faults.append(fault)
            if on_progress is not None:
                on_progress(done, len(windows))
        return faults

    def _compare(self, store: EpisodicStore, source_id: str, window: str) -> LakeFault | None:
        """Hold one file against the store, under the window's lock: no one replaces it now."""
        name = file_name(source_id, window)
        with store.read_window(source_id, window) as (mark, batches):
            if mark is not None:
                return None
            tally = TrafficTally(source_id, window)
            held = Checksum().add(tally.watch(batches))
            counted = compare_traffic(self._place, store, source_id, window, tally.table())
            try:
                filed = Checksum().add(read_rows(self._place, name))
            except FileNotFoundError:
                filed = None
            except StoreError as error:
                return self._fault(name, "unreadable", str(error))
        fault = self._judge(name, held, filed)
        if fault is None and counted is not None:
            return self._fault(file_name(source_id, window, TRAFFIC), "content", counted)
        return fault

    def _judge(self, name: str, held: Checksum, filed: Checksum | None) -> LakeFault | None:
        if filed is None:
            missing = f"no file; events in the store: {held.rows:,}"
            return self._fault(name, "missing", missing) if held.rows else None
        if not held.rows:
            return self._fault(name, "orphan", "the store has no events in this window")
        if filed.rows != held.rows:
            rows = f"events in the file: {filed.rows:,}, in the store: {held.rows:,}"
            return self._fault(name, "rows", rows)
        if filed.value() != held.value():
            return self._fault(name, "content", "other events than the store's")
        return None

    def _fault(self, name: str, problem: Problem, detail: str) -> LakeFault:
        owner, window = parse_name(name)
        path = self._place.path(name)
        return LakeFault(
            source_id=owner or "", window=window or "", path=path, problem=problem, detail=detail
        )

    def _sources(self, store: EpisodicStore, source_id: str | None) -> list[str]:
        return [source_id] if source_id else [source.source_id for source in store.sources()]

    def _windows(self, store: EpisodicStore, source_id: str | None) -> set[tuple[str, str]]:
        """Give every window that the store has events in, or the lake a file."""
        held = {
            (owner, window)
            for owner in self._sources(store, source_id)
            for window in store.window_counts(owner)
        }
        for name, _ in self._place.names(EVENTS):
            owner, window = parse_name(name)
            if owner is not None and window is not None and source_id in (None, owner):
                held.add((owner, window))
        return held

    def restore(self, store: EpisodicStore, source_id: str | None = None) -> dict[str, int]:
        """Put the lake's events back into a store, as they are in the files.

        Withdrawn events, revisions, quarantine and progress are not in the lake: the next sync
        starts over, idempotently. Whose text is kept out is in it, and remembered first.

        Returns:
            How many events of each source were not held before.

        Raises:
            StoreError: a file is damaged; what was put back before stays.
        """
        store.load_erasures(read_erasures(self._place))
        names: dict[str, list[str]] = {}
        for name, _ in self._place.names(EVENTS):
            owner, _ = parse_name(name)
            if owner is not None and source_id in (None, owner):
                names.setdefault(owner, []).append(name)
        return {owner: self._restore(store, files) for owner, files in names.items()}

    def _restore(self, store: EpisodicStore, names: list[str]) -> int:
        batches = (batch for name in names for batch in read_rows(self._place, name))
        first = next((batch for batch in batches if batch.num_rows), None)
        if first is None:
            return 0
        source_type = str(first.column("source_type")[0].as_py())
        return store.load_rows(_with_first(first, batches), source_type=source_type)


def _with_first(first: pa.RecordBatch, rest: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest
