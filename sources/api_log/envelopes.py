"""What containers and syslog put around each line, taken off before the line is read."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from sources.api_log.kernels import Column, pc
from sources.api_log.lines import Bytes, Lines, Mask, Positions, split_lines

_ISO: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_COLOUR: Final = r"(?:\x1b\[[0-9;]*[A-Za-z])*"
_COLOUR_OFF: Final = r" (?:\x1b\[[0-9;]*[A-Za-z])+"
_TAG: Final = r"(?:[^ :\[]+ )?[^ :\[]+(?:\[[0-9]+\])?: "
_PREFIXES: Final = (
    rf"{_ISO} std(?:out|err) [FP](?::[^ ]*)? ",  # containerd, CRI-O, podman
    rf"(?:<[0-9]{{1,3}}>)?(?:[A-Z][a-z]{{2}} [ 0-9][0-9] [0-9:]{{8}}|{_ISO}) {_TAG}",  # RFC 3164
    r"<[0-9]{1,3}>1 (?:[^ ]+ ){5}(?:-|(?:\[[^\]]*\])+) (?:\xef\xbb\xbf)?",  # RFC 5424
    rf"\[pod/[^\]]*\] (?:{_ISO} )?",  # kubectl logs --prefix
    # docker compose logs, whose colour ends before the blank or behind it
    rf"{_COLOUR}[A-Za-z0-9][A-Za-z0-9_.-]* +\|(?:{_COLOUR_OFF}|{_COLOUR} )(?:{_ISO} )?",
)
_MARKS: Final = r"(?:\x00+|\xef\xbb\xbf)?"
"""Zeros of a writer that goes on where it was in a file cut off, or a byte order mark."""
_DATED: Final = (
    r'(?:[{\[]|[^"\[]* \[[0-9]{2}/[A-Z][a-z]{2}/'
    r"|[A-Z], \[[0-9]{4}-|[^ ,]+, [^,]*, [0-9][0-9./-]*, [0-9:]+, )"
)
"""What is no time's own line: JSON, a bracket, or a time as Apache, Ruby or IIS writes it."""
_PREFIX: Final = rf"^(?P<prefix>{_MARKS}(?:{'|'.join(_PREFIXES)})?)"
_TIMED_PREFIX: Final = (
    rf"^(?:(?P<prefix>{_MARKS}(?:{'|'.join(_PREFIXES)}))"
    rf"|(?P<time>{_MARKS}{_ISO} ){_DATED}"  # docker logs --timestamps, kubectl logs --timestamps
    rf"|(?P<marks>{_MARKS}))"
)
_ESCAPE: Final = 0x1B
_BOM: Final = b"\xef\xbb\xbf"
_WRAPPED: Final = b'{"log":'
"""How each line of Docker's json-file begins."""


def unwrap(lines: Lines, *, timed: bool = True) -> Lines:
    """Give the same lines, none of them empty, without what is around them.

    Lines that Docker wrote as JSON get bytes of their own; of others only the starts move. Where
    there is nothing to be taken off, the very same object comes back.

    Args:
        lines: the lines.
        timed: whether a time alone is taken off too, which may be the format's own.
    """
    wrapped = _begins_with(lines, _WRAPPED)
    starts = _behind_prefixes(lines, ~wrapped, timed=timed)
    if bool(wrapped.any()):
        plain = replace(lines, starts=starts)
        texts = [
            _unpack(plain.raw(row)) if packed else plain.raw(row)
            for row, packed in enumerate(wrapped.tolist())
        ]
        block = b"".join(text + b"\n" for text in texts)
        return split_lines(np.frombuffer(block, np.uint8), 0)
    return lines if starts is lines.starts else replace(lines, starts=starts)


def unwrap_all(lines: Sequence[bytes]) -> list[bytes]:
    """Give lines, none of them empty or with an end, without what is around them."""
    whole = split_lines(np.frombuffer(b"".join(line + b"\n" for line in lines), np.uint8), 0)
    bare = unwrap(whole) if len(whole) else whole
    return [text for row in range(len(bare)) if (text := bare.raw(row))]


def _behind_prefixes(lines: Lines, allowed: Mask, *, timed: bool) -> Positions:
    rows = np.flatnonzero(_may_have_prefix(lines) & allowed)
    if not len(rows):
        return lines.starts
    found = pc.extract_regex(lines.at(rows).texts(), _TIMED_PREFIX if timed else _PREFIX)
    names = [field.name for field in found.type]
    lengths = sum(_length(pc.struct_field(found, name)) for name in names)
    bare_marks = (lines.ends - lines.starts)[rows] <= lengths
    bare_marks &= np.isin(lines.data[lines.starts[rows]], (0, _BOM[0]))
    shifts = np.where(bare_marks, 0, lengths)
    if not bool(shifts.any()):
        return lines.starts
    starts = lines.starts.copy()
    starts[rows] += shifts
    return starts


def _length(group: Column) -> Positions:
    """How long a group of an expression is in each row."""
    lengths: Positions = pc.fill_null(pc.binary_length(group), 0).to_numpy(zero_copy_only=False)
    return lengths


def _may_have_prefix(lines: Lines) -> Mask:
    """Which lines are worth a closer look, told by a few bytes of each."""
    data, starts = lines.data, lines.starts
    first = data[starts]
    letter = ((first | np.uint8(32)) - np.uint8(ord("a"))) < np.uint8(26)
    dated = (data[starts + 4] == ord("-")) & (data[starts + 10] == ord("T"))
    mask: Mask = dated | (first == ord("<")) | _begins_with(lines, b"[pod/")
    mask |= (first == 0) | _begins_with(lines, _BOM)
    mask |= letter & (data[starts + 3] == ord(" "))
    named = letter | ((first - np.uint8(ord("0"))) <= np.uint8(9)) | (first == _ESCAPE)
    if bool((named & ~mask).any()):
        bars = np.append(_places_of(b"|", data[: lines.size]), len(data))
        mask |= named & (bars[np.searchsorted(bars, starts)] < lines.ends)
    return mask


def _places_of(byte: bytes, data: Bytes) -> Positions:
    hits = data == byte[0]
    return np.flatnonzero(hits) if hits.any() else np.zeros(0, np.int64)


def _begins_with(lines: Lines, text: bytes) -> Mask:
    mask: Mask = lines.data[lines.starts] == text[0]
    for step, byte in enumerate(text[1:], start=1):
        if not bool(mask.any()):
            break
        mask &= lines.data[lines.starts + step] == byte
    return mask


def _unpack(raw: bytes) -> bytes:
    """The line that Docker has put into JSON; what is none stays as it is."""
    try:
        log = json.loads(raw.decode("utf-8", "surrogateescape"))["log"]
        text = log.encode("utf-8", "surrogateescape")
    except (ValueError, KeyError, AttributeError, RecursionError):
        return raw
    return b" ".join(text.rstrip(b"\r\n").splitlines())
