"""Whatever an event holds comes back from PostgreSQL as it went in."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from resources.stores.base import EpisodicStore
from resources.stores.postgres import PostgresStore, open_postgres
from resources.stores.postgres.copying import CopyRows
from sources.batch import BATCH_SCHEMA, EventBatch, batch_table
from sources.errors import StoreError
from sources.event import TIMESTAMP, EpisodicEvent, FileChange, event_id, table_events
from tests.support.databases import fresh_database
from tests.support.events import SOURCE, begin, make_event

NASTY = [
    "",
    "\\",
    "\\N",
    "\\.",
    "a\n\\.\nb",
    "\t\r\n",
    '"',
    '{"a",b}',
    "{}",
    "NULL",
    "'",
    "%s",
    "\x1f",
]
TEXT = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
)
MAYBE = st.one_of(st.none(), TEXT)
SMALL = st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1))
MOMENT = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), TEXT, st.integers(-(2**60), 2**60)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=5,
)
FILES = st.builds(
    FileChange, path=TEXT, change=TEXT, old_path=MAYBE, additions=SMALL, deletions=SMALL
)
EVENTS = st.builds(
    make_event,
    st.uuids().map(str),
    occurred_at=MOMENT,
    utc_offset_minutes=st.one_of(st.none(), st.integers(-(2**15), 2**15 - 1)),
    session_id=TEXT,
    actor=MAYBE,
    actor_key=MAYBE,
    subject=TEXT,
    scope=MAYBE,
    title=TEXT,
    body=MAYBE,
    url=MAYBE,
    outcome=MAYBE,
    duration_ms=st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    additions=SMALL,
    deletions=SMALL,
    files_changed=SMALL,
    files=st.one_of(st.none(), st.lists(FILES, max_size=3).map(tuple)),
    refs=st.lists(TEXT, max_size=3).map(tuple),
    attributes=st.dictionaries(TEXT, JSON, max_size=3),
    revised_at=st.one_of(st.none(), MOMENT),
)


@pytest.fixture(scope="module")
def store(database_server: str, template_database: str) -> Iterator[PostgresStore]:
    name = f"copying_{uuid4().hex[:8]}"
    with (
        fresh_database(database_server, name, template=template_database) as url,
        open_postgres(url) as opened,
    ):
        yield opened


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=st.lists(EVENTS, min_size=1, max_size=5, unique_by=lambda event: event.event_id))
@example(
    events=[
        make_event(str(n), title=text, refs=(text, text), body=text) for n, text in enumerate(NASTY)
    ]
)
def test_events_come_back_as_they_went_in(
    store: PostgresStore, events: list[EpisodicEvent]
) -> None:
    table = batch_table([make_event("before", body="left out"), *events]).slice(1)
    with begin(store) as writing:
        writing.write(EventBatch(events=table, cursor=None))
    found = {event.event_id: event for event in store.get_events()}
    drawn = {event.event_id: event for event in read_windows(store)}
    store.remove_source(SOURCE)
    assert found == {event.event_id: event for event in events}
    assert drawn == found


def read_windows(store: EpisodicStore) -> Iterator[EpisodicEvent]:
    """Read all events the lake's way."""
    for window in store.window_counts(SOURCE):
        with store.read_window(SOURCE, window) as (_, batches):
            for batch in batches:
                yield from table_events(pa.Table.from_batches([batch]))


def test_what_a_source_made_columnar_may_hold_what_postgresql_cannot(store: EpisodicStore) -> None:
    table = batch_table([make_event("1", body="x"), make_event("2")])
    columns: dict[str, Any] = {
        "title": pa.array(["a\0b", "c"]),
        "refs": pa.array([["\0"], []], BATCH_SCHEMA.field("refs").type),
        "duration_ms": pa.array([math.inf, math.nan]),
        "attributes": pa.array(['{"a":"\\u0000","b":"\\ud800"}', '{"n":NaN}']),
        "occurred_at": pa.array([2**62, -(2**62)]).cast(TIMESTAMP),
    }
    for name, values in columns.items():
        index = table.schema.get_field_index(name)
        table = table.set_column(index, BATCH_SCHEMA.field(index), pa.chunked_array([values]))
    with begin(store) as writing:
        assert writing.write(EventBatch(events=table, cursor=None)).new == 2
    old, new = store.get_events(source=SOURCE)
    assert (old.occurred_at.year, new.occurred_at.year) == (1, 9999)
    assert (new.title, new.attributes) == ("a\ufffdb", {"a": "\ufffd", "b": "\ufffd"})
    assert (new.refs, old.refs) == (("\ufffd",), ())
    assert new.duration_ms == math.inf
    assert old.duration_ms is not None
    assert math.isnan(old.duration_ms)
    assert old.attributes == {"n": None}
    store.remove_source(SOURCE)


