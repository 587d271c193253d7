r"""JSON objects written for many rows at once, byte for byte as ``canonical_json`` writes one.

Keys are sorted, nothing stands between tokens, text stays UTF-8, and only ``"``, ``\`` and control
characters are escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.lines import spread
from sources.event import canonical_json

_BRACE: Final = ord("{")
_CONTROLS: Final = 32
_SHORT: Final = {8: r"\b", 9: r"\t", 10: r"\n", 12: r"\f", 13: r"\r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of many objects, with a comma before it.

    Attributes:
        before: what stands before each value: the comma, the key, and what opens the value; empty
            where the values are members themselves.
        values: as they stand in JSON; null leaves the member out.
        behind: what closes the value.
    """

    before: str = ""
    values: Column
    behind: str = ""


def escaped(values: Column) -> Column:
    """Escape texts as they stand between the quotes of a JSON string; null stays null."""
    data, starts, ends = spread(values)
    used = data[int(starts[0]) : int(ends[-1])] if len(starts) else data
    if not len(used):
        return values
    text = values
    # Searching all bytes at once is far quicker than a pass over the texts for nothing.
    held = used.tobytes()
    if b"\\" in held or b'"' in held:
        text = pc.replace_substring(text, "\\", "\\\\")
        text = pc.replace_substring(text, '"', '\\"')
    if int(used.min()) < _CONTROLS:
        for code in np.unique(used[used < _CONTROLS]).tolist():
            written = "\ufffd" if code == 0 else _SHORT.get(code, f"\\u{code:04x}")
            text = pc.replace_substring(text, chr(code), written)
    return text


def json_member(key: str, values: Column, *, listed: bool = False) -> Member:
    """Write one member of many objects.

    Args:
        key: of the member.
        values: texts or integers.
        listed: whether each value stands in a list of its own.
    """
    before, behind = ("[", "]") if listed else ("", "")
    if pa.types.is_string(values.type):
        before, behind, text = f'{before}"', f'"{behind}', escaped(values)
    else:
        text = values.cast(pa.string())
    return Member(before=f"{_name(key)}{before}", values=text, behind=behind)


def json_given(key: str, values: Column) -> Member:
    """Write one member whose values are JSON already."""
    return Member(before=_name(key), values=values)


def _name(key: str) -> str:
    return f",{canonical_json({key: 0})[1:-2]}"


def join_members(members: Sequence[Member], *, rows: int) -> Member:
    """Join members to what stands for all of them; empty where all are null."""
    return Member(values=_joined(members, rows=rows))


def json_objects(members: Sequence[Member], *, rows: int) -> Column:
    """Write an object a row.

    Args:
        members: in the order of their keys.
        rows: how many objects.
    """
    held = [member for member in members if member.values.null_count < rows]
    if not held:
        return pa.repeat("{}", rows).cast(pa.string())
    if held[0].before and not held[0].values.null_count:
        first = replace(held[0], before="{" + held[0].before[1:])
        return _joined([first, *held[1:]], behind="}", rows=rows)
    joined = _joined(held, behind="}", rows=rows)
    return pc.if_else(pc.equal(joined, "}"), "{}", _opened(joined))


def _joined(members: Sequence[Member], *, behind: str = "", rows: int) -> Column:
    """Join all in one pass; only what is missing in some rows is written by itself before."""
    parts: list[Column | str] = []
    for member in members:
        if member.values.null_count == rows:
            continue
        if member.values.null_count and member.before:
            whole = pc.binary_join_element_wise(member.before, member.values, member.behind, "")
            parts.append(whole)
            continue
        _add(parts, member.before)
        parts.append(member.values)
        _add(parts, member.behind)
    if not parts:
        return pa.repeat(behind, rows).cast(pa.string())
    _add(parts, behind)
    # Not null_handling="skip": with it pyarrow leaves out rows in which everything is null.
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def _opened(texts: Column) -> Column:
    """Put a brace in the place of each text's first character, which is one of ASCII.

    No text may be empty or null: it would have its neighbour's.
    """
    validity, offsets, data = texts.buffers()
    octets = np.frombuffer(data, np.uint8).copy()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts)]
    octets[starts] = _BRACE
    held = [validity, offsets, arrow.py_buffer(octets)]
    return pa.Array.from_buffers(texts.type, len(texts), held, offset=texts.offset)


def _add(parts: list[Column | str], text: str) -> None:
    """Put fixed text behind the parts, in one piece with fixed text before it."""
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)
