"""One line or more of every format, as its documentation writes it."""

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sources.api_log.detection import create_parser
from sources.api_log.formats.catalogue import format_tables
from sources.api_log.lines import PIECE
from sources.api_log.settings import ParsingConfig
from sources.errors import ConfigError
from tests.support.api_logs import combined_log, listed, parse, row, rows

ROOT = Path(__file__).parents[2]

COMMON = '192.0.2.7 - ann [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.0" 200 2326'
COMBINED = COMMON + ' "http://e.org/s" "curl/8"'
SEEN = {
    "client_ip": "192.0.2.7",
    "user": "ann",
    "method": "GET",
    "path": "/a",
    "query": "b=1",
    "protocol": "HTTP/1.0",
    "status": 200,
    "bytes_out": 2326,
    "utc_offset_minutes": -420,
}
MORE = SEEN | {"referrer": "http://e.org/s", "user_agent": "curl/8"}

CASES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "common": ("common", COMMON, "2000-10-10T20:55:36", SEEN),
    "combined": ("combined", COMBINED, "2000-10-10T20:55:36", MORE),
    "combined, a field more": (
        "combined",
        COMBINED + ' "-" 0.002',
        "2000-10-10T20:55:36",
        MORE | {"extras": {"tail": '"-" 0.002'}},
    ),
    "vhost": (
        "vhost_combined",
        "WWW.e.org:8080 " + COMBINED,
        "2000-10-10T20:55:36",
        MORE | {"host": "www.e.org", "extras": {"server.port": "8080"}},
    ),
    "vhost common": (
        "vhost_common",
        "e.org " + COMMON,
        "2000-10-10T20:55:36",
        SEEN | {"host": "e.org"},
    ),
    "traefik": (
        "traefik_clf",
        COMBINED + ' 12 "web@docker" "http://10.0.0.5:80" 7ms',
        "2000-10-10T20:55:36",
        MORE
        | {
            "upstream": "http://10.0.0.5:80",
            "duration_ms": 7,
            "extras": {"traefik.request": "12", "traefik.router": "web@docker"},
        },
    ),
    "ingress": (
        "ingress_nginx",
        COMBINED + " 412 0.021 [shop-web-80] [] 10.0.0.1:80, 10.0.0.2:80 0, 5 0.001, 0.020"
        " 502, 200 8a6f",
        "2000-10-10T20:55:36",
        MORE
        | {
            "bytes_in": 412,
            "duration_ms": 21,
            "upstream": "10.0.0.1:80, 10.0.0.2:80",
            "request_id": "8a6f",
            "extras": {
                "k8s.upstream.name": "shop-web-80",
                "upstream.bytes": "0, 5",
                "upstream.duration_s": "0.001, 0.020",
                "upstream.status": "502, 200",
            },
        },
    ),
    "alb": (
        "alb",
        (
            "https 2018-07-02T22:23:00.186641Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 0.086 0.048"
            ' 0.037 200 200 0 57 "GET https://www.e.org:443/a?b=1 HTTP/1.1" "curl/8"'
            " ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x:targetgroup/t/73"
            ' "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.e.org" "arn:aws:acm:c/1" 1'
            ' 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-"'
        ),
        "2018-07-02T22:23:00.186641",
        {
            "client_ip": "192.0.2.7",
            "host": "www.e.org",
            "path": "/a",
            "query": "b=1",
            "status": 200,
            "bytes_in": 0,
            "bytes_out": 57,
            "duration_ms": 171,
            "upstream": "10.0.0.1:80",
            "tls": "TLSv1.2",
            "trace_id": "Root=1-58337281-1d84f3d73c47ec4e58577259",
        },
    ),
    "elb": (
        "elb",
        (
            "2015-05-13T23:39:43.945958Z my-lb 192.0.2.7:2817 - -1 -1 -1 503 0 0 0"
            ' "GET http://e.org:80/ HTTP/1.1" "curl/7.38.0" - -'
        ),
        "2015-05-13T23:39:43.945958",
        {"client_ip": "192.0.2.7", "host": "e.org", "path": "/", "status": 503},
    ),
    "s3": (
        "s3",
        (
            "79a5 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a5 3E57427F3EXAMPLE"
            ' REST.GET.VERSIONING - "GET /bucket?versioning HTTP/1.1" 200 - 113 - 7 - "-"'
            ' "S3Console/0.4"'
            " - s9lz SigV4 ECDHE-RSA AuthHeader bucket.s3.amazonaws.com TLSV1.2 - -"
        ),
        "2019-02-06T00:00:38",
        {
            "client_ip": "192.0.2.3",
            "user": "79a5",
            "request_id": "3E57427F3EXAMPLE",
            "path": "/bucket",
            "query": "versioning",
            "status": 200,
            "bytes_out": 113,
            "duration_ms": 7,
            "host": "bucket.s3.amazonaws.com",
            "user_agent": "S3Console/0.4",
            "tls": "TLSV1.2",
        },
    ),
    "squid": (
        "squid",
        (
            "1066036250.603    310 192.0.2.1 TCP_MISS/304 264 GET http://www.e.org/a?b=1 -"
            " DIRECT/198.51.100.1 -"
        ),
        "2003-10-13T09:10:50.603",
        {
            "client_ip": "192.0.2.1",
            "host": "www.e.org",
            "path": "/a",
            "query": "b=1",
            "status": 304,
            "bytes_out": 264,
            "duration_ms": 310,
            "upstream": "DIRECT/198.51.100.1",
            "extras": {"squid.result": "TCP_MISS"},
        },
    ),
    "envoy": (
        "envoy_text",
        (
            '[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100'
            ' "10.0.35.28" "nsq2http" "cc21d9b0-cf5c" "locations" "tcp://10.0.2.1:80"'
        ),
        "2016-04-15T20:17:00.310",
        {
            "method": "POST",
            "path": "/api/v1/locations",
            "protocol": "HTTP/2",
            "status": 204,
            "bytes_in": 154,
            "bytes_out": 0,
            "duration_ms": 226,
            "user_agent": "nsq2http",
            "request_id": "cc21d9b0-cf5c",
            "host": "locations",
            "upstream": "tcp://10.0.2.1:80",
        },
    ),
    "haproxy": (
        "haproxy_http",
        (
            "Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655]"
            " http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {}"
            ' "GET /index.html HTTP/1.1"'
        ),
        "2009-02-06T11:14:14.655",
        {
            "client_ip": "10.0.1.2",
            "path": "/index.html",
            "status": 200,
            "bytes_out": 2750,
            "duration_ms": 109,
            "upstream": "static/srv1",
            "utc_offset_minutes": 60,
        },
    ),
    "haproxy, bare": (
        "haproxy_http",
        (
            "2001:db8::1:33317 [06/Feb/2009:12:14:14.655] http-in web/<NOSRV> -1/-1/-1/-1/+5"
            ' 503 +212 - - SC-- 1/1/1/1/0 0/0 "<BADREQ>"'
        ),
        "2009-02-06T11:14:14.655",
        {"client_ip": "2001:db8::1", "status": 503, "bytes_out": 212, "duration_ms": 5},
    ),
    "caddy": (
        "caddy",
        (
            '{"ts":1646861401.5241024,"logger":"http.log.access","request":{"remote_ip":"192.0.2.7",'
            '"proto":"HTTP/2.0","method":"GET","host":"e.org","uri":"/a?b=1","headers":{"User-Agent":'
            '["curl/8"],"Cookie":["s3cret"]}},"user_id":"ann","duration":0.0009,"size":10,'
            '"status":200}'
        ),
        "2022-03-09T21:30:01.524102",
        {
            "client_ip": "192.0.2.7",
            "user": "ann",
            "host": "e.org",
            "path": "/a",
            "query": "b=1",
            "duration_ms": 0.9,
            "user_agent": "curl/8",
        },
    ),
    "traefik, JSON": (
        "traefik_json",
        (
            '{"ClientHost":"192.0.2.7","ClientUsername":"-","DownstreamStatus":200,"Duration":2500000,'
            '"DownstreamContentSize":17,"RequestHost":"e.org","RequestMethod":"GET","RequestPath":'
            '"/a?b=1","RequestProtocol":"HTTP/1.1","StartUTC":"2024-05-01T10:11:12.123456789Z",'
            '"time":"2024-05-01T10:11:12Z","request_User-Agent":"curl/8"}'
        ),
        "2024-05-01T10:11:12.123456",
        {"client_ip": "192.0.2.7", "host": "e.org", "duration_ms": 2.5, "user_agent": "curl/8"},
    ),
    "ecs": (
        "ecs",
        (
            '{"@timestamp":"2024-05-01T10:11:12.000Z","http":{"request":{"method":"GET"},"response":'
            '{"status_code":200,"body":{"bytes":5}}},"url.path":"/a","url":{"query":"b=1"},'
            '"event":{"duration":1500000},"source":{"ip":"192.0.2.7"}}'
        ),
        "2024-05-01T10:11:12",
        {"client_ip": "192.0.2.7", "path": "/a", "query": "b=1", "duration_ms": 1.5, "status": 200},
    ),
    "otel": (
        "otel",
        (
            '{"timeUnixNano":"1714558272000000000","attributes":{"http.request.method":"GET",'
            '"url.path":"/a","http.response.status_code":200,"client.address":"192.0.2.7",'
            '"network.protocol.version":"1.1"},"traceId":"5b8e"}'
        ),
        "2024-05-01T10:11:12",
        {"client_ip": "192.0.2.7", "method": "GET", "path": "/a", "trace_id": "5b8e"},
    ),
    "cloudflare": (
        "cloudflare",
        (
            '{"ClientIP":"192.0.2.7","ClientRequestHost":"e.org","ClientRequestMethod":"GET",'
            '"ClientRequestURI":"/a?b=1","EdgeStartTimestamp":1714558272000000000,'
            '"EdgeResponseStatus":200,"EdgeResponseBytes":9,"RayID":"76"}'
        ),
        "2024-05-01T10:11:12",
        {"client_ip": "192.0.2.7", "query": "b=1", "status": 200, "request_id": "76"},
    ),
    "google": (
        "gcp_lb",
        (
            '{"timestamp":"2024-05-01T10:11:12.5Z","insertId":"x","httpRequest":{"requestMethod":"GET",'
            '"requestUrl":"https://e.org/a?b=1","status":200,"responseSize":"9","latency":"0.012s",'
            '"remoteIp":"192.0.2.7","userAgent":"curl/8"}}'
        ),
        "2024-05-01T10:11:12.5",
        {"host": "e.org", "path": "/a", "bytes_out": 9, "duration_ms": 12, "user_agent": "curl/8"},
    ),
    "envoy, JSON": (
        "envoy_json",
        (
            '{"start_time":"2024-05-01T10:11:12.123Z","method":"GET","path":"/a","protocol":"HTTP/2",'
            '"response_code":200,"bytes_sent":9,"bytes_received":1,"duration":4,"authority":"e.org:443",'
            '"downstream_remote_address":"192.0.2.7"}'
        ),
        "2024-05-01T10:11:12.123",
        {"host": "e.org", "bytes_in": 1, "duration_ms": 4, "client_ip": "192.0.2.7"},
    ),
    "nginx, JSON": (
        "nginx_json",
        (
            '{"time_local":"10/Oct/2000:13:55:36 -0700","remote_addr":"192.0.2.7","request":'
            '"GET /a?b=1 HTTP/1.0","status":"200","body_bytes_sent":"2326","request_time":"0.003",'
            '"http_x_forwarded_for":"192.0.2.8"}'
        ),
        "2000-10-10T20:55:36",
        {"client_ip": "192.0.2.7", "duration_ms": 3, "extras": {"forwarded": "192.0.2.8"}},
    ),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_line_of_each_format(case: str) -> None:
    form, line, moment, expected = CASES[case]
    zone = "Europe/Berlin" if form == "haproxy_http" else None
    found = row(line, form, timezone=zone)
    assert found.pop("occurred_at") == datetime.fromisoformat(f"{moment}+00:00")
    extras = json.loads(found.pop("extras", "{}"))
    wanted = dict(expected)
    if "extras" in wanted:
        assert extras == wanted.pop("extras")
    assert {key: found.get(key) for key in wanted} == wanted
    assert "s3cret" not in repr(found)


