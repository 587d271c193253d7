"""What the fuzzing of each target begins with: the suite's own samples."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.fuzzing.logs import APACHE, FORMS, GOACCESS, HEADER, LOCAL, NGINX, REGEX
from tests.support.slack_exports import CHANNELS, USERS, encode, export, make_zip, message
from tests.unit.test_apilog_formats import CASES
from tests.unit.test_apilog_gateways import AMAZON, AMAZON_LINE, KONG
from tests.unit.test_apilog_services import SAMPLES

_CLIENT = '192.0.2.7 - ann [23/Nov/2026:23:35:48 +0000] "GET /a?token=x HTTP/1.1" 200'
_OWN = {
    NGINX: f"{_CLIENT} 0.021",
    APACHE: f'{_CLIENT} 12 345 "-"',
    LOCAL: "2026-10-25 02:30:00 ::1 200 GET /a\n2026-10-25 02:10:00 ::1 200 GET /b",
    GOACCESS: '192.0.2.7 - [25/Oct/2026:02:30:00 +0100] "GET / HTTP/1.1" 200 6   "curl/8"',
    REGEX: "[2026-11-23 10:00:00] GET /b HTTP/1.1 -> 404 aaaaaaaaaaaaaaaaaaaaaaaa!",
    HEADER: "2015-01-13 00:32:17 ::1 GET /r 404 5\n#Date: 2015-01-14\n2015-01-13\t00:32:18\t::1",
    "iis": f"{HEADER}\n2015-01-13 00:32:17 ::1 GET /r 404 5\n#Fields: time c-ip\n00:00:01 ::1",
    "cloudfront": (
        "#Fields: date time c-ip cs-method x-edge-request-id time-taken\n"
        "2019-12-04\t21:02:31\t192.0.2.1\tGET\tX==\t0.001\n"
    ),
    "kong": json.dumps(KONG),
    "api_gateway_json": json.dumps(AMAZON),
    "api_gateway_clf": AMAZON_LINE % ("- -", ' "GET ANY /pets/{proxy+}', "200 512"),
    **SAMPLES,
}
"""Lines of the formats that have no case of their own."""
_JSON = (
    '{"time":"2026-11-23T23:35:24","request":"GET /\\ud800 HTTP/1.1","status":NaN}',
    '{"ts":1e400,"request":{"method":"GET","uri":"/"},"status":-1,"a":{"b":[1,null]}}',
    'x | {"time":12345678901234567890,"time":"1","request":"GET / HTTP/1.1","status":"2.0e2"}',
)
_OBJECT = (
    b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
    b"author A U <a@b.c> 1112912053 +0200\ncommitter A U <a@b.c> 9223372036854775807 -9999\n"
    b"encoding latin-1\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END\n\n"
    b"Mend \xe9\n\nFixes #3, closes ABC-1\nSigned-off-by: A <a@b.c>\n"
)
_SERVER = (
    b"remote: error: s3cret-token\nfatal: x\n= Recv header: HTTP/2 429\n"
    b"= Recv header: retry-after: Mon, 01 Jan 2024 00:01:00 GMT\n"
    b"Receiving objects: 50% (1/2)\rReceiving objects: 100% (2/2), done.\n"
)


def log_seeds() -> Iterator[bytes]:
    """Give a line, and a few of them, for each way of reading; bad ones for all."""
    lines: dict[str, list[str]] = {name: [text] for name, text in _OWN.items()}
    for form, line, _, _ in CASES.values():
        lines.setdefault(form, []).append(line)
    for number, form in enumerate(FORMS):
        own = "\n".join(lines.get(form, [_CLIENT])).encode()
        odd = own + b"\r\n\n\0\xff\xfe\xfe\n" + own[: len(own) // 2] + b'\\"\n' + own
        yield bytes([number, 0, 0]) + own
        yield bytes([number, 1, 1]) + odd
        yield bytes([number, 3, 2]) + "\n".join(_JSON).encode() + b"\n" + own


def compiler_seeds() -> Iterator[bytes]:
    """Give a string in each way of writing formats, with a line of it."""
    for number, form in enumerate((NGINX, APACHE, LOCAL, GOACCESS, REGEX, HEADER)):
        yield bytes([number]) + form.encode() + b"\0" + _OWN[form].encode()
        yield bytes([2]) + form.encode() + b"\0" + _OWN[form].encode()
    yield b'\0log_format x escape=json \'{"t":"$time_iso8601",\' \'"r":"$request"}\';\0{}'
    yield b'\0LogFormat "%{%Y-%m-%d %H:%M:%S %z}t %{us}T %{Host}i \\"%r\\" %>s" x\0x'
    yield b"\2~h{, } %x %r %%\0x"
    yield b"\x40%Y-%m-%dT%H:%M:%S\0::1 [2026-01-01:1:1:1] 2"


def git_seeds() -> Iterator[bytes]:
    """Give commits with odd names and paths, and what servers say."""
    paths = (b"a.py", b":b", b"\n1\t2\tc", b"caf\xe9", b"R\ttab", b"x")
    yield _OBJECT
    yield _SERVER
    yield b"\0".join([_OBJECT, b"A U", b"a@b.c", b"Fixes\x1f\x1f\x1e1", *paths])
    yield b"\0".join([_SERVER, b":", b"\t", b"\n", *paths, b"B", b"", b"", *paths[::-1]])


def event_seeds() -> Iterator[bytes]:
    """Give JSON as sources and cursors have it."""
    yield b'{"b":1,"a":[1.5,null,true,"x\\u0000\\ud800"],"n":NaN,"e":1e400}'
    yield b'{"v":1,"refs":{"refs/heads/main":"' + b"a" * 40 + b'"},"open":null}'
    yield b'{"last_commit_sha":"' + b"a" * 40 + b'"}'
    yield b"[" * 300 + b"]" * 300
    yield b"1" * 400
    yield b"\xff\0\xed\xa0\x80"


def file_seeds() -> Iterator[bytes]:
    """Give logs in each packing, whole and damaged."""
    log = b"one\n\ntwo\r\n\xfe\xfe\nthree\n\0\nhalf"
    for codec in range(3):
        for damage in (0, 1, 2, 129):
            yield bytes([codec, damage]) + log


def export_seeds() -> Iterator[bytes]:
    """Give exports of Slack, stored and packed, and what their files may hold."""
    thread = {"thread_ts": message(0)["ts"], "reactions": [{"name": "eyes", "count": 2}]}
    stone = {**message(3), "subtype": "tombstone"}
    files = [{"id": "F1", "mode": "tombstone"}, {"id": "F2", "name": "a"}]
    said = [
        message(0, "<@U1|ada> &amp; <https://x.org|x> <!here>", edited={"ts": "1704456100.000000"}),
        message(1, "", files=files, blocks=[{"type": "section", "text": {"text": "Hi"}}]),
        message(2, "\ud83d\0", **thread),
        stone,
        message(0, "twice"),
        {"ts": "soon"},
        5,
    ]
    with TemporaryDirectory(prefix="daybook-fuzz-") as folder:
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            path = make_zip(Path(folder) / "a.zip", export(general_05=said, random_05=[]), method)
            yield b"\0" + path.read_bytes()
    direct = {"id": "D1", "members": [1, "U1"], "created": -1, "is_archived": "no"}
    yield b"\1" + encode([*CHANNELS, {"id": ""}, {"id": "C3", "name": 5, "created": "9"}, 7])
    yield b"\1" + encode([{**CHANNELS[0], "created": 1_704_000_000}, direct])
    yield b"\2" + encode([*USERS, {"id": "U3", "profile": 5}, {"id": 4}])
    yield b"\3" + encode(said)
    yield b"\3" + b"\xef\xbb\xbf" + encode(said[:2]) + b"\n"
    yield b"\3null"
    yield b"\3[1,]"
