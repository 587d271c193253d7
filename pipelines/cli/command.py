"""The command itself: which words it knows, where each lives, and what a failure ends with."""

import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from types import FrameType
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from pipelines.collecting import collect_less, pass_over_loaded

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "up": ("up:up", "Start Daybook here: database, web UI and daemon, until Ctrl-C."),
    "stop": ("stop:stop", "End the embedded PostgreSQL, unless somebody uses it."),
    "sync": ("sync:sync", "Read everything new from the sources and store it."),
    "refresh": ("sync:refresh", "Read windows of one source again, whole."),
    "search": ("search:app", "Find events by words, best first."),
    "sessions": ("search:sessions", "List sessions, newest first, or show one."),
    "timeline": ("timeline:timeline", "Plot how many events happened when."),
    "status": ("status:status", "Show what is held, how fresh it is, and what waits."),
    "sources": ("sources:app", "List, check, describe and remove sources."),
    "query": ("query:app", "Run one SQL statement as the read-only role."),
    "psql": ("query:psql", "Open psql as the read-only role."),
    "lake": ("lake:app", "List, verify and rebuild the Parquet files."),
    "quarantine": ("quarantine:app", "Show records that could not become events, and try again."),
    "erase": ("erase:erase", "Erase what a person wrote, and keep it out from now on."),
    "backup": ("backup:backup", "Write the whole database to one file."),
    "restore": ("backup:restore", "Put a backup, or the events of the lake, into the database."),
    "doctor": ("doctor:doctor", "Check everything that Daybook needs, and say how to mend it."),
}
"""Each command: where it lives under ``pipelines.cli``, and its caption."""

EPILOG: Final = """\b
Environment:
  DAYBOOK_HOME          state directory (default: .daybook)
  DAYBOOK_SOURCES       configuration (default: sources.yaml)
  DAYBOOK_DATABASE_URL  external PostgreSQL (default: embedded)
  DAYBOOK_LAKE          directory or URL of the lake (default: lake in the home)
  DAYBOOK_REPO          the one source without a configuration (default: the one named last, or .)

\b
Exit codes:
  0 done   1 unexpected failure   2 usage or configuration   3 credentials
  4 not available now   5 busy   6 cursor not valid   7 database or lake at fault
  130 interrupted   143 terminated

\b
Examples:
  daybook up
  daybook sync --json
  daybook query "select kind, count(*) from events group by kind"
"""
_LOGGED: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TOLD: Final = "daybook: %(message)s"
"""Of a warning to whoever did not ask for a log."""
_TERMINATED: Final = 128 + signal.SIGTERM
_INTERRUPTED: Final = 128 + signal.SIGINT


class LazyGroup(TyperGroup):
    """The known commands by name and caption; the module behind one is read when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (_, caption) in COMMANDS.items():
            self.commands[name] = TyperCommand(name=name, help=caption, rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Give the real command in place of its caption."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, (load_command(name) if name else command), rest


def load_command(name: str) -> Any:
    """Read the module behind a command."""
    module, attribute = COMMANDS[name][0].split(":")
    found = getattr(import_module(f"pipelines.cli.{module}"), attribute)
    pass_over_loaded()
    if isinstance(found, typer.Typer):
        app = found
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name, context_settings={"ignore_unknown_options": name == "psql"})(found)
    command: Any = typer.main.get_command(app)
    for each in (command, *getattr(command, "commands", {}).values()):
        each.help = keep_lines(each.help or "")
    return command


def keep_lines(text: str) -> str:
    r"""Keep the lines of the examples apart when the rest of a help text is wrapped.

    >>> keep_lines("Caption.\n\nExamples:\n    daybook up")
    'Caption.\n\n\x08\nExamples:\n    daybook up'
    """
    return text.replace("Examples:\n", "\b\nExamples:\n")


app = typer.Typer(
    name="daybook",
    cls=LazyGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},  # handed down to every command
    epilog=EPILOG,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(metadata.version("daybook-events"))
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Log to stderr; twice for all.")
    ] = 0,
) -> None:
    """What happened in a team, as one table of events; from git, GitHub, Slack and access logs."""
    del version
    levels = (logging.WARNING, logging.INFO, logging.DEBUG)
    logging.basicConfig(
        level=levels[min(verbose, 2)],
        stream=sys.stderr,
        format=_LOGGED if verbose else _TOLD,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with its documented exit code."""
    collect_less(own=arguments is None)
    terminated = False

    def end(_: int, __: FrameType | None) -> None:
        nonlocal terminated
        terminated = True
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # started with & by a script
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # not under nohup
        signal.signal(signal.SIGHUP, end)
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        typer.main.get_command(app).main(words, prog_name="daybook")
    except SystemExit as ending:
        code = ending.code
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where everything ends
        code = import_module("pipelines.cli.failures").report(error, os.environ, words)
    else:
        code = 0
    sys.exit(_TERMINATED if terminated and code == _INTERRUPTED else code)