def test_files_keep_their_places_in_a_slice(store: EpisodicStore) -> None:
    def files(*paths: str) -> tuple[FileChange, ...]:
        return tuple(FileChange(path=path, change="M") for path in paths)

    events = [
        make_event("0", files=files("a", "b")),
        make_event("1", files=None),
        make_event("2", files=()),
        make_event("3", files=files("c", "d", "c")),
        make_event("4", files=files("e")),
    ]
    with begin(store) as writing:
        writing.write(EventBatch(events=batch_table(events).slice(1, 3), cursor=None))
    found = {event.subject: event.files for event in store.get_events()}
    assert found == {event.subject: event.files for event in events[1:4]}
    store.remove_source(SOURCE)


def test_memory_is_bounded_by_the_piece() -> None:
    """Two bytes for the number of fields and four for one field's length; 21 around all rows."""
    table = pa.table({"text": ["x" * 100] * 20_000})
    with CopyRows(table) as rows:
        pieces = list(iter(lambda: len(rows.read()), 0))
    assert sum(pieces) == 20_000 * 106 + 21
    assert max(pieces) <= 5_000 * 106


def test_what_no_index_can_hold_is_stored_and_found(store: PostgresStore) -> None:
    long = "".join(f"{number:x}/" for number in range(20_000))
    words = " ".join(f"w{number}" for number in range(400_000))
    event = make_event(
        "1",
        session_id=long,
        actor=long,
        actor_key=long,
        subject=long,
        title="ordinary",
        body=words,
        refs=(long,),
        files=(FileChange(path=long, change="A"),),
    )
    assert store.search_ready()
    store.batch_record_events([event])
    assert store.get_events_by_session(long) == [event]
    assert store.get_events(actor=long.upper()) == [event]
    assert store.search_events("ordinary w17") == [event]
    store.remove_source(SOURCE)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "no uuid",
        "01234567-89AB-8DEF-8123-456789ABCDEF",
        "0123456789ab8def8123456789abcdef",
        "{01234567-89ab-8def-8123-456789abcdef}",
        "0123-4567-89ab-8def-8123456789abcdef",
        "01234567-89ab-8def-8123-456789abcdeg",
        "01234567-89ab-8def-8123+456789abcdef",
        "01234567-89ab-8def-8123-456789  cdef",
        "01234567-89ab-8def-8123-456789abcd  ",
        "+1234567-89ab-8def-8123-456789abcdef",
        "01234567-89ab-8def-8123-456789abcdé",
    ],
)
def test_an_id_that_is_not_canonical_is_refused(store: EpisodicStore, written: str) -> None:
    """A row that the lake kept as it came would be another one there."""
    table = with_ids("01234567-89ab-8def-8123-456789abcdef", written)
    with begin(store) as writing, pytest.raises(StoreError, match=f"{SOURCE}: .* canonical UUID"):
        writing.write(EventBatch(events=table, cursor=None))
    assert store.get_events() == []


def with_ids(*ids: str) -> pa.Table:
    """Make events with these ids, whatever they are."""
    table = batch_table([make_event(str(number)) for number in range(len(ids))])
    return table.set_column(0, table.schema.field(0), [list(ids)])


def test_identities_are_stored_as_they_are(store: EpisodicStore) -> None:
    event = make_event("1")
    assert event.event_id == event_id(SOURCE, "git.commit", "1")
    store.record_event(event)
    assert store.get_events()[0].event_id == event.event_id
    store.remove_source(SOURCE)
