"""YAML with the line on which each value stands, for messages that point."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sources import ConfigError

Place = tuple[str | int, ...]
"""Where a value stands in a file: its keys and positions from the top."""


_REMEDY = "Correct it there or in the line above; nothing was started"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateKey:
    """A key that a mapping has twice; a YAML parser would drop the first in silence.

    Attributes:
        key: the key.
        first: the line of the first, counted from 1.
        line: the line of the other.
    """

    key: str
    first: int
    line: int


class LineMap:
    """On which line of a file each value stands, by its keys from the top.

    Attributes:
        duplicates: the keys that a mapping has more than once.
    """

    def __init__(self, node: yaml.Node | None) -> None:
        self._lines: dict[Place, int] = {}
        self._around: list[yaml.Node] = []
        self.duplicates: list[DuplicateKey] = []
        if node is not None:
            self._walk(node, ())

    def line(self, place: Place) -> int:
        """Give the line, counted from 1, of ``place`` or of the nearest thing around it."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def _walk(self, node: yaml.Node, place: Place) -> None:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if node in self._around:  # an alias of what it stands in
            return
        self._around.append(node)
        if isinstance(node, yaml.MappingNode):
            self._walk_mapping(node, place)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, (*place, index))
        self._around.pop()

    def _walk_mapping(self, node: yaml.MappingNode, place: Place) -> None:
        first: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in first:
                duplicate = DuplicateKey(key=name, first=first[name], line=line)
                if duplicate not in self.duplicates:  # seen by way of another alias
                    self.duplicates.append(duplicate)
            first.setdefault(name, line)
            self._lines[*place, name] = line
            self._walk(value, (*place, name))


def read_yaml(path: Path) -> tuple[Any, LineMap]:
    """Read one YAML document and its lines.

    Raises:
        ConfigError: not YAML (with line and column), or not UTF-8.
        OSError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.safe_load(text), LineMap(yaml.compose(text, Loader=yaml.SafeLoader))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", remedy="Save it in that encoding") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError(f"{where}: not YAML: {error.problem}", remedy=_REMEDY) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}", remedy=_REMEDY) from None
