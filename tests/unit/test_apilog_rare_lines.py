"""Lines that frameworks and gateways write more rarely: failures, sockets, quotes, tags, keys."""

import json
from typing import Any

import pytest

from sources.api_log.detection import create_parser, detect
from sources.api_log.events import request_events
from sources.api_log.settings import ParsingConfig
from tests.support.api_logs import listed, parse, row, rows

CONFIG = ParsingConfig()

HEROKU_CLIENT = (
    '2018-08-25T04:22:11.331371+00:00 heroku[router]: sock=client at=warning code=H27 desc="Client'
    ' Request Interrupted" method=GET path="/" host=e.org request_id=i1 fwd="192.0.2.7" dyno=web.1'
    " connect=1ms service=29043ms status=499 bytes= protocol=https"
)
HEROKU_BACKEND = (
    "2026-01-09T19:29:07.973289+00:00 heroku[router]: sock=backend at=error code=H18 desc="
    '"Server Request Interrupted" method=POST path="/a?token=s3cret" host=e.org request_id=i2'
    ' fwd="192.0.2.7" dyno=web.1 connect=0ms service=710ms status=503 bytes=0 protocol=http1.1'
    " tls=true tls_version=unknown"
)


def test_requests_whose_socket_was_closed_are_those_of_the_router_of_heroku() -> None:
    lines = [HEROKU_CLIENT, HEROKU_BACKEND]
    assert detect([line.encode() for line in lines], CONFIG) == "heroku_router"
    parsed = parse("\n".join(lines), "heroku_router")
    assert not parsed.bad
    found = rows(parsed)
    told = [[one.get(key) for key in ("method", "status", "duration_ms")] for one in found]
    assert told == [["GET", 499, 29043], ["POST", 503, 710]]
    extras = [json.loads(one["extras"]) for one in found]
    assert [one["heroku.socket"] for one in extras] == ["client", "backend"]
    assert [one["error.code"] for one in extras] == ["H27", "H18"]
    assert found[1]["query"] == "token=REDACTED"


RAILS = "I, [2026-07-01T12:00:00.123456 #7]  INFO -- : "
ASKED = "method=GET path=/a format=html controller=C action=show status=200 duration=58.33 db=1.2"
CABLE = "format= params=%s controller=ChatChannel action=speak status=200 duration=1.00"


def test_what_is_said_on_a_cable_of_rails_is_no_request_nor_is_its_first_line() -> None:
    lines = [
        "# Logfile created on 2026-07-01 12:00:00 +0200 by logger.rb/v1.5.3",
        RAILS + "[i1] " + ASKED,
        RAILS + "method= path= " + CABLE % "",
        RAILS + "[i1] method= path= " + CABLE % '{"action"=>"speak", "b"=>"c"}',
        RAILS + "method={} path={} " + CABLE.replace("format=", "format={}") % "",
        RAILS + "method=GET path= " + CABLE % "",
    ]
    parsed = parse("\n".join(lines), "lograge", timezone="UTC")
    assert [one["method"] for one in rows(parsed)] == ["GET"]
    reasons = [bad.reason for bad in parsed.bad]
    assert reasons == [*["no HTTP request"] * 4, "not of the format lograge"]


@pytest.mark.parametrize(
    "tail", ["", " allocations=7", " error='E: no'", " error='E: no' allocations=7"]
)
def test_several_tags_before_a_request_of_rails(tail: str) -> None:
    asked = ASKED.replace("status=200", "status=200" + tail)
    lines = [RAILS + tags + asked for tags in ("[i1] [192.0.2.7] ", "[i1] [192.0.2.7] [shop] ")]
    assert detect([line.encode() for line in lines], CONFIG) == "lograge"
    parsed = parse("\n".join(lines), "lograge", timezone="UTC")
    assert not parsed.bad
    found = rows(parsed)
    assert [(one["request_id"], one["path"]) for one in found] == [("i1", "/a")] * 2
    tags = [json.loads(one["extras"])["rails.tags"] for one in found]
    assert tags == ["192.0.2.7", "192.0.2.7] [shop"]
    short = row(lines[0], "lograge", timezone="UTC", client_address="truncate")
    assert "192.0.2.7" not in repr(short)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("python_http", '192.0.2.7 - - [01/Jul/2026 12:00:00] "%s" 200 -'),
        ("python_http", 'INFO:werkzeug:192.0.2.7 - - [01/Jul/2026 12:00:00] "%s" 200 -'),
        (
            "python_http",
            '192.0.2.7 - - [01/Jul/2026 12:00:00] "\x1b[31m\x1b[1m%s\x1b[0m" 200 -',
        ),
        ("django", '[01/Jul/2026 12:00:00] "%s" 200 1'),
        ("django", '[01/Jul/2026 12:00:00] \x1b[m"%s" 200 1\x1b[0m'),
    ],
)
def test_quotes_that_servers_of_python_leave_as_they_are(name: str, line: str) -> None:
    targets = ['/a?q="x"', '/"q"', '/?f={"a":1}&token=s3cret', '/a" 404 7', r'/a\\"', '/"']
    lines = [line % f"GET {target} HTTP/1.1" for target in targets]
    assert detect([one.encode() for one in lines], CONFIG) == name
    parsed = parse("\n".join(lines), name, timezone="UTC")
    assert not parsed.bad
    found = rows(parsed)
    assert {(one["method"], one["status"], one["protocol"]) for one in found} == {
        ("GET", 200, "HTTP/1.1")
    }
    asked = [one["path"] + (f"?{one['query']}" if "query" in one else "") for one in found]
    assert asked == [
        '/a?q="x"', '/"q"', '/?f={"a":1}&token=REDACTED', '/a" 404 7', r'/a\"', '/"',
    ]  # fmt: skip
    for cut_off in (line % 'GET /a" HTTP/1.1', line % 'GET /"a"'):
        broken = cut_off.replace("200", "2o0")
        assert len(parse(broken, name, timezone="UTC").bad) == 1


