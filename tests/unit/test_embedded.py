"""The bundled PostgreSQL in good weather: one server, many users."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy

from resources.embedded import EmbeddedPostgres, ServerHandle, binary
from resources.embedded.complaints import explain, tells_no_cause
from sources.errors import ConfigError
from tests.support.databases import embedded_home, execute
from tests.support.processes import ROOT, alive, environment
from tests.support.waiting import wait_until

_HOLD = """
import sys
from pathlib import Path
from resources.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])).hold():
    print("held", flush=True)
    sys.stdin.read()
"""


def start_in_another_process(home: Path) -> tuple[int, bool]:
    handle = EmbeddedPostgres(home).ensure_running()
    execute(handle.url(), "select 1")
    return handle.pid, handle.started


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home for all tests that leave its server as they find it, running or not."""
    with embedded_home() as made:
        yield made


@pytest.fixture
def server(home: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(home)


@pytest.fixture
def handle(server: EmbeddedPostgres) -> ServerHandle:
    return server.ensure_running()


def test_a_start_makes_both_databases(handle: ServerHandle) -> None:
    names = {name for (name,) in execute(handle.url(), "select datname from pg_database")}
    assert {"daybook", "dagster"} <= names


def test_a_second_call_finds_the_same_server(server: EmbeddedPostgres) -> None:
    server.stop(force=True)
    first, again = server.ensure_running(), server.ensure_running()
    assert (first.started, again.started) == (True, False)
    assert again.pid == first.pid


def test_several_processes_at_once_share_one_server(daybook_home: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(start_in_another_process, [daybook_home] * 4)
    assert len({pid for pid, _ in found}) == 1
    assert sum(started for _, started in found) == 1


def test_the_server_outlives_its_starter_in_a_session_of_its_own(
    home: Path, server: EmbeddedPostgres
) -> None:
    server.stop(force=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pid, started = pool.apply(start_in_another_process, (home,))
    assert started
    assert alive(pid)
    assert os.getsid(pid) != os.getsid(0)
    assert os.getpgid(pid) != os.getpgid(0)


def test_sqlalchemy_takes_the_url_of_dagsters_storage(handle: ServerHandle) -> None:
    engine = sqlalchemy.create_engine(handle.url("dagster", scheme="postgresql+psycopg2"))
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("select current_database()")) == "dagster"
    engine.dispose()


def test_nobody_logs_in_without_the_password(handle: ServerHandle) -> None:
    for password in ("", "wrong"):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(handle.url().replace(handle.password, password))


def test_an_analyst_logs_in_with_a_password_kept_as_scram(handle: ServerHandle) -> None:
    execute(handle.url(), "create role analyst login password 'read-only'")
    url = handle.url().replace(f"daybook:{handle.password}", "analyst:read-only")
    assert execute(url, "select current_user") == [("analyst",)]
    ((kept,),) = execute(
        handle.url(), "select rolpassword from pg_authid where rolname = 'analyst'"
    )
    assert str(kept).startswith("SCRAM-SHA-256$")


def test_other_users_of_the_machine_reach_neither_password_nor_socket(
    home: Path, handle: ServerHandle
) -> None:
    assert (home / "postgres" / "password").stat().st_mode & 0o077 == 0
    assert handle.socket_directory.stat().st_mode & 0o077 == 0
    assert execute(handle.url(), "show listen_addresses") == [("",)]


def test_the_password_is_not_shown(handle: ServerHandle) -> None:
    assert handle.password not in repr(handle)


def test_stop_refuses_while_a_client_is_connected(
    server: EmbeddedPostgres, handle: ServerHandle
) -> None:
    with closing(psycopg2.connect(handle.url())):
        wait_until(lambda: server.status().clients == 1, 10, "nobody else")
        assert server.stop() is False
    wait_until(lambda: server.status().clients == 0, 10, "the client's end")
    assert server.stop() is True
    assert server.status().running is False


def test_stop_refuses_while_a_process_holds_the_server(
    home: Path, server: EmbeddedPostgres
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert server.stop() is False
        holder.kill()
        holder.wait()
    assert server.stop() is True


def test_force_stops_a_server_in_use(server: EmbeddedPostgres, handle: ServerHandle) -> None:
    with closing(psycopg2.connect(handle.url())):
        assert server.stop(force=True) is True
    wait_until(lambda: not alive(handle.pid), 10, "the server's end")


def test_what_was_written_is_there_after_a_stop(
    server: EmbeddedPostgres, handle: ServerHandle
) -> None:
    execute(handle.url(), "create table kept as select 7 as number")
    assert server.stop()
    assert execute(server.url(), "select number from kept") == [(7,)]


def test_stopping_what_never_ran_touches_nothing(daybook_home: Path) -> None:
    server = EmbeddedPostgres(daybook_home)
    assert server.stop() is True
    assert server.status().running is False
    assert not daybook_home.exists()


@pytest.mark.parametrize("name", ["x" * 90, "a b%c&d?ü#'\"$"])
def test_a_long_or_odd_home_gets_a_short_plain_socket(daybook_home: Path, name: str) -> None:
    home = daybook_home / name
    server = EmbeddedPostgres(home)
    try:
        handle = server.ensure_running()
        assert len(bytes(handle.socket_directory)) < 90
        assert execute(handle.url(), "select 1") == [(1,)]
    finally:
        server.stop(force=True)
    assert not handle.socket_directory.exists()


def test_a_setting_of_the_users_own_survives_a_restart(
    server: EmbeddedPostgres, handle: ServerHandle
) -> None:
    execute(handle.url(), "alter system set work_mem = '48MB'")
    server.stop()
    assert execute(server.url(), "show work_mem") == [("48MB",)]


def test_postgresqls_own_variables_lead_nobody_astray(
    daybook_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere", "PGDATA": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    assert execute(EmbeddedPostgres(daybook_home).url(), "select 1") == [(1,)]


@pytest.mark.parametrize("name", ["pg_dump", "pg_restore", "psql"])
def test_the_clients_programs_are_there(name: str) -> None:
    answer = subprocess.run([binary(name), "--version"], check=True, capture_output=True, text=True)
    assert "18." in answer.stdout


def test_an_unknown_program_is_named() -> None:
    with pytest.raises(ConfigError, match="pg_nonsense"):
        binary("pg_nonsense")


def test_a_disk_that_has_filled_up_is_named_whatever_postgresql_says_last(tmp_path: Path) -> None:
    said = "HINT:  Check free disk space.\nPANIC:  cannot abort transaction 1\nAborted"
    assert f"the disk that holds {tmp_path} is full" in explain(said, tmp_path, code=1).message


REFUSAL = "2026-01-01 00:00:00.000 UTC [7] FATAL:  the database system is starting up"
VERBOSE = """2026-01-01 00:00:00.000 UTC [7] FATAL:  57P03: the database system is in recovery mode
2026-01-01 00:00:00.000 UTC [7] LOCATION:  ProcessStartupPacket, backend_startup.c:9"""
PANIC = "2026-01-01 00:00:00.000 UTC [6] PANIC:  could not locate a valid checkpoint record"


@pytest.mark.parametrize("said", ["", REFUSAL, VERBOSE])
def test_what_a_server_tells_clients_is_no_cause_of_its_end(said: str) -> None:
    assert tells_no_cause(said)


def test_the_cause_is_told_whatever_clients_were_told_after_it(tmp_path: Path) -> None:
    said = f"{PANIC}\n{REFUSAL}"
    assert not tells_no_cause(said)
    assert "could not locate a valid checkpoint" in explain(said, tmp_path, code=1).message
