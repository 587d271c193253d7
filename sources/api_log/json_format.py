"""A format of JSON lines: which key holds what, and how a key is found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sources.api_log.layout import Field

Path: TypeAlias = tuple[str, ...]
"""Names that lead into a record, one object deeper each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A field of JSON lines, and where it may be; the first place with a value counts."""

    field: Field
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFormat:
    """A format of JSON lines.

    Attributes:
        name: what it is called.
        keys: its fields.
        needed: an access record has all of these; other records are none.
        telling: an access record has a field of one of these roles; empty: no matter.
        named: what the texts at some paths begin with, one of them at least, where there are any.
        otlp: whether many records may stand in a line, as OTLP writes them.
    """

    name: str
    keys: tuple[Key, ...]
    needed: tuple[Path, ...] = ()
    telling: tuple[str, ...] = ()
    named: tuple[tuple[Path, str], ...] = ()
    otlp: bool = False


def look_up(record: Any, path: Path) -> Any:
    """The value at a path; keys may have dots of their own, lists give their first item."""
    if len(path) == 1:
        return record.get(path[0])
    for step, name in enumerate(path):
        if isinstance(record, list):
            record = record[0] if record else None
        if not isinstance(record, Mapping):
            return None
        dotted = ".".join(path[step:])
        if dotted != name and dotted in record:
            return record[dotted]
        record = record.get(name)
    return record


def list_texts(template: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Give each text of a JSON value and the path to it; of a list only the first item counts."""
    match template:
        case dict():
            for name, inner in template.items():
                yield from list_texts(inner, (*path, name))
        case [first, *_]:
            yield from list_texts(first, path)
        case str():
            yield path, template
        case _:
            pass
