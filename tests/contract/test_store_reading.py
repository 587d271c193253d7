"""Every store: filters, search, sessions, counts over time, what is held of each source."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from resources.stores.base import STORED_SCHEMA, EpisodicStore, EventFilter
from sources.batch import QuarantineRecord
from sources.errors import StoreError
from sources.event import table_events
from tests.support.events import APRIL, MARCH, SOURCE, make_batch, make_event, natives, write

EVENTS = [
    make_event("1", title="Mend the parser", body="A stray comma broke quoted fields", actor="Ada"),
    make_event(
        "2",
        title="Quarterly report",
        body="The parser is quick now",
        actor="Grace",
        actor_key="grace@example.org",
        occurred_at=APRIL,
        session_id="grace 2024-04-02",
    ),
    make_event(
        "3",
        title="Release v2.1",
        body="Numbers: report quarterly, never weekly",
        kind="git.tag",
        actor="ADA",
        occurred_at=APRIL + timedelta(seconds=1),
    ),
    make_event("4", title="Overview", body=None, source_id="other", kind="github.release"),
]


def fill(store: EpisodicStore) -> EpisodicStore:
    write(store, make_batch(*EVENTS[:3]))
    write(store, make_batch(EVENTS[3]), source_id="other", source_type="github")
    return store


@pytest.fixture(scope="module")
def filled(shared_store: EpisodicStore) -> EpisodicStore:
    """The events, only to be read."""
    return fill(shared_store)


@pytest.fixture
def own(store: EpisodicStore) -> EpisodicStore:
    """The events, for one test that writes more."""
    return fill(store)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ["4", "1", "2", "3"]),
        ({"since": APRIL}, ["2", "3"]),
        ({"until": APRIL}, ["4", "1"]),
        ({"since": APRIL, "until": APRIL + timedelta(seconds=1)}, ["2"]),
        ({"source": SOURCE}, ["1", "2", "3"]),
        ({"source": "unknown"}, []),
        ({"kind": "git.tag"}, ["3"]),
        ({"kind": "git.*"}, ["1", "2", "3"]),
        ({"kind": "git*"}, ["4", "1", "2", "3"]),
        ({"kind": "git_*"}, []),
        ({"kind": "%"}, []),
        ({"kind": "git"}, []),
        ({"actor": "ada"}, ["1", "3"]),
        ({"actor": "GRACE@example.org"}, ["2"]),
        ({"actor": "a%"}, []),
        ({"source": SOURCE, "kind": "git.commit", "actor": "grace"}, ["2"]),
    ],
)
def test_every_condition_that_is_set_must_hold(
    filled: EpisodicStore, conditions: dict[str, Any], expected: list[str]
) -> None:
    found = filled.get_events(**conditions)
    assert sorted(event.subject for event in found) == sorted(expected)
    assert [event.occurred_at for event in found] == sorted(event.occurred_at for event in found)
    assert filled.count(EventFilter(**conditions)) == len(expected)


def test_events_come_oldest_first_and_limited(filled: EpisodicStore) -> None:
    assert [event.subject for event in filled.get_events(source=SOURCE, limit=2)] == ["1", "2"]
    assert filled.get_events(limit=0) == []


def test_tables_hold_the_stored_columns(filled: EpisodicStore) -> None:
    table = filled.get_events(as_table=True)
    assert table.schema.equals(STORED_SCHEMA)
    assert table_events(table) == filled.get_events()
    assert len(table.to_pandas()) == 4
    empty = filled.get_events_table(EventFilter(source="unknown"))
    assert empty.schema.equals(STORED_SCHEMA)


def test_a_time_zone_in_a_condition_does_not_matter(filled: EpisodicStore) -> None:
    east = APRIL.astimezone(datetime.now().astimezone().tzinfo)
    assert filled.get_events(since=east) == filled.get_events(since=APRIL)


def test_a_session_is_given_whole_and_in_order(own: EpisodicStore) -> None:
    found = own.get_events_by_session("grace 2024-04-02")
    assert [event.subject for event in found] == ["2"]
    table = own.get_events_by_session(EVENTS[0].session_id, as_table=True)
    assert sorted(natives(table)) == ["1", "3", "4"]
    assert natives(table)[-1] == "3"
    write(own, make_batch(retracted=[EVENTS[0].event_id]))
    assert sorted(natives(own.get_session_table(EVENTS[0].session_id))) == ["3", "4"]
    assert own.get_events_by_session("unknown") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("parser", ["1", "2"]),
        ("PARSER", ["1", "2"]),
        ("mend parser", ["1"]),
        ('"quarterly report"', ["2"]),
        ("quarterly report", ["2", "3"]),
        ('"report quarterly" weekly', ["3"]),
        ("parser -comma", ["2"]),
        ("comma or weekly", ["1", "3"]),
        ('comma or "the parser is"', ["1", "2"]),
        ("absent", []),
        ("weekly comma", []),
        ("", []),
        ("\" ' & | ! :* (", []),
        ("'; drop table events; --", []),
    ],
)
def test_words_and_phrases_are_found(
    filled: EpisodicStore, query: str, expected: list[str]
) -> None:
    assert filled.search_ready()
    found = filled.search_events(query)
    assert sorted(event.subject for event in found) == expected


def test_search_takes_filters_and_a_limit(filled: EpisodicStore) -> None:
    assert natives(filled.search_table("parser", EventFilter(since=APRIL))) == ["2"]
    assert natives(filled.search_table("overview", EventFilter(source=SOURCE))) == []
    assert len(filled.search_events("parser", limit=1)) == 1
    table = filled.search_events("parser", where=EventFilter(actor="ada"), as_table=True)
    assert natives(table) == ["1"]
    assert table.schema.equals(STORED_SCHEMA)


def test_search_finds_no_withdrawn_events(own: EpisodicStore) -> None:
    write(own, make_batch(retracted=[EVENTS[0].event_id]))
    assert natives(own.search_table("parser")) == ["2"]
    assert sorted(natives(own.search_table("parser", EventFilter(retracted=True)))) == [
        "1",
        "2",
    ]


def test_search_finds_people_places_and_links_but_no_requests(own: EpisodicStore) -> None:
    own.record_event(make_event("5", actor="Hopper", scope="quicksand", refs=("issue:Zeta",)))
    own.record_event(make_event("6", kind="http.request", title="GET /quicksand"))
    for word in ("hopper", "quicksand", "zeta"):
        assert [event.subject for event in own.search_events(word)] == ["5"]


def test_search_follows_revisions(own: EpisodicStore) -> None:
    write(own, make_batch(make_event("1", title="Mend the lexer")))
    assert natives(own.search_table("parser")) == ["2"]
    assert natives(own.search_table("lexer")) == ["1"]


def test_a_title_counts_for_more_than_a_body(own: EpisodicStore) -> None:
    write(
        own,
        make_batch(
            make_event("in body", title="Something", body="otter"),
            make_event("in title", title="Otter", body="something"),
        ),
    )
    assert natives(own.search_table("otter")) == ["in title", "in body"]


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.to_pylist()]


def test_the_timeline_counts_per_span_source_and_kind(filled: EpisodicStore) -> None:
    march, april = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
    table = filled.timeline()
    assert table.column_names == ["bucket", "source_id", "kind", "events"]
    assert rows(table) == [
        (march, SOURCE, "git.commit", 1),
        (march, "other", "github.release", 1),
        (april, SOURCE, "git.commit", 1),
        (april, SOURCE, "git.tag", 1),
    ]
    assert table.schema.field("bucket").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("events").type == pa.int64()


@pytest.mark.parametrize(
    ("grain", "bucket"),
    [
        ("hour", datetime(2024, 3, 9, 12, tzinfo=UTC)),
        ("day", datetime(2024, 3, 9, tzinfo=UTC)),
        ("week", datetime(2024, 3, 4, tzinfo=UTC)),
        ("month", datetime(2024, 3, 1, tzinfo=UTC)),
        ("year", datetime(2024, 1, 1, tzinfo=UTC)),
    ],
)
def test_spans_of_the_timeline_begin_in_utc(
    filled: EpisodicStore, grain: str, bucket: datetime
) -> None:
    where = EventFilter(source="other")
    assert rows(filled.timeline(where, grain=grain)) == [(bucket, "other", "github.release", 1)]
    nothing = filled.timeline(EventFilter(source="unknown"), grain=grain)
    assert nothing.num_rows == 0


def test_an_unknown_span_is_refused(filled: EpisodicStore) -> None:
    with pytest.raises((StoreError, ValueError), match="fortnight"):
        filled.timeline(grain="fortnight")


def test_each_source_is_described(own: EpisodicStore) -> None:
    bad = QuarantineRecord(locator="1", reason="broken")
    write(
        own,
        make_batch(retracted=[EVENTS[2].event_id], quarantined=[bad], cursor={"at": 1}),
    )
    own.clear_dirty("lake", own.dirty_windows("lake"))
    demo, other = own.sources()
    assert (demo.source_id, demo.source_type, demo.grain) == (SOURCE, "filesystem", "month")
    assert (demo.live, demo.retracted, demo.quarantined) == (2, 1, 1)
    assert (demo.first, demo.last) == (MARCH, APRIL)
    assert demo.dirty.get("announce") == 2
    assert not demo.dirty.get("lake")
    assert demo.state == own.state(SOURCE) is not None
    assert (other.source_id, other.source_type, other.live) == ("other", "github", 1)
