"""Erasing in PostgreSQL: nothing of the text in any table, whoever writes meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.stores.lake import Lake
from resources.stores.postgres import open_postgres
from sources.batch import QuarantineRecord
from sources.event import EpisodicEvent, FileChange
from tests.support.databases import execute
from tests.support.erased import ADA, by_ada, dumped, filed, held, holds
from tests.support.events import make_batch, make_event, write
from tests.support.waiting import wait_until

# Letters and digits of any script, with a beginning that stands nowhere by chance.
_SIGNS = st.characters(categories=["L", "N"])
WORDS = st.text(_SIGNS, min_size=3, max_size=6).map("zqxw".__add__)
_NUMBERS = count()


@st.composite
def persons(draw: st.DrawFn) -> tuple[str, list[str], list[EpisodicEvent], QuarantineRecord]:
    """A key, the words of whom it is, events that say them everywhere, and a bad record."""
    source_id = f"source-{next(_NUMBERS)}"
    words = draw(st.lists(WORDS, min_size=8, max_size=8, unique=True))
    name, title, body, path, note, link, old, key = words
    key = f"{key}{draw(st.sampled_from(['', '@example.org', '.x', '-y']))}"
    fields: dict[str, Any] = {
        "source_id": source_id,
        "actor": draw(st.sampled_from([None, name, f"{name} {old}"])),
        "actor_key": key,
        "title": title,
        "body": body,
        "url": f"https://example.org/{link}",
        "session_id": draw(st.sampled_from([f"{key} 2024-03-09", f"{key}/x", "octo/demo#1"])),
        "subject": draw(st.sampled_from([f"GET /{path}", f"refs/heads/{key}", "4b825dc6"])),
        "scope": draw(st.sampled_from([None, key, f"{key}/main", "main"])),
        "refs": (f"issue:{link}",),
        "files": (FileChange(path=path, old_path=old, change="R"),),
        "attributes": {note: body, "list": [title, {"deep": link}]},
    }
    bad = QuarantineRecord(
        locator=f"log/{key}/7",
        reason=f"no {note}",
        raw=f'{{"who":"{key}","what":"{body}"}}'.encode(),
    )
    events = [make_event(native, **fields) for native in "ab"]
    return key, [*words[1:-1], key], events, bad


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(person=persons())
def test_no_word_is_left_in_any_table_or_file(
    person: tuple[str, list[str], list[EpisodicEvent], QuarantineRecord],
    database_url: str,
    tmp_path: Path,
) -> None:
    key, words, events, bad = person
    source_id = events[0].source_id
    lake = Lake(tmp_path / "lake")
    with open_postgres(database_url) as store:
        store.batch_record_events(events)
        store.batch_record_events([replace(event, body="another") for event in events])
        write(store, make_batch(quarantined=[bad]), source_id=source_id)
        lake.rebuild(store)
        before = dumped(database_url) + filed(tmp_path / "lake")
        assert [word for word in words if not holds(before, word)] == []
        store.erase(key, source_id)
        lake.catch_up(store)
        store.clear_erased()
        after = dumped(database_url) + filed(tmp_path / "lake")
        assert [word for word in words if holds(after, word)] == []


def test_whoever_writes_meanwhile_knows(database_url: str) -> None:
    """Writers of known sources and of new ones, none of which a lock of a source could stop."""
    with open_postgres(database_url) as store, ThreadPoolExecutor(5) as pool:
        store.batch_record_events([by_ada("0", source_id="source-0")])

        def work(writer: int) -> None:
            for number in range(40):
                source_id = f"source-{writer}-{number % 7}"
                store.batch_record_events([by_ada(f"{writer}/{number}", source_id=source_id)])

        writing = [pool.submit(work, writer) for writer in range(4)]
        wait_until(lambda: store.count() > 20, 60, "some rows")
        store.erase(ADA)
        for each in writing:
            each.result()
        assert store.count() == 161
        assert [row for row in held(store) if row["title"] != "[erased]"] == []


def test_it_waits_for_a_write_that_does_not_know_yet_and_for_no_backup(database_url: str) -> None:
    table = "relation = 'daybook.erasures'::regclass"
    waits = f"select count(*) from pg_locks where {table} and not granted"
    with (
        open_postgres(database_url) as store,
        closing(psycopg2.connect(database_url)) as writer,
        closing(psycopg2.connect(database_url)) as backup,
        ThreadPoolExecutor(1) as pool,
    ):
        backup.cursor().execute("lock table daybook.erasures in access share mode")
        writer.cursor().execute("lock table daybook.erasures in row share mode")
        erasing = pool.submit(store.erase, ADA)
        wait_until(lambda: execute(database_url, waits) == [(1,)], 60, "the wait")
        assert store.erasures() == []
        writer.rollback()
        assert erasing.result(60).events == 0


@pytest.mark.parametrize("kind", ["refresh", "sync"])
def test_a_record_of_the_largest_size_is_scrubbed(database_url: str, kind: str) -> None:
    raw = b"x " * 4_000 + ADA.encode() + b" marigold"
    bad = QuarantineRecord(locator="log:1", reason="odd", raw=raw)
    with open_postgres(database_url) as store:
        write(store, make_batch(quarantined=[bad]), kind=kind)
        assert store.erase(ADA).quarantined == 1
        assert store.quarantine()[0].raw == b""
