"""The request line taken apart: method, target, protocol; path and query; absolute targets."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, pc
from sources.api_log.lines import Mask, Positions, find_places, gather, joined, spread

_SPACE: Final = 32
_QUESTION: Final = 63
_SLASH: Final = 47
_LETTERS: Final = 26
_LONGEST_METHOD: Final = 32
_PROTOCOL: Final = b"HTTP/"
_METHOD: Final = r"^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,31}$"
_ABSOLUTE: Final = r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/?#]*)(?P<path>.*)$"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLines:
    """Request lines in parts; null where there is none.

    Attributes:
        method: as it was sent.
        target: path and query, or a whole URL.
        protocol: such as ``HTTP/1.1``; null in requests of HTTP/0.9.
        malformed: rows that hold something that is no request line.
    """

    method: Column
    target: Column
    protocol: Column
    malformed: Mask


def split_requests(lines: Column) -> RequestLines:
    """Take request lines apart at their first and, before ``HTTP/``, last space."""
    data, starts, ends = spread(lines)
    padded = np.concatenate((data, np.zeros(8, np.uint8)))
    spaces = np.append(np.flatnonzero(data == _SPACE), len(data))
    first = find_places(spaces, starts)
    last = find_places(spaces, ends) - 1
    one = last >= first
    method_end = np.where(one, spaces[np.minimum(first, len(spaces) - 1)], starts)
    tail = spaces[np.maximum(last, 0)]
    with_protocol = (last > first) & _stands(padded, tail + 1)
    target_start = np.where(one, method_end + 1, starts)
    target_end = np.where(with_protocol, tail, np.where(one, ends, starts))
    protocol_start = np.where(with_protocol, tail + 1, ends)
    protocol_end = ends
    method = _strings(data, starts, method_end)
    target = _strings(data, target_start, np.maximum(target_end, target_start))
    if bool(((padded[target_start] == _SPACE) | (padded[target_end - 1] == _SPACE)).any()):
        target = pc.utf8_trim(target, " ")  # as RFC 9112 lets a server read them
    usual = _usual(method) & pc.not_equal(target, "").to_numpy(zero_copy_only=False) & one
    valid = lines.is_valid().to_numpy(zero_copy_only=False)
    usual &= valid
    keep = None if usual.all() else pa.array(~usual)
    protocol = _nulled(_strings(data, protocol_start, protocol_end), ~(with_protocol & usual))
    return RequestLines(
        method=_nulled(method, keep),
        target=_nulled(target, keep),
        protocol=protocol,
        malformed=valid & ~usual,
    )


def _strings(data: Any, starts: Positions, ends: Positions) -> Column:
    return gather(data, starts, ends).cast(pa.string(), safe=False)


def _stands(data: Any, at: Positions) -> Mask:
    stands = np.ones(len(at), np.bool_)
    for step, byte in enumerate(_PROTOCOL):
        stands &= data[np.minimum(at + step, len(data) - 1)] == byte
    return stands


def _usual(method: Column) -> Mask:
    """Which methods are tokens; upper-case letters alone need no closer look."""
    _, starts, ends = spread(method)
    lengths = ends - starts
    if (
        bool(((joined(method) - np.uint8(65)) < _LETTERS).all())
        and len(starts)
        and int(lengths.max()) <= _LONGEST_METHOD
    ):
        usual: Mask = lengths > 0
        return usual
    tokens: Mask = pc.match_substring_regex(method, _METHOD).to_numpy(zero_copy_only=False)
    return tokens


def _nulled(values: Column, mask: Any) -> Column:
    if mask is None:
        return values
    chosen = pa.array(mask) if isinstance(mask, np.ndarray) else mask
    return pc.if_else(chosen, pa.scalar(None, values.type), values)


def split_targets(targets: Column) -> tuple[Column, Column]:
    """Split targets at their first ``?``.

    Returns:
        Paths and queries; an empty query is null.
    """
    data, starts, ends = spread(targets)
    marks = np.append(np.flatnonzero(data == _QUESTION), len(data) + 1)
    place = marks[np.searchsorted(marks, starts)]
    found = place < ends
    path_end = np.where(found, place, ends)
    query_start = np.where(found, place + 1, ends)
    missing = ~targets.is_valid().to_numpy(zero_copy_only=False)
    path = _strings(data, starts, path_end)
    query = _strings(data, query_start, ends)
    return (
        _nulled(path, missing if missing.any() else None),
        _nulled(query, (query_start >= ends) | missing),  # bytes may stand below a null
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absolute:
    """Targets that named a whole URL.

    Attributes:
        target: all targets, scheme and host taken off.
        host: the host that was taken off; null elsewhere; without user name and password.
    """

    target: Column
    host: Column


def strip_absolute(targets: Column) -> Absolute:
    """Take scheme and host off targets like ``http://example.org/a?b``."""
    data, starts, ends = spread(targets)
    nonempty = ends > starts
    first = data[np.minimum(starts, max(len(data) - 1, 0))] if len(data) else np.zeros(len(starts))
    nulls = pa.nulls(len(targets), pa.string())
    if bool((~nonempty | (first == _SLASH)).all()):
        return Absolute(target=targets, host=nulls)
    parts = pc.extract_regex(targets, _ABSOLUTE)
    path = pc.struct_field(parts, "path")
    path = pc.if_else(pc.starts_with(path, "/"), path, pc.binary_join_element_wise("/", path, ""))
    host = pc.replace_substring_regex(pc.struct_field(parts, "host"), r"^.*@", "")
    absolute = parts.is_valid()
    return Absolute(
        target=pc.if_else(absolute, path, targets), host=pc.if_else(absolute, host, nulls)
    )
