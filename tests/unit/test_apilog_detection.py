"""Which format lines are of."""

import json
from typing import Any

import pytest

from sources.api_log.detection import create_parser, detect
from sources.api_log.settings import ParsingConfig
from sources.errors import ConfigError
from sources.settings import check_config
from tests.support.api_logs import combined_log, parse, row
from tests.unit.test_apilog_formats import CASES

CONFIG = ParsingConfig()


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_format_is_known_by_its_lines(case: str) -> None:
    form, line, _, _ = CASES[case]
    assert detect([line.encode()] * 3, CONFIG) == form


def test_l9_no_single_line_decides() -> None:
    lines = combined_log(120).splitlines()
    odd = b'{"time":1,"request":"GET / HTTP/1.1","status":200}'
    vhost = b"e.org " + lines[3]
    assert detect([odd, vhost, b"#!junk", *lines], CONFIG) == "combined"
    assert detect([vhost] * 95 + lines[:5], CONFIG) == "vhost_combined"


@pytest.mark.parametrize(
    ("before", "form", "client", "user", "host"),
    [
        ("192.0.2.7, 10.0.0.1 - -", "combined", "192.0.2.7", None, None),
        ("10.0.0.2, 8.8.4.4, 10.0.0.1 - -", "combined", "8.8.4.4", None, None),
        ("e.org 10.0.0.2, 8.8.4.4 - ann", "vhost_combined", "8.8.4.4", "ann", "e.org"),
        ("192.0.2.7 - ann bea", "combined", "192.0.2.7", "ann bea", None),
        ("192.0.2.7 ident ann", "combined", "192.0.2.7", "ann", None),
    ],
)
def test_what_stands_before_the_time(
    before: str, form: str, client: str, user: str | None, host: str | None
) -> None:
    line = f'{before} [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5 "-" "curl/8"'
    assert detect([line.encode()], CONFIG) == form
    found = row(line, form)
    assert (found["client_ip"], found.get("user"), found.get("host")) == (client, user, host)


def test_a_virtual_host_before_the_client_is_neither_client_nor_user() -> None:
    line = 'e.org:80 192.0.2.7 - ann [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5'
    found = row(line, "common")
    assert (found["client_ip"], found["user"]) == ("192.0.2.7", "ann")
    (bad,) = parse(f"web {line}", "common").bad
    assert bad.reason == "not of the format common"


def test_what_is_pinned_stays() -> None:
    parser = create_parser(CONFIG, pinned="combined")
    assert parser.name == "combined"
    assert not parser.ordered
    assert parser.parse(b'{"time":1,"request":"GET / HTTP/1.1","status":200}', 0).bad
    with pytest.raises(ConfigError, match="'auto' says too little"):
        create_parser(CONFIG)
    with pytest.raises(ConfigError, match="'traefik' says too little"):
        create_parser(ParsingConfig(format="traefik"))


def test_a_name_may_stand_for_several_formats() -> None:
    config = ParsingConfig(format="traefik")
    for case in ("traefik", "traefik, JSON"):
        form, line, _, _ = CASES[case]
        assert detect([line.encode()], config) == form
    assert detect([b"x"], ParsingConfig(format="squid")) == "squid"
    with pytest.raises(ConfigError, match="no format that is known by name"):
        detect([CASES["caddy"][1].encode()], config)


@pytest.mark.parametrize("lines", [[], [b""], [b"what is this"] * 5, [b"{}"], [b'{"a":1}'] * 9])
def test_what_is_of_no_format(lines: list[bytes]) -> None:
    with pytest.raises(ConfigError, match="no format that is known by name") as caught:
        detect(lines, CONFIG)
    assert "docs/api-logs.md" in caught.value.remedy


def test_half_of_the_lines_have_to_fit() -> None:
    lines = combined_log(30).splitlines()
    with pytest.raises(ConfigError, match="'combined' takes 30 of 70 lines"):
        detect([*lines, *[b"junk"] * 40], CONFIG)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"timezone": "Mars/Olympus"}, "no IANA time zone"),
        ({"routes": ["users"]}, "a route begins with '/'"),
        ({"client_adress": "hash"}, "did you mean 'client_address'?"),
        ({"client_address": "none"}, "client_address"),
    ],
)
def test_wrong_settings(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_config(ParsingConfig, settings, source_id="web")
    assert words in str(caught.value)


NOON = "2026-07-01T12:00:00Z"
PLAIN = {"method": "GET", "url": "/a", "status": 200}


@pytest.mark.parametrize(
    "record",
    [
        {"start_time": NOON, "response_code": 200, "request": "GET /a HTTP/1.1"},
        {"start_time": NOON, "response_code": 200, "verb": "GET", "uri": "/a", "duration": 0.5},
        PLAIN | {"time": NOON, "responseTime": 12, "res": {"statusCode": 200}},
        PLAIN | {"timestamp": NOON, "attributes": {"http.status_code": 200}},
    ],
)
def test_json_that_shares_keys_with_another_format_keeps_its_request(
    record: dict[str, Any],
) -> None:
    line = json.dumps(record)
    assert detect([line.encode()], CONFIG) == "nginx_json"
    found = row(line, "nginx_json")
    assert (found["method"], found["path"], found["status"]) == ("GET", "/a", 200)
    assert found["occurred_at"].isoformat() == "2026-07-01T12:00:00+00:00"
