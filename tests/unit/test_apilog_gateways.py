"""Lines of load balancers and gateways, and what in them is none of a request."""

import json
from typing import Any

import pytest

from sources.api_log.detection import detect
from sources.api_log.settings import ParsingConfig
from tests.support.api_logs import listed, parse, row
from tests.unit.test_apilog_servers import ISTIO

ELB = (
    "2015-05-13T23:39:43.945958Z lb1 192.0.2.7:2817 {} 0.000943 0.00001 0.000015 {} {} 134 859"
    ' "{}" "-" - -'
)
ENVOY_RECORD = {"start_time": "2020-11-25T21:26:18.409Z", "duration": 4, "bytes_sent": 8}


def test_connections_without_http_are_no_requests() -> None:
    session = ELB.format("10.0.0.1:80", "-", "-", "- - - ")
    refused = ELB.format("-", "400", "-", "- - - ")
    silent = ISTIO.format(client="10.44.1.23:46520").replace('"GET /a HTTP/1.1" 200', '"- - -" 0')
    dropped = silent.replace("- - -", "GET /a HTTP/1.1")
    for name, line, kept in (("elb", session, refused), ("envoy_text", silent, dropped)):
        parsed = parse(f"{line}\n{kept}\n", name)
        assert [(bad.offset, bad.reason) for bad in parsed.bad] == [(0, "no HTTP request")]
        assert parsed.table.num_rows == 1


@pytest.mark.parametrize(
    ("method", "status", "known"),
    [(None, 0, False), ("-", "0", False), ("-", 400, True), ("GET", 0, True)],
)
def test_json_of_connections_without_http(
    method: str | None, status: int | str, *, known: bool
) -> None:
    record = ENVOY_RECORD | {"method": method, "response_code": status}
    parsed = parse(json.dumps(record), "envoy_json")
    assert [bad.reason for bad in parsed.bad] == ([] if known else ["no HTTP request"])
    assert parsed.table.num_rows == known


def test_lines_of_haproxy_that_rsyslog_wrote_without_their_tag() -> None:
    start = " 192.0.2.7:4 [06/Feb/2009:12:14:14.655] web~"
    line = f'{start} app/s1 0/0/0/0/5 200 9 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"'
    assert row(line, "haproxy_http", timezone="UTC")["client_ip"] == "192.0.2.7"
    for told in ("Timeout during SSL handshake", "Stopped a TLSv1 heartbeat attack"):
        (bad,) = parse(f"{start}/1: {told}", "haproxy_http", timezone="UTC").bad
        assert bad.reason == "no HTTP request"


def test_the_beginning_of_a_request_in_json_of_traefik_that_leaves_out_utc() -> None:
    record = {
        "RequestMethod": "GET", "RequestPath": "/", "DownstreamStatus": 200, "Duration": 90_000_000,
        "StartLocal": "2024-05-01T12:11:12.123456789+02:00", "time": "2024-05-01T12:11:13+02:00",
    }  # fmt: skip
    found = row(json.dumps(record), "traefik_json")
    assert found["occurred_at"].isoformat() == "2024-05-01T10:11:12.123456+00:00"
    assert found["utc_offset_minutes"] == 120


