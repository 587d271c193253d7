"""Old runs are forgotten, and nothing that Dagster shows of a window or a sensor goes on from."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    SensorResult,
    SkipReason,
    build_sensor_context,
)
from dagster._core.storage.runs.schema import RunsTable
from sqlalchemy import select

from pipelines.instance import UP_VARIABLE, write_instance
from pipelines.naming import SOURCE_TAG, lake_key, source_key
from pipelines.pace import Pace
from pipelines.retention import build_retention, forget_runs
from resources.dagster_storage import prepare_dagster_storage
from tests.support.bench import SOURCE, Bench

WEEK = Pace(keep=timedelta(days=7))
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(params=["daybook up", "dagster dev"])
def kept(
    bench: Bench, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """A source and its Dagster: as `daybook up` sets it up, and as it is by itself, in SQLite."""
    if request.param == "dagster dev":
        folder = bench.home / "dagster"
        folder.mkdir(parents=True)
        with DagsterInstance.local_temp(str(folder)) as instance:
            yield replace(bench, instance=instance)
        return
    monkeypatch.setenv("DAYBOOK_DAGSTER_URL", prepare_dagster_storage(bench.database_url))
    folder = write_instance(bench.home, 14).parent
    with DagsterInstance.from_config(str(folder)) as instance:
        yield replace(bench, instance=instance)


def runs(bench: Bench) -> list[str]:
    """The runs that there are, oldest first."""
    return [run.run_id for run in bench.instance.get_runs(ascending=True)]


def printed(bench: Bench) -> set[str]:
    """The runs that have files."""
    return {
        path.parent.name for path in (bench.home / "dagster" / "storage").glob("*/compute_logs")
    }


def age(bench: Bench, days: int) -> None:
    """Make all runs older."""
    with bench.instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        number, made = RunsTable.c.id, RunsTable.c.create_timestamp
        for run, time in connection.execute(select(number, made)).all():
            older = time - timedelta(days=days)
            connection.execute(RunsTable.update().where(number == run).values({made: older}))


def resting(bench: Bench) -> dict[tuple[str, str | None], str]:
    """Each window that is shown as made, and the run that made it last."""
    last: dict[tuple[str, str | None], str] = {}
    for key in (source_key(SOURCE), lake_key(SOURCE)):
        for record in bench.instance.fetch_materializations(key, limit=1_000).records:
            last.setdefault((key.to_user_string(), record.partition_key), record.run_id)
    return last


def test_only_what_something_rests_on_stays(kept: Bench) -> None:
    for number in range(4):
        kept.repository.commit(f"Number {number}")
        kept.run(kept.ask())
    kept.draw("2024-01", "2024-02")
    kept.refresh("2024-02")
    kept.draw("2024-02", "2024-02")
    before, made = resting(kept), runs(kept)
    assert printed(kept) == set(made)
    forget = build_retention(WEEK)
    young = forget(build_sensor_context(instance=kept.instance))
    assert isinstance(young, SensorResult)
    assert (young.cursor, runs(kept)) == (None, made), "they are not of age"

    age(kept, 8)
    answer = forget(build_sensor_context(instance=kept.instance))
    assert isinstance(answer, SensorResult)
    assert answer.skip_reason == SkipReason("1 run older than 7 days forgotten")
    assert resting(kept) == before
    assert set(runs(kept)) == set(before.values()) < set(made)
    assert printed(kept) == set(runs(kept))
    again = build_sensor_context(instance=kept.instance, cursor=answer.cursor)
    later = forget(again)
    assert isinstance(later, SensorResult)
    assert later.skip_reason == SkipReason("0 runs older than 7 days forgotten")
    assert later.cursor == answer.cursor, "each is looked at once"
    assert "nothing new" in kept.skip(), "its sensor goes on as if nothing had been"


def test_the_newest_run_of_a_source_stays_though_it_made_nothing(kept: Bench) -> None:
    job = kept.definitions.resolve_implicit_global_asset_job_def()
    for _ in range(2):
        kept.instance.create_run_for_job(
            job, status=DagsterRunStatus.SUCCESS, tags={SOURCE_TAG: SOURCE}
        )
    first, newest = runs(kept)
    assert forget_runs(kept.instance, None, LATER)[0] == 1
    assert runs(kept) == [newest] != [first]


def test_what_still_runs_or_did_not_succeed_is_left_alone(kept: Bench) -> None:
    job = kept.definitions.resolve_implicit_global_asset_job_def()
    kinds = (DagsterRunStatus.STARTED, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
    left = [kept.instance.create_run_for_job(job, status=status).run_id for status in kinds]
    kept.instance.create_run_for_job(job, status=DagsterRunStatus.SUCCESS)
    assert forget_runs(kept.instance, None, LATER)[0] == 1
    assert runs(kept) == left


def test_it_runs_by_itself_below_daybook_up_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build_retention(WEEK).default_status == DefaultSensorStatus.STOPPED
    monkeypatch.setenv(UP_VARIABLE, str(bench.home))
    assert build_retention(WEEK).default_status == DefaultSensorStatus.RUNNING


def test_a_look_that_takes_too_long_goes_on_the_next_time(kept: Bench) -> None:
    job = kept.definitions.resolve_implicit_global_asset_job_def()
    kept.instance.create_run_for_job(job, status=DagsterRunStatus.SUCCESS)
    assert forget_runs(kept.instance, None, LATER, seconds=-1) == (0, None)
    assert forget_runs(kept.instance, None, LATER)[0] == 1
