"""Lines that servers write and that are easily taken for something else."""

import json
from typing import Any

import pytest

from sources.api_log.detection import detect
from sources.api_log.settings import ParsingConfig
from tests.support.api_logs import listed, parse, row

START = "192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "
ALB = (
    "h2 2018-07-02T22:23:00.186641Z app/shop/50dc {client} 10.0.0.1:80 0.000 0.001 0.000 200 200"
    ' 34 366 "GET https://e.org:443/a?b=1 HTTP/2.0" "curl/8" - TLSv1.3 arn:t "Root=1" "e.org"'
    ' "arn:c"'
)
S3 = (
    "79a b1 [06/Feb/2019:00:00:38 +0000] 192.0.2.7 arn:aws:sts::1:x/y 3E5 REST.GET.OBJECT k"
    ' "GET /b1/k HTTP/1.1" 200 - 113 9 7 6 "-" "S3Console/0.4" - id= SigV4 ECDHE AuthHeader'
    " b1.s3.amazonaws.com TLSv1.3"
)
ISTIO = (
    '[2020-11-25T21:26:18.409Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 135 4 4'
    ' "203.0.113.4,10.0.0.2" "curl/8" "id1" "e.org:8000" "10.44.1.27:80" outbound|80||e'
    " 10.44.1.23:37652 10.0.45.184:8000 {client} - default"
)
HAPROXY = (
    "<134>1 2009-02-06T12:14:14Z lb haproxy 1 - - {client} [06/Feb/2009:12:14:14.655] web~ app/s1"
    ' 0/0/0/0/+5 200 +9 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/2.0" 0/0/0/0/0 e.org/TLSv1.3/AES'
)


@pytest.mark.parametrize(
    ("written", "client"),
    [
        ("192.0.2.7:2817", "192.0.2.7"),
        ("[2001:db8::1]:2817", "2001:db8::1"),
        ("2001:db8::1:2817", "2001:db8::1"),
        ("::ffff:192.0.2.7:2817", "::ffff:192.0.2.7"),
    ],
)
def test_a_port_is_no_part_of_an_address(written: str, client: str) -> None:
    assert row(ALB.format(client=written), "alb")["client_ip"] == client
    found = row(HAPROXY.format(client=written), "haproxy_http", timezone="UTC")
    assert (found["client_ip"], found["duration_ms"], found["bytes_out"]) == (client, 5, 9)
    if written.startswith(("1", "[")):
        for line in (f"{written} {START[10:]}", f'"{written}, 10.0.0.1" {START[10:]}'):
            assert row(line + '"GET / HTTP/1.1" 200 5', "common")["client_ip"] == client
        record = {"time": 1, "status": 200, "path": "/", "client_ip": written}
        assert row(json.dumps(record), "nginx_json")["client_ip"] == client


def test_fields_that_load_balancers_have_added() -> None:
    line = ALB.format(client="192.0.2.7:1")
    line += ' 1 2018-07-02T22:22:48.364000Z "waf,forward" "-" "-"'
    assert json.loads(row(line, "alb")["extras"])["alb.actions"] == "waf,forward"
    line += ' "10.0.0.1:80" "200" "Ambiguous" "UndefinedTransferEncoding"'
    extras = json.loads(row(line, "alb")["extras"])
    assert extras["alb.classification_reason"] == "UndefinedTransferEncoding"
    extras = json.loads(row(line + ' TID_1 "m.e.org" "-" "TransformSuccess"', "alb")["extras"])
    assert (extras["alb.connection"], extras["alb.targets"]) == ("TID_1", "10.0.0.1:80")
    assert extras["tail"] == '"m.e.org" "-" "TransformSuccess"'
    assert "tail" not in json.loads(row(S3, "s3")["extras"])
    extras = json.loads(row(f"{S3} arn:p Yes", "s3")["extras"])
    assert (extras["s3.access_point"], extras["s3.acl_required"]) == ("arn:p", "Yes")


