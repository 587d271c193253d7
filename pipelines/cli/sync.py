"""``daybook sync`` and ``daybook refresh``: sources into the store, without Dagster."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from pipelines.cli.answers import ErrorAnswer, OutcomeAnswer, OutcomesAnswer
from pipelines.cli.estimating import ask_sync, foretell
from pipelines.cli.failures import complain
from pipelines.cli.hints import typed
from pipelines.cli.opening import note, read_settings
from pipelines.cli.output import print_json, print_table
from pipelines.cli.running import Desk, Outcome, run
from pipelines.config import SourceSpec
from pipelines.estimating import estimate_refresh
from pipelines.sync import refresh_window, sync_source
from pipelines.wording import counted
from resources.stores.base import EventFilter
from resources.stores.postgres import PostgresStore
from resources.stores.report import WriteReport
from sources import ConfigError, Estimate
from sources.windows import current_window, first_window, window_bounds, window_range

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AcceptOption = Annotated[
    bool,
    typer.Option(
        "--accept-retractions",
        help="Believe a source that no longer gives many events it gave before.",
    ),
]
DryOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Only say how many requests and minutes it would take."),
]


def sync(
    source_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Which sources; default: all.")
    ] = None,
    *,
    json: JsonOption = False,
    accept_retractions: AcceptOption = False,
    dry_run: DryOption = False,
) -> None:
    """Read everything new from the sources and store it.

    Each source goes on from where its last sync ended, all sources at once. The touched files
    of the lake are written too. The embedded PostgreSQL is started if need be, and stays.

    One source's failure stops no other; the exit code is then that of the first failure.

    With --accept-retractions the sources are read from their beginning, as only such a reading can
    tell what is gone.

    With --dry-run nothing is read or stored: a source that can count beforehand says what its
    sync would take.

    Examples:
        daybook sync
        daybook sync --dry-run
        daybook sync athena-repo
        daybook sync --json | jq '.sources[].new'
    """
    settings = read_settings()
    specs = [settings.source(name) for name in dict.fromkeys(source_ids or ())]
    if dry_run:
        ask = ask_sync(everything=accept_retractions)
        return foretell(settings, specs or settings.sources, ask, as_json=json)

    async def work(desk: Desk, spec: SourceSpec) -> Outcome:
        done = await sync_source(
            desk.store,
            spec,
            accept_retractions=accept_retractions,
            on_progress=desk.observe,
            on_stored=partial(desk.draw_early, spec.id),
            on_wait=desk.watch.say_once,
        )
        if done.restarted:
            desk.watch.say(done.restarted)
        if early := await asyncio.to_thread(_count_early, desk.store, spec, done.report):
            desk.watch.say(
                f"{spec.id}: {counted(early, 'event')} from before its first window, "
                f"{first_window(spec.grain, spec.start)}, lie in that; `start` can be earlier"
            )
        return Outcome(source_id=spec.id, report=done.report, cursor=done.cursor)

    return finish(run(settings, specs or settings.sources, work), as_json=json)


def refresh(
    source_id: Annotated[str, typer.Argument(metavar="ID", help="Which source.")],
    *,
    window: Annotated[
        list[str] | None, typer.Option("--window", help="A window like 2024-03; may be repeated.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="First window of a range; default: the first.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Last window of a range; default: the current one.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every window that holds events.")] = False,
    json: JsonOption = False,
    accept_retractions: AcceptOption = False,
    dry_run: DryOption = False,
) -> None:
    """Read windows of one source again, whole.

    Finds what a sync cannot see: edits, deletions, late replies. Reads and moves no cursor.

    With --dry-run nothing is read or stored: a source that can count beforehand says what it would
    take. Of more than three windows the first, the middle and the last stand for all.

    Examples:
        daybook refresh athena-repo --window 2024-03
        daybook refresh athena-repo --from 2020-01 --dry-run
        daybook refresh athena-repo --from 2024-01 --to 2024-06
        daybook refresh athena-repo --all
    """
    settings = read_settings()
    spec = settings.source(source_id)
    if sum((bool(window), bool(first or last), every)) != 1:
        raise ConfigError(
            "which windows to read is not clear",
            remedy="Name them in one way: --window, --from and --to, or --all",
        )
    named = _windows(spec, window or (), first, last)

    async def ask(store: PostgresStore, spec: SourceSpec) -> Estimate | None:
        return await estimate_refresh(spec, list(store.window_counts(spec.id)) if every else named)

    if dry_run:
        return foretell(settings, [spec], ask, as_json=json)

    async def work(desk: Desk, spec: SourceSpec) -> Outcome:
        chosen = sorted(desk.store.window_counts(spec.id)) if every else named
        report = WriteReport()
        for number, name in enumerate(chosen, 1):
            done = await refresh_window(
                desk.store,
                spec,
                name,
                accept_retractions=accept_retractions,
                on_wait=desk.watch.say_once,
            )
            report += done.report
            desk.watch.show(spec.id, number, len(chosen), "window")
        return Outcome(source_id=spec.id, report=report)

    return finish(run(settings, [spec], work), as_json=json)


def _windows(
    spec: SourceSpec, names: Sequence[str], first: str | None, last: str | None
) -> list[str]:
    """Name the windows that are meant; each is one, or there is an error."""
    for name in names:
        window_bounds(name, spec.grain)
    if not first and not last:
        return list(dict.fromkeys(names))
    since, _ = window_bounds(first or first_window(spec.grain, spec.start), spec.grain)
    end = last or current_window(spec.grain, datetime.now(UTC))
    _, until = window_bounds(end, spec.grain)
    if since >= until:
        raise ConfigError(
            f"no window lies between {first} and {end}",
            remedy="Name the earlier one with --from and the later one with --to",
        )
    return list(window_range(spec.grain, since, until))


def _count_early(store: PostgresStore, spec: SourceSpec, report: WriteReport) -> int:
    """Count events from before the source's first window, if something came into that."""
    first = first_window(spec.grain, spec.start)
    if first not in report.windows:
        return 0
    since, _ = window_bounds(first, spec.grain)
    return store.count(EventFilter(source=spec.id, until=since))


