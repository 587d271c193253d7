"""What the command answers about what is held."""

import json
import os
from pathlib import Path

from tests.e2e.conftest import COMMITS, Refusal
from tests.support.access_logs import requests
from tests.support.databases import execute
from tests.support.packages import broken_package
from tests.support.places import Place
from tests.support.processes import environment, run_daybook
from tests.support.repositories import Repository


def test_search_finds_words_and_narrows_them(held: Place) -> None:
    found = held.answer("search", "change", "number")
    assert len(found) == COMMITS
    assert found[0]["attributes"]["parents"] == [] or len(found[0]["attributes"]["parents"]) == 1
    narrow = ("--actor", "ada", "--kind", "git.*", "--since", "2024-02", "--until", "2024-03")
    (one,) = held.answer("search", "change", *narrow, "--source", "demo", "--limit", "5")
    assert one["actor"] == "Ada"
    assert one["occurred_at"].startswith("2024-02")
    done = held.run("search", "change")
    assert "Change number 0" in done.stdout
    assert held.run("search", "nothingofthekind").stdout == "Nothing found.\n"


def test_search_says_where_requests_are_found(place: Place) -> None:
    (place.folder / "access.log").write_bytes(requests(range(3)))
    config = {"paths": "access.log", "format": "combined"}
    place.write_sources({"id": "web", "type": "api_log", "config": config})
    assert place.answer("sync")["sources"][0]["new"] == 3
    done = place.run("search", "demo")
    assert done.stdout == "Nothing found.\n"
    assert "from requests" in done.stderr
    assert "from requests" in place.run("search", "demo", "--kind", "http.*").stderr
    for narrow in (("--kind", "git.*"), ("--actor", "ada"), ("--until", "2001")):
        assert "from requests" not in place.run("search", "demo", *narrow).stderr


def test_search_says_when_its_index_is_not_complete(synced: Place) -> None:
    execute(synced.settings["DAYBOOK_DATABASE_URL"], "drop index daybook.events_search")
    done = synced.run("search", "change")
    assert "index" in done.stderr
    assert "index" not in done.stdout


def test_sessions_and_the_events_of_one(held: Place) -> None:
    sessions = held.answer("sessions", "--limit", "3")
    assert len(sessions) == 3
    assert sessions[0]["last"] > sessions[1]["last"]
    (event,) = held.answer("sessions", sessions[0]["session_id"])
    assert event["title"] == sessions[0]["title"]
    assert sessions[0]["session_id"] in held.run("sessions").stdout
    assert "daybook sessions" in held.refuse(2, "sessions", "nobody 2024-01-01")
    whole = ("sessions", sessions[0]["session_id"])
    assert "--since" in held.refuse(2, *whole, "--since", "7d")
    assert len(held.answer(*whole, "--limit", "1")) == 1


def test_timeline_draws_bars_and_gaps(synced: Place, repository: Repository) -> None:
    months = synced.answer("timeline")
    assert sum(row["events"] for row in months) == COMMITS
    repository.moment = repository.moment.replace(year=2026)
    repository.commit("Years later")
    synced.answer("sync")
    lines = synced.run("timeline", "--by", "month").stdout.splitlines()
    assert lines[0].startswith("2024-01")
    assert "█" in lines[0]
    assert "⋮" in lines
    assert synced.run("timeline", "--by", "year").stdout.count("\n") == 3


def test_status_tells_counts_age_and_what_waits(held: Place) -> None:
    answer = held.answer("status")
    (source,) = answer["sources"]
    assert (source["live"], source["retracted"], source["quarantined"]) == (COMMITS, 0, 0)
    assert source["dirty"]["lake"] == 0
    assert source["configured"]
    assert answer["server"]["kind"] == "external"
    words = held.run("status").stdout
    assert "demo" in words
    assert "ago" in words or "now" in words


