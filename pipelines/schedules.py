"""One schedule a source: every night its trailing windows again, for what a cursor cannot see."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    schedule,
)

from pipelines.config import SourceSpec
from pipelines.naming import WINDOWS_PER_RUN, range_tags, source_key, step_name
from pipelines.wording import counted
from sources.windows import current_window, first_window, window_bounds

NIGHTLY: Final = "15 3 * * *"
"""A quarter past three, UTC: the day before is over everywhere west of it by then."""


def trailing_windows(spec: SourceSpec, now: datetime) -> list[str]:
    """Name the windows to read again, oldest first: the current one and those before it.

    Args:
        spec: whose; ``refresh_windows`` says how many.
        now: the present, aware.
    """
    windows: list[str] = []
    moment = now
    first = first_window(spec.grain, spec.start)
    for _ in range(spec.refresh_windows):
        key = current_window(spec.grain, moment)
        if key < first:
            break
        windows.append(key)
        begin, _ = window_bounds(key, spec.grain)
        moment = begin - timedelta(microseconds=1)
    return windows[::-1]


def build_schedule(spec: SourceSpec) -> ScheduleDefinition:
    """Make the schedule that reads the trailing windows of one source again, every night."""
    trailing = counted(spec.refresh_windows, "window")

    @schedule(
        name=step_name("refresh", spec.id),
        cron_schedule=NIGHTLY,
        execution_timezone="UTC",
        target=AssetSelection.assets(source_key(spec.id)),
        default_status=DefaultScheduleStatus.RUNNING,
        description=f"Reads the last {trailing} of {spec.id} again, whole.",
    )
    def refresh(context: ScheduleEvaluationContext) -> Iterator[RunRequest]:
        moment = context.scheduled_execution_time
        for first, last in cut(trailing_windows(spec, moment), WINDOWS_PER_RUN):
            yield RunRequest(
                run_key=f"{moment:%Y-%m-%d %H:%M} {first}",
                asset_selection=[source_key(spec.id)],
                tags=range_tags(first, last),
            )

    return refresh


def cut(windows: list[str], size: int) -> Iterator[tuple[str, str]]:
    """Cut neighbouring windows into ranges of at most ``size``.

    >>> list(cut(["2024-01", "2024-02", "2024-03"], 2))
    [('2024-01', '2024-02'), ('2024-03', '2024-03')]
    """
    for start in range(0, len(windows), size):
        piece = windows[start : start + size]
        yield piece[0], piece[-1]
