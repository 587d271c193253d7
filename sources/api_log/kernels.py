"""Arrow's kernels, as they are used here: on whole columns and plain constants alike.

The published type stubs describe a narrower use (no plain constants, no mixed types); what is
passed and returned is said in words and held by tests.
"""

from typing import Any, Final, TypeAlias

import pyarrow.compute

Column: TypeAlias = Any
"""A pyarrow ``Array``."""

pc: Any = pyarrow.compute

arrow: Any = pyarrow

_LAST: Final = -1
_BEHIND: Final = 1 << 31


def is_text(values: Column) -> bool:
    """Whether a column holds texts, or bytes that may be some."""
    return pyarrow.types.is_binary(values.type) or pyarrow.types.is_string(values.type)


def coalesced(first: Column, second: Column) -> Column:
    """Values, and others where they are missing; no pass over what has or lacks them all.

    Where nothing is put in, bytes that stand below nulls stay.
    """
    if not first.null_count or second.null_count == len(second):
        return first
    return pc.coalesce(first, second)


def shortened(texts: Column, longest: int) -> Column:
    """Cut texts to so many characters; the lengths in bytes spare most columns a pass."""
    if (pc.max(pc.binary_length(texts)).as_py() or 0) <= longest:
        return texts
    return pc.utf8_slice_codeunits(texts, 0, longest)


def without_last(texts: Column) -> Column:
    """Leave each text's last character out, which is one of ASCII."""
    return pc.binary_replace_slice(texts, _LAST, _BEHIND, "")
