"""Lists by pages: all of them, in order, a few ahead, and never elsewhere."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import BudgetSpentError, ConfigError, RateLimitedError, UnavailableError
from sources.http import Answer, HttpClient, StoppedError
from tests.support.github import START, Fault
from tests.support.http_client import REPOSITORY, SECRET, Reader, reading
from tests.support.waiting import wait_until

ISSUES = f"{REPOSITORY}/issues"
COUNT = 23
FIVES = {"per_page": 5, "direction": "asc"}


@pytest.fixture
def reader() -> Iterator[Reader]:
    with reading() as made:
        for number in range(COUNT):
            moment = START + timedelta(minutes=number)
            made.repository.open_issue(f"Bug {number}", user=None, at=moment)
        yield made


@pytest.fixture
def client(reader: Reader) -> Iterator[HttpClient]:
    with reader.client() as made:
        yield made


def _titles(answers: Iterator[Answer]) -> list[str]:
    return [issue["title"] for answer in answers for issue in answer.data]


def _read_into(seen: list[str], answers: Iterator[Answer]) -> None:
    for answer in answers:
        seen += [issue["title"] for issue in answer.data]


ALL = [f"Bug {number}" for number in range(COUNT)]


@pytest.mark.parametrize("ahead", [0, 1, 2, 10])
def test_all_pages_in_order(client: HttpClient, reader: Reader, ahead: int) -> None:
    assert _titles(client.pages(ISSUES, FIVES, ahead=ahead)) == ALL
    assert reader.server.count("issues") == reader.server.count() == 5
    paths = {asked.path for asked, _, _ in reader.server.asked[1:]}
    assert paths == {f"/repositories/{reader.repository.id}/issues"}


def test_a_list_of_one_page(client: HttpClient, reader: Reader) -> None:
    assert _titles(client.pages(ISSUES, {"per_page": 100, "direction": "asc"})) == ALL
    assert reader.server.count() == 1


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_no_more_pages_ahead_than_wanted(client: HttpClient, reader: Reader, ahead: int) -> None:
    with closing(client.pages(ISSUES, FIVES, ahead=ahead)) as pages:
        next(pages)
        wait_until(lambda: reader.server.count() == 1 + ahead, 30, "the pages ahead")
        next(pages)
        wait_until(lambda: reader.server.count() == min(2 + ahead, 5), 30, "one page more")
    assert reader.server.count() == min(2 + ahead, 5)


def test_no_thread_stays_behind(client: HttpClient) -> None:
    before = threading.active_count()
    with closing(client.pages(ISSUES, FIVES)) as pages:
        next(pages)
    assert not [one for one in threading.enumerate() if one.name.startswith("pages")]
    assert threading.active_count() <= before + 1  # the server's own for this connection


def test_a_list_that_is_known(client: HttpClient, reader: Reader) -> None:
    [first, *_] = client.pages(ISSUES, FIVES)
    [again] = client.pages(ISSUES, FIVES, etag=first.etag)
    assert again.unchanged
    assert reader.server.spent(SECRET) == 5


def test_the_form_asked_for_holds_for_all_pages(client: HttpClient, reader: Reader) -> None:
    for number in range(3):
        reader.repository.star(reader.server.site.user(f"fan{number}"))
    accept = "application/vnd.github.star+json"
    pages = client.pages(f"{REPOSITORY}/stargazers", {"per_page": 1}, accept=accept)
    assert [answer.data[0]["user"]["login"] for answer in pages] == ["fan0", "fan1", "fan2"]


def test_a_page_that_is_refused_is_the_last(client: HttpClient, reader: Reader) -> None:
    fault = Fault(match="[?&]page=3", times=None, status=422, data={"message": "Too deep"})
    reader.server.faults.append(fault)
    statuses = [answer.status for answer in client.pages(ISSUES, FIVES)]
    assert statuses == [200, 200, 422]


@pytest.mark.parametrize("ahead", [0, 2])
@pytest.mark.parametrize(
    "fault",
    [
        {"drop": True},
        {"cut": 50},
        {"truncate": 50},
        {"status": 502},
        {"status": 404},
        {"status": 403, "headers": {"Retry-After": "30"}},
    ],
)
def test_a_fault_at_a_page(
    client: HttpClient, reader: Reader, ahead: int, fault: dict[str, object]
) -> None:
    reader.server.faults.append(Fault(match="[?&]page=3", **fault))  # type: ignore[arg-type]
    assert _titles(client.pages(ISSUES, FIVES, ahead=ahead)) == ALL


def test_no_page_is_fetched_ahead_during_a_wait(client: HttpClient, reader: Reader) -> None:
    server = reader.server

    def forbid() -> None:
        server.forbidden_until = START + timedelta(seconds=30)

    fault = Fault(match="[?&]page=3", status=403, headers={"Retry-After": "30"}, act=forbid)
    server.faults.append(fault)
    assert _titles(client.pages(ISSUES, FIVES, ahead=4)) == ALL
    assert not server.early
    assert reader.clock.waits == [30]


def test_a_wait_begins_only_when_the_page_is_wanted(client: HttpClient, reader: Reader) -> None:
    fault = Fault(match="[?&]page=2", times=None, status=403, headers={"Retry-After": "9999"})
    reader.server.faults.append(fault)
    with closing(client.pages(ISSUES, FIVES)) as pages:
        assert len(next(pages).data) == 5
        wait_until(lambda: reader.server.count() == 2, 30, "the page ahead")
        assert not reader.waits
        with pytest.raises(RateLimitedError):
            next(pages)


def test_a_fault_that_stays_comes_at_its_page(client: HttpClient, reader: Reader) -> None:
    reader.server.faults.append(Fault(match="[?&]page=3", times=None, drop=True))
    seen: list[str] = []
    with pytest.raises(UnavailableError):
        _read_into(seen, client.pages(ISSUES, FIVES))
    assert seen == ALL[:10]


def test_the_budget_ends_with_what_was_read(reader: Reader) -> None:
    with reader.client(budget=3) as client:
        seen: list[str] = []
        with pytest.raises(BudgetSpentError):
            _read_into(seen, client.pages(ISSUES, FIVES))
    assert seen == ALL[:15]
    assert reader.server.count() == 3


@pytest.mark.parametrize("ahead", [0, 2])
def test_no_page_of_another_host(client: HttpClient, reader: Reader, ahead: int) -> None:
    link = '<https://example.org/repos/octo/demo/issues?page=2>; rel="next"'
    reader.server.faults.append(Fault(status=200, data=[], headers={"Link": link}))
    with pytest.raises(ConfigError, match=r"leads to another host, example\.org"):
        list(client.pages(ISSUES, FIVES, ahead=ahead))
    assert reader.server.count() == 1


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("", None),
        ("nonsense", None),
        ('<http://a/1>; rel="last", <http://a/2>; rel="next"', "http://a/2"),
        ("<http://a/2>; rel=next", "http://a/2"),
        ('<http://a/2?x=a,b>; rel="next"', "http://a/2?x=a,b"),
    ],
)
def test_links(link: str, url: str | None) -> None:
    assert Answer(status=200, headers={"Link": link}).next_url == url


def test_other_requests_may_be_sent_between_pages(client: HttpClient, reader: Reader) -> None:
    titles = []
    for answer in client.pages(ISSUES, FIVES):
        for issue in answer.data:
            titles.append(issue["title"])
            path = f"{ISSUES}/{issue['number']}"
            assert client.get(path).data["title"] == issue["title"]
    assert titles == ALL
    assert reader.server.count("issue") == COUNT


def test_an_end_while_a_page_is_fetched_ahead(reader: Reader) -> None:
    fault = Fault(match="[?&]page=2", hold=threading.Event(), cut=10)
    reader.server.faults.append(fault)
    with reader.client() as client, closing(client.pages(ISSUES, FIVES)) as pages:
        next(pages)
        assert fault.reached.wait(30)
        client.stop()
        with pytest.raises(StoppedError):
            next(pages)


@given(
    count=st.integers(0, 12),
    size=st.integers(1, 5),
    ahead=st.integers(0, 3),
    changes=st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=12),
)
def test_nothing_is_lost_by_creation_whatever_happens_meanwhile(
    count: int, size: int, ahead: int, changes: list[tuple[int, bool]]
) -> None:
    with reading() as reader:
        repository = reader.repository
        issues = [repository.open_issue(f"Bug {number}", user=None) for number in range(count)]
        titles = [one.title for one in issues]
        left = iter(changes)

        def change() -> None:
            which, more = next(left, (count, False))
            if which < count:
                repository.edit(issues[which], "Edited")
                repository.close(issues[which], by=None)
            if more:
                repository.open_issue("New", user=None)

        reader.server.faults.append(Fault(times=None, act=change))
        query = {"per_page": size, "direction": "asc", "state": "all"}
        with reader.client() as client:
            seen = _titles(client.pages(ISSUES, query, ahead=ahead))
    assert [one for one in seen if one != "New"] == titles