def test_cloudfront() -> None:
    text = (
        "#Version: 1.0\n"
        "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status"
        " cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id"
        " x-host-header cs-protocol cs-bytes time-taken\n"
        "2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111.cloudfront.net\t/index.html\t200"
        "\t-\tMozilla/5.0%20(Windows)\tb=1\tsid=s3cret\tHit\tSOX4==\twww.e.org\thttps\t23\t0.001\n"
    )
    found = row(text, "cloudfront")
    assert found["user_agent"] == "Mozilla/5.0 (Windows)"
    assert (found["host"], found["duration_ms"], found["query"]) == ("www.e.org", 1, "b=1")
    assert "s3cret" not in repr(found)


def test_l10_a_header_changes_in_the_middle_of_a_file() -> None:
    first = "#Fields: date time c-ip sc-status\n2015-01-13 00:32:17 192.0.2.1 200\n"
    second = "#Fields: time cs-method c-ip\n#Date: 2015-01-14 00:00:00\n00:00:01 GET 192.0.2.2\n"
    parser = create_parser(ParsingConfig(format="iis"))
    whole = parser.parse((first + second).encode(), 0)
    assert whole.table["client_ip"].to_pylist() == ["192.0.2.1", "192.0.2.2"]
    later = create_parser(ParsingConfig(format="iis"), state=parser.state)
    more = later.parse(b"00:00:02 PUT 192.0.2.3\nfour words are wrong\n", 500)
    assert more.table["method"].to_pylist() == ["PUT"]
    assert str(more.table["occurred_at"][0].as_py()) == "2015-01-14 00:00:02+00:00"
    assert [bad.offset for bad in more.bad] == [523]
    orphan = parse("2015-01-13 00:32:17 192.0.2.1 200\n", "iis")
    assert orphan.bad[0].reason == "before any #Fields line"
    given = parse("00:32:17 192.0.2.1\n", "#Fields: time c-ip")
    assert given.bad[0].reason == "its time cannot be read"


