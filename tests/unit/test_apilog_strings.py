"""Format strings as people paste them out of their servers' and GoAccess's configuration."""

import json
from typing import Any

import pytest

from sources.api_log.settings import ParsingConfig
from sources.errors import ConfigError
from tests.support.api_logs import parse, row

LINE = '192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.0" 200 5 "-" "curl/8"'
CONF = """
# goaccess.conf
time-format %H:%M:%S
date-format %d/%b/%Y
log-format %h %^[%d:%t %^] "%r" %s %b "%R" "%u"
"""


@pytest.mark.parametrize(
    ("form", "line"),
    [
        (CONF, LINE),
        (CONF.replace("\n", " ").replace("# goaccess.conf", ""), LINE),
        ("--log-format='%h %^[%x] \"%r\" %s %b' --datetime-format='%d/%b/%Y:%T %z'", LINE),
        ('log-format %h %^[%d:%t] "%r" %s\ndate-format %d/%b/%Y\ntime-format %T %z', LINE),
        ("COMBINED", LINE),
        ("log-format VCOMBINED", "e.org:80 " + LINE),
        (
            "log-format %x.%^ %~%L %h %^/%s %b %m %U\ntime-format %s\ndate-format %s",
            "971211336.000    180 192.0.2.7 TCP_MISS/200 411 GET http://e.org/a?b=1",
        ),
        ("SQUID", "971211336.000    180 192.0.2.7 TCP_MISS/200 411 GET http://e.org/a?b=1 - X/- -"),
        (
            "CLOUDSTORAGE",
            '"971211336000000","192.0.2.7","4","","GET","/a?b=1","200","1","2","3","h","-","ua"',
        ),
        (
            (
                '{"ts": "%x.%^", "request": {"client_ip": "%h", "method": "%m", "uri": "%U",'
                ' "headers": {"User-Agent": ["%u"]}}, "size": "%b", "n": 1, "none": []}\n'
            ),
            (
                '{"ts": 971211336.0, "request": {"client_ip": "192.0.2.7", "method": "GET",'
                ' "uri": "/a?b=1", "headers": {"User-Agent": ["curl/8"]}}, "size": 5}'
            ),
        ),
        (
            "log-format %h [%x] %U\ndate-format %Y%m%d\ntime-format %H%M%S %z",
            "192.0.2.7 [20001010135536 -0700] /a?b=1",
        ),
    ],
)
def test_goaccess_as_its_configuration_has_it(form: str, line: str) -> None:
    found = row(line, form)
    assert found["occurred_at"].timestamp() == 971211336
    assert (found["client_ip"], found["path"], found["query"]) == ("192.0.2.7", "/a", "b=1")


def test_names_of_goaccess_are_names_of_ours() -> None:
    for name, ours in (("W3C", "w3c"), ("AWSELB", "aws_elb"), ("TRAEFIKCLF", "traefik_clf")):
        assert ParsingConfig(format=f"log-format {name}").format == ours
    own = ParsingConfig(format=CONF, time_format="%T")
    assert (own.date_format, own.time_format) == ("%d/%b/%Y", "%T")


@pytest.mark.parametrize(
    ("form", "time", "micros"),
    [
        ("%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t", "10/Oct/2000:13:55:36.123 -0700", 123_000),
        ("[%{%F %T}t.%{usec_frac}t %{%z}t]", "[2000-10-10 13:55:36.123456 -0700]", 123_456),
        ("%{sec}t.%{msec_frac}t", "971211336.123", 123_000),
        ("%{begin:usec}t", "971211336123456", 123_456),
        ("%{%s}t", "971211336", 0),
        ("%{%e/%h/%Y:%T %z}t", "10/Oct/2000:13:55:36 -0700", 0),
        ("%t %{end:%T}t", "[10/Oct/2000:13:55:36 -0700] 13:55:37", 0),
    ],
)
def test_times_of_apache_in_parts(form: str, time: str, micros: int) -> None:
    found = row(f'192.0.2.7 {time} "GET / HTTP/1.0" 200', f'%h {form} "%r" %<s')
    assert found["occurred_at"].timestamp() == pytest.approx(971211336 + micros / 1e6, abs=1e-7)
    assert found["occurred_at"].microsecond == micros