def test_the_client_of_envoy() -> None:
    found = row(ISTIO.format(client="10.44.1.23:46520"), "envoy_text")
    assert (found["client_ip"], found["host"]) == ("10.44.1.23", "e.org")
    assert json.loads(found["extras"])["forwarded"] == "203.0.113.4,10.0.0.2"
    plain = ISTIO.partition(" outbound")[0]
    assert row(plain, "envoy_text")["client_ip"] == "203.0.113.4"
    short = plain.replace(' via_upstream - "-"', "")
    assert row(short, "envoy_text")["client_ip"] == "203.0.113.4"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('"-" 400 0 "-" "-"', {"status": 400, "bytes_out": 0}),
        ('"" 408 - "-" "-"', {"status": 408}),
        ('"GET / HTTP/2.0" 499 0 "-" "-"', {"status": 499, "protocol": "HTTP/2.0"}),
        ('"GET / HTTP/1.1" 000 0 "-" "-"', {"method": "GET", "bytes_out": 0}),
        (r'"\x16\x03" 400 150 "-" "-"', {"extras": r'{"request":"\u0016\u0003"}'}),
        ('"PRI * HTTP/2.0" 405 1 "-" "a \\"b\\""', {"path": "*", "user_agent": 'a "b"'}),
        ('"CONNECT e.org:443 HTTP/1.1" 405 1 "-" "-"', {"path": "e.org:443"}),
    ],
)  # fmt: skip
def test_requests_that_are_hardly_any(rest: str, expected: dict[str, Any]) -> None:
    found = row(START + rest)
    assert {key: found.get(key) for key in expected} == expected
    assert ("method" in found) == ("HTTP" in rest)


@pytest.mark.parametrize(
    ("request_line", "path", "protocol"),
    [
        ("GET /a ", "/a", None),
        ("GET  /a  HTTP/1.1", "/a", "HTTP/1.1"),
        ("GET /a b HTTP/1.1", "/a b", "HTTP/1.1"),
        ("GET  ", None, None),
    ],
)
def test_spaces_around_a_target_are_none_of_it(
    request_line: str, path: str | None, protocol: str | None
) -> None:
    found = row(f'{START}"{request_line}" 200 5', "common")
    assert (found.get("path"), found.get("protocol")) == (path, protocol)
    assert ("extras" in found) == (path is None)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("CORP\\\\ann", "CORP\\ann"),
        ("ann bea", "ann bea"),
        ('""', None),
        ("-", None),
        ("a@b", "a@b"),
        (" - ", None),
        (" ann", "ann"),
    ],
)
def test_names_of_users(user: str, name: str | None) -> None:
    line = START.replace("- - [", f"- {user} [") + '"GET / HTTP/1.1" 200 5 "-" "-"'
    assert row(line).get("user") == name


def test_a_time_between_seconds() -> None:
    whole = f'{START}"GET / HTTP/1.1" 200 5'
    lines = [whole, whole.replace(":36 ", ":36.25 "), whole.replace(":36 ", ":36.000001 ")]
    parsed = parse("\n".join(lines), "common")
    moments = [moment.timestamp() for moment in listed(parsed.table["occurred_at"])]
    assert moments == [971211336, 971211336.25, 971211336.000001]
    assert listed(parsed.table["utc_offset_minutes"]) == [-420] * 3
    assert detect([lines[1].encode()], ParsingConfig()) == "common"


def test_json_of_caddy_with_other_forms_of_times_and_durations() -> None:
    record = {
        "request": {"remote_addr": "[2001:db8::1]:4", "method": "GET", "uri": "/", "host": "e.org"},
        "status": 200, "size": 5,
    }  # fmt: skip
    for moment, took, expected in (
        ("2000-10-10T13:55:36.000-0700", "1.5ms", 1.5),
        ("10/Oct/2000:13:55:36 -0700", "929µs", 0.929),
        ("2000/10/10 20:55:36", "1m2.5s", 62_500),
        (971211336.0, 0.25, 250),
    ):
        line = json.dumps(record | {"ts": moment, "duration": took})
        found = row(line, "caddy", timezone="UTC")
        assert found["occurred_at"].timestamp() == 971211336
        assert (found["duration_ms"], found["client_ip"]) == (expected, "2001:db8::1")


CADDY = {
    "ts": 1646861401.5,
    "request": {"remote_ip": "192.0.2.7", "method": "GET", "uri": "/a", "tls": {"version": 772}},
    "duration": 0.0012,
    "status": 502,
}


def test_only_what_caddy_logs_of_access_is_a_request() -> None:
    told: tuple[dict[str, str], ...] = (
        {"logger": "http.log.access.log0", "msg": "handled request"},
        {"logger": "http.log.access", "msg": "renamed"},
        {"msg": "handled request"},
        {},
        {"logger": "http.log.error", "msg": "dial tcp 10.0.0.3:80: connect: connection refused"},
        {"logger": "http.handlers.reverse_proxy", "msg": "upstream roundtrip"},
    )
    lines = "".join(json.dumps(names | CADDY) + "\n" for names in told)
    assert detect(lines.encode().splitlines(), ParsingConfig()) == "caddy"
    parsed = parse(lines, "caddy")
    assert [bad.reason for bad in parsed.bad] == ["no HTTP request"] * 2
    assert listed(parsed.table["tls"]) == ["TLSv1.3"] * 4