def test_a_source_is_removed_only_when_that_is_meant(synced: Place, refused: Refusal) -> None:
    assert "'dmeo'" in refused(2, "sources", "remove", "dmeo", "--yes")
    assert "--yes" in refused(2, "sources", "remove", "demo"), "there is nobody to say it"
    assert synced.answer("sources", "remove", "demo", "--yes")["removed"] == COMMITS
    assert synced.answer("status")["sources"][0]["live"] == 0
    assert not list((synced.home / "lake").glob("events/*/*.parquet"))
    assert synced.answer("sync")["sources"][0]["new"] == COMMITS


def test_sources_are_listed_checked_and_described(place: Place, repository: Repository) -> None:
    broken = {"id": "broken", "type": "filesystem", "config": {"root_dir": "/nowhere/at/all"}}
    gone = {"id": "gone", "type": "filesystem", "config": {"root_dir": "/not/here/either"}}
    fine = {"id": "fine", "type": "filesystem", "config": {"root_dir": str(repository.path)}}
    place.write_sources(broken, fine, gone)
    assert [item["id"] for item in place.answer("sources", "list")] == ["broken", "fine", "gone"]
    done = place.run("sources", "check", "--json")
    assert done.returncode == 2
    assert [item["ok"] for item in json.loads(done.stdout)] == [False, True, False]
    words = place.run("sources", "check").stdout
    assert "/nowhere/at/all" in words
    assert "/not/here/either" in words
    schema = place.answer("sources", "schema", "filesystem")["filesystem"]
    assert "root_dir" in schema["config"]["properties"]
    assert "max_commits" in place.run("sources", "schema").stdout


def test_defaults_are_shown_as_the_configuration_takes_them(place: Place) -> None:
    lines = place.run("sources", "schema", "slack").stdout.splitlines()
    shown = {line.split()[0]: line for line in lines if line.startswith("    ")}
    assert ' ["all"] ' in shown["channels"]
    assert " true " in shown["threads"]
    begins = {shown["channels"].index("Names"), shown["base_url"].index("The API")}
    assert len(begins) == 1, "descriptions stand below each other"
    long = max(place.run("sources", "schema").stdout.splitlines(), key=len)
    assert len(long) < 220


def test_a_broken_package_hides_no_other_type(tmp_path: Path) -> None:
    site = broken_package(tmp_path / "site")
    for words in ([], ["--json"]):
        done = run_daybook(
            "sources", "schema", *words, env=environment(PYTHONPATH=str(site)), cwd=tmp_path
        )
        assert done.returncode == 2
        assert "root_dir" in done.stdout
        assert "'broken' (not_there:Source) cannot be loaded" in done.stderr
    assert {"api_log", "filesystem"} <= json.loads(done.stdout).keys()


def test_query_reads_and_only_reads(held: Place) -> None:
    statement = (
        "select count(*), 1.5::numeric as half, timestamptz '2024-01-01 02:00+02' as moment,"
        " '\\xff00'::bytea as raw, jsonb '{\"a\": [1]}' as object, null as nothing from commits"
    )
    assert held.answer("query", statement) == [
        {
            "count": COMMITS,
            "half": 1.5,
            "moment": "2024-01-01T00:00:00+00:00",
            "raw": "ff00",
            "object": {"a": [1]},
            "nothing": None,
        }
    ]
    assert "Change number 4" in held.run("query", "select title from commits").stdout
    for wrong in (
        "set transaction read write; delete from events",
        "copy (select 1) to program 'true'",
        "no sql at all",
    ):
        assert "daybook:" in held.refuse(2, "query", "--json", wrong)
    assert held.answer("query", "select count(*) as n from events") == [{"n": COMMITS}]


def test_the_readers_password_is_for_its_owner_only(held: Place) -> None:
    held.answer("query", "select 1")
    (kept,) = held.home.glob("reader-*")
    assert kept.stat().st_mode & 0o077 == 0
    words = kept.read_text()
    others = [path for path in held.home.rglob("*") if path.is_file() and path != kept]
    assert all(words.encode() not in path.read_bytes() for path in others)