def test_keys_that_gateways_give_the_same_things() -> None:
    common: dict[str, Any] = {"path": "/a", "query": "b=1", "user_agent": "curl/8"}
    gateway = ENVOY_RECORD | {
        ":authority": "e.org", "method": "GET", "protocol": "HTTP/2", "response_code": 200,
        "user-agent": "curl/8", "x-envoy-origin-path": "/a?b=1", "x-request-id": "i1",
        "x-envoy-upstream-service-time": "3", "x-forwarded-for": "192.0.2.7",
    }  # fmt: skip
    found = row(json.dumps(gateway), "envoy_json")
    expected = common | {
        "protocol": "HTTP/2",
        "host": "e.org",
        "request_id": "i1",
        "client_ip": "192.0.2.7",
    }
    assert {key: found[key] for key in expected} == expected
    assert found["extras"] == '{"upstream.duration_ms":"3"}'
    ingress = {
        "time": "2021-11-12T16:59:45+00:00", "remote_addr": "192.0.2.7", "status": 200,
        "x-forward-for": "192.0.2.7, 10.0.0.1", "vhost": "e.org", "request_proto": "HTTP/2",
        "path": "/a", "request_query": "b=1", "request_time": 0.003, "method": "GET",
        "http_user_agent": "curl/8",
    }  # fmt: skip
    found = row(json.dumps(ingress), "nginx_json")
    expected = common | {"protocol": "HTTP/2", "host": "e.org", "duration_ms": 3}
    assert {key: found[key] for key in expected} == expected
    assert found["extras"] == '{"forwarded":"192.0.2.7, 10.0.0.1"}'
    edge = {
        "timestamp": "2021-11-12T16:59:45+0000", "client_ip": "192.0.2.7", "url": "/a?b=1",
        "request_method": "GET", "request_protocol": "HTTP/2", "request_referer": "http://e.org/s",
        "request_user_agent": "curl/8", "response_status": 200, "response_body_size": 5,
    }  # fmt: skip
    found = row(json.dumps(edge), "nginx_json")
    expected = common | {"protocol": "HTTP/2", "referrer": "http://e.org/s", "bytes_out": 5}
    assert {key: found[key] for key in expected} == expected


