"""The analysts' login reads, and nothing else."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from psycopg2.extensions import parse_dsn

from resources.stores.postgres import Reader, open_postgres
from sources.errors import CredentialsError, StoreError, UnavailableError
from tests.support.databases import execute
from tests.support.events import make_event


@pytest.fixture
def reader(database_url: str, tmp_path: Path) -> Reader:
    with open_postgres(database_url) as store:
        store.batch_record_events([make_event("1"), make_event("2", attributes={"a": [1]})])
        return Reader(store.ensure_reader(tmp_path))


def test_it_reads_by_plain_names(reader: Reader) -> None:
    result = reader.query("select subject, attributes, 100 % 7 as x from events order by 1")
    assert result.columns == ("subject", "attributes", "x")
    assert result.rows == [("1", {}, 2), ("2", {"a": [1]}, 2)]
    assert reader.query("select * from live_events", limit=1).truncated
    assert reader.query("select count(*) from events_as_of(now())").rows == [(2,)]


@pytest.mark.parametrize(
    "text",
    [
        "delete from events returning 1",
        "commit; delete from events returning 1",
        "set default_transaction_read_only = off; delete from daybook.events returning 1",
        "begin read write; insert into events select * from events returning 1",
        "copy (select 1) to program 'true'",
        "commit; begin read write; copy (select 1) to program 'true'",
        "copy events to '/tmp/daybook-events'",
        "select pg_read_file('/etc/passwd')",
        "select * from pg_authid",
        "create role other superuser",
        "drop schema daybook cascade",
        "set role postgres; select 1",
        "select",
        "set statement_timeout = 0",
    ],
)
def test_it_does_nothing_else(reader: Reader, text: str, database_url: str) -> None:
    if text == "select":
        assert reader.query(text).rows == [()]
        return
    with pytest.raises(StoreError):
        reader.query(text)
    assert execute(database_url, "select count(*) from daybook.events") == [(2,)]


def test_it_is_stopped_after_a_while(reader: Reader) -> None:
    assert reader.query("show statement_timeout").rows == [("1min",)]


def test_a_superuser_is_refused(database_url: str) -> None:
    with pytest.raises(CredentialsError, match="superuser"):
        Reader(database_url).query("select 1")


def test_the_role_and_its_password_are_kept(database_url: str, tmp_path: Path) -> None:
    with open_postgres(database_url) as store:
        first = store.ensure_reader(tmp_path)
        assert store.ensure_reader(tmp_path) == first
        other = store.ensure_reader(tmp_path / "other")
    assert other != first
    (kept,) = [path for path in tmp_path.iterdir() if path.is_file()]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text() in first


def test_a_password_that_no_longer_fits_is_made_anew(database_url: str, tmp_path: Path) -> None:
    with open_postgres(database_url) as store:
        first = store.ensure_reader(tmp_path)
        (kept,) = tmp_path.iterdir()
        kept.unlink()
        second = store.ensure_reader(tmp_path)
    assert second != first
    assert Reader(second).query("select 1").rows == [(1,)]


def test_all_first_callers_are_given_one_password(database_url: str, tmp_path: Path) -> None:
    with open_postgres(database_url) as store, ThreadPoolExecutor(4) as pool:
        urls = set(pool.map(lambda _: store.ensure_reader(tmp_path), range(4)))
    (url,) = urls
    assert Reader(url).query("select 1").rows == [(1,)]


def test_a_busy_server_is_no_reason_for_a_new_password(database_url: str, tmp_path: Path) -> None:
    with open_postgres(database_url) as store:
        first = store.ensure_reader(tmp_path)
        role = parse_dsn(first)["user"]
        execute(database_url, "alter role {} connection limit 0", role)
        with pytest.raises(UnavailableError, match="too many connections"):
            store.ensure_reader(tmp_path)
        execute(database_url, "alter role {} connection limit 20", role)
        assert store.ensure_reader(tmp_path) == first


def test_tables_of_later_migrations_are_readable(database_url: str, reader: Reader) -> None:
    execute(database_url, "create table daybook.later as select 1 as x")
    assert reader.query("select x from later").rows == [(1,)]
