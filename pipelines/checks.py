"""Asset checks: is the lake what the store says, is all there, how much could not be read?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetSelection,
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    multi_asset_check,
    schedule,
)

from pipelines.config import SourceSpec
from pipelines.naming import lake_key, source_key, step_name
from resources.configurable import StoreResource
from resources.stores.base import EpisodicStore
from sources import EventSourceFactory

LAKE_CHECK: Final = "equals_store"
VERIFIED: Final = "45 3 * * *"
"""When every file is compared row by row, UTC: after the nightly refresh."""

_CLAIMS: Final = (
    "No reading of the source would have withdrawn more than its share of events; "
    "`daybook sync --accept-retractions` lets it through."
)
_EQUAL: Final = (
    "Each file holds what the store does: by count after each run, every night and when started "
    "by hand by ids and digests."
)
_SHOWN: Final = 20
_WARN: Final = AssetCheckSeverity.WARN


def build_source_checks(spec: SourceSpec) -> AssetChecksDefinition:
    """Make the checks of what the store holds of one source."""
    key = source_key(spec.id)

    @multi_asset_check(
        name=step_name("check", spec.id),
        specs=[
            AssetCheckSpec("quarantine", asset=key, description="Few records could not be read."),
            AssetCheckSpec("coverage", asset=key, description="Every window is held whole."),
            AssetCheckSpec("claims", asset=key, description=_CLAIMS),
        ],
    )
    def source_checks(store: StoreResource) -> Iterator[AssetCheckResult]:
        with store.open() as opened:
            yield _judge_claims(opened, spec)
            yield _judge_quarantine(opened, spec)
            yield _judge_coverage(opened, spec)

    return source_checks


def _judge_claims(store: EpisodicStore, spec: SourceSpec) -> AssetCheckResult:
    """Fail as long as a claim stands unhonoured, because too much would have vanished."""
    skipped = store.skipped_claims(spec.id)
    return AssetCheckResult(
        check_name="claims",
        asset_key=source_key(spec.id),
        passed=not skipped,
        metadata={"skipped": [claim.words for claim in skipped[-_SHOWN:]]},
    )


def _judge_quarantine(store: EpisodicStore, spec: SourceSpec) -> AssetCheckResult:
    held = next((item for item in store.sources() if item.source_id == spec.id), None)
    reasons = EventSourceFactory.get_source_class(spec.type).ASIDES
    asides = store.count_quarantined(spec.id, reasons) if reasons else 0
    # Two readings: more of them may have come in between.
    bad = max(0, held.quarantined - asides) if held else 0
    total = bad + (held.live + held.retracted if held else 0)
    share = bad / total if total else 0.0
    first = store.quarantine(spec.id, limit=1, newest=False, asides=reasons)
    allowed = f"{spec.quarantine_share:.1%}"
    return AssetCheckResult(
        check_name="quarantine",
        asset_key=source_key(spec.id),
        passed=share <= spec.quarantine_share,
        severity=_WARN,
        description=(
            f"{bad} of {total} records could not be read; {allowed} are let pass. "
            f"{asides} more were never meant to be events"
        ),
        metadata={
            "quarantined": bad,
            "asides": asides,
            "asides_have": list(reasons),
            "records": total,
            "share": share,
            # Its place alone: why it is bad may quote it, and Dagster keeps it for long.
            "first": "; ".join(row.locator for row in first),
        },
    )


def _judge_coverage(store: EpisodicStore, spec: SourceSpec) -> AssetCheckResult:
    windows = store.coverage(spec.id)
    gaps = [item for item in windows if item.state != "whole"]
    reasons = Counter(item.reason or "no reason given" for item in gaps)
    return AssetCheckResult(
        check_name="coverage",
        asset_key=source_key(spec.id),
        passed=not gaps,
        severity=_WARN,
        metadata={
            "windows": len(windows),
            "not_whole": [f"{item.window}: {item.state}" for item in gaps[:_SHOWN]],
            "reasons": dict(reasons.most_common(_SHOWN)),
        },
    )


def build_lake_check(spec: SourceSpec) -> AssetChecksDefinition:
    """Make the check that holds one source's files against the store.

    After a run on the files it compares counts, which is cheap; by itself, as every night, it
    compares row by row.
    """
    key = lake_key(spec.id)

    # A step's name of its own: Dagster's would be the same for the ids `a-b` and `a_b`.
    @multi_asset_check(
        name=step_name("verify", spec.id),
        specs=[AssetCheckSpec(LAKE_CHECK, asset=key, description=_EQUAL)],
    )
    def lake_check(
        context: AssetCheckExecutionContext, store: StoreResource
    ) -> Iterator[AssetCheckResult]:
        thorough = not context.run.asset_selection
        lake = store.open_lake()
        with store.open() as opened:
            faults = (lake.verify if thorough else lake.check)(opened, spec.id)
        yield AssetCheckResult(
            check_name=LAKE_CHECK,
            asset_key=key,
            passed=not faults,
            metadata={
                "compared": "rows" if thorough else "counts",
                "faults": [f"{item.window}: {item.detail}" for item in faults[:_SHOWN]],
            },
        )

    return lake_check


def build_verification(specs: Sequence[SourceSpec]) -> ScheduleDefinition:
    """Make the schedule that compares every file with the store, row by row, every night."""
    keys = [AssetCheckKey(lake_key(spec.id), LAKE_CHECK) for spec in specs]

    @schedule(
        name="verify_lake",
        cron_schedule=VERIFIED,
        execution_timezone="UTC",
        target=AssetSelection.checks(*keys),
        default_status=DefaultScheduleStatus.RUNNING,
        description="Compares every file of the lake with the store, row by row.",
    )
    def verify_lake() -> RunRequest:
        return RunRequest(asset_selection=[], asset_check_keys=keys)

    return verify_lake
