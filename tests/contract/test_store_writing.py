"""Every store: what is written comes back, each event once, with its history."""

import json
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from resources.stores.base import EpisodicStore, EventFilter
from resources.stores.report import WriteReport
from sources.batch import BATCH_SCHEMA, EventBatch, QuarantineRecord, batch_table
from sources.errors import StoreError
from sources.event import EpisodicEvent, FileChange, event_id, events_table, table_events, utc_now
from tests.support.events import (
    APRIL,
    MARCH,
    SOURCE,
    begin,
    comparable,
    make_batch,
    make_event,
    many,
    natives,
    write,
)

FULL: dict[str, Any] = {
    "utc_offset_minutes": -210,
    "actor": "Ada Lovelace",
    "actor_key": "ada@example.org",
    "scope": "main",
    "body": "One\n\nTwo",
    "url": "https://example.org/1?a=b#c",
    "outcome": "merged",
    "duration_ms": 12.5,
    "additions": 2_147_483_647,
    "deletions": 0,
    "files_changed": 2,
    "files": (
        FileChange(path="a b.py", change="M", additions=1, deletions=2),
        FileChange(path='neu\n"ä".bin', old_path="alt\t\\x", change="R"),
    ),
    "refs": ("git:4b825dc", "issue:ABC-12", "a,b;{c}"),
    "attributes": {"merge": False, "n": 1.5, "deep": {"list": [1, None, "x"]}, "ü": '\\ "'},
    "revised_at": APRIL,
}

AWKWARD = [
    "",
    " ",
    "\\N",
    "\\.",
    "NULL",
    'a "quoted", line\r\nand\tanother\\n',
    "{1,2}",
    "'; drop table events; --",
    "e\u0301 \u202e שלום 🎉 \ufeff",
    "\x01\x1b[31m\x7f",
    "%s %(a)s $1",
    "x" * 70_000,
]


def only(store: EpisodicStore) -> EpisodicEvent:
    [event] = store.get_events()
    return event


def test_every_field_comes_back_as_it_went_in(store: EpisodicStore) -> None:
    event = make_event(**FULL)
    store.record_event(event)
    assert only(store) == event


def test_absent_fields_stay_absent(store: EpisodicStore) -> None:
    event = make_event()
    store.record_event(event)
    assert only(store) == event
    assert only(store).files is None


def test_no_files_differs_from_unknown_files(store: EpisodicStore) -> None:
    store.record_event(make_event(files=()))
    assert only(store).files == ()


@pytest.mark.parametrize("text", AWKWARD, ids=lambda text: repr(text[:12]))
def test_awkward_text_survives_in_every_text_field(store: EpisodicStore, text: str) -> None:
    event = make_event(
        session_id=text,
        actor=text,
        actor_key=text,
        subject=text,
        scope=text,
        title=text,
        body=text,
        url=text,
        outcome=text,
        files=(FileChange(path=text, old_path=text, change="R"),),
        refs=(text, text),
        attributes={text: [text]},
    )
    store.record_event(event)
    assert only(store) == event


def test_text_no_database_can_hold_gives_way_to_replacement_signs(store: EpisodicStore) -> None:
    store.record_event(make_event(title="a\0b", body="\ud800", attributes={"k\0": "\udfff"}))
    event = only(store)
    assert (event.title, event.body) == ("a\ufffdb", "\ufffd")
    assert event.attributes == {"k\ufffd": "\ufffd"}


def test_large_records_are_kept_whole(store: EpisodicStore) -> None:
    body = "word " * 400_000
    files = tuple(FileChange(path=f"dir/{n}.py", change="A", additions=n) for n in range(10_000))
    store.record_event(make_event(body=body, files=files, files_changed=len(files)))
    event = only(store)
    assert event.body == body
    assert event.files == files


def test_times_keep_their_microseconds_and_come_in_utc(store: EpisodicStore) -> None:
    moment = MARCH.replace(microsecond=999_999)
    store.record_event(make_event(occurred_at=moment))
    assert only(store).occurred_at == moment
    assert only(store).occurred_at.utcoffset() == timedelta(0)


