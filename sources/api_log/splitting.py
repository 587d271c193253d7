"""Where the fields of many lines begin and end, found for all of them at once.

The fixed text between fields is looked for in the bytes of a whole piece. Where it stands first
behind a field's start, that field ends: the same answer that a regular expression with lazy groups
gives, as long as what follows fits; lines where it does not are left to the expression.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sources.api_log.landmarks import QUOTE, Landmarks, near_places
from sources.api_log.layout import BEGINS, ROLES, Field, Layout
from sources.api_log.lines import Lines, Mask, Positions, find_places

_COUNTED: Final = ("status", "bytes_out", "bytes_in", "duration", "duration_part")
"""Roles whose values are looked at anyway."""

_CLOSED: Final = b'" '
_NAMED: Final = ("client", "host")
_COMMA, _COLON = b",:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Fields of lines as positions.

    Attributes:
        fits: which lines have all the fixed text where it should be.
        starts: for each field, where it begins in each line.
        ends: for each field, where it ends in each line; right where ``fits`` is true.
        rest: where what follows the last field begins; ``None`` unless the layout allows it.
    """

    fits: Mask
    starts: list[Positions]
    ends: list[Positions]
    rest: Positions | None


def cut(lines: Lines, layout: Layout, marks: Landmarks) -> Cut:
    """Find the fields of all lines."""
    fits = _stands(lines, lines.starts, layout.head)
    at = lines.starts + len(layout.head)
    starts: list[Positions] = []
    ends: list[Positions] = []
    index: Positions | None = None
    last = len(layout.fields) - 1
    for number, (field, text) in enumerate(zip(layout.fields, layout.between, strict=True)):
        starts.append(at)
        stop = _stop(field)
        # A field that cannot hold what its end begins with ends where that stands first.
        sought = stop if stop and text.startswith(stop) and not field.quoted else text
        if number == last:
            end = _last_end(lines, layout, at, marks)
            fits &= (end >= at) & _stands(lines, np.maximum(end, 0), text)
        elif (near := near_places(lines, sought, at)) is not None:
            index, end = None, near
        else:
            places = marks.of(sought, protected=field.quoted)
            follows = number > 0 and len(text) == 1 and _same(layout, number)
            index = index + 1 if follows and index is not None else find_places(places, at)
            index = np.minimum(index, len(places) - 1)
            end = places[index]
        if number < last and sought != text:
            fits &= _stands(lines, end, text)
        fits &= _whole(lines, field, at, end)
        if number < last and _may_hold_quotes(layout, number):
            quotes = marks.of(b'"', protected=True)
            fits &= _first(quotes, at) >= end
        if number < last and stop and sought != stop:
            stops = marks.of(stop, protected=False)
            fits &= _first(stops, at) >= end
        ends.append(end)
        at = np.minimum(end + len(text), lines.size + 1)
    fits &= at <= lines.ends
    if not layout.open_end:
        return Cut(fits=fits, starts=starts, ends=ends, rest=None)
    behind = lines.data[at]
    fits &= (at >= lines.ends) | np.isin(behind, tuple(layout.apart.encode()))
    return Cut(fits=fits, starts=starts, ends=ends, rest=at)


def _first(places: Positions, at: Positions) -> Positions:
    """The first place that is not before each position; the last one where none is."""
    found: Positions = places[np.minimum(find_places(places, at), len(places) - 1)]
    return found


def _may_hold_quotes(layout: Layout, number: int) -> bool:
    """Whether nothing behind a quoted field would tell that it ended at a quote within it."""
    closed = layout.fields[number].quoted and layout.between[number] == _CLOSED
    return closed and layout.fields[number + 1].role not in _COUNTED


def _stop(field: Field) -> bytes:
    """What cannot stand in a field; empty where anything can, or where its value is looked at."""
    spaced = field.is_token and field.role not in _COUNTED
    return field.stop or (b" " if spaced else b"")


def _last_end(lines: Lines, layout: Layout, at: Positions, marks: Landmarks) -> Positions:
    """Where the last field ends; before its start where it does not end as it should."""
    field, text = layout.fields[-1], layout.between[-1]
    if layout.open_end and text:
        places = marks.of(text, protected=field.quoted)
        return _first(places, at)
    end = lines.ends - len(text)
    if field.quoted:
        places = marks.of(b'"', protected=True)
        first = _first(places, at)
        return np.where(first == end, end, at - 1)
    if layout.open_end or field.is_token:
        places = marks.of(b" ", protected=False)
        first = _first(places, at)
        end = np.minimum(end, first) if layout.open_end else np.where(first < end, at - 1, end)
    return end


def _whole(lines: Lines, field: Field, at: Positions, end: Positions) -> Mask | bool:
    """Whether a word begins as it must, a list ends where it does, and a host is no part of one."""
    if field.form in BEGINS:
        begins: Mask = np.isin(lines.data[np.minimum(at, lines.size)], tuple(BEGINS[field.form]))
        return begins
    if not (ROLES[field.role].is_list or field.role in _NAMED):
        return True
    before = lines.data[np.maximum(end - 1, 0)]
    whole: Mask = ((before != _COMMA) & (before != _COLON)) | (end <= at)
    if field.role in _NAMED and not field.quoted:
        whole &= lines.data[np.minimum(at, lines.size)] != QUOTE
    return whole


def _same(layout: Layout, number: int) -> bool:
    """Whether this field ends like the one before it."""
    before = layout.fields[number - 1]
    return (
        layout.between[number] == layout.between[number - 1]
        and layout.fields[number].quoted == before.quoted
    )


def _stands(lines: Lines, at: Positions, text: bytes) -> Mask:
    """Whether ``text`` stands at these positions."""
    stands = np.ones(len(at), np.bool_)
    for step, byte in enumerate(text):
        stands &= lines.data[np.minimum(at + step, lines.size)] == byte
    return stands