def test_l11_json_times_in_every_unit_and_keys_of_ones_own() -> None:
    for time in (
        "1714558272",
        '"1714558272"',
        "1714558272000",
        "1714558272000000.0",
        "1.714558272e9",
    ):
        line = f'{{"when":{time},"what":"GET / HTTP/1.1","result":{{"code":200}},"zone":"eu"}}'
        keys = {"time": "when", "request": "what", "status": "result.code", "region": "zone"}
        found = row(line, "nginx_json", fields=keys)
        assert found["occurred_at"].timestamp() == 1714558272
        assert (found["status"], found["extras"]) == (200, '{"region":"eu"}')


def test_json_numbers_of_any_size_are_read_one_by_one_too() -> None:
    head = '{"request":"GET / HTTP/1.1","status":200'
    lines = [
        f'{head},"time":1714558272,"request_time":0.000045}}',
        f'{head},"time":1714558272000000000.0,"request_time":1.5}}',
        f'{head},"time":"1714558272","request_time":2}}',
    ]
    parsed = parse("\n".join(lines), "nginx_json")
    assert listed(parsed.table["duration_ms"]) == [0.045, 1500, 2000]
    assert {moment.timestamp() for moment in listed(parsed.table["occurred_at"])} == {1714558272}


@pytest.mark.parametrize(
    ("more", "column", "value"),
    [
        ({"status": "ok", "status_code": 404}, "status", 404),
        ({"status": {"text": "ok"}, "code": 404}, "status", 404),
        ({"status": 404, "code": "E17"}, "status", 404),
        ({"status": 404, "size": "large", "bytes_out": 5}, "bytes_out", 5),
        ({"status": 404, "duration_ms": "short", "request_time": 0.25}, "duration_ms", 250),
    ],
)
def test_what_is_no_number_gives_way_to_a_key_with_one(
    more: dict[str, Any], column: str, value: int
) -> None:
    line = json.dumps({"time": 971211336, "path": "/a"} | more)
    assert row(line, "nginx_json")[column] == value
    found = row('{"time":1,"path":"/a","status":"ok","code":"E17"}', "nginx_json")
    assert (found.get("status"), found["extras"]) == (None, '{"status":"ok"}')


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ({"responsetime": "fast"}, {"duration": "fast"}),
        ({"responsetime": 1e300}, {"duration": "1e+300"}),
        ({"responsetime": {"s": 1}}, {"duration": '{"s": 1}'}),
        ({"status": "ok"}, {"status": "ok"}),
        ({"status": 4000}, {"status": "4000"}),
        ({"bytes": "many"}, {"bytes_out": "many"}),
        ({"bytes": 10**30}, {"bytes_out": str(10**30)}),
        ({"bytes_received": "1?token=abc"}, {"bytes_in": "1?token=REDACTED"}),
    ],
)
def test_a_number_that_is_none_costs_no_request_in_json(
    written: dict[str, Any], kept: dict[str, str]
) -> None:
    usual = {"time": 971211336, "request": "GET /a HTTP/1.1", "status": 200, "bytes": 5}
    lines = "\n".join(json.dumps(usual | more) for more in ({}, written))
    found = rows(parse(lines, "nginx_json"))
    assert [one["path"] for one in found] == ["/a", "/a"]
    (name,) = kept
    assert json.loads(found[1]["extras"]) == kept
    assert not {name, f"{name}_ms"} & set(found[1])
    assert "extras" not in found[0]