def test_dates_far_away_are_kept(store: EpisodicStore) -> None:
    early, late = MARCH.replace(year=1970), MARCH.replace(year=2099)
    store.batch_record_events(
        [make_event("early", occurred_at=early), make_event("late", occurred_at=late)]
    )
    assert natives(store.get_events(as_table=True)) == ["early", "late"]
    windows = store.get_events(as_table=True).column("window").to_pylist()
    assert windows == ["2000-01", f"{utc_now():%Y-%m}"]


def test_the_digest_of_the_batch_is_the_digest_stored(store: EpisodicStore) -> None:
    event = make_event(attributes={"z": 1e3, "a": 2})
    write(store, make_batch(event))
    stored = store.get_events_table().column("digest").to_pylist()
    assert stored == batch_table([event]).column("digest").to_pylist()


def test_second_writing_keeps_one(store: EpisodicStore) -> None:
    events = [make_event("1"), make_event("2", occurred_at=APRIL)]
    assert store.batch_record_events(events) == WriteReport(
        new=2, windows=frozenset({"2024-03", "2024-04"})
    )
    again = store.batch_record_events([*events, make_event("3")])
    assert again == WriteReport(new=1, unchanged=2, windows=frozenset({"2024-03"}))
    assert store.count() == 3


def test_twins_in_one_batch_are_one_and_both_are_counted(store: EpisodicStore) -> None:
    twins = [
        make_event(title="newer", revised_at=APRIL),
        make_event(title="older", revised_at=MARCH),
        make_event(title="none"),
    ]
    report = write(store, make_batch(*twins))
    assert (report.new, report.received) == (1, 3)
    assert only(store).title == "newer"


def test_of_equal_twins_the_last_is_kept(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(title="first"), make_event(title="last")))
    assert only(store).title == "last"


@pytest.mark.parametrize(
    ("before", "after", "wins"),
    [
        (MARCH, APRIL, True),
        (MARCH, MARCH, True),
        (APRIL, MARCH, False),
        (None, None, True),
        (None, MARCH, True),
        (MARCH, None, False),
    ],
)
def test_newer_or_equal_revision_wins(
    store: EpisodicStore, before: Any, after: Any, *, wins: bool
) -> None:
    store.record_event(make_event(title="before", revised_at=before))
    report = store.record_event(make_event(title="after", revised_at=after))
    assert only(store).title == ("after" if wins else "before")
    assert (report.revised, report.unchanged) == ((1, 0) if wins else (0, 1))


def test_a_revision_replaces_every_field(store: EpisodicStore) -> None:
    store.record_event(make_event(**FULL))
    revised = make_event(revised_at=APRIL, files=(FileChange(path="new", change="A"),))
    store.record_event(revised)
    assert only(store) == revised


def test_what_a_revision_replaces_is_kept(store: EpisodicStore) -> None:
    for title in ("one", "two", "three"):
        store.record_event(make_event(title=title, **{k: FULL[k] for k in ("files", "refs")}))
    earlier = store.revisions(make_event().event_id)
    assert earlier.column("title").to_pylist() == ["one", "two"]
    assert table_events(earlier)[0].files == FULL["files"]
    first, second = earlier.column("replaced_at").to_numpy()
    assert first <= second
    assert store.revisions(event_id(SOURCE, "git.commit", "unknown")).num_rows == 0


def test_a_revision_keeps_when_the_event_was_first_seen(store: EpisodicStore) -> None:
    store.record_event(make_event(title="one"))
    seen = store.get_events_table().column("observed_at").to_pylist()
    store.record_event(make_event(title="two"))
    assert store.get_events_table().column("observed_at").to_pylist() == seen


def test_as_of_gives_what_was_known_then(store: EpisodicStore) -> None:
    nothing = utc_now()
    write(store, make_batch(make_event(title="one"), make_event("2")))
    first = utc_now()
    write(store, make_batch(make_event(title="two"), retracted=[make_event("2").event_id]))
    second = utc_now()
    write(store, make_batch(make_event("2", title="back")))

    def titles(moment: Any) -> set[str]:
        return {event.title for event in store.get_events(as_of=moment)}

    assert titles(nothing) == set()
    assert titles(first) == {"one", "Event 2"}
    assert titles(second) == {"two"}
    assert titles(utc_now()) == {"two", "back"}
    assert store.count(EventFilter(as_of=second)) == 1


