"""Whatever was written, erased and lifted, the stores agree on what is left."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from resources.stores.base import EpisodicStore, EventFilter
from resources.stores.memory import MemoryStore
from resources.stores.postgres import open_postgres
from sources.event import EpisodicEvent
from tests.support.erased import ADA, BOB
from tests.support.events import (
    MARCH,
    comparable,
    make_event,
)
from tests.support.store_histories import few_examples

KEYS = st.sampled_from([ADA, BOB, None])
WORDS = st.sampled_from(["marigold", "rose", f"{ADA}: marigold"])


@st.composite
def written(draw: st.DrawFn, source_id: str) -> EpisodicEvent:
    return make_event(
        draw(st.sampled_from("abcd")),
        source_id=source_id,
        actor=draw(st.sampled_from([None, ADA, "Bob"])),
        actor_key=draw(KEYS),
        title=draw(WORDS),
        body=draw(st.none() | WORDS),
        session_id=draw(WORDS),
        subject=draw(WORDS),
        scope=draw(st.none() | WORDS),
        attributes=draw(st.sampled_from([{}, {"author_email": ADA}, {"note": "marigold"}])),
        revised_at=draw(st.none() | st.just(MARCH)),
    )


def play(store: EpisodicStore, source_id: str, steps: list[Any]) -> list[Any]:
    """Write events, erase and lift; gives what is held after each step."""
    said: list[Any] = []
    names: dict[str, str] = {}
    for step in steps:
        if isinstance(step, list):
            said.append(store.batch_record_events(step).to_json())
        elif step == "erase":
            done = store.erase(ADA, source_id)
            names.setdefault(done.pseudonym, f"erased {len(names)}")
            said.append((done.events, done.revisions))
        else:
            said.append(store.lift_erasure(ADA, source_id))
        said.append([told(item, names) for item in content(store, source_id)])
    return said


def content(store: EpisodicStore, source_id: str) -> list[dict[str, Any]]:
    rows = store.get_events_table(EventFilter(source=source_id, retracted=True))
    earlier = [
        item
        for key in sorted(map(str, rows.column("event_id").to_pylist()))
        for item in comparable(store.revisions(key), "replaced_at")
    ]
    return [*comparable(rows), *earlier]


def told(item: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A row without what chance chose: pseudonyms, hashed sessions, and digests over them."""
    session = item["session_id"]
    return {
        **item,
        "actor_key": names.get(item["actor_key"], item["actor_key"]),
        "session_id": "hashed" if session.startswith("erased-") else session,
        "digest": None,
    }


@few_examples
@given(data=st.data())
def test_memory_and_postgresql_agree_on_what_is_left(
    data: st.DataObject, database_url: str, source_names: Iterator[str]
) -> None:
    source_id = next(source_names)
    step = st.lists(written(source_id), max_size=5) | st.sampled_from(["erase", "erase", "lift"])
    steps = data.draw(st.lists(step, min_size=2, max_size=7))
    with MemoryStore() as memory, open_postgres(database_url) as postgres:
        assert play(postgres, source_id, steps) == play(memory, source_id, steps)
        postgres.erase(ADA, source_id)
        left = [
            item
            for item in content(postgres, source_id)
            if item["actor_key"] == ADA or item["attributes"].get("author_email") == ADA
        ]
        assert left == []
        postgres.lift_erasure(ADA, source_id)
