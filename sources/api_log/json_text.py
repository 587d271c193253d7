r"""JSON objects written for many rows at once, byte for byte as ``canonical_json`` writes one.

Keys are sorted, nothing stands between tokens, text stays UTF-8, and only ``"``, ``\`` and control
characters are escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.lines import spread
from sources.event import canonical_json

_BRACKET: Final = ord("}")
_CONTROLS: Final = 32
_SHORT: Final = {8: r"\b", 9: r"\t", 10: r"\n", 12: r"\f", 13: r"\r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of many objects, with a comma behind it.

    Attributes:
        before: what stands before each value: the key, and what opens the value.
        values: as they stand in JSON; null leaves the member out.
        behind: what closes the value, and the comma.
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
    return Member(before=f"{_name(key)}{before}", values=text, behind=f"{behind},")


def json_given(key: str, values: Column) -> Member:
    """Write one member whose values are JSON already."""
    return Member(before=_name(key), values=values, behind=",")


def _name(key: str) -> str:
    return canonical_json({key: 0})[1:-2]


def join_members(members: Sequence[Member], *, rows: int) -> Member:
    """Join members to what stands for all of them; empty where all are null."""
    return Member(values=_joined("", members, rows=rows))


def json_objects(members: Sequence[Member], *, rows: int) -> Column:
    """Write an object a row.

    Args:
        members: in the order of their keys.
        rows: how many objects.
    """
    joined = _joined("{", members, rows=rows)
    written = _closed(joined)
    if all(member.values.null_count for member in members):
        written = pc.if_else(pc.equal(joined, "{"), "{}", written)
    return written


def _joined(head: str, members: Sequence[Member], *, rows: int) -> Column:
    """Join all in one pass; only what is missing in some rows is written by itself before."""
    parts: list[Column | str] = [head]
    for member in members:
        missing = member.values.null_count
        if missing == rows:
            continue
        if missing:
            parts.append(
                pc.binary_join_element_wise(member.before, member.values, member.behind, "")
            )
            continue
        _add(parts, member.before)
        parts.append(member.values)
        _add(parts, member.behind)
    if len(parts) == 1:
        return pa.repeat(head, rows).cast(pa.string())
    # Not null_handling="skip": with it pyarrow leaves out rows in which everything is null.
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def _closed(texts: Column) -> Column:
    """Put a bracket in the place of each text's last character, which is one of ASCII.

    No text may be empty or null: it would have its neighbour's.
    """
    validity, offsets, data = texts.buffers()
    octets = np.frombuffer(data, np.uint8).copy()
    ends = np.frombuffer(offsets, np.int32)[texts.offset + 1 : texts.offset + len(texts) + 1]
    octets[ends - 1] = _BRACKET
    held = [validity, offsets, arrow.py_buffer(octets)]
    return pa.Array.from_buffers(texts.type, len(texts), held, offset=texts.offset)


def _add(parts: list[Column | str], text: str) -> None:
    """Put fixed text behind the parts, in one piece with fixed text before it."""
    last = parts[-1]
    if isinstance(last, str):
        parts[-1] = last + text
    else:
        parts.append(text)