def test_a_retracted_event_is_gone_but_remembered(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1"), make_event("2")))
    retracted = make_event("1").event_id
    unknown = make_event("9").event_id
    report = write(store, make_batch(retracted=[retracted, retracted, unknown]))
    assert report == WriteReport(retracted=1, windows=frozenset({"2024-03"}))
    assert natives(store.get_events_table()) == ["2"]
    everything = store.get_events_table(EventFilter(retracted=True))
    assert sorted(natives(everything)) == ["1", "2"]
    assert write(store, make_batch(retracted=[retracted])) == WriteReport()


def test_a_pass_retracts_only_its_own_source(store: EpisodicStore) -> None:
    other = make_event(source_id="other")
    store.record_event(other)
    write(store, make_batch(retracted=[other.event_id]))
    assert store.count() == 1


def test_a_record_that_comes_back_is_revived(store: EpisodicStore) -> None:
    event = make_event(**FULL)
    write(store, make_batch(event))
    write(store, make_batch(retracted=[event.event_id]))
    report = write(store, make_batch(event))
    assert (report.new, report.revised, report.unchanged) == (0, 1, 0)
    assert report.windows == {"2024-03"}
    assert only(store) == event


def test_events_of_unchanging_kinds_are_known_by_their_id(store: EpisodicStore) -> None:
    def lines(*natives: str, title: str = "GET /") -> EventBatch:
        table = events_table(make_event(n, kind="http.request", title=title) for n in natives)
        digests = pa.nulls(table.num_rows, BATCH_SCHEMA.field("digest").type)
        events = table.append_column(BATCH_SCHEMA.field("digest"), digests)
        return EventBatch(events=events, cursor=None)

    assert write(store, lines("1", "2")).new == 2
    report = write(store, lines("2", "3", "3", title="other"))
    assert (report.new, report.unchanged) == (1, 2)
    assert {event.title for event in store.get_events()} == {"GET /", "other"}
    write(store, make_batch(retracted=[make_event("1", kind="http.request").event_id]))
    assert write(store, lines("1")).revised == 1
    assert store.count() == 3


def test_an_event_may_move_to_another_window(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(occurred_at=MARCH)))
    report = write(store, make_batch(make_event(occurred_at=APRIL)))
    assert report.windows == {"2024-03", "2024-04"}
    assert store.window_counts(SOURCE) == {"2024-04": 1}


def test_a_batch_is_kept_whole_or_not_at_all(store: EpisodicStore) -> None:
    before = make_event("kept")
    write(store, make_batch(before, cursor={"at": 1}))
    marks = store.dirty_windows("lake")
    broken = make_event("broken")
    table = batch_table([make_event("new"), make_event("kept", title="changed"), broken])
    ids = table.column("event_id").to_pylist()
    ids[2] = "no uuid"
    column = table.schema.get_field_index("event_id")
    table = table.set_column(column, table.schema.field(column), [ids])
    bad = QuarantineRecord(locator="x:1", reason="broken")
    with begin(store) as writing, pytest.raises(StoreError, match=SOURCE):
        writing.write(
            EventBatch(
                events=table,
                cursor={"at": 2},
                retracted=[before.event_id],
                quarantined=[bad],
            )
        )
    assert store.get_events() == [before]
    assert store.revisions(before.event_id).num_rows == 0
    assert store.quarantine() == []
    assert store.dirty_windows("lake") == marks
    state = store.state(SOURCE)
    assert state is not None
    assert state.cursor == {"at": 1}


def test_a_pass_goes_on_after_a_refused_batch(store: EpisodicStore) -> None:
    table = batch_table([make_event()])
    refused = table.set_column(0, table.schema.field(0), [["no uuid"]])
    with begin(store) as writing:
        with pytest.raises(StoreError):
            writing.write(EventBatch(events=refused, cursor=None))
        writing.write(make_batch(make_event("2")))
        writing.finish()
    assert natives(store.get_events_table()) == ["2"]


def test_an_error_holds_nothing_of_the_content(store: EpisodicStore) -> None:
    table = batch_table([make_event(body="hunter2", attributes={"token": "hunter2"})])
    table = table.set_column(0, table.schema.field(0), [["no uuid"]])
    with begin(store) as writing, pytest.raises(StoreError) as caught:
        writing.write(EventBatch(events=table, cursor=None))
    assert "hunter2" not in str(caught.value)