AZURE = {
    "azure_front_door": {
        "hostName": "e.org", "clientIp": "192.0.2.7", "httpMethod": "GET", "httpVersion": "2.0.0.0",
        "requestUri": "https://e.org:443/a?b=1", "httpStatusCode": "200", "responseBytes": "5",
        "requestBytes": "7", "timeTaken": "0.0025", "userAgent": "curl/8", "referer": "",
        "trackingReference": "i1", "securityProtocol": "TLS 1.3",
    },
    "azure_gateway": {
        "originalHost": "e.org", "clientIP": "192.0.2.7", "httpMethod": "GET",
        "requestUri": "/rewritten", "originalRequestUriWithArgs": "/a?b=1", "requestQuery": "c=2",
        "httpStatus": 200, "sentBytes": 5, "receivedBytes": 7, "timeTaken": 0.0025,
        "userAgent": "curl/8", "transactionId": "i1", "sslProtocol": "TLS 1.3",
        "serverRouted": "10.0.0.1:443", "serverStatus": "200",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(AZURE))
def test_json_of_azure(name: str) -> None:
    line = json.dumps({"time": "2021-12-15T03:10:11.6479719Z", "properties": AZURE[name]})
    assert detect([line.encode()], ParsingConfig()) == name
    assert detect([line.encode()], ParsingConfig(format="azure")) == name
    found = row(line, name)
    expected = {
        "client_ip": "192.0.2.7", "host": "e.org", "method": "GET", "path": "/a", "query": "b=1",
        "status": 200, "bytes_out": 5, "bytes_in": 7, "duration_ms": 2.5, "request_id": "i1",
        "tls": "TLS 1.3", "user_agent": "curl/8",
    }  # fmt: skip
    assert {key: found.get(key) for key in expected} == expected
    assert found["occurred_at"].isoformat() == "2021-12-15T03:10:11.647971+00:00"


def test_a_request_that_is_a_path_alone_where_the_method_has_a_key() -> None:
    record = {
        "timestamp": "17/May/2015:08:05:32 +0000", "clientip": "192.0.2.7", "verb": "GET",
        "request": "/a?b=1", "httpversion": "1.1", "status": "200", "agent": "curl/8",
    }  # fmt: skip
    found = row(json.dumps(record), "nginx_json")
    expected = {"method": "GET", "path": "/a", "query": "b=1", "protocol": "1.1"}
    assert {key: found.get(key) for key in expected} == expected
    assert "extras" not in found
    del record["verb"]
    found = row(json.dumps(record), "nginx_json")
    assert found["extras"] == '{"request":"/a?b=1"}'


KONG: dict[str, Any] = {
    "client_ip": "192.0.2.7", "started_at": 1767261600123, "upstream_uri": "/v1/a?token=s3cret",
    "request": {
        "method": "GET", "uri": "/a?b=1&token=s3cret", "url": "https://e.org:8443/a?b=1&token=s3cret",
        "size": "256", "querystring": {"b": "1", "token": ["s3cret", "s3cret"]}, "id": "i1",
        "tls": {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "client_verify": "NONE"},
        "headers": {
            "host": "e.org:8443", "user-agent": "curl/8", "authorization": "Basic s3cret",
            "cookie": 'a="1"; sid=s3cret', "apikey": "s3cret", "x-forwarded-for": "192.0.2.9",
        },
    },
    "response": {"status": 200, "size": 512, "headers": {"set-cookie": ["s3cret", "s3cret"]}},
    "latencies": {"kong": 3, "proxy": 9, "request": 12},
    "tries": [{"ip": "10.0.0.9", "port": 80, "balancer_latency": 0}],
    "route": {"id": "r1", "name": "shop-route", "paths": ["/a"]},
    "service": {"id": "s1", "name": "shop", "host": "shop.internal"},
    "consumer": {"id": "c1", "username": "ann"},
    "authenticated_entity": {"id": "k1", "consumer_id": "c1"},
}  # fmt: skip


def test_json_of_kong() -> None:
    line = json.dumps(KONG)
    assert detect([line.encode()], ParsingConfig()) == "kong"
    found = row(line, "kong")
    assert found.pop("occurred_at").isoformat() == "2026-01-01T10:00:00.123000+00:00"
    assert json.loads(found.pop("extras")) == {
        "forwarded": "192.0.2.9", "kong.duration_ms": "3", "kong.route": "shop-route",
        "kong.service": "shop", "server.port": "8443", "tls.cipher": "TLS_AES_256_GCM_SHA384",
        "upstream.duration_ms": "9",
    }  # fmt: skip
    assert found == {
        "offset": 0, "client_ip": "192.0.2.7", "host": "e.org", "method": "GET", "path": "/a",
        "query": "b=1&token=REDACTED", "status": 200, "bytes_in": 256, "bytes_out": 512,
        "duration_ms": 12, "user_agent": "curl/8", "request_id": "i1", "tls": "TLSv1.3",
        "upstream": "shop.internal", "user": "ann",
    }  # fmt: skip


def test_kong_without_a_route_and_its_other_records() -> None:
    lost = KONG | {"route": None, "service": None, "consumer": None, "tries": None}
    lost |= {
        "response": KONG["response"] | {"status": 404},
        "request": {"method": "PUT", "uri": "/"},
    }
    session = {"session": {"status": 200, "received": 9}, "client_ip": "::1", "started_at": 1}
    odd = KONG | {"started_at": None}
    parsed = parse("\n".join(json.dumps(one) for one in (lost, session, odd, KONG)), "kong")
    assert [bad.reason for bad in parsed.bad] == ["no HTTP request"] * 2
    assert not any(b"s3cret" in bad.raw for bad in parsed.bad)
    assert listed(parsed.table["status"]) == [404, 200]
    assert listed(parsed.table["user"]) == [None, "ann"]


AMAZON = {
    "requestId": "i1", "ip": "192.0.2.7", "requestTime": "01/Jan/2026:10:00:00 +0000",
    "httpMethod": "GET", "status": "200", "protocol": "HTTP/1.1", "responseLength": "512",
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            {"extendedRequestId": "x1", "caller": "-", "user": "-", "resourcePath": "/pets/{id}"},
            {"route": "/pets/{id}", "extras": '{"aws.extended_request_id":"x1"}'},
        ),
        ({"routeKey": "GET /pets/{id}"}, {"route": "/pets/{id}"}),
        ({"routeKey": "$default", "ip": "2001:db8::7"}, {"client_ip": "2001:db8::7"}),
        (
            {
                "path": "/prod/a",
                "domainName": "E.org",
                "responseLatency": 12,
                "userAgent": "curl/8",
            },
            {"path": "/prod/a", "host": "e.org", "duration_ms": 12, "user_agent": "curl/8"},
        ),
        (
            {"status": 504, "responseLength": "-", "integrationErrorMessage": "timed out"},
            {"status": 504, "bytes_out": None, "extras": '{"error.message":"timed out"}'},
        ),
        (
            {"requestTime": None, "requestTimeEpoch": "1767261600123", "integrationStatus": "200"},
            {"extras": '{"upstream.status":"200"}'},
        ),
    ],
)
def test_json_of_amazon_api_gateway(more: dict[str, Any], expected: dict[str, Any]) -> None:
    line = json.dumps({key: value for key, value in (AMAZON | more).items() if value is not None})
    assert detect([line.encode()], ParsingConfig()) == "api_gateway_json"
    found = row(line, "api_gateway_json")
    assert found.pop("occurred_at").isoformat()[:19] == "2026-01-01T10:00:00"
    found.pop("utc_offset_minutes", None)
    wanted = {
        "offset": 0, "client_ip": "192.0.2.7", "method": "GET", "status": 200, "bytes_out": 512,
        "protocol": "HTTP/1.1", "request_id": "i1",
    } | expected  # fmt: skip
    assert found == {key: value for key, value in wanted.items() if value is not None}


