"""The schema: how it comes to be, what it equals, and that all of it is described."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from importlib.resources import files
from uuid import uuid4

import psycopg2.extensions
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.sql import migrations, statement
from resources.stores.base import STORED_SCHEMA
from resources.stores.postgres import open_postgres
from resources.stores.postgres.connection import Database
from resources.stores.postgres.migrations import migrate
from sources.errors import StoreError
from sources.event import TIMESTAMP, FileChange
from sources.windows import Grain, window_key, window_keys
from tests.support.databases import execute, fresh_database
from tests.support.events import make_event
from tests.support.processes import ROOT

SQL_TYPES = {
    "string": "text",
    "int16": "smallint",
    "int32": "integer",
    "double": "double precision",
    "fixed_size_binary[16]": "bytea",
    "timestamp[us, tz=UTC]": "timestamp with time zone",
    "list<item: string not null>": "ARRAY",
}
OTHER_TYPES = {"event_id": "uuid", "attributes": "jsonb"}


@pytest.fixture(scope="module")
def url(database_server: str, template_database: str) -> Iterator[str]:
    name = f"schema_{uuid4().hex[:8]}"
    with fresh_database(database_server, name, template=template_database) as url:
        yield url


@pytest.fixture(scope="module")
def cursor(url: str) -> Iterator[psycopg2.extensions.cursor]:
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute("set search_path = daybook; set timezone = 'Asia/Kolkata'")
        yield cursor
    connection.close()


def test_the_table_equals_the_schema(url: str) -> None:
    rows = execute(
        url,
        "select column_name, data_type, is_nullable = 'YES' from information_schema.columns "
        "where table_schema = 'daybook' and table_name = 'events' order by ordinal_position",
    )
    expected = [
        (field.name, OTHER_TYPES.get(field.name, SQL_TYPES.get(str(field.type))), field.nullable)
        for field in STORED_SCHEMA
        if field.name != "files"
    ]
    assert rows[: len(expected)] == expected
    own = ["files_known", "arrival", "retracted_after"]
    assert [row[0] for row in rows[len(expected) :]] == own


def test_every_table_and_view_is_described(url: str) -> None:
    silent = execute(
        url,
        "select relname from pg_class where relnamespace = 'daybook'::regnamespace "
        "and relkind in ('r', 'v') and obj_description(oid, 'pg_class') is null",
    )
    assert [name for (name,) in silent] == []
    silent = execute(
        url,
        "select attname from pg_attribute where attrelid = 'daybook.events'::regclass "
        "and attnum > 0 and col_description(attrelid, attnum) is null",
    )
    assert silent == []


def test_plain_names_are_what_analysts_expect(url: str) -> None:
    for name in ("events", "live_events", "commits", "file_changes", "messages", "requests"):
        assert execute(url, "select count(*) from daybook.{}", name) == [(0,)]


def test_messages_name_their_thread_and_their_channel_by_its_id(url: str) -> None:
    first, day = "C1/1699.1", "C1/2023-11-03"
    with open_postgres(url) as store:
        store.batch_record_events(
            [
                make_event(
                    first, kind="slack.message", session_id=first, body="Why?", scope="talk"
                ),
                make_event("C1/1699.2", kind="slack.reply", session_id=first, scope="talk"),
                make_event("C1/1699.3", kind="slack.message", session_id=day, scope="chat"),
                make_event("C1/1699.4", kind="slack.channel.topic", session_id=day, scope="chat"),
            ]
        )
    found = execute(
        url,
        "select channel_id, channel, thread, is_reply, text from daybook.messages order by subject",
    )
    assert found == [
        ("C1", "talk", first, False, "Why?"),
        ("C1", "talk", first, True, None),
        ("C1", "chat", None, False, None),
    ]


def test_binary_files_are_told_from_those_whose_lines_were_not_counted(url: str) -> None:
    text = FileChange(path="a", change="M", additions=1, deletions=0)
    picture = FileChange(path="b", change="M")
    with open_postgres(url) as store:
        store.batch_record_events(
            [
                make_event("counted", additions=1, deletions=0, files=(text, picture)),
                make_event("lost", files=(picture,)),
            ]
        )
    found = execute(url, "select subject, path, is_binary from daybook.file_changes order by 1, 2")
    assert found == [("counted", "a", False), ("counted", "b", True), ("lost", "b", None)]


MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=200, deadline=None)
@given(
    occurred=MOMENTS,
    observed=MOMENTS,
    grain=st.sampled_from(["month", "day"]),
    start=st.dates(date(1970, 1, 1), date(2100, 1, 1)),
)
def test_windows_in_sql_are_those_in_python(
    cursor: psycopg2.extensions.cursor,
    occurred: datetime,
    observed: datetime,
    grain: Grain,
    start: date,
) -> None:
    cursor.execute(
        "select window_key(%s::timestamptz, %s::timestamptz, %s, %s)",
        (occurred, observed, grain, start),
    )
    key = window_key(occurred, observed, grain, start)
    assert cursor.fetchone() == (key,)
    column = pa.chunked_array([pa.array([occurred, None], TIMESTAMP)])
    assert window_keys(column.slice(0, 1), observed, grain, start).to_pylist() == [key]


def test_first_opens_may_meet(empty_database_url: str) -> None:
    def incarnation() -> str:
        with open_postgres(empty_database_url) as store:
            return store.incarnation()

    with ThreadPoolExecutor(6) as pool:
        opened = [future.result() for future in [pool.submit(incarnation) for _ in range(6)]]
    assert len(set(opened)) == 1
    versions = execute(empty_database_url, "select version from daybook.schema_version order by 1")
    assert [version for (version,) in versions] == [item.version for item in migrations()]


def test_a_second_open_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    assert migrate(database) == []
    database.close()


def test_a_migration_that_dies_leaves_the_version_before(empty_database_url: str) -> None:
    execute(empty_database_url, "create schema daybook")
    execute(empty_database_url, "create table daybook.event_files ()")
    with pytest.raises(StoreError, match="already exists") as caught:
        open_postgres(empty_database_url)
    assert "drop schema daybook" in caught.value.remedy
    tables = execute(
        empty_database_url, "select tablename from pg_tables where schemaname = 'daybook'"
    )
    assert tables == [("event_files",)]
    execute(empty_database_url, "drop table daybook.event_files")
    open_postgres(empty_database_url).close()


def test_a_newer_schema_is_refused(database_url: str) -> None:
    execute(database_url, "insert into daybook.schema_version values (9999, 'future')")
    with pytest.raises(StoreError, match="schema 9999"):
        open_postgres(database_url)


def test_statements_say_what_they_do() -> None:
    assert statement("get_events").startswith("-- ")
    assert [item.version for item in migrations()] == list(range(1, len(migrations()) + 1))


def test_every_statement_is_described_and_used() -> None:
    here = files("resources.sql")
    names = {entry.name.removesuffix(".sql") for entry in here.iterdir() if entry.is_file()}
    names = {name for name in names if not name.startswith("__") and "." not in name}
    folders = (ROOT / "resources", ROOT / "pipelines")
    code = "".join(path.read_text() for folder in folders for path in folder.rglob("*.py"))
    for name in sorted(names):
        assert statement(name).startswith("-- "), name
        made = re.sub(r"_as_of$|^(create|drop|thin)_(?=event)", "", name)
        assert f'"{name}"' in code or f'"{made}"' in code, f"{name}.sql is used nowhere"


def test_claims_are_weighed_by_the_scope_that_they_are_honoured_by() -> None:
    names = ("weigh_claim", "honour_claim", "weigh_batch_claim", "honour_batch_claim")
    scope = re.compile(r"where source_id = .*? and \(%\(window\)s::text is null or .*?\)")
    found = [scope.search(" ".join(statement(name).split())) for name in names]
    assert len({match and match[0] for match in found}) == 1
    assert all(found)


def test_the_same_is_left_of_events_and_of_their_earlier_contents() -> None:
    names = ("erase_events", "erase_revisions")
    left = re.compile(r"set session_id = b.session_id, .* digest = decode\(b.digest, 'hex'\),")
    found = [left.search(" ".join(statement(name).split())) for name in names]
    assert len({match and match[0] for match in found}) == 1
    assert all(found)
