"""The page that describes every command, written from the commands: ``docs/cli.md``.

``python -m pipelines.cli.reference > docs/cli.md`` writes it anew; a test holds the two equal.
"""

import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from pipelines.cli.command import COMMANDS, EPILOG, app, load_command
from pipelines.cli.shapes import SHAPES, describe

_HEAD = """# The `daybook` command

This page is written from the command itself: `python -m pipelines.cli.reference > docs/cli.md`.
Every command answers `--help`, or `-h`, with the same words. Answers go to stdout; progress, notes
and errors go to stderr, so with `--json` stdout holds nothing but JSON. An error is one message,
its remedy and an exit code; with `--json` it is also `{"error": {"type", "message", "remedy"}}`. In
the tables of JSON a time is a string in ISO 8601 and UTC, a date one like `2024-03-09`; each field
is always there.

Shell completion: `daybook --install-completion`.
"""


def write_reference() -> str:
    """Give the page as Markdown."""
    group: Any = typer.main.get_command(app)
    parts = [_HEAD, "\n".join(_settings(EPILOG)), "\n".join(_options(group))]
    for name in COMMANDS:
        command = load_command(name)
        commands = getattr(command, "commands", None)
        if commands is None:
            parts.append("\n".join(_describe(f"daybook {name}", command)))
            continue
        parts.append("\n".join(_describe(f"daybook {name}", command)))
        for inner, found in commands.items():
            parts.append("\n".join(_describe(f"daybook {name} {inner}", found, level=3)))
    return "\n".join(parts)


def _settings(epilog: str) -> Iterator[str]:
    """Turn the blocks of the epilog, all but the examples, into chapters."""
    for block in epilog.split("\b\n")[1:]:
        title, *lines = block.strip("\n").splitlines()
        if title != "Examples:":
            yield f"## {title.rstrip(':')}\n\n```"
            yield from (line.removeprefix("  ") for line in lines)
            yield "```\n"


def _describe(name: str, command: Any, level: int = 2) -> Iterator[str]:
    text, _, examples = command.help.replace("\b\n", "").partition("Examples:\n")
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    words = [_name_argument(item) for item in arguments]
    yield f"{'#' * level} `{' '.join([name, *words])}`\n"
    yield f"{text.strip()}\n"
    yield from (
        f"- `{word}`: {item.help}"
        for word, item in zip(words, arguments, strict=True)
        if getattr(item, "help", None)
    )
    yield from _options(command)
    yield from _answers(name.removeprefix("daybook "))
    if examples:
        yield "```"
        yield from (line.strip() for line in examples.splitlines())
        yield "```\n"


def _name_argument(item: Any) -> str:
    """Write an argument as a usage line has it.

    >>> from types import SimpleNamespace as Item
    >>> _name_argument(Item(metavar="ID", nargs=-1, required=False))
    '[ID]...'
    """
    word = item.metavar if item.required else f"[{item.metavar}]"
    return f"{word}..." if item.nargs == -1 else word


def _answers(name: str) -> Iterator[str]:
    """Describe what ``--json`` prints; a type is described in full where it comes first."""
    for words, shape in SHAPES.items():
        rest = words.removeprefix(name).strip()
        option = rest.startswith("--")
        if not words.startswith(name) or not (option or rest.isupper() or not rest):
            continue
        also = (f" and `{rest}`" if option else f" and a {rest}") if rest else ""
        first = next(other for other, known in SHAPES.items() if known == shape)
        if first != words:
            yield f"With `--json`{also}: as `daybook {first}`.\n"
            continue
        kind, *table = describe(shape)
        yield f"With `--json`{also}: {kind}"
        yield from table


def _options(command: Any) -> Iterator[str]:
    for item in command.params:
        if item.param_type_name == "option" and item.name != "help":
            names = ", ".join(f"`{name}`" for name in (*item.opts, *item.secondary_opts))
            yield f"- {names}: {item.help}{_values(item)}"
    yield ""


def _values(item: Any) -> str:
    """Name an option's choices, and what it is where nobody gives it."""
    default = item.default
    words = []
    if isinstance(default, Enum):
        words.append("one of " + ", ".join(str(each.value) for each in type(default)))
        default = default.value
    if default and not item.is_flag and isinstance(default, str | int):
        words.append(f"default: {default}")
    text = "; ".join(words)
    return f" {text[0].upper()}{text[1:]}." if text else ""


if __name__ == "__main__":
    sys.stdout.write(write_reference())
