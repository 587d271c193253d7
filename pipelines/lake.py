"""One asset a source for its files in the lake.

What is counted of requests is an asset of its own, drawn in the same step from the same reading.

An automation condition asks for exactly the windows that a sync, a refresh or a backfill
touched. The open window of a source with day windows would be drawn with every sync; it is left
to the sweep, which comes less often.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dagster import (
    AssetCheckKey,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    BackfillPolicy,
    Config,
    DefaultSensorStatus,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)
from pydantic import Field

from pipelines.config import SourceSpec
from pipelines.display import column_schema
from pipelines.naming import (
    AUTOMATION_TAG,
    PARENT_TAG,
    drawn_keys,
    is_partition,
    lake_key,
    lake_pool,
    partitions_of,
    source_key,
    step_name,
    traffic_key,
)
from pipelines.traffic import count_traffic, plot_window, traffic_columns
from resources.configurable import StoreResource
from resources.stores.base import EpisodicStore
from resources.stores.lake import Lake
from resources.stores.lake.places import lake_label
from resources.stores.report import DirtyWindow
from sources.windows import Grain

FILES_PER_RUN: Final = 120
"""Files that one run of a backfill draws."""


class LakeConfig(Config):
    """What a run is told; a person may say it too."""

    only_marked: bool = Field(
        default=False,
        description="Pass over windows that somebody has drawn meanwhile; so does each run that "
        "the automation condition asked for.",
    )


def build_lake_asset(spec: SourceSpec) -> AssetsDefinition:
    """Make the asset of one source's Parquet files, one a window."""

    @multi_asset(
        name=step_name("draw", spec.id),
        specs=[_describe_asset(spec, key) for key in drawn_keys(spec)],
        backfill_policy=BackfillPolicy.multi_run(max_partitions_per_run=FILES_PER_RUN),
        pool=lake_pool(spec.id),
    )
    def lake_asset(
        context: AssetExecutionContext, config: LakeConfig, store: StoreResource
    ) -> Iterator[MaterializeResult[None]]:
        lake = store.open_lake()
        with store.open() as opened:
            only_marked = config.only_marked or _is_automatic(context.run.tags)
            drawn = _draw(lake, opened, spec, context.partition_keys, only_marked=only_marked)
        place = lake_label(store.lake_url)
        for key in drawn_keys(spec):
            for window, said in _describe_windows(lake, spec, key, drawn):
                context.add_asset_metadata(said, key, window)
            yield MaterializeResult(
                asset_key=key,
                metadata={
                    "windows": list(drawn),
                    "directory": MetadataValue.path(f"{place}/{key.path[0]}/{spec.id}"),
                },
            )

    return lake_asset


def _describe_asset(spec: SourceSpec, key: AssetKey) -> AssetSpec:
    """Describe the files, or what is counted of requests, which is made with them."""
    counted = key == traffic_key(spec.id)
    return AssetSpec(
        key,
        deps=[source_key(spec.id)],
        description=(
            f"Requests of {spec.id} by minute, host, route, method and class of status; table "
            "`api_traffic`, and one Parquet file a window, made together with the events' own."
            if counted
            else f"Parquet files of {spec.id}: live events, one file a window."
        ),
        group_name=spec.type,
        kinds={"parquet", "postgres"} if counted else {"parquet"},
        owners=list(spec.owners),
        partitions_def=partitions_of(spec),
        automation_condition=touched_windows(spec.grain),
        metadata={"dagster/column_schema": traffic_columns() if counted else column_schema()},
    )


def _is_automatic(tags: Mapping[str, str]) -> bool:
    """Whether the automation condition asked for a run, and nobody has started it again since."""
    return AUTOMATION_TAG in tags and PARENT_TAG not in tags


def _describe_windows(
    lake: Lake, spec: SourceSpec, key: AssetKey, drawn: Mapping[str, int]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Say of each window what is drawn; of requests the newest is shown over time as well.

    Args:
        lake: where it is drawn.
        spec: whose.
        key: of the events' files, or of what is counted of requests.
        drawn: windows and their events.
    """
    for window, rows in drawn.items():
        if key == lake_key(spec.id):
            yield window, {"dagster/partition_row_count": rows}
            continue
        shown = plot_window(lake, spec, window) if window == max(drawn) else {}
        yield window, {**count_traffic(lake, spec, window), **shown}


def _draw(
    lake: Lake,
    store: EpisodicStore,
    spec: SourceSpec,
    windows: Sequence[str],
    *,
    only_marked: bool,
) -> dict[str, int]:
    """Draw files, and give the windows drawn and their rows."""
    marks = {item.window: item.mark for item in store.dirty_windows("lake", spec.id)}
    asked = [
        DirtyWindow(source_id=spec.id, window=name, mark=marks.get(name, 0))
        for name in windows
        if name in marks or not only_marked
    ]
    drawn = {
        item.window: lake.write_window(store, spec.id, item.window).rows
        for item in lake.ordered(store, asked)
    }
    left = [item.window for item in store.dirty_windows("lake", spec.id)]
    if all(name in drawn for name in left if is_partition(spec, name)):
        # What was in windows of another grain or start is in its new files now.
        for window in left:
            if not is_partition(spec, window):
                lake.write_window(store, spec.id, window)
    return drawn


def touched_windows(grain: Grain) -> AutomationCondition[AssetKey | AssetCheckKey]:
    """Ask for exactly the windows that were touched, late and touched again included."""
    condition = (
        AutomationCondition.any_deps_updated().since_last_handled()
        & ~AutomationCondition.in_progress()
        & ~AutomationCondition.any_deps_in_progress()
    )
    if grain == "day":
        condition = condition & ~AutomationCondition.in_latest_time_window()
    return condition.with_label("touched windows")


def all_drawn(specs: Sequence[SourceSpec]) -> list[AssetKey]:
    """Give the keys of everything that is drawn of some sources."""
    return [key for spec in specs for key in drawn_keys(spec)]


def build_automation_sensor(specs: Sequence[SourceSpec]) -> AutomationConditionSensorDefinition:
    """Make the sensor that evaluates the conditions of all files."""
    return AutomationConditionSensorDefinition(
        "draw_touched_windows",
        target=AssetSelection.assets(*all_drawn(specs)),
        default_status=DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=10,
        description="Asks for the files of the windows that a sync or a refresh touched.",
    )
