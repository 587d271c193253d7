"""The lake under readers, killed writers, full disks and failing object stores."""

import io
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import fs

from resources.stores.base import STORED_SCHEMA, EpisodicStore
from resources.stores.lake import Lake
from resources.stores.memory import MemoryStore
from resources.stores.report import DirtyWindow
from sources.batch import EventBatch
from sources.errors import ConfigError, StoreError, UnavailableError
from tests.support.events import APRIL, SOURCE, make_batch, make_event, many, write
from tests.support.lake_writer import ROWS
from tests.support.processes import ROOT, environment, running, uncounted
from tests.support.waiting import wait_until

DRAWINGS = 8

# DuckDB and polars open a file twice in one query, for its footer and for its rows. Where it is
# replaced in between they say so (about one query in a hundred here, at 15 replacements a
# second); they give no wrong rows. pandas opens it once.
ASK_AGAIN = (duckdb.Error, pl.exceptions.ComputeError)


def read_pandas(events: Path) -> list[str]:
    return [str(title) for title in pd.read_parquet(events, columns=["title"])["title"]]


def read_duckdb(events: Path) -> list[str]:
    query = "select title from read_parquet($glob)"
    with duckdb.connect() as connection:
        rows = connection.execute(query, {"glob": f"{events}/**/*.parquet"}).fetchall()
    return [title for (title,) in rows]


def read_polars(events: Path) -> list[str]:
    return pl.scan_parquet(events).select("title").collect()["title"].to_list()


def assert_whole(titles: list[str]) -> None:
    """All rows are of one drawing, and they are all of it."""
    assert len(set(titles)) == 1, "rows of two drawings"
    assert len(titles) == ROWS + int(titles[0])


def staged(root: Path) -> list[Path]:
    return list((root / ".tmp").iterdir())


@contextmanager
def writer(root: Path) -> Iterator[int]:
    command = [sys.executable, "-m", "tests.support.lake_writer", str(root)]
    env, log = uncounted(environment()), root.with_suffix(".log")
    with running(command, env=env, cwd=ROOT, log=log) as process:
        file = root / "events" / SOURCE / "2024-03.parquet"
        wait_until(file.exists, 60, "the first drawing")
        yield process.pid


@pytest.mark.parametrize("read", [read_pandas, read_duckdb, read_polars])
def test_readers_see_whole_files_while_they_are_replaced(
    tmp_path: Path, read: Callable[[Path], list[str]]
) -> None:
    drawings: set[str] = set()
    readings = refused = 0

    def read_once() -> bool:
        nonlocal readings, refused
        readings += 1
        try:
            titles = read(tmp_path / "lake" / "events")
        except ASK_AGAIN:
            refused += 1
            return False
        assert_whole(titles)
        drawings.add(titles[0])
        return len(drawings) >= DRAWINGS

    with writer(tmp_path / "lake"):
        wait_until(read_once, 60, "the file to be replaced often enough")
    assert refused <= readings // 2  # how often it meets a replacement is the machine's matter


