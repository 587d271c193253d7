"""The processes below ``daybook up``: started again, given up, and ended with all they started."""

import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pipelines.cli.address import WebUI, choose_port
from pipelines.cli.children import DAEMON, Children, Plan, end_marked, find_marked
from pipelines.cli.lock import UpRecord, forget_unclean, hold_home, is_held
from sources import BusyError, ConfigError
from tests.support.waiting import wait_until

SLEEPER = "import signal; print('ready', flush=True); signal.pause()"


def plan(home: Path, program: str, name: str = "sleeper") -> Plan:
    return Plan(
        name=name,
        command=(sys.executable, "-c", program),
        environ={},
        folder=home,
        log=home / "logs" / f"{name}.log",
    )


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def children(tmp_path: Path, said: list[str]) -> Iterator[Children]:
    keeper = Children(tmp_path, said.append)
    yield keeper
    keeper.stop()


def test_one_that_ends_is_started_again(
    children: Children, tmp_path: Path, said: list[str]
) -> None:
    children.start(plan(tmp_path, SLEEPER))
    (first,) = find_marked(tmp_path)
    children.watch()
    assert said == []
    first.kill()
    wait_until(lambda: children.dead() is not None, 10, "its end to be seen")
    children.watch()
    (second,) = find_marked(tmp_path)
    assert second.pid != first.pid
    assert "sleeper" in said[0]


def test_one_that_keeps_ending_is_left_so(
    children: Children, tmp_path: Path, said: list[str]
) -> None:
    children.start(plan(tmp_path, "raise SystemExit(3)"))

    def given_up() -> bool:
        children.watch()
        return "keeps ending" in said[-1] if said else False

    wait_until(given_up, 30, "it to be given up")
    assert not find_marked(tmp_path)


def test_all_that_they_started_ends_too(children: Children, tmp_path: Path) -> None:
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"
    children.start(plan(tmp_path, nested))
    log = tmp_path / "logs" / "sleeper.log"
    wait_until(lambda: log.exists() and "ready" in log.read_text(), 30, "the inner process")
    processes = find_marked(tmp_path)
    assert len(processes) == 2
    assert children.stop(), "each ended by itself"
    assert not any(psutil.pid_exists(process.pid) for process in processes)
    assert end_marked(tmp_path) == (0, 0)


def test_one_that_is_ended_stays_so(children: Children, tmp_path: Path) -> None:
    for name in ("first", "second"):
        children.start(plan(tmp_path, SLEEPER, name))
    children.end("first")
    children.watch()
    assert children.dead() is None
    assert len(find_marked(tmp_path)) == 1


def test_the_daemon_ends_while_what_it_needs_still_runs(children: Children, tmp_path: Path) -> None:
    children.start(plan(tmp_path, SLEEPER, "server"))
    (server,) = find_marked(tmp_path)
    # Its last words: what it sees of the other while it is being ended.
    program = (
        "import atexit, psutil, signal, sys;"
        f"atexit.register(lambda: print(psutil.Process({server.pid}).status(), flush=True));"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit());"
        "print('ready', flush=True);"
        "signal.pause()"
    )
    daemon = plan(tmp_path, program, "daemon")
    children.start(replace(daemon, command=(*daemon.command, DAEMON)))
    wait_until(lambda: daemon.log.exists() and "ready" in daemon.log.read_text(), 30, "it to run")
    assert children.stop(), "each ended by itself"
    assert daemon.log.read_text().split() == ["ready", psutil.STATUS_SLEEPING]


def test_another_home_is_left_alone(children: Children, tmp_path: Path) -> None:
    children.start(plan(tmp_path, SLEEPER))
    assert end_marked(tmp_path / "other") == (0, 0)
    assert len(find_marked(tmp_path)) == 1


def test_a_home_is_held_once_and_says_by_whom(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with hold_home(tmp_path) as killed:
        assert not killed
        assert is_held(tmp_path)
        UpRecord(pid=17, url="http://127.0.0.1:3999").write(tmp_path)
        with pytest.raises(BusyError, match=r"17.*http://127\.0\.0\.1:3999"), hold_home(tmp_path):
            pass
    with hold_home(tmp_path) as killed:
        assert killed, "the record was still there"
        UpRecord(pid=18, url="http://127.0.0.1:3999").write(tmp_path)
        UpRecord.remove(tmp_path, clean=True)
    with hold_home(tmp_path) as killed:
        assert killed, "nobody has mended it since"
        forget_unclean(tmp_path)
    with hold_home(tmp_path) as killed:
        assert not killed
        UpRecord(pid=19, url="http://127.0.0.1:3999").write(tmp_path)
        UpRecord.remove(tmp_path, clean=False)
        assert UpRecord.read(tmp_path) is None
    with hold_home(tmp_path) as killed:
        assert killed, "it had to kill"


def test_a_port_is_chosen_or_named() -> None:
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=str(port)):
            choose_port("127.0.0.1", port, said.append)
    assert choose_port("127.0.0.1", port, said.append) == port
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1"):
        choose_port("192.0.2.1", None, said.append)


def test_a_web_ui_that_is_not_there_has_no_answers() -> None:
    with WebUI("::1", 1) as web:
        assert web.url == "http://[::1]:1"
        assert not web.answers()
        assert web.complaint() == "no definitions yet"
