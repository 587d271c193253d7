"""A source's sensor through its days: new, quiet, edited, cleared, failed, stopped."""

import asyncio
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetObservation,
    AssetRecordsFilter,
    DagsterEvent,
    DagsterEventType,
    DagsterRun,
    DagsterRunStatus,
)
from dagster._core.events import AssetObservationData
from dagster._core.storage.runs.schema import RunsTable

from pipelines.config import EnvReference
from pipelines.naming import (
    MAX_RUNTIME_TAG,
    REASON_TAG,
    REQUEST_TAG,
    SOURCE_TAG,
    source_key,
)
from pipelines.pace import Pace
from pipelines.sync import sync_source
from resources.stores.report import PassRequest
from tests.support.bench import SOURCE, Bench


def memory(bench: Bench) -> dict[str, Any]:
    assert bench.cursor is not None
    found: dict[str, Any] = json.loads(bench.cursor)
    return found


def announced(bench: Bench) -> list[str | None]:
    records = bench.instance.fetch_materializations(
        AssetRecordsFilter(source_key(SOURCE)), limit=100
    ).records
    return [record.partition_key for record in reversed(records)]


def sync(bench: Bench) -> None:
    bench.run(bench.ask())


def test_the_first_tick_asks_for_a_run_that_reads_everything(bench: Bench) -> None:
    request = bench.ask()
    said = memory(bench)
    assert request.run_key is None
    assert request.tags[SOURCE_TAG] == SOURCE
    assert request.tags[REQUEST_TAG] == said["token"]
    assert request.tags[MAX_RUNTIME_TAG] == "1800"
    bench.run(request)
    assert bench.store.count() == 3
    assert announced(bench) == ["2024-01", "2024-02", None]
    assert bench.store.dirty_windows("announce") == []


def test_the_reason_is_kept_as_dagster_can_keep_it(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9" + b"l" * 240) / ("o" * 250) / ("g" * 250)
    folder.mkdir(parents=True)
    line = '192.0.2.1 - - [10/Oct/2024:13:55:36 +0000] "GET /{} HTTP/1.1" 200 2326\n'
    (folder / "access.log").write_text(line.format("one"))
    config = {"paths": str(tmp_path / "*" / "*" / "*" / "access.log"), "format": "common"}
    bench.details |= {"type": "api_log", "config": config, "grain": "month"}
    sync(bench)
    with (folder / "access.log").open("a") as log:
        log.write(line.format("two"))
    reason = bench.ask().tags[REASON_TAG]
    assert "caf\ufffdl" in reason
    assert len(reason) == 500


def test_a_secret_that_is_not_set_is_said_instead_of_asking_in_vain(bench: Bench) -> None:
    bench.details["credentials"] = {"token": EnvReference(name="DAYBOOK_TEST_NOWHERE")}
    assert "DAYBOOK_TEST_NOWHERE is not set" in bench.skip()


def test_a_tick_after_a_run_takes_over_its_cursor_and_is_quiet(bench: Bench) -> None:
    sync(bench)
    assert "nothing new" in bench.skip()
    said, row = memory(bench), bench.store.state(SOURCE)
    assert row is not None
    assert (said["cursor"], said["epoch"]) == (row.cursor, row.epoch)
    assert (said["token"], said["attempt"]) == (None, 0)
    text = bench.cursor
    bench.skip()
    assert bench.cursor == text


def test_a_new_commit_marks_exactly_its_window(bench: Bench) -> None:
    sync(bench)
    bench.repository.commit("One more")
    sync(bench)
    assert announced(bench)[3:] == ["2024-03", None]


def test_a_tick_waits_for_a_run_that_is_under_way(bench: Bench) -> None:
    run = bench.pretend(bench.ask(), DagsterRunStatus.STARTED)
    text = bench.cursor
    assert run.run_id[:8] in bench.skip()
    assert bench.cursor == text


def test_a_cleared_cursor_begins_a_new_epoch_from_nothing(bench: Bench) -> None:
    sync(bench)
    bench.skip()
    before = memory(bench)["epoch"]
    bench.cursor = None
    request = bench.ask()
    said = memory(bench)
    assert said["epoch"] != before
    assert said["cursor"] is None
    bench.run(request)
    bench.skip()
    row = bench.store.state(SOURCE)
    assert row is not None
    assert row.epoch == memory(bench)["epoch"] == said["epoch"]
    assert bench.store.count() == 3


def test_an_edited_cursor_is_where_the_next_run_begins(bench: Bench) -> None:
    sync(bench)
    bench.skip()
    said = memory(bench)
    first = bench.repository.git("rev-list", "--max-parents=0", "HEAD")
    bench.cursor = json.dumps({**said, "cursor": {"last_commit_sha": first}})
    request = bench.ask()
    config = request.run_config["ops"]["sync_code"]["config"]
    assert config["cursor"] == {"last_commit_sha": first}
    assert config["begins"] is True
    assert config["epoch"] != said["epoch"]
    done = bench.run(request)
    counts = done.asset_materializations_for_node("sync_code")[-1].metadata
    assert (counts["new"].value, counts["unchanged"].value) == (0, 2)
    assert "nothing new" in bench.skip()


def test_a_run_from_before_a_clearing_is_not_taken_over(bench: Bench) -> None:
    bench.run(bench.ask())
    bench.cursor = None
    bench.ask()
    assert memory(bench)["cursor"] is None


def test_a_cursor_that_is_not_json_is_left_alone_with_the_remedy(bench: Bench) -> None:
    bench.cursor = "last week"
    assert '{"cursor": {...}}' in bench.skip()
    assert bench.cursor == "last week"


def test_a_failed_run_is_tried_again_after_a_pause(bench: Bench) -> None:
    request = bench.ask()
    hidden = bench.repository.path.with_name("hidden")
    bench.repository.path.rename(hidden)
    bench.run(request, succeed=False)
    reason = bench.skip()
    hidden.rename(bench.repository.path)
    said = memory(bench)
    assert "attempt 1 failed" in reason
    assert str(bench.repository.path) in reason
    assert (said["attempt"], said["token"]) == (1, None)
    assert datetime.fromisoformat(said["not_before"]) <= datetime.now(UTC) + timedelta(seconds=5)
    bench.cursor = json.dumps({**said, "not_before": None})
    sync(bench)
    bench.skip()
    assert memory(bench)["attempt"] == 0


def test_what_a_failed_run_left_word_of_stands_behind_a_later_refresh_s(bench: Bench) -> None:
    done = bench.run(bench.ask())
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    run = bench.instance.get_run_by_id(done.run_id)
    assert run is not None
    bench.cursor = None
    failed = bench.pretend(bench.ask(), DagsterRunStatus.NOT_STARTED)
    leave_word(bench, failed, retry_at=later.isoformat(), message="no more for today")
    leave_word(bench, run, message="a window could not be read")
    bench.instance.report_run_failed(failed)
    assert "no more for today" in bench.skip()
    assert datetime.fromisoformat(memory(bench)["not_before"]) == later


def leave_word(bench: Bench, run: DagsterRun, **said: str) -> None:
    """Note in Dagster's books what a failing step says."""
    observed = AssetObservation(source_key(SOURCE), metadata=said)
    bench.instance.report_dagster_event(
        DagsterEvent(
            event_type_value=DagsterEventType.ASSET_OBSERVATION.value,
            job_name=run.job_name,
            event_specific_data=AssetObservationData(observed),
        ),
        run_id=run.run_id,
    )


def test_a_stopped_run_gives_a_longer_pause(bench: Bench) -> None:
    run = bench.pretend(bench.ask(), DagsterRunStatus.CANCELED)
    assert f"a person stopped run {run.run_id[:8]}" in bench.skip()
    pause = datetime.fromisoformat(memory(bench)["not_before"]) - datetime.now(UTC)
    assert timedelta(minutes=14) < pause <= timedelta(minutes=15)
    assert "a person stopped" in bench.skip()


def test_a_run_that_the_database_dates_hours_ahead_has_succeeded_all_the_same(
    bench: Bench,
) -> None:
    done = bench.run(bench.ask())
    ahead = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=12)
    with bench.instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        mine = RunsTable.c.run_id == done.run_id
        connection.execute(RunsTable.update().where(mine).values(create_timestamp=ahead))
    assert "nothing new" in bench.skip()
    assert memory(bench)["attempt"] == 0


