"""``daybook sync``: exact answers, one source's failure apart from the others."""

import json
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq

from tests.e2e.conftest import COMMITS
from tests.support.access_logs import Service, requests
from tests.support.places import Place
from tests.support.repositories import Repository, make_repository

KEYS = [
    *("source_id", "new", "revised", "unchanged", "retracted", "quarantined", "windows"),
    *("cursor", "seconds", "error"),
]


def test_first_sync_stores_all_and_writes_the_lake(place: Place) -> None:
    (source,) = place.answer("sync")["sources"]
    assert list(source) == KEYS
    assert source["source_id"] == "demo"
    assert (source["new"], source["revised"], source["retracted"]) == (COMMITS, 0, 0)
    assert source["windows"] == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert source["cursor"]
    assert source["error"] is None
    files = sorted((place.home / "lake" / "events" / "demo").glob("*.parquet"))
    assert [file.stem for file in files] == source["windows"]
    assert sum(pq.read_metadata(file).num_rows for file in files) == COMMITS


def test_second_sync_finds_only_what_is_new(synced: Place, repository: Repository) -> None:
    (quiet,) = synced.answer("sync")["sources"]
    assert (quiet["new"], quiet["windows"]) == (0, [])
    repository.commit("One more")
    (source,) = synced.answer("sync", "demo")["sources"]
    assert (source["new"], source["windows"]) == (1, ["2024-04"])


def test_stdout_holds_nothing_but_json_and_stderr_says_how_far(place: Place) -> None:
    done = place.run("sync", "--json")
    assert set(json.loads(done.stdout)) == {"sources"}
    assert "Traceback" not in done.stderr


def test_one_failure_stops_no_other_source(place: Place, repository: Repository) -> None:
    other = make_repository(place.folder / "other", 2)
    broken = place.folder / "nowhere"
    place.write_sources(
        {"id": "broken", "type": "filesystem", "config": {"root_dir": str(broken)}},
        {"id": "demo", "type": "filesystem", "config": {"root_dir": str(repository.path)}},
        {"id": "other", "type": "filesystem", "config": {"root_dir": str(other.path)}},
    )
    done = place.run("sync", "--json")
    sources = {source["source_id"]: source for source in json.loads(done.stdout)["sources"]}
    assert list(sources) == ["broken", "demo", "other"]
    assert sources["broken"]["error"]["type"] == "ConfigError"
    assert str(broken) in sources["broken"]["error"]["message"]
    assert sources["broken"]["error"]["remedy"]
    assert (sources["demo"]["new"], sources["other"]["new"]) == (COMMITS, 2)
    assert done.returncode == 2
    assert str(broken) in done.stderr


def test_without_a_configuration_the_repository_here_is_the_source(
    place: Place, repository: Repository
) -> None:
    (place.folder / "sources.yaml").unlink()
    here = Place(folder=repository.path, home=place.home, settings=place.settings)
    (source,) = here.answer("sync")["sources"]
    assert (source["source_id"], source["new"]) == ("demo", COMMITS)


def test_a_table_for_people(place: Place) -> None:
    done = place.run("sync")
    assert done.returncode == 0
    assert "demo" in done.stdout
    assert "quarantined" in done.stdout


def test_home_is_passed_over_by_git(synced: Place) -> None:
    assert (synced.home / ".gitignore").read_text() == "*\n"


def test_refresh_reads_a_window_again_and_moves_no_cursor(synced: Place) -> None:
    before = synced.answer("status")["sources"][0]["cursor"]
    (source,) = synced.answer("refresh", "demo", "--window", "2024-02")["sources"]
    assert (source["new"], source["unchanged"], source["error"]) == (0, 2, None)
    (source,) = synced.answer("refresh", "demo", "--all")["sources"]
    assert source["unchanged"] == COMMITS
    (source,) = synced.answer("refresh", "demo", "--from", "2024-03", "--to", "2024-04")["sources"]
    assert source["unchanged"] == 2
    assert synced.answer("status")["sources"][0]["cursor"] == before


def test_requests_are_counted_for_the_touched_days(place: Place) -> None:
    service = Service(place.folder)
    service.write(requests(range(30), timedelta(hours=1)))
    settings = {"paths": str(service.log), "format": "combined"}
    place.write_sources({"id": "web", "type": "api_log", "config": settings})
    files = place.home / "lake" / "api_traffic" / "web"
    for late, first_day in ((0, 12), (3, 15)):
        service.write(requests(range(late)))
        place.answer("sync")
        counted = {file.stem: pq.read_table(file).to_pandas() for file in files.iterdir()}
        sums = {day: int(frame["requests"].sum()) for day, frame in counted.items()}
        assert sums == {"2024-02-25": first_day, "2024-02-26": 18}
    query = 'select "window", sum(requests)::int as requests from api_traffic group by 1 order by 1'
    done = place.run("query", "--json", query)
    assert [row["requests"] for row in json.loads(done.stdout)] == [15, 18]
    place.answer("sources", "remove", "web", "--yes")
    assert list(files.iterdir()) == []


def test_what_is_older_than_the_start_and_what_cannot_be_read_is_said(place: Place) -> None:
    service = Service(place.folder)
    service.write(requests(range(3)) + b"no request\n")
    settings = {"paths": str(service.log), "format": "combined"}
    entry = {"id": "web", "type": "api_log", "config": settings, "start": "2024-03-01"}
    place.write_sources(entry)
    said = place.run("sync").stderr
    assert "web: 3 events from before its first window, 2024-03-01, lie in that" in said
    assert "daybook quarantine list web" in said
    assert "before its first" not in place.run("sync").stderr, "nothing came there"


def test_the_lake_may_lie_elsewhere(place: Place, tmp_path: Path) -> None:
    place.answer("sync", DAYBOOK_LAKE=str(tmp_path / "elsewhere"))
    assert list((tmp_path / "elsewhere" / "events" / "demo").glob("*.parquet"))


def test_of_a_log_it_is_known_only_about_how_much_is_to_come(place: Place) -> None:
    (place.folder / "access.log").write_bytes(requests(range(130_000)))
    config = {"paths": "access.log", "format": "combined"}
    place.write_sources({"id": "web", "type": "api_log", "config": config})
    done = place.run("sync")
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("web: ")]
    assert " of about " in told[0]
    assert told[-1] == "web: 130,000 events"
