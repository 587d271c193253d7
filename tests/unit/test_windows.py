"""Windows: each moment has one, they tile the time, and a clock that moves changes nothing."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import ConfigError
from sources.event import TIMESTAMP
from sources.windows import (
    DEFAULT_START,
    Grain,
    current_window,
    first_window,
    parse_start,
    reading_bounds,
    window_bounds,
    window_key,
    window_keys,
    window_range,
)

GRAINS: tuple[Grain, ...] = ("month", "day")
MOMENTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis puts the zone on itself
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=11))]),
)
STARTS = st.dates(date(1970, 1, 1), date(2030, 1, 1))


@given(MOMENTS, MOMENTS, st.sampled_from(GRAINS), STARTS)
def test_a_window_holds_its_moment_between_start_and_observation(
    occurred: datetime, observed: datetime, grain: Grain, day: date
) -> None:
    start = parse_start(day, grain)
    key = window_key(occurred, observed, grain, start)
    begin, end = window_bounds(key, grain)
    first = datetime(start.year, start.month, start.day, tzinfo=UTC)
    assert begin <= max(min(occurred, observed), first) < end
    assert key >= first_window(grain, start)


@given(st.lists(MOMENTS, max_size=5), MOMENTS, st.sampled_from(GRAINS), STARTS)
def test_a_column_has_the_windows_of_its_moments(
    moments: list[datetime], observed: datetime, grain: Grain, start: date
) -> None:
    column = pa.chunked_array([pa.array(moments, TIMESTAMP)])
    keys = window_keys(column, observed, grain, start).to_pylist()
    assert keys == [window_key(moment, observed, grain, start) for moment in moments]


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)), st.sampled_from(GRAINS))
def test_windows_of_a_span_tile_it(since: datetime, span: timedelta, grain: Grain) -> None:
    keys = list(window_range(grain, since, since + span))
    bounds = [window_bounds(key, grain) for key in keys]
    assert all(one[1] == other[0] for one, other in pairwise(bounds))
    if span:
        assert bounds[0][0] <= since
        assert bounds[-1][0] < since + span <= bounds[-1][1]
    assert keys == sorted(keys)


def test_an_empty_span_touches_no_window_but_that_it_lies_in() -> None:
    inside, edge = datetime(2024, 3, 9, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)
    assert list(window_range("month", edge, edge)) == []
    assert list(window_range("month", inside, inside)) == ["2024-03"]


def test_the_first_window_is_open_to_the_left() -> None:
    start = date(2020, 1, 1)
    assert reading_bounds("2020-01", "month", start) == (None, datetime(2020, 2, 1, tzinfo=UTC))
    assert reading_bounds("2020-02", "month", start)[0] == datetime(2020, 2, 1, tzinfo=UTC)
    with pytest.raises(ConfigError, match="first window '2020-01'"):
        reading_bounds("2019-12", "month", start)


@pytest.mark.parametrize(
    "key", ["", "2024", "2024-13", "2024-3", "2024-03-01x", "next", "2024-02-30"]
)
@pytest.mark.parametrize("grain", GRAINS)
def test_what_is_no_window_is_refused_with_an_example(key: str, grain: Grain) -> None:
    with pytest.raises(ConfigError, match=f"{grain} are written like 2024-03"):
        window_bounds(key, grain)


def test_leap_days_and_ends_of_years() -> None:
    assert window_bounds("2024-02-29", "day")[1] == datetime(2024, 3, 1, tzinfo=UTC)
    assert window_bounds("2024-12", "month")[1] == datetime(2025, 1, 1, tzinfo=UTC)


def test_the_current_window_is_in_utc() -> None:
    west = datetime(2024, 2, 29, 23, 30, tzinfo=timezone(-timedelta(hours=2)))
    assert (current_window("month", west), current_window("day", west)) == ("2024-03", "2024-03-01")


@pytest.mark.parametrize(
    ("text", "grain", "expected"),
    [
        (None, "month", DEFAULT_START["month"]),
        (None, "day", DEFAULT_START["day"]),
        ("2015-06", "day", date(2015, 6, 1)),
        ("2015-06-30", "day", date(2015, 6, 30)),
        ("2015-06-30", "month", date(2015, 6, 1)),
        (date(2015, 6, 30), "month", date(2015, 6, 1)),
    ],
)
def test_a_start_is_a_day_or_a_month(text: str | date | None, grain: Grain, expected: date) -> None:
    assert parse_start(text, grain) == expected


@pytest.mark.parametrize("text", ["1969-12-31", "soon", "2015", "2015-06-31"])
def test_what_is_no_start_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        parse_start(text, "month")
