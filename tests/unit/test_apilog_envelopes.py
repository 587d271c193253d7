"""Lines inside of what containers and syslog put around them."""

import json

import pytest

from sources.api_log.detection import detect
from sources.api_log.settings import ParsingConfig
from tests.support.api_logs import listed, parse, row, rows

PLAIN = '192.0.2.7 - ann [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 5 "-" "curl/8"'
JSON = '{"time":"2000-10-10T20:55:36Z","status":200,"method":"GET","path":"/a"}'
DOCKER = json.dumps({"log": PLAIN + "\n", "stream": "stdout", "time": "2000-10-10T20:55:37Z"})

PREFIXES = {
    "syslog": "Oct  1 20:55:37 web1 nginx: ",
    "syslog of a process": "<190>Oct 10 20:55:37 web1 nginx[17]: ",
    "syslog without a host": "<190>Oct 10 20:55:37 nginx[17]: ",
    "syslog with the time of RFC 3339": "2000-10-10T20:55:37.001+00:00 web1 nginx[17]: ",
    "syslog of RFC 5424": "<190>1 2000-10-10T20:55:37.001Z web1 nginx 17 - - ",
    "the same with data": '<190>1 2000-10-10T20:55:37Z web1 nginx 17 id [a@1 b="c"][d@2] ',
    "the journal": "2000-10-10T22:55:37.001+0200 web1 nginx[17]: ",
    "containerd": "2000-10-10T20:55:37.000000001Z stdout F ",
    "Docker Compose": "nginx-1  | ",
    "Docker Compose, in colours": "\x1b[36mnginx-1  |\x1b[0m ",
    "Docker Compose, in colours from version 2 on": "\x1b[36mnginx-1  | \x1b[0m",
    "the same with times": "\x1b[36mnginx-1  | \x1b[0m2000-10-10T20:55:37.000000001Z ",
    "Docker or kubectl, with times": "2000-10-10T20:55:37.000000001Z ",
    "Docker Compose, with times": "\x1b[2Knginx-1  | 2000-10-10T20:55:37.000000001Z ",
    "kubectl": "[pod/web-1/nginx] ",
    "kubectl, with times": "[pod/web-1/nginx] 2000-10-10T20:55:37.000000001Z ",
}


@pytest.mark.parametrize("name", sorted(PREFIXES))
def test_a_prefix_is_taken_off(name: str) -> None:
    line = PREFIXES[name] + PLAIN
    assert detect([line.encode()] * 3, ParsingConfig()) == "combined"
    assert row(line) == row(PLAIN)
    assert row(PREFIXES[name] + JSON, "nginx_json") == row(JSON, "nginx_json")


def test_what_docker_wrote_is_unpacked_and_keeps_its_place() -> None:
    empty = json.dumps({"log": "\n", "stream": "stdout"})
    wrong = json.dumps({"log": "no request ?token=s3cret\n"})
    broken = '{"log":17}'
    block = "".join(f"{text}\n" for text in (DOCKER, empty, PLAIN, wrong, broken, DOCKER))
    parsed = parse(block)
    at = [block.index(text) for text in (DOCKER, PLAIN)] + [block.rindex(DOCKER)]
    assert listed(parsed.table["offset"]) == at
    assert (parsed.skipped, len(parsed.bad)) == (1, 2)
    assert [(bad.offset, bad.length) for bad in parsed.bad] == [
        (block.index(text), len(text)) for text in (wrong, broken)
    ]
    assert b"s3cret" not in parsed.bad[0].raw
    assert parsed.bad[0].raw.startswith(b'{"log": "no request ?token=REDACTED')
    packed = json.dumps({"log": JSON + "\n", "stream": "stdout"}, separators=(",", ":"))
    assert detect([packed.encode()] * 3, ParsingConfig()) == "nginx_json"
    assert row(packed, "nginx_json") == row(JSON, "nginx_json")


