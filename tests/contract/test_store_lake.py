"""The lake over every store: a pure function of it, readable by anyone, mended by itself."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from resources.stores.base import STORED_SCHEMA, EpisodicStore
from resources.stores.lake import Lake
from resources.stores.memory import MemoryStore
from sources.errors import StoreError
from sources.event import FileChange, table_events
from tests.support.events import (
    APRIL,
    MARCH,
    SOURCE,
    comparable,
    make_batch,
    make_event,
    many,
    write,
)

FULL = make_event(
    "full",
    actor="Ada",
    files=(FileChange(path="a", change="M", additions=1),),
    refs=("git:abc", "issue:1"),
    attributes={"ü": 1.5},
    duration_ms=0.5,
    utc_offset_minutes=60,
    revised_at=APRIL,
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def names(lake: Lake) -> list[str]:
    root = Path(lake.events_path).parent
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_exactly_the_touched_windows_are_written(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(*many(3), make_event("april", occurred_at=APRIL)))
    store.record_event(make_event(source_id="other"))
    seen: list[tuple[int, int]] = []
    written = lake.catch_up(store, on_progress=lambda done, total: seen.append((done, total)))
    assert [(file.source_id, file.window, file.rows) for file in written] == [
        (SOURCE, "2024-03", 3),
        (SOURCE, "2024-04", 1),
        ("other", "2024-03", 1),
    ]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert names(lake) == [
        "events/demo/2024-03.parquet",
        "events/demo/2024-04.parquet",
        "events/other/2024-03.parquet",
    ]
    assert all(Path(file.path).stat().st_size == file.bytes > 0 for file in written)
    assert lake.files() == sorted(written, key=lambda file: file.path)
    assert lake.files("other") == written[2:]
    assert lake.catch_up(store) == []
    write(store, make_batch(make_event("0", title="revised")))
    assert [file.window for file in lake.catch_up(store)] == ["2024-03"]
    assert [item.source_id for item in store.dirty_windows("announce")] == [SOURCE, SOURCE, "other"]


def test_a_source_can_be_written_alone(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(make_event()))
    store.record_event(make_event(source_id="other"))
    assert [file.source_id for file in lake.catch_up(store, "other")] == ["other"]
    assert [item.source_id for item in store.dirty_windows("lake")] == [SOURCE]


def test_a_file_says_what_it_is(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(FULL, *many(3)))
    [written] = lake.catch_up(store)
    file = pq.ParquetFile(written.path)
    assert file.schema_arrow.remove_metadata().equals(STORED_SCHEMA)
    metadata = file.schema_arrow.metadata
    assert metadata[b"daybook.version"] == b"1"
    assert metadata[b"daybook.source_id"] == SOURCE.encode()
    assert metadata[b"daybook.window"] == b"2024-03"
    group = file.metadata.row_group(0)
    assert group.column(0).compression == "ZSTD"
    assert all(group.column(index).is_stats_set for index in range(3))
    assert [(item.column_index, item.descending) for item in group.sorting_columns] == [
        (STORED_SCHEMA.get_field_index("occurred_at"), False),
        (STORED_SCHEMA.get_field_index("event_id"), False),
    ]
    assert comparable(pq.read_table(written.path)) == comparable(store.get_events_table())
    assert FULL in table_events(pq.read_table(written.path))


def test_the_same_window_gives_the_same_bytes(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(FULL, *many(50)))
    before = Path(lake.write_window(store, SOURCE, "2024-03").path).read_bytes()
    assert Path(lake.write_window(store, SOURCE, "2024-03").path).read_bytes() == before


def test_an_emptied_window_loses_its_file(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(make_event()))
    lake.catch_up(store)
    write(store, make_batch(retracted=[make_event().event_id]))
    [file] = lake.catch_up(store)
    assert (file.rows, file.bytes) == (0, 0)
    assert names(lake) == []
    assert lake.write_window(store, SOURCE, "1999-01").rows == 0


def test_a_removed_source_leaves_no_file(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(*many(2), make_event("april", occurred_at=APRIL)))
    lake.catch_up(store)
    store.remove_source(SOURCE)
    lake.catch_up(store)
    assert names(lake) == []


def test_another_grain_draws_other_files(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(make_event("1"), make_event("2", occurred_at=APRIL)))
    lake.catch_up(store)
    write(store, grain="day")
    lake.catch_up(store)
    assert names(lake) == ["events/demo/2024-03-09.parquet", "events/demo/2024-04-02.parquet"]
    assert lake.verify(store) == []


@pytest.mark.parametrize("touch_destination_later", [False, True])
def test_where_an_event_went_is_written_before_where_it_was(
    store: EpisodicStore, lake: Lake, *, touch_destination_later: bool
) -> None:
    write(store, make_batch(make_event("moves"), make_event("stays")))
    lake.catch_up(store)
    write(store, make_batch(make_event("moves", occurred_at=APRIL)))
    if touch_destination_later:
        write(store, make_batch(make_event("late", occurred_at=APRIL)))
    assert [file.window for file in lake.catch_up(store)] == ["2024-04", "2024-03"]


def test_a_mark_made_while_a_file_is_written_stays(tmp_path: Path) -> None:
    class Busy(MemoryStore):
        def clear_dirty(self, consumer: object, windows: object) -> int:
            if not self.count() > 1:
                write(self, make_batch(make_event("meanwhile")))
            return super().clear_dirty(consumer, windows)  # type: ignore[arg-type]

    store, lake = Busy(), Lake(tmp_path)
    write(store, make_batch(make_event()))
    lake.catch_up(store)
    assert len(store.dirty_windows("lake")) == 1
    assert [file.rows for file in lake.catch_up(store)] == [2]


# Anyone reads it -----------------------------------------------------------------------------


def test_pandas_duckdb_and_polars_read_the_same_rows(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(FULL, *many(20), make_event("april", occurred_at=APRIL)))
    write(
        store,
        make_batch(make_event("7", source_id="007"), make_event("8", source_id="007")),
        source_id="007",
    )
    lake.catch_up(store)
    expected = {(e.event_id, e.source_id, e.title) for e in store.get_events()}
    assert len(expected) == 24
    frame = pd.read_parquet(lake.events_path)
    assert set(zip(frame.event_id, frame.source_id, frame.title, strict=True)) == expected
    assert list(frame.columns) == STORED_SCHEMA.names
    glob = f"{lake.events_path}/**/*.parquet"
    query = "select event_id, source_id, title from read_parquet($glob)"
    with duckdb.connect() as connection:
        rows = connection.execute(query, {"glob": glob}).fetchall()
    assert len(rows) == len(expected)
    assert {(str(row[0]), *row[1:]) for row in rows} == expected
    scan = pl.scan_parquet(lake.events_path).select("event_id", "source_id", "title").collect()
    assert set(scan.rows()) == expected


# It mends itself -----------------------------------------------------------------------------


def test_a_lake_that_is_as_it_should_be_has_no_fault(store: EpisodicStore, lake: Lake) -> None:
    assert lake.check(store) == lake.verify(store) == []
    write(store, make_batch(*many(30)))
    assert lake.check(store) == lake.verify(store) == [], "what waits is no fault"
    lake.catch_up(store)
    seen: list[int] = []
    assert lake.check(store) == []
    assert lake.verify(store, on_progress=lambda done, _: seen.append(done)) == []
    assert seen == [1]


def test_faults_are_found_and_mended(store: EpisodicStore, lake: Lake) -> None:
    months = [MARCH + timedelta(days=31 * number) for number in range(5)]
    write(store, make_batch(*(make_event(str(m), occurred_at=m) for m in months)))
    missing, damaged, short, other, _ = (Path(file.path) for file in lake.catch_up(store))
    orphan = missing.with_name("1999-01.parquet")
    orphan.write_bytes(missing.read_bytes())
    missing.unlink()
    damaged.write_bytes(damaged.read_bytes()[:-40])
    table = pq.read_table(short)
    pq.write_table(table.slice(0, 0), short)
    table = pq.read_table(other)
    column = table.schema.get_field_index("event_id")
    changed = table.set_column(column, table.schema.field(column), [[make_event("x").event_id]])
    pq.write_table(changed, other)
    faults = {fault.window: fault.problem for fault in lake.verify(store)}
    expected = {
        "1999-01": "orphan",
        missing.stem: "missing",
        damaged.stem: "unreadable",
        short.stem: "rows",
        other.stem: "content",
    }
    assert faults == expected
    del expected[other.stem]
    assert {fault.window: fault.problem for fault in lake.check(store)} == expected
    assert {fault.window for fault in lake.check(store, SOURCE)} == set(expected)
    assert lake.check(store, "other") == []
    seen: list[int] = []
    lake.rebuild(store, SOURCE, on_progress=lambda done, _: seen.append(done))
    assert seen == [1, 2, 3, 4, 5, 6]
    assert lake.verify(store) == []
    assert not orphan.exists()


def test_files_say_what_a_reader_can_skip_by(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(FULL, *many(3)))
    [file] = lake.catch_up(store)
    group = pq.read_metadata(file.path).row_group(0)
    columns = {}
    for number in range(group.num_columns):
        column = group.column(number)
        columns[column.path_in_schema] = (column.statistics, column.encodings)
    for name in ("occurred_at", "event_id", "kind", "actor", "files.list.element.path"):
        statistics = columns[name][0]
        assert statistics is not None, name
        assert statistics.has_min_max, name
    for name in ("kind", "actor", "files.list.element.path"):
        assert "RLE_DICTIONARY" in columns[name][1], name
    assert columns["attributes"][0] is None


def test_foreign_files_are_left_alone(store: EpisodicStore, lake: Lake) -> None:
    events = Path(lake.events_path)
    foreign = [events / "README.md", events / "Upper/2024-03.parquet", events / "demo/x.parquet"]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not ours")
    write(store, make_batch(make_event()))
    lake.rebuild(store)
    assert lake.verify(store) == []
    assert len(lake.files()) == 1
    assert all(path.read_text() == "not ours" for path in foreign)


def test_names_that_leave_the_lake_are_refused(store: EpisodicStore, lake: Lake) -> None:
    for source_id, window in [("../x", "2024-03"), ("demo", "../../2024-03"), ("_x", "2024-03")]:
        with pytest.raises(StoreError):
            lake.write_window(store, source_id, window)


def test_a_store_is_restored_from_the_lake(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(FULL, *many(30), make_event("april", occurred_at=APRIL)), grain="day")
    write(store, make_batch(make_event("9", source_id="other")), source_id="other")
    lake.catch_up(store)
    before = store.get_events_table()
    for source in store.sources():
        store.remove_source(source.source_id)
    assert lake.restore(store) == {SOURCE: 32, "other": 1}
    after = store.get_events_table()
    assert comparable(after) == comparable(before)
    assert after.column("observed_at").equals(before.column("observed_at"))
    assert lake.restore(store) == {SOURCE: 0, "other": 0}
    again = write(store, make_batch(FULL, *many(30)), grain="day")
    assert (again.new, again.revised, again.unchanged) == (0, 0, 31)


def test_a_damaged_file_is_named_when_restoring(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(*many(3)))
    [file] = lake.catch_up(store)
    Path(file.path).write_bytes(b"PAR1 no more")
    with pytest.raises(StoreError, match=r"2024-03\.parquet.*rebuild"):
        lake.restore(MemoryStore())
    with pytest.raises(StoreError, match=r"2024-03\.parquet"):
        lake.files()
