"""Whatever is wrong is said in one message with its remedy, a documented code and no trace."""

import json
import os
import signal
import socket
import subprocess
from typing import Any

import pytest

from resources.stores.postgres import open_postgres
from resources.stores.report import PassRequest
from tests.e2e.conftest import Refusal
from tests.support.access_logs import requests
from tests.support.databases import execute, in_database
from tests.support.places import Place
from tests.support.processes import DAYBOOK, running
from tests.support.repositories import Repository
from tests.support.waiting import wait_until

# Root may read everything, unless it gives that right away.
DROP = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def configure(place: Place, path: object, **config: Any) -> None:
    place.write_sources(
        {"id": "demo", "type": "filesystem", "config": {"root_dir": str(path), **config}}
    )


def test_a_path_that_is_not_there(place: Place, refused: Refusal) -> None:
    configure(place, place.folder / "nowhere")
    assert str(place.folder / "nowhere") in refused(2, "sync")


def test_a_directory_that_is_no_repository(place: Place, refused: Refusal) -> None:
    (place.folder / "plain").mkdir()
    configure(place, place.folder / "plain")
    words = refused(2, "sync")
    assert str(place.folder / "plain") in words
    assert "git" in words


def test_a_check_names_each_source_once(place: Place, repository: Repository) -> None:
    place.write_sources(
        {"id": "good", "type": "filesystem", "config": {"root_dir": str(repository.path)}},
        {"id": "lost", "type": "filesystem", "config": {"root_dir": str(place.folder / "gone")}},
    )
    done = place.run("sources", "check")
    assert done.returncode == 2
    good, lost = done.stdout.splitlines()
    assert good == "ok    good"
    assert lost.startswith("fail  lost: root_dir")
    assert lost.count("lost:") == 1


def test_a_check_opens_logs_and_tells_their_format(place: Place) -> None:
    (place.folder / "access.log").write_bytes(requests(range(20)))
    (place.folder / "program.log").write_bytes(bytes(range(256)) * 8)
    entries: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("good", "access.log", {}),
        ("caddy", "access.log", {"format": "caddy"}),
        ("caret", "access.log", {"format": "$nothing[$"}),
        ("binary", "program.log", {}),
    )
    place.write_sources(
        *(
            {"id": name, "type": "api_log", "config": {"paths": str(place.folder / log), **more}}
            for name, log, more in entries
        )
    )
    done = place.run("sources", "check")
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[0] == "ok    good"
    assert "format 'caddy' fits no line of" in lines[1]
    assert [lines[4].strip(), lines[5].strip()] == [
        "^",
        "Mend the format string as the server's own documentation has it",
    ]
    assert "is no text file" in lines[6]


def test_no_such_branch(place: Place, repository: Repository, refused: Refusal) -> None:
    configure(place, repository.path, branch="mian")
    assert "mian" in refused(2, "sync")


def test_an_unknown_key_names_the_nearest(
    place: Place, repository: Repository, refused: Refusal
) -> None:
    configure(place, repository.path, brnach="main")
    words = refused(2, "sync")
    assert "'brnach'" in words
    assert "'branch'" in words
    assert "sources.yaml:" in words


def test_all_mistakes_at_once(place: Place, refused: Refusal) -> None:
    place.write_sources(
        {"id": "Bad Id", "type": "filesystem"}, {"id": "b", "type": "filesytem", "config": {}}
    )
    words = refused(2, "sync")
    assert "id" in words
    assert "'filesytem'" in words
    assert "filesystem" in words


def test_a_wrong_type_of_value(place: Place, repository: Repository, refused: Refusal) -> None:
    configure(place, repository.path, max_commits="many")
    assert "max_commits" in refused(2, "sync")


def test_a_literal_secret_is_refused_and_not_repeated(place: Place, refused: Refusal) -> None:
    place.write_sources(
        {"id": "demo", "type": "filesystem", "credentials": {"token": "ghp_verysecret"}}
    )
    words = refused(2, "sync")
    assert "ghp_verysecret" not in words
    assert "token" in words


@pytest.mark.parametrize("cursor", [{"nonsense": 1}, {"latest_timestamp": "1699.1"}])
def test_a_cursor_that_is_not_this_sources(
    place: Place, repository: Repository, cursor: dict[str, Any]
) -> None:
    configure(place, repository.path, cursor=cursor)
    done = place.run("sync", "--json")
    (source,) = json.loads(done.stdout)["sources"]
    assert (done.returncode, source["new"], source["error"]) == (0, 5, None)
    assert "demo: the cursor is none" in done.stderr
    assert "everything was read again" in done.stderr
    assert done.stderr.count("demo: the cursor") == 1


