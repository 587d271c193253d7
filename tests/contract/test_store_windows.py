"""Every store: which windows were touched, who has to be told, and what a window holds."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from resources.stores.base import STORED_SCHEMA, EpisodicStore
from resources.stores.report import Consumer, DirtyWindow, SourceRow
from sources.batch import Coverage
from sources.event import utc_now
from sources.windows import current_window
from tests.support.events import (
    APRIL,
    MARCH,
    SOURCE,
    begin,
    make_batch,
    make_event,
    many,
    natives,
    rows_of,
    write,
)

MAY = datetime(2024, 5, 1, tzinfo=UTC)


def marked(store: EpisodicStore, consumer: Consumer = "lake") -> list[str]:
    return [item.window for item in store.dirty_windows(consumer, SOURCE)]


def clean(store: EpisodicStore) -> None:
    for consumer in ("announce", "lake"):
        store.clear_dirty(consumer, store.dirty_windows(consumer))


# Marks ---------------------------------------------------------------------------------------


def test_each_consumer_is_told_of_each_touched_window(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("2", occurred_at=APRIL), make_event("1")))
    assert marked(store, "lake") == marked(store, "announce") == ["2024-03", "2024-04"]
    assert store.clear_dirty("lake", store.dirty_windows("lake")) == 2
    assert marked(store, "lake") == []
    assert marked(store, "announce") == ["2024-03", "2024-04"]


def test_an_unchanged_event_touches_nothing(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3)))
    clean(store)
    assert write(store, make_batch(*many(3))).windows == frozenset()
    assert marked(store) == []


def test_revisions_and_retractions_touch_their_windows(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1"), make_event("2", occurred_at=APRIL)))
    clean(store)
    write(store, make_batch(make_event("1", title="revised")))
    assert marked(store) == ["2024-03"]
    write(store, make_batch(retracted=[make_event("2").event_id]))
    assert marked(store) == ["2024-03", "2024-04"]


def test_marks_come_by_source_and_window(store: EpisodicStore) -> None:
    store.record_event(make_event(source_id="b"))
    store.batch_record_events(
        [make_event("2", source_id="a", occurred_at=APRIL), make_event("1", source_id="a")]
    )
    found = [(item.source_id, item.window) for item in store.dirty_windows("lake")]
    assert found == [("a", "2024-03"), ("a", "2024-04"), ("b", "2024-03")]


def test_a_mark_made_meanwhile_is_kept(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1")))
    seen = store.dirty_windows("lake")
    write(store, make_batch(make_event("2")))
    assert store.clear_dirty("lake", seen) == 0
    assert marked(store) == ["2024-03"]
    assert store.clear_dirty("lake", store.dirty_windows("lake")) == 1
    assert store.clear_dirty("lake", seen) == 0


def test_a_mark_made_while_the_window_is_read_is_kept(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1")))
    with store.read_window(SOURCE, "2024-03") as (mark, batches):
        write(store, make_batch(make_event("2")))
        rows = pa.Table.from_batches(batches, STORED_SCHEMA)
    assert mark is not None
    assert natives(rows) == ["1"]
    assert store.clear_dirty("lake", [mark]) == 0
    assert natives(rows_of(store, "2024-03")) == ["1", "2"]


def test_marks_of_a_destination_come_before_those_of_the_window_left(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(occurred_at=MARCH)))
    clean(store)
    write(store, make_batch(make_event(occurred_at=APRIL)))
    marks = {item.window: item.mark for item in store.dirty_windows("lake")}
    assert marks["2024-04"] < marks["2024-03"]


def test_an_unknown_mark_clears_nothing(store: EpisodicStore) -> None:
    unknown = DirtyWindow(source_id=SOURCE, window="2024-03", mark=1)
    assert store.clear_dirty("lake", [unknown]) == 0
    assert store.clear_dirty("lake", []) == 0


# Reading a window ----------------------------------------------------------------------------


def test_a_window_is_read_sorted_live_and_whole(store: EpisodicStore) -> None:
    late, early = make_event("late", occurred_at=MARCH), make_event("early")
    same = [make_event(str(number), occurred_at=MARCH) for number in range(5)]
    gone = make_event("gone")
    elsewhere = [make_event("april", occurred_at=APRIL), make_event("x", source_id="other")]
    early = make_event("early", occurred_at=MARCH - timedelta(days=2))
    store.batch_record_events([late, early, *same, gone, *elsewhere])
    write(store, make_batch(retracted=[gone.event_id]))
    with store.read_window(SOURCE, "2024-03") as (mark, batches):
        rows = pa.Table.from_batches(batches, STORED_SCHEMA)
    assert mark == store.dirty_windows("lake", SOURCE)[0]
    keys = list(
        zip(
            rows.column("occurred_at").to_pylist(), rows.column("event_id").to_pylist(), strict=True
        )
    )
    assert keys == sorted(keys)
    assert set(natives(rows)) == {"late", "early", "0", "1", "2", "3", "4"}
    assert rows.column("window").unique().to_pylist() == ["2024-03"]


def test_an_empty_window_is_read_as_no_rows(store: EpisodicStore) -> None:
    with store.read_window("unknown", "2024-03") as (mark, batches):
        assert (mark, list(batches)) == (None, [])


def test_many_rows_come_in_batches(store: EpisodicStore) -> None:
    write(store, make_batch(*many(25_000)))
    with store.read_window(SOURCE, "2024-03") as (_, batches):
        sizes = [batch.num_rows for batch in batches]
    assert sum(sizes) == 25_000
    assert len(sizes) > 1


def test_a_window_half_read_lets_go(store: EpisodicStore) -> None:
    write(store, make_batch(*many(10)))
    with store.read_window(SOURCE, "2024-03") as (_, batches):
        next(batches)
    with pytest.raises(ZeroDivisionError), store.read_window(SOURCE, "2024-03"):
        raise ZeroDivisionError
    assert rows_of(store, "2024-03").num_rows == 10


def test_one_reader_at_a_time_has_a_window(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1")))
    inside = threading.Event()

    def second() -> list[str]:
        inside.wait(10)
        return natives(rows_of(store, "2024-03"))

    with ThreadPoolExecutor(1) as pool:
        with store.read_window(SOURCE, "2024-03") as (_, batches):
            waiting = pool.submit(second)
            inside.set()
            assert natives(rows_of(store, "2024-04")) == [], "another window is free"
            write(store, make_batch(make_event("2")))
            assert not waiting.done()
            assert natives(pa.Table.from_batches(batches, STORED_SCHEMA)) == ["1"]
        assert waiting.result(10) == ["1", "2"], "the second sees at least what the first left"


def test_window_counts_are_those_of_live_events(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3), make_event("april", occurred_at=APRIL)))
    write(store, make_batch(retracted=[make_event("april").event_id, make_event("0").event_id]))
    assert store.window_counts(SOURCE) == {"2024-03": 2}
    assert store.window_counts("unknown") == {}


# Grain and start -----------------------------------------------------------------------------


def test_another_grain_moves_every_row(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1"), make_event("2", occurred_at=APRIL), cursor={"at": 1}))
    clean(store)
    with begin(store, grain="day", fingerprint="") as writing:
        writing.finish()
    assert store.window_counts(SOURCE) == {"2024-03-09": 1, "2024-04-02": 1}
    assert marked(store) == ["2024-03", "2024-03-09", "2024-04", "2024-04-02"]
    [source] = store.sources()
    assert source.grain == "day"


def test_another_start_moves_what_lies_before_it(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1"), make_event("2", occurred_at=APRIL)))
    clean(store)
    write(store, start=date(2024, 4, 1))
    assert store.window_counts(SOURCE) == {"2024-04": 2}
    assert marked(store) == ["2024-03", "2024-04"]
    clean(store)
    write(store, start=date(2000, 1, 1))
    assert store.window_counts(SOURCE) == {"2024-03": 1, "2024-04": 1}


def test_a_source_says_how_its_windows_are_cut(store: EpisodicStore) -> None:
    assert store.read_source(SOURCE) is None
    write(store, make_batch(make_event()))
    begin(store, grain="day", start=date(2024, 4, 1)).close()
    assert store.read_source(SOURCE) == SourceRow(
        source_id=SOURCE, source_type="filesystem", grain="day", start=date(2024, 4, 1)
    )
    store.remove_source(SOURCE)
    assert store.read_source(SOURCE) is None


def test_the_same_windows_touch_nothing(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3)), grain="day", start=date(2024, 1, 1))
    clean(store)
    write(store, grain="day", start=date(2024, 1, 1))
    assert marked(store) == []


def test_withdrawn_rows_move_along_unmarked(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1")))
    write(store, make_batch(retracted=[make_event("1").event_id]))
    write(store, grain="day")
    clean(store)
    assert write(store, make_batch(make_event("1")), grain="day").windows == {"2024-03-09"}


def test_the_future_belongs_to_the_window_that_saw_it(store: EpisodicStore) -> None:
    now = utc_now()
    write(store, make_batch(make_event(occurred_at=now + timedelta(days=400))))
    assert list(store.window_counts(SOURCE)) == [current_window("month", now)]


def test_a_source_keeps_its_grain_outside_passes(store: EpisodicStore) -> None:
    write(store, grain="day", start=date(2024, 3, 1))
    store.batch_record_events([make_event("1"), make_event("0", occurred_at=MARCH.replace(year=1))])
    assert store.window_counts(SOURCE) == {"2024-03-01": 1, "2024-03-09": 1}


# Coverage ------------------------------------------------------------------------------------


def coverage_of(store: EpisodicStore) -> dict[str, tuple[str, str | None]]:
    return {item.window: (item.state, item.reason) for item in store.coverage(SOURCE)}


def test_coverage_says_how_much_of_each_window_is_held(store: EpisodicStore) -> None:
    spans = [
        Coverage(state="partial", until=APRIL.replace(day=1), reason="the newest 10 commits only"),
        Coverage(state="whole", since=APRIL.replace(day=1), until=MAY),
    ]
    write(store, make_batch(coverage=spans), start=date(2024, 2, 1))
    reason = "the newest 10 commits only"
    assert coverage_of(store) == {
        "2024-02": ("partial", reason),
        "2024-03": ("partial", reason),
        "2024-04": ("whole", None),
    }
    assert [item.window for item in store.coverage(SOURCE)] == ["2024-02", "2024-03", "2024-04"]


def test_coverage_is_written_over(store: EpisodicStore) -> None:
    since, until = APRIL.replace(day=1), MAY
    for state in ("missing", "whole"):
        span = Coverage(state=state, since=since, until=until, reason="gone"[: state == "missing"])
        write(store, make_batch(coverage=[span]))
    assert coverage_of(store)["2024-04"][0] == "whole"


def test_coverage_outside_of_the_windows_is_that_of_the_nearest(store: EpisodicStore) -> None:
    before = Coverage(
        state="partial",
        since=datetime(1999, 1, 1, tzinfo=UTC),
        until=datetime(1999, 2, 1, tzinfo=UTC),
    )
    after = Coverage(state="missing", since=datetime(2999, 1, 1, tzinfo=UTC))
    whole = Coverage(state="whole")
    write(store, make_batch(coverage=[whole, before, after]), start=date(2024, 2, 1))
    states = [item.state for item in store.coverage(SOURCE)]
    assert states == ["partial", *["whole"] * (len(states) - 2), "missing"]


def test_open_coverage_reaches_the_current_window(store: EpisodicStore) -> None:
    write(store, make_batch(coverage=[Coverage(state="whole")]), start=date(2024, 1, 1))
    windows = [item.window for item in store.coverage(SOURCE)]
    assert windows[0] == "2024-01"
    assert windows[-1] == current_window("month", utc_now())
    assert store.coverage("unknown") == []


def test_a_refresh_speaks_of_its_window_only(store: EpisodicStore) -> None:
    spans = [
        Coverage(state="missing", until=APRIL, reason="shallow"),
        Coverage(state="whole", since=APRIL.replace(day=1)),
    ]
    begun = {"kind": "refresh", "start": date(2024, 2, 1)}
    for window, state in (("2024-03", "missing"), ("2024-04", "whole"), ("2024-02", "missing")):
        write(store, make_batch(coverage=spans), **begun, window=window)
        assert coverage_of(store)[window][0] == state
    assert set(coverage_of(store)) == {"2024-02", "2024-03", "2024-04"}
