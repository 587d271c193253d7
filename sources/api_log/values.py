"""Columns of bytes turned into text and numbers, missing values into nulls."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, arrow, is_text, pc
from sources.api_log.layout import Escape
from sources.api_log.lines import Mask, joined, spread
from sources.event import clean_text

_DASH: Final = 45
_ASCII: Final = 127
_SAFE: Final = 18  # digits that fit into 64 bits whatever they are
_FAR: Final = 10**_SAFE
_POINT: Final = 46
_NINE: Final = 9
_BACKSLASHED: Final = re.compile(
    rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U00((?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})|(.))",
    re.DOTALL,
)
_HASHED: Final = re.compile(rb"#([0-9a-fA-F]{2})")
_SHORT: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_WHOLE: Final = r"^[+-]?[0-9]{1,18}$"
_DECIMAL: Final = r"^[+-]?(?:[0-9]{1,18}(?:\.[0-9]*)?|\.[0-9]+)$"


def _unbackslash(text: bytes) -> bytes:
    def plain(match: re.Match[bytes]) -> bytes:
        code, short, long, char = match.groups()
        if point := short or long:
            return chr(int(point, 16)).encode("utf-8", "replace")
        return bytes.fromhex(code.decode()) if code else _SHORT.get(char, char)

    return _BACKSLASHED.sub(plain, text)


def _unhash(text: bytes) -> bytes:
    return _HASHED.sub(lambda match: bytes.fromhex(match[1].decode()), text)


def _unpercent(text: bytes) -> bytes:
    plain = unquote_to_bytes(text)
    return unquote_to_bytes(plain) if b"%20" in plain else plain


_ESCAPES: Final[dict[Escape, tuple[int, Callable[[bytes], bytes]]]] = {
    "backslash": (ord("\\"), _unbackslash),
    "hash": (ord("#"), _unhash),
    "percent": (ord("%"), unquote_to_bytes),
    "percents": (ord("%"), _unpercent),
    "plus": (ord("+"), lambda text: text.replace(b"+", b" ")),
}


def to_text(values: Column, escape: Escape = "none") -> tuple[Column, Mask | None]:
    r"""Read bytes as text: escapes undone, ``-`` and nothing as null, U+FFFD for what is no UTF-8.

    Returns:
        The texts, and in which rows something was replaced; ``None``: in none.
    """
    if pa.types.is_null(values.type):
        return values.cast(pa.string()), None
    if not is_text(values):
        return values.cast(pa.string()), None
    used = joined(values)
    awkward = np.zeros(len(values), np.bool_)
    if escape in _ESCAPES:
        awkward |= _rows_with(used == _ESCAPES[escape][0], values)
    awkward |= _rows_with(used == 0, values)
    if len(used) and int(used.max()) > _ASCII:
        try:
            values.cast(pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            awkward |= _rows_with(used > _ASCII, values)
    missing = _missing(values)
    if not awkward.any():
        return _nulled(values, missing), None
    texts, replaced = _decode(values, awkward, escape)
    return _nulled(texts, missing | _missing(texts)), replaced if replaced.any() else None


def holds(values: Column, byte: bytes) -> bool:
    """Whether the byte is anywhere in a column of texts."""
    return bool((joined(values) == byte[0]).any())


def _rows_with(hits: Mask, values: Column) -> Mask:
    """Which rows of the column hold any of the marked bytes."""
    rows = np.zeros(len(values), np.bool_)
    places = np.flatnonzero(hits)
    if len(places):
        _, starts, ends = spread(values)
        at = np.searchsorted(ends - starts[0], places, side="right")
        rows[at] = True
    return rows


def _decode(values: Column, awkward: Mask, escape: Escape) -> tuple[Column, Mask]:
    rows = np.flatnonzero(awkward)
    undo = _ESCAPES[escape][1] if escape in _ESCAPES else bytes
    replaced = np.zeros(len(values), np.bool_)
    texts: list[str | None] = []
    for row, value in zip(rows, values.cast(pa.binary()).take(pa.array(rows)), strict=True):
        content = value.as_py()
        if content is None:
            texts.append(None)
            continue
        plain = undo(content)
        text = plain.decode("utf-8", "replace")
        texts.append(clean_text(text))
        replaced[row] = texts[-1] != text or text.encode() != plain
    plain_rows = values.cast(pa.binary())
    blank = pc.if_else(pa.array(awkward), pa.scalar(b"", pa.binary()), plain_rows)
    decoded = pc.replace_with_mask(
        blank.cast(pa.string()), pa.array(awkward), pa.array(texts, pa.string())
    )
    return decoded, replaced


def _missing(values: Column) -> Mask:
    """Rows that hold nothing, or ``-`` alone."""
    data, starts, ends = spread(values)
    lengths = ends - starts
    missing: Mask = lengths == 0
    single = np.flatnonzero(lengths == 1)
    if len(single):
        missing[single] = data[starts[single]] == _DASH
    return missing


def _nulled(values: Column, missing: Mask) -> Column:
    """The same bytes as strings, with nulls where ``missing`` says so; nothing is copied."""
    if values.null_count:
        missing = missing | ~values.is_valid().to_numpy(zero_copy_only=False)
    bits = None
    if missing.any():
        padded = np.concatenate((np.zeros(values.offset, np.bool_), ~missing))
        bits = arrow.py_buffer(np.packbits(padded, bitorder="little"))
    _, offsets, data = values.buffers()
    return pa.Array.from_buffers(
        pa.string(), len(values), [bits, offsets, data], offset=values.offset
    )


def to_numbers(values: Column, *, whole: bool) -> tuple[Column, Mask | None]:
    """Read decimal digits; ``-`` and nothing become null.

    Args:
        values: texts or numbers.
        whole: whether 64-bit integers are wanted; floats otherwise.

    Returns:
        The numbers, and which rows are fit; ``None``: all.
    """
    wanted = pa.int64() if whole else pa.float64()
    if not is_text(values):
        return _within(values, wanted)
    text, _ = to_text(values)
    if _plain_digits(text, point=not whole):
        try:
            return text.cast(wanted), None
        except pa.ArrowInvalid:  # several points
            pass
    fit = pc.match_substring_regex(text, _WHOLE if whole else _DECIMAL)
    kept = pc.if_else(pc.fill_null(fit, fill_value=False), text, pa.scalar(None, pa.string()))
    trimmed = pc.replace_substring_regex(kept, r"^\+", "")
    return trimmed.cast(wanted), pc.fill_null(fit, fill_value=True).to_numpy(zero_copy_only=False)


def _within(values: Column, wanted: pa.DataType) -> tuple[Column, Mask | None]:
    """Numbers of as many digits as a text may have; of a fraction, its whole part if need be."""
    far = float(_FAR) if pa.types.is_floating(values.type) else _FAR
    near = pc.and_(pc.less(values, far), pc.greater(values, -far))
    if bool(pc.all(near).as_py()):
        return values.cast(wanted, safe=False), None
    kept = pc.if_else(near, values, pa.scalar(None, values.type))
    fit = pc.fill_null(near, fill_value=True).to_numpy(zero_copy_only=False)
    return kept.cast(wanted, safe=False), fit


def _plain_digits(text: Column, *, point: bool) -> bool:
    """Whether there are only digits (and points), few enough for any integer."""
    _, starts, ends = spread(text)
    if not len(starts) or int((ends - starts).max()) > _SAFE:
        return False
    used = joined(text)
    others = len(used) - int(np.count_nonzero((used - np.uint8(48)) <= _NINE))
    others -= int(np.count_nonzero(used == _POINT)) if point else 0
    dashes = text.null_count - int(np.count_nonzero(ends == starts))
    return bool(others == dashes)