def finish(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    """Print what came of each source; the first failure is the exit code."""
    errors = [outcome.error for outcome in outcomes if outcome.error]
    for error in dict.fromkeys(errors):
        complain(error)
    if as_json:
        print_json(OutcomesAnswer(sources=[_answer(outcome) for outcome in outcomes]))
    else:
        print_table(
            ("source", "new", "revised", "unchanged", "retracted", "quarantined", "seconds", ""),
            [_row(outcome) for outcome in outcomes],
        )
        for outcome in outcomes:
            for claim in outcome.report.skipped_claims:
                print(f"{outcome.source_id}: {claim}; --accept-retractions lets it through")
            if outcome.report.quarantined:
                shown = typed(f"quarantine list {outcome.source_id}")
                note(f"{outcome.source_id}: what could not be read is shown by: {shown}")
    if errors:
        raise typer.Exit(errors[0].exit_code)


def _answer(outcome: Outcome) -> OutcomeAnswer:
    report = outcome.report
    return OutcomeAnswer(
        source_id=outcome.source_id,
        new=report.new,
        revised=report.revised,
        unchanged=report.unchanged,
        retracted=report.retracted,
        quarantined=report.quarantined,
        windows=sorted(report.windows),
        cursor=None if outcome.cursor is None else dict(outcome.cursor),
        seconds=round(outcome.seconds, 3),
        error=ErrorAnswer.of(outcome.error),
    )


def _row(outcome: Outcome) -> tuple[object, ...]:
    report = outcome.report
    return (
        outcome.source_id,
        report.new,
        report.revised,
        report.unchanged,
        report.retracted,
        report.quarantined,
        f"{outcome.seconds:.1f}",
        type(outcome.error).__name__ if outcome.error else "",
    )
