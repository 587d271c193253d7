"""Whatever bytes a log holds: no crash, no line lost, every offset exact."""

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sources.api_log.detection import detect
from sources.api_log.formats.presets import TEXT_FORMATS
from sources.api_log.landmarks import Landmarks
from sources.api_log.layout import Layout
from sources.api_log.lines import Lines, find_places, split_lines
from sources.api_log.settings import ParsingConfig
from sources.api_log.splitting import cut
from sources.api_log.templates import template
from sources.api_log.text import _match, _split
from sources.errors import ConfigError
from tests.support.api_logs import combined_log, parse
from tests.support.fuzzing.logs import FORMS, NAMES, SETTINGS, check_block

_JUNK = st.binary(max_size=40)
_PIECES = st.sampled_from(
    [
        b'127.0.0.1 - - [23/Nov/2026:23:35:48 +0000] "GET / HTTP/1.1" 200 6 "-" "curl"',
        b'10.0.0.1, 1.1.1.1 - ann b [23/Nov/2026:23:35:48 +0000] "GET /?token=x HTTP/1.1" - -',
        b'::1 - - [31/Feb/2026:23:35:48 +0000] "\\x16\\x03\\x01" 400 0 "\\"" "\xff\xfe\x00"',
        b'{"ts":1.5,"request":{"method":"GET","uri":"/"},"status":200}',
        b'{"time":"2026-11-23T23:35:24+00:00","request":"GET / HTTP/1.1","status":"200"}',
        b'x | {"time":"2026-11-23T23:35:24","request":"GET /\\ud800 HTTP/1.1","status":NaN}',
        b"#Fields: date time c-ip cs-method cs-uri-stem sc-status",
        b"2015-01-13 00:32:17 157.55.39.146 GET /robots.txt 404",
        (
            b"127.0.0.1:1 [23/Nov/2026:23:35:40.592] f b/s1 0/0/0/0/0 200 3 - - ---- 1/1/0/0/0 0/0"
            b' "GET / HTTP/1.1"'
        ),
        b"1066036250.603    310 192.0.2.1 TCP_MISS/200 3124 GET http://e.org/ - DIRECT/1.2.3.4 a/b",
        b'"',
        b'\\"',
        b" [",
        b'" ',
    ]
)
_LINE = st.lists(_PIECES | _JUNK, max_size=3).map(b"".join)
_BLOCK = st.lists(_LINE, max_size=8).map(b"\n".join)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(block=_BLOCK, chosen=st.sampled_from(SETTINGS), cut=st.integers(0, 3))
def test_no_line_is_lost_however_a_log_is_cut(
    form: str, block: bytes, chosen: Mapping[str, Any], cut: int
) -> None:
    check_block(form, chosen, block, cut=cut)


_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 200, 200.0, 200.5, 1e-9, 1e300, float("nan"), float("inf"), 1 << 53,
    (1 << 53) + 1, 1 << 63, 10**20, 1714558272000000999, "1714558272000000999", "1764000000.123456",
    "2026-11-23T23:35:24Z", "2026-11-23T23:35:24", "23/Nov/2026:23:35:48 +0000", "200", "2e2",
    "-", "", "7ms", "0.1, 0.2", "GET / HTTP/1.1", "\ud800", "\0", [], [None], [3], ["a", 1.5],
    {"a": 1.0},
)  # fmt: skip
_REQUEST = {"time": "2026-11-23T23:35:24Z", "request": "GET / HTTP/1.1", "status": 200}
_KEYS = (*_REQUEST, "body_bytes_sent", "request_time", "http_user_agent")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(_KEYS), st.lists(st.sampled_from(_VALUES), min_size=2, max_size=4))
@example("status", ["200", 200.5])
@example("body_bytes_sent", [(1 << 53) + 1, 1.5])
@example("time", [1714558272000000999, "1.5"])
def test_a_json_value_is_read_alike_beside_any_other(key: str, values: list[Any]) -> None:
    lines = [json.dumps(_REQUEST | {key: value}).encode() for value in values]
    check_block("nginx_json", {}, b"\n".join(lines), cut=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(_LINE, min_size=1, max_size=30))
def test_detection_ends_in_a_format_or_a_clear_error(lines: list[bytes]) -> None:
    with suppress(ConfigError):
        assert detect(lines, ParsingConfig()) in NAMES


_LAYOUTS = {
    "combined": TEXT_FORMATS["combined"].layouts[0],
    "haproxy": TEXT_FORMATS["haproxy_http"].layouts[1],
    "alb": TEXT_FORMATS["alb"].layouts[1],
    "pair": template('{client} {status} "{user_agent}"'),
    "tail": template("{host} {bytes_out}", open_end=True),
    "colon": template("{peer}: [{extra=a}] {user}"),
}


@pytest.mark.parametrize("name", sorted(_LAYOUTS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_split_takes_what_the_expression_takes(name: str, data: st.DataObject) -> None:
    layout = _LAYOUTS[name]
    texts = {piece for piece in (layout.head, *layout.between) if piece}
    parts = st.sampled_from(
        [*sorted(texts), b" ", b'"', b"\\", b"1", b"200", b"a", b"-", b",", b":", b"10.0.0.1"]
    )
    whole = st.lists(parts, max_size=3 * len(layout.fields)).map(b"".join)
    shaped = st.lists(
        st.lists(parts, max_size=2).map(b"".join),
        min_size=len(layout.fields),
        max_size=len(layout.fields),
    ).map(lambda values: _fill(layout, values))
    lines = data.draw(st.lists(whole | shaped, min_size=1, max_size=5))
    block = split_lines(np.frombuffer(b"\n".join(lines), np.uint8), 0)
    _assert_same(block, layout)


def _fill(layout: Layout, values: list[bytes]) -> bytes:
    return layout.head + b"".join(
        value + text for value, text in zip(values, layout.between, strict=True)
    )


def _assert_same(lines: Lines, layout: Layout) -> None:
    """Every line that the split takes is one that the expression takes, with the same fields."""
    rows, columns = _split(lines, layout, Landmarks(lines))
    for number, row in enumerate(rows.tolist()):
        found, matched = _match(lines.at(np.array([row])), layout)
        fields = [column[number].as_py() for column in columns]
        if not len(found):  # a number that is none: the reading of values refuses it later
            assert any(field.role in _CHECKED for field in layout.fields), lines.raw(row)
            continue
        assert fields == [column[0].as_py() for column in matched], lines.raw(row)


_CHECKED = ("status", "bytes_out", "bytes_in", "duration", "duration_part", "time")
"""Roles whose values are read afterwards, and refused if they are not what they should be."""


def test_a_split_finds_every_line_of_a_plain_log() -> None:
    block = split_lines(np.frombuffer(combined_log(500), np.uint8), 0)
    layout = TEXT_FORMATS["combined"].layouts[0]
    assert cut(block, layout, Landmarks(block)).fits.all()


@pytest.mark.parametrize("every", [1, 2, 40])
def test_a_split_finds_lines_with_longer_fields_than_the_others(every: int) -> None:
    line = b'%s - %s [23/Nov/2026:23:35:48 +0000] "GET / HTTP/1.1" 200 6 "-" "curl"'
    short, long = (
        (b"10.0.0.1", b"-"),
        (b"2001:db8:1:22:333:4444:5555:6666", b"somebody with a name"),
    )
    lines = [line % (short if row % every else long) for row in range(200)]
    lines[7] = b"another line"
    block = split_lines(np.frombuffer(b"\n".join(lines), np.uint8), 0)
    layout = TEXT_FORMATS["combined"].layouts[0]
    assert np.flatnonzero(~cut(block, layout, Landmarks(block)).fits).tolist() == [7]
    _assert_same(block, layout)


_PLACES = st.lists(st.integers(0, 60), unique=True, max_size=24).map(sorted)


@settings(max_examples=300, deadline=None)
@given(st.one_of(_PLACES, st.integers(1, 3).map(lambda step: list(range(0, 60, step)))), _PLACES)
def test_places_are_found_as_a_search_finds_them(places: list[int], at: list[int]) -> None:
    marks, positions = np.array([*places, 61]), np.array(at, np.int64)
    found = find_places(marks, positions)
    assert found.tolist() == np.searchsorted(marks, positions).tolist()


def test_a_malformed_request_has_neither_path_nor_query() -> None:
    line = '1.2.3.4 - - [23/Nov/2026:23:35:48 +0000] "%s" 400 0 "-" "curl"\n'
    odd = [r"""GET\" /a?b=1 HTTP/1.0""", "{GET /a?b=1 HTTP/1.0", r"\x16\x03 ?c=2"]
    good = "GET /good?d=3 HTTP/1.1"
    for requests in ([odd[0]], [*odd[:2], good], odd, [*odd, good]):
        table = parse("".join(line % request for request in requests)).table
        found = [(row["path"], row["query"]) for row in table.to_pylist()]
        assert found == [("/good", "d=3") if one == good else (None, None) for one in requests]


def test_long_fixed_text_beside_a_short_line() -> None:
    layout = template("{client} [{time}] " + "k" * 70 + ' "{request}" {status}')
    for text in (b'k"\n', b'"\n', b'"', b"k" * 70 + b' "'):
        block = split_lines(np.frombuffer(text, np.uint8), 0)
        assert not cut(block, layout, Landmarks(block)).fits.any()


def test_l8_what_clients_send() -> None:
    good = '127.0.0.1 - - [23/Nov/2026:23:35:48 +0000] "{}" 400 0 "-" "{}"\n'
    block = "".join(
        [
            good.format(r"\x16\x03\x01\x00", "-"),
            good.format("", "-"),
            good.format("-", "-"),
            good.format("GET / HTTP/1.1", r"a \"quoted\" word \\"),
            good.format("GET /a%0d%0aSet-Cookie:x HTTP/1.1", "-"),
            good.format("GET /" + "x" * 90_000 + " HTTP/1.1", "-"),
            good.format("GET /" + "x" * 110_000 + " HTTP/1.1", "-"),
            "\\" * 200_000 + '"\n',
            '2001:db8::1 - - [23/Nov/2026:23:35:48 +0000] "GET / HTTP/1.1" 000 - "" ""\n',
        ]
    ).encode() + good.format("GET /\xe9 HTTP/1.1", "-").encode("latin-1")
    parsed = parse(block)
    assert parsed.table.num_rows == 8
    assert [bad.length for bad in parsed.bad] == [110_073, 200_001]
    assert parsed.bad[0].reason == "longer than 102400 bytes"
    assert all(len(bad.raw) <= 8192 for bad in parsed.bad)
    table = parsed.table.to_pylist()
    assert table[0]["method"] is None
    assert json.loads(table[0]["extras"])["request"] == "\x16\x03\x01\ufffd"
    assert table[3]["user_agent"] == 'a "quoted" word \\'
    assert (table[-2]["client_ip"], table[-2]["status"]) == ("2001:db8::1", None)
    assert table[-1]["path"] == "/\ufffd"
    raw = base64.b64decode(json.loads(table[-1]["extras"])["line.base64"])
    assert b"GET /\xe9 HTTP" in raw