def test_a_record_is_told_from_a_request_whatever_stands_around_it() -> None:
    error = {"logger": "http.log.error", "msg": "dial tcp", "user_id": "ada"}
    records = [*[{}] * 7, error, {"user_id": "ada"}, *[{}] * 1_500]
    parsed = parse("".join(json.dumps(names | CADDY) + "\n" for names in records), "caddy")
    assert [bad.reason for bad in parsed.bad] == ["no HTTP request"]
    assert parsed.table.num_rows == len(records) - 1


def test_a_format_of_ones_own_may_log_no_request() -> None:
    form = '$remote_addr [$time_local] $host $status $upstream_addr "$http_user_agent"'
    found = row(f'192.0.2.7 {START[14:-1]} example.org - 10.0.0.1:80 "curl/8"', form)
    assert found["upstream"] == "10.0.0.1:80"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (4865, "TLS_AES_128_GCM_SHA256"),
        (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("4867", "TLS_CHACHA20_POLY1305_SHA256"),
        (1, "1"),
        ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    ],
)
def test_what_caddy_numbers_of_tls_has_its_name(number: int | str, name: str) -> None:
    asked = CADDY["request"] | {"tls": {"version": 771, "cipher_suite": number}}  # type: ignore[operator]
    found = row(json.dumps(CADDY | {"request": asked}), "caddy")
    assert (found["tls"], json.loads(found["extras"])) == ("TLSv1.2", {"tls.cipher": name})


@pytest.mark.parametrize(
    ("form", "separator", "written"),
    [
        ("iis", " ", "203.0.113.4,+10.0.0.2"),
        ("iis", " ", '"203.0.113.4, 10.0.0.2"'),
        ("cloudfront", "\t", "203.0.113.4,%2010.0.0.2"),
    ],
)
def test_blanks_in_a_list_of_proxies_are_blanks(form: str, separator: str, written: str) -> None:
    header = "#Fields: date time c-ip cs-method cs-uri-stem sc-status x-forwarded-for\n"
    line = separator.join(f"2024-01-01 00:00:00 192.0.2.7 GET /a+b 200 {written}".split(" ", 6))
    found = row(header + line, form)
    assert (found["client_ip"], found["path"], found["status"]) == ("192.0.2.7", "/a+b", 200)
    assert json.loads(found["extras"]) == {"forwarded": "203.0.113.4, 10.0.0.2"}
    assert "extras" not in row(header + line, form, client_address="truncate")


def test_json_and_live_lines_of_cloudfront() -> None:
    record = {
        "date": "2000-10-10", "time": "20:55:36", "x-edge-location": "FRA", "sc-bytes": "5",
        "c-ip": "192.0.2.7", "cs-method": "GET", "cs(Host)": "d1.cloudfront.net",
        "cs-uri-stem": "/a", "cs-uri-query": "token=s3", "sc-status": "200", "cs(Referer)": "-",
        "cs(User-Agent)": "a%20b", "time-taken": "0.002", "cs(Cookie)": "s3",
    }  # fmt: skip
    line = json.dumps(record)
    assert detect([line.encode()], ParsingConfig()) == "cloudfront_json"
    live = "#Fields: timestamp c-ip sc-status sc-bytes cs-method cs-uri-stem time-taken"
    live += " cs-user-agent cs-uri-query x-edge-location"
    values = "971211336.000 192.0.2.7 200 5 GET /a 0.002 a%20b token=s3 FRA"
    for found in (row(line, "cloudfront_json"), row(values.replace(" ", "\t"), live)):
        assert found["occurred_at"].timestamp() == 971211336
        assert (found["client_ip"], found["path"], found["duration_ms"]) == ("192.0.2.7", "/a", 2)
        assert (found["user_agent"], found["query"]) == ("a b", "token=REDACTED")
        assert "s3" not in found["extras"]


def test_l11_json_of_nginx_that_is_none() -> None:
    line = (
        '{"msec":971211336.000,"status":200,"request":"GET / HTTP/1.1","http_user_agent":"a \\x22b'
    )
    line += '\\x22 \\xC3\\xA9","upstream_status":-,"request_time":,"http_referer":"\\\\x"}'
    found = row(line, "nginx_json")
    assert (found["user_agent"], found["referrer"]) == ('a "b" é', "\\x")
    assert detect([line.encode()], ParsingConfig()) == "nginx_json"


