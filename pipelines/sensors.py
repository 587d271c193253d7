"""One cursor sensor a source: what it remembers is the sensor's cursor, what it asks for a sync.

Decisions are made in :mod:`pipelines.progress`; here facts are gathered and answers given.
"""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import uuid4

from dagster import (
    AssetKey,
    AssetRecordsFilter,
    AssetSelection,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from pipelines.config import SourceSpec
from pipelines.naming import (
    MAX_RUNTIME_TAG,
    REASON_TAG,
    REQUEST_TAG,
    SOURCE_TAG,
    source_key,
    step_name,
)
from pipelines.pace import Pace
from pipelines.progress import (
    Decision,
    Facts,
    Landing,
    LastRun,
    after_probe,
    after_refusal,
    decide,
)
from pipelines.sync import probe_source
from resources.configurable import StoreResource
from resources.stores.base import EpisodicStore
from sources import CredentialsError, CursorInvalidError, Probe, UnavailableError
from sources.event import clean_text

State = Literal["under way", "succeeded", "failed", "cancelled"]

_ENDED: Final[dict[DagsterRunStatus, State]] = {
    DagsterRunStatus.SUCCESS: "succeeded",
    DagsterRunStatus.FAILURE: "failed",
    DagsterRunStatus.CANCELED: "cancelled",
}
_EVENTS_SEARCHED: Final = 1_000
"""Newest materialisations among which a run's own, its last, is looked for."""
_COMPLAINTS_SEARCHED: Final = 50
"""Newest words of failed runs, refreshes among them, in which a sync's own is looked for."""
_LONGEST_REASON: Final = 500
"""Characters: Dagster's storage has the values of tags in an index."""
_CLOCKS_APART: Final = timedelta(days=1)
"""How far the database's clock or zone, which dates a run, may be ahead of this machine's."""


def build_sensor(spec: SourceSpec, pace: Pace) -> SensorDefinition:
    """Make the sensor that keeps one source up to date."""
    tick = min(pace.tick, spec.every)

    @sensor(
        name=step_name("follow", spec.id),
        asset_selection=AssetSelection.assets(source_key(spec.id)),
        minimum_interval_seconds=max(1, round(tick.total_seconds())),
        default_status=DefaultSensorStatus.RUNNING,
        description=(
            f"Looks whether {spec.id} has anything new and asks for a sync. To start from "
            "another place, stop the sensor, edit its cursor, start it; cleared: from nothing."
        ),
    )
    def follow(context: SensorEvaluationContext, store: StoreResource) -> SensorResult | SkipReason:
        try:
            spec.secrets(os.environ)  # without them Dagster could not even make the run
            with store.open() as opened:
                incarnation = opened.incarnation()
                every = spec.every if spec.every > pace.tick else timedelta(0)
                facts = gather_facts(context.instance, opened, spec, every, context.cursor or "")
        except CredentialsError as error:
            return SkipReason(str(error))
        except UnavailableError as error:
            return SkipReason(f"the store is not there: {error}")
        decision = decide(context.cursor, facts, _fresh)
        if decision.action == "probe":
            decision = _look(decision, spec, facts)
        return _answer(decision, spec, pace, incarnation)

    return follow


def gather_facts(
    instance: DagsterInstance, store: EpisodicStore, spec: SourceSpec, every: timedelta, text: str
) -> Facts:
    """Collect what a decision rests on; ``text`` is the sensor's cursor."""
    runs = instance.get_run_records(RunsFilter(tags={SOURCE_TAG: spec.id}), limit=1)
    row = store.state(spec.id)
    far = f"last stored at {row.updated_at:%H:%M:%S} UTC" if row else ""
    return Facts(
        now=datetime.now(UTC),
        every=every,
        fingerprint=spec.fingerprint,
        recut=_is_recut(store, spec),
        incarnation=store.incarnation(),
        row=row,
        waiting=len(store.dirty_windows("announce", spec.id)),
        holder=store.holder(spec.id),
        last=_read_run(instance, runs[0], spec, far, text) if runs else None,
    )


def _is_recut(store: EpisodicStore, spec: SourceSpec) -> bool:
    stored = store.read_source(spec.id)
    return stored is not None and (stored.grain, stored.start) != (spec.grain, spec.start)


def _read_run(
    instance: DagsterInstance, record: RunRecord, spec: SourceSpec, far: str, text: str
) -> LastRun:
    """Read what became of a sync run; ``far`` says how far it is, while it is under way."""
    run, key = record.dagster_run, source_key(spec.id)
    state = _ENDED.get(run.status, "under way")
    token = run.tags.get(REQUEST_TAG)
    if state == "under way":
        return LastRun(run_id=run.run_id, token=token, state=state, words=far)
    said = _read_complaint(instance, run.run_id, key)
    retry_at = said.get("retry_at")
    return LastRun(
        run_id=run.run_id,
        token=token,
        state=state,
        ended_at=None if record.end_time is None else datetime.fromtimestamp(record.end_time, UTC),
        landing=_read_landing(instance, record, key) if token and token in text else None,
        retry_at=datetime.fromisoformat(str(retry_at)) if retry_at else None,
        words=str(said.get("message", "")),
    )


def _read_landing(instance: DagsterInstance, run: RunRecord, key: AssetKey) -> Landing | None:
    """Find the source's own unpartitioned materialisation of a run."""
    since = (run.create_timestamp - _CLOCKS_APART).timestamp()
    within = AssetRecordsFilter(key, after_timestamp=since)
    for record in instance.fetch_materializations(within, limit=_EVENTS_SEARCHED).records:
        event = record.asset_materialization
        if record.run_id == run.dagster_run.run_id and event and event.partition is None:
            said = {name: entry.value for name, entry in event.metadata.items()}
            cursor: Any = said.get("cursor")
            later = said.get("resumes_at")
            return Landing(
                cursor=cursor,
                epoch=str(said["epoch"]),
                finished=said["finished"] is True,
                resumes_at=datetime.fromisoformat(str(later)) if later else None,
            )
    return None


def _read_complaint(instance: DagsterInstance, run_id: str, key: AssetKey) -> dict[str, Any]:
    """Find what a failed run left word of."""
    found = instance.fetch_observations(AssetRecordsFilter(key), limit=_COMPLAINTS_SEARCHED)
    for record in found.records:
        event = record.asset_observation
        if record.run_id == run_id and event:
            return {name: entry.value for name, entry in event.metadata.items()}
    return {}


def _look(decision: Decision, spec: SourceSpec, facts: Facts) -> Decision:
    """Ask the source whether there is anything new since the progress row's cursor."""
    memory = decision.memory
    if memory is None:
        return decision
    try:
        probe = asyncio.run(probe_source(spec, facts.row.cursor if facts.row else None))
    except CursorInvalidError as error:
        probe = Probe(new=True, reason=str(error))
    except UnavailableError as error:
        return after_refusal(memory, str(error), error.retry_after, facts)
    return after_probe(memory, probe, facts, _fresh)


def _answer(
    decision: Decision, spec: SourceSpec, pace: Pace, incarnation: str
) -> SensorResult | SkipReason:
    """Say it in Dagster's words, and nothing in the tick's log: that would be a file for ever."""
    memory = decision.memory
    if memory is None:
        return SkipReason(decision.reason)
    text = memory.to_text(incarnation)
    if decision.action != "ask" or memory.token is None:
        return SensorResult(skip_reason=SkipReason(decision.reason), cursor=text)
    config = {
        "cursor": memory.cursor,
        "epoch": memory.epoch,
        "begins": memory.begins,
        "token": memory.token,
    }
    request = RunRequest(
        asset_selection=[source_key(spec.id)],
        run_config={"ops": {step_name("sync", spec.id): {"config": config}}},
        tags={
            SOURCE_TAG: spec.id,
            REQUEST_TAG: memory.token,
            REASON_TAG: clean_text(decision.reason)[:_LONGEST_REASON],
            MAX_RUNTIME_TAG: str(pace.max_runtime),
        },
    )
    return SensorResult(run_requests=[request], cursor=text)


def _fresh() -> str:
    return str(uuid4())
