"""What Dagster is shown of a configuration: keys, partitions, automation, and no connection."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    build_schedule_context,
)
from dagster._core.events import EngineEventData

from pipelines.config import SourceSpec
from pipelines.definitions import load_definitions
from pipelines.instance import instance_settings, write_instance
from pipelines.loading import default_source, read_sources
from pipelines.naming import (
    drawn_keys,
    kind_of,
    lake_key,
    partitions_of,
    step_name,
    traffic_key,
)
from pipelines.orphans import cancel_orphans
from pipelines.pace import Pace, read_pace
from pipelines.schedules import build_schedule, trailing_windows
from resources.stores.base import STORED_SCHEMA
from sources import ApiLogEventSource, ConfigError, EventSourceFactory
from sources.windows import Grain
from tests.support.packages import broken_package
from tests.support.processes import ROOT, environment

CONFIGURATION = """
sources:
  - id: one-repo
    type: filesystem
    start: 2024-02
    owners: [ada@example.org]
    description: The first repository.
  - id: one_repo
    type: filesystem
    grain: day
    start: 2026-01-30
    refresh_windows: 0
"""


@pytest.fixture
def defined(tmp_path: Path) -> Definitions:
    (tmp_path / "sources.yaml").write_text(CONFIGURATION)
    return load_definitions({"DAYBOOK_HOME": "state"}, tmp_path)


class Gateway(ApiLogEventSource):
    """A source type of another package whose events are requests too."""

    SOURCE_TYPE = "gateway"
    ICON = "envoy"


def test_requests_are_counted_whatever_type_of_source_they_come_from() -> None:
    EventSourceFactory.register_source("gateway", Gateway)
    try:
        spec = SourceSpec(id="door", type="gateway", config={}, start=date(2024, 1, 1))
        assert drawn_keys(spec) == [lake_key("door"), traffic_key("door")]
        assert kind_of("gateway") == "envoy"
    finally:
        EventSourceFactory.unregister_source("gateway")


def test_the_picture_of_access_logs_is_true_of_every_servers() -> None:
    assert kind_of("api_log") == "file"


def test_each_source_is_two_assets_with_the_same_windows(defined: Definitions) -> None:
    graph = defined.resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert keys == {"sources/one-repo", "lake/one-repo", "sources/one_repo", "lake/one_repo"}
    for source_id, first in (("one-repo", "2024-02"), ("one_repo", "2026-01-30")):
        source = graph.get(AssetKey(["sources", source_id]))
        lake = graph.get(AssetKey(["lake", source_id]))
        assert source.partitions_def == lake.partitions_def
        assert source.partitions_def is not None
        keys_now = source.partitions_def.get_partition_keys()
        now = datetime.now(UTC)
        assert keys_now[0] == first
        assert keys_now[-1] == f"{now:%Y-%m}" if source_id == "one-repo" else f"{now:%Y-%m-%d}"
        assert source.automation_condition is None
        assert lake.automation_condition is not None
        assert lake.parent_keys == {source.key}
        assert source.pools == {f"source/{source_id}"}
        assert source.group_name == "filesystem"
        assert source.kinds == {"git", "postgres"}
    assert graph.get(AssetKey(["sources", "one-repo"])).owners == ["ada@example.org"]


def test_a_source_that_no_night_reads_again_is_never_stale(defined: Definitions) -> None:
    graph = defined.resolve_asset_graph()
    policies = {
        key.path[-1]: graph.get(key).freshness_policy is not None
        for key in graph.get_all_asset_keys()
        if key.path[0] == "sources"
    }
    assert policies == {"one-repo": True, "one_repo": False}


def test_every_column_is_shown_with_its_meaning(defined: Definitions) -> None:
    node = defined.resolve_asset_graph().get(AssetKey(["sources", "one-repo"]))
    shown = node.metadata["dagster/column_schema"].columns
    assert [column.name for column in shown] == STORED_SCHEMA.names
    assert all(column.description for column in shown)


def test_sensors_and_schedules_run_from_the_start(defined: Definitions) -> None:
    repository = defined.get_repository_def()
    repository.load_all_definitions()
    sensors = {sensor.name: sensor.default_status.value for sensor in repository.sensor_defs}
    assert sensors == {
        "follow_one_repo": "RUNNING",
        "follow_oneUrepo": "RUNNING",
        "draw_touched_windows": "RUNNING",
        "sweep_lake": "RUNNING",
        "forget_runs": "STOPPED",
    }
    schedules = {item.name: item.default_status.value for item in repository.schedule_defs}
    assert schedules == {"refresh_one_repo": "RUNNING", "verify_lake": "RUNNING"}


def test_every_check_is_there(defined: Definitions) -> None:
    graph = defined.resolve_asset_graph()
    names = {f"{key.asset_key.path[0]}:{key.name}" for key in graph.asset_check_keys}
    assert names == {
        "sources:claims",
        "sources:coverage",
        "sources:quarantine",
        "lake:equals_store",
    }


def test_the_nightly_refresh_names_the_trailing_windows() -> None:
    spec = SourceSpec(id="s", type="filesystem", start=date(2023, 12, 1), refresh_windows=3)
    night = datetime(2024, 2, 3, 3, 15, tzinfo=UTC)
    assert trailing_windows(spec, night) == ["2023-12", "2024-01", "2024-02"]
    context = build_schedule_context(scheduled_execution_time=night)
    (request,) = build_schedule(spec).evaluate_tick(context).run_requests or ()
    assert request.tags["dagster/asset_partition_range_start"] == "2023-12"
    assert request.tags["dagster/asset_partition_range_end"] == "2024-02"
    early = SourceSpec(id="s", type="filesystem", start=date(2024, 2, 1), refresh_windows=3)
    assert trailing_windows(early, night) == ["2024-02"]


@pytest.mark.parametrize("grain", ["month", "day"])
def test_the_end_of_a_window_is_read_again_in_the_first_night_after_it(
    grain: Grain, tmp_path: Path
) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(f"sources: [{{id: s, type: filesystem, grain: {grain}}}]")
    (written,) = read_sources(path)
    night = datetime(2024, 3, 1, 3, 15, tzinfo=UTC)
    ended = {"month": "2024-02", "day": "2024-02-29"}[grain]
    assert ended in trailing_windows(written, night)
    assert "2024-02" in trailing_windows(default_source(tmp_path), night)


def test_windows_and_partitions_are_the_same() -> None:
    spec = SourceSpec(id="s", type="filesystem", grain="day", start=date(2024, 2, 28))
    keys = partitions_of(spec).get_partition_keys(current_time=datetime(2024, 3, 1, 5, tzinfo=UTC))
    assert keys == ["2024-02-28", "2024-02-29", "2024-03-01"]


def test_names_of_steps_never_meet() -> None:
    ids = ["a-b", "a_b", "a-_b", "a_-b", "a--b", "a__b", "ab"]
    assert len({step_name("sync", source_id) for source_id in ids}) == len(ids)


def test_a_wrong_configuration_is_said_where_definitions_are_shown(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("sources:\n  - {id: x, type: filesytem}\n")
    done = subprocess.run(
        [sys.executable, "-c", "import pipelines.definitions"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
    )
    assert done.returncode != 0
    assert "sources.yaml:2" in done.stderr
    assert "filesystem" in done.stderr


def test_importing_the_definitions_touches_nothing_and_warns_of_nothing(tmp_path: Path) -> None:
    program = (
        "import dagster, time, warnings\n"
        "for kind in (dagster.BetaWarning, dagster.PreviewWarning, dagster.SupersessionWarning,\n"
        "             DeprecationWarning):\n"
        "    warnings.simplefilter('error', kind)\n"
        "from pipelines.definitions import defs\n"
        "defs.get_repository_def().load_all_definitions()\n"
        "import sys\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=tmp_path,
        env=environment(
            PYTHONPATH=str(ROOT), DAYBOOK_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"
        ),
    )
    assert list(tmp_path.iterdir()) == []


def test_a_broken_package_stops_no_source_of_another_type(tmp_path: Path) -> None:
    site = broken_package(tmp_path / "site")
    (tmp_path / "sources.yaml").write_text(CONFIGURATION)
    done = subprocess.run(
        [sys.executable, "-c", "from pipelines.definitions import defs; print(defs is not None)"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(PYTHONPATH=f"{site}:{ROOT}", DAYBOOK_HOME="state"),
    )
    assert done.stdout == "True\n", done.stderr
    assert "'broken' (not_there:Source) cannot be loaded" in done.stderr


def test_a_secret_is_shown_by_the_name_of_its_variable_only(tmp_path: Path) -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/none"
    definitions = load_definitions({"DAYBOOK_DATABASE_URL": url}, tmp_path)
    assert "hunter2" not in repr(definitions.resources)
    assert "DAYBOOK_DATABASE_URL" in repr(definitions.resources)


def test_the_place_of_the_lake_is_shown_by_the_name_of_its_variable_too(tmp_path: Path) -> None:
    definitions = load_definitions({"DAYBOOK_LAKE": "s3://key:hunter2@bucket/events"}, tmp_path)
    assert "hunter2" not in repr(definitions.resources)
    assert "DAYBOOK_LAKE" in repr(definitions.resources)
    own = load_definitions({"DAYBOOK_HOME": "state"}, tmp_path)
    assert str(tmp_path / "state" / "lake") in repr(own.resources)


def test_the_instance_is_written_once_and_holds_no_secret(tmp_path: Path) -> None:
    path = write_instance(tmp_path, 3)
    assert path == tmp_path / "dagster" / "dagster.yaml"
    written = yaml.safe_load(path.read_text())
    assert written == instance_settings("DAYBOOK_DAGSTER_URL", 3)
    kept = {"skipped": 3, "started": 3, "success": 3, "failure": 3}
    assert written["retention"]["sensor"] == {"purge_after_days": kept}
    assert written["storage"]["postgres"]["postgres_url"] == {"env": "DAYBOOK_DAGSTER_URL"}
    before = path.stat().st_mtime_ns
    write_instance(tmp_path, 3)
    assert path.stat().st_mtime_ns == before


def test_an_instance_without_orphans_is_left_as_it_is(tmp_path: Path) -> None:
    with DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        assert cancel_orphans(instance) == []


def test_a_run_whose_process_is_gone_counts_as_failed(tmp_path: Path, defined: Definitions) -> None:
    with (
        subprocess.Popen(["sleep", "60"]) as alive,
        DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance,
    ):
        gone = subprocess.Popen(["true"])
        gone.wait()
        job = defined.resolve_implicit_global_asset_job_def()
        runs = {}
        for pid in (alive.pid, gone.pid):
            run = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED)
            instance.report_engine_event("Started", run, EngineEventData.in_process(pid))
            runs[pid] = run.run_id
        unstarted = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED)
        assert cancel_orphans(instance) == [runs[gone.pid]]
        alive.kill()
        for run_id in (runs[alive.pid], unstarted.run_id):
            found = instance.get_run_by_id(run_id)
            assert found is not None
            assert found.status is DagsterRunStatus.STARTED
        ended = instance.get_run_by_id(runs[gone.pid])
        assert ended is not None
        assert ended.status is DagsterRunStatus.FAILURE


@pytest.mark.parametrize("text", ["0", "soon", "-3", "1e9", "nan"])
def test_a_pace_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="DAYBOOK_TICK_SECONDS"):
        read_pace({"DAYBOOK_TICK_SECONDS": text})


@pytest.mark.parametrize("text", ["0", "1.5", "-3", "long", "99999999", "²"])
def test_days_to_keep_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="DAYBOOK_KEEP_DAYS"):
        read_pace({"DAYBOOK_KEEP_DAYS": text})


def test_a_pace_may_be_named() -> None:
    pace = read_pace({"DAYBOOK_TICK_SECONDS": "2", "DAYBOOK_BUDGET_SECONDS": "60"})
    assert read_pace({"DAYBOOK_KEEP_DAYS": "90"}).keep.days == 90
    assert (pace.tick.total_seconds(), pace.max_runtime) == (2, 180)
    assert read_pace({}) == Pace()
