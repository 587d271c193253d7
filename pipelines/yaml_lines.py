"""YAML with the line on which each value stands, for messages that point."""

from pathlib import Path
from typing import Any

import yaml

from sources import ConfigError

Place = tuple[str | int, ...]


class LineMap:
    """On which line of a file each value stands, by its keys from the top."""

    def __init__(self, node: yaml.Node | None) -> None:
        self._lines: dict[Place, int] = {}
        if node is not None:
            self._walk(node, ())

    def __contains__(self, place: Place) -> bool:
        """Whether the file has something at ``place``."""
        return place in self._lines

    def line(self, place: Place) -> int:
        """Give the line, counted from 1, of ``place`` or of the nearest thing around it."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def _walk(self, node: yaml.Node, place: Place) -> None:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*place, str(key.value))
                self._lines[inner] = key.start_mark.line + 1
                self._walk(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, (*place, index))


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
        raise ConfigError(f"{path} is not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError(f"{where}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from None
