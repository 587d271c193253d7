"""Values of JSON objects as the bytes that a text would have had."""

import json
from typing import Any

from sources.event import clean_text


def plain_value(value: Any) -> bytes | float | None:
    """A value as the bytes that a text would have had, a fraction as it is; of a list the first."""
    if isinstance(value, list):
        value = value[0] if value else None
    match value:
        case None:
            return None
        case str():
            return _bytes(value)
        case bool():
            return b"true" if value else b"false"
        case int():
            return repr(value).encode()
        case float():
            return value
        case _:
            return json.dumps(value, ensure_ascii=True).encode()


def _bytes(text: str) -> bytes:
    """The bytes that stood in the line, those that are no UTF-8 included."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, as an escape
        return clean_text(text).encode()