def test_a_status_alone_makes_a_request_whatever_its_size_is() -> None:
    (found,) = rows(parse('{"time":1,"status":408,"bytes":"many"}', "nginx_json"))
    assert (found["status"], json.loads(found["extras"])) == (408, {"bytes_out": "many"})


def test_a_record_without_a_request_is_none_by_a_status_that_is_no_number() -> None:
    (bad,) = parse('{"time":1,"msg":"started","status":"ok"}', "nginx_json").bad
    assert bad.reason == "its status is no number"


def test_json_lines_of_different_shapes_are_all_read() -> None:
    lines = [
        f'{{"time":{1714558272 + n},"request":"GET /{n} HTTP/1.1","status":200}}'
        for n in range(300)
    ]
    lines[17] = lines[17].replace("200", '"200"')
    lines[99] = "no json"
    lines[200] = 'web | {"time":"2024-05-01T10:11:12Z","request":"GET /200 HTTP/1.1","status":200}'
    lines[201] = '{"time":1714558272,"request":"GET /\\ud800 HTTP/1.1","status":200}'
    parsed = parse("\r\n".join(lines), "nginx_json")
    assert parsed.table.num_rows == 299
    assert [bad.raw for bad in parsed.bad] == [b"no json"]
    paths = listed(parsed.table["path"])
    assert paths[:17] == [f"/{n}" for n in range(17)]
    assert "/200" in paths
    assert sum(path.startswith("/\ufffd") for path in paths) == 1


