"""The copy of a remote repository: killed while it is fetched, filled disks, two who want it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from sources import StoreError, UnavailableError
from sources.filesystem import FilesystemEventSource
from tests.support.git_reading import Remote, read
from tests.support.git_repository import GitRepository
from tests.support.git_server import Fault, GitServer
from tests.support.processes import ROOT, environment, running, uncounted
from tests.support.waiting import wait_until

READER = """
import sys
from pathlib import Path
from tests.support.git_reading import Remote, read
print(*read(Remote(url=sys.argv[1], cache=Path(sys.argv[2]))).shas(), flush=True)
"""


def fetches(remote: Remote) -> list[psutil.Process]:
    """The processes that write the copy."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words[:1] == ["git"] and remote.url in words and "fetch" in words:
            found.append(process)
    return found


def writers(remote: Remote) -> list[psutil.Process]:
    """Those, and the processes that they started."""
    processes = psutil.process_iter(["cmdline"])
    return [process for process in processes if remote.url in (process.info["cmdline"] or [])]


def command(remote: Remote) -> list[str | Path]:
    return [sys.executable, "-c", READER, remote.url, remote.cache]


def hold(server: GitServer) -> threading.Event:
    """Let no objects out until the event is set."""
    event = threading.Event()
    server.fault = Fault(packs_only=True, hold=event)
    return event


def test_a_killed_reader_leaves_the_copy_to_its_fetch_and_then_to_the_next(
    server: GitServer, remote: Remote, repository: GitRepository, tmp_path: Path
) -> None:
    let_go = hold(server)
    env = uncounted(environment(PYTHONPATH=str(ROOT)))
    log = tmp_path / "log"
    with running(command(remote), env=env, cwd=tmp_path, log=log) as reader:
        wait_until(server.fault.reached.is_set, 60, "the request for objects")
        reader.kill()
        reader.wait()
        assert fetches(remote), "it goes on by itself"
        with running(command(remote), env=env, cwd=tmp_path, log=log) as following:
            let_go.set()
            assert following.wait(60) == 0, log.read_text()
    sha = repository.text("rev-parse", "main")
    assert log.read_text().split() == [sha]
    wait_until(lambda: not fetches(remote), 30, "the end of the first fetch")


@pytest.mark.parametrize("whole", [True, False])
def test_a_killed_fetch_is_healed_by_the_next(
    server: GitServer,
    remote: Remote,
    repository: GitRepository,
    whole: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    let_go = hold(server)
    failures: list[UnavailableError] = []

    def fail() -> None:
        with pytest.raises(UnavailableError) as caught:
            read(remote)
        failures.append(caught.value)

    reading = threading.Thread(target=fail)
    reading.start()
    try:
        wait_until(server.fault.reached.is_set, 60, "the request for objects")
        for process in fetches(remote):
            if whole:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    finally:
        let_go.set()
        reading.join()
    assert failures[0].remedy
    server.fault = Fault()
    assert read(remote).shas() == [repository.text("rev-parse", "main")]


def test_cancelled_while_it_fetches(
    server: GitServer, remote: Remote, repository: GitRepository
) -> None:
    async def cancel() -> None:
        config = {"url": remote.url, "cache_dir": str(remote.cache)}
        source = await FilesystemEventSource.create({}, config)
        reading = asyncio.ensure_future(anext(source.generate_batches()))
        await asyncio.to_thread(wait_until, server.fault.reached.is_set, 60, "the request")
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    let_go = hold(server)
    before = threading.active_count()
    try:
        asyncio.run(cancel())
        wait_until(lambda: not writers(remote), 30, "the end of all that it started")
    finally:
        let_go.set()
    wait_until(lambda: threading.active_count() <= before, 30, "the end of its threads")
    server.fault = Fault()
    assert read(remote).shas() == [repository.text("rev-parse", "main")]


def test_what_a_killed_command_leaves_is_taken_away(
    remote: Remote, repository: GitRepository
) -> None:
    read(remote)
    copy = remote.copy.path
    left = [
        *(copy / name for name in ("HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock")),
        copy / "refs" / "heads" / "main.lock",
        copy / "objects" / "pack" / "tmp_pack_abc",
        copy / "objects" / "pack" / "pack-abc.keep",
        copy / "objects" / "tmp_objdir-incoming-abc" / "pack",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    sha = repository.commit()
    assert sha in read(remote).shas()
    assert not [path for path in left if path.exists()]


def test_a_copy_that_was_only_begun(remote: Remote, repository: GitRepository) -> None:
    remote.copy.path.mkdir(parents=True)
    (remote.copy.path / "daybook-url").write_text(f"{remote.url}\n")
    (remote.copy.path / "objects").mkdir()
    assert read(remote).shas() == [repository.text("rev-parse", "main")]


def test_two_processes_at_once(
    server: GitServer, remote: Remote, repository: GitRepository, tmp_path: Path
) -> None:
    let_go = hold(server)
    env = uncounted(environment(PYTHONPATH=str(ROOT)))
    logs = [tmp_path / "one", tmp_path / "two"]
    with running(command(remote), env=env, cwd=tmp_path, log=logs[0]) as one:
        wait_until(server.fault.reached.is_set, 60, "the request for objects")
        with running(command(remote), env=env, cwd=tmp_path, log=logs[1]) as two:
            assert len(fetches(remote)) == 1
            let_go.set()
            assert (one.wait(60), two.wait(60)) == (0, 0), [log.read_text() for log in logs]
    sha = repository.text("rev-parse", "main")
    assert [log.read_text().split() for log in logs] == [[sha], [sha]]


def test_a_disk_without_room(repository: GitRepository, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    remote = Remote(url=repository.path.as_uri(), cache=disk / "cache")
    options = ["-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)]
    subprocess.run(["mount", *options], check=True)
    try:
        with pytest.raises(StoreError, match=r"no room|No space left") as caught:
            read(remote)
        assert "room" in caught.value.remedy
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        assert read(remote).shas() == [repository.text("rev-parse", "main")]
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
