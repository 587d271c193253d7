"""Events: identity, digest, canonical JSON, and the way into columns and back."""

import dataclasses
import json
import math
import struct
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from typing import Any
from uuid import UUID

import psycopg2
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.stores.base import STORED_SCHEMA
from sources.batch import BATCH_SCHEMA, EventBatch, batch_table
from sources.digests import digests
from sources.event import (
    EVENT_SCHEMA,
    FILE_CHANGE,
    EpisodicEvent,
    FileChange,
    canonical_json,
    clean_text,
    event_id,
    events_table,
    table_events,
    utc_now,
)
from tests.support.events import APRIL, MARCH, make_event

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2262, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
INT32 = st.integers(-(2**31), 2**31 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FILES = st.builds(
    FileChange,
    path=TEXT,
    change=st.sampled_from("AMDRCT"),
    old_path=st.none() | TEXT,
    additions=st.none() | INT32,
    deletions=st.none() | INT32,
)
EVENTS = st.builds(
    EpisodicEvent,
    event_id=st.uuids().map(str),
    source_id=st.just("demo"),
    source_type=TEXT,
    kind=TEXT,
    occurred_at=MOMENTS,
    utc_offset_minutes=st.none() | st.integers(-900, 900),
    session_id=TEXT,
    actor=st.none() | TEXT,
    subject=TEXT,
    title=TEXT,
    body=st.none() | TEXT,
    duration_ms=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    additions=st.none() | INT32,
    files=st.none() | st.lists(FILES, max_size=3).map(tuple),
    refs=st.lists(TEXT, max_size=3).map(tuple),
    attributes=st.dictionaries(TEXT, JSON, max_size=3),
    revised_at=st.none() | MOMENTS,
)


# One event in three forms --------------------------------------------------------------------


def test_dataclass_and_schema_have_the_same_fields() -> None:
    assert [field.name for field in dataclasses.fields(EpisodicEvent)] == EVENT_SCHEMA.names
    files = {field.name for field in dataclasses.fields(FileChange)}
    assert files == {field.name for field in FILE_CHANGE}


def test_a_field_may_be_left_out_where_the_schema_allows_null() -> None:
    for field in dataclasses.fields(EpisodicEvent):
        nullable = EVENT_SCHEMA.field(field.name).nullable
        assert (field.default is None) == nullable, field.name


def test_the_schemas_build_on_each_other() -> None:
    assert BATCH_SCHEMA.names == [*EVENT_SCHEMA.names, "digest"]
    assert STORED_SCHEMA.names == [*BATCH_SCHEMA.names, "observed_at", "window"]


POSTGRES_TYPES: dict[str, pa.DataType] = {
    "uuid": pa.string(),
    "text": pa.string(),
    "jsonb": pa.string(),
    "bytea": pa.binary(16),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "double precision": pa.float64(),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
    "ARRAY": EVENT_SCHEMA.field("refs").type,
}


def test_the_sql_tables_have_the_same_fields(database_url: str) -> None:
    query = """
        select column_name, data_type, is_nullable = 'YES' from information_schema.columns
        where table_schema = 'daybook' and table_name = %s
    """
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(query, ("events",))
        events = {name: (kind, nullable) for name, kind, nullable in cursor.fetchall()}
        cursor.execute(query, ("event_files",))
        files = {name: POSTGRES_TYPES[kind] for name, kind, _ in cursor.fetchall()}
    connection.close()
    for field in STORED_SCHEMA:
        if field.name == "files":  # a table of its own
            continue
        kind, nullable = events[field.name]
        assert POSTGRES_TYPES[kind].equals(field.type), field.name
        assert nullable == field.nullable, field.name
    for field in FILE_CHANGE:
        assert files[field.name].equals(field.type), field.name


@given(st.lists(EVENTS, max_size=4))
def test_events_come_back_from_columns(events: list[EpisodicEvent]) -> None:
    assert table_events(events_table(events)) == events


@given(EVENTS)
def test_an_event_comes_back_from_its_row(event: EpisodicEvent) -> None:
    row = event.to_row()
    assert EpisodicEvent.from_row({**row, "window": "2024-03"}) == event
    assert EpisodicEvent.from_row({**row, "attributes": event.attributes}) == event


@pytest.mark.parametrize("name", ["occurred_at", "revised_at", "retracted_at"])
def test_a_time_without_zone_is_refused(name: str) -> None:
    naive: dict[str, Any] = {name: MARCH.replace(tzinfo=None)}
    with pytest.raises(ValueError, match=f"demo: {name}"):
        make_event(**naive)


def test_times_of_other_zones_come_back_as_the_same_moment() -> None:
    east = APRIL.astimezone(timezone(timedelta(hours=14)))
    [event] = table_events(events_table([make_event(occurred_at=east)]))
    assert event.occurred_at == east
    assert event.occurred_at.utcoffset() == timedelta(0)


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_event().title = "other"  # type: ignore[misc]


def test_now_is_aware() -> None:
    assert utc_now().utcoffset() == timedelta(0)


# Identity ------------------------------------------------------------------------------------


@given(st.text(), st.text(), st.text())
def test_an_id_is_a_uuid_of_version_8(source_id: str, kind: str, native: str) -> None:
    made = event_id(source_id, kind, native)
    assert made == event_id(source_id, kind, native)
    assert str(UUID(made)) == made
    assert (UUID(made).version, UUID(made).variant) == (8, "specified in RFC 4122")


@given(st.tuples(st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text()))
def test_different_origins_have_different_ids(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (event_id(*one) == event_id(*other)) == (one == other)


def test_parts_of_an_id_do_not_run_together() -> None:
    assert event_id("a", "b", "c") != event_id("ab", "", "c") != event_id("a", "bc", "")


# Canonical JSON ------------------------------------------------------------------------------


@given(st.dictionaries(TEXT, JSON))
def test_canonical_json_is_one_text_whatever_the_order(value: dict[str, Any]) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert text == canonical_json(dict(reversed(list(value.items()))))
    assert text == canonical_json(json.loads(text))


@given(st.dictionaries(st.text(), st.recursive(st.text() | st.floats(), st.lists, max_leaves=4)))
def test_what_jsonb_cannot_hold_gives_way(value: dict[str, Any]) -> None:
    text = canonical_json(value)
    text.encode()
    assert "\\u0000" not in text.replace("\\\\", "")
    json.loads(text, parse_constant=pytest.fail)


def test_infinite_numbers_become_null() -> None:
    value = {"a": math.inf, "b": [math.nan], "c": (1.5, {"d": -math.inf})}
    assert canonical_json(value) == '{"a":null,"b":[null],"c":[1.5,{"d":null}]}'


@given(st.text())
def test_cleaned_text_can_be_stored(text: str) -> None:
    clean = clean_text(text)
    clean.encode()
    assert "\0" not in clean
    assert len(clean) == len(text)


# Digests -------------------------------------------------------------------------------------


@given(EVENTS, EVENTS)
def test_digests_are_equal_where_the_content_is(one: EpisodicEvent, other: EpisodicEvent) -> None:
    first, again, second = digests(events_table([one, one, other])).to_pylist()
    assert first == again
    assert (first == second) == (one.to_row() == other.to_row())


def written(value: Any) -> bytes:
    """Write a value as ``sources/digests.py`` describes it."""
    match value:
        case None:
            return b"-"
        case dict():
            return b"".join(map(written, value.values()))
        case list():
            return b"[%d:" % len(value) + b"".join(map(written, value))
        case datetime():
            text = str((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
        case float():
            text = str(int.from_bytes(struct.pack(">d", value), signed=True))
        case _:
            text = str(value)
    return b"%d:%s" % (len(text.encode()), text.encode())


@given(st.lists(EVENTS, max_size=4))
def test_a_digest_is_of_the_text_that_is_described(events: list[EpisodicEvent]) -> None:
    rows = [event.to_row() for event in events]
    texts = [b"".join(written(row[n]) for n in row if n != "retracted_at") for row in rows]
    expected = [blake2b(text, digest_size=16).digest() for text in texts]
    table = events_table(events)
    assert digests(table).to_pylist() == expected
    assert digests(pa.concat_tables([table.slice(1), table])).to_pylist() == expected[1:] + expected


@given(EVENTS)
def test_a_retraction_is_no_change_of_content(event: EpisodicEvent) -> None:
    gone = dataclasses.replace(event, retracted_at=APRIL)
    one, other = digests(events_table([event, gone])).to_pylist()
    assert one == other


def test_every_other_field_counts() -> None:
    changes: dict[str, Any] = {
        "occurred_at": APRIL,
        "utc_offset_minutes": 1,
        "revised_at": APRIL,
        "duration_ms": 1.0,
        "additions": 1,
        "deletions": 1,
        "files_changed": 1,
        "files": (),
        "refs": ("x",),
        "attributes": {"x": 1},
    }
    plain = make_event()
    fields = [name for name in EVENT_SCHEMA.names if name != "retracted_at"]
    others = [dataclasses.replace(plain, **{name: changes.get(name, "x")}) for name in fields]
    made = digests(events_table([plain, *others])).to_pylist()
    assert len(set(made)) == len(made)


def test_neighbouring_fields_do_not_run_together() -> None:
    pairs = [("ab", "c"), ("a", "bc"), ("", "abc"), (None, "abc"), ("-", "-"), (None, None)]
    events = [make_event(actor=one, actor_key=other) for one, other in pairs]
    assert len(set(digests(events_table(events)).to_pylist())) == len(pairs)


# Batches -------------------------------------------------------------------------------------


def test_a_batch_takes_its_schema_only() -> None:
    events = events_table([make_event()])
    with pytest.raises(TypeError, match="BATCH_SCHEMA"):
        EventBatch(events=events, cursor=None)
    assert EventBatch(events=batch_table(events), cursor=None).events.num_rows == 1


@given(st.lists(EVENTS, max_size=3))
def test_a_batch_is_the_same_from_events_and_from_columns(events: list[EpisodicEvent]) -> None:
    table = batch_table(events)
    assert table.schema.equals(BATCH_SCHEMA)
    assert table.equals(batch_table(events_table(events)))
    assert table.equals(batch_table(table))