def test_what_a_web_socket_says_to_amazon_api_gateway_is_no_request() -> None:
    message = {"eventType": "MESSAGE", "routeKey": "send", "connectionId": "c1"}
    record = {key: value for key, value in AMAZON.items() if key != "httpMethod"} | message
    (bad,) = parse(json.dumps(record), "api_gateway_json").bad
    assert bad.reason == "no HTTP request"


AMAZON_LINE = '192.0.2.7 %s [01/Jan/2026:10:00:00 +0000]%s HTTP/1.1" %s i1'


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("- -", '"GET /pets/{id}', "200 512"), {"route": "/pets/{id}", "bytes_out": 512}),
        (
            ("AIDA ann", '"GET /pets/{id}', "200 512"),
            {"route": "/pets/{id}", "user": "ann", "bytes_out": 512},
        ),
        (
            ("- -", ' "GET ANY /pets/{proxy+}', "200 512"),
            {"route": "/pets/{proxy+}", "bytes_out": 512},
        ),
        (("- -", ' "GET $default', "502 -"), {"status": 502}),
        (("- -", ' "GET -', "404 23"), {"status": 404, "bytes_out": 23}),
    ],
)
def test_text_of_amazon_api_gateway(parts: tuple[str, ...], expected: dict[str, Any]) -> None:
    line = AMAZON_LINE % parts
    assert detect([line.encode()] * 9, ParsingConfig()) == "api_gateway_clf"
    for whole in (line, f"{line} x1="):
        found = row(whole, "api_gateway_clf")
        assert found.pop("occurred_at").isoformat() == "2026-01-01T10:00:00+00:00"
        extras = json.loads(found.pop("extras", "{}"))
        assert extras.get("aws.extended_request_id") == ("x1=" if whole is not line else None)
        assert found == {
            "offset": 0, "client_ip": "192.0.2.7", "utc_offset_minutes": 0, "method": "GET",
            "status": 200, "protocol": "HTTP/1.1", "request_id": "i1",
        } | expected  # fmt: skip


def test_lines_of_apache_with_a_blank_in_a_path_stay_its_own() -> None:
    line = '192.0.2.7 - - [01/Jan/2026:10:00:00 +0000] "GET /a%s HTTP/1.1" 200 5 i1'
    lines = [(line % ("" if at % 5 else " /b")).encode() for at in range(50)]
    assert detect(lines, ParsingConfig()) == "common"
    assert row(lines[0], "common")["path"] == "/a /b"
    for path in ("/a /b", "/a b", "http://e.org/a b"):
        one = line.replace("/a%s", path).encode()
        assert detect([one], ParsingConfig()) == "common"
        (bad,) = parse(one, "api_gateway_clf").bad
        assert bad.reason == "not of the format api_gateway_clf"


def test_keys_of_ones_own_that_amazon_has_too_stay_with_their_format() -> None:
    record = {
        "time": "2026-01-01T10:00:00Z", "requestId": "i1", "requestTime": "0.003", "status": 200,
        "path": "/a", "httpMethod": "GET",
    }  # fmt: skip
    line = json.dumps(record)
    assert detect([line.encode()], ParsingConfig()) == "nginx_json"
    assert row(line, "nginx_json")["occurred_at"].year == 2026
