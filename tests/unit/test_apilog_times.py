"""When a request was: every form of time, and local hours that come twice."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.api_log.detection import create_parser
from sources.api_log.moments import NO_CLOCK, NO_OFFSET
from sources.api_log.settings import ParsingConfig
from sources.api_log.times import read_times
from sources.errors import ConfigError
from tests.support.api_logs import listed, parse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HAPROXY = '10.0.0.1:1 [{}] f b/s 0/0/0/0/0 200 1 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"\n'

moments = st.datetimes(
    *(datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1971, 2200))
)
offsets = st.integers(-14 * 60, 14 * 60)


def read(text: str | list[str | None], form: str) -> tuple[list[datetime | None], list[int]]:
    texts = [text] if isinstance(text, str) else text
    times = read_times(pa.array(texts, pa.string()), form)
    found = [
        EPOCH + timedelta(microseconds=micros) if valid else None
        for micros, valid in zip(times.micros.tolist(), times.valid.tolist(), strict=True)
    ]
    return found, times.offsets.tolist()


@given(st.lists(st.tuples(moments, offsets), min_size=1, max_size=5))
def test_clf_and_iso_are_read_as_python_reads_them(items: list[tuple[datetime, int]]) -> None:
    aware = [
        moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
        for moment, minutes in items
    ]
    for form, pattern in (("clf", "%d/%b/%Y:%H:%M:%S %z"), ("iso", "%Y-%m-%dT%H:%M:%S%z")):
        found, minutes = read([moment.strftime(pattern) for moment in aware], form)
        assert found == aware
        assert minutes == [item[1] for item in items]
    exact = [moment.replace(tzinfo=timezone.utc) for moment, _ in items]  # noqa: UP017
    assert read([moment.isoformat() for moment in exact], "iso")[0] == exact
    assert read([f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in exact], "iso")[0] == [
        moment.replace(microsecond=0) for moment in exact
    ]


LOCAL = {
    "gin": ("%Y/%m/%d - %H:%M:%S",),
    "python": ("%d/%b/%Y %H:%M:%S",),
    "local": ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S"),
    "windows %H:%M:%S": (
        "%m/%d/%Y %H:%M:%S", "%-m/%-d/%Y %-H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S",
        "%Y/%-m/%-d %H:%M:%S",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(LOCAL))
@given(data=st.data())
def test_local_times_are_read_as_python_reads_them(form: str, data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(moments, st.sampled_from(LOCAL[form])), min_size=1))
    found, minutes = read([moment.strftime(way) for moment, way in pairs], form)
    assert found == [
        moment.replace(tzinfo=UTC, microsecond=moment.microsecond if "%f" in way else 0)
        for moment, way in pairs
    ]
    assert set(minutes) == {NO_OFFSET}


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        ("gin", ["2026/02/29 - 00:00:00", "2026/13/01 - 00:00:00", "2026/01/01 x 00:00:00", "-"]),
        ("python", ["31/Feb/2026 00:00:00", "01/Okt/2026 00:00:00", "01/Jan/2026:00:00:00", ""]),
        ("windows %H:%M:%S", ["13/13/2026 00:00:00", "31.02.2026 00:00:00", "7/1/2026 24:00:00"]),
    ],
)
def test_local_times_that_are_none(form: str, texts: list[str | None]) -> None:
    good = {"gin": "2026/07/01 - 12:00:00", "python": "01/Jul/2026 12:00:00"}
    right = good.get(form, "7/1/26 12:00:00")
    found, _ = read([*texts, None, right], form)
    assert found == [*[None] * (len(texts) + 1), datetime(2026, 7, 1, 12, tzinfo=UTC)]
    for text in texts:
        assert read([text], form)[0] == [None]


@given(st.lists(moments, min_size=1, max_size=4), st.sampled_from([1, 10**3, 10**6]))
def test_numbers_since_1970_in_every_unit(items: list[datetime], unit: int) -> None:
    whole = [moment.replace(microsecond=0, tzinfo=UTC) for moment in items]
    if any(moment.year < 1974 for moment in whole):  # thousandths of it look like seconds
        return
    texts: list[str | None] = [str(int(moment.timestamp()) * unit) for moment in whole]
    found, minutes = read(texts, "epoch")
    assert found == whole
    assert set(minutes) == {NO_CLOCK}


@pytest.mark.parametrize(
    ("text", "form", "moment", "minutes"),
    [
        ("1795476924.506", "epoch", datetime(2026, 11, 23, 23, 35, 24, 506_000, UTC), NO_CLOCK),
        ("1714558272000000001", "epoch", datetime(2024, 5, 1, 10, 11, 12, 0, UTC), NO_CLOCK),
        ("2024-05-01 10:11:12,5", "iso", datetime(2024, 5, 1, 10, 11, 12, 500_000, UTC), NO_OFFSET),
        ("2024-05-01T10:11:12.1234567Z", "iso", datetime(2024, 5, 1, 10, 11, 12, 123_456, UTC), 0),
        ("25/Feb/2019:16:19:48", "haproxy", datetime(2019, 2, 25, 16, 19, 48, 0, UTC), NO_OFFSET),
        ("29/Feb/2024:00:00:00 +0000", "clf", datetime(2024, 2, 29, tzinfo=UTC), 0),
        ("29/Feb/2023:00:00:00 +0000", "clf", None, 0),
        ("10/Foo/2023:00:00:00 +0000", "clf", None, 0),
        ("10/Oct/2023:25:00:00 +0000", "clf", None, 0),
        ("yesterday", "any", None, NO_OFFSET),
        ("1e400", "epoch", None, NO_CLOCK),
    ],
)
def test_single_times(text: str, form: str, moment: datetime | None, minutes: int) -> None:
    found, given_minutes = read(text, form)
    assert found == [moment]
    if moment is not None:
        assert given_minutes == [minutes]


@pytest.mark.parametrize("form", ["clf", "iso", "any", "%d/%b/%Y:%H:%M:%S %z"])
def test_moments_of_many_lines_are_read_as_those_of_one(form: str) -> None:
    texts = ["23/Nov/2026:23:35:48 +0100", "2026-11-23T23:35:24Z", "", "-", "nonsense", None]
    column = pa.array([text for text in texts for _ in range(5)], pa.string())
    times = read_times(column, form)
    single = [read_times(pa.array([text], pa.string()), form) for text in texts]
    for number, time in enumerate(single):
        for row in range(5 * number, 5 * number + 5):
            assert times.valid[row] == time.valid[0]
            if times.valid[row]:
                assert times.micros[row] == time.micros[0]
                assert times.offsets[row] == time.offsets[0]


def test_forms_may_be_mixed_where_none_is_named() -> None:
    found, _ = read(
        ["1714558272", "2024-05-01T10:11:12Z", None, "01/May/2024:10:11:12 +0000"], "any"
    )
    assert [moment and moment.isoformat() for moment in found] == [
        "2024-05-01T10:11:12+00:00",
        "2024-05-01T10:11:12+00:00",
        None,
        "2024-05-01T10:11:12+00:00",
    ]


def haproxy(times: list[str]) -> bytes:
    return "".join(HAPROXY.format(f"{time}.000") for time in times).encode()


def test_l7_the_hour_that_comes_twice_is_told_by_the_place_in_the_file() -> None:
    clock = [
        "01:59:59",
        "02:10:00",
        "02:50:00",
        "02:49:59",
        "02:05:00",
        "02:55:00",
        "03:00:01",
        "02:59:59",
    ]
    lines = haproxy([f"25/Oct/2026:{time}" for time in clock])
    expected = [
        "23:59:59",
        "00:10:00",
        "00:50:00",
        "00:49:59",
        "01:05:00",
        "01:55:00",
        "02:00:01",
        "01:59:59",
    ]
    whole = parse(lines, "haproxy_http", timezone="Europe/Berlin")
    found = [moment.strftime("%H:%M:%S") for moment in listed(whole.table["occurred_at"])]
    assert found == expected
    assert whole.table["utc_offset_minutes"].to_pylist() == [120, 120, 120, 120, 60, 60, 60, 60]
    config = ParsingConfig(format="haproxy_http", timezone="Europe/Berlin")
    state = None
    pieces = []
    for line in lines.splitlines(keepends=True):  # a parser anew for each line
        parser = create_parser(config, state=state)
        assert parser.ordered
        pieces += parser.parse(line, 0).table["occurred_at"].to_pylist()
        state = parser.state
    assert pieces == whole.table["occurred_at"].to_pylist()


def test_other_local_times() -> None:
    parsed = parse(
        haproxy(["29/Mar/2026:02:30:00", "01/Jul/2026:12:00:00"]),
        "haproxy_http",
        timezone="Europe/Berlin",
    )
    zone = ZoneInfo("Europe/Berlin")
    wanted = [datetime(2026, 3, 29, 2, 30, tzinfo=zone), datetime(2026, 7, 1, 12, tzinfo=zone)]
    assert parsed.table["occurred_at"].to_pylist() == [moment.astimezone(UTC) for moment in wanted]
    line = '{"time":"2026-07-01T12:00:00","request":"GET / HTTP/1.1","status":200}'
    assert parse(line, "nginx_json", timezone="Europe/Berlin").table.num_rows == 1
    (bad,) = parse(line, "nginx_json").bad
    assert bad.reason == "its time names no zone, and `timezone` is not set"


@pytest.mark.parametrize("form", ["haproxy_http", "%{%Y-%m-%d %H:%M:%S}t %s", "%h [%d:%t] %^"])
def test_a_zone_that_is_missing_is_an_error_at_once(form: str) -> None:
    settings = {"date_format": "%d/%b/%Y", "time_format": "%T"} if "%^" in form else {}
    with pytest.raises(ConfigError, match=r"times of the format .* name no zone"):
        parse("", form, **settings)