def test_w3c_lines_with_more_words_than_fields_are_not_guessed_at() -> None:
    header = "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent) x-note"
    good = "2000-10-10 20:55:36 192.0.2.7 GET /a 200 Mozilla/5.0+(X11) -"
    parsed = parse(f"{header}\n{good}\n{good.replace('+', ' ')}\n{good} more\n", "iis")
    assert (parsed.table.num_rows, len(parsed.bad), parsed.skipped) == (1, 2, 1)
    tabbed = f"{header}\n{good}".replace(" ", "\t").replace("/a", "/a b")
    assert listed(parse(tabbed, "iis").table["path"]) == ["/a b"]


def test_fields_of_ones_own_in_a_log_of_squid() -> None:
    line = "1066036250.603    310 192.0.2.1 {}TCP_MISS/304 264 {}GET http://e.org/a ann NONE/-"
    line += " text/css"
    found = row(line.format("", "") + ' "http://e.org/s" "curl/8"', "squid")
    assert json.loads(found["extras"]) == {
        "content_type": "text/css",
        "squid.result": "TCP_MISS",
        "tail": '"http://e.org/s" "curl/8"',
    }
    (bad,) = parse(line.format("58938 ", "123 364 "), "squid").bad
    assert bad.reason == "not of the format squid"


def test_w3c_fields_in_quotes_or_behind_several_blanks() -> None:
    header = "#Fields: date time c-ip cs-method cs-uri-path sc-status cs(User-Agent) x-tags bytes"
    start = "2000-10-10 20:55:36 192.0.2.7 GET"
    lines = [
        f'{start} /a 200 "M/5 (+http://e.org) a" "one ""two""" 5',
        f'{start}   /a  200  M/5+(X)  ""  5 ',
        f'{start} /"a" 200 b"c+d - 5',
        f'{start} /a 200 "open+d - 5',
        f'{start} /a 200 "two words"and - 5',
    ]
    parsed = parse("\n".join([header, *lines]), "iis")
    assert [bad.raw.decode() for bad in parsed.bad] == lines[4:]
    first = len(header) + 1
    assert listed(parsed.table["offset"])[:2] == [first, first + len(lines[0]) + 1]
    agents = ["M/5 (+http://e.org) a", "M/5 (X)", 'b"c d', '"open d']
    assert listed(parsed.table["user_agent"]) == agents
    assert listed(parsed.table["path"]) == ["/a", "/a", '/"a"', "/a"]
    assert listed(parsed.table["bytes_out"]) == [5] * 4
    assert listed(parsed.table["extras"]) == ['{"x-tags":"one \\"two\\""}', None, None, None]


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("common", f'{START}"GET / HTTP/1.1" 200 5'),
        ("nginx_json", '{"time":1,"status":200,"path":"/a"}'),
        ("iis", "#Fields: date time sc-status\n2000-10-10 20:55:36 200"),
    ],
)
def test_lines_of_blanks_are_empty_ones(form: str, line: str) -> None:
    parsed = parse(f"   \n\t\r\n{line}\n \nnginx-1  |   \n", form)
    headers = line.count("#")
    assert (parsed.table.num_rows, parsed.skipped - headers) == (1, 3 if form == "iis" else 4)
    assert len(parsed.bad) == (form == "iis")


@pytest.mark.parametrize(
    "line",
    [
        S3.replace('"S3Console/0.4"', '"a "b" c"'),
        S3.replace("/k HTTP", '/k?x="y" HTTP').replace('"-"', '"http://e.org/"b""'),
        ALB.format(client="192.0.2.7:1").replace('"curl/8"', '"a "b" c"'),
    ],
)
def test_quotes_that_nobody_escaped_move_no_field(line: str) -> None:
    (bad,) = parse(line, "s3" if line.startswith("79a") else "alb").bad
    assert bad.raw.decode() == line


def test_a_part_of_a_request_for_s3_has_no_request_of_its_own() -> None:
    line = S3.replace('"GET /b1/k HTTP/1.1"', "-").replace('"-" "S3Console/0.4"', "- -")
    found = row(line, "s3")
    assert (found["host"], found["tls"], found["status"]) == (
        "b1.s3.amazonaws.com", "TLSv1.3", 200,
    )  # fmt: skip
    assert "request" not in json.loads(found["extras"])


