"""What PostgreSQL refuses is said in Daybook's words, with a remedy and no password."""

import socket
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from resources.sql import statement
from resources.stores.postgres import PostgresStore, open_postgres
from resources.stores.postgres.connection import Cursor, Database
from resources.stores.postgres.faults import describe
from sources.batch import EventBatch
from sources.errors import (
    ConfigError,
    CredentialsError,
    DaybookError,
    StoreError,
    UnavailableError,
)
from tests.support.databases import execute
from tests.support.events import begin, make_batch, make_event

SECRET = "hunter2" * 2


def refusal(url: str) -> DaybookError:
    with pytest.raises(DaybookError) as caught:
        open_postgres(url)
    text = f"{caught.value!r} {caught.value} {caught.value.to_json()}"
    assert SECRET not in text
    assert caught.value.remedy
    return caught.value


def changed(url: str, **parts: str) -> str:
    return make_dsn(url, **parts)


def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        error = refusal(f"postgresql://ann:{SECRET}@127.0.0.1:{port}/events")
    assert isinstance(error, UnavailableError)
    assert f"postgresql://ann@127.0.0.1:{port}/events" in str(error)


def test_no_such_host() -> None:
    assert isinstance(refusal(f"postgresql://ann:{SECRET}@nowhere.invalid/x"), UnavailableError)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{SECRET}@host:{SECRET}/x",
        f"postgres:/{SECRET}",
        f"mysql://ann:{SECRET}@host/x",
        f"postgresql://ann:{SECRET}@host/x?nonsense={SECRET}",
    ],
)
def test_no_url(url: str) -> None:
    assert isinstance(refusal(url), ConfigError)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:12/{}@db/events",
        "postgresql://ann:pa@{}@db/events",
        "postgresql://ann:pa@12/{}@db/events",
        "postgres://ann:pa@12,{}@db/events",
        "postgresql://ann:12/a?user={}@db/events",
    ],
)
def test_a_password_that_is_not_encoded(url: str) -> None:
    error = refusal(url.format(SECRET))
    assert isinstance(error, ConfigError)
    assert "%XX" in error.remedy


def test_no_such_database(database_url: str) -> None:
    error = refusal(
        changed(database_url, dbname="absent", password=SECRET)
        if "password" not in parse_dsn(database_url)
        else changed(database_url, dbname="absent")
    )
    assert isinstance(error, StoreError)
    assert "absent" in str(error)


def test_no_such_role(database_url: str) -> None:
    error = refusal(changed(database_url, user="stranger", password=SECRET))
    assert isinstance(error, CredentialsError)


@pytest.fixture
def weak_url(database_url: str) -> Iterator[str]:
    """A login that owns nothing."""
    execute(database_url, "drop role if exists weak")
    execute(database_url, f"create role weak login password '{SECRET}'")
    yield changed(database_url, user="weak", password=SECRET)
    execute(database_url, "drop role weak")


def test_not_enough_rights(weak_url: str) -> None:
    error = refusal(weak_url)
    assert isinstance(error, StoreError)
    assert "denied" in str(error)


@pytest.mark.usefixtures("weak_url")
def test_not_enough_rights_for_a_schema(empty_database_url: str) -> None:
    error = refusal(changed(empty_database_url, user="weak", password=SECRET))
    assert isinstance(error, StoreError)


def test_a_login_that_may_make_no_role_is_told_so(weak_url: str, database_url: str) -> None:
    execute(database_url, "grant usage on schema daybook to weak")
    execute(database_url, "grant select on all tables in schema daybook to weak")
    with open_postgres(weak_url) as store, pytest.raises(CredentialsError, match="createrole"):
        store.ensure_reader(Path("/nonexistent"))
    execute(database_url, "drop owned by weak")


def test_a_read_only_database(database_url: str) -> None:
    with open_postgres(changed(database_url, options="-c default_transaction_read_only=on")) as it:
        with pytest.raises(StoreError, match="read-only"):
            it.record_event(make_event())
        assert it.count() == 0


def test_a_server_that_keeps_text_otherwise(database_server: str) -> None:
    execute(
        database_server,
        "create database latin template template0 encoding 'LATIN1' locale 'C'",
    )
    try:
        assert isinstance(refusal(changed(database_server, dbname="latin")), StoreError)
    finally:
        execute(database_server, "drop database latin with (force)")


def test_a_statement_that_takes_too_long(database_url: str) -> None:
    url = changed(database_url, options="-c statement_timeout=1")
    with PostgresStore(open_postgres(database_url).database) as store:
        store.batch_record_events(make_event(str(n)) for n in range(3_000))
    with pytest.raises(StoreError, match="gave"), open_postgres(url) as store:
        store.get_events_table()


def test_a_lost_connection_is_for_later(database_url: str) -> None:
    with open_postgres(database_url) as store:
        with begin(store) as writing:
            writing.write(make_batch(make_event("1"), cursor={"at": 1}))
            execute(
                database_url,
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()",
            )
            with pytest.raises(UnavailableError):
                writing.write(make_batch(make_event("2"), cursor={"at": 2}))
        with begin(store) as writing:
            assert writing.cursor == {"at": 1}


@pytest.mark.parametrize(
    ("column", "said"),
    [("event_id", "id is no canonical UUID"), ("attributes", "invalid input syntax for type json")],
)
def test_a_refused_row_is_not_quoted(database_url: str, column: str, said: str) -> None:
    events = make_batch(make_event()).events
    index = events.schema.get_field_index(column)
    refused = events.set_column(index, events.schema.field(index), [[f'{{"a": {SECRET}']])
    batch = EventBatch(events=refused, cursor={"at": 1})
    with (
        open_postgres(database_url) as store,
        begin(store) as writing,
        pytest.raises(StoreError) as caught,
    ):
        writing.write(batch)
    chain = "".join(traceback.format_exception(caught.value))
    assert said in chain
    assert SECRET not in chain


def test_reading_goes_on_after_the_server_was_started_anew(database_url: str) -> None:
    with open_postgres(database_url) as store:
        assert store.count() == 0
        execute(
            database_url,
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()",
        )
        assert store.count() == 0


def test_writers_that_block_each_other_are_tried_again(database_url: str) -> None:
    both_hold_one = Barrier(2)
    tries: list[str] = []

    def lock(database: Database, first: int, second: int) -> None:
        def work(cursor: Cursor) -> None:
            tries.append(f"{first} before {second}")
            cursor.execute(statement("lock_rows"), {"key": first})
            if len(tries) <= 2:
                both_hold_one.wait(30)
            cursor.execute(statement("lock_rows"), {"key": second})

        database.transact(work)

    with closing(Database(database_url)) as database, ThreadPoolExecutor(2) as pool:
        for task in [pool.submit(lock, database, *keys) for keys in ((1, 2), (2, 1))]:
            task.result(60)
    assert len(tries) == 3, "PostgreSQL ended one of them, and that one began again"


def test_a_closed_store_says_so(database_url: str) -> None:
    store = open_postgres(database_url)
    store.close()
    store.close()
    with pytest.raises(UnavailableError, match="closed"):
        store.count()


def test_a_description_hides_the_password() -> None:
    assert describe(f"host=h user=u password={SECRET} dbname=d") == "postgresql://u@h/d"
