"""What a source's asset, runs and windows are called in Dagster."""

from datetime import UTC, datetime
from typing import Final

from dagster import (
    AssetKey,
    DailyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    TimeWindowPartitionsDefinition,
)

from pipelines.config import SourceSpec
from resources.stores.traffic import REQUEST_KIND
from sources import ConfigError, EventSourceFactory
from sources.windows import KEY_FORMAT, current_window, first_window, window_bounds

SOURCE_TAG: Final = "daybook/source"
REQUEST_TAG: Final = "daybook/token"
REASON_TAG: Final = "daybook/reason"
"""Why a sensor asked for the run."""
MAX_RUNTIME_TAG: Final = "dagster/max_runtime"
AUTOMATION_TAG: Final = "dagster/from_automation_condition"
"""What Dagster's daemon gives to the runs and backfills that an automation condition asked for."""
PARENT_TAG: Final = "dagster/parent_run_id"
"""What a run has that repeats another one; it has the tags of that one too."""
WINDOWS_PER_RUN: Final = 24
"""Windows that one run reads again, so that it neither dies of age nor blocks others."""


def source_key(source_id: str) -> AssetKey:
    """Name the asset of a source's events."""
    return AssetKey(["sources", source_id])


def lake_key(source_id: str) -> AssetKey:
    """Name the asset of a source's files in the lake."""
    return AssetKey(["lake", source_id])


def traffic_key(source_id: str) -> AssetKey:
    """Name the asset of what is counted of a source's requests."""
    return AssetKey(["api_traffic", source_id])


def drawn_keys(spec: SourceSpec) -> list[AssetKey]:
    """Name the assets that are drawn together from one reading of a window."""
    kinds = EventSourceFactory.get_source_class(spec.type).KINDS
    counted = [traffic_key(spec.id)] if REQUEST_KIND in kinds else []
    return [lake_key(spec.id), *counted]


def step_name(prefix: str, source_id: str) -> str:
    """Name a step, sensor or schedule of a source, where Dagster allows no hyphen.

    Ids have no capitals, so two ids never meet in one name.

    >>> step_name("sync", "athena-repo"), step_name("sync", "athena_repo")
    ('sync_athena_repo', 'sync_athenaUrepo')
    """
    return f"{prefix}_{source_id.replace('_', 'U').replace('-', '_')}"


def source_resource(source_id: str) -> str:
    """Name the resource that reads a source."""
    return step_name("source", source_id)


def source_pool(source_id: str) -> str:
    """Name the pool that lets one run at a time write a source."""
    return f"source/{source_id}"


def lake_pool(source_id: str) -> str:
    """Name the pool that lets one run at a time draw a source's files."""
    return f"lake/{source_id}"


def kind_of(source_type: str) -> str:
    """Name the icon of a source type in the web UI."""
    return EventSourceFactory.get_source_class(source_type).ICON or source_type


def partitions_of(spec: SourceSpec) -> TimeWindowPartitionsDefinition:
    """Give a source's windows as Dagster's partitions, the current one included."""
    start = datetime(spec.start.year, spec.start.month, spec.start.day, tzinfo=UTC)
    form = KEY_FORMAT[spec.grain]
    if spec.grain == "day":
        return DailyPartitionsDefinition(start, timezone="UTC", fmt=form, end_offset=1)
    return MonthlyPartitionsDefinition(start, timezone="UTC", fmt=form, end_offset=1)


def is_partition(spec: SourceSpec, window: str) -> bool:
    """Say whether Dagster knows a window; it does not where grain or start were others."""
    try:
        window_bounds(window, spec.grain)
    except ConfigError:
        return False
    now = current_window(spec.grain, datetime.now(UTC))
    return first_window(spec.grain, spec.start) <= window <= now


def range_tags(first: str, last: str) -> dict[str, str]:
    """Give the tags that make a run read the windows from ``first`` to ``last``."""
    return {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }
