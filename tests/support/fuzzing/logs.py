"""Access logs out of any bytes: each line an event, a bad line or one that is passed over."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from sources.api_log.detection import create_parser, detect
from sources.api_log.events import request_events
from sources.api_log.formats.json_presets import JSON_FORMATS
from sources.api_log.formats.names import AUTO, W3C_NAMES
from sources.api_log.formats.presets import TEXT_FORMATS
from sources.api_log.parsing import BadLine, Parsed, Parser
from sources.api_log.settings import ParsingConfig, ParsingCredentials
from sources.batch import RAW_LIMIT
from sources.errors import ConfigError
from sources.event import canonical_json
from tests.support.api_logs import listed

NAMES: Final = sorted([*TEXT_FORMATS, *JSON_FORMATS, *W3C_NAMES])
"""Every format with a name of its own."""

NGINX: Final = '$remote_addr - $remote_user [$time_local] "$request" $status $request_time'
APACHE: Final = '%h %l %u %t "%r" %>s %O %{us}T "%{Referer}i"'
LOCAL: Final = "%{%Y-%m-%d %H:%M:%S}t %a %s %m %U"
GOACCESS: Final = '%h %^[%d:%t %^] "%r" %s %b %~ "%u"'
REGEX: Final = r"^\[(?P<time>[^\]]+)\] (?P<request>.*) -> (?P<status>\d+)(?: (?P<more>(?:a+)+))?$"
HEADER: Final = "#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken"
STRINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    NGINX: {},
    APACHE: {},
    LOCAL: {},
    GOACCESS: {"date_format": "%d/%b/%Y", "time_format": "%H:%M:%S"},
    REGEX: {"time_format": "%Y-%m-%d %H:%M:%S"},
    HEADER: {},
}
"""A string in each way of writing formats, with what it needs besides."""

FORMS: Final = (*NAMES, *STRINGS, AUTO)
"""Every way in which lines can be understood."""

SETTINGS: Final[Sequence[Mapping[str, Any]]] = (
    {},
    {"client_address": "truncate", "users": "redact"},
    {"client_address": "hash", "redact": ()},
    {"fields": {"status": "a.b", "request": ("what", "request"), "zone": "z"}, "redact": ("q",)},
)
ZONE: Final = "Europe/Berlin"
LONG: Final = b"\xfe\xfe"
"""Stands for more bytes than a line may have: no input has to be as long itself."""
_FIRST: Final = 1 << 33


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a block gave: comparable, whole."""

    rows: list[dict[str, Any]]
    bad: list[BadLine]
    skipped: int
    state: dict[str, Any]


def check_logs(data: bytes) -> None:
    """Read a log of which the first bytes say how: format, settings, where it is cut."""
    if len(data) > 3:
        check_block(
            FORMS[data[0] % len(FORMS)],
            SETTINGS[data[1] % len(SETTINGS)],
            data[3:].replace(LONG, b"x" * 102_400, 1),
            cut=data[2] % 8,
        )


def check_block(form: str, settings: Mapping[str, Any], block: bytes, *, cut: int) -> None:
    """Read a block whole and in parts of ``cut`` lines, and hold the one to the other.

    Raises:
        AssertionError: a line is lost or doubled, or read otherwise where the block is cut.
    """
    config = ParsingConfig(format=form, timezone=ZONE, **{**STRINGS.get(form, {}), **settings})
    name = form
    if form == AUTO:
        try:
            name = detect(block.split(b"\n"), config)
        except ConfigError:
            return
        assert name in NAMES
    whole = read_parts(config, name, [block])
    if cut and len(parts := cut_lines(block, cut)) > 1:
        assert read_parts(config, name, parts) == whole, f"{name}: cut after each {cut} lines"


def read_parts(config: ParsingConfig, name: str, parts: Sequence[bytes]) -> Reading:
    """Read parts of a log one after the other, each with a parser that goes on from a state."""
    key = ParsingCredentials(client_key="key")  # type: ignore[arg-type]  # pydantic makes it one
    state: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    bad: list[BadLine] = []
    skipped, first = 0, _FIRST
    for part in parts:
        parser = create_parser(config, credentials=key, pinned=name, state=state)
        parsed = parser.parse(part, first)
        check_parsed(part, first, parsed, parser)
        if parsed.table.num_rows and len(parts) == 1:
            check_events(parsed)
        rows += parsed.table.to_pylist()
        bad += parsed.bad
        skipped += parsed.skipped
        state = json.loads(json.dumps(parser.state))
        first += len(part)
    return Reading(rows=rows, bad=bad, skipped=skipped, state=state)


def cut_lines(block: bytes, count: int) -> list[bytes]:
    """Cut a block after each ``count`` lines."""
    lines = _split(block)
    return [b"".join(lines[at : at + count]) for at in range(0, len(lines), count)]


def _split(block: bytes) -> list[bytes]:
    *lines, last = block.split(b"\n")
    return [line + b"\n" for line in lines] + [last] * bool(last)


def check_parsed(block: bytes, first: int, parsed: Parsed, parser: Parser) -> None:
    """See that each line of a block ended as what it may end as, at its own offset.

    Raises:
        AssertionError: it did not.
    """
    lines = _split(block)
    starts = dict(zip(_offsets(lines, first), lines, strict=True))
    good = listed(parsed.table.column("offset"))
    wrong = [bad.offset for bad in parsed.bad]
    _ascend(good)
    _ascend(wrong)
    assert not set(good) & set(wrong), "a line is good and bad"
    passed = {at for at, line in starts.items() if _is_passed(line, parser)}
    assert {*good, *wrong} == set(starts) - passed, "a line is lost"
    assert parsed.skipped == len(passed)
    for bad in parsed.bad:
        line = starts[bad.offset].removesuffix(b"\n").removesuffix(b"\r")
        assert bad.length == len(line)
        assert bad.reason
        assert len(bad.raw) <= RAW_LIMIT
    parsed.table.validate(full=True)


def check_events(parsed: Parsed) -> None:
    """See that the rows can be stored.

    Raises:
        AssertionError: they cannot.
    """
    events = request_events(parsed.table, source_id="web", identity="f")
    events.validate(full=True)
    for text in listed(events.column("attributes")):
        assert canonical_json(json.loads(text)) == text


def _offsets(lines: Sequence[bytes], first: int) -> list[int]:
    at = [first]
    for line in lines[:-1]:
        at.append(at[-1] + len(line))
    return at[: len(lines)]


def _ascend(offsets: Sequence[int]) -> None:
    assert all(before < behind for before, behind in pairwise(offsets)), "not in order"


def _is_passed(line: bytes, parser: Parser) -> bool:
    """Whether nothing is to come of a line: it is blank, or a directive of W3C."""
    blank = not line.strip(b" \t\r\n")
    return blank or (parser.name in W3C_NAMES and line.startswith(b"#"))
