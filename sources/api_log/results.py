"""What lines gave, put together: rows of the normal form, and what is to be known of bad lines."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, arrow
from sources.api_log.lines import Lines, Mask
from sources.api_log.parsing import LONGEST_LINE, NORMAL_FORM, BadLine, Parsed
from sources.api_log.privacy import Privacy

TOO_LONG: Final = f"longer than {LONGEST_LINE} bytes"


def build_table(columns: Mapping[str, Column], lines: Lines, fit: Mask) -> pa.Table:
    """The rows of lines that fit, with the offsets of the lines."""
    offsets = pa.array((lines.starts + lines.first_offset).astype(np.uint64))
    table = pa.table({"offset": offsets, **columns}, schema=NORMAL_FORM)
    return table if fit.all() else table.filter(pa.array(fit))


def bad_lines(lines: Lines, reasons: Mapping[int, str], privacy: Privacy) -> list[BadLine]:
    """Keep what is to be known of lines that gave no request; ``reasons`` by their rows."""
    kept = privacy.lines([lines.raw(row) for row in reasons])
    return [
        BadLine(
            offset=lines.first_offset + int(lines.starts[row]),
            length=int(lines.ends[row] - lines.starts[row]),
            reason=reason,
            raw=raw,
        )
        for (row, reason), raw in zip(reasons.items(), kept, strict=True)
    ]


def join_results(tables: Iterable[pa.Table], bad: Iterable[BadLine], skipped: int = 0) -> Parsed:
    """One result of several, in the order of the lines."""
    return Parsed(
        table=_join_tables([table for table in tables if table.num_rows]),
        bad=sorted(bad, key=_offset_of),
        skipped=skipped,
    )


def join_parsed(parts: Iterable[Parsed]) -> Parsed:
    """One result of several, in the order of the lines."""
    several = list(parts)
    return join_results(
        (part.table for part in several),
        (bad for part in several for bad in part.bad),
        sum(part.skipped for part in several),
    )


def _offset_of(bad: BadLine) -> int:
    return bad.offset


def _join_tables(tables: list[pa.Table]) -> pa.Table:
    if not tables:
        return NORMAL_FORM.empty_table()
    whole = pa.concat_tables(tables)
    offsets: Any = whole.column("offset").to_numpy()
    if bool((offsets[1:] < offsets[:-1]).any()):
        whole = whole.take(arrow.array(np.argsort(offsets, kind="stable")))
    return whole