@pytest.mark.parametrize(
    ("form", "line"),
    [
        (
            'log_format x escape=json \'{"t":"$time_iso8601",\' \'"r":"$request","s":$status}\';',
            '{"t":"2000-10-10T13:55:36-07:00","r":"GET /a?b=1 HTTP/1.0","s":200}',
        ),
        (
            '$msec $scheme://$host$request_uri "$request" ${status}s',
            '971211336.000 http://e.org/a?b=1 "GET /a?b=1 HTTP/1.0" 200s',
        ),
        (
            'LogFormat "%{%Y-%m-%d %H:%M:%S %z}t %{us}T %{Host}i \\"%r\\" %>s" x',
            '2000-10-10 13:55:36 -0700 3 e.org "GET /a?b=1 HTTP/1.0" 200',
        ),
        ("%{msec}t %m %U%q %H %s %%", "971211336000 GET /a?b=1 HTTP/1.0 200 %"),
        (
            r"%{SSL_PROTOCOL}x\t%{Cookie}i %{c}a %{begin:sec}t %{usec_frac}t %{x-y}o %{n}C %r|%s",
            "TLSv1.3\ts=1 ::1 971211336 000123 y n=1 GET /a?b=1 HTTP/1.0|200",
        ),
        (
            r"^\[(?P<time>[^\]]+)\] (?P<request>.*) -> (?<code>\d+)$",
            "[971211336] GET /a?b=1 HTTP/1.0 -> 200",
        ),
    ],
)
def test_format_strings(form: str, line: str) -> None:
    found = row(line, form)
    assert found["occurred_at"].timestamp() == 971211336
    assert (found["method"], found["path"], found["query"]) == ("GET", "/a", "b=1")
    assert (found["status"], found["protocol"]) == (200, "HTTP/1.0")


