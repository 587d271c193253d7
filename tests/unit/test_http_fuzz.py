"""Whatever a server puts into a header: no crash, no wait out of nothing, no other host."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from sources import ConfigError
from sources.github.limits import GitHubPace
from sources.http import Again, Answer, Hold
from sources.http.address import check_address, origin
from tests.support.github import START

BASE = "https://api.example.org/v3"

_VALUES = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.sampled_from(["0", "-1", "²", "1e9", "Wed, 01 May 2024 12:00:00 GMT", "Wed, 99 Foo 1 +9"]),
    st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S +9999")),
)
_HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date", "Link"]),
    _VALUES,
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["errors", "message", "type", "data"]), inner)
    ),
    max_leaves=8,
)


@given(status=st.sampled_from([200, 403, 429]), headers=_HEADERS, data=_JSON)
def test_limits(status: int, headers: dict[str, str], data: object) -> None:
    answer = Answer(status=status, headers=CaseInsensitiveDict(headers), data=data)
    match GitHubPace().judge(answer, START):
        case Hold(seconds=seconds):
            assert seconds is None or seconds >= 0
        case Again():
            pytest.fail("none of these is a mistake")
        case None:
            assert status != 429
    assert answer.next_url is None or isinstance(answer.next_url, str)


_URLS = st.one_of(
    st.text(max_size=40),
    st.text(max_size=20).map(lambda text: f"https://api.example.org{text}"),
    st.text(max_size=20).map(lambda text: f"https://{text}api.example.org/"),
    st.text(alphabet="/\\@:?#.[]%htps ", max_size=20).map(lambda text: f"https:{text}"),
)


@given(location=_URLS, redirected=st.booleans())
def test_no_other_host(location: str, *, redirected: bool) -> None:
    address = check_address("demo", BASE)
    try:
        url = address.follow(f"{BASE}/x", location) if redirected else address.resolve(location)
    except ConfigError:
        return
    assert origin(url) == ("https", "api.example.org", 443)


@given(url=_URLS)
def test_any_base(url: str) -> None:
    try:
        address = check_address("demo", url)
    except ConfigError:
        return
    assert origin(address.base) is not None


def test_a_date_in_another_zone() -> None:
    headers = {"Retry-After": "Wed, 01 May 2024 14:01:00 +0200"}
    answer = Answer(status=429, headers=headers)
    held = GitHubPace().judge(answer, datetime.fromisoformat("2024-05-01T12:00:00Z"))
    assert held == Hold(reason="GitHub asks to slow down", seconds=60)