def test_no_such_source(refused: Refusal) -> None:
    words = refused(2, "sync", "dmeo")
    assert "'dmeo'" in words
    assert "demo" in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--window", "2024-3"), "'2024-3'"),
        (("--window", "2999-01"), "2999-01"),
        (("--window", "1970-01"), "'1970-01'"),
        (("--all", "--window", "2024-01"), "--all"),
    ],
)
def test_no_such_window(refused: Refusal, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(2, "refresh", "demo", *arguments)


def test_a_database_that_is_down(place: Place) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://ann:hunter22@127.0.0.1:{closed.getsockname()[1]}/events"
        done = place.run("sync", "--json", DAYBOOK_DATABASE_URL=url)
    assert done.returncode == 4
    (source,) = json.loads(done.stdout)["sources"]
    assert source["error"]["type"] == "UnavailableError"
    assert source["error"]["remedy"]
    assert "hunter22" not in done.stdout + done.stderr


def test_a_wrong_password(place: Place, refused: Refusal) -> None:
    url = place.settings["DAYBOOK_DATABASE_URL"]
    scheme, _, rest = url.partition("://")
    user, _, place_ = rest.rpartition("@")
    wrong = f"{scheme}://{user.partition(':')[0]}:wr0ngpass@{place_}"
    words = refused(3, "status", DAYBOOK_DATABASE_URL=wrong)
    assert "wr0ngpass" not in words


def test_no_such_database(place: Place, refused: Refusal) -> None:
    url = in_database(place.settings["DAYBOOK_DATABASE_URL"], "not_there")
    assert "not_there" in refused(7, "status", DAYBOOK_DATABASE_URL=url)


def test_a_url_that_is_none(refused: Refusal) -> None:
    words = refused(2, "status", DAYBOOK_DATABASE_URL="mysql://ann:hunter22@host/x")
    assert "hunter22" not in words
    assert "postgresql://" in words


def test_a_schema_newer_than_the_code(synced: Place, refused: Refusal) -> None:
    url = synced.settings["DAYBOOK_DATABASE_URL"]
    execute(url, "insert into daybook.schema_version (version, name) values (9999, 'later')")
    assert "9999" in refused(7, "sync")


def test_a_read_only_database(synced: Place, repository: Repository, refused: Refusal) -> None:
    url = synced.settings["DAYBOOK_DATABASE_URL"]
    ((name,),) = execute(url, "select current_database()")
    execute(url, "alter database {} set default_transaction_read_only = on", str(name))
    repository.commit("Something new")
    assert "read-only" in refused(7, "sync")


def test_a_repository_that_may_not_be_read(place: Place, repository: Repository) -> None:
    (repository.path / ".git").chmod(0)
    done = subprocess.run(
        [*(DROP if os.geteuid() == 0 else ()), DAYBOOK, "sources", "check", "--json"],
        check=False,
        cwd=place.folder,
        env=place.environ(),
        capture_output=True,
        text=True,
    )
    (repository.path / ".git").chmod(0o700)
    (source,) = json.loads(done.stdout)
    assert done.returncode == 2, source
    assert str(repository.path) in source["error"]["message"]
    assert source["error"]["remedy"]
    assert "Traceback" not in done.stderr


def test_a_server_of_somebody_else(place: Place) -> None:
    data = place.home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "postmaster.pid").write_text("1\n")
    (data / "postmaster.pid").chmod(0)
    done = subprocess.run(
        [*(DROP if os.geteuid() == 0 else ()), DAYBOOK, "stop"],
        check=False,
        cwd=place.folder,
        env=place.environ(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    assert "is not yours to read" in done.stderr


def test_a_home_that_cannot_be_written(place: Place, refused: Refusal) -> None:
    (place.folder / "file").write_text("")
    home = place.folder / "file" / "home"
    assert str(home) in refused(7, "sync", DAYBOOK_HOME=str(home))


def test_a_lake_that_cannot_be_written(place: Place) -> None:
    (place.folder / "file").write_text("")
    done = place.run("sync", "--json", DAYBOOK_LAKE=str(place.folder / "file" / "lake"))
    (source,) = json.loads(done.stdout)["sources"]
    assert source["new"] == 5, "what was stored is stored"
    assert str(place.folder / "file" / "lake") in source["error"]["message"]
    assert done.returncode == 7


def test_json_tells_errors_too(place: Place) -> None:
    done = place.run("refresh", "nobody", "--all", "--json")
    assert json.loads(done.stdout)["error"]["type"] == "ConfigError"
    done = place.run("sync", "nobody", "--json")
    assert json.loads(done.stdout)["sources"] == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_another_writes_it_leaves_nothing_behind(
    place: Place, number: signal.Signals, code: int
) -> None:
    url = place.settings["DAYBOOK_DATABASE_URL"]
    log = place.folder / "sync.log"
    command = running([DAYBOOK, "sync"], env=place.environ(), cwd=place.folder, log=log)
    with open_postgres(url) as store:
        other = store.begin_pass(PassRequest(source_id="demo", source_type="filesystem"))
        with other, command as process:
            wait_until(lambda: "writes" in log.read_text(), 30, "it to say for whom it waits")
            process.send_signal(number)
            assert process.wait(30) == code
    assert "Traceback" not in log.read_text()
    wait_until(lambda: connections(url) == 0, 10, "its connections to end")


def connections(url: str) -> int:
    ((count,),) = execute(
        url,
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
    )
    return int(str(count))
