"""What breaks on the way and is tried again, and how everything can be ended."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sources import UnavailableError
from sources.http import HttpClient, StoppedError, SystemClock
from sources.http.connections import EndableAdapter
from tests.support.certificates import make_certificate
from tests.support.github import Fault, github_server
from tests.support.http_client import REPOSITORY, Reader, reading
from tests.support.waiting import wait_until


@pytest.fixture
def reader() -> Iterator[Reader]:
    with reading() as made:
        yield made


@pytest.fixture
def client(reader: Reader) -> Iterator[HttpClient]:
    with reader.client() as made:
        yield made


FAULTS: dict[str, dict[str, Any]] = {
    "dropped": {"drop": True},
    "cut in the middle": {"cut": 100},
    "cut before the first byte": {"cut": 0},
    "truncated": {"truncate": 100},
    "empty JSON": {"truncate": 1},
    "500": {"status": 500, "data": {"message": "Server Error"}},
    "502, a page": {"status": 502, "data": "<html>Unicorn!</html>", "kind": "text/html"},
    "503": {"status": 503},
    "504": {"status": 504},
    "no gzip": {"status": 200, "data": {}, "headers": {"Content-Encoding": "gzip"}},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_is_over_at_the_fourth_try(
    client: HttpClient, reader: Reader, fault: dict[str, Any]
) -> None:
    reader.server.faults.append(Fault(times=3, **fault))
    assert client.get(REPOSITORY).data["id"] == reader.repository.id
    assert reader.server.count() == 4
    first, second, third = reader.clock.waits
    assert 1 <= first <= second <= third <= 6
    assert [waiting.seconds for waiting in reader.waits] == reader.clock.waits
    assert all(waiting.source_id == "demo" and waiting.reason for waiting in reader.waits)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_is_given_up_at_the_fifth_try(
    client: HttpClient, reader: Reader, fault: dict[str, Any]
) -> None:
    reader.server.faults.append(Fault(times=None, **fault))
    with pytest.raises(UnavailableError, match=r"demo: 127\.0\.0\.1:\d+") as caught:
        client.get(REPOSITORY)
    assert reader.server.count() == 5
    assert len(reader.waits) == 4
    assert "What was read is kept" in caught.value.remedy


def test_a_service_says_when_it_is_back(client: HttpClient, reader: Reader) -> None:
    fault = Fault(times=None, status=503, headers={"Retry-After": "120"})
    reader.server.faults.append(fault)
    with pytest.raises(UnavailableError) as caught:
        client.get(REPOSITORY)
    assert caught.value.retry_after == 120
    assert reader.clock.waits == [120] * 4


def test_a_status_that_the_caller_has_an_answer_to(client: HttpClient, reader: Reader) -> None:
    reader.server.faults.append(Fault(status=502))
    body = {"query": "{viewer{login}}"}
    answer = client.post(reader.server.graphql_url, body, handed_back=frozenset({502}))
    assert (answer.status, answer.good) == (502, False)
    assert not reader.waits
    assert client.post(reader.server.graphql_url, body, handed_back=frozenset({502})).good


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_by_mistake(client: HttpClient, reader: Reader, status: int) -> None:
    reader.server.faults.append(Fault(status=status, data={"message": "Not now"}))
    assert client.get(REPOSITORY).good
    assert reader.server.count() == 2


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_that_is_meant(client: HttpClient, reader: Reader, status: int) -> None:
    fault = Fault(times=None, status=status, data={"message": "Never"})
    reader.server.faults.append(fault)
    answer = client.get(REPOSITORY)
    assert (answer.status, answer.data) == (status, {"message": "Never"})
    assert reader.server.count() == 2


def test_statistics_that_are_not_ready(client: HttpClient, reader: Reader) -> None:
    reader.server.faults.append(Fault(times=2, status=202, data={}))
    assert client.get(REPOSITORY).status == 200


def test_a_page_with_a_refusal_is_no_fault(client: HttpClient, reader: Reader) -> None:
    fault = Fault(status=403, data="<html>Forbidden</html>", kind="text/html")
    reader.server.faults.append(fault)
    answer = client.get(REPOSITORY)
    assert (answer.status, answer.data) == (403, None)


def test_broken_json_with_a_refusal_is_no_fault(client: HttpClient, reader: Reader) -> None:
    reader.server.faults.append(Fault(status=422, data={"message": "No"}, truncate=3))
    assert client.get(REPOSITORY).data is None


def test_half_a_character_takes_no_answer_with_it(client: HttpClient, reader: Reader) -> None:
    body = r'{"title": "cut \ud83d", "body": "\ud83d\ude00 \\ud83d"}'
    reader.server.faults.append(Fault(status=200, data=body, kind="application/vnd.github+json"))
    assert client.get(REPOSITORY).data == {"title": "cut \ufffd", "body": "\U0001f600 \\ud83d"}
    assert reader.waits == []


def test_an_answer_that_drips_on_and_on(client: HttpClient, reader: Reader) -> None:
    hold = threading.Event()
    fault = Fault(status=200, data="x" * 500, hold=hold, cut=100)
    reader.server.faults.append(fault)
    with ThreadPoolExecutor(1) as thread:
        getting = thread.submit(client.get, REPOSITORY)
        assert fault.reached.wait(30)
        reader.clock.move(minutes=6)
        hold.set()
        assert getting.result(30).data["id"] == reader.repository.id
    assert [waiting.reason.partition(": ")[2] for waiting in reader.waits] == ["no answer in time"]


@pytest.mark.parametrize("cut", [0, 100])
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_an_answer_that_does_not_come_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int, *, secure: bool
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    hold = threading.Event()
    fault = Fault(status=200, data="x" * 500, hold=hold, cut=cut)
    with (
        github_server(certificate=certificate if secure else None) as server,
        Reader(server).client() as client,
        ThreadPoolExecutor(1) as thread,
    ):
        server.faults.append(fault)
        getting = thread.submit(client.get, REPOSITORY)
        assert fault.reached.wait(30)
        client.stop()
        wait_until(getting.done, 10, "the end of the request")
        with pytest.raises(StoppedError):
            getting.result()
        hold.set()


def test_a_connection_that_opens_after_the_end(reader: Reader) -> None:
    adapter = EndableAdapter()
    with requests.Session() as session:
        session.mount("http://", adapter)
        assert session.get(reader.server.url, timeout=30).ok
        adapter.end()
        for _ in range(2):
            with pytest.raises(requests.ConnectionError):
                session.get(reader.server.url, timeout=30)


def test_the_clock_of_the_machine() -> None:
    clock, stopped = SystemClock(), threading.Event()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.wait(stopped, 0) is False
    stopped.set()
    assert clock.wait(stopped, 3600) is True


def test_a_pause_is_ended(client: HttpClient, reader: Reader) -> None:
    reader.server.faults.append(Fault(times=None, status=500))
    reader.clock.during = reader.stopped.set
    with pytest.raises(StoppedError):
        client.get(REPOSITORY)
    assert reader.server.count() == 1


def test_nothing_is_sent_after_the_end(client: HttpClient, reader: Reader) -> None:
    client.stop()
    for _ in range(2):
        with pytest.raises(StoppedError):
            client.get(REPOSITORY)
    assert not reader.server.asked
