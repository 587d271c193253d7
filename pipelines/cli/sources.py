"""``daybook sources``: what is configured, whether it works, what each type takes."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipelines.cli.answers import (
    CheckAnswer,
    ErrorAnswer,
    RemovedAnswer,
    SchemaAnswer,
    SourceAnswer,
)
from pipelines.cli.checking import check_all
from pipelines.cli.failures import complain
from pipelines.cli.opening import note, opened_store, read_settings
from pipelines.cli.output import print_json, print_table
from pipelines.config import SourceSpec
from pipelines.loading import CACHE
from pipelines.wording import counted, duration
from resources.opening import open_lake
from sources import BaseEventSource, ConfigError, DaybookError, EventSourceFactory, StoreError
from sources.settings import SourceConfig, nearest

_DEFAULT: Final = 24
"""So many characters of a default are shown; ``--json`` has all of it."""

app = typer.Typer(
    name="sources",
    help="List, check, describe and remove sources.\n\nExamples:\n    daybook sources list\n"
    "    daybook sources check",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_sources(json: JsonOption = False) -> None:
    """List the configured sources; starts and reads nothing.

    Examples:
        daybook sources list
    """
    settings = read_settings()
    rows = [_describe(spec) for spec in settings.sources]
    if json:
        print_json(rows)
        return
    print_table(
        ("source", "type", "grain", "start", "every", "settings"),
        [
            (
                row.id,
                row.type,
                row.grain,
                row.start,
                duration(spec.every),
                row.config,
            )
            for row, spec in zip(rows, settings.sources, strict=True)
        ],
    )


def _describe(spec: SourceSpec) -> SourceAnswer:
    """Give a source's settings; of a secret only the name of its variable."""
    return SourceAnswer(
        id=spec.id,
        type=spec.type,
        config=dict(spec.config),
        credentials={key: {"env": item.name} for key, item in spec.credentials.items()},
        grain=spec.grain,
        start=spec.start,
        every_seconds=spec.every.total_seconds(),
        refresh_windows=spec.refresh_windows,
        quarantine_share=spec.quarantine_share,
        description=spec.description,
        owners=list(spec.owners),
    )


@app.command("check")
def check(
    source_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Which sources; default: all.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check that each source can be read now.

    All errors are shown, and nothing is stored.

    Examples:
        daybook sources check
        daybook sources check athena-repo
    """
    settings = read_settings()
    specs = [settings.source(name) for name in source_ids or ()] or settings.sources
    failures = asyncio.run(check_all(specs))
    if json:
        print_json(
            [
                CheckAnswer(source_id=spec.id, ok=error is None, error=ErrorAnswer.of(error))
                for spec, error in zip(specs, failures, strict=True)
            ]
        )
    else:
        for spec, error in zip(specs, failures, strict=True):
            print(f"fail  {_name(spec, error)}" if error else f"ok    {spec.id}")
    wrong = [error for error in failures if error]
    if wrong:
        raise typer.Exit(wrong[0].exit_code)


def _name(spec: SourceSpec, error: DaybookError) -> str:
    """Say what is wrong with which source; most errors begin with its id.

    What points at a character with a caret ends there; its remedy stands below it.
    """
    if error.message.endswith("^") and error.remedy:
        return f"{error.message}\n    {error.remedy}"
    return str(error) if error.message.startswith(f"{spec.id}: ") else f"{spec.id}: {error}"


@app.command("schema")
def schema(
    source_type: Annotated[
        str | None, typer.Argument(metavar="TYPE", help="Which type; default: all.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say what each source type takes under config and credentials.

    A type whose package is broken hides no other; the exit code is then that of its error.

    Examples:
        daybook sources schema
        daybook sources schema filesystem
        daybook sources schema filesystem --json
    """
    known = EventSourceFactory.get_registered_sources()
    if source_type is not None and source_type not in known:
        raise ConfigError(
            f"unknown source type {source_type!r}{nearest(source_type, known)}",
            remedy="`daybook sources schema` lists all",
        )
    types, broken = _find_types([source_type] if source_type else known)
    for error in broken:
        complain(error)
    _print_types(types, as_json=json)
    if broken:
        raise typer.Exit(broken[0].exit_code)


def _find_types(
    names: Sequence[str],
) -> tuple[dict[str, type[BaseEventSource]], list[ConfigError]]:
    """Give the classes behind names, and what is wrong with those that cannot be loaded."""
    types: dict[str, type[BaseEventSource]] = {}
    broken: list[ConfigError] = []
    for name in names:
        try:
            types[name] = EventSourceFactory.get_source_class(name)
        except ConfigError as error:
            broken.append(error)
    return types, broken


def _print_types(types: Mapping[str, type[BaseEventSource]], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                name: SchemaAnswer(
                    config=found.CONFIG.model_json_schema(),
                    credentials=found.CREDENTIALS.model_json_schema(),
                )
                for name, found in types.items()
            }
        )
        return
    for name, found in types.items():
        print(f"{name}\n  config")
        print("\n".join(_lines(found.CONFIG)))
        if found.CREDENTIALS.model_fields:
            print("  credentials, each as {env: NAME}")
            print("\n".join(_lines(found.CREDENTIALS)))


def _lines(model: type[BaseModel]) -> Iterator[str]:
    asked = {
        item.alias or name: item
        for name, item in model.model_fields.items()
        if name not in SourceConfig.SUPPLIED
    }
    width = max((len(_default(item)) for item in asked.values()), default=0)
    for name, item in asked.items():
        yield f"    {name:<20} {_default(item):<{width}} {item.description or ''}".rstrip()


def _default(item: FieldInfo) -> str:
    """Write a default as it could stand in the configuration; of a long one, how it begins."""
    if item.is_required():
        return "(required)"
    value = item.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value is None:
        return "-"
    text = value if isinstance(value, str) else dumps(value, default=str)
    return text if len(text) <= _DEFAULT else f"{text[: _DEFAULT - 1]}…"


def _forget(folder: Path) -> None:
    """Delete what a source could have read again.

    Raises:
        StoreError: it cannot be deleted.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return  # it kept nothing
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be deleted: {error.strerror}", remedy="Delete it yourself"
        ) from error


@app.command("remove")
def remove(
    source_id: Annotated[str, typer.Argument(metavar="ID", help="Which source.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Delete all that is held of a source.

    Its events, revisions, quarantine, progress, files, and the copy of a remote repository. Take
    it out of the configuration first, or the next sync reads it again.

    Examples:
        daybook sources remove old-repo --yes
    """
    settings = read_settings()
    with opened_store(settings) as store:
        held = {source.source_id: source.live + source.retracted for source in store.sources()}
        if source_id not in held:
            raise ConfigError(
                f"nothing is held of a source {source_id!r}{nearest(source_id, list(held))}",
                remedy="`daybook status` lists what is held",
            )
        question = f"Delete {counted(held[source_id], 'event')} of {source_id}?"
        if not yes:
            _confirm(question)
        count = store.remove_source(source_id)
        open_lake(settings.lake_url).catch_up(store, source_id)
    _forget(settings.home / CACHE / source_id)
    if json:
        print_json(RemovedAnswer(source_id=source_id, removed=count))
    else:
        print(f"Removed {source_id}: {counted(count, 'event')}.")


def _confirm(question: str) -> None:
    """Ask a person; anything but a yes is none, the end of stdin too."""
    try:
        sure = typer.confirm(question, err=True)
    except typer.Abort:
        note("")
        sure = False
    if not sure:
        raise ConfigError("nobody said yes: nothing is deleted", remedy="Answer y, or add --yes")
