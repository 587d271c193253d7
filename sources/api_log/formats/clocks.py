"""Forms of times as C's ``strftime`` has them, for Python's ``strptime``."""

import re
import time
from typing import Final

_LONG: Final = {
    "T": "%H:%M:%S", "F": "%Y-%m-%d", "R": "%H:%M", "D": "%m/%d/%y", "r": "%I:%M:%S %p",
    "e": "%d", "h": "%b", "k": "%H", "l": "%I", "n": " ", "t": " ",
}  # fmt: skip
_DIRECTIVE: Final = re.compile(r"%[-_0^#EO]?([A-Za-z%+])")
_YEARS: Final = frozenset("YyGcx")
_WRONG: Final = re.compile(r"'(.)' is a bad directive|stray %")

EPOCH: Final = "%s"
"""Seconds since 1970."""


def expand(form: str) -> str:
    """Write out what C abbreviates and Python's ``strptime`` does not know."""
    return _DIRECTIVE.sub(lambda match: _LONG.get(match[1], "%" + match[1]), form)


def directives(form: str) -> set[str]:
    """The letters of a form's directives."""
    return set(_DIRECTIVE.findall(form)) - {"%"}


def wrong_directive(form: str) -> str | None:
    """The directive of an expanded form that no time can be read with; ``None``: all are right."""
    # Newer Pythons warn of a day without a year; that has an error of its own, later.
    probed = form if directives(form) & _YEARS else f"{form} %Y"
    try:
        time.strptime("", probed)
    except (ValueError, re.error) as error:
        found = _WRONG.search(str(error))
        return None if found is None else "%" + (found[1] or "")
    return None
