"""The analysts' login reads, and nothing else."""

import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from psycopg2.extensions import parse_dsn

from resources.stores.postgres import Reader, open_postgres
from resources.stores.postgres.roles import ensure_reader, part_password
from resources.stores.postgres.statements import show_place
from sources.errors import ConfigError, CredentialsError, StoreError, UnavailableError
from tests.support.databases import execute
from tests.support.events import make_event


def login(database_url: str, home: Path) -> Reader:
    """Store two events, and log in as who may read them."""
    with open_postgres(database_url) as store:
        store.batch_record_events([make_event("1"), make_event("2", attributes={"a": [1]})])
        return Reader(store.ensure_reader(home))


@pytest.fixture(scope="module")
def reader(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return login(shared_database_url, tmp_path_factory.mktemp("home"))


def test_it_reads_by_plain_names(reader: Reader) -> None:
    result = reader.query("select subject, attributes, 100 % 7 as x from events order by 1")
    assert result.columns == ("subject", "attributes", "x")
    assert result.rows == [("1", {}, 2), ("2", {"a": [1]}, 2)]
    assert reader.query("select * from live_events", limit=1).truncated
    assert reader.query("select count(*) from events_as_of(now())").rows == [(2,)]


ENDLESS = "select generate_series(1, 1000000000000) as n"


def test_the_first_rows_need_not_the_last(reader: Reader) -> None:
    with closing(reader.pages(ENDLESS)) as pages:
        first, second = next(pages), next(pages)
    assert first.columns == ("n",)
    assert [n for page in (first, second) for (n,) in page.rows] == list(
        range(1, len(first.rows) + len(second.rows) + 1)
    )
    found = reader.query(ENDLESS, limit=1_234)
    assert (len(found.rows), found.rows[-1], found.truncated) == (1_234, (1_234,), True)


@pytest.mark.parametrize("count", [0, 1, 500, 501, 1_000, 1_500])
def test_pages_hold_each_row_once(reader: Reader, count: int) -> None:
    text = f"select generate_series(1, {count}) as n"
    pages = list(reader.pages(text))
    assert [n for page in pages for (n,) in page.rows] == list(range(1, count + 1))
    assert {page.columns for page in pages} == {("n",)}
    assert len(reader.query(text, limit=500).rows) == min(count, 500)
    assert reader.query(text, limit=500).truncated == (count > 500)


def test_a_later_page_may_fail(reader: Reader) -> None:
    pages = reader.pages("select 1 / (700 - generate_series(1, 1000))")
    assert next(pages).rows
    with pytest.raises(ConfigError, match="division by zero"):
        next(pages)


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
def test_it_does_nothing_else(reader: Reader, text: str, shared_database_url: str) -> None:
    if text == "select":
        assert reader.query(text).rows == [()]
        return
    with pytest.raises(ConfigError):
        reader.query(text)
    assert execute(shared_database_url, "select count(*) from daybook.events") == [(2,)]


@pytest.mark.parametrize(
    "text",
    ["select 1; select 2", "select 1; -- and\n select 2;", "begin; select 1; commit", "-- nothing"],
)
def test_it_runs_one_statement(reader: Reader, text: str) -> None:
    with pytest.raises(ConfigError, match="not one statement") as caught:
        reader.query(text)
    assert "daybook psql" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "select 1;",
        ";;select 1 -- ; select 2",
        "with x as (select 1) select * from x",
        "explain select 1",
        "explain (analyze, format json) select 1",
        "values (';')",
        "table events",
        "show all",
    ],
)
def test_one_statement_is_one_whatever_it_holds(reader: Reader, text: str) -> None:
    assert reader.query(text).rows


def test_what_is_wrong_is_pointed_at(reader: Reader) -> None:
    with pytest.raises(ConfigError) as caught:
        reader.query("select kind,\n\tsubjec\nfrom events")
    words, line, caret, hint = caught.value.message.splitlines()
    assert words == 'column "subjec" does not exist'
    assert line == "  line 2:  subjec"
    assert line[caret.index("^") :] == "subjec"
    assert "events.subject" in hint
    assert "events.md" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "select subjec from events",
            r"\d events in `daybook psql` lists its columns; docs/events",
        ),
        ("select extract(year from oc) from Commits", r"\d commits in `daybook psql` lists its"),
        (
            "select c.x from file_changes f join daybook.commits c using (event_id)",
            r"\d file_changes and \d commits in `daybook psql` list their columns",
        ),
        ("with events as (select 1 as n) select x from events, requests", r"\d requests"),
        ("select x from events_as_of(now())", r"\d in `daybook psql` lists the tables"),
        ("select x from pg_class", r"\d in `daybook psql` lists the tables"),
    ],
)
def test_where_there_is_no_such_column_the_way_to_those_there_are_is_shown(
    reader: Reader, text: str, said: str
) -> None:
    with pytest.raises(ConfigError, match="does not exist") as caught:
        reader.query(text)
    assert said in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select 1 / count(*) from events where false", "division by zero"),
        ("select events_as_of('x')", "invalid input syntax"),
        ("select '\0'", "UTF-8"),
        ("select '\udcff'", "UTF-8"),
        (" \n", "no statement"),
    ],
)
def test_what_cannot_be_computed_is_the_statements_fault(
    reader: Reader, text: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        reader.query(text)
    assert caught.value.remedy


def test_a_long_line_is_cut_around_the_place() -> None:
    line, caret = show_place("x" * 500 + "!" + "y" * 500, 501)
    assert len(line) < 130
    assert line[len(caret) - 1] == "!"


def test_times_that_python_has_not_are_text(reader: Reader) -> None:
    text = (
        "select date '0044-03-15 BC', timestamptz 'infinity', timestamp '20000-01-01', null::date"
    )
    assert reader.query(text).rows == [("0044-03-15 BC", "infinity", "20000-01-01 00:00:00", None)]


def test_it_is_stopped_after_a_while(database_url: str, tmp_path: Path) -> None:
    reader = login(database_url, tmp_path)
    assert reader.query("show statement_timeout").rows == [("1min",)]
    ((role, database),) = reader.query("select current_user, current_database()").rows
    sooner = "alter role {} in database {} set statement_timeout = '300ms'"
    execute(database_url, sooner, role, database)
    with pytest.raises(StoreError, match="took longer"):
        reader.query("select pg_sleep(60)")


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


def test_two_machines_with_one_path_keep_off_each_others_role(
    database_url: str, tmp_path: Path
) -> None:
    with open_postgres(database_url) as store:
        first = ensure_reader(store.database, tmp_path, machine=b"one")
        second = ensure_reader(store.database, tmp_path, machine=b"two")
        users = {parse_dsn(url)["user"] for url in (first, second)}
        assert len(users) == 2
        assert Reader(first).query("select count(*) from events").rows == [(0,)]


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


def test_tables_of_later_migrations_are_readable(database_url: str, tmp_path: Path) -> None:
    reader = login(database_url, tmp_path)
    execute(database_url, "create table daybook.later as select 1 as x")
    assert reader.query("select x from later").rows == [(1,)]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cret@h:5433/db",
        "postgresql://u@h:5433/db?password=s3cret",
        "host=h port=5433 dbname=db user=u password=s3cret",
    ],
)
def test_a_password_is_parted_from_its_login(url: str) -> None:
    place, apart = part_password(url)
    assert apart == "s3cret"
    assert parse_dsn(place) == {"user": "u", "host": "h", "port": "5433", "dbname": "db"}
