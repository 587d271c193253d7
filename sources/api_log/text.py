"""Lines of text: split all at once where that is enough, by a regular expression where it is not.

Both give the same fields. The expression runs in RE2, in time linear in the line whatever stands in
it, and only over the lines that the split could not take.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, pc
from sources.api_log.landmarks import Landmarks
from sources.api_log.layout import Escape, Field, Layout
from sources.api_log.line_parser import LineParser
from sources.api_log.lines import Lines, Mask, gather
from sources.api_log.normal import Normalised, Normaliser
from sources.api_log.parsing import LONGEST_LINE, NOT_A_REQUEST, Parsed
from sources.api_log.privacy import Privacy
from sources.api_log.results import TOO_LONG, bad_lines, build_table, join_results
from sources.api_log.splitting import cut
from sources.api_log.zones import Zone

_TAIL: Final = Field(role="extra", name="tail")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """A format of text lines.

    Attributes:
        name: what it is called; the configuration's own string for one that was compiled.
        layouts: the ways its lines look, in order of preference.
        named: more of them, which lines of other formats have as well: read where the configuration
            names this one.
        escape: how it writes bytes that would break it.
        asides: what the server writes among the requests, as RE2 reads it; empty for nothing.
        sessions: what tells connections that carried no HTTP from requests, likewise.
        written: whether somebody wrote it down, perhaps with what stands before each line.
    """

    name: str
    layouts: tuple[Layout, ...]
    named: tuple[Layout, ...] = ()
    escape: Escape = "backslash"
    asides: str = ""
    sessions: str = ""
    written: bool = False


class TextReader:
    """Reads lines of one text format into rows."""

    def __init__(self, form: TextFormat, privacy: Privacy, zone: Zone | None) -> None:
        self._form = form
        self._privacy = privacy
        self._layouts = [
            (layout, Normaliser(_fields(layout), escape=form.escape, privacy=privacy, zone=zone))
            for layout in form.layouts
        ]

    def read(self, lines: Lines, day: str = "") -> Parsed:
        """Read lines, none of them empty.

        Args:
            lines: the lines.
            day: ``YYYY-MM-DD`` of lines that have a time of day alone.
        """
        tables: list[pa.Table] = []
        faults: dict[int, str] = {}
        lengths = lines.ends - lines.starts
        long = lengths > LONGEST_LINE
        session = _mention(lines, self._form.sessions) & ~long
        rows = np.flatnonzero(~long & ~session)
        reasons = dict.fromkeys(np.flatnonzero(long).tolist(), TOO_LONG)
        reasons |= dict.fromkeys(np.flatnonzero(session).tolist(), NOT_A_REQUEST)
        marks = Landmarks(lines)
        for split in (True, False):
            for layout, normaliser in self._layouts:
                if not len(rows) or (split and not layout.separable):
                    continue
                chosen = lines if len(rows) == len(lines) else lines.at(rows)
                found, columns = _split(chosen, layout, marks) if split else _match(chosen, layout)
                if not len(found):
                    continue
                taken = chosen if len(found) == len(chosen) else chosen.at(found)
                result = normaliser.normalise(columns, taken.raw, day)
                faults |= {int(rows[found[at]]): why for at, why in result.faults.items()}
                asked = _asked(layout, result) | self._form.written
                silent = rows[found[result.fit & ~asked]]
                faults |= dict.fromkeys(silent.tolist(), NOT_A_REQUEST)
                fit = result.fit & asked
                tables.append(build_table(result.table, taken, fit))
                kept = np.ones(len(rows), np.bool_)
                kept[found[fit]] = False
                rows = rows[kept]
        asides = _mention(lines.at(rows), self._form.asides)
        unknown = f"not of the format {self._form.name}"
        reasons |= {row: faults.get(row, unknown) for row in rows.tolist()}
        reasons |= dict.fromkeys(rows[asides].tolist(), NOT_A_REQUEST)
        return join_results(tables, bad_lines(lines, reasons, self._privacy))


def _mention(lines: Lines, pattern: str) -> Mask:
    """Which lines hold a pattern; none, where it is empty."""
    if not pattern:
        return np.zeros(len(lines), np.bool_)
    found = pc.match_substring_regex(lines.texts(), pattern)
    mask: Mask = found.to_numpy(zero_copy_only=False)
    return mask


def _asked(layout: Layout, result: Normalised) -> Mask:
    """Which rows tell of anything that was asked, or of an answer.

    Windows notes connections that nobody used among its requests, S3 what it deletes by itself.
    """
    table = result.table
    if not table["status"].null_count or all(field.role != "status" for field in layout.fields):
        return np.ones(len(result.fit), np.bool_)
    told = [table[name].is_valid() for name in ("status", "method", "path", "query")]
    told.append(pc.match_substring(pc.fill_null(table["extras"], ""), '"request":'))
    asked: Mask = np.logical_or.reduce([mask.to_numpy(zero_copy_only=False) for mask in told])
    return asked


def _fields(layout: Layout) -> Sequence[Field]:
    return (*layout.fields, _TAIL) if layout.open_end else layout.fields


def _split(lines: Lines, layout: Layout, marks: Landmarks) -> tuple[Any, list[Column]]:
    """The lines that the fixed text alone takes apart."""
    found = cut(lines, layout, marks)
    rows = np.flatnonzero(found.fits)
    everything = len(rows) == len(lines)
    starts = found.starts if everything else [item[rows] for item in found.starts]
    ends = found.ends if everything else [item[rows] for item in found.ends]
    columns = [gather(lines.data, *item) for item in zip(starts, ends, strict=True)]
    if found.rest is not None:
        rest_end = lines.ends if everything else lines.ends[rows]
        rest = found.rest if everything else found.rest[rows]
        columns.append(_trimmed(gather(lines.data, np.minimum(rest, rest_end), rest_end)))
    return rows, columns


def _match(lines: Lines, layout: Layout) -> tuple[Any, list[Column]]:
    """The lines that the whole expression matches."""
    groups = pc.extract_regex(lines.texts(), layout.pattern)
    rows = np.flatnonzero(groups.is_valid().to_numpy(zero_copy_only=False))
    groups = groups.drop_null()
    columns = [pc.struct_field(groups, f"f{number}") for number in range(len(layout.fields))]
    if layout.open_end:
        columns.append(_trimmed(pc.struct_field(groups, "rest")))
    return rows, columns


def _trimmed(values: Column) -> Column:
    text = values.cast(pa.string(), safe=False)
    return pc.ascii_ltrim_whitespace(text).cast(pa.binary())


class TextParser(LineParser):
    """Parses the lines of one text format."""

    def __init__(self, form: TextFormat, privacy: Privacy, zone: Zone | None = None) -> None:
        super().__init__(form.name, zone, privacy, written=form.written)
        self._reader = TextReader(form, privacy, zone)

    def read(self, lines: Lines) -> Parsed:
        """Read lines of one piece."""
        return self._reader.read(lines)
