"""Lines of OTLP's JSON, each of many log records, taken apart where the records stand.

Brackets and their depth are found in columns, so that each record is a segment of the bytes with an
offset of its own. What is left of a line, a number in the place of each record, is read as JSON.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from sources.api_log.json_mending import load_object
from sources.api_log.json_records import NO_JSON
from sources.api_log.lines import Bytes, Lines, Mask, Positions
from sources.api_log.otlp_values import REQUESTS, read_attributes, walk_requests
from sources.api_log.parsing import LONGEST_LINE

LONGEST_REQUESTS: Final = 1 << 24
"""Bytes of a line of many records that are read; the records have the bound of other lines."""

NO_RECORD: Final = "a log record in it is no object"

_HEAD: Final = np.frombuffer(f'"{REQUESTS}"'.encode(), np.uint8)
_SPACE: Final = ord(" ")
_QUOTE: Final = ord('"')
_BACKSLASH: Final = ord("\\")
_BRACE: Final = ord("{")
_BRACKET: Final = ord("[")
_FOLD: Final = 32  # the bit that tells braces from brackets
_OPEN: Final = _BRACE | _FOLD
_CLOSED: Final = ord("}") | _FOLD
_RECORD_DEPTH: Final = 7  # { [ { [ { [ {


@dataclass(slots=True, kw_only=True)
class Requests:
    """The log records in some lines.

    Attributes:
        records: where they stand.
        line: row of each record's line.
        number: of each record in its line, from 0 on.
        resource: of each record, as an index of ``resources``.
        resources: the attributes of the resources.
        strange: rows of lines that are not what they should be, and why.
        empty: lines without any record.
    """

    records: Lines
    line: Positions
    number: Positions
    resource: Positions
    resources: list[dict[str, Any]] = field(default_factory=list)
    strange: dict[int, str] = field(default_factory=dict)
    empty: int = 0


def are_requests(lines: Lines, begins: Positions) -> Mask:
    """Which lines hold what an exporter wrote at once; its one member comes first.

    Args:
        lines: the lines.
        begins: where the object begins in each.
    """
    at = begins + 1
    at = at + (lines.data[at] == _SPACE)
    found: Mask = (lines.data[at + 1] == _HEAD[1]) & (begins < lines.ends)
    rows = np.flatnonzero(found)
    found[rows] = (lines.data[at[rows][:, None] + np.arange(len(_HEAD))] == _HEAD).all(axis=1)
    return found


def longest(line: bytes | bytearray) -> int:
    """Bytes that a line of this beginning may have."""
    return LONGEST_REQUESTS if _HEAD.tobytes() in line[:LONGEST_LINE] else LONGEST_LINE


def split_requests(lines: Lines, begins: Positions) -> Requests:
    """Find the records in lines that :func:`are_requests`; those too long have none."""
    long = lines.ends - lines.starts > LONGEST_REQUESTS
    starts, ends, owners = _find_objects(lines, begins)
    bounds = np.searchsorted(owners, np.arange(len(lines) + 1))
    strange = dict.fromkeys(np.flatnonzero(long).tolist(), f"longer than {LONGEST_REQUESTS} bytes")
    found = _Found(starts, ends)
    for row in np.flatnonzero(~long).tolist():
        inside = slice(int(bounds[row]), int(bounds[row + 1]))
        raw = lines.data[begins[row] : lines.ends[row]].tobytes()
        reason = found.read(raw, int(begins[row]), inside)
        if reason:
            strange[row] = reason
    kept = np.array(found.kept, np.int64)
    return Requests(
        records=Lines(
            data=lines.data,
            starts=starts[kept],
            ends=ends[kept],
            first_offset=lines.first_offset,
        ),
        line=owners[kept],
        number=kept - bounds[owners[kept]],
        resource=np.array(found.resource, np.int64),
        resources=found.resources,
        strange=strange,
        empty=found.empty,
    )


class _Found:
    """What the lines say of the objects that stand where records should."""

    def __init__(self, starts: Positions, ends: Positions) -> None:
        self._starts = starts
        self._ends = ends
        self.kept: list[int] = []
        self.resource: list[int] = []
        self.resources: list[dict[str, Any]] = []
        self.empty = 0

    def read(self, raw: bytes, begin: int, inside: slice) -> str | None:
        """Read a line without its objects; what is wrong with it."""
        document = load_object(self._without(raw, begin, inside))
        if document is None or not isinstance(document.get(REQUESTS), list | None):
            return NO_JSON
        wrong, last, before = None, inside.start - 1, len(self.kept)
        held: Any = self  # no resource is this one
        for resource, number in walk_requests(document):
            if type(number) is not int or not last < number < inside.stop:
                wrong = NO_RECORD
                continue
            if resource is not held:
                held = resource
                self.resources.append(read_attributes(resource))
            self.kept.append(number)
            self.resource.append(len(self.resources) - 1)
            last = number
        self.empty += len(self.kept) == before and wrong is None
        return wrong

    def _without(self, raw: bytes, begin: int, inside: slice) -> bytes:
        return b"".join(self._pieces(raw, begin, inside))

    def _pieces(self, raw: bytes, begin: int, inside: slice) -> Iterator[bytes]:
        at = 0
        bounds = zip(self._starts[inside].tolist(), self._ends[inside].tolist(), strict=True)
        for number, (start, end) in enumerate(bounds, inside.start):
            yield raw[at : start - begin]
            yield b"%d" % number
            at = end - begin
        yield raw[at:]


def _find_objects(lines: Lines, begins: Positions) -> tuple[Positions, Positions, Positions]:
    """Find objects as deep in a line as records are, in a list: starts, ends, rows of lines."""
    at, rows = _find_brackets(lines, begins)
    kinds = lines.data[at]
    opens = (kinds | _FOLD) == _OPEN
    steps = np.where(opens, 1, -1)
    total = np.cumsum(steps)
    first = np.searchsorted(rows, np.arange(len(lines)))
    depth = total - (total[first] - steps[first])[rows]
    chosen = np.flatnonzero(opens & (depth == _RECORD_DEPTH) & (kinds == _BRACE))
    parents = np.flatnonzero(opens & (depth == _RECORD_DEPTH - 1))
    parent = parents[np.searchsorted(parents, chosen) - 1]
    chosen = chosen[kinds[parent] == _BRACKET]
    closing = np.append(np.flatnonzero(~opens & (depth == _RECORD_DEPTH - 1)), len(at) - 1)
    close = closing[np.searchsorted(closing, chosen)]
    whole = (rows[close] == rows[chosen]) & ~opens[close]
    chosen, close = chosen[whole], close[whole]
    return at[chosen], at[close] + 1, rows[chosen]


def _find_brackets(lines: Lines, begins: Positions) -> tuple[Positions, Positions]:
    """Find braces and brackets outside of texts, and the rows of their lines."""
    data = lines.data[: lines.size]
    folded = data | _FOLD
    at: Positions = np.flatnonzero((folded == _OPEN) | (folded == _CLOSED))
    rows = np.searchsorted(begins, at, side="right") - 1
    inside = (rows >= 0) & (at < lines.ends[rows])
    at, rows = at[inside], rows[inside]
    quotes = _find_quotes(data)
    before = np.searchsorted(quotes, at) - np.searchsorted(quotes, begins)[rows]
    plain = before % 2 == 0
    return at[plain], rows[plain]


def _find_quotes(data: Bytes) -> Positions:
    """Find the quotes that begin or end a text: those with an even number of backslashes before."""
    quotes: Positions = np.flatnonzero(data == _QUOTE)
    slashed = np.flatnonzero(data[quotes - 1] == _BACKSLASH)
    if not len(slashed):
        return quotes
    slashes = np.flatnonzero(data == _BACKSLASH)
    begin = np.append(True, np.diff(slashes) > 1)
    run = np.maximum.accumulate(np.where(begin, np.arange(len(slashes)), 0))
    last = np.searchsorted(slashes, quotes[slashed]) - 1
    odd = (last - run[last]) % 2 == 0
    return np.delete(quotes, slashed[odd])