def test_bad_records_wait_in_quarantine(store: EpisodicStore) -> None:
    bad = QuarantineRecord(locator="a.log:12", reason="no time", raw=b"\xff\0\\x41 raw")
    report = write(store, make_batch(quarantined=[bad]))
    assert report.quarantined == 1
    [row] = store.quarantine(SOURCE)
    assert (row.locator, row.reason, row.raw) == (bad.locator, bad.reason, bad.raw)
    again = QuarantineRecord(locator="a.log:12", reason="still no time", raw=b"raw")
    write(store, make_batch(quarantined=[again]))
    [second] = store.quarantine()
    assert (second.reason, second.attempts) == ("still no time", row.attempts + 1)
    assert second.first_seen == row.first_seen
    assert store.quarantine("other") == []


def test_records_of_some_reasons_are_counted_and_left_out(store: EpisodicStore) -> None:
    reasons = ("no time", "aside", "aside", "other")
    bad = [
        QuarantineRecord(locator=f"a.log:{place}", reason=reason)
        for place, reason in enumerate(reasons)
    ]
    write(store, make_batch(quarantined=bad))
    assert store.count_quarantined(SOURCE, ["aside"]) == 2
    assert store.count_quarantined(SOURCE, ["aside", "other", "none"]) == 3
    assert store.count_quarantined(SOURCE, []) == store.count_quarantined("other", ["aside"]) == 0
    for newest in (True, False):
        left = store.quarantine(SOURCE, asides=["aside"], newest=newest)
        assert [row.locator for row in left] == ["a.log:0", "a.log:3"]
    assert len(store.quarantine(limit=1, asides=["no time"])) == 1


def test_quarantine_ends_when_its_event_is_stored(store: EpisodicStore) -> None:
    event = make_event()
    bad = QuarantineRecord(locator="1", reason="broken", event_id=event.event_id)
    other = QuarantineRecord(locator="2", reason="broken", event_id=make_event("2").event_id)
    write(store, make_batch(quarantined=[bad, other]))
    write(store, make_batch(event))
    assert [row.locator for row in store.quarantine()] == ["2"]


def test_quarantine_comes_newest_first_and_limited(store: EpisodicStore) -> None:
    for number in range(3):
        bad = QuarantineRecord(locator=str(number), reason="broken")
        write(store, make_batch(quarantined=[bad]))
    assert [row.locator for row in store.quarantine(limit=2)] == ["2", "1"]
    assert store.quarantined_locators(SOURCE) == ["2", "1", "0"]
    assert store.quarantined_locators("other") == []


def test_quarantine_names_what_came_first(store: EpisodicStore) -> None:
    for places in (("log:300", "log:20", "log:1000"), ("a:1",)):
        bad = [QuarantineRecord(locator=place, reason="broken") for place in places]
        write(store, make_batch(quarantined=bad))
    first = store.quarantine(SOURCE, newest=False, limit=3)
    assert [row.locator for row in first] == ["log:20", "log:300", "log:1000"]


def test_events_outside_a_pass_move_no_progress(store: EpisodicStore) -> None:
    write(store, make_batch(make_event("1"), cursor={"at": 1}))
    before = store.state(SOURCE)
    store.batch_record_events([make_event("2"), make_event(source_id="other")])
    assert store.state(SOURCE) == before
    assert store.state("other") is None
    assert [source.source_id for source in store.sources()] == [SOURCE, "other"]
    assert store.batch_record_events([]) == WriteReport()


def test_a_removed_source_leaves_marks_for_the_lake_only(store: EpisodicStore) -> None:
    kept = make_event(source_id="other")
    store.record_event(kept)
    bad = QuarantineRecord(locator="1", reason="broken")
    batch = make_batch(
        make_event("1"), make_event("2", occurred_at=APRIL), cursor={"at": 1}, quarantined=[bad]
    )
    write(store, batch)
    write(store, make_batch(make_event("1", title="revised"), cursor={"at": 2}))
    write(store, make_batch(retracted=[make_event("2").event_id], cursor={"at": 3}))
    store.clear_dirty("lake", store.dirty_windows("lake"))
    assert store.remove_source(SOURCE) == 2
    assert store.get_events() == [kept]
    assert store.revisions(make_event("1").event_id).num_rows == 0
    assert store.state(SOURCE) is None
    assert store.quarantine(SOURCE) == []
    assert store.coverage(SOURCE) == []
    assert [source.source_id for source in store.sources()] == ["other"]
    assert "2024-03" in [item.window for item in store.dirty_windows("lake", SOURCE)]
    assert store.remove_source(SOURCE) == 0