def test_a_format_string_may_say_what_stands_before() -> None:
    line = (
        PREFIXES["syslog of a process"] + '192.0.2.7 [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0"'
    )
    for form in ('%h %t "%r"', '<190>%^ nginx[%^]: %h [%d:%t %^] "%r"'):
        found = row(
            line, form, **({"date_format": "%d/%b/%Y", "time_format": "%T"} if "%^" in form else {})
        )
        assert (found["client_ip"], found["path"]) == ("192.0.2.7", "/")
        assert found["occurred_at"].timestamp() == 971211336


def test_names_of_hosts_are_no_prefix() -> None:
    lines = [f"{host} {PLAIN}" for host in ("web1", "Oct", "2000-10-10", "a|b")]
    found = rows(parse("\n".join(lines), "vhost_combined"))
    assert [item["host"] for item in found] == ["web1", "oct", "2000-10-10", "a|b"]


def test_marks_before_a_line_are_no_part_of_it() -> None:
    for mark in (b"\xef\xbb\xbf", b"\0" * 200):
        block = mark + PLAIN.encode() + b"\n" + mark + PREFIXES["syslog"].encode() + PLAIN.encode()
        parsed = parse(block)
        assert listed(parsed.table["client_ip"]) == ["192.0.2.7"] * 2
        assert listed(parsed.table["offset"]) == [0, len(mark + PLAIN.encode()) + 1]
    header = b"\xef\xbb\xbf#Fields: date time c-ip\n2000-10-10 20:55:36 192.0.2.7"
    assert detect(header.splitlines(), ParsingConfig()) == "iis"
    parsed = parse(header, "iis")
    assert (parsed.table.num_rows, parsed.skipped, parsed.bad) == (1, 1, [])


def test_records_of_opentelemetry_keep_places_of_their_own_within_an_envelope() -> None:
    record = {
        "timeUnixNano": "971211336000000000",
        "attributes": [
            {"key": "http.request.method", "value": {"stringValue": "GET"}},
            {"key": "url.path", "value": {"stringValue": "/a"}},
            {"key": "http.response.status_code", "value": {"intValue": "200"}},
        ],
    }
    broken = {"attributes": record["attributes"]}
    logs = [record, broken, record]
    line = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]})
    plain = parse(line, "otel")
    assert (plain.table.num_rows, len(plain.bad)) == (2, 1)
    for around in (PREFIXES["containerd"] + line, json.dumps({"log": line + "\n"})):
        block = f"{PLAIN}\n{around}\n"
        found = parse(block, "otel")
        places = [*listed(found.table["offset"]), found.bad[-1].offset]
        assert len(set(places)) == 3
        begin = block.index(around)
        assert all(begin <= place < begin + len(around) for place in places)
        assert [bad.within for bad in found.bad] == [None, begin]


def test_marks_alone_are_a_bad_line() -> None:
    for mark in (b"\0", b"\0\0\n", b"\xef\xbb\xbf"):
        assert len(parse(mark).bad) == 1


def test_a_time_of_the_lines_own_is_left_to_it() -> None:
    line = (
        "2015-05-13T23:39:43.945958Z lb1 192.0.2.7:2817 10.0.0.1:80 0.1 0.1 0.1 200 200 0 29"
        ' "GET http://example.org:80/ HTTP/1.1" "curl/8" - -'
    )
    assert detect([line.encode()] * 3, ParsingConfig()) == "elb"
    assert row(line, "elb")["path"] == "/"


def test_a_time_is_left_to_a_format_that_somebody_wrote() -> None:
    line = "2024-05-01T10:00:00.5Z " + PLAIN
    form = r'(?P<stamp>\S+) (?P<client_ip>\S+) .*?\[(?P<time>[^\]]+)\] "(?P<request>[^"]*)"'
    found = row(line, form)
    assert found["client_ip"] == "192.0.2.7"
    assert json.loads(found["extras"])["stamp"] == "2024-05-01T10:00:00.5Z"
