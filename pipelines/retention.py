"""Dagster's records of old runs: forgotten once nothing that it shows rests on them.

A log that is written to all day has thousands of runs a day, each with some dozen events and a file
of what it printed. Dagster itself keeps all of them for ever. What events and files a window has is
none of this: it stands in the store.

Each run is looked at once, when it comes of age. One that a window's state in the web UI rests on,
as the last that made it, stays; so does the newest of a source, from which its sensor goes on, and
whatever did not succeed, since a window or a check may be red for it.
"""

import os
import time
from datetime import UTC, datetime
from functools import cache
from typing import Final

from dagster import (
    AssetKey,
    AssetRecordsFilter,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from pipelines.instance import UP_VARIABLE
from pipelines.naming import SOURCE_TAG
from pipelines.pace import Pace
from pipelines.wording import counted

_RUNNING, _STOPPED = DefaultSensorStatus.RUNNING, DefaultSensorStatus.STOPPED
_AT_ONCE: Final = 1_000
_SECONDS: Final = 5.0
"""How long one look takes at most: who ends the daemon waits for it."""


def build_retention(pace: Pace) -> SensorDefinition:
    """Make the sensor that forgets old runs; its cursor is when the last one looked at was made.

    It runs by itself below ``daybook up``, where Dagster has nobody else's runs.
    """
    days = counted(pace.keep.days, "day")

    @sensor(
        name="forget_runs",
        minimum_interval_seconds=round(pace.sweep.total_seconds()),
        default_status=_RUNNING if UP_VARIABLE in os.environ else _STOPPED,
        description=f"Deletes runs older than {days}, unless the state of a window rests on them.",
    )
    def forget(context: SensorEvaluationContext) -> SensorResult:
        after = datetime.fromisoformat(context.cursor) if context.cursor else None
        before = datetime.now(UTC) - pace.keep
        origin = context.code_location_origin
        count, reached = forget_runs(
            context.instance, after, before, location=origin.location_name if origin else None
        )
        return SensorResult(
            skip_reason=SkipReason(f"{counted(count, 'run')} older than {days} forgotten"),
            cursor=reached.isoformat() if reached else None,
        )

    return forget


def forget_runs(
    instance: DagsterInstance,
    after: datetime | None,
    before: datetime,
    *,
    location: str | None = None,
    seconds: float = _SECONDS,
) -> tuple[int, datetime | None]:
    """Delete runs that were made between two times, oldest first, with what they printed.

    Args:
        instance: whose.
        after: aware; ``None``: from the first one on.
        before: aware.
        location: the code location whose runs they are; ``None``: all are.
        seconds: after which this ends; the next call goes on from there.

    Returns:
        How many are gone, and when the last one looked at was made.
    """
    deadline = time.monotonic() + seconds
    needed = _Needed(instance)
    old = RunsFilter(
        statuses=[DagsterRunStatus.SUCCESS], created_after=after, created_before=before
    )
    count, reached = 0, after
    for record in instance.get_run_records(old, limit=_AT_ONCE, ascending=True):
        if time.monotonic() > deadline:
            break
        run_id = record.dagster_run.run_id
        if _is_of(record, location) and not needed.needs(record):
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            instance.delete_run(run_id)
            count += 1
        reached = record.create_timestamp
    return count, reached


def _is_of(record: RunRecord, location: str | None) -> bool:
    origin = record.dagster_run.remote_job_origin
    return location is None or origin is None or origin.location_name == location


class _Needed:
    """What of the records must stay; found out once for each window and source."""

    def __init__(self, instance: DagsterInstance) -> None:
        self._instance = instance
        self._newest = cache(self._find_newest)
        self._latest = cache(self._find_latest)

    def needs(self, record: RunRecord) -> bool:
        """Whether a sensor goes on from a run, or a window's state is that of this run."""
        run = record.dagster_run
        source_id = run.tags.get(SOURCE_TAG)
        if source_id is not None and self._newest(source_id) == run.run_id:
            return True
        made = self._instance.get_records_for_run(
            run.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION
        )
        for event in made.records:
            key, partition = event.asset_key, event.partition_key
            if key and self._latest(key, partition) == run.run_id:
                return True
        return False

    def _find_newest(self, source_id: str) -> str | None:
        runs = self._instance.get_runs(RunsFilter(tags={SOURCE_TAG: source_id}), limit=1)
        return runs[0].run_id if runs else None

    def _find_latest(self, key: AssetKey, partition: str | None) -> str | None:
        """Name the run that made a window last; without a window, the last of the asset."""
        where = AssetRecordsFilter(key, asset_partitions=[partition] if partition else None)
        last = self._instance.fetch_materializations(where, limit=1).records
        return last[0].run_id if last else None
