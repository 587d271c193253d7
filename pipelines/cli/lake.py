"""``daybook lake``: the Parquet files, listed, compared with the database, and drawn anew."""

from collections.abc import Sequence
from typing import Annotated

import typer

from pipelines.cli.known import check_source, held_sources
from pipelines.cli.opening import opened_store, read_settings, read_settings_to_look
from pipelines.cli.output import print_json, print_table
from pipelines.cli.progress import Watch
from pipelines.wording import counted
from resources.opening import open_lake
from resources.stores.lake import Lake, LakeFile

app = typer.Typer(
    name="lake",
    help="List, verify and rebuild the Parquet files.\n\nExamples:\n    daybook lake list\n"
    "    daybook lake verify",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
)

SourceArgument = Annotated[
    str | None, typer.Argument(metavar="ID", help="Which source; default: all.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_files(source_id: SourceArgument = None, *, json: JsonOption = False) -> None:
    """List the files with their rows and sizes.

    The database is not asked.

    Examples:
        daybook lake list
        daybook lake list athena-repo --json
    """
    settings = read_settings_to_look()
    lake = open_lake(settings.lake_url)
    check_source(settings, source_id, lambda: _drawn(lake))
    files = lake.files(source_id)
    if json:
        print_json(files)
        return
    _show(files)
    events = counted(sum(file.rows for file in files), "event")
    print(f"\n{events} in {counted(len(files), 'file')}")
    print(f'pandas.read_parquet("{lake.events_path}")')


@app.command("verify")
def verify(
    source_id: SourceArgument = None,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Compare row counts only.")] = False,
    json: JsonOption = False,
) -> None:
    """Compare every file with the database, row by row.

    Windows that wait to be drawn are no fault. The exit code is 1 if a file is not what it
    should be.

    Examples:
        daybook lake verify
        daybook lake verify athena-repo --quick
    """
    settings = read_settings_to_look()
    lake = open_lake(settings.lake_url)
    with Watch() as watch, opened_store(settings) as store:

        def observe(done: int, total: int) -> None:
            watch.show("lake", done, total, "window")

        check_source(settings, source_id, lambda: [*held_sources(store), *_drawn(lake)])
        if quick:
            faults = lake.check(store, source_id)
        else:
            faults = lake.verify(store, source_id, on_progress=observe)
    if json:
        print_json(faults)
    elif faults:
        print_table(
            ("source", "window", "problem", "detail"),
            [(fault.source_id, fault.window, fault.problem, fault.detail) for fault in faults],
        )
        print("\n`daybook lake rebuild` draws the files anew")
    else:
        print("Every file is what the database says.")
    if faults:
        raise typer.Exit(1)


@app.command("rebuild")
def rebuild(source_id: SourceArgument = None, *, json: JsonOption = False) -> None:
    """Draw every file anew from the database.

    Files of windows that hold nothing are deleted.

    Examples:
        daybook lake rebuild
        daybook lake rebuild athena-repo
    """
    _draw(source_id, everything=True, as_json=json)


@app.command("catch-up")
def catch_up(source_id: SourceArgument = None, *, json: JsonOption = False) -> None:
    """Draw the files of windows that have changed since.

    A sync does this too; it is for what a sync could not write.

    Examples:
        daybook lake catch-up
    """
    _draw(source_id, everything=False, as_json=json)


def _draw(source_id: str | None, *, everything: bool, as_json: bool) -> None:
    settings = read_settings()
    lake = open_lake(settings.lake_url)
    with Watch() as watch, opened_store(settings) as store:

        def observe(done: int, total: int) -> None:
            watch.show("lake", done, total, "file")

        check_source(settings, source_id, lambda: [*held_sources(store), *_drawn(lake)])
        draw = lake.rebuild if everything else lake.catch_up
        files = draw(store, source_id, on_progress=observe)
    if as_json:
        print_json(files)
    else:
        print(f"{counted(len(files), 'file')} written.")


def _drawn(lake: Lake) -> set[str]:
    """Give the sources that have files."""
    return {file.source_id for file in lake.files()}


def _show(files: Sequence[LakeFile]) -> None:
    print_table(
        ("source", "window", "events", "kB", "file"),
        [
            (file.source_id, file.window, file.rows, f"{file.bytes / 1024:,.1f}", file.path)
            for file in files
        ],
    )