def test_a_killed_writer_leaves_whole_files_and_no_litter(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    left = 0
    for _ in range(6):
        with writer(root) as pid:
            wait_until(partial(staged, root), 30, "a file being written")
            os.kill(pid, signal.SIGKILL)
        left += len(staged(root))
        assert_whole(read_pandas(root / "events"))
        assert_whole(read_duckdb(root / "events"))
    assert left, "no writer was killed in the middle"
    store = MemoryStore()
    Lake(root).catch_up(store)
    assert staged(root) == []


def test_the_file_of_a_living_writer_is_not_swept(tmp_path: Path) -> None:
    store, lake = MemoryStore(), Lake(tmp_path)
    write(store, make_batch(*many(3)))

    class Interrupted(MemoryStore):
        def read_window(self, source_id: str, window: str) -> Any:
            @contextmanager
            def reading() -> Iterator[tuple[DirtyWindow | None, Iterator[pa.RecordBatch]]]:
                with store.read_window(source_id, window) as (mark, batches):
                    yield mark, sweeping(batches)

            return reading()

    def sweeping(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from batches
        assert len(staged(tmp_path)) == 1
        Lake(tmp_path).catch_up(MemoryStore())

    assert lake.write_window(Interrupted(), SOURCE, "2024-03").rows == 3
    assert len(read_pandas(tmp_path / "events")) == 3


def test_a_reading_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    class Breaking(MemoryStore):
        broken = False

        def read_window(self, source_id: str, window: str) -> Any:
            whole = super().read_window(source_id, window)

            @contextmanager
            def reading() -> Iterator[tuple[DirtyWindow | None, Iterator[pa.RecordBatch]]]:
                with whole as (mark, batches):
                    yield mark, breaking(batches) if self.broken else batches

            return reading()

    def breaking(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield next(batches)
        raise UnavailableError("the connection is gone")

    store, lake = Breaking(), Lake(tmp_path)
    write(store, make_batch(*many(3)))
    [file] = lake.catch_up(store)
    before = Path(file.path).read_bytes()
    write(store, make_batch(make_event("new")))
    store.broken = True
    with pytest.raises(UnavailableError, match="connection"):
        lake.catch_up(store)
    assert Path(file.path).read_bytes() == before
    assert staged(tmp_path) == []
    assert len(store.dirty_windows("lake")) == 1


def test_a_full_disk_keeps_the_old_file_and_the_mark(tmp_path: Path) -> None:
    store, lake = MemoryStore(), Lake(tmp_path)
    write(store, make_batch(make_event()))
    [file] = lake.catch_up(store)
    write(store, make_batch(*(make_event(str(n), body=os.urandom(200).hex()) for n in range(900))))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(StoreError, match="is full"):
            lake.catch_up(store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(read_pandas(tmp_path / "events")) == 1
    assert staged(tmp_path) == []
    assert [item.window for item in store.dirty_windows("lake")] == ["2024-03"]
    assert [written.rows for written in lake.catch_up(store)] == [901 - 1]
    assert Path(file.path).stat().st_size > 50_000


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file, no directory")
    store = MemoryStore()
    write(store, make_batch(make_event()))
    with pytest.raises(StoreError, match="DAYBOOK_LAKE") as caught:
        Lake(tmp_path / "lake").catch_up(store)
    assert str(tmp_path) in str(caught.value)
    assert len(store.dirty_windows("lake")) == 1


# Memory --------------------------------------------------------------------------------------


class EndlessStore(MemoryStore):
    """A window of one batch, given again and again, which takes no memory of its own."""

    def __init__(self, repetitions: int) -> None:
        super().__init__()
        self.batch_record_events(make_event(str(n), body=f"{n} " * 100) for n in range(5_000))
        [self._piece] = self.get_events_table().combine_chunks().to_batches()
        self._repetitions = repetitions

    @contextmanager
    def read_window(
        self, source_id: str, window: str
    ) -> Iterator[tuple[DirtyWindow | None, Iterator[pa.RecordBatch]]]:
        assert (source_id, window) == (SOURCE, "2024-03")
        yield None, (self._piece for _ in range(self._repetitions))


def peak_of_writing(root: Path, repetitions: int) -> int:
    store = EndlessStore(repetitions)
    usual = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(pool)
    try:
        file = Lake(root).write_window(store, SOURCE, "2024-03")
    finally:
        pa.set_memory_pool(usual)
    assert file.rows == repetitions * 5_000
    return int(pool.max_memory() or 0)


def test_memory_does_not_grow_with_the_window(tmp_path: Path) -> None:
    short, long = (peak_of_writing(tmp_path / str(n), n) for n in (40, 120))
    assert long < 1.3 * short


# Object stores -------------------------------------------------------------------------------


class Buckets(fs.FileSystemHandler):
    """An object store in memory, where nothing moves.

    An object is there when its upload is closed. As in pyarrow's own, an upload that is let go
    is closed, not given up, and one that lost a part cannot be ended.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refusing = False
        self.on_part: Callable[[], None] = lambda: None

    def open_output_stream(self, path: str, metadata: Any) -> pa.NativeFile:
        if self.refusing or metadata:
            raise OSError("AWS Error NETWORK_CONNECTION")
        buckets = self

        class Upload(io.BytesIO):
            lost = False

            def write(self, part: Any) -> int:
                written = super().write(part)
                try:
                    buckets.on_part()
                except OSError:
                    self.lost = True
                    raise
                return written

            def close(self) -> None:
                if not (self.closed or self.lost):
                    buckets.objects[path] = self.getvalue()
                super().close()

        return pa.PythonFile(Upload(), mode="w")

    def open_input_file(self, path: str) -> pa.NativeFile:
        if path not in self.objects:
            raise FileNotFoundError(path)
        return pa.BufferReader(self.objects[path])

    def get_file_info(self, paths: str | list[str]) -> list[fs.FileInfo]:
        paths = [paths] if isinstance(paths, str) else paths
        return [
            fs.FileInfo(path, fs.FileType.File, size=len(self.objects[path]))
            if path in self.objects
            else fs.FileInfo(path, fs.FileType.NotFound)
            for path in paths
        ]

    def get_file_info_selector(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        return self.get_file_info([k for k in self.objects if k.startswith(selector.base_dir)])

    def delete_file(self, path: str) -> None:
        if self.objects.pop(path, None) is None:
            raise FileNotFoundError(path)

    def get_type_name(self) -> str:
        return "buckets"

    def normalize_path(self, path: str) -> str:
        return path

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("object stores cannot")

    create_dir = delete_dir = delete_dir_contents = delete_root_dir_contents = _refuse
    move = copy_file = open_input_stream = open_append_stream = _refuse


def test_an_object_store_gets_one_whole_object_a_window() -> None:
    buckets = Buckets()
    lake = Lake("bucket/lake", fs.PyFileSystem(buckets))
    store: EpisodicStore = MemoryStore()
    write(store, make_batch(*many(3), make_event("april", occurred_at=APRIL)))
    lake.catch_up(store)
    assert sorted(buckets.objects) == [
        "bucket/lake/events/demo/2024-03.parquet",
        "bucket/lake/events/demo/2024-04.parquet",
    ]
    assert lake.verify(store) == lake.check(store) == []
    write(store, make_batch(retracted=[make_event("april").event_id]))
    lake.catch_up(store)
    assert [file.path for file in lake.files()] == ["bucket/lake/events/demo/2024-03.parquet"]
    restored = MemoryStore()
    assert lake.restore(restored) == {SOURCE: 3}


def test_an_object_store_that_is_away_keeps_the_mark() -> None:
    buckets = Buckets()
    lake = Lake("bucket/lake", fs.PyFileSystem(buckets))
    store = MemoryStore()
    write(store, make_batch(*many(3)))
    buckets.refusing = True
    with pytest.raises(UnavailableError, match="bucket/lake"):
        lake.catch_up(store)
    assert buckets.objects == {}
    assert len(store.dirty_windows("lake")) == 1
    buckets.refusing = False
    assert [file.rows for file in lake.catch_up(store)] == [3]


def large_batch() -> EventBatch:
    """Events whose file is sent in more than one part."""
    bodies = (os.urandom(100_000).hex() for _ in range(120))
    return make_batch(*(make_event(str(n), body=body) for n, body in enumerate(bodies)))


def test_an_upload_that_fails_half_way_leaves_the_old_object() -> None:
    buckets = Buckets()
    lake = Lake("bucket/lake", fs.PyFileSystem(buckets))
    store = MemoryStore()
    write(store, make_batch(*many(3)))
    lake.catch_up(store)
    before = dict(buckets.objects)
    write(store, large_batch())
    parts = count()

    def lose_the_second() -> None:
        if next(parts):
            raise OSError("AWS Error SLOW_DOWN")

    buckets.on_part = lose_the_second
    with pytest.raises(UnavailableError, match="bucket/lake"):
        lake.catch_up(store)
    assert next(parts) > 1
    assert buckets.objects == before
    assert len(store.dirty_windows("lake")) == 1


def test_an_interrupted_upload_publishes_no_half_object() -> None:
    class StoppedError(BaseException):
        """What a signal's handler raises."""

    def interrupt(*_: Any) -> None:
        raise StoppedError

    buckets = Buckets()
    lake = Lake("bucket/lake", fs.PyFileSystem(buckets))
    store = MemoryStore()
    write(store, make_batch(*many(3)))
    lake.catch_up(store)
    write(store, large_batch())
    buckets.on_part = partial(signal.raise_signal, signal.SIGUSR1)
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(StoppedError):
            lake.catch_up(store)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert sum(file.rows for file in lake.files()) in (3, 120)
    assert len(store.dirty_windows("lake")) == 1


def test_a_url_of_a_directory_is_a_directory(tmp_path: Path) -> None:
    store = MemoryStore()
    write(store, make_batch(make_event()))
    [file] = Lake(f"file://{tmp_path}/lake").catch_up(store)
    assert file.path == str(tmp_path / "lake/events/demo/2024-03.parquet")
    assert STORED_SCHEMA.names == pd.read_parquet(tmp_path / "lake/events").columns.tolist()


def test_no_secret_of_a_url_is_repeated() -> None:
    secret = "hunter2"[:-1]
    with pytest.raises(ConfigError, match="bucket") as caught:
        Lake(f"s4://key:{secret}@bucket/lake?secret={secret}")
    assert secret not in "".join(traceback.format_exception(caught.value))
