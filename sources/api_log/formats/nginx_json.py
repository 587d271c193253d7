"""nginx ``log_format`` strings that write JSON: which key holds which variable."""

import json
import re
from collections.abc import Callable
from typing import Final

from sources.api_log.formats.strings import check_dated, fault
from sources.api_log.json_format import JsonFormat, Key, Path, list_texts
from sources.api_log.layout import Field, extra

VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_BARE: Final = re.compile(r"(?<=[:,\[])(\s*)((?:\$\{?\w+\}?)+)(?=\s*[,}\]])")
_TARGETS: Final = ("request_uri", "uri", "document_uri")


def compile_json(form: str, text: str, variable: Callable[[str], Field]) -> JsonFormat:
    """Compile the text of a format that is one JSON object.

    Args:
        form: the whole string, what the format is called.
        text: the object, with variables for values or in them.
        variable: gives the field of one variable.

    Raises:
        ConfigError: it is no object, or holds no variable.
    """
    try:
        template = json.loads(_BARE.sub(r'\1"\2"', text))
    except ValueError:
        raise fault(form, max(form.find("{"), 0), "what it writes is no JSON object") from None
    keys = tuple(
        Key(field=_field(path, names, value, variable), paths=(path,))
        for path, value in list_texts(template)
        if (names := [braced or plain for braced, plain in VARIABLE.findall(value)])
    )
    if not keys:
        raise fault(form, 0, "no key of it holds a variable")
    check_dated(form, [key.field for key in keys])
    return JsonFormat(name=form, keys=keys)


def _field(path: Path, names: list[str], value: str, variable: Callable[[str], Field]) -> Field:
    """What a value means: one variable, or several that make up a request or its URL."""
    if VARIABLE.fullmatch(value):
        return variable(names[0])
    if names[0] == "request_method" and any(name in _TARGETS for name in names):
        return Field(role="request")
    if any(name in _TARGETS for name in names):
        return Field(role="target")
    if any(variable(name).role == "drop" for name in names):
        return Field(role="drop", name=path[-1])
    return extra(".".join(path))