def test_psql_is_the_read_only_role_too(held: Place) -> None:
    done = held.run("psql", "--", "-At", "-c", "select count(*) from commits")
    assert done.stdout == f"{COMMITS}\n", done.stderr
    assert held.run("psql", "--", "-c", "delete from events").returncode != 0


def test_the_owner_may_tidy_the_tables(held: Place) -> None:
    done = held.run("psql", "--owner", "--", "-c", "vacuum (verbose) daybook.events")
    assert done.returncode == 0, done.stderr
    assert "permission denied" not in done.stderr
    assert "finished vacuuming" in done.stderr


def test_the_lake_is_listed_verified_and_mended(synced: Place) -> None:
    files = synced.answer("lake", "list")
    assert sum(file["rows"] for file in files) == COMMITS
    assert synced.answer("lake", "verify") == []
    Path(files[0]["path"]).unlink()
    done = synced.run("lake", "verify", "demo", "--quick", "--json")
    assert done.returncode == 1
    assert [fault["problem"] for fault in json.loads(done.stdout)] == ["missing"]
    assert "rebuild" in synced.run("lake", "verify").stdout
    assert len(synced.answer("lake", "rebuild", "demo")) == len(files)
    assert synced.answer("lake", "verify") == []
    assert synced.answer("lake", "catch-up") == []
    assert "read_parquet" in synced.run("lake", "list").stdout


def test_quarantine_is_shown_and_tried_again(held: Place) -> None:
    assert held.answer("quarantine", "list") == []
    assert held.run("quarantine", "list", "demo").stdout == "Quarantine is empty.\n"
    (source,) = held.answer("quarantine", "retry", "demo")["sources"]
    assert source["error"] is None


def test_a_backup_comes_back_whole(
    synced: Place, empty_database_url: str, refused: Refusal
) -> None:
    synced.answer("backup", "events.dump")
    assert "events already" in refused(7, "restore", "events.dump")
    other = {"DAYBOOK_DATABASE_URL": empty_database_url, "DAYBOOK_HOME": str(synced.folder / "h2")}
    restored = synced.answer("restore", "events.dump", **other)
    assert restored == {"restored": {"demo": COMMITS}}
    (source,) = synced.answer("sync", **other)["sources"]
    assert (source["new"], source["unchanged"], source["error"]) == (0, 0, None)


def test_the_lake_comes_back_as_events(synced: Place, empty_database_url: str) -> None:
    lake = str(synced.home / "lake")
    other = {"DAYBOOK_DATABASE_URL": empty_database_url, "DAYBOOK_LAKE": lake}
    assert synced.answer("restore", "--lake", **other) == {"restored": {"demo": COMMITS}}
    (source,) = synced.answer("sync", **other)["sources"]
    assert (source["new"], source["revised"], source["unchanged"]) == (0, 0, COMMITS)


def test_what_to_restore_has_to_be_clear(refused: Refusal) -> None:
    assert "--lake" in refused(2, "restore")
    assert "not-there.dump" in refused(2, "restore", "not-there.dump")


def test_doctor_looks_at_everything(synced: Place) -> None:
    findings = synced.answer("doctor")
    seen = {finding["what"] for finding in findings}
    assert {"python", "git", "settings", "home", "disk", "database", "lake", "source"} <= seen
    assert not [finding for finding in findings if finding["verdict"] == "fail"]
    next(synced.home.glob("lake/events/demo/*.parquet")).unlink()
    done = synced.run("doctor", PATH=os.environ["PATH"])
    assert done.returncode == 1
    assert "daybook lake rebuild" in done.stdout


def test_doctor_goes_on_without_git_or_a_database(place: Place) -> None:
    done = place.run(
        "doctor", PATH="/nowhere", DAYBOOK_DATABASE_URL="postgresql://ann@127.0.0.1:1/none"
    )
    assert done.returncode == 1
    verdicts = {line[6:17].strip(): line[:4].strip() for line in done.stdout.splitlines()}
    assert verdicts["git"] == "fail"
    assert verdicts["database"] == "fail"
    assert verdicts["home"] == "ok"
