"""Attributes as every store keeps them: JSON that ``jsonb`` takes and Python reads back."""

import json
import math
import re
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from sources.event import DEEPEST_JSON, canonical_json
from sources.texts import text_bytes

# What jsonb refuses of valid JSON, NUL and lone surrogates as escapes, NaN and infinities, and
# numbers that it or Python cannot hold; a number inside a text costs a closer look, no more.
_UNSURE: Final = (
    r"\\u0000|\\u[dD][89a-fA-F]|NaN|Infinity"
    r"|[0-9]{200}|[:\[,]\s*-?[0-9]+(\.[0-9]+)?[eE][+-]?0*[1-9][0-9][0-9]"
)
# Numbers that orjson writes otherwise than Python does; a text with one of them goes a slower way.
_NUMBERS: Final = r'(?:":|[\[,]) ?-?[0-9]+[.eE]|[0-9]{16}'
_NO: Final = False
# Numbers that jsonb writes in other digits: those with a power of ten, and zero below zero.
_REWRITTEN: Final = r"[:\[,]\s*-?[0-9.]+[eE]|[:\[,]\s*-0(\.0*)?\s*[,\]}]"
_ODD: Final = f"{_UNSURE}|{_REWRITTEN}"
_OPENING: Final = ord("{")
_AS_OPENING: Final = ord("{") ^ ord("[")
_DEEP: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}]|[^][{}"]+|"', re.DOTALL)


def storable_json(column: Any) -> Any:
    """Replace in a column of JSON objects what no store can hold.

    NUL and lone surrogates become U+FFFD, NaN and infinities ``null``, as
    :func:`~sources.event.canonical_json` has it. A number outside what a double holds, and what
    is nested deeper than :data:`~sources.event.DEEPEST_JSON`, is kept as text. What is no
    JSON object is left as it is.
    """
    unsure = pc.fill_null(pc.match_substring_regex(column, _UNSURE), _NO)
    brackets = pc.fill_null(pc.count_substring_regex(column, r"[{\[]"), 0)
    unsure = pc.or_(unsure, pc.greater(brackets, pa.scalar(DEEPEST_JSON)))
    if not pc.any(unsure).as_py():
        return column
    texts = [
        _storable(text) if doubtful else text
        for text, doubtful in zip(column.to_pylist(), unsure.to_pylist(), strict=True)
    ]
    return pa.array(texts, pa.string())


def is_plain(column: Any) -> bool:
    """Whether every store keeps these JSON objects as they are, and ``jsonb`` all their digits."""
    pieces = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    odd = pc.match_substring_regex(column, _ODD)
    return not pc.any(odd).as_py() and not any(map(_may_be_deep, pieces))


def canonical_column(column: Any) -> Any:
    """Write a column of JSON objects, as ``jsonb`` gives them, as ``canonical_json`` would."""
    unsure = pc.match_substring_regex(column, _NUMBERS).to_pylist()
    texts = [
        canonical_json(json.loads(text))
        if doubtful
        else orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS)
        for text, doubtful in zip(column.to_pylist(), unsure, strict=True)
    ]
    return pa.array(texts, pa.string())


def _may_be_deep(texts: Any) -> bool:
    """Whether more brackets open within the length of the longest text than may in one."""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    if longest <= DEEPEST_JSON:
        return False
    octets = np.frombuffer(text_bytes(texts), np.uint8)
    places = np.flatnonzero((octets | _AS_OPENING) == _OPENING)
    apart = places[DEEPEST_JSON:] - places[:-DEEPEST_JSON]
    return bool((apart < longest).any())


def _storable(text: str) -> str:
    flat = _flattened(text)
    try:
        value = json.loads(flat, parse_int=_whole_number, parse_float=_number)
    except (ValueError, RecursionError):
        return text
    return canonical_json(value) if isinstance(value, dict) else text


def _whole_number(text: str) -> int | str:
    return int(text) if math.isfinite(float(text)) else text


def _number(text: str) -> float | str:
    """Read a number; one that a double makes infinite, or zero though it is none, stays text."""
    value = float(text)
    lost = math.isinf(value) or (value == 0 and re.match(r"-?[0.]*[1-9]", text) is not None)
    return text if lost else value


def _flattened(text: str) -> str:
    """Write what is nested too deep as texts, reading nothing but brackets and quotes."""
    kept: list[str] = []
    dropped: list[str] = []
    depth = 0
    for token in _DEEP.findall(text):
        depth += token in ("{", "[")
        (kept if depth <= DEEPEST_JSON else dropped).append(token)
        depth -= token in ("}", "]")
        if dropped and depth <= DEEPEST_JSON:
            kept.append(json.dumps("".join(dropped), ensure_ascii=False))
            dropped = []
    return "".join([*kept, *dropped])
