r"""JSON objects written for many rows at once, byte for byte as ``canonical_json`` writes one.

Keys are sorted, nothing stands between tokens, text stays UTF-8, and only ``"``, ``\`` and control
characters are escaped.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, pc
from sources.api_log.lines import spread
from sources.event import canonical_json

_CONTROLS: Final = 32
_SHORT: Final = {8: r"\b", 9: r"\t", 10: r"\n", 12: r"\f", 13: r"\r"}


def json_strings(values: Column) -> Column:
    """Write texts as JSON strings; null stays null."""
    data, starts, ends = spread(values)
    used = data[int(starts[0]) : int(ends[-1])] if len(starts) else data
    special = used < _CONTROLS
    text = values
    if bool(((used == ord("\\")) | (used == ord('"'))).any()):
        text = pc.replace_substring(text, "\\", "\\\\")
        text = pc.replace_substring(text, '"', '\\"')
    if bool(special.any()):
        for code in np.unique(used[special]).tolist():
            written = "\ufffd" if code == 0 else _SHORT.get(code, f"\\u{code:04x}")
            text = pc.replace_substring(text, chr(code), written)
    return pc.binary_join_element_wise('"', text, '"', "")


def json_numbers(values: Column) -> Column:
    """Write integers as JSON; null stays null."""
    return values.cast(pa.string())


def json_objects(members: Mapping[str, Column], *, rows: int) -> Column:
    """Write an object a row out of columns of JSON texts.

    Args:
        members: for each key its values, written already; null leaves the key out.
        rows: how many objects.
    """
    parts: list[Column] = []
    for key in sorted(members):
        values = members[key]
        if values.null_count < rows:
            name = canonical_json({key: 0})[1:-2]
            parts.append(pc.binary_join_element_wise(name, values, ",", ""))
    if not parts:
        return pa.repeat("{}", rows).cast(pa.string())
    # Not null_handling="skip": with it pyarrow leaves out rows in which everything is null.
    joined = pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")
    return pc.binary_join_element_wise("{", pc.ascii_rtrim(joined, ","), "}", "")
