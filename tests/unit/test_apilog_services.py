"""Lines that web frameworks write by themselves, without a server in front of them."""

import json
from typing import Any

from sources.api_log.detection import detect
from sources.api_log.settings import ParsingConfig
from tests.support.api_logs import listed, parse, row, rows

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
