"""Requests as events: ids, attributes, routes, agents, outcomes."""

import json
import re
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.api_log.agents import agent_members
from sources.api_log.event_ids import event_ids
from sources.api_log.events import request_events
from sources.api_log.json_text import json_member, json_objects
from sources.api_log.routes import Routes
from sources.batch import BATCH_SCHEMA, EventBatch
from sources.event import canonical_json, table_events
from tests.support.api_logs import combined_log, listed, parse

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
keys = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=5)
CANONICAL = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


def events(text: str, **settings: Any) -> list[dict[str, Any]]:
    table = request_events(parse(text, **settings).table, source_id="web", identity="f")
    assert EventBatch(events=table, cursor=None).events.schema == BATCH_SCHEMA
    return table.to_pylist()


def line(target: str = "/", status: str = "200", *, user: str = "-", agent: str = "-") -> str:
    moment = "10/Oct/2000:23:55:36 -0700"
    return f'192.0.2.7 - {user} [{moment}] "GET {target} HTTP/1.0" {status} 5 "-" "{agent}"'


@given(
    st.lists(st.integers(0, (1 << 58) - 1), max_size=20, unique=True),
    st.tuples(texts, texts, texts),
    st.tuples(texts, texts, texts),
)
def test_ids_are_unique_canonical_and_in_order(
    offsets: list[int], names: tuple[str, str, str], others: tuple[str, str, str]
) -> None:
    ids = listed(event_ids(*names, np.array(offsets, np.uint64)))
    assert len(set(ids)) == len(offsets)
    for text in ids:
        assert CANONICAL.match(text)
        assert str(UUID(text)) == text
        assert (UUID(text).version, UUID(text).variant) == (8, "specified in RFC 4122")
    assert [UUID(text).int & ((1 << 58) - 1) for text in ids] == offsets
    ordered = event_ids(*names, pa.array(sorted(offsets), pa.uint64())).to_pylist()
    assert ordered == sorted(ids)
    if names != others:
        assert not set(ids) & set(event_ids(*others, np.array(offsets, np.uint64)).to_pylist())


def test_ids_know_the_end_of_a_file() -> None:
    with pytest.raises(ValueError, match="58"):
        event_ids("a", "b", "c", np.array([1 << 58], np.uint64))
    assert event_ids("a", "b", "c", np.array([], np.uint64)).to_pylist() == []


@given(
    st.lists(keys, min_size=1, max_size=5, unique=True),
    st.lists(st.lists(texts | st.integers(0, 99) | st.none(), min_size=5, max_size=5), max_size=4),
)
def test_objects_are_canonical_json(names: list[str], items: list[list[Any]]) -> None:
    members = {}
    expected: list[dict[str, Any]] = [{} for _ in items]
    for place, name in enumerate(names):
        values = [item[place] for item in items]
        is_text = place % 2 == 0
        kept = [value if isinstance(value, str if is_text else int) else None for value in values]
        column = pa.array(kept, pa.string() if is_text else pa.int64())
        members[name] = json_member(name, column)
        for row, value in zip(expected, kept, strict=True):
            if value is not None:
                row[name] = value
    ordered = [members[name] for name in sorted(members)]
    found = json_objects(ordered, rows=len(items)).to_pylist()
    assert found == [canonical_json(row) for row in expected]


def test_a_request_is_an_event() -> None:
    (event,) = events(line("/users/4711?a=1", user="ann", agent="curl/8.5.0"))
    attributes = json.loads(event.pop("attributes"))
    assert {key: value for key, value in event.items() if value is not None} == {
        "event_id": event_ids("web", "http.request", "f", np.array([0], np.uint64))[0].as_py(),
        "source_id": "web",
        "source_type": "api_log",
        "kind": "http.request",
        "occurred_at": event["occurred_at"],
        "utc_offset_minutes": -420,
        "session_id": "192.0.2.7/2000-10-11",
        "actor": "ann",
        "actor_key": "192.0.2.7",
        "subject": "GET /users/4711",
        "title": "GET /users/4711 200",
        "outcome": "success",
        "refs": [],
    }
    assert attributes == {
        "client.address": "192.0.2.7",
        "http.request.method": "GET",
        "http.response.body.size": 5,
        "http.response.status_code": 200,
        "http.route": "/users/{id}",
        "network.protocol.version": "1.0",
        "url.path": "/users/4711",
        "url.query": "a=1",
        "user_agent.name": "curl",
        "user_agent.original": "curl/8.5.0",
        "user_agent.version": "8.5.0",
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("200", "success"), ("404", "success"), ("500", "failure"), ("599", "failure"), ("-", None)],
)
def test_outcomes(status: str, outcome: str | None) -> None:
    (event,) = events(line(status=status))
    assert event["outcome"] == outcome
    assert event["title"] == ("GET /" if status == "-" else f"GET / {status}")