def test_an_unfinished_slice_is_followed_by_the_next_at_once(bench: Bench) -> None:
    bench.pace = Pace(budget=timedelta(0))
    bench.details["every"] = timedelta(hours=1)
    sync(bench)
    request = bench.ask()
    assert bench.store.count() == 3
    bench.pace = Pace()
    bench.run(request)
    assert "nothing new" in bench.skip() or "the next look" in bench.skip()


def test_the_source_is_looked_at_as_seldom_as_it_wants(bench: Bench) -> None:
    bench.details["every"] = timedelta(hours=1)
    sync(bench)
    bench.repository.commit("One more")
    assert "the next look is at" in bench.skip()
    said = memory(bench)
    bench.cursor = json.dumps({**said, "not_before": "2024-01-01T00:00:00+00:00"})
    bench.ask()


def test_another_configuration_is_read_at_once(bench: Bench) -> None:
    bench.details["every"] = timedelta(hours=1)
    sync(bench)
    bench.details["config"] = {"tags": False}
    sync(bench)
    assert "the next look" in bench.skip()


def test_another_grain_is_read_though_the_source_is_quiet(bench: Bench) -> None:
    sync(bench)
    assert "nothing new" in bench.skip()
    bench.details |= {"grain": "day", "start": date(2024, 1, 1), "configured_at": datetime.now(UTC)}
    sync(bench)
    assert sorted(bench.store.window_counts(SOURCE)) == ["2024-01-15", "2024-02-05", "2024-02-26"]
    assert "nothing new" in bench.skip()


def test_a_configuration_that_is_only_saved_again_asks_for_nothing(bench: Bench) -> None:
    sync(bench)
    bench.details["configured_at"] = datetime.now(UTC) + timedelta(minutes=1)
    assert "nothing new" in bench.skip()


def test_windows_that_others_stored_are_announced_by_the_next_run(bench: Bench) -> None:
    sync(bench)
    bench.skip()
    bench.repository.commit("Stored, but not announced")
    asyncio.run(sync_source(bench.store, bench.spec))
    sync(bench)
    assert announced(bench)[-2:] == ["2024-03", None]
    assert "nothing new" in bench.skip()


def test_a_source_that_somebody_writes_is_left_in_peace(bench: Bench) -> None:
    sync(bench)
    bench.repository.commit("One more")
    writer = PassRequest(source_id=SOURCE, source_type="filesystem", kind="refresh")
    with bench.store.begin_pass(writer):
        assert "writes this source" in bench.skip()
    bench.ask()


def test_a_store_that_is_gone_is_said_in_the_tick(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert "the store is not there" in bench.skip()
