"""Recorded access logs, held field by field to figures that others got from them.

``apilog_differences.md`` says where we differ, and why.
"""

import itertools
import json
import os
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sources.api_log.detection import create_parser, detect
from sources.api_log.parsing import NOT_A_REQUEST, Parsed
from sources.api_log.settings import ParsingConfig
from tests.support.api_logs import listed

CORPORA = Path(
    os.environ.get("DAYBOOK_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora"
)
LOGS = CORPORA / "apilogs"

pytestmark = pytest.mark.skipif(not LOGS.exists(), reason=f"no access logs in {LOGS}")

COUNTED = (
    "elastic/apache_logs",
    "lnav/logfile_access_log.0",
    "lnav/logfile_bad_access_log.0",
    "lnav/logfile_shop_access_log.0",
    "servers/apache_combined.log",
    "servers/apache_common.log",
    "servers/apache_vhost_us.log",
    "servers/nginx_combined.log",
    "servers/nginx_vhost_rt.log",
)
LOOSER_METHODS = {"servers/apache": 6, "servers/nginx": 10}
"""Requests with a method here and none there, see the table of differences."""


@cache
def read(name: str, *, zone: str | None = None) -> tuple[str, Parsed]:
    """Detect and parse one file; what happens to each line adds up."""
    data = (LOGS / name).read_bytes()
    lines = data.splitlines(keepends=True)
    config = ParsingConfig(timezone=zone)
    form = detect(lines, config)
    parsed = create_parser(config, pinned=form).parse(data, 0)
    assert parsed.table.num_rows + len(parsed.bad) + parsed.skipped == len(lines)
    return form, parsed


@pytest.mark.parametrize("name", COUNTED)
def test_figures_of_text_logs(name: str) -> None:
    expected = json.loads((LOGS / f"{name}.expected.json").read_text())
    _, parsed = read(name)
    table: dict[str, list[Any]] = dict(parsed.table.to_pydict())
    moments = table["occurred_at"]
    hours = Counter(moment.astimezone(UTC).strftime("%Y-%m-%dT%H") for moment in moments)
    methods = Counter(method or "(malformed)" for method in table["method"])
    figures: dict[str, Any] = {
        "parsed": parsed.table.num_rows,
        "bad": len(parsed.bad),
        "bytes": sum(size or 0 for size in table["bytes_out"]),
        "referer_missing": table["referrer"].count(None),
        "ua_missing": table["user_agent"].count(None),
        "distinct_ip": len(set(table["client_ip"])),
        "distinct_users": len(set(table["user"])),
        "status": {str(key): count for key, count in sorted(Counter(table["status"]).items())},
        "first_utc": min(moments).astimezone(UTC).isoformat(),
        "last_utc": max(moments).astimezone(UTC).isoformat(),
        "out_of_order": sum(a > b for a, b in itertools.pairwise(moments)),
        "hours_utc": len(hours),
        "busiest_hour": list(hours.most_common(1)[0]),
    }
    assert figures == {key: expected[key] for key in figures}
    theirs = Counter(expected["methods"])
    looser = LOOSER_METHODS.get(name.partition("_")[0], 0)
    assert theirs["(malformed)"] - methods["(malformed)"] == looser
    assert not (theirs - methods) - Counter({"(malformed)": looser})


def test_the_bad_line_is_named() -> None:
    _, parsed = read("lnav/logfile_bad_access_log.0")
    (bad,) = parsed.bad
    data = (LOGS / "lnav/logfile_bad_access_log.0").read_bytes()
    assert data[bad.offset : bad.offset + bad.length] == bad.raw == data.split(b"\n")[1]
    assert bad.reason == "not of the format combined"


def test_fields_of_the_beats_fixture() -> None:
    expected = json.loads((LOGS / "beats/nginx_access_test.expected.json").read_text())
    _, parsed = read("beats/nginx_access_test.log")
    for item, row in zip(expected, parsed.table.to_pylist(), strict=True):
        target = row["path"] if row["query"] is None else f"{row['path']}?{row['query']}"
        forwarded = json.loads(row["extras"] or "{}").get("client.forwarded", row["client_ip"])
        addresses = [part for part in forwarded.replace('"', " ").replace(",", " ").split() if part]
        assert {
            "timestamp": row["occurred_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "status": row["status"],
            "bytes": row["bytes_out"],
            "source_ip_chosen_by_peer": row["client_ip"],
            "method": row["method"],
            "path": target,
            "remote_ip_list": addresses,
            "offset": row["offset"],
        } == item


def test_three_formats_of_the_same_requests_agree() -> None:
    names = ("servers/nginx_combined.log", "servers/nginx_vhost_rt.log", "servers/nginx_json.log")
    forms, parsed = zip(*(read(name) for name in names), strict=True)
    assert forms == ("combined", "vhost_combined", "nginx_json")
    columns = ["client_ip", "user", "method", "path", "query", "protocol", "status", "bytes_out"]
    columns += ["referrer", "user_agent"]
    text, vhost, lines = (item.table.select(columns).to_pylist() for item in parsed)
    assert text == vhost == lines
    text_seconds, json_moments = (
        [moment.timestamp() for moment in parsed[at].table["occurred_at"].to_pylist()]
        for at in (0, 2)
    )
    assert all(0 <= b - a < 1 for a, b in zip(text_seconds, json_moments, strict=True))
    durations = parsed[2].table["duration_ms"].to_pylist()
    tails = [json.loads(text)["tail"] for text in parsed[1].table["extras"].to_pylist()]
    assert durations == [round(float(tail) * 1000, 6) for tail in tails]


def test_apache_formats_of_the_same_requests_agree() -> None:
    names = ("apache_combined", "apache_common", "apache_vhost_us")
    columns = ["client_ip", "user", "method", "path", "query", "protocol", "status", "occurred_at"]
    first, second, third = (
        read(f"servers/{name}.log")[1].table.select(columns).to_pylist() for name in names
    )
    # Two processes of one server write their lines in no fixed order.
    assert _sorted(first) == _sorted(second) == _sorted(third)


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(map(repr, rows))


def test_caddy() -> None:
    form, parsed = read("servers/caddy_json.log")
    assert form == "caddy"
    text = (LOGS / "servers/caddy_json.log").read_text()
    records = [json.loads(line) for line in text.splitlines()]
    for record, row in zip(records, parsed.table.to_pylist(), strict=True):
        request = record["request"]
        target = row["path"] if row["query"] is None else f"{row['path']}?{row['query']}"
        if "password" not in request["uri"]:
            assert target == request["uri"].removeprefix("http://absolute.example.org")
        assert row["method"] == request["method"]
        assert row["status"] == (record["status"] or None)
        assert row["bytes_out"] == record["size"]
        assert row["client_ip"] == request["remote_ip"]
        assert row["duration_ms"] == pytest.approx(record["duration"] * 1000, abs=1e-6)
        assert row["occurred_at"].timestamp() == pytest.approx(record["ts"], abs=1e-6)
    form, parsed = read("lnav/logfile_caddy_log.0")
    assert (form, parsed.table.num_rows) == ("caddy", 4)
    assert {bad.reason for bad in parsed.bad} == {NOT_A_REQUEST}


def test_haproxy() -> None:
    form, parsed = read("servers/haproxy_syslog.log", zone="UTC")
    assert (form, parsed.table.num_rows) == ("haproxy_http", 103)
    assert parsed.table["method"].null_count == 20  # <BADREQ>
    _, parsed = read("lnav/logfile_haproxy.0", zone="Europe/Berlin")
    assert [bad.reason for bad in parsed.bad] == [NOT_A_REQUEST] * 4
    first = parsed.table.to_pylist()[0]
    assert first["occurred_at"] == datetime(2019, 2, 25, 15, 19, 48, 143_000, tzinfo=UTC)
    assert (first["duration_ms"], first["upstream"]) == (1487, "bk_admin/nginx_sonst")


def test_w3c() -> None:
    form, parsed = read("lnav/logfile_w3c_big.0")
    assert (form, parsed.table.num_rows, parsed.skipped) == ("iis", 210, 44)
    row = parsed.table.to_pylist()[0]
    assert row["occurred_at"] == datetime(2015, 1, 13, 0, 32, 17, tzinfo=UTC)
    assert (row["client_ip"], row["status"]) == ("157.55.39.146", 404)
    assert (row["bytes_out"], row["bytes_in"], row["duration_ms"]) == (1405, 242, 283)
    _, parsed = read("lnav/logfile_w3c.2")
    days = {moment.date().isoformat() for moment in listed(parsed.table["occurred_at"])}
    assert days == {"2000-10-09", "2000-10-10"}


def test_every_recorded_file_is_read_whole() -> None:
    formats = {
        "elastic/apache_logs": ("combined", 10_000),
        "lnav/logfile_access_log.0": ("combined", 3),
        "lnav/logfile_access_log.1": ("combined", 1),
        "lnav/logfile_bad_access_log.0": ("combined", 2),
        "lnav/logfile_cloudflare.json": ("cloudflare", 1),
        "lnav/logfile_w3c.0": ("iis", 1),
    }
    seen = {}
    for path in sorted(LOGS.glob("*/*")):
        name = path.relative_to(LOGS).as_posix()
        if not name.endswith(".expected.json"):
            form, parsed = read(name, zone="UTC")
            seen[name] = (form, parsed.table.num_rows)
    assert len(seen) == 20
    assert {name: seen[name] for name in formats} == formats


def test_cloudflare_and_small_files() -> None:
    _, parsed = read("lnav/logfile_cloudflare.json")
    record = json.loads((LOGS / "lnav/logfile_cloudflare.json").read_text())
    (found,) = parsed.table.to_pylist()
    assert (found["client_ip"], found["status"]) == (
        record["ClientIP"],
        record["EdgeResponseStatus"],
    )
    assert (found["bytes_in"], found["bytes_out"]) == (
        record["ClientRequestBytes"],
        record["EdgeResponseBytes"],
    )


def test_no_secret_of_the_hostile_requests_is_left() -> None:
    for name in sorted(path.name for path in (LOGS / "servers").glob("*.log")):
        _, parsed = read(f"servers/{name}", zone="UTC")
        text = json.dumps(parsed.table.to_pylist(), default=str)
        text += repr([bad.raw for bad in parsed.bad])
        for secret in ("hunter2", "ghp_test", "AKIA-not"):
            assert secret not in text, name