def test_what_is_long_is_cut_and_what_is_malformed_has_a_name() -> None:
    (event,) = events(line("/" + "ä" * 5000, user="u" * 900))
    assert len(event["subject"]) == 260
    assert len(event["actor"]) == 200
    assert len(event["title"].encode()) < 2704
    (event,) = events(line().replace("GET / HTTP/1.0", r"\x16\x03").replace("192.0.2.7", "-"))
    assert (event["subject"], event["title"]) == ("malformed request", "malformed request 200")
    assert event["session_id"] == "unknown/2000-10-11"
    assert json.loads(event["attributes"])["extras"] == {"request": "\x16\x03"}


@pytest.mark.parametrize(("status", "name"), [(200, "request"), (408, "malformed request")])
def test_a_record_that_does_not_say_what_was_asked_is_no_malformed_request(
    status: int, name: str
) -> None:
    record = {"time": 1767261600123, "res": {"statusCode": status}, "responseTime": 1}
    table = parse(json.dumps(record), "pino").table
    (event,) = request_events(table, source_id="web", identity="f").to_pylist()
    assert (event["subject"], event["title"]) == (name, f"{name} {status}")


def test_l6_equal_lines_are_separate_events() -> None:
    found = events("\n".join([line()] * 3))
    assert len({event["event_id"] for event in found}) == 3
    again = events("\n".join([line()] * 3))
    assert [event["event_id"] for event in found] == [event["event_id"] for event in again]


def test_columns_become_the_events_that_rows_would() -> None:
    parsed = parse(combined_log(200))
    table = request_events(parsed.table, source_id="web", identity="f")
    assert table_events(table)[7].subject == table["subject"][7].as_py()
    assert table["digest"].null_count == table.num_rows == 200
    empty = request_events(parsed.table.slice(0, 0), source_id="web", identity="f")
    assert empty.num_rows == 0


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/users/4711", "/users/{id}"),
        ("/users/4711/12/", "/users/{id}/{id}/"),
        ("/o/6f1b2c3d-0000-4000-8000-00805f9b34fb", "/o/{uuid}"),
        ("/c/0a1b2c3d4e", "/c/{hex}"),
        ("/c/0a1b2c", "/c/0a1b2c"),
        ("/day/2026-03-01/x", "/day/{date}/x"),
        ("/mail/ann@e.org", "/mail/{email}"),
        ("/v1/users", "/v1/users"),
        ("//double//1", "//double//{id}"),
        ("*", None),
        (None, None),
    ],
)
def test_inferred_routes(path: str | None, route: str | None) -> None:
    assert Routes().of(pa.array([path], pa.string())).to_pylist() == [route]


def test_routes_of_ones_own_come_first() -> None:
    routes = Routes(patterns=("/u/{name}", "/u/*/x", "/static/**"), infer=False)
    paths = ["/u/ann", "/u/ann/x", "/static/a/b.js", "/u/ann/y", "/u/a.b"]
    wanted = ["/u/{name}", "/u/*/x", "/static/**", None, "/u/{name}"]
    assert routes.of(pa.array(paths)).to_pylist() == wanted


def test_a_route_that_the_log_names_comes_before_an_inferred_one() -> None:
    text = "\n".join(
        json.dumps(
            {
                "timeUnixNano": "1714558272000000000",
                "attributes": {"url.path": path, "http.route": route, "http.method": "GET"},
            }
        )
        for path, route in (
            ("/v1/4711", "/v1/{order}"),
            ("/v1/4712", None),
            ("/v1/4713", ""),
            ("/own/1", "/not/{this}"),
            (None, "/only/{route}"),
            ("/long", "/x" * 200),
            ("/s", "/s?token=s3cret"),
        )
    )
    parsed = parse(text, "otel")
    routes = Routes(patterns=("/own/*",))
    table = request_events(parsed.table, source_id="web", identity="f", routes=routes)
    attributes = [json.loads(text) for text in listed(table["attributes"])]
    assert [item["http.route"] for item in attributes] == [
        "/v1/{order}",
        "/v1/{id}",
        "/v1/{id}",
        "/own/*",
        "/only/{route}",
        "/x" * 128,
        "/s?token=REDACTED",
    ]
    assert all("extras" not in item for item in attributes)


def test_agents() -> None:
    headers = [
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "x" * 100_000,
        None,
    ]
    written = json_objects([agent_members(pa.array(headers))], rows=len(headers))
    said = [json.loads(text) for text in written.to_pylist()]
    assert said[0] == {
        "user_agent.name": "Firefox",
        "user_agent.original": headers[0],
        "user_agent.os.name": "Linux",
        "user_agent.version": "128.0",
    }
    assert said[1]["user_agent.name"] == "Googlebot"
    assert said[1]["user_agent.synthetic.type"] == "bot"
    assert set(said[2]) == {"user_agent.original"}
    assert said[3] == {}
