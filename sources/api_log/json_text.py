r"""JSON objects written for many rows at once, byte for byte as ``canonical_json`` writes one.

Keys are sorted, nothing stands between tokens, text stays UTF-8, and only ``"``, ``\`` and control
characters are escaped.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, pc
from sources.api_log.lines import spread
from sources.event import canonical_json

_CONTROLS: Final = 32
_LAST: Final = -1
_BEHIND: Final = 1 << 31
_SHORT: Final = {8: r"\b", 9: r"\t", 10: r"\n", 12: r"\f", 13: r"\r"}


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


def json_member(key: str, values: Column, *, listed: bool = False) -> Column:
    """Write one member of many objects, with a comma behind it; null stays null.

    Args:
        key: of the member.
        values: texts or integers.
        listed: whether each value stands in a list of its own.
    """
    name = canonical_json({key: 0})[1:-2]
    before, behind = ("[", "]") if listed else ("", "")
    if pa.types.is_string(values.type):
        before, behind, text = f'{before}"', f'"{behind}', escaped(values)
    else:
        text = values.cast(pa.string())
    return pc.binary_join_element_wise(f"{name}{before}", text, f"{behind},", "")


def json_given(key: str, values: Column) -> Column:
    """Write one member whose values are JSON already, as :func:`json_member` does."""
    return pc.binary_join_element_wise(canonical_json({key: 0})[1:-2], values, ",", "")


def join_members(members: Sequence[Column], *, rows: int) -> Column:
    """Join members to members, still with a comma behind the last; empty where all are null."""
    told = [values for values in members if values.null_count < rows]
    return _joined(*told) if told else pa.repeat("", rows).cast(pa.string())


def json_objects(members: Sequence[Column], *, rows: int) -> Column:
    """Write an object a row.

    Args:
        members: as :func:`json_member` writes them, in the order of their keys; null leaves the
            member out.
        rows: how many objects.
    """
    told = [values for values in members if values.null_count < rows]
    if not told:
        return pa.repeat("{}", rows).cast(pa.string())
    joined = _joined("{", *told)
    written = pc.binary_replace_slice(joined, _LAST, _BEHIND, "}")
    if all(values.null_count for values in told):
        written = pc.if_else(pc.equal(joined, "{"), "{}", written)
    return written


def _joined(*parts: Column | str) -> Column:
    # Not null_handling="skip": with it pyarrow leaves out rows in which everything is null.
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")
