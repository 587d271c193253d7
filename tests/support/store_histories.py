"""Random histories of a store: passes, batches and claims that collide."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from resources.stores.base import EpisodicStore, EventFilter, WritePass
from resources.stores.report import WriteReport
from sources.batch import CompleteScope, Coverage, EventBatch, QuarantineRecord
from sources.event import EpisodicEvent, FileChange
from tests.support.events import APRIL, MARCH, comparable, make_batch, make_event, make_request

few_examples = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""As many as two stores can be held against each other by in a few seconds."""

NATIVES = st.sampled_from("abcdef")
MOMENTS = st.integers(0, 4).map(lambda month: MARCH + timedelta(days=31 * month))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
EPOCHS = [None, None, None, *(f"aaaaaaaa-0000-4000-8000-{number:012}" for number in (1, 2))]
CLAIMS = st.builds(
    CompleteScope,
    kinds=st.just(("git.commit",)),
    scope=st.sampled_from([None, None, "main"]),
    since=st.none() | MOMENTS,
    until=st.none() | MOMENTS,
    subject=st.sampled_from([None, None, "a", "b"]),
    sessions=st.sampled_from([None, None, ("s1", "s1"), ("s1", "s2")]),
    but_sessions=st.sampled_from([(), ("s2",)]),
    few=st.integers(0, 2),
    within=st.sampled_from(["pass", "batch"]),
    proven=st.booleans(),
)
SPANS = st.builds(
    Coverage,
    state=st.sampled_from(["whole", "partial", "missing"]),
    since=st.none() | MOMENTS,
    until=st.none() | MOMENTS,
).filter(lambda span: span.since is None or span.until is None or span.since < span.until)


@dataclass(frozen=True, kw_only=True)
class Played:
    """One pass, and what is recorded after it.

    Attributes:
        begun: how it is begun.
        written: its batches; ``None``: it begins again from nothing.
        finished: whether it comes to its end, or is paused.
        recorded: events that come outside of passes.
    """

    begun: dict[str, Any]
    written: list[EventBatch | None]
    finished: bool
    recorded: list[EpisodicEvent]


@st.composite
def events(draw: st.DrawFn, source_id: str) -> Any:
    """One event of few identities and times, so that histories collide."""
    files = st.lists(st.builds(FileChange, path=TEXTS, change=st.just("M")), max_size=2)
    return make_event(
        draw(NATIVES),
        source_id=source_id,
        occurred_at=draw(MOMENTS),
        title=draw(st.sampled_from(["one", "two"])),
        revised_at=draw(st.none() | MOMENTS),
        body=draw(st.none() | TEXTS),
        files=draw(st.none() | files.map(tuple)),
        refs=tuple(draw(st.lists(TEXTS, max_size=2))),
        attributes=draw(st.dictionaries(TEXTS, st.integers() | TEXTS | st.none(), max_size=2)),
        scope=draw(st.sampled_from([None, "main", "dev"])),
        session_id=draw(st.sampled_from(["s1", "s2", "s3"])),
        retracted_at=draw(st.sampled_from([None, None, MARCH])),
    )


@st.composite
def batches(draw: st.DrawFn, source_id: str) -> EventBatch:
    """Events, twins among them, with retractions, bad records and claims."""
    ids = {native: make_event(native, source_id=source_id).event_id for native in "abcdef"}
    bad = draw(st.lists(NATIVES, max_size=1))
    return make_batch(
        *draw(st.lists(events(source_id), max_size=6)),
        cursor={"at": draw(st.integers(0, 9))},
        retracted=[ids[native] for native in draw(st.lists(NATIVES, max_size=2))],
        quarantined=[
            QuarantineRecord(locator=native, reason="bad", event_id=ids[native]) for native in bad
        ],
        complete=draw(st.lists(CLAIMS, max_size=2)),
        coverage=draw(st.lists(SPANS, max_size=2)),
        standing=draw(st.none() | st.just(APRIL)),
    )


@st.composite
def histories(draw: st.DrawFn, source_id: str) -> list[Played]:
    """Passes of one source, some of them paused, with events in between."""
    kinds = [
        {"kind": "sync", "grain": "month"},
        {"kind": "sync", "grain": "month"},
        {"kind": "sync", "grain": "day"},
        {"kind": "refresh", "grain": "month"},
        {"kind": "refresh", "grain": "month", "window": "2024-03"},
        {"kind": "refresh", "grain": "month", "window": "2024-04"},
        {"kind": "refresh", "grain": "day", "window": "2024-03-09"},
    ]
    begun = st.builds(
        lambda kind, **others: {**kind, **others},
        st.sampled_from(kinds),
        fingerprint=st.sampled_from(["f", "f", "f", "g"]),
        epoch=st.sampled_from(EPOCHS),
        start_cursor=st.sampled_from([None, {"at": 3}]),
        accept_retractions=st.booleans(),
    )
    played = st.builds(
        Played,
        begun=begun,
        written=st.lists(batches(source_id) | st.none(), max_size=3),
        finished=st.booleans(),
        recorded=st.lists(events(source_id), max_size=2),
    )
    return draw(st.lists(played, min_size=1, max_size=4))


def play(store: EpisodicStore, source_id: str, history: list[Played]) -> list[Any]:
    """Do it all; gives what the store said, and what it held after each pass."""
    said: list[Any] = []
    for played in history:
        request = make_request(source_id=source_id, **played.begun)
        with store.begin_pass(request) as writing:
            said.append((writing.cursor, writing.full))
            said += [take(writing, batch) for batch in played.written]
            if played.finished:
                said.append(told(writing.finish()))
        said.append(told(store.batch_record_events(played.recorded)))
        said.append(content(store, source_id))
    return said


def take(writing: WritePass, batch: EventBatch | None) -> dict[str, Any]:
    """Write a batch, or begin again from nothing."""
    if batch is not None:
        return told(writing.write(batch))
    writing.restart()
    return {"cursor": writing.cursor, "full": writing.full}


def told(report: WriteReport) -> dict[str, Any]:
    """A report, but for the words that each store has for a claim it skipped."""
    return {**report.to_json(), "skipped": len(report.skipped_claims)}


def content(store: EpisodicStore, source_id: str) -> dict[str, Any]:
    everything = store.get_events_table(EventFilter(source=source_id, retracted=True))
    ids = everything.column("event_id").to_pylist()
    revisions = {key: store.revisions(str(key)).column("title").to_pylist() for key in ids}
    state = store.state(source_id)
    return {
        "live": comparable(store.get_events_table(EventFilter(source=source_id)), "retracted_at"),
        "all": comparable(everything, "retracted_at"),
        "revisions": revisions,
        "withdrawn": sorted(
            (one.event_id, one.after is None) for one in store.withdrawals(source_id)
        ),
        "quarantine": sorted((q.locator, q.attempts) for q in store.quarantine(source_id)),
        "dirty": [item.window for item in store.dirty_windows("lake", source_id)],
        "counts": store.window_counts(source_id),
        "coverage": [(item.window, item.state) for item in store.coverage(source_id)],
        "source": store.read_source(source_id),
        "progress": state and (state.cursor, state.fingerprint, state.pass_id is None),
    }
