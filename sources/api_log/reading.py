"""Lines read without what is around them, and what they gave put back where they stand."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from sources.api_log.kernels import arrow
from sources.api_log.lines import Lines, filled
from sources.api_log.parsing import NORMAL_FORM, BadLine, Parsed
from sources.api_log.privacy import Privacy
from sources.api_log.results import bad_lines, join_parsed

Reader: TypeAlias = Callable[[Lines], Parsed]
"""Reads lines, none of them empty."""


def read_bare(full: Lines, bare: Lines, read: Reader, privacy: Privacy, *, again: bool) -> Parsed:
    """Read lines without what is around them.

    Args:
        full: the lines as they stand in their file.
        bare: the same without what is around them, some of them empty, maybe.
        read: reads lines.
        privacy: what may be kept of bad lines.
        again: whether lines that are bad so are read as they stand, for a format that may itself
            say what stands there.
    """
    held = filled(bare)
    found = read(bare.at(held))
    offsets = found.table.column("offset").to_numpy().astype(np.int64)
    homes = arrow.array(_home(full, bare, offsets).astype(np.uint64))
    table = found.table.set_column(0, NORMAL_FORM.field(0), homes)
    bad = _bad_at_home(full, bare, found.bad, privacy)
    skipped = found.skipped + int(np.count_nonzero(~held))
    if not (again and bad):
        return Parsed(table=table, bad=bad, skipped=skipped)
    rows = np.searchsorted(full.starts, [line.offset - full.first_offset for line in bad])
    return join_parsed((Parsed(table=table, bad=(), skipped=skipped), read(full.at(rows))))


def _home(full: Lines, bare: Lines, offsets: Any) -> Any:
    """Offsets in the file of lines, and of records in them.

    Where a record stands in a line that was unpacked cannot be said, but in which order.
    """
    places = offsets - bare.first_offset
    rows = np.searchsorted(bare.starts, places, side="right") - 1
    homes = full.starts[rows] + full.first_offset
    inside = places - bare.starts[rows]
    return homes + inside if bare.data is not full.data else np.where(inside > 0, offsets, homes)


def _bad_at_home(
    full: Lines, bare: Lines, bad: Iterable[BadLine], privacy: Privacy
) -> list[BadLine]:
    """Bad lines whole, with what is around them; bad records in lines as they are."""
    lines = []
    for line in bad:
        place = (line.offset if line.within is None else line.within) - bare.first_offset
        row = int(np.searchsorted(bare.starts, place, side="right")) - 1
        if line.within is None:
            lines += bad_lines(full, {row: line.reason}, privacy)
        else:
            home = int(full.starts[row]) + full.first_offset
            moved = int(_home(full, bare, np.array([line.offset]))[0])
            lines.append(replace(line, offset=moved, within=home))
    return lines
