"""``daybook quarantine``: records that could not become events."""

from typing import Annotated

import typer

from pipelines.cli.answers import RecordAnswer
from pipelines.cli.known import check_source, held_sources
from pipelines.cli.opening import opened_store, read_settings, read_settings_to_look
from pipelines.cli.output import print_json, print_table
from pipelines.cli.running import Desk, Outcome, run
from pipelines.cli.sync import finish
from pipelines.config import SourceSpec
from pipelines.sync import retry_quarantined
from resources.stores.report import QuarantineRow

app = typer.Typer(
    name="quarantine",
    help="Show records that could not become events, and try again.\n\nExamples:\n"
    "    daybook quarantine list",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN_BYTES = 60


@app.command("list")
def list_records(
    source_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Which source; default: all.")
    ] = None,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
    json: JsonOption = False,
) -> None:
    """List the records in quarantine, newest first.

    Each with the reason why it is no event, and its first bytes.

    Examples:
        daybook quarantine list
        daybook quarantine list athena-repo --limit 10 --json
    """
    settings = read_settings_to_look()
    with opened_store(settings) as store:
        check_source(settings, source_id, lambda: held_sources(store))
        rows = store.quarantine(source_id, limit=limit)
    if json:
        print_json([_describe(row) for row in rows])
    elif not rows:
        print("Quarantine is empty.")
    else:
        print_table(
            ("source", "first seen", "tries", "where", "why", "record"),
            [
                (
                    row.source_id,
                    row.first_seen,
                    row.attempts,
                    row.locator,
                    row.reason,
                    row.raw[:_SHOWN_BYTES].decode("utf-8", "backslashreplace"),
                )
                for row in rows
            ],
        )


def _describe(row: QuarantineRow) -> RecordAnswer:
    return RecordAnswer(
        source_id=row.source_id,
        locator=row.locator,
        reason=row.reason,
        raw=row.raw.decode("utf-8", "backslashreplace"),
        first_seen=row.first_seen,
        attempts=row.attempts,
    )


@app.command("retry")
def retry(
    source_id: Annotated[str, typer.Argument(metavar="ID", help="Which source.")],
    *,
    json: JsonOption = False,
) -> None:
    """Read the records in quarantine again.

    Those that can be read now become events.

    Examples:
        daybook quarantine retry athena-repo
    """
    settings = read_settings()

    async def work(desk: Desk, spec: SourceSpec) -> Outcome:
        done = await retry_quarantined(
            desk.store, spec, on_progress=desk.observe, on_wait=desk.watch.say_once
        )
        return Outcome(source_id=spec.id, report=done.report)

    finish(run(settings, [settings.source(source_id)], work), as_json=json)
