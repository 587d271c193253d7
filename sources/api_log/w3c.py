"""W3C extended logs, whose ``#Fields`` line says what the next lines hold: IIS, CloudFront."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sources.api_log.layout import Field, Layout, extra
from sources.api_log.lines import Lines, Mask, filled, read_pieces
from sources.api_log.parsing import NORMAL_FORM, Parsed, Parser
from sources.api_log.privacy import Privacy
from sources.api_log.reading import read_bare
from sources.api_log.results import bad_lines, join_parsed, join_results
from sources.api_log.text import TextFormat, TextReader
from sources.api_log.w3c_quotes import unquote
from sources.event import clean_text

_HASH: Final = 35
_TAB: Final = 9
_BOM: Final = 0xEF
_MODES: Final = {"iis": ("plus", "ms"), "cloudfront": ("percent", "s"), "quoted": ("", "ms")}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_DRAFT_DAY: Final = re.compile(r"\d{2}-[A-Za-z]{3}-\d{4}")
"""As the examples of `the draft <https://www.w3.org/TR/WD-logfile>`_ have it."""

_TEXTS: Final = ("extra", "path", "query", "target", "user", "referrer", "user_agent", "drop")
"""Roles whose values may hold spaces elsewhere; here they are written with ``+``."""

FIELDS: Final[dict[str, Field]] = {
    "date": Field(role="date"),
    "time": Field(role="clock"),
    "c-ip": Field(role="client"),
    "cs-username": Field(role="user"),
    "cs-host": Field(role="host"),
    "cs(host)": Field(role="host"),
    "x-host-header": Field(role="host"),
    "cs-method": Field(role="method"),
    "cs-uri": Field(role="target"),
    "cs-uri-stem": Field(role="path"),
    "cs-uri-path": Field(role="path"),
    "cs-uri-query": Field(role="query"),
    "cs-version": Field(role="protocol"),
    "cs-protocol-version": Field(role="protocol"),
    "sc-status": Field(role="status"),
    "sc-bytes": Field(role="bytes_out"),
    "bytes": Field(role="bytes_out"),
    "cs-bytes": Field(role="bytes_in"),
    "time-taken": Field(role="duration"),
    "cs(user-agent)": Field(role="user_agent"),
    "cs(referer)": Field(role="referrer"),
    "cs(referrer)": Field(role="referrer"),
    "x-edge-request-id": Field(role="request_id"),
    "ssl-protocol": Field(role="tls"),
    "s-port": Field(role="extra", name="server.port"),
    "x-forwarded-for": Field(role="extra", name="forwarded", form="address"),
    "c-port": Field(role="drop_token"),
    "timestamp": Field(role="time", form="epoch"),
    "timestamp(ms)": Field(role="time", form="epoch"),
    "cs-user-agent": Field(role="user_agent"),
    "cs-referer": Field(role="referrer"),
    "ssl-cipher": Field(role="extra", name="tls.cipher"),
    "cs-protocol": Field(role="extra", name="url.scheme"),
    "cs-uri-scheme": Field(role="extra", name="url.scheme"),
}
"""Fields that mean something here, in small letters; any other is an extra of its own name."""


@lru_cache(maxsize=64)
def compile_fields(header: str, separator: str, mode: str) -> TextFormat:
    """Compile the names of a ``#Fields`` line; ``mode`` is one of ``iis cloudfront quoted``."""
    escape, unit = _MODES[mode]
    fields = []
    for name in header.lower().split():
        known = FIELDS.get(name) or extra(name)
        if mode == "cloudfront" and name == "cs(host)":
            known = extra("cloudfront.domain")
        form = known.form
        if known.role == "duration":
            form = unit
        elif known.role == "user_agent":
            form = "percents" if mode == "cloudfront" else escape
        elif mode == "cloudfront" and known.role == "referrer":
            form = escape
        elif known.is_address and escape:
            form = f"{form} {escape}"
        if separator == " " and not form and known.role in _TEXTS:
            form = "token"
        fields.append(Field(role=known.role, name=known.name or name, form=form))
    between = (*[separator.encode()] * (len(fields) - 1), b"")
    plain = Layout(head=b"", fields=tuple(fields), between=between)
    name = "iis" if mode == "quoted" else mode
    return TextFormat(name=name, layouts=(plain,), escape="none")