def test_a_removed_source_starts_from_nothing(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(), cursor={"at": 1}))
    store.remove_source(SOURCE)
    with begin(store) as writing:
        assert (writing.cursor, writing.full) == (None, True)
        assert writing.write(make_batch(make_event())).new == 1


def test_rows_of_a_lake_are_put_back_as_they_are(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(**FULL), *many(5, kind="git.tag")), grain="day")
    rows = store.get_events_table()
    store.remove_source(SOURCE)
    assert store.load_rows(iter(rows.to_batches(max_chunksize=2)), source_type="filesystem") == 6
    restored = store.get_events_table()
    assert restored.column("observed_at").equals(rows.column("observed_at"))
    assert comparable(restored) == comparable(rows)
    assert [item.window for item in store.dirty_windows("announce")] == ["2024-03-09"]
    assert store.load_rows(iter(rows.to_batches()), source_type="filesystem") == 0
    assert store.state(SOURCE) is None
    again = write(store, make_batch(make_event(**FULL)), grain="day")
    assert (again.new, again.revised, again.unchanged) == (0, 0, 1)


def test_attributes_stay_one_json_object(store: EpisodicStore) -> None:
    store.record_event(make_event(attributes={"big": 2**60, "small": 1e-7, "none": None}))
    [row] = store.get_events_table().to_pylist()
    assert json.loads(row["attributes"]) == {"big": 2**60, "small": 1e-7, "none": None}


def write_attributes(store: EpisodicStore, *texts: str) -> WriteReport:
    """Write events as a columnar source does, whose attributes no code has looked at."""
    table = batch_table(many(len(texts)))
    index = table.schema.get_field_index("attributes")
    return write(
        store,
        EventBatch(
            events=table.set_column(index, table.schema.field(index), [list(texts)]), cursor=None
        ),
    )


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1e200000", "1e200000"),
        ("-1E+400", "-1E+400"),
        ("1e-20000", "1e-20000"),
        ("9" * 200_000, "9" * 200_000),
        ("-" + "7" * 400, "-" + "7" * 400),
        ("9" * 250 + "e99", "9" * 250 + "e99"),
        ("0." + "1" * 20_000, float("0." + "1" * 20_000)),
        ("0.0e-999", 0.0),
        ("NaN", None),
        ("-Infinity", None),
        ('"' + "[{" * 300 + '"', "[{" * 300),
        ('"1e200000"', "1e200000"),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_what_no_store_can_hold_of_json_costs_no_batch(
    store: EpisodicStore, text: str, read: Any
) -> None:
    assert write_attributes(store, f'{{"n":{text}}}', f'{{"in":[1, {text}]}}', "{}").new == 3
    attributes = {event.subject: event.attributes for event in store.get_events()}
    assert attributes == {"0": {"n": read}, "1": {"in": [1, read]}, "2": {}}


@pytest.mark.parametrize("depth", [199, 200, 900, 20_000])
def test_what_is_nested_too_deep_is_kept_as_text(store: EpisodicStore, depth: int) -> None:
    write_attributes(store, '{"n":' + "[" * depth + '"]"' + "]" * depth + "}")
    value = only(store).attributes["n"]
    for _ in range(min(depth, 199)):
        [value] = value
    assert value == ("]" if depth < 200 else "[" * (depth - 199) + '"]"' + "]" * (depth - 199))


def test_what_is_no_json_object_is_refused_however_odd(store: EpisodicStore) -> None:
    for text in ("NaN", '{"n":1e999', "[" * 5_000, '{"n":' + "9" * 5_000):
        with pytest.raises(StoreError, match=SOURCE):
            write_attributes(store, text)
    assert store.count() == 0


def test_numbers_too_long_for_json_are_kept_as_text(store: EpisodicStore) -> None:
    store.record_event(make_event(attributes={"n": 10**5_000, "m": [-(10**400)]}))
    assert only(store).attributes == {"n": f"1{'0' * 5_000}", "m": [f"-1{'0' * 400}"]}
