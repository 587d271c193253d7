"""Lines that web frameworks write by themselves, without a server in front of them."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sources.api_log.detection import detect
from sources.api_log.settings import ParsingConfig
from sources.errors import ConfigError
from tests.support.api_logs import combined_log, listed, parse, row, rows

CONFIG = ParsingConfig()


def told(name: str, lines: list[str], timezone: str | None = None) -> list[dict[str, Any]]:
    """The rows of lines that are all good and whose format `auto` finds."""
    assert detect([line.encode() for line in lines], CONFIG) == name
    parsed = parse("\n".join(lines), name, timezone=timezone)
    assert not parsed.bad
    return rows(parsed)


PINO: dict[str, Any] = {
    "level": 30, "time": 1767261600123, "pid": 7, "hostname": "web-1",
    "req": {
        "id": 3, "method": "GET", "url": "/a?b=1&token=s3cret", "query": {"token": "s3cret"},
        "params": {}, "remoteAddress": "2001:db8::7", "remotePort": 50314,
        "headers": {
            "host": "e.org:3000", "user-agent": "curl/8", "authorization": "Bearer s3cret",
            "cookie": 'a="1"; sid=s3cret', "x-forwarded-for": "192.0.2.9", "referer": "http://e.org/s",
        },
    },
    "res": {"statusCode": 200, "headers": {"content-length": "12", "set-cookie": ["s3cret"]}},
    "responseTime": 12, "msg": "request completed",
}  # fmt: skip


def test_pino_http() -> None:
    (found,) = told("pino", [json.dumps(PINO)])
    assert found.pop("occurred_at").isoformat() == "2026-01-01T10:00:00.123000+00:00"
    assert found == {
        "offset": 0, "host": "e.org", "client_ip": "2001:db8::7", "method": "GET", "path": "/a",
        "query": "b=1&token=REDACTED", "status": 200, "bytes_out": 12, "duration_ms": 12,
        "referrer": "http://e.org/s", "user_agent": "curl/8", "request_id": "3",
        "extras": '{"forwarded":"192.0.2.9","host.name":"web-1","server.port":"3000"}',
    }  # fmt: skip


def test_what_pino_says_of_a_request_that_was_broken_off() -> None:
    broken = PINO | {
        "level": 50, "time": "2026-01-01T10:00:00.123Z", "res": {"statusCode": None, "headers": {}},
        "err": {"type": "Error", "message": "GET /x?token=s3cret timed out", "stack": "s3cret"},
        "msg": "request errored",
    }  # fmt: skip
    found = row(json.dumps(broken), "pino")
    assert (found["path"], found.get("status"), found["duration_ms"]) == ("/a", None, 12)
    extras = json.loads(found["extras"])
    assert extras["error.message"] == "GET /x?token=REDACTED timed out"
    assert "s3cret" not in repr(found)


def test_what_a_service_logs_while_it_answers_is_no_request() -> None:
    note = {key: PINO[key] for key in ("level", "time", "pid", "hostname", "req")} | {"msg": "hi"}
    start = {"level": 30, "time": 1767261600000, "pid": 7, "msg": "listening"}
    lines = [json.dumps(record) for record in (start, note, PINO, note, PINO)]
    assert detect([line.encode() for line in lines], CONFIG) == "pino"
    parsed = parse("\n".join(lines), "pino")
    assert [bad.reason for bad in parsed.bad] == ["no HTTP request"] * 3
    assert parsed.table.num_rows == 2
    assert not any(b"s3cret" in bad.raw for bad in parsed.bad)


def test_of_the_two_records_of_fastify_the_one_that_knows_the_answer_counts() -> None:
    start = {"level": 30, "pid": 7, "hostname": "web-1", "reqId": "req-1"}
    asked = {"method": "GET", "url": "/a?token=s3cret", "host": "e.org", "remoteAddress": "::1"}
    incoming = start | {"time": 1767261600000, "req": asked, "msg": "incoming request"}
    answer = {"res": {"statusCode": 200}, "responseTime": 1.25, "msg": "request completed"}
    completed = start | {"time": 1767261600001} | answer
    lines = [json.dumps(record) for record in (incoming, completed)] * 60
    assert detect([line.encode() for line in lines], CONFIG) == "pino"
    parsed = parse("\n".join(lines), "pino")
    assert {bad.reason for bad in parsed.bad} == {"no HTTP request"}
    assert (len(parsed.bad), parsed.table.num_rows) == (60, 60)
    assert "s3cret" not in repr(parsed.bad)
    assert set(listed(parsed.table["request_id"])) == {"req-1"}
    assert rows(parsed)[0]["duration_ms"] == 1.25
    both = row(json.dumps(completed | {"req": asked}), "pino")
    assert (both["method"], both["path"], both["host"], both["client_ip"]) == (
        "GET",
        "/a",
        "e.org",
        "::1",
    )


GIN = (
    '[GIN] 2026/07/01 - 12:00:00 | 200 |      74.121µs |       192.0.2.7 | GET      "/a?b&token=x"',
    '[GIN] 2026/07/01 - 12:00:01 | 404 |  1.21ms | 2001:db8::7 | OPTIONS  "/\\"quoted\\"\\u00e4"',
    '[GIN] 2026/07/01 - 12:00:02 | 500 |  2m10s |                 | PROPFIND  "/'
    + "x" * 9000
    + '"',
    (
        "[GIN] 2026/07/01 - 12:00:03 |\x1b[97;42m 200 \x1b[0m|\x1b[97;41m       5s \x1b[0m|"
        '       192.0.2.7 |\x1b[97;44m GET     \x1b[0m "/"'
    ),
    (  # before 1.11 the time taken had no colour
        "[GIN] 2026/07/01 - 12:00:04 |\x1b[97;42m 201 \x1b[0m|   1h0m0.5s |       192.0.2.7 |"
        '\x1b[97;46m POST    \x1b[0m "/"'
    ),
    '[GIN] 2026/07/01 - 12:00:05 | 200 |            0s |       192.0.2.7 | GET      "/"',
    '[GIN] 2026/07/01 - 12:00:06 | 200 |         417ns |       192.0.2.7 | GET      "/"',
    '[GIN] 2026/07/01 - 12:00:07 | 200 |      867.23µs |       192.0.2.7 | GET      "/"',
)


def test_gin() -> None:
    found = told("gin", list(GIN), "Europe/Berlin")
    assert found[0] | {"offset": 0} == {
        "offset": 0, "occurred_at": datetime(2026, 7, 1, 10, tzinfo=UTC), "utc_offset_minutes": 120,
        "client_ip": "192.0.2.7", "method": "GET", "path": "/a", "query": "b&token=REDACTED",
        "status": 200, "duration_ms": 0.074121,
    }  # fmt: skip
    assert [one.get("client_ip") for one in found[1:4]] == ["2001:db8::7", None, "192.0.2.7"]
    assert found[1]["path"] == '/"quoted"ä'
    assert (found[2]["method"], len(found[2]["path"])) == ("PROPFIND", 9001)
    assert [one["status"] for one in found] == [200, 404, 500, 200, 201, 200, 200, 200]
    taken = [one["duration_ms"] for one in found]
    assert taken == [0.074121, 1.21, 130_000, 5_000, 3_600_500, 0, 0.000417, 0.86723]


def test_what_gin_says_besides_and_lines_that_are_broken() -> None:
    besides = [
        "[GIN-debug] Listening and serving HTTP on :8080",
        '[GIN-debug] [WARNING] Running in "debug" mode.',
        " - using env:\texport GIN_MODE=release",
        "Error #01: no such user token=s3cret",
    ]
    broken = [GIN[0][:60], GIN[0].replace("74.121µs", "soon"), GIN[0].replace("07/01", "13/01")]
    assert detect([line.encode() for line in (*besides, *GIN)], CONFIG) == "gin"
    parsed = parse("\n".join((*besides, *broken, GIN[0])), "gin", timezone="UTC")
    assert parsed.table.num_rows == 1
    assert [bad.reason for bad in parsed.bad] == [
        *["no HTTP request"] * 4,
        "not of the format gin",
        "its duration is no number",
        "its time cannot be read",
    ]
    assert not any(b"s3cret" in bad.raw for bad in parsed.bad)


def test_times_without_a_zone_need_one() -> None:
    with pytest.raises(ConfigError, match="times of the format gin name no zone"):
        parse(GIN[0], "gin")


PYTHON = '%s - - [01/Jul/2026 12:00:00] "%s" %s %s'


def test_servers_that_come_with_python_and_werkzeug() -> None:
    lines = [
        PYTHON % ("192.0.2.7", "GET /a?b&token=x HTTP/1.1", 200, "-"),
        PYTHON % ("::1", "\x1b[33mGET /b HTTP/1.1\x1b[0m", 404, "-"),
        PYTHON % ("192.0.2.7", "\x1b[31m\x1b[1mPOST /c HTTP/1.1\x1b[0m", 400, 99),
        PYTHON % ("fe80::1%eth0", r"GET /\\d HTTP/1.0", 200, 12),
        "INFO:werkzeug:"
        + PYTHON % ("192.0.2.7", "\x1b[35m\x1b[1mGET /e HTTP/1.1\x1b[0m", 500, "-"),
        PYTHON % ("192.0.2.7", r"\x16\x03\x01", 400, "-"),
        PYTHON % ("web.internal", "GET /" + "x" * 9000 + " HTTP/1.1", 200, "-"),
    ]
    found = told("python_http", lines, "Europe/Berlin")
    assert found[0] == {
        "offset": 0, "occurred_at": datetime(2026, 7, 1, 10, tzinfo=UTC), "utc_offset_minutes": 120,
        "client_ip": "192.0.2.7", "method": "GET", "path": "/a", "query": "b&token=REDACTED",
        "protocol": "HTTP/1.1", "status": 200,
    }  # fmt: skip
    asked = [(one.get("method"), one.get("path", "")[:9], one["status"]) for one in found[1:]]
    assert asked == [
        ("GET", "/b", 404),
        ("POST", "/c", 400),
        ("GET", "/\\d", 200),
        ("GET", "/e", 500),
        (None, "", 400),
        ("GET", "/xxxxxxxx", 200),
    ]
    clients = [one["client_ip"] for one in found[1:5]]
    assert clients == ["::1", "192.0.2.7", "fe80::1%eth0", "192.0.2.7"]
    assert [one.get("bytes_out") for one in found[:4]] == [None, None, 99, 12]


def test_the_server_of_django() -> None:
    lines = [
        '[01/Jul/2026 12:00:00] "GET /a?b&token=x HTTP/1.1" 200 512',
        '[01/Jul/2026 12:00:01] \x1b[m"GET /b HTTP/1.1" 200 7\x1b[0m',
        '[01/Jul/2026 12:00:02] \x1b[31;1m"POST /c HTTP/1.1" 500 145\x1b[0m',
        '[01/Jul/2026 12:00:03] "" 400 -',
    ]
    found = told("django", lines, "UTC")
    assert found[0] == {
        "offset": 0, "occurred_at": datetime(2026, 7, 1, 12, tzinfo=UTC), "utc_offset_minutes": 0,
        "method": "GET", "path": "/a", "query": "b&token=REDACTED", "protocol": "HTTP/1.1",
        "status": 200, "bytes_out": 512,
    }  # fmt: skip
    assert [one.get("path") for one in found] == ["/a", "/b", "/c", None]
    assert [one.get("bytes_out") for one in found] == [512, 7, 145, None]


@pytest.mark.parametrize(
    ("name", "line", "besides"),
    [
        (
            "python_http",
            PYTHON % ("192.0.2.7", "GET / HTTP/1.1", 200, "-"),
            [
                " * Running on http://127.0.0.1:5000",
                "\x1b[33mPress CTRL+C to quit\x1b[0m",
                "192.0.2.7 - - [01/Jul/2026 12:00:00] code 404, message File not found",
                "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...",
            ],
        ),
        (
            "django",
            '[01/Jul/2026 12:00:00] "GET /x HTTP/1.1" 404 179',
            [
                "Not Found: /x?token=s3cret",
                "Watching for file changes with StatReloader",
                "[01/Jul/2026 12:00:00] code 400, message Bad request version",
                "Starting development server at http://127.0.0.1:8000/",
            ],
        ),
    ],
)
def test_what_servers_of_python_say_besides(name: str, line: str, besides: list[str]) -> None:
    mixed = [*besides, *[line] * 5, "Traceback (most recent call last):", line[:-4]]
    assert detect([one.encode() for one in mixed], CONFIG) == name
    parsed = parse("\n".join(mixed), name, timezone="UTC")
    reasons = [bad.reason for bad in parsed.bad]
    assert reasons == [*["no HTTP request"] * 4, *[f"not of the format {name}"] * 2]
    assert parsed.table.num_rows == 5
    assert not any(b"s3cret" in bad.raw for bad in parsed.bad)


def test_lines_with_zones_stay_those_of_their_servers() -> None:
    lines = combined_log(50).splitlines()
    for more in (GIN[0], PYTHON % ("192.0.2.7", "GET / HTTP/1.1", 200, "-")):
        assert detect([*lines, *[more.encode()] * 4], CONFIG) == "combined"
        assert detect([*[more.encode()] * 50, *lines[:4]], CONFIG) in ("gin", "python_http")


IIS = (
    "192.0.2.7, -, 7/1/2026, 12:00:00, W3SVC2, WEB1, 10.0.0.5, 4502, 163, 3223, 200, 0, GET,"
    " /a, b=1&token=x,"
)


def test_the_format_of_iis_itself() -> None:
    lines = [
        IIS,
        IIS.replace("7/1/2026", "07/01/26") + " ",
        IIS.replace("7/1/2026", "01.07.2026").replace("12:00", "7:05"),
        IIS.replace("7/1/2026", "2026-07-01").replace("-,", r"NT AUTHORITY\SYSTEM,", 1),
        IIS.replace("192.0.2.7", "2001:db8::7").replace("b=1&token=x", "-").replace("/a", "/ä, b"),
        IIS.replace("200, 0, GET, /a", "401, 2148074254, -, -").replace("b=1&token=x", "-"),
        IIS.replace("/a", "/" + "x" * 9000),
    ]
    found = told("iis_native", lines, "Europe/Berlin")
    assert json.loads(found[0].pop("extras")) == {
        "iis.service": "W3SVC2", "iis.win32_status": "0", "server.address": "10.0.0.5",
        "server.name": "WEB1",
    }  # fmt: skip
    assert found[0] == {
        "offset": 0, "occurred_at": datetime(2026, 7, 1, 10, tzinfo=UTC), "utc_offset_minutes": 120,
        "client_ip": "192.0.2.7", "method": "GET", "path": "/a", "query": "b=1&token=REDACTED",
        "status": 200, "duration_ms": 4502, "bytes_in": 163, "bytes_out": 3223,
    }  # fmt: skip
    hours = [one["occurred_at"].hour for one in found]
    assert hours == [10, 10, 5, 10, 10, 10, 10]
    assert {one["occurred_at"].date() for one in found} == {date(2026, 7, 1)}
    assert (found[3]["user"], found[4]["path"]) == (r"NT AUTHORITY\SYSTEM", "/ä, b")
    assert found[4]["client_ip"] == "2001:db8::7"
    assert (found[5].get("method"), found[5].get("path"), found[5]["status"]) == (None, None, 401)


def test_days_of_iis_are_as_the_settings_say() -> None:
    line = IIS.replace("7/1/2026", "01/07/2026")
    assert row(line, "iis_native", timezone="UTC")["occurred_at"].month == 1
    chosen = {"timezone": "UTC", "date_format": "%d/%m/%Y"}
    assert row(line, "iis_native", **chosen)["occurred_at"].month == 7
    late = line.replace("01/07", "31/07").encode()
    with pytest.raises(ConfigError, match="no format that is known"):
        detect([late], CONFIG)
    assert detect([late], ParsingConfig(date_format="%d/%m/%Y")) == "iis_native"
    with pytest.raises(ConfigError, match="no time can be read by"):
        parse(line, "iis_native", timezone="UTC", date_format="%d/%H/%Y")


def test_lines_of_iis_that_are_broken() -> None:
    broken = [IIS[:80], IIS.replace("7/1", "13/13"), IIS.replace("4502", "long"), "#Software: x"]
    parsed = parse("\n".join((*broken, IIS)), "iis_native", timezone="UTC")
    assert parsed.table.num_rows == 1
    assert [bad.reason for bad in parsed.bad] == [
        "not of the format iis_native",
        "its time cannot be read",
        "its duration is no number",
        "not of the format iis_native",
    ]


LOGRAGE = (
    "I, [2026-07-01T12:00:00.123456 #7]  INFO -- : [0b1f-2c] method=GET path=/a format=html"
    " controller=Shop::ItemsController action=show status=200 duration=58.33 view=40.43 db=15.26"
)


def test_lograge() -> None:
    lines = [
        LOGRAGE + " ip=192.0.2.7 token=s3cret",
        LOGRAGE.replace("[0b1f-2c] ", "").replace("/a", "/" + "x" * 9000),
        LOGRAGE.replace("status=200", "status=200 allocations=3012"),
        LOGRAGE.replace("status=200", "status=500 error='NoMethodError: no 'b' for ?token=s3cret'"),
        LOGRAGE[: LOGRAGE.index(" view")].replace("58.33", "0.00").replace("html", "*/*"),
    ]
    found = told("lograge", lines, "Europe/Berlin")
    assert json.loads(found[0].pop("extras")) == {
        "rails.action": "show", "rails.controller": "Shop::ItemsController", "rails.format": "html",
        "tail": "view=40.43 db=15.26 ip=192.0.2.7 token=REDACTED",
    }  # fmt: skip
    moment = datetime(2026, 7, 1, 10, 0, 0, 123456, tzinfo=UTC)
    assert found[0] == {
        "offset": 0, "occurred_at": moment, "utc_offset_minutes": 120, "request_id": "0b1f-2c",
        "method": "GET", "path": "/a", "status": 200, "duration_ms": 58.33,
    }  # fmt: skip
    assert [(one.get("request_id"), len(one["path"])) for one in found[1:3]] == [
        (None, 9001),
        ("0b1f-2c", 2),
    ]
    assert json.loads(found[2]["extras"])["rails.allocations"] == "3012"
    failed = json.loads(found[3]["extras"])
    assert failed["error.message"] == "NoMethodError: no 'b' for ?token=REDACTED"
    assert (found[3]["status"], found[4]["duration_ms"]) == (500, 0)
    short = parse(lines[0], "lograge", timezone="UTC", client_address="truncate")
    assert "192.0.2.7" not in repr(rows(short))


HEROKU = (
    '2026-07-01T12:00:00.123456+00:00 heroku[router]: at=info method=GET path="/a?b&token=x"'
    ' host=e.org request_id=i1 fwd="192.0.2.7" dyno=web.1 connect=1ms service=1018ms status=200'
    " bytes=13 protocol=https"
)


def test_the_router_of_heroku() -> None:
    lines = [
        HEROKU,
        (
            HEROKU.replace("at=info", 'at=error code=H10 desc="App crashed"').replace("web.1", "")
            .replace("1ms", "").replace("1018ms", "").replace("=200", "=503").replace("=13", "=")
        ),
        HEROKU.replace('"/a?b&token=x"', "/").replace("+00:00", "+02:00"),
        HEROKU.replace('"192.0.2.7"', '"203.0.113.9, 2001:db8::7"') + " tls_version=tls1.3",
    ]  # fmt: skip
    found = told("heroku_router", lines)
    moment = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
    assert found[0] == {
        "offset": 0, "occurred_at": moment, "utc_offset_minutes": 0, "client_ip": "192.0.2.7",
        "host": "e.org", "method": "GET", "path": "/a", "query": "b&token=REDACTED", "status": 200,
        "bytes_out": 13, "duration_ms": 1018, "request_id": "i1", "upstream": "web.1",
        "extras": '{"heroku.connect":"1ms","tail":"protocol=https"}',
    }  # fmt: skip
    failed = [found[1].get(name) for name in ("status", "bytes_out", "duration_ms", "upstream")]
    assert failed == [503, None, None, None]
    assert json.loads(found[1]["extras"])["error.code"] == "H10"
    assert (found[2]["path"], found[2]["utc_offset_minutes"]) == ("/", 120)
    assert json.loads(found[3]["extras"])["tail"] == "protocol=https tls_version=tls1.3"


@pytest.mark.parametrize(
    ("name", "line", "besides"),
    [
        ("lograge", LOGRAGE, "W, [2026-07-01T12:00:00.1 #7]  WARN -- : [0b1f-2c] cookie=s3cret"),
        ("heroku_router", HEROKU, "2026-07-01T12:00:00.1+00:00 app[web.1]: GET /?token=s3cret"),
        ("heroku_router", HEROKU, "2026-07-01T12:00:00.1+00:00 heroku[web.1]: State changed"),
    ],
)
def test_what_stands_between_lines_of_keys(name: str, line: str, besides: str) -> None:
    mixed = [*[besides, line] * 20, line.replace("status=200", "status=ok")]
    assert detect([one.encode() for one in mixed], CONFIG) == name
    parsed = parse("\n".join(mixed), name, timezone="UTC")
    assert parsed.table.num_rows == 20
    reasons = [bad.reason for bad in parsed.bad]
    assert reasons == [*["no HTTP request"] * 20, "its status is no number"]
    (cut_off,) = parse(line[:-130], name, timezone="UTC").bad
    assert cut_off.reason == f"not of the format {name}"
    assert not any(b"s3cret" in bad.raw for bad in parsed.bad)


SAMPLES = {
    "pino": json.dumps(PINO),
    "gin": "\n".join(GIN),
    "python_http": PYTHON % ("::1", "\x1b[31m\x1b[1mPOST /c HTTP/1.1\x1b[0m", 400, "-"),
    "django": '[01/Jul/2026 12:00:01] \x1b[m"GET /b HTTP/1.1" 200 7\x1b[0m',
    "iis_native": IIS,
    "lograge": LOGRAGE,
    "heroku_router": HEROKU,
}
"""A line or more of each format, to begin fuzzing with."""


@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - {"heroku_router"}))  # of no container
@pytest.mark.parametrize("before", ["web-1  | ", "[pod/web/web] 2026-07-01T12:00:00.1Z ", ""])
def test_lines_in_what_containers_put_around_them(name: str, before: str) -> None:
    lines = "\n".join(before + line for line in SAMPLES[name].split("\n"))
    assert detect([line.encode() for line in lines.split("\n")], CONFIG) == name
    parsed = parse(lines, name, timezone="UTC")
    assert (parsed.table.num_rows, parsed.bad) == (lines.count("\n") + 1, [])
