"""The runs themselves: windows read again, files drawn, checks, and what people see."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetRecordsFilter,
    AssetSelection,
    DagsterRunStatus,
    build_sensor_context,
    evaluate_automation_conditions,
    materialize,
)

from pipelines.naming import AUTOMATION_TAG, PARENT_TAG, lake_key, source_key
from pipelines.pace import Pace
from pipelines.sweep import build_sweep, runs_of_neighbours
from resources.opening import open_lake
from resources.stores.report import PassRequest
from sources import CompleteScope, EventBatch, QuarantineRecord, batch_table
from sources.event import EpisodicEvent
from sources.windows import Grain
from tests.support.bench import SOURCE, Bench
from tests.support.events import make_batch, make_request


def sync(bench: Bench) -> Any:
    return bench.run(bench.ask())


def files(bench: Bench) -> dict[str, int]:
    lake = open_lake(str(bench.home / "lake"))
    return {file.window: file.rows for file in lake.files(SOURCE)}


def test_a_refresh_reads_its_windows_and_moves_no_cursor(bench: Bench) -> None:
    sync(bench)
    row = bench.store.state(SOURCE)
    bench.repository.commit("One more")
    bench.repository.commit("Another")
    done = bench.refresh("2024-03", "2024-04")
    assert done.success
    assert bench.store.count() == 5
    assert bench.store.state(SOURCE) == row
    assert bench.store.dirty_windows("announce") == []
    events = bench.instance.fetch_materializations(
        AssetRecordsFilter(source_key(SOURCE)), limit=2
    ).records
    said = {record.partition_key: record.asset_materialization.metadata for record in events}  # type: ignore[union-attr]
    assert set(said) == {"2024-03", "2024-04"}
    for metadata in said.values():
        assert metadata["new"].value == metadata["dagster/partition_row_count"].value == 1


def test_a_window_that_has_not_begun_is_refused(bench: Bench) -> None:
    done = bench.refresh("2199-01")
    assert not done.success


def test_a_sync_says_what_came_and_shows_it(bench: Bench) -> None:
    bench.repository.commit("Marigold")
    said = sync(bench).asset_materializations_for_node("sync_code")[-1].metadata
    assert said["new"].value == 4
    assert said["dagster/row_count"].value == 4
    assert said["windows"].value == ["2024-01", "2024-02", "2024-03"]
    assert "data:image/png;base64," in said["over_time"].value
    newest = bench.store.get_events()[-1]
    assert f"| git.commit | {newest.event_id} |" in said["newest"].value


def test_a_failure_names_source_and_remedy_and_leaves_word(bench: Bench) -> None:
    request = bench.ask()
    bench.repository.path.rename(bench.repository.path.with_name("hidden"))
    bench.run(request, succeed=False)
    (record,) = bench.instance.fetch_observations(
        AssetRecordsFilter(source_key(SOURCE)), limit=9
    ).records
    event = record.asset_observation
    assert event is not None
    assert str(bench.repository.path) in str(event.metadata["message"].value)


def test_a_failure_shows_no_secret_of_the_environment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = bench.ask()
    hidden = bench.repository.path.parent.name
    monkeypatch.setenv("DAYBOOK_TEST_SECRET", hidden)
    bench.repository.path.rename(bench.repository.path.with_name("elsewhere"))
    done = bench.run(request, succeed=False)
    (record,) = bench.instance.fetch_observations(
        AssetRecordsFilter(source_key(SOURCE)), limit=9
    ).records
    event = record.asset_observation
    assert event is not None
    assert "/***/" in str(event.metadata["message"].value)
    (failed,) = done.get_step_failure_events()
    assert "/***/" in str(failed.event_specific_data)
    assert hidden not in str(event) + str(failed.event_specific_data)


def test_exactly_the_touched_windows_are_asked_for(bench: Bench) -> None:
    cursor: Any = None

    def asked() -> set[str | None]:
        nonlocal cursor
        result = evaluate_automation_conditions(
            bench.definitions,
            instance=bench.instance,
            asset_selection=AssetSelection.assets(lake_key(SOURCE)),
            cursor=cursor,
        )
        cursor = result.cursor
        return set(result.get_requested_partitions(lake_key(SOURCE)))

    assert asked() == set()
    sync(bench)
    assert asked() == {"2024-01", "2024-02"}
    assert asked() == set()
    bench.skip()
    bench.repository.commit("One more")
    sync(bench)
    assert asked() == {"2024-03"}
    bench.refresh("2024-01")
    assert asked() == {"2024-01"}


def test_a_file_holds_its_window_and_the_mark_is_gone(bench: Bench) -> None:
    sync(bench)
    assert bench.draw("2024-01", "2024-02").success
    assert files(bench) == bench.store.window_counts(SOURCE) == {"2024-01": 1, "2024-02": 2}
    assert bench.store.dirty_windows("lake") == []


def sweep(bench: Bench) -> Any:
    resources = dict(bench.definitions.resources or {})
    context = build_sensor_context(instance=bench.instance, resources={"store": resources["store"]})
    return build_sweep([bench.spec], bench.pace)(context)


def test_the_sweep_asks_for_what_is_still_marked(bench: Bench) -> None:
    sync(bench)
    bench.skip()
    (request,) = sweep(bench).run_requests
    assert request.tags["dagster/asset_partition_range_start"] == "2024-01"
    assert request.tags["dagster/asset_partition_range_end"] == "2024-02"
    bench.draw("2024-01", "2024-02")
    assert "as new as its window" in sweep(bench).skip_message


def test_the_sweep_leaves_files_alone_that_are_being_drawn(bench: Bench) -> None:
    sync(bench)
    bench.skip()
    (request,) = sweep(bench).run_requests
    run = bench.pretend(request, DagsterRunStatus.QUEUED)
    assert "as new as its window" in sweep(bench).skip_message
    bench.instance.report_run_failed(run)
    assert sweep(bench).run_requests


@pytest.mark.parametrize(
    ("windows", "grain", "ranges"),
    [
        ([], "month", []),
        (["2024-02"], "month", [("2024-02", "2024-02")]),
        (["2024-02-28", "2024-02-29", "2024-03-01"], "day", [("2024-02-28", "2024-03-01")]),
        (["2024-05", "2023-12", "2024-01"], "month", [("2023-12", "2024-01"), ("2024-05",) * 2]),
    ],
)
def test_ranges_hold_exactly_the_windows(
    windows: list[str], grain: Grain, ranges: list[tuple[str, str]]
) -> None:
    assert list(runs_of_neighbours(windows, grain)) == ranges


def checks(bench: Bench, selection: AssetSelection) -> dict[str, bool]:
    return {found.check_name: found.passed for found in evaluate(bench, selection)}


def evaluate(bench: Bench, selection: AssetSelection) -> list[AssetCheckEvaluation]:
    definitions = bench.definitions
    done = materialize(
        [*(definitions.assets or ()), *(definitions.asset_checks or ())],  # type: ignore[list-item]
        instance=bench.instance,
        resources=dict(definitions.resources or {}),
        selection=selection,
    )
    return list(done.get_asset_check_evaluations())


def test_the_lake_is_held_against_the_store(bench: Bench) -> None:
    only = AssetSelection.checks_for_assets(lake_key(SOURCE))
    sync(bench)
    bench.draw("2024-01", "2024-02")
    assert checks(bench, only) == {"equals_store": True}
    (bench.home / "lake" / "events" / SOURCE / "2024-02.parquet").unlink()
    assert checks(bench, only) == {"equals_store": False}


def test_gaps_and_bad_records_fail_a_check(bench: Bench) -> None:
    bench.details["config"] = {"max_commits": 1}
    sync(bench)
    only = AssetSelection.checks_for_assets(source_key(SOURCE))
    assert checks(bench, only) == {"quarantine": True, "coverage": False, "claims": True}


def test_what_could_not_be_read_or_believed_fails_a_check(bench: Bench) -> None:
    sync(bench)
    bad = QuarantineRecord(locator="commit 1", reason="it is bad")
    request = make_request(source_id=SOURCE, kind="refresh", window="2024-01")
    with bench.store.begin_pass(request) as writing:
        gone = CompleteScope(kinds=("git.commit",))
        writing.write(make_batch(quarantined=[bad], complete=[gone]))
        writing.finish()
    bench.repository.commit("One more")
    sync(bench)  # which has nothing to say of it
    only = AssetSelection.checks_for_assets(source_key(SOURCE))
    assert checks(bench, only) == {"quarantine": False, "coverage": True, "claims": False}


def test_too_many_bad_records_fail_their_check_by_name(bench: Bench) -> None:
    sync(bench)
    only = AssetSelection.checks_for_assets(source_key(SOURCE))
    bad = [
        QuarantineRecord(locator=f"log:{place}", reason="no time", raw=b"secret")
        for place in (900, 70)
    ]
    request = PassRequest(source_id=SOURCE, source_type="filesystem", kind="refresh")
    with bench.store.begin_pass(request) as writing:
        writing.write(EventBatch(events=batch_table([]), cursor=None, quarantined=bad))
    found = {item.check_name: item for item in evaluate(bench, only)}["quarantine"]
    assert not found.passed
    assert found.metadata["first"].value == "log:70"
    assert "secret" not in str(found)
    bench.details["quarantine_share"] = 0.9
    assert checks(bench, only)["quarantine"]


def test_what_a_server_notes_beside_its_requests_makes_no_source_a_bad_one(bench: Bench) -> None:
    header = "#Fields: date time c-ip cs-method cs-uri-stem sc-status s-reason\n"
    idle = "2024-01-01 00:00:00 192.0.2.7 - - - Timer_ConnectionIdle\n"
    asked = "2024-01-01 00:00:00 192.0.2.7 GET /a 200 -\n"
    log = bench.home / "httperr.log"
    log.write_text(header + idle * 5 + asked * 2)
    bench.details |= {"type": "api_log", "grain": "day"}
    bench.details["config"] = {"paths": str(log), "format": "iis"}
    sync(bench)
    only = AssetSelection.checks_for_assets(source_key(SOURCE))
    found = {item.check_name: item for item in evaluate(bench, only)}["quarantine"]
    said = {name: entry.value for name, entry in found.metadata.items()}
    assert found.passed
    assert said == {
        "quarantined": 0, "asides": 5, "asides_have": ["no HTTP request"], "records": 2,
        "share": 0.0, "first": "",
    }  # fmt: skip
    with log.open("a") as file:
        file.write("never /b\n")
    sync(bench)
    found = {item.check_name: item for item in evaluate(bench, only)}["quarantine"]
    said = {name: entry.value for name, entry in found.metadata.items()}
    assert not found.passed
    assert (said["quarantined"], said["records"]) == (1, 3)
    assert f":{len(header + idle * 5 + asked * 2)} " in str(said["first"])


def test_the_open_day_is_left_to_the_sweep(bench: Bench) -> None:
    bench.details |= {"grain": "day", "refresh_windows": 3}
    bench.pace = Pace(sweep=timedelta(minutes=5))
    bench.repository.git("commit", "--quiet", "--allow-empty", "-m", "Today", **PERSON)
    sync(bench)
    bench.skip()
    result = evaluate_automation_conditions(
        bench.definitions,
        instance=bench.instance,
        asset_selection=AssetSelection.assets(lake_key(SOURCE)),
    )
    assert result.get_requested_partitions(lake_key(SOURCE)) == set()
    asked = [
        request.tags["dagster/asset_partition_range_end"] for request in sweep(bench).run_requests
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", max(asked))


PERSON = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
}


def test_a_run_of_the_sweep_passes_over_what_is_drawn_already(bench: Bench) -> None:
    sync(bench)
    bench.skip()
    (request,) = sweep(bench).run_requests
    bench.draw("2024-01")
    done = bench.run(request)
    assert done.asset_materializations_for_node("draw_code")[-1].metadata["windows"].value == [
        "2024-02"
    ]
    assert files(bench) == {"2024-01": 1, "2024-02": 2}


def test_a_run_of_the_automation_condition_passes_over_it_too(bench: Bench) -> None:
    sync(bench)
    bench.draw("2024-01")

    def drawn(**tags: str) -> Any:
        done = bench.draw("2024-01", "2024-02", tags=tags)
        return done.asset_materializations_for_node("draw_code")[-1].metadata["windows"].value

    assert drawn(**{AUTOMATION_TAG: "true"}) == ["2024-02"]
    assert drawn(**{AUTOMATION_TAG: "true"}) == []
    again = bench.instance.get_runs(limit=1)[0].run_id
    assert drawn(**{AUTOMATION_TAG: "true", PARENT_TAG: again}) == ["2024-01", "2024-02"]
    assert drawn() == ["2024-01", "2024-02"]


def test_where_an_event_went_is_drawn_before_where_it_was(bench: Bench) -> None:
    sync(bench)
    bench.draw("2024-01", "2024-02")
    first, second, _ = bench.store.get_events(source=SOURCE)
    moved = replace(first, occurred_at=second.occurred_at)
    request = PassRequest(source_id=SOURCE, source_type="filesystem", kind="refresh")
    with bench.store.begin_pass(request) as writing:
        for events in ([moved], [replace(second, title="touched later")]):
            writing.write(EventBatch(events=batch_table(events), cursor=None))
    done = bench.draw("2024-01", "2024-02")
    assert done.asset_materializations_for_node("draw_code")[-1].metadata["windows"].value == [
        "2024-02",
        "2024-01",
    ]


def test_windows_of_another_grain_lose_their_files_once_the_new_ones_are_drawn(
    bench: Bench,
) -> None:
    sync(bench)
    bench.draw("2024-01", "2024-02")
    bench.skip()
    bench.details |= {"grain": "day", "start": date(2024, 2, 1), "configured_at": datetime.now(UTC)}
    sync(bench)
    days = {"2024-02-01": 1, "2024-02-05": 1, "2024-02-26": 1}
    requests = sweep(bench).run_requests
    assert len(requests) == len(days)
    for request in requests[:-1]:
        bench.run(request)
        assert {"2024-01", "2024-02"} < set(files(bench))
    bench.run(requests[-1])
    assert files(bench) == days
    assert bench.store.dirty_windows("lake") == []


def test_windows_before_a_later_start_are_swept_without_any_other(bench: Bench) -> None:
    sync(bench)
    bench.draw("2024-01", "2024-02")
    bench.skip()
    bench.details |= {"start": date(2024, 2, 1), "configured_at": datetime.now(UTC)}
    sync(bench)
    bench.store.clear_dirty(
        "lake", [item for item in bench.store.dirty_windows("lake") if item.window == "2024-02"]
    )
    (request,) = sweep(bench).run_requests
    bench.run(request)
    assert set(files(bench)) == {"2024-02"}
    assert "as new as its window" in sweep(bench).skip_message


def test_events_of_a_window_are_those_of_the_store(bench: Bench) -> None:
    sync(bench)
    found: list[EpisodicEvent] = bench.store.get_events(source=SOURCE)
    assert [event.title for event in found] == [f"Change number {n}" for n in range(3)]