FORWARDED = '%{X-Forwarded-For}i %h %l %u %t "%r" %>s %b'


@pytest.mark.parametrize(
    ("form", "start", "client", "forwarded"),
    [
        (FORWARDED, "203.0.113.4, 10.0.0.2 192.0.2.7", "192.0.2.7", "203.0.113.4, 10.0.0.2"),
        (FORWARDED, "- 192.0.2.7", "192.0.2.7", None),
        (FORWARDED.replace("%h ", ""), "203.0.113.4, 10.0.0.2", "203.0.113.4", None),
        (
            (
                "$http_x_forwarded_for $remote_addr - $remote_user [$time_local]"
                ' "$request" $status $body_bytes_sent'
            ),
            "203.0.113.4, 10.0.0.2 192.0.2.7",
            "192.0.2.7",
            "203.0.113.4, 10.0.0.2",
        ),
    ],
)
def test_a_list_of_proxies_moves_no_field(
    form: str, start: str, client: str, forwarded: str | None
) -> None:
    found = row(start + START.removeprefix("192.0.2.7") + '"GET /a HTTP/1.1" 200 5', form)
    assert (found["client_ip"], found.get("user"), found["path"]) == (client, None, "/a")
    assert json.loads(found.get("extras", "{}")).get("forwarded") == forwarded


@pytest.mark.parametrize(
    "said",
    [
        "1.1.1.1,",
        "1.1.1.1, 10.0.0.1,",
        "1.1.1.1,, 10.0.0.1",
        "unknown,",
        "unknown, 10.0.0.1",
        "10.0.0.1, unknown",
        "-, 10.0.0.1",
        "_hidden, [2001:db8::1]:4711, _proxy:_port",
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        FORWARDED,
        '%h %l %u %t "%r" %>s %b %{X-Forwarded-For}i',
        '$http_x_forwarded_for $remote_addr - - [$time_local] "$request" $status $body_bytes_sent',
        '$remote_addr - - [$time_local] $http_x_forwarded_for "$request" $status $body_bytes_sent',
        '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent $http_x_forwarded_for',
    ],
)
def test_whatever_a_client_says_of_its_proxies_the_line_is_read(form: str, said: str) -> None:
    request = '"GET /a HTTP/1.1" 200 5'
    found = row(_line_with(form, said, request), form)
    assert (found["client_ip"], found["path"], found["status"]) == ("192.0.2.7", "/a", 200)
    assert (found.get("user"), json.loads(found["extras"])) == (None, {"forwarded": said})


def test_words_of_a_client_that_are_no_list_are_kept_where_nothing_else_can_be_meant() -> None:
    before = '$remote_addr - - [$time_local] $http_x_forwarded_for "$request" $status'
    behind = '$remote_addr - - [$time_local] "$request" $status $http_x_forwarded_for'
    for form in (before, behind):
        for said in ("unknown foo", "10.0.0.1 10.0.0.2", "a, b c"):
            found = row(_line_with(form, said, '"GET /a HTTP/1.1" 200'), form)
            assert (found["client_ip"], found["path"]) == ("192.0.2.7", "/a")
            assert json.loads(found["extras"]) == {"forwarded": said}


@pytest.mark.parametrize("form", ["combined", FORWARDED.replace("%h ", "")])
def test_a_client_may_be_a_list_with_a_comma_too_many(form: str) -> None:
    for said in ("1.1.1.1,", "1.1.1.1, 10.0.0.1,", "1.1.1.1,, 10.0.0.1", "unknown, 1.1.1.1,"):
        line = START.replace("192.0.2.7", said) + '"GET /a HTTP/1.1" 200 5 "-" "-"'
        found = row(line if form == "combined" else line.removesuffix(' "-" "-"'), form)
        assert (found["client_ip"], found.get("user")) == ("1.1.1.1", None)
        assert json.loads(found["extras"]) == {"client.forwarded": said}


def _line_with(form: str, said: str, request: str) -> str:
    """A line of a client at 192.0.2.7, what it says of its proxies where the form has it."""
    if form.startswith(("%{X", "$http_x")):
        return f"{said} {START}{request}"
    if form.endswith(("i", "_for")):
        return f"{START}{request} {said}"
    return f"{START}{said} {request}"


