"""Which type each command's JSON has, and how such a type is described on a page."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pipelines.cli.answers import (
    BackupAnswer,
    CheckAnswer,
    ErasedAnswer,
    ErasureAnswer,
    EstimatesAnswer,
    LiftedAnswer,
    OutcomesAnswer,
    RecordAnswer,
    RemovedAnswer,
    RestoredAnswer,
    SchemaAnswer,
    SourceAnswer,
    SpanAnswer,
    StatusAnswer,
    StoppedAnswer,
)
from pipelines.cli.doctor import Finding
from resources.stores.lake.report import LakeFault, LakeFile
from resources.stores.postgres.overview import Session
from sources.event import EpisodicEvent

SHAPES: Final[dict[str, Any]] = {
    "stop": StoppedAnswer,
    "sync": OutcomesAnswer,
    "sync --dry-run": EstimatesAnswer,
    "refresh": OutcomesAnswer,
    "refresh --dry-run": EstimatesAnswer,
    "search": list[EpisodicEvent],
    "sessions": list[Session],
    "sessions SESSION": list[EpisodicEvent],
    "timeline": list[SpanAnswer],
    "status": StatusAnswer,
    "sources list": list[SourceAnswer],
    "sources check": list[CheckAnswer],
    "sources schema": dict[str, SchemaAnswer],
    "sources remove": RemovedAnswer,
    "query": list[dict[str, Any]],
    "lake list": list[LakeFile],
    "lake verify": list[LakeFault],
    "lake rebuild": list[LakeFile],
    "lake catch-up": list[LakeFile],
    "quarantine list": list[RecordAnswer],
    "quarantine retry": OutcomesAnswer,
    "erase": ErasedAnswer,
    "erase --dry-run": ErasedAnswer,
    "erase --list": list[ErasureAnswer],
    "erase --lift": LiftedAnswer,
    "backup": BackupAnswer,
    "restore": RestoredAnswer,
    "doctor": list[Finding],
}
"""The type by the words that call the command; a command has several where it gives several."""

_WORDS: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    datetime: "time",
    date: "date",
    NoneType: "null",
    Any: "any",
}
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def describe(shape: Any) -> Iterator[str]:
    """Give the lines of Markdown about a type: what it is, and a table of its fields."""
    rows = list(_rows(shape, ""))
    yield name_type(shape) + (":" if rows else "") + "\n"
    if rows:
        yield "| field | type | what |"
        yield "|---|---|---|"
        yield from (f"| `{path}` | {kind} | {words} |" for path, kind, words in rows)
        yield ""


def name_type(shape: Any) -> str:
    """Name a type as JSON has it.

    >>> name_type(list[int]), name_type(dict[str, Any] | None), name_type(Literal["a", "b"])
    ('array of integer', 'object or null', '"a" or "b"')
    """
    inner = get_args(shape)
    match get_origin(shape):
        case None:
            return "object" if is_dataclass(shape) else _WORDS[shape]
        case origin if origin in (Union, UnionType):
            return " or ".join(name_type(each) for each in inner)
        case origin if origin is Literal:
            return " or ".join(f'"{each}"' for each in inner)
        case origin if issubclass(origin, Mapping):
            word = name_type(inner[1])
            return "object" if word == "any" else f"object {{name: {word}}}"
        case _:
            return f"array of {name_type(inner[0])}"


def _rows(shape: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Give path, type and meaning of each field, and of the fields below it."""
    if not is_dataclass(shape):
        origin = get_origin(shape)
        mark = ""
        if origin not in (None, Union, UnionType, Literal):
            mark = ".NAME" if issubclass(origin, Mapping) else "[]"
        for inner in get_args(shape):
            yield from _rows(inner, path + mark)
        return
    hints = get_type_hints(shape)
    meanings = _meanings(shape)
    for item in fields(shape):
        name = f"{path}.{item.name}".removeprefix("[]").removeprefix(".")
        words = meanings.get(item.name, "see [events](events.md)")
        yield name, name_type(hints[item.name]), words
        yield from _rows(hints[item.name], name)


def _meanings(shape: Any) -> dict[str, str]:
    """Read what the docstring says of each attribute."""
    _, _, text = (inspect.getdoc(shape) or "").partition("Attributes:\n")
    return {
        name: " ".join(words.split()).rstrip(".").replace("``None``", "null").replace("``", "`")
        for name, words in _ATTRIBUTE.findall(text)
    }
