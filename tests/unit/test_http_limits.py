"""Limits: read from the headers, waited for without a request, told, and given up in the end."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from sources import RateLimitedError
from sources.http import HttpClient, StoppedError
from tests.support.github import START, Fault
from tests.support.http_client import REPOSITORY, SECRET, Reader, reading


@pytest.fixture
def reader() -> Iterator[Reader]:
    with reading() as made:
        yield made


@pytest.fixture
def client(reader: Reader) -> Iterator[HttpClient]:
    with reader.client() as made:
        yield made


def _reset(after: timedelta) -> dict[str, str]:
    moment = int((START + after).timestamp())
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(moment)}


_DATE = format_datetime(START + timedelta(seconds=45), usegmt=True)
_SLOWLY = "You have exceeded a secondary rate limit. Please wait a few minutes."
_ABUSE = "You have triggered an abuse detection mechanism."

LIMITS: dict[str, tuple[dict[str, Any], float]] = {
    "403, seconds": ({"status": 403, "headers": {"Retry-After": "30"}}, 30),
    "429, seconds": ({"status": 429, "headers": {"Retry-After": "30"}}, 30),
    "a date": ({"status": 429, "headers": {"Retry-After": _DATE}}, 45),
    "no seconds": ({"status": 403, "headers": {"Retry-After": "0"}}, 0),
    "403, reset": ({"status": 403, "headers": _reset(timedelta(minutes=5))}, 301),
    "429, reset": ({"status": 429, "headers": _reset(timedelta(minutes=5))}, 301),
    "both": (
        {"status": 403, "headers": {**_reset(timedelta(minutes=5)), "Retry-After": "9"}},
        9,
    ),
    "a reset in the past": ({"status": 403, "headers": _reset(timedelta(minutes=-5))}, 1),
    "429, nothing": ({"status": 429, "data": {}}, 60),
    "words": ({"status": 403, "data": {"message": _SLOWLY}}, 60),
    "older words": ({"status": 403, "data": {"message": _ABUSE}}, 60),
    "GraphQL": ({"status": 200, "data": {"errors": [{"message": _SLOWLY}]}}, 60),
    "GraphQL, seconds": (
        {
            "status": 200,
            "data": {"errors": [{"type": "RATE_LIMITED", "message": "No"}]},
            "headers": {"Retry-After": "30"},
        },
        30,
    ),
    "GraphQL, reset": (
        {
            "status": 200,
            "data": {"data": None, "errors": [{"type": "RATE_LIMIT", "message": "No"}]},
            "headers": _reset(timedelta(minutes=5)),
        },
        301,
    ),
}


@pytest.mark.parametrize(("fault", "seconds"), LIMITS.values(), ids=LIMITS)
def test_h14_each_limit_is_waited_for(
    client: HttpClient, reader: Reader, fault: dict[str, Any], seconds: float
) -> None:
    server = reader.server
    until = START + timedelta(seconds=seconds)

    def forbid() -> None:
        server.forbidden_until = until

    server.faults.append(Fault(act=forbid, **fault))
    sent: list[int] = []
    reader.clock.during = lambda: sent.append(server.count())
    assert client.get(REPOSITORY).data["id"] == reader.repository.id
    assert reader.clock.waits == ([seconds] if seconds else [])
    assert [(one.until, one.seconds) for one in reader.waits] == [(until, seconds)][: bool(seconds)]
    assert server.count() == 2
    assert not server.early
    assert set(sent) <= {1}


def test_the_reset_counts_by_the_clock_of_the_service(client: HttpClient, reader: Reader) -> None:
    headers = _reset(timedelta(minutes=5))
    headers["Date"] = format_datetime(START + timedelta(minutes=3), usegmt=True)
    reader.server.faults.append(Fault(status=403, headers=headers))
    client.get(REPOSITORY)
    assert len(reader.waits) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"data": {"message": "Resource not accessible by personal access token"}},
        {"data": {"message": "Must have admin rights"}, "headers": {"X-RateLimit-Remaining": "9"}},
        {"data": None, "headers": {"X-RateLimit-Reset": "1714565100"}},
        {"data": ["?"]},
        {"data": None, "headers": {"X-RateLimit-Remaining": "0"}},
        {"data": None, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}},
        {"data": None, "headers": {"Retry-After": "soon"}},
    ],
)
def test_no_wait_is_invented(client: HttpClient, reader: Reader, fault: dict[str, Any]) -> None:
    reader.server.quota.told = False
    reader.server.faults.append(Fault(status=403, **fault))
    assert client.get(REPOSITORY).status == 403
    assert client.get(REPOSITORY).good
    assert not reader.waits


def test_h15_a_silent_server_is_never_waited_for(client: HttpClient, reader: Reader) -> None:
    reader.server.quota.told = False
    for _ in range(10):
        assert client.get(REPOSITORY).good
    assert not reader.waits


def test_the_hour_of_a_token_is_waited_for(reader: Reader) -> None:
    reader.server.site.token(SECRET, limit=3)
    with reader.client(patience=3600 + 1) as client:
        for _ in range(7):
            assert client.get(REPOSITORY).good
    assert reader.clock.waits == [3601, 3601]
    assert reader.server.count(status=403) == 2
    assert "used up" in reader.waits[0].reason


def test_an_hour_is_too_long(client: HttpClient, reader: Reader) -> None:
    reader.server.site.token(SECRET, limit=1)
    client.get(REPOSITORY)
    with pytest.raises(RateLimitedError, match="used up") as caught:
        client.get(REPOSITORY)
    assert caught.value.retry_after == 3601
    assert "goes on in 3601 s" in caught.value.remedy
    count = reader.server.count()
    with pytest.raises(RateLimitedError):
        client.get(REPOSITORY)
    assert reader.server.count() == count
    assert not reader.waits
    reader.clock.move(seconds=3601)
    assert client.get(REPOSITORY).good


def test_a_limit_without_a_time_is_given_up(client: HttpClient, reader: Reader) -> None:
    reader.server.faults.append(Fault(times=None, status=429))
    with pytest.raises(RateLimitedError) as caught:
        client.get(REPOSITORY)
    assert reader.clock.waits == [60, 120, 240]
    assert caught.value.retry_after == 480
    assert reader.server.count() == 4


def test_a_limit_that_comes_again_and_again_is_given_up(client: HttpClient, reader: Reader) -> None:
    fault = Fault(times=None, status=403, headers={"Retry-After": "5"})
    reader.server.faults.append(fault)
    with pytest.raises(RateLimitedError):
        client.get(REPOSITORY)
    assert reader.clock.waits == [5] * 5
    assert reader.server.count() == 6


def test_an_answer_in_between_makes_a_limit_new(client: HttpClient, reader: Reader) -> None:
    for _ in range(8):
        reader.server.faults.append(Fault(status=429))
        assert client.get(REPOSITORY).good
    assert reader.clock.waits == [60] * 8


def test_a_limit_amid_faults(client: HttpClient, reader: Reader) -> None:
    reader.server.faults += [
        Fault(drop=True),
        Fault(status=403, headers={"Retry-After": "30"}),
        Fault(status=502),
    ]
    assert client.get(REPOSITORY).good
    assert reader.clock.waits[1] == 30
    assert len(reader.waits) == 3


def test_a_wait_is_ended(client: HttpClient, reader: Reader) -> None:
    reader.server.faults.append(Fault(times=None, status=429))
    reader.clock.during = reader.stopped.set
    with pytest.raises(StoppedError):
        client.get(REPOSITORY)
    assert reader.server.count() == 1


def test_a_wait_in_words(client: HttpClient, reader: Reader) -> None:
    reader.server.faults.append(Fault(status=403, headers={"Retry-After": "90"}))
    client.get(REPOSITORY)
    [waiting] = reader.waits
    assert str(waiting) == "demo: GitHub asks to slow down; waiting 90 s, until 12:01:30 UTC"
    assert waiting.until == datetime.fromisoformat("2024-05-01T12:01:30Z")