def test_lines_of_older_controllers_of_ingress_nginx() -> None:
    line = (
        "192.0.2.7 - [192.0.2.7] - bob [07/Feb/2018:11:48:51 +0000]"
        ' "GET /y HTTP/2.0" 200 171 "-" "curl/7.54.0" 83 0.004 [ns-svc-80] 10.0.0.1:80 171 0.004'
        " 200"
    )
    other = line.replace("[ns-svc-80]", "[ns-svc-80] []")
    assert row(other, "ingress_nginx")["upstream"] == "10.0.0.1:80"
    for end, request_id in (("", None), (" d0bb", "d0bb")):
        assert detect([line.encode() + end.encode()] * 3, ParsingConfig()) == "ingress_nginx"
        found = row(line + end, "ingress_nginx")
        assert (found["user"], found["duration_ms"], found["upstream"]) == ("bob", 4, "10.0.0.1:80")
        assert found.get("request_id") == request_id


def test_traefik_1_writes_what_is_missing_without_quotes() -> None:
    line = START + '"GET /a HTTP/2.0" 200 2814 {} 13 {} 247ms'
    served = '"Host-e-0" "http://172.19.0.6:14008"'
    for heads, tail in (
        ('- "curl/8"', served),
        ('"https://e.org/" -', served),
        ('"-" "curl/8"', "- -"),
        ("- -", "- -"),
    ):
        written = line.format(heads, tail)
        assert detect([written.encode()] * 3, ParsingConfig()) == "traefik_clf"
        found = row(written, "traefik_clf")
        assert found["duration_ms"] == 247
        assert found.get("user_agent") == ("curl/8" if "curl" in heads else None)
        assert found.get("upstream") == ("http://172.19.0.6:14008" if tail == served else None)


def test_lines_without_an_agent_take_it_from_no_other() -> None:
    common = START + '"GET /a HTTP/1.1" 200 5'
    lines = [f'{common} "-" "curl/8"'.encode()] * 17 + [common.encode()] * 3
    for before, name in ((b"", "common"), (b"example.org ", "vhost_common")):
        written = [before + line for line in lines]
        assert detect(written, ParsingConfig()) == name
        agents = listed(parse(b"\n".join(written), name).table["user_agent"])
        assert agents == ["curl/8"] * 17 + [None] * 3


def test_the_example_of_the_draft_for_w3c_logs() -> None:
    log = "#Version: 1.0\n#Date: 12-Jan-1996 00:00:00\n#Fields: time cs-method cs-uri\n"
    found = row(log + "00:34:23 GET /foo/bar.html\n", "iis")
    assert f"{found['occurred_at']:%Y-%m-%dT%H:%M:%S} {found['path']}" == (
        "1996-01-12T00:34:23 /foo/bar.html"
    )


def test_agents_that_cloudfront_encoded_twice() -> None:
    head = (
        "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent) x-edge-location\n"
    )
    line = "2015-01-01\t00:00:01\t192.0.2.7\tGET\t/a\t200\t{}\tFRA2\n"
    for agent in ("Mozilla/5.0%2520(X11;%2520Linux)", "Mozilla/5.0%20(X11;%20Linux)"):
        found = row(head + line.format(agent), "cloudfront")
        assert found["user_agent"] == "Mozilla/5.0 (X11; Linux)"
    assert row(head + line.format("100%2525"), "cloudfront")["user_agent"] == "100%25"


def test_what_windows_and_s3_do_by_themselves_is_no_request() -> None:
    head = "#Fields: date time c-ip cs-version cs-method cs-uri sc-status s-reason\n"
    idle = "2024-01-01 00:00:00 192.0.2.7 - - - - Timer_ConnectionIdle\n"
    refused = "2024-01-01 00:00:00 192.0.2.7 HTTP/1.1 GET /a - Hostname\n"
    parsed = parse(head + idle + refused, "iis")
    assert [bad.reason for bad in parsed.bad] == ["no HTTP request"]
    assert listed(parsed.table["path"]) == ["/a"]
    expired = S3.replace('"GET /b1/k HTTP/1.1" 200', "- -").replace("REST.GET", "S3.EXPIRE")
    assert [bad.reason for bad in parse(expired, "s3").bad] == ["no HTTP request"]
    malformed = parse(START + '"\\x16\\x03" - -', "common").table
    assert malformed.num_rows == 1, "somebody asked for something"


def test_the_host_that_was_asked_for_before_the_servers_own_address() -> None:
    record = {"@timestamp": "2024-01-01T00:00:00Z", "host": "10.0.0.1", "http_host": "e.org"}
    found = row(
        json.dumps(record | {"status": 200, "url": "/a", "responsetime": 0.004}), "nginx_json"
    )
    assert (found["host"], found["duration_ms"]) == ("e.org", 4)
