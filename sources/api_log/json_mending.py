r"""JSON that servers write and that is none: ``\x22`` in texts, nothing or ``-`` for a number.

nginx writes so where a ``log_format`` makes JSON without ``escape=json``.
"""

import json
import re
from typing import Any, Final

_ESCAPES: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|.)", re.DOTALL)
_GAPS: Final = re.compile(rb'(?<!\\)("\s*:\s*)-?(?=\s*[,}])')
_ASCII: Final = 0x80


def load_object(raw: bytes) -> dict[str, Any] | None:
    """Read one object; ``None`` where there is none, even after mending."""
    try:
        record = _load(raw)
    except ValueError:
        try:
            record = _load(_GAPS.sub(rb"\1null", _ESCAPES.sub(_unescape, raw)))
        except ValueError:
            return None
    return record if isinstance(record, dict) else None


def _load(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8", "surrogateescape"))
    except RecursionError:
        return None


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code is None:
        return match[0]
    byte = int(code, 16)
    return b"\\u00" + code if byte < _ASCII else bytes((byte,))
