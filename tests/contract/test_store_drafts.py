"""Windows that a process keeps aside for the lake are row by row what the tables hold."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resources.stores.lake import Lake
from resources.stores.postgres import PostgresStore, open_postgres
from sources.batch import EventBatch
from sources.errors import StoreError
from sources.event import EpisodicEvent, FileChange
from tests.support.databases import execute
from tests.support.events import MARCH, SOURCE, begin, make_batch, make_event, rows_of, write
from tests.support.store_histories import Played, few_examples, histories, take

WINDOW = "2024-03"
KEPT = "drawn from what was kept"


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[PostgresStore]:
    """A store that keeps windows aside."""
    with open_postgres(database_url, drafts=tmp_path) as opened:
        yield opened


@pytest.fixture
def plain(database_url: str) -> Iterator[PostgresStore]:
    """The same database, in which nothing is kept aside."""
    with open_postgres(database_url) as opened:
        yield opened


def at(native: str, minutes: int, **others: Any) -> EpisodicEvent:
    """An event some minutes after ``MARCH``."""
    return make_event(native, occurred_at=MARCH + timedelta(minutes=minutes), **others)


def was_kept(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether a window was drawn from what was kept of it since the last question."""
    kept = KEPT in caplog.text
    caplog.clear()
    return kept


@pytest.fixture(autouse=True)
def _debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "resources.stores.postgres.drafts")


@few_examples
@given(data=st.data())
def test_kept_windows_are_what_the_tables_hold(
    data: st.DataObject, database_url: str, tmp_path: Path, source_names: Iterator[str]
) -> None:
    source_id = next(source_names)
    history: list[Played] = data.draw(histories(source_id))
    with (
        open_postgres(database_url, drafts=tmp_path) as keeping,
        open_postgres(database_url) as asking,
    ):
        for played in history:
            with begin(keeping, source_id=source_id, **played.begun) as writing:
                for batch in played.written:
                    take(writing, batch)
                if played.finished:
                    writing.finish()
            asking.batch_record_events(played.recorded)
            waiting = [item.window for item in asking.dirty_windows("lake", source_id)]
            for window in data.draw(st.lists(st.sampled_from(waiting))) if waiting else []:
                assert rows_of(keeping, window, source_id) == rows_of(asking, window, source_id)


_NUMBERS = st.one_of(st.integers(-(10**20), 10**20), st.floats(allow_nan=False), st.just(-0.0))
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)


@few_examples
@given(attributes=st.dictionaries(_TEXT, _VALUES, max_size=4))
@example(attributes={"a": 1e300, "b": [-0.0, 0.1, 1e-7], "c": 10**40})
@example(attributes={"e": {"e": "1e5", "\u0001": "\\u0000"}, "d": []})
def test_attributes_are_kept_as_jsonb_gives_them_back(
    attributes: dict[str, Any], database_url: str, tmp_path: Path, source_names: Iterator[str]
) -> None:
    source_id = next(source_names)
    event = make_event("a", source_id=source_id, attributes=attributes)
    with (
        open_postgres(database_url, drafts=tmp_path) as keeping,
        open_postgres(database_url) as asking,
    ):
        write(keeping, make_batch(event), source_id=source_id)
        assert rows_of(keeping, WINDOW, source_id) == rows_of(asking, WINDOW, source_id)


