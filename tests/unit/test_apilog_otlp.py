"""OTLP's JSON: many log records in a line, each with an offset of its own."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources import ApiLogEventSource, ConfigError
from sources.api_log.detection import create_parser, detect
from sources.api_log.events import request_events
from sources.api_log.parsing import LONGEST_LINE, NOT_A_REQUEST
from sources.api_log.settings import ParsingConfig
from tests.support.access_logs import Reader, Service, SmallBatches
from tests.support.api_logs import listed, parse, row, rows
from tests.support.otlp import START, attributes_of, group, line, record, requests

LONGEST = 1 << 24


def reader_of(
    service: Service, form: str = "otel", source: type[ApiLogEventSource] = SmallBatches
) -> Reader:
    reader = Reader(str(service.log), source)
    reader.config["format"] = form
    return reader


def paths(data: bytes, **config: Any) -> list[str]:
    return listed(parse(data, "otel", **config).table["path"])


FULL = {
    "http.request.method": "_OTHER",
    "http.request.method_original": "PURGE",
    "url.path": "/v1/users/7",
    "url.query": "a=1&token=s3cret",
    "url.scheme": "https",
    "http.route": "/v1/users/{user}",
    "http.response.status_code": 503,
    "http.response.body.size": 12,
    "http.request.body.size": 7,
    "http.server.request.duration": 0.000045,
    "network.protocol.version": "2",
    "client.address": "192.0.2.7",
    "server.address": "WWW.example.org",
    "user_agent.original": "curl/8",
    "http.request.header.referer": ["https://example.org/"],
    "http.request.header.x-request-id": ["id1", "id2"],
    "enduser.id": "ann",
}
READ = {
    "method": "PURGE",
    "path": "/v1/users/7",
    "query": "a=1&token=REDACTED",
    "route": "/v1/users/{user}",
    "status": 503,
    "bytes_out": 12,
    "bytes_in": 7,
    "duration_ms": 0.045,
    "protocol": "2",
    "client_ip": "192.0.2.7",
    "host": "www.example.org",
    "user_agent": "curl/8",
    "referrer": "https://example.org/",
    "request_id": "id1",
    "user": "ann",
    "trace_id": "5b8efff798038103d269b633813fc60c",
    "extras": '{"host.name":"web1","service.name":"shop","url.scheme":"https"}',
}


def test_a_record_with_everything() -> None:
    found = row(line(group([record("/", attributes=FULL)])), "otel")
    assert found.pop("occurred_at") == START
    assert found.pop("offset") > 0
    assert found == READ


def test_the_conventions_before_2023() -> None:
    attributes = {
        "http.method": "GET",
        "http.target": "/old?b=1",
        "http.status_code": 404,
        "http.flavor": "1.1",
        "http.user_agent": "curl/7",
        "http.response_content_length": 5,
        "http.request_content_length": 6,
        "net.host.name": "old.example.org",
        "net.sock.peer.addr": "192.0.2.8",
    }
    plain = record("/") | {"attributes": attributes_of(attributes)}
    found = row(line(group([plain], {})), "otel")
    assert {key: found.get(key) for key in ("path", "query", "status", "protocol")} == {
        "path": "/old",
        "query": "b=1",
        "status": 404,
        "protocol": "1.1",
    }
    assert (found["host"], found["client_ip"]) == ("old.example.org", "192.0.2.8")
    assert (found["bytes_out"], found["bytes_in"]) == (5, 6)
    assert "extras" not in found


def test_however_a_record_is_written_it_is_the_same_request() -> None:
    usual = line(group([record("/", attributes=FULL)]))
    numbers = usual.replace(b'{"intValue":"503"}', b'{"intValue":503}')
    numbers = numbers.replace(b'{"intValue":"12"}', b'{"intValue": 12}')
    numbers = numbers.replace(b'{"intValue":"7"}', b'{"intValue":7}')
    alone = usual.replace(b"PURGE", rb"PURGE\ud800")
    old = usual.replace(b"scopeLogs", b"instrumentationLibraryLogs")
    spaced = json.dumps(json.loads(usual)).replace('{"res', '{ "res', 1).encode()
    prefixed = b'web-1 | [x] "y" ' + usual
    for data in (usual, numbers, alone, old, spaced, prefixed):
        (found,) = rows(parse(data, "otel"))
        assert found.pop("occurred_at") == START
        assert found["method"].startswith("PURGE") or data is alone
        offset = data.index(b'{"timeUnixNano"' if data is not spaced else b'{"timeUnixNano":')
        assert found.pop("offset") == offset
        assert found | {"method": "PURGE"} == READ


def test_numbers_of_any_kind_may_stand_under_one_key() -> None:
    sizes = [1, 2.5, "3", True, None, 4]
    records = []
    for size in sizes:
        given = {} if size is None else {"http.server.request.duration": size}
        records.append(record("/", attributes=given))
    parsed = parse(line(group(records)), "otel")
    assert not parsed.bad
    assert listed(parsed.table["duration_ms"]) == [1000, 2500, 3000, None, None, 4000]
    kept = [json.loads(extras).get("duration") for extras in listed(parsed.table["extras"])]
    assert kept == [None, None, None, "true", None, None]
    twice = parse(line(group(records[:2] * 100)), "otel")
    assert listed(twice.table["duration_ms"]) == [1000, 2500] * 100
    texts = parse(line(group([records[0], records[2]] * 100)), "otel")
    assert listed(texts.table["duration_ms"]) == [1000, 3000] * 100
    flags = record("/", attributes={"http.route": True})
    (found,) = rows(parse(line(group([flags])), "otel"))
    assert found["route"] == "true"


def test_of_equal_keys_the_first_counts_and_a_time_of_nothing_is_none() -> None:
    twice = record("/first")
    twice["attributes"] += attributes_of({"url.path": "/second"})
    unset = record("/later") | {"timeUnixNano": "0", "observedTimeUnixNano": twice["timeUnixNano"]}
    never = record("/never") | {"timeUnixNano": 0}
    for several in ([twice, unset], [twice, unset] * 100):
        parsed = parse(line(group([*several, never])), "otel")
        assert set(listed(parsed.table["path"])) == {"/first", "/later"}
        assert set(listed(parsed.table["occurred_at"])) == {START}
        assert [bad.reason for bad in parsed.bad] == ["its time cannot be read"]


def test_records_have_the_attributes_of_their_own_resource() -> None:
    data = line(
        group([record("/1"), record("/2")], {"service.name": "a"}),
        {"scopeLogs": [{"logRecords": [record("/3")]}]},
        group([], {"service.name": "none"}),
        group([record("/4")], {"service.name": "b", "service.instance.id": "b-0"}),
    )
    parsed = parse(data, "otel")
    assert listed(parsed.table["path"]) == ["/1", "/2", "/3", "/4"]
    assert listed(parsed.table["extras"]) == [
        '{"service.name":"a"}',
        '{"service.name":"a"}',
        None,
        '{"service.instance.id":"b-0","service.name":"b"}',
    ]


def test_keys_of_ones_own() -> None:
    fields = {
        "user": "attributes.shop.customer",
        "region": "resource.attributes.cloud.region",
        "level": "severityText",
        "upstream": "body.upstream.name",
    }
    body = {"upstream": {"name": "api-1"}}
    told = record("/", attributes={"shop.customer": "ann"}) | {
        "body": {"kvlistValue": {"values": attributes_of(body)}}
    }
    found = row(line(group([told], {"cloud.region": "eu"})), "otel", fields=fields)
    assert (found["user"], found["upstream"]) == ("ann", "api-1")
    assert json.loads(found["extras"]) == {"level": "INFO", "region": "eu"}
    del fields["upstream"]
    found = row(line(group([told], {"cloud.region": "eu"})), "otel", fields=fields)
    assert (found["user"], found.get("upstream")) == ("ann", None)


def test_each_record_is_named_by_the_place_of_its_own_bytes() -> None:
    single = json.dumps({"timeUnixNano": "1714558272000000000", "http.method": "GET"}).encode()
    data = single + b"\n" + requests(range(3)) + b"\n" + requests(range(3, 5)) + single
    parsed = parse(data, "otel")
    assert parsed.skipped == 1
    offsets = listed(parsed.table["offset"])
    assert offsets == sorted(set(offsets))
    assert offsets[0] == 0
    decoder = json.JSONDecoder()
    times = [decoder.raw_decode(data.decode(), at)[0]["timeUnixNano"] for at in offsets]
    moments = listed(parsed.table["occurred_at"])
    assert [f"{moment.timestamp():.0f}000000000" for moment in moments] == times
    ids = listed(request_events(parsed.table, source_id="web", identity="f00d")["event_id"])
    # the id of a line that is a record is what it was before lines could hold many
    assert ids[0] == "e30a083d-7598-89ed-bc00-000000000000"
    assert len(set(ids)) == 7


def test_the_good_records_of_a_line_are_kept() -> None:
    log = record("/x") | {"attributes": attributes_of({"exception.type": "KeyError"})}
    wrong = record("/y") | {"timeUnixNano": "yesterday"}
    long = record("/z", attributes={"x": "y" * LONGEST_LINE})
    data = requests(range(2)) + line(group([record("/1"), log, record("/2"), wrong, long]))
    parsed = parse(data, "otel")
    assert listed(parsed.table["path"]) == ["/0", "/1", "/1", "/2"]
    begin = data.index(b"\n") + 1
    assert [(bad.reason, bad.within, bad.number) for bad in parsed.bad] == [
        (NOT_A_REQUEST, begin, 2),
        ("its time cannot be read", begin, 4),
        (f"longer than {LONGEST_LINE} bytes", begin, 5),
    ]
    for bad in parsed.bad[:2]:
        whole = data[bad.offset : bad.offset + bad.length]
        assert bad.raw == whole
        assert json.loads(whole) in (log, wrong)


def test_a_record_that_is_no_json_leaves_the_others_alone() -> None:
    data = requests(range(100)).replace(b'"severityNumber":9', b'"severityNumber":nine', 1)
    parsed = parse(data, "otel")
    assert listed(parsed.table["path"]) == [f"/{number}" for number in range(1, 100)]
    (bad,) = parsed.bad
    assert (bad.reason, bad.within, bad.number) == ("no JSON object", 0, 1)
    assert bad.raw.startswith(b'{"timeUnixNano"')


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (requests(range(3))[:-9], "no JSON object"),
        (requests(range(3)).replace(b"scopeLogs", b'scope"Logs'), "no JSON object"),
        (b'{"resourceLogs":7}', "no JSON object"),
        (b'{"resourceLogs"', "no JSON object"),
        (b'{"resourceLogs":[{', "no JSON object"),
        (line(group([None])), "a log record in it is no object"),
        (line(group([3, "x", [{}]])), "a log record in it is no object"),
    ],
)
def test_a_line_that_is_broken_is_one_bad_line(broken: bytes, reason: str) -> None:
    data = requests(range(2)) + broken.removesuffix(b"\n") + b"\n" + requests(range(2, 4))
    parsed = parse(data, "otel")
    assert listed(parsed.table["path"]) == ["/0", "/1", "/2", "/3"]
    (bad,) = parsed.bad
    assert (bad.offset, bad.within, bad.reason) == (data.index(b"\n") + 1, None, reason)
    assert parsed.skipped == 0


@pytest.mark.parametrize(
    "empty",
    [
        b'{"resourceLogs":[]}',
        b'{"resourceLogs":null}',
        b'{"resourceLogs":[null,{"scopeLogs":null},{"scopeLogs":[{"logRecords":[]}]}]}',
        line(group([])),
    ],
)
def test_a_line_without_records_is_skipped(empty: bytes) -> None:
    parsed = parse(empty, "otel")
    assert (parsed.table.num_rows, list(parsed.bad), parsed.skipped) == (0, [], 1)


def test_what_is_no_member_of_a_request_is_left_alone() -> None:
    document = json.loads(requests(range(2)))
    document["resourceLogs"][0]["scopeLogs"][0]["later"] = [{"a": [{"b": 1}]}, {}]
    document["resourceLogs"][0]["resource"]["entityRefs"] = [{"type": "host", "idKeys": ["a"]}]
    assert paths(json.dumps(document).encode()) == ["/0", "/1"]
    found = parse(b'{"resourceLogsX":1}\n{"note":"resourceLogs"}\nno {\n', "otel")
    assert [bad.within for bad in found.bad] == [None] * 3


_TEXTS = st.text(st.sampled_from('{}[]",:\\/é\ud83d\ude00 logRecords'), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=4), min_size=1, max_size=4),
    st.booleans(),
    st.integers(0, 1 << 40),
)
def test_no_text_hides_a_record(
    groups: list[list[tuple[str, str]]],
    escaped: bool,  # noqa: FBT001
    first: int,
) -> None:
    requested = [
        [
            record("/p", body={"stringValue": body}, attributes={"user.name": f"u{user}"})
            for body, user in texts
        ]
        for texts in groups
    ]
    whole = [
        group(records, {text: text for text, _ in texts[:1]})
        for records, texts in zip(requested, groups, strict=True)
    ]
    text = json.dumps({"resourceLogs": whole}, ensure_ascii=escaped)
    data = text.encode("utf-8", "surrogatepass")
    parsed = create_parser(ParsingConfig(format="otel", redact=())).parse(
        data + b"\r\n" + data, first
    )
    expected = [item for records in requested for item in records]
    assert not parsed.bad
    assert parsed.table.num_rows == 2 * len(expected)
    assert parsed.skipped == (0 if expected else 2)
    decoder = json.JSONDecoder()
    both = (data + b"\r\n" + data).decode("utf-8", "surrogatepass")
    raw = both.encode("utf-8", "surrogatepass")
    for offset, item in zip(listed(parsed.table["offset"]), expected * 2, strict=True):
        rest = raw[offset - first :].decode("utf-8", "surrogatepass")
        assert decoder.raw_decode(rest)[0] == item


def test_a_line_of_one_record_that_is_of_no_request() -> None:
    lines = [
        '{"timeUnixNano":"1714558272000000000","attributes":{"exception.type":"KeyError"}}',
        '{"timeUnixNano":"1714558272000000000","attributes":{"http.status_code":200}}',
    ]
    parsed = parse("\n".join(lines), "otel")
    assert listed(parsed.table["status"]) == [200]
    assert [bad.reason for bad in parsed.bad] == [NOT_A_REQUEST]
    parsed = parse('{"time":1714558272,"body":"GET /"}', "otel", fields={"request": "body"})
    assert listed(parsed.table["path"]) == ["/"]


def test_a_compressed_message_of_the_exporter_is_refused(tmp_path: Path) -> None:
    service = Service(tmp_path, "otel.json")
    packed = pa.compress(requests(range(50)), codec="zstd", asbytes=True)
    service.write(len(packed).to_bytes(4, "big") + packed)
    with pytest.raises(ConfigError):
        reader_of(service).tick()


def test_no_secret_is_left_in_a_bad_record() -> None:
    attributes = {
        "http.request.header.cookie": ["sid=s3cret", 'x="s3cret\\'],
        "http.request.header.authorization": "Bearer s3cret-token",
        "http.request.header.x-api-key": ["s3cret"],
        "http.response.header.set-cookie": {"a": {"b": "s3cret"}},
        "url.query": "token=s3cret&a=1",
        "client.address": "192.0.2.7",
    }
    untimed = record("/", attributes=attributes) | {"timeUnixNano": "yesterday"}
    parsed = parse(line(group([untimed])), "otel")
    (bad,) = parsed.bad
    assert b"s3cret" not in bad.raw
    assert bad.raw.count(b"REDACTED") == 5
    cut = record("/") | {"attributes": attributes_of({"cookie": "s3cret" * 4_000})}
    (bad,) = parse(line(group([cut])), "otel").bad
    assert b"s3cret" not in bad.raw
    hidden = parse(line(group([untimed])), "otel", client_address="truncate")
    assert b"192.0.2.7" not in hidden.bad[0].raw


def test_the_format_is_told_by_the_records() -> None:
    log = record("/") | {"attributes": attributes_of({"exception.type": "KeyError"})}
    lines = [line(group([log] * 5)), requests(range(3))]
    assert detect(lines, ParsingConfig()) == "otel"
    assert detect(lines, ParsingConfig(format="json")) == "otel"


def test_a_long_line_is_read_whole_and_an_endless_one_is_not(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = reader_of(service, "auto", ApiLogEventSource)
    many = requests(range(1_000))
    assert len(many) > 3 * LONGEST_LINE
    service.write(many)
    assert reader.tick() == 1_000
    service.write(many[:250_000])
    assert reader.tick() == 0
    service.write(many[250_000:])
    assert reader.tick() == 1_000
    assert not reader.bad
    assert len(set(reader.ids)) == 2_000
    service.write(line(group([record("/x", body={"stringValue": "x" * LONGEST})])))
    service.write(requests(range(2)))
    assert reader.tick() == 2
    (bad,) = reader.bad
    assert bad.reason == f"longer than {LONGEST} bytes"
    assert len(bad.raw) <= 8_192
    fresh = reader.again()
    assert (fresh.ids, fresh.bad) == (reader.ids, reader.bad)


def test_a_rotated_file_goes_on_and_its_windows_hold_their_own(tmp_path: Path) -> None:
    service = Service(tmp_path, "otel.json")
    reader = reader_of(service)
    hour = timedelta(hours=1)
    service.write(requests(range(10), hour))
    assert reader.tick() == 10
    service.write(requests(range(10, 30), hour))
    service.log.rename(tmp_path / "otel-2024-02-27T01-02-03.173.json")
    service.log.touch()
    service.write(requests(range(30, 40), hour))
    assert reader.tick() == 30
    assert reader.counts == {f"/{number}": 1 for number in range(40)}
    day = START.replace(hour=0) + timedelta(days=1)
    held = reader.window(day, day + timedelta(days=1))
    assert [event.event_id for event in held] == reader.ids[12:36]


def test_bad_records_are_read_again_by_their_place(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = reader_of(service)
    wrong = record("/bad") | {"timeUnixNano": "yesterday"}
    service.write(requests(range(2)) + line(group([record("/2"), wrong, record("/3")])))
    assert reader.tick() == 4
    (bad,) = reader.bad
    begin = len(requests(range(2)))
    assert bad.locator.endswith(f"{service.log} record 2 of the line at {begin}")
    (batch,) = reader.reread([bad.locator])
    assert (batch.events.num_rows, batch.quarantined) == (0, (bad,))
    reader.config["fields"] = {"time": "attributes.none", "level": "severityText"}
    stream, offset = bad.locator.split(" ")[0].split(":")
    assert int(offset) > begin
    (batch,) = reader.reread([f"{stream}:{offset}"])
    assert batch.quarantined == (bad,)