def test_goaccess() -> None:
    line = 'x 10.0.0.2, 85.181.35.98 [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 5    7'
    form = '%^ ~h{, } [%d:%t %^] "%r" %s %b%~%L'
    found = row(line, form, date_format="%d/%b/%Y", time_format="%T", timezone="UTC")
    assert (found["client_ip"], found["bytes_out"]) == ("85.181.35.98", 5)
    with pytest.raises(ConfigError, match="'time_format' is missing"):
        parse("", "%h [%d:%t %^]", date_format="%d/%b/%Y")
    with pytest.raises(ConfigError, match="'%Z', at character 4"):
        parse("", "%h %Z %^", date_format="%d/%b/%Y")


def test_goaccess_moments_and_escapes() -> None:
    line = "2000-10-10 13:55:36 -0700\t50% GET /a HTTP/1.0 200 9"
    form = r"%x\t50%% %m %U %H %s %^"
    found = row(line, form, date_format="%F", time_format="%T %z")
    assert (found["occurred_at"].timestamp(), found["path"]) == (971211336, "/a")
    with pytest.raises(ConfigError, match="wants its list in braces"):
        parse("", "~h %^", date_format="%F")


def test_the_older_log_of_ingress_nginx() -> None:
    line = COMBINED.replace("7 - ann", "7 - [192.0.2.7] - ann") + " 412 0.021 [shop] [] - - - - id1"
    found = row(line, "ingress_nginx")
    assert {key: found.get(key) for key in MORE} == MORE
    assert (found["request_id"], found["duration_ms"]) == ("id1", 21)


def test_lines_are_whole_however_long_they_are() -> None:
    log = combined_log(30_000)
    assert len(log) > PIECE
    parsed = parse(log + b"x" * (2 * PIECE) + b"\n" + log[:200].split(b"\n")[0])
    assert parsed.table.num_rows == 30_001
    assert [(bad.offset, bad.length) for bad in parsed.bad] == [(len(log), 2 * PIECE)]
    offsets = listed(parsed.table["offset"])
    assert offsets[-1] == len(log) + 2 * PIECE + 1
    assert offsets == sorted(offsets)
    for at in (0, 15_000, 29_999):
        start = offsets[at]
        assert log[start : log.index(b"\n", start)].startswith(
            listed(parsed.table["client_ip"])[at].encode()
        )