def test_rare_directives_of_apache() -> None:
    line = 'e.org:443 192.0.2.7 - "" [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 304'
    line += " - 7 41 0 5000 9 +"
    form = 'LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %b %D %I %T %^FB %{remote}p %X" x'
    found = row(line, form)
    assert "user" not in found
    assert (found["host"], found["duration_ms"], found["bytes_in"]) == ("e.org", 0.007, 41)
    assert json.loads(found["extras"]) == {
        "connection": "+",
        "server.port": "443",
        "ttfb_us": "5000",
    }


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        (
            ('{"t":"$time_iso8601","u":"$scheme://$host$request_uri","s":$status,"d":$request_time,'
            '"up":$upstream_status,"q":{"m":"$request_method"},"n":["$remote_addr"],"c":"fixed"}'),
            ('{"t":"2000-10-10T13:55:36-07:00","u":"https://e.org/a?token=1","s":200,"d":0.021,'
            '"up":-,"q":{"m":"GET"},"n":["192.0.2.7"],"c":"fixed"}'),
            {"host": "e.org", "path": "/a", "query": "token=REDACTED", "method": "GET",
             "duration_ms": 21, "client_ip": "192.0.2.7", "status": 200},
        ),
        (
            ('{"t":"$msec","r":"$request_method $request_uri $server_protocol","w":"$foo/$bar",'
            '"a":"$http_user_agent","z":"$cookie_sid,$foo"}'),
            ('{"t":"971211336.000","r":"GET /a HTTP/2.0","w":"1/2","a":"\\x22a\\x22 \\xC3\\xA9",'
            '"z":"s3cret,1"}'),
            {"method": "GET", "path": "/a", "protocol": "HTTP/2.0", "user_agent": '"a" é',
             "extras": '{"w":"1/2"}'},
        ),
    ],
)  # fmt: skip
def test_json_of_nginx(text: str, line: str, expected: dict[str, Any]) -> None:
    found = row(line, f"log_format j '{text}';")
    assert found["occurred_at"].timestamp() == 971211336
    assert {key: found.get(key) for key in expected} == expected


def test_escapes_of_nginx() -> None:
    form = 'log_format x escape={} \'[$time_local] "$request" "$http_user_agent"\';'
    line = '[10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" "a\\u0009b"'
    assert row(line, form.format("json"))["user_agent"] == "a\tb"
    assert row(line.replace("u0009", "x41"), form.format("none"))["user_agent"] == "a\\x41b"
    assert row(line.replace("u0009", "x41"), form.format("default"))["user_agent"] == "aAb"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("log-format %h %Q\ndate-format %F", "GoAccess knows no '%Q', at character 4"),
        ("log-format %h %d\ndate-format %Q", "date_format: '%Q' is no part of a time"),
        (
            'log-format {"a": "%h"\ndate-format %F',
            "it begins like a JSON object and is none, at character",
        ),
        ('log-format {"a": "b"}\ndate-format %F', "there is no variable in it"),
        ("%h %{%Y %Q}t", "no time is read by '%Q', at character 9"),
        ("log_format x '{\"a\": $status;';", "what it writes is no JSON object, at character 15"),
        ("log_format x '{\"$a\": 1}';", "no key of it holds a variable"),
        (r"^(?P<time>\S+ (\S+)", "missing ): ^(?P<f0>\\S+ (\\S+), at character 2"),
        ("%h %r %>s", "no variable of it is the time of a request"),
        ('log_format x \'{"a": "$request"}\';', "no variable of it is the time of a request"),
        ('log-format {"a": "%h"}\ndate-format %F', "no variable of it is the time of a request"),
        (r"^(?P<time>\S+)(?=x)", "at character 15"),
    ],
)
def test_mistakes_are_pointed_at(form: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse("", form)
    assert words in str(caught.value)


def test_a_time_with_a_zone_comes_before_one_without() -> None:
    line = "2000-10-10 22:55:36 [10/Oct/2000:13:55:36 -0700] 192.0.2.7"
    assert row(line, "%{%F %T}t %t %h")["occurred_at"].timestamp() == 971211336


def test_goaccess_passes_over_one_field_alone_and_ignores_what_follows() -> None:
    line = (
        '"971211336000000","192.0.2.7","4","","GET","/a","200","1","2","3","h","","curl/8","id","b"'
    )
    found = row(line, "CLOUDSTORAGE")
    assert (found["user_agent"], found.get("referrer"), found["bytes_out"]) == ("curl/8", None, 2)
    assert json.loads(found["extras"]) == {"tail": ',"id","b"'}
    form = '%h %^ [%x] "%r" %s'
    settings = {"date_format": "%d/%b/%Y:%H:%M:%S %z"}
    found = row('192.0.2.7 a [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200', form, **settings)
    assert found["status"] == 200
    assert parse(LINE, form, **settings).bad
    found = row("192.0.2.7·x·[10/Oct/2000:13:55:36 -0700]·200", "%h·%^·[%x]·%s", **settings)
    assert found["status"] == 200


@pytest.mark.parametrize(
    ("form", "moment"),
    [
        ("%{%Y-%m-%d %H:%M:%S}t", "2000-10-10 20:55:36"),
        ("%{%b %e %Y %I:%M:%S %p}t", "Oct 10  2000 08:55:36 PM"),
    ],
)
def test_a_time_of_several_words_without_brackets(form: str, moment: str) -> None:
    found = row(f'{moment} 192.0.2.7 "GET /a HTTP/1.0" 200', f'{form} %h "%r" %>s', timezone="UTC")
    assert found["occurred_at"].timestamp() == 971211336
    assert (found["client_ip"], found["path"]) == ("192.0.2.7", "/a")


def test_a_time_in_the_brackets_of_apache_in_json() -> None:
    record = {"time": "[10/Oct/2000:13:55:36 -0700]", "status": 200, "path": "/a"}
    found = row(json.dumps(record), "nginx_json")
    assert (found["occurred_at"].timestamp(), found["utc_offset_minutes"]) == (971211336, -420)