def test_a_window_filled_from_nothing_is_not_asked_for(
    store: PostgresStore, plain: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    write(store, make_batch(at("a", 5), at("b", 1)), make_batch(at("c", 3), at("d", 3)))
    expected = rows_of(plain, WINDOW)
    assert rows_of(store, WINDOW) == expected
    assert was_kept(caplog)
    assert rows_of(store, WINDOW) == expected  # it is asked for the second time
    assert not was_kept(caplog)


def test_nobody_waits_for_a_snapshot_while_a_kept_window_is_drawn(
    store: PostgresStore, database_url: str
) -> None:
    """An index in the making would wait for it."""
    snapshots = """select count(*) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend'
            and backend_xmin is not null and pid <> pg_backend_pid()"""
    write(store, make_batch(at("a", 5)))
    with store.read_window(SOURCE, WINDOW) as (_, batches):
        assert execute(database_url, snapshots) == [(0,)]
        assert sum(batch.num_rows for batch in batches) == 1
    with store.read_window(SOURCE, WINDOW) as (_, batches):
        assert execute(database_url, snapshots) == [(1,)]
        assert sum(batch.num_rows for batch in batches) == 1


@pytest.mark.parametrize("count", [1, 7, 45_001])
def test_rows_in_any_order_come_by_time_and_id(
    store: PostgresStore, plain: PostgresStore, caplog: pytest.LogCaptureFixture, count: int
) -> None:
    events = [at(str(number), number * 7919 % 40_000) for number in range(count)]
    write(store, make_batch(*events[::2]), make_batch(*events[1::2], cursor={"at": 2}))
    expected = rows_of(plain, WINDOW)
    assert rows_of(store, WINDOW) == expected
    assert was_kept(caplog)


@pytest.mark.parametrize(
    "later",
    [
        make_batch(at("a", 5, title="other", revised_at=datetime(2024, 5, 1, tzinfo=UTC))),
        make_batch(retracted=[at("a", 5).event_id]),
        make_batch(at("c", 5, retracted_at=datetime(2024, 5, 1, tzinfo=UTC))),
    ],
    ids=["revised", "withdrawn", "come withdrawn"],
)
def test_a_window_in_which_something_changed_is_right(
    store: PostgresStore, plain: PostgresStore, later: EventBatch
) -> None:
    write(store, make_batch(at("a", 5), at("b", 6)), later, make_batch(at("d", 7)))
    assert rows_of(store, WINDOW) == rows_of(plain, WINDOW)


@pytest.mark.parametrize(
    "event",
    [
        at("a", 5, title="a\0b"),
        at("a", 5, refs=("git:a\0b",)),
        at("a", 5, files=(FileChange(path="a\0b", change="M"),)),
    ],
    ids=["title", "refs", "files"],
)
def test_text_that_postgresql_cannot_hold_is_given_as_it_holds_it(
    store: PostgresStore, plain: PostgresStore, event: EpisodicEvent
) -> None:
    write(store, make_batch(event))
    assert rows_of(store, WINDOW) == rows_of(plain, WINDOW)


def test_what_another_process_writes_meanwhile_is_seen(
    store: PostgresStore, plain: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    with begin(store) as writing:
        writing.write(make_batch(at("a", 5)))
        plain.batch_record_events([at("b", 6)])
        writing.write(make_batch(at("c", 7)))
        assert (
            rows_of(store, WINDOW).column("title").to_pylist()
            == rows_of(plain, WINDOW).column("title").to_pylist()
        )
        assert len(rows_of(store, WINDOW)) == 3
        assert not was_kept(caplog)


def test_a_window_that_held_something_is_asked_for(
    store: PostgresStore, plain: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    plain.batch_record_events([at("a", 5)])
    write(store, make_batch(at("b", 6)))
    assert len(rows_of(store, WINDOW)) == 2
    assert not was_kept(caplog)


def test_a_window_that_another_process_drew_is_asked_for(
    store: PostgresStore, plain: PostgresStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(store, make_batch(at("a", 5)))
    Lake(tmp_path / "lake").catch_up(plain)
    write(store, make_batch(at("b", 6), cursor={"at": 2}))
    assert len(rows_of(store, WINDOW)) == 2
    assert not was_kept(caplog)


def test_a_failed_write_leaves_nothing_behind(
    store: PostgresStore, plain: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    good = make_batch(at("a", 5))
    column = good.events.schema.get_field_index("attributes")
    field = good.events.schema.field(column)
    broken = good.events.set_column(column, field, pa.array(["no object"]))
    with begin(store) as writing:
        with pytest.raises(StoreError, match="cannot hold a value"):
            writing.write(replace(good, events=broken))
        writing.write(good)
        writing.finish()
    expected = rows_of(plain, WINDOW)
    assert rows_of(store, WINDOW) == expected
    assert was_kept(caplog)


def test_without_room_for_it_nothing_is_kept_and_nothing_fails(
    database_url: str, plain: PostgresStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = tmp_path / "gone"
    with open_postgres(database_url, drafts=gone) as store:
        write(store, make_batch(at("a", 5)))
        assert rows_of(store, WINDOW) == rows_of(plain, WINDOW)  # waits for what was to be kept
        assert "no drafts are kept any more" in caplog.text


def test_the_file_has_no_name(store: PostgresStore, tmp_path: Path) -> None:
    write(store, make_batch(at("a", 5)))
    assert list(tmp_path.iterdir()) == []