AMAZON = '192.0.2.7 %s [01/Jan/2026:10:00:00 +0000] "GET /pets/{id} HTTP/1.1" 200 512 i1'


@pytest.mark.parametrize("name", ["api_gateway", "api_gateway_clf"])
def test_common_lines_of_amazon_api_gateway_are_its_own_where_that_is_named(name: str) -> None:
    settings = ParsingConfig(format=name)
    lines = [(AMAZON % said).encode() for said in ("- -", "AIDA:ann ann")]
    assert detect(lines, settings) == "api_gateway_clf"
    assert detect(lines, CONFIG) == "common"
    parser = create_parser(settings, pinned="api_gateway_clf")
    parsed = parser.parse(b"\n".join((*lines, lines[0] + b" x1=")), 0)
    assert not parsed.bad
    found = rows(parsed)
    told = [[one.get(key) for key in ("method", "path", "route", "user")] for one in found]
    route = "/pets/{id}"
    assert told == [
        ["GET", None, route, None],
        ["GET", None, route, "ann"],
        ["GET", None, route, None],
    ]
    assert {(one["status"], one["bytes_out"], one["request_id"]) for one in found} == {
        (200, 512, "i1")
    }
    assert json.loads(found[2]["extras"]) == {"aws.extended_request_id": "x1="}


def test_common_lines_stay_common_where_another_format_was_told() -> None:
    parser = create_parser(CONFIG, pinned="api_gateway_clf")
    (bad,) = parser.parse((AMAZON % "- -").encode(), 0).bad
    assert bad.reason == "not of the format api_gateway_clf"


def test_a_request_is_called_by_its_route_where_no_path_is_known() -> None:
    record = {
        "requestId": "i1", "ip": "192.0.2.7", "requestTime": "01/Jan/2026:10:00:00 +0000",
        "httpMethod": "GET", "status": "200",
    }  # fmt: skip
    keys = [{"routeKey": "GET /pets/{id}"}, {"routeKey": "$default"}]
    keys += [
        {"resourcePath": "/pets/{id}", "path": "/v1/pets/7"},
        {"resourcePath": "/" + "x" * 300},
    ]
    lines = "\n".join(json.dumps(record | more) for more in keys)
    parsed = parse(lines, "api_gateway_json")
    events = request_events(parsed.table, source_id="s", identity="i")
    subjects = ["GET /pets/{id}", "GET", "GET /v1/pets/7", "GET /" + "x" * 255]
    assert listed(events["subject"]) == subjects
    assert listed(events["title"]) == [f"{subject} 200" for subject in subjects]
    assert '"url.path"' not in listed(events["attributes"])[0]


def test_pino_whose_time_has_another_key() -> None:
    record = {
        "level": 30, "timestamp": "2026-01-01T10:00:00.123Z", "msg": "request completed",
        "req": {"method": "GET", "url": "/a"}, "res": {"statusCode": 200}, "responseTime": 3,
    }  # fmt: skip
    line = json.dumps(record)
    assert detect([line.encode()], CONFIG) == "pino"
    found = row(line, "pino")
    assert found["occurred_at"].isoformat() == "2026-01-01T10:00:00.123000+00:00"
    both = row(json.dumps(record | {"time": 1767261601000}), "pino")
    assert both["occurred_at"].isoformat() == "2026-01-01T10:00:01+00:00"


def test_what_kong_never_asked_of_its_upstream_took_no_time() -> None:
    record: dict[str, Any] = {
        "client_ip": "192.0.2.7", "started_at": 1767261600123, "response": {"status": 404},
        "request": {"method": "GET", "uri": "/a"},
        "latencies": {"request": 3, "kong": 3, "proxy": -1},
    }  # fmt: skip
    assert json.loads(row(json.dumps(record), "kong")["extras"]) == {"kong.duration_ms": "3"}
    record["latencies"]["proxy"] = 9
    extras = json.loads(row(json.dumps(record), "kong")["extras"])
    assert extras == {"kong.duration_ms": "3", "upstream.duration_ms": "9"}


def test_signs_that_gin_writes_with_eight_digits() -> None:
    line = '[GIN] 2026/07/01 - 12:00:00 | 200 |  1s |  192.0.2.7 | GET  "%s"'
    for written, path in (
        (r"/\U0001f600\u00e4", "/\U0001f600ä"),
        (r"/\U0010ffff1", "/\U0010ffff1"),
        (r"/\U00110000\Ud83d0000\U12", "/U00110000Ud83d0000U12"),
    ):
        assert row(line % written, "gin", timezone="UTC")["path"] == path


TIMED = (
    ("lograge", RAILS + "[i1] " + ASKED),
    (
        "iis_native",
        r"192.0.2.7, CORP\ann b, 7/1/2026, 12:00:00, W3SVC2, W, ::1, 4, 1, 3, 200, 0, GET, /a, -,",
    ),
    ("iis_native", "::1, -, 2026-07-01, 12:00:00, W3SVC2, W, ::1, 4, 1, 3, 200, 0, GET, /a, -,"),
)


@pytest.mark.parametrize(("name", "line"), TIMED)
def test_times_of_docker_and_kubectl_before_times_of_ruby_and_iis(name: str, line: str) -> None:
    for before in ("2026-07-01T12:00:01.000000001Z ", "2026-07-01T12:00:01+02:00 "):
        assert detect([(before + line).encode()] * 3, CONFIG) == name
        assert row(before + line, name, timezone="UTC") == row(line, name, timezone="UTC")