class W3cParser(Parser):
    """Parses lines by the header above them; what the header says is kept between blocks."""

    def __init__(
        self, mode: str, privacy: Privacy, state: dict[str, Any] | None = None, header: str = ""
    ) -> None:
        self._mode = mode
        self._privacy = privacy
        self._header: str = (state or {}).get("fields", header)
        self._day: str = (state or {}).get("day", "")
        self._readers: dict[tuple[str, str, str], TextReader] = {}

    @property
    def name(self) -> str:
        """``iis`` or ``cloudfront``."""
        return self._mode

    @property
    def ordered(self) -> bool:
        """A header counts for what stands below it."""
        return True

    @property
    def state(self) -> dict[str, Any]:
        """The last header."""
        return {"fields": self._header, "day": self._day}

    def parse(self, block: bytes | memoryview | pa.Buffer, first_offset: int) -> Parsed:
        """Read one block of whole lines."""
        pieces = read_pieces(block, first_offset)
        return join_parsed(part for piece in pieces for part in self._read_piece(piece))

    def _read_piece(self, piece: Lines) -> Iterator[Parsed]:
        """Read the lines between directives; directives and empty lines are skipped."""
        lines = piece.at(filled(piece))
        first, fourth = lines.data[lines.starts], lines.data[lines.starts + 3]
        marked = (first == _BOM) & (fourth == _HASH)
        directives = np.flatnonzero((first == _HASH) | marked).tolist()
        begin = 0
        for row in [*directives, len(lines)]:
            if row > begin:
                yield self._read(lines.at(np.arange(begin, row)))
            if row < len(lines):
                self._direct(lines.raw(row).decode("utf-8-sig", "replace"))
            begin = row + 1
        skipped = len(piece) - len(lines) + len(directives)
        yield Parsed(table=NORMAL_FORM.empty_table(), bad=(), skipped=skipped)

    def _direct(self, line: str) -> None:
        name, _, value = line.partition(":")
        match name.lower():
            case "#fields":
                self._header = clean_text(value.strip())
            case "#date":
                self._day = _read_day(value) or self._day
            case _:
                pass

    def _read(self, lines: Lines) -> Parsed:
        if not self._header:
            reasons = dict.fromkeys(range(len(lines)), "before any #Fields line")
            return join_results((), bad_lines(lines, reasons, self._privacy))
        tabbed = _tabbed(lines)
        spaced = lines.at(~tabbed)
        parts = [self._read_so("\t", self._mode, lines.at(tabbed))]
        if self._mode == "iis":
            quoted, bare = unquote(spaced, self._form(" ", self._mode).layouts[0].fields)
            read = partial(self._read_so, "\t", "quoted")
            parts.append(read_bare(spaced.at(quoted), bare, read, self._privacy, again=False))
            spaced = spaced.at(~quoted)
        parts.append(self._read_so(" ", self._mode, spaced))
        return join_parsed(parts)

    def _read_so(self, separator: str, mode: str, lines: Lines) -> Parsed:
        """Read lines whose fields are parted and written in one way."""
        key = (self._header, separator, mode)
        if key not in self._readers:
            self._readers[key] = TextReader(self._form(separator, mode), self._privacy, None)
        return self._readers[key].read(lines, day=self._day)

    def _form(self, separator: str, mode: str) -> TextFormat:
        return compile_fields(self._header, separator, mode)


def _read_day(value: str) -> str:
    """Give the day of a ``#Date`` line as ``YYYY-MM-DD``; empty where there is none."""
    if found := _DAY.search(value):
        return found[0]
    draft = _DRAFT_DAY.search(value)
    try:
        day = datetime.strptime(draft[0] if draft else "", "%d-%b-%Y").replace(tzinfo=UTC)
    except ValueError:
        return ""
    return f"{day:%Y-%m-%d}"


def _tabbed(lines: Lines) -> Mask:
    """Which lines hold a tab: each for itself, so that it does not matter where a block ends."""
    tabs = np.append(np.flatnonzero(lines.data[: lines.size] == _TAB), lines.size + 1)
    held: Mask = tabs[np.searchsorted(tabs, lines.starts)] < lines.ends
    return held
