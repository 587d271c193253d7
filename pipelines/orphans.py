"""Runs whose process is gone: found at a start, and failed, so that recovery takes seconds.

After a power failure such a run stays "started" and holds its pool; Dagster's own monitoring
ends it only at its longest runtime. It ends as failed, not as cancelled: a cancelled run is one
that a person stopped, and the sensor leaves its source alone for a while.

A process can be looked for on its own machine only. In a database that several machines may use,
runs of another one, or of none that is known, are left to Dagster's monitoring.
"""

import logging
import os
from datetime import UTC, datetime
from typing import Final

import psutil
from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    RunsFilter,
)

from resources.configurable import HOST_TAG, this_host

logger = logging.getLogger(__name__)

_CLOCK_SLACK_SECONDS: Final = 5.0
_HELD: Final = (DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING)


def cancel_orphans(instance: DagsterInstance, *, shared: bool = False) -> list[str]:
    """End the runs of this machine whose process is gone, before anything new is started.

    Runs that were about to start and have no process yet are left to Dagster's start timeout.

    Args:
        instance: the instance that ``daybook up`` is about to serve.
        shared: other machines may use its database; else every run in it is of this one.

    Returns:
        Their run ids.
    """
    ended = []
    for record in instance.get_run_records(RunsFilter(statuses=list(_HELD))):
        run = record.dagster_run
        host = run.tags.get(HOST_TAG)
        if shared and host != this_host():
            logger.info("run %s is left alone: it is on %s", run.run_id, host or "no known host")
            continue
        found = _read_process(instance, run.run_id)
        if found is None or _lives(*found):
            continue
        words = f"The process of this run ({found[0]}) is gone: it was killed or lost its power."
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, words)
        else:
            instance.report_run_failed(run, words)
        logger.info("run %s has no process any more and is ended", run.run_id)
        ended.append(run.run_id)
    return ended


def _read_process(instance: DagsterInstance, run_id: str) -> tuple[int, datetime] | None:
    """Find the process id that a run's worker reported last, and when."""
    found = instance.get_records_for_run(
        run_id, of_type=DagsterEventType.ENGINE_EVENT, ascending=False
    )
    for record in found.records:
        event = record.event_log_entry.dagster_event
        entry = event.engine_event_data.metadata.get("pid") if event else None
        if entry is not None and str(entry.value).isdigit():
            return int(str(entry.value)), datetime.fromtimestamp(record.timestamp, UTC)
    return None


def _lives(pid: int, reported: datetime) -> bool:
    """Whether that very process runs: one that began after the report only has its number."""
    try:
        process = psutil.Process(pid)
        began = process.create_time()
        gone = process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    return not gone and began <= reported.timestamp() + _CLOCK_SLACK_SECONDS


def main() -> None:
    """Do it for the instance of ``DAGSTER_HOME``: ``python -m pipelines.orphans``."""
    with DagsterInstance.get() as instance:
        cancel_orphans(instance, shared=bool(os.environ.get("DAYBOOK_DATABASE_URL")))


if __name__ == "__main__":
    main()
