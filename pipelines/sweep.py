"""The sweep: files of the lake that nobody has drawn since their window changed.

A run may die behind its events, an automation condition leaves out the newest day of a source with
day windows, and the command writes without Dagster: whatever was missed is found by its mark.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from dagster import (
    AssetKey,
    AssetSelection,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from pipelines.config import SourceSpec
from pipelines.lake import FILES_PER_RUN, all_drawn
from pipelines.naming import (
    MAX_RUNTIME_TAG,
    drawn_keys,
    is_partition,
    lake_key,
    range_tags,
    step_name,
)
from pipelines.pace import Pace
from resources.configurable import StoreResource
from resources.stores.base import EpisodicStore
from resources.stores.report import DirtyWindow
from sources import DaybookError, UnavailableError
from sources.windows import Grain, current_window, window_bounds, window_range

_UNDER_WAY: Final = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
)


def build_sweep(specs: Sequence[SourceSpec], pace: Pace) -> SensorDefinition:
    """Make the sensor that asks for files which nobody has drawn since their window changed."""

    @sensor(
        name="sweep_lake",
        # Not `target`: it makes one job of assets whose windows may differ.
        asset_selection=AssetSelection.assets(*all_drawn(specs)),
        minimum_interval_seconds=round(pace.sweep.total_seconds()),
        default_status=DefaultSensorStatus.RUNNING,
        description="Asks for the files of windows that are still marked as changed.",
    )
    def sweep_lake(
        context: SensorEvaluationContext, store: StoreResource
    ) -> SensorResult | SkipReason:
        busy = _keys_under_way(context.instance)
        idle = [spec for spec in specs if lake_key(spec.id) not in busy]
        requests: list[RunRequest] = []
        faults: list[str] = []
        try:
            with store.open() as opened:
                for spec in idle:
                    try:
                        requests += _missed(opened, spec, pace)
                    except DaybookError as error:  # of one source; the others' files go on
                        faults.append(f"{spec.id}: {error}")
        except UnavailableError as error:
            return SkipReason(f"the store is not there: {error}")
        if requests and faults:  # which could be said in no other way
            context.log.warning("%s", "; ".join(faults))
        if not requests:
            return SkipReason("; ".join(faults) or "every file is as new as its window")
        return SensorResult(run_requests=requests)

    return sweep_lake


def _missed(store: EpisodicStore, spec: SourceSpec, pace: Pace) -> list[RunRequest]:
    """Ask for the files of one source's windows that wait."""
    windows = _marked(spec, store.dirty_windows("lake", spec.id))
    return [
        _request(spec, first, last, pace) for first, last in runs_of_neighbours(windows, spec.grain)
    ]


def runs_of_neighbours(windows: Sequence[str], grain: Grain) -> Iterator[tuple[str, str]]:
    """Join neighbouring windows into ranges, first and last, so that a range holds no other.

    >>> list(runs_of_neighbours(["2023-12", "2024-01", "2024-05"], "month"))
    [('2023-12', '2024-01'), ('2024-05', '2024-05')]
    """
    if not windows:
        return
    ordered = sorted(windows)
    since, until = window_bounds(ordered[0], grain)[0], window_bounds(ordered[-1], grain)[1]
    wanted = set(ordered)
    for marked, group in groupby(window_range(grain, since, until), wanted.__contains__):
        if marked:
            members = list(group)
            for start in range(0, len(members), FILES_PER_RUN):
                piece = members[start : start + FILES_PER_RUN]
                yield piece[0], piece[-1]


def _marked(spec: SourceSpec, marks: Sequence[DirtyWindow]) -> list[str]:
    """Name the windows that wait, among those that Dagster knows.

    Where only others wait, of an earlier grain or start, any run of the source sees to them.
    """
    known = [item.window for item in marks if is_partition(spec, item.window)]
    if known or not marks:
        return known
    newest = current_window(spec.grain, datetime.now(UTC))
    return [newest] if is_partition(spec, newest) else []


def _keys_under_way(instance: DagsterInstance) -> set[AssetKey]:
    """Name the assets that some run is about to make."""
    records = instance.get_run_records(RunsFilter(statuses=list(_UNDER_WAY)))
    return {key for record in records for key in record.dagster_run.asset_selection or ()}


def _request(spec: SourceSpec, first: str, last: str, pace: Pace) -> RunRequest:
    return RunRequest(
        asset_selection=drawn_keys(spec),
        run_config={"ops": {step_name("draw", spec.id): {"config": {"only_marked": True}}}},
        tags={**range_tags(first, last), MAX_RUNTIME_TAG: str(pace.max_runtime)},
    )
