"""``daybook up``: one command starts everything, one signal ends it, a killed one is healed."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests as http

from pipelines.cli.children import end_marked, find_marked
from pipelines.cli.runs import SOURCE_TAG
from pipelines.naming import SOURCE_TAG as DAGSTERS_TAG
from tests.e2e.conftest import COMMITS
from tests.support.access_logs import requests
from tests.support.databases import embedded_home, execute
from tests.support.places import Place
from tests.support.processes import DAYBOOK, end_group
from tests.support.repositories import Repository
from tests.support.ups import GONE, up
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def alone(tmp_path: Path, repository: Repository) -> Iterator[Place]:
    """A place with an embedded server of its own, whose one source is the repository."""
    with embedded_home() as home:
        place = Place(folder=tmp_path, home=home)
        place.write_sources(
            {"id": "demo", "type": "filesystem", "config": {"root_dir": str(repository.path)}}
        )
        try:
            yield place
        finally:
            end_marked(home)


def below(home: Path) -> list[str]:
    """What still runs that belongs to a home: its children, and its PostgreSQL."""
    found = [" ".join(process.cmdline()) for process in find_marked(home)]
    for process in psutil.process_iter(["name", "cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if process.info["name"] == "postgres" and str(home) in words:
            found.append(words)
    return found


def test_from_nothing_to_a_summary_healed_after_a_kill_and_ended(
    alone: Place, repository: Repository
) -> None:
    with up(alone, "--port", str(free_port())) as first:
        assert http.get(f"{first.url}/server_info", timeout=10).ok
        assert f"{COMMITS} events ({COMMITS} commits) by 2 people" in first.words
        assert "2024-01-15 to" in first.words
        assert "notes.txt" in first.words
        assert list((alone.home / "lake" / "events" / "demo").glob("*.parquet"))
        assert (alone.home / ".gitignore").read_text() == "*\n"
        second = alone.run("up")
        assert second.returncode == 5
        assert first.url in second.stderr
        assert alone.run("stop").returncode == 5, "somebody uses it"
        left = [process.pid for process in find_marked(alone.home)]
        first.process.kill()
        first.process.wait()

    repository.commit("While nobody looked")
    with up(alone) as again:
        assert again.url
        assert "an earlier start had left behind" in again.words
        assert not any(psutil.pid_exists(pid) for pid in left)
        assert "demo has something new" in again.words
        assert f"{COMMITS + 1} events" in again.words, "the summary knows the new commit"
        assert again.end(signal.SIGINT) == 0
    wait_until(lambda: not below(alone.home), GONE, f"the end of {below(alone.home)}")
    assert not list(alone.home.glob("up.[ju]*")), "neither running nor in need of mending"
    assert "Traceback" not in again.words


def test_a_script_ends_it_with_an_interrupt_and_a_failed_source_is_said(
    place: Place, repository: Repository
) -> None:
    good = {"root_dir": str(repository.path)}
    place.write_sources(
        {"id": "good", "type": "filesystem", "config": good},
        {"id": "lost", "type": "filesystem", "config": {"root_dir": str(place.folder / "gone")}},
    )
    with up(place, "--port", str(free_port()), deaf=True) as started:
        assert started.url
        said = started.words
        assert started.end(signal.SIGINT) == 0
    assert f"good: {COMMITS} events" in said
    assert f"{COMMITS} events ({COMMITS} commits) by 2 people" in said
    _, _, failure = said.partition("The first sync of lost failed: lost: root_dir")
    assert str(place.folder / "gone") in failure.splitlines()[0]
    assert f"{DAYBOOK.parent}" in said, "the hints name the program by its place"
    assert f"DAYBOOK_HOME={place.home}" in said
    assert "/runs/" in failure
    assert not find_marked(place.home)
    assert not (place.home / "up.json").exists()
    assert not (place.home / "dagster" / "tmp").exists()
    schemas = execute(
        place.settings["DAYBOOK_DATABASE_URL"],
        "select distinct table_schema from information_schema.tables"
        " where table_name in ('runs', 'event_logs')",
    )
    assert schemas == [("dagster",)], "in an external database, beside the events"


def test_once_says_which_first_sync_failed_and_which_cursor_was_of_no_use(
    place: Place, repository: Repository
) -> None:
    config = {"root_dir": str(repository.path), "cursor": {"latest_timestamp": "1699.1"}}
    log = place.folder / "access.log"
    log.write_bytes(requests(range(200)))
    place.write_sources(
        {"id": "odd", "type": "api_log", "config": {"paths": str(log), "format": "caddy"}},
        {"id": "lost", "type": "filesystem", "config": {"root_dir": str(place.folder / "gone")}},
        {"id": "demo", "type": "filesystem", "config": config},
    )
    done = place.run("up", "--once")
    assert done.returncode == 2, done.stderr
    assert "the first sync of odd, lost failed" in done.stderr
    assert "lost: root_dir" in done.stderr
    assert "http://" not in done.stdout + done.stderr, "nobody answers there any more"
    database = place.settings["DAYBOOK_DATABASE_URL"]
    ended = execute(
        database,
        "select distinct status from dagster.runs join dagster.run_tags using (run_id)"
        f" where key = '{SOURCE_TAG}' and value = 'demo'",
    )
    assert ended == [("SUCCESS",)], "it was not interrupted"
    assert "demo: the cursor is none" in done.stderr
    assert f"{COMMITS} events ({COMMITS} commits)" in done.stdout
    assert not find_marked(place.home)
    assert not (place.home / "up.json").exists()


def test_it_starts_without_waiting_and_ends_when_it_is_terminated(place: Place) -> None:
    with up(place, "--no-wait") as started:
        assert started.url
        assert started.end(signal.SIGTERM) == 0
    assert not find_marked(place.home)


def test_a_closed_terminal_ends_all_of_it(place: Place) -> None:
    terminal, its_end = os.openpty()
    process = subprocess.Popen(
        # The signal counts although the tests themselves are run where a closed terminal does not.
        ["env", "--default-signal=HUP", DAYBOOK, "up", "--no-wait", "--port", str(free_port())],
        cwd=place.folder,
        env=place.environ(),
        stdin=subprocess.DEVNULL,
        stdout=its_end,
        stderr=its_end,
        start_new_session=True,
    )
    os.close(its_end)
    try:
        with os.fdopen(terminal, "rb", buffering=0) as shown:
            said = b""
            while b"Daybook is at" not in said:
                said += shown.read(4096)
        assert find_marked(place.home)
        process.send_signal(signal.SIGHUP)
        assert process.wait(GONE) == 0
        assert not find_marked(place.home)
    finally:
        end_group(process)
        for left in find_marked(place.home):
            left.kill()


def test_a_port_in_use_is_named_or_passed_over(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = place.run("up", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr
    assert not find_marked(place.home)


def test_a_pace_that_is_none_is_said_before_anything_starts(place: Place) -> None:
    said = place.refuse(2, "up", DAYBOOK_KEEP_DAYS="long")
    assert said.startswith("daybook: DAYBOOK_KEEP_DAYS is 'long'")


def test_no_repository_is_said_before_anything_starts(place: Place) -> None:
    (place.folder / "sources.yaml").unlink()
    (place.folder / "plain").mkdir()
    done = place.run("up", "--repo", str(place.folder / "plain"))
    assert done.returncode == 2
    assert str(place.folder / "plain") in done.stderr
    assert not find_marked(place.home)
    assert not (place.home / "postgres").exists()


def test_a_repository_and_a_configuration_are_one_too_many(
    place: Place, repository: Repository
) -> None:
    done = place.run("up", "--repo", str(repository.path))
    assert done.returncode == 2
    assert "sources.yaml" in done.stderr


def test_the_tag_of_a_sources_runs_is_the_one_they_have() -> None:
    assert SOURCE_TAG == DAGSTERS_TAG


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
