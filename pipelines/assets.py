"""One asset a source, and the two kinds of run on it.

A *sync* has no partition key: it reads what is new since the cursor and marks the windows that
it touched. A *refresh* has partition keys: it reads those windows again, whole, each committed
on its own, and neither reads nor moves any cursor.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dagster import (
    AssetExecutionContext,
    AssetMaterialization,
    AssetObservation,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    Config,
    Failure,
    FreshnessPolicy,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)
from pydantic import Field

from pipelines.config import SourceSpec
from pipelines.display import column_schema, describe_counts, describe_source
from pipelines.naming import (
    WINDOWS_PER_RUN,
    kind_of,
    partitions_of,
    source_key,
    source_pool,
    source_resource,
    step_name,
)
from pipelines.pace import Pace
from pipelines.redacting import redact, shows_secret
from pipelines.sync import Progress, SyncResult, refresh_window, sync_source
from resources.configurable import SourceResource, StoreResource
from resources.stores.base import EpisodicStore
from resources.stores.report import DirtyWindow
from sources import BusyError, DaybookError, UnavailableError

_BUSY_PATIENCE: Final = 60.0
_REPORT_EVERY: Final = 5.0
_STALE_AFTER: Final = timedelta(days=2)


class SyncConfig(Config):
    """What the sensor tells a sync run; a refresh needs none of it."""

    cursor: dict[str, Any] | None = Field(
        default=None, description="Where the source stood when the run was asked for."
    )
    epoch: str | None = Field(default=None, description="The line of progress.")
    begins: bool = Field(
        default=False, description="A person named the cursor: begin a new epoch from it."
    )
    token: str | None = Field(default=None, description="The request that this run answers.")


def build_source_asset(spec: SourceSpec, pace: Pace) -> AssetsDefinition:
    """Make the asset that holds all events of one source."""

    @multi_asset(
        name=step_name("sync", spec.id),
        specs=[_describe_asset(spec)],
        backfill_policy=BackfillPolicy.multi_run(max_partitions_per_run=WINDOWS_PER_RUN),
        pool=source_pool(spec.id),
        required_resource_keys={"store", source_resource(spec.id)},
    )
    def source_asset(
        context: AssetExecutionContext, config: SyncConfig
    ) -> Iterator[MaterializeResult[None]]:
        store: StoreResource = context.resources.store
        with store.open() as opened:
            source: SourceResource = getattr(context.resources, source_resource(spec.id))
            work = _Work(context, spec, opened, source)
            try:
                if context.has_partition_key or context.has_partition_key_range:
                    yield from work.refresh(list(context.partition_keys))
                else:
                    yield work.sync(config, pace.budget)
            except DaybookError as error:
                failure = work.explain(error, config.token)
                raise failure from (None if shows_secret(error, os.environ) else error)

    return source_asset


def _describe_asset(spec: SourceSpec) -> AssetSpec:
    return AssetSpec(
        source_key(spec.id),
        description=spec.description or f"Events of the {spec.type} source {spec.id}.",
        group_name=spec.type,
        kinds={kind_of(spec.type), "postgres"},
        owners=list(spec.owners),
        partitions_def=partitions_of(spec),
        freshness_policy=_freshness(spec),
        metadata={"dagster/column_schema": column_schema(), "grain": spec.grain},
    )


def _freshness(spec: SourceSpec) -> FreshnessPolicy | None:
    """Say when a source is stale; one that no night reads again may be quiet for years."""
    return FreshnessPolicy.time_window(fail_window=_STALE_AFTER) if spec.refresh_windows else None


class _Work:
    """One run on one source."""

    def __init__(
        self,
        context: AssetExecutionContext,
        spec: SourceSpec,
        store: EpisodicStore,
        source: SourceResource,
    ) -> None:
        self._context = context
        self._spec = spec
        self._store = store
        self._source = source
        self._key = source_key(spec.id)
        self._began = time.monotonic()
        self._reported = self._began - _REPORT_EVERY  # the first word comes at once

    def sync(self, config: SyncConfig, budget: timedelta) -> MaterializeResult[None]:
        """Read what is new and announce the touched windows, those of dead runs included."""
        result = self._source.run(
            sync_source(
                self._store,
                self._spec,
                epoch=config.epoch if config.begins else None,
                start_cursor=config.cursor if config.begins else None,
                budget=budget.total_seconds(),
                on_progress=self._report,
                on_wait=self._wait_a_little,
                opener=self._source.open,
            )
        )
        if result.restarted:
            self._context.log.warning("%s", result.restarted)
        counts = self._store.window_counts(self._spec.id)
        touched = self._announce(counts)
        cursor = {} if result.cursor is None else {"cursor": MetadataValue.json(result.cursor)}
        later = {} if result.resumes_at is None else {"resumes_at": result.resumes_at.isoformat()}
        return MaterializeResult(
            asset_key=self._key,
            metadata={  # shown in this order: what people look for first, what is long last
                **describe_source(self._store, self._spec, counts),
                **describe_counts(result),
                "finished": result.finished,
                **later,
                "epoch": result.epoch,
                **cursor,
                "windows": touched,
            },
        )

    def _announce(self, counts: dict[str, int]) -> list[str]:
        """Say which windows changed since somebody last said so; returns them."""
        dirty = self._store.dirty_windows("announce", self._spec.id)
        known = set(partitions_of(self._spec).get_partition_keys())
        touched = [item.window for item in dirty if item.window in known]
        for window in touched:
            rows = counts.get(window, 0)
            self._context.log_event(
                AssetMaterialization(
                    self._key, partition=window, metadata={"dagster/partition_row_count": rows}
                )
            )
        self._store.clear_dirty("announce", dirty)
        return touched

    def refresh(self, windows: list[str]) -> Iterator[MaterializeResult[None]]:
        """Read windows again; their marks go only after the events that announce them."""
        results = {window: self._refresh_one(window) for window in windows}
        marks = [item for item in self._marks() if item.window in set(windows)]
        counts = self._store.window_counts(self._spec.id)
        for window, result in results.items():
            rows = {"dagster/partition_row_count": counts.get(window, 0)}
            said = {**rows, **describe_counts(result)}
            self._context.add_asset_metadata(said, self._key, window)
        yield MaterializeResult(asset_key=self._key, metadata={"windows": windows})
        self._store.clear_dirty("announce", marks)

    def _refresh_one(self, window: str) -> SyncResult:
        result = self._source.run(
            refresh_window(
                self._store,
                self._spec,
                window,
                on_progress=self._report,
                on_wait=self._say_for_whom,
                opener=self._source.open,
            )
        )
        self._context.log.info("window %s is read: %s events", window, result.report.received)
        return result

    def _marks(self) -> list[DirtyWindow]:
        return self._store.dirty_windows("announce", self._spec.id)

    def _report(self, progress: Progress) -> None:
        """Say how far the run is, every few seconds."""
        now = time.monotonic()
        if now - self._reported < _REPORT_EVERY:
            return
        self._reported = now
        self._context.log.info("%s", progress)

    def _say_for_whom(self, words: str) -> None:
        """Say every few seconds who is waited for."""
        now = time.monotonic()
        if now - self._reported >= _REPORT_EVERY:
            self._reported = now
            self._context.log.info("waiting: %s", words)

    def _wait_a_little(self, words: str) -> None:
        """Wait for another writer, but not so long that this run blocks everything else."""
        self._say_for_whom(words)
        if time.monotonic() - self._began > _BUSY_PATIENCE:
            raise BusyError(words, remedy="The sensor asks again when it is done")

    def explain(self, error: DaybookError, token: str | None) -> Failure:
        """Leave word for the sensor, and say what is wrong and what can be done."""
        message = redact(error.message, os.environ)
        said: dict[str, Any] = {"error": type(error).__name__, "message": message}
        if error.remedy:
            said["remedy"] = redact(error.remedy, os.environ)
        if isinstance(error, UnavailableError) and error.retry_after is not None:
            until = datetime.now(UTC) + timedelta(seconds=error.retry_after)
            said["retry_at"] = until.isoformat()
        if token is not None:
            said["token"] = token
        self._context.log_event(AssetObservation(self._key, metadata=said))
        return Failure(redact(str(error), os.environ), metadata=said, allow_retries=False)
