"""Indexes made late, broken ones healed; backups made and put back."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from resources.stores.postgres import backup, open_postgres, restore_backup
from sources.batch import CompleteScope
from sources.errors import ConfigError, StoreError
from tests.support.databases import execute
from tests.support.events import SOURCE, begin, make_batch, make_event, many, natives, write
from tests.support.waiting import wait_until


def test_a_first_load_indexes_after_the_rows(empty_database_url: str) -> None:
    with open_postgres(empty_database_url) as store:
        with begin(store) as writing:
            writing.write(make_batch(*many(5), cursor={"at": 1}))
            assert not store.search_ready()
            assert len(store.search_events("event 3")) == 1, "slower, not poorer"
            writing.finish()
        assert store.search_ready()


def test_misspelt_words_are_found(database_url: str) -> None:
    with open_postgres(database_url) as store:
        write(store, make_batch(make_event("1", title="Mend the scheduler", actor="Grace Hopper")))
        assert natives(store.search_table("shceduler")) == ["1"]
        assert natives(store.search_table("hoper")) == ["1"]
        assert natives(store.search_table("lexicographer")) == []
        assert natives(store.search_table('"shceduler"')) == []


def test_requests_carry_no_full_text(database_url: str) -> None:
    with open_postgres(database_url) as store:
        write(store, make_batch(make_event("1", kind="http.request", title="GET /needle")))
        assert natives(store.search_table("needle")) == []
        assert store.count() == 1


def test_an_index_left_half_made_is_healed(database_url: str) -> None:
    # What a killed CREATE INDEX CONCURRENTLY leaves behind.
    execute(
        database_url,
        "update pg_index set indisvalid = false "
        "where indexrelid = 'daybook.events_search'::regclass",
    )
    with open_postgres(database_url) as store:
        assert store.search_ready()


def test_a_limit_on_statements_does_not_stop_the_indexing(empty_database_url: str) -> None:
    building = (
        "select extract(epoch from now() - query_start)::float from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid() "
        "and query ilike '%create index%' and state = 'active'"
    )
    open_postgres(empty_database_url).close()
    limit = "alter database {} set statement_timeout = '1s'"
    execute(empty_database_url, limit, parse_dsn(empty_database_url)["dbname"])
    with open_postgres(empty_database_url) as store, ThreadPoolExecutor(1) as pool:
        writing = begin(store)
        writing.write(make_batch(*many(5), cursor={"at": 1}))
        # An index waits for whoever might still see the table without it.
        with closing(psycopg2.connect(empty_database_url)) as other, other.cursor() as cursor:
            cursor.execute("lock table daybook.events in row exclusive mode")
            finished = pool.submit(writing.finish)
            wait_until(
                lambda: (
                    finished.done()
                    or any(
                        float(str(age)) > 1.2 for (age,) in execute(empty_database_url, building)
                    )
                ),
                30,
                "an index built for longer than the limit",
            )
        finished.result(timeout=60)
        assert store.search_ready()


def test_a_pass_ends_well_without_its_indexes(
    empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with open_postgres(empty_database_url) as store:
        # As a full disk does, this fails the index and nothing else.
        execute(empty_database_url, "alter function daybook.search_text rename to search_texts")
        assert write(store, make_batch(*many(5), cursor={"at": 1})).new == 5
        assert not store.search_ready()
    assert "the next sync tries again" in caplog.text
    caplog.clear()
    with open_postgres(empty_database_url) as store:
        assert "the next sync tries again" in caplog.text, "half made, and not to be healed"
        assert store.count() == 5
        execute(empty_database_url, "alter function daybook.search_texts rename to search_text")
        write(store)
        assert store.search_ready()


def test_tables_are_analysed_only_once_something_was_built(database_url: str) -> None:
    # As on a server without pg_trgm: one index is missing for ever.
    for statement in (
        "drop extension pg_trgm cascade",
        (
            "create function public.refuse() returns event_trigger language plpgsql as "
            "$$ begin raise exception 'no extensions' using errcode = '42501'; end $$"
        ),
        (
            "create event trigger no_extensions on ddl_command_start "
            "when tag in ('CREATE EXTENSION') execute function public.refuse()"
        ),
    ):
        execute(database_url, statement)
    counted = "select reltuples from pg_class where oid = 'daybook.events'::regclass"
    before = execute(database_url, counted)
    with open_postgres(database_url) as store:
        write(store, make_batch(*many(5), cursor={"at": 1}))
        assert store.search_ready()
    assert execute(database_url, counted) == before


def test_two_may_finish_at_once(empty_database_url: str) -> None:
    with open_postgres(empty_database_url) as store:

        def sync(source_id: str) -> None:
            batch = make_batch(*many(20, source_id=source_id), cursor={"at": 1})
            write(store, batch, source_id=source_id)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(sync, [f"s{number}" for number in range(4)]))
        store.build_indexes()
        assert store.search_ready()
        assert store.count() == 80


def test_a_backup_is_put_back(database_url: str, empty_database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "store.dump"
    with open_postgres(database_url) as store:
        write(store, make_batch(*many(3), cursor={"at": 1}))
        store.clear_dirty("lake", store.dirty_windows("lake"))
        before = (store.get_events(), store.state(SOURCE), store.incarnation())
    assert backup(database_url, path) == path
    assert list(tmp_path.iterdir()) == [path]
    restore_backup(empty_database_url, path)
    with open_postgres(empty_database_url) as store:
        assert (store.get_events(), store.state(SOURCE)) == before[:2]
        assert store.incarnation() != before[2]
        assert store.search_ready()
        assert [item.window for item in store.dirty_windows("lake")] == ["2024-03"]


def test_a_backup_overwrites_no_events(database_url: str, tmp_path: Path) -> None:
    with open_postgres(database_url) as store:
        store.record_event(make_event())
    backup(database_url, tmp_path / "dump")
    with pytest.raises(StoreError, match="holds events already"):
        restore_backup(database_url, tmp_path / "dump")
    with pytest.raises(ConfigError, match="not there"):
        restore_backup(database_url, tmp_path / "absent")


def test_no_backup_is_no_backup(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "dump").write_text("nonsense")
    with pytest.raises(StoreError):
        restore_backup(empty_database_url, tmp_path / "dump")
    open_postgres(empty_database_url).close()


def test_an_event_that_changes_its_source_marks_both(database_url: str) -> None:
    with open_postgres(database_url) as store:
        event = make_event("1")
        store.record_event(event)
        store.clear_dirty("lake", store.dirty_windows("lake"))
        store.record_event(replace(event, source_id="other"))
        assert [item.source_id for item in store.dirty_windows("lake")] == [SOURCE, "other"]


def test_a_refresh_leaves_a_paused_full_pass_its_memory(database_url: str) -> None:
    everything = CompleteScope(kinds=("git.commit",), proven=True)
    with open_postgres(database_url) as store:
        write(store, make_batch(*many(4), cursor={"at": 4}))
        with begin(store, epoch="00000000-0000-4000-8000-00000000abcd") as paused:
            paused.write(make_batch(*many(3), cursor={"at": 3}))
        with begin(store, kind="refresh", window="2024-03") as refresh:
            refresh.write(make_batch(*many(4)))
            refresh.finish()
        seen = "select count(*) from daybook.pass_seen"
        assert execute(database_url, seen) == [(3,)], "its own memory is gone, the other's is not"
        with begin(store) as resumed:
            report = resumed.write(make_batch(cursor={"at": 4}, complete=[everything]))
            assert report.retracted == 1
            resumed.finish()
        assert execute(database_url, seen) == [(0,)]
        assert sorted(natives(store.get_events_table())) == ["0", "1", "2"]