def test_numbers_that_are_none_are_named() -> None:
    for wrong, reason in (
        (COMMON.replace("2326", "1" * 30), "its bytes_out is no number"),
        (COMMON.replace("/Oct/", "/Okt/"), "its time cannot be read"),
    ):
        (bad,) = parse(wrong, "common").bad
        assert bad.reason == reason
    assert row(COMMON.replace("2326", "-"), "common").get("bytes_out") is None
    found = row(
        '{"time":1.5,"request":["GET / HTTP/1.1"],"status":200.0,"bytes":[],"host":true}',
        "nginx_json",
    )
    assert (found["path"], found["status"], found["host"]) == ("/", 200, "true")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("$remote_addr $", "'$' begins no variable, at character 14"),
        ("$foo$bar", "nothing tells where the variable before this ends, at character 5"),
        ("%h %Q", "Apache knows no '%Q', at character 4"),
        ("%h %{minutes}T", "Apache knows no '%{minutes}T', at character 4"),
        ("%h %", "'%' begins no directive, at character 4"),
        ("nothing to see", "there is no variable in it, at character 1"),
        ("%{%d %Y %Y}t", "no time can be read by '%d %Y %Y': redefinition of group name 'Y'"),
        ("%{%Y-%q}t", "no time is read by '%q', at character 6"),
        ("(?P<time>[)", "RE2 refuses it"),
        ("[(?P<time>.]", "what looks like a group is none, at character 2"),
        ("(?P<status>.)", "is the time of a request, called 'time'"),
        ("$remote_addr [$time_locl] $status", "is the time of a request"),
        ('{"status": "$status", "path": "$uri"}', "is the time of a request"),
        ("%h %l %>s", "is the time of a request"),
        ("%h [%{%d/%b %H:%M:%S}t] %>s", "name no year"),
        ("combinde", "did you mean 'combined'?"),
    ],
)
def test_wrong_format_strings(form: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        parse("", form)


def test_a_time_is_refused_that_two_settings_make_together() -> None:
    with pytest.raises(ConfigError, match="no time can be read by '%Y/%H %H:%M'"):
        parse("", "%h [%d:%t] %s", date_format="%Y/%H", time_format="%R")


def test_a_line_of_w3c_says_for_itself_what_parts_its_fields() -> None:
    header = "#Fields: date time cs-method sc-status\n"
    spaced, tabbed = "2015-01-13 00:32:17 GET 404\n", "2015-01-13\t00:32:18\tPUT\t201\n"
    for lines in (spaced + tabbed, tabbed + spaced):
        found = parse(header + lines, "iis")
        assert not found.bad
        assert sorted(listed(found.table["status"])) == [201, 404]
        assert found.table["offset"].to_pylist() == [39, 39 + lines.index("\n") + 1]


def test_a_w3c_header_may_hold_nul() -> None:
    header = "#Fields: date time x-b \0x-a sc-status\n"
    found = row(header + "2015-01-13 00:32:17 1 2 404\n", "iis")
    assert found["extras"] == '{"x-b":"1","\ufffdx-a":"2"}'


def test_a_number_of_seconds_names_no_clock_whatever_stands_beside_it() -> None:
    lines = ['{"time":"1764000000","request":"GET / HTTP/1.1","status":200}']
    lines.append('{"time":"2026-11-23T23:35:24Z","request":"GET / HTTP/1.1","status":200}')
    for order in (lines, lines[::-1], lines[:1]):
        offsets = parse("\n".join(order), "nginx_json").table["utc_offset_minutes"].to_pylist()
        assert offsets[order.index(lines[0])] is None


def test_a_json_time_that_is_no_utf8_costs_its_own_line_alone() -> None:
    good = b'{"time":"2026-11-23T23:35:24Z","request":"GET / HTTP/1.1","status":200}\n'
    for block in (good.replace(b"11", b"\xcd", 1) + good, good + good.replace(b"11", b"\xcd", 1)):
        found = create_parser(ParsingConfig(format="nginx_json")).parse(block, 0)
        assert found.table.num_rows == 1
        assert [bad.reason for bad in found.bad] == ["its time cannot be read"]


def test_a_regular_expression_stays_linear() -> None:
    found = parse("a" * 90_000 + "!", r"^(?P<time>(?:a+)+)$")
    assert found.table.num_rows == 0


def test_the_page_has_the_tables_of_the_code() -> None:
    page = (ROOT / "docs" / "api-logs.md").read_text()
    assert format_tables() in page
    module = [sys.executable, "-m", "sources.api_log.formats.catalogue"]
    done = subprocess.run(module, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == format_tables()
