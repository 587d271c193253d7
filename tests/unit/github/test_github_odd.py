"""Answers that are not as GitHub says they are, and readings that are ended in the middle."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from sources import EventBatch
from sources.github import GithubEventSource
from sources.github.groups import GROUPS
from sources.testing.case import drain
from tests.support.github import Fault, GitHubServer, Repository
from tests.support.github.rest import Rest
from tests.support.github_reading import events, look, read, settings
from tests.support.waiting import wait_until

FINE = "2024-05-01T12:00:00Z"
LISTS: dict[str, tuple[str, Any]] = {
    "/issues[?].*direction=asc": ("issues", {"id": 1, "updated_at": FINE}),
    "/issues/comments.*direction=asc": ("comment", {"id": 1}),
    "/pulls/comments.*direction=asc": ("review", None),
    "/issues/events[?].*per_page=100": ("issues", {"id": 1, "event": "labeled"}),
    "/releases": ("release", {"name": "No number"}),
    "/matching-refs": ("tag", {"ref": None}),
    "/commits[?].*per_page=100": ("push", {"sha": "1"}),
    "/cat/comments": ("comment", 5),
    "/issues[?].*&direction=asc": ("issues", None),
}


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    made = server.site.repository("octo/cat")
    made.commit("Begin", user=None)
    made.open_issue("Here", user=None)
    return made


@pytest.mark.parametrize("match", LISTS)
def test_a_record_that_lacks_what_lists_are_read_by_is_kept_apart(
    server: GitHubServer, repository: Repository, match: str
) -> None:
    del repository
    name, odd = LISTS[match]
    server.faults.append(Fault(match=match, status=200, data=[odd]))
    batches = read(server, events=[name])
    (bad,) = [record for batch in batches for record in batch.quarantined]
    assert bad.reason
    assert batches[-1].cursor is not None


@pytest.mark.parametrize("match", ["/reviews", "/jobs"])
def test_an_empty_place_in_a_list_of_what_belongs_to_a_record_is_left_out(
    server: GitHubServer, repository: Repository, match: str
) -> None:
    ada = server.site.user("ada")
    repository.commit("Topic", user=ada, branch="topic")
    repository.open_pull("Mend", user=ada, branch="topic")
    repository.start_run(actor=ada)
    data: Any = [None] if match == "/reviews" else {"total_count": 1, "jobs": [None]}
    server.faults.append(Fault(match=match, status=200, data=data))
    batches = read(
        server, graphql=False, events=["pull_request", "review", "workflow_run", "workflow_job"]
    )
    assert [record for batch in batches for record in batch.quarantined] == []
    kinds = {event.kind for event in events(batches)}
    assert {"github.pull_request.opened", "github.workflow_run"} <= kinds


@pytest.mark.parametrize(
    ("match", "part"),
    [("/reviews", "issue 1 review 5"), ("/jobs", "workflow run {} workflow job 5")],
)
def test_a_bad_part_of_a_record_leaves_the_rest_and_is_asked_for_again_with_it(
    server: GitHubServer, match: str, part: str
) -> None:
    ada = server.site.user("ada")
    made = server.site.repository("octo/cat")
    made.commit("Begin", user=ada)
    made.commit("Topic", user=ada, branch="topic")
    made.review(made.open_pull("Mend", user=ada, branch="topic"), "APPROVED", user=ada)
    run = made.start_run(actor=ada)
    more: dict[str, Any] = {
        "graphql": False,
        "events": ["pull_request", "review", "workflow_run", "workflow_job"],
    }
    whole = {event.event_id for event in events(read(server, **more))}
    bad = {"id": 5, "submitted_at": "once", "started_at": "once"}
    data: Any = [bad] if match == "/reviews" else {"total_count": 1, "jobs": [bad]}
    server.faults.append(Fault(match=match, status=200, data=data))
    batches = read(server, **more)
    (found,) = [record for batch in batches for record in batch.quarantined]
    assert found.locator == f"{made.id} {part.format(run.id)}"
    assert found.event_id is not None
    left = {event.event_id for event in events(batches)}
    assert len(left) == len(whole) - 1
    assert left < whole
    again = events(reread(server, [found.locator], **more))
    assert whole - left < {event.event_id for event in again} < whole


def reread(server: GitHubServer, locators: list[str], **more: Any) -> list[EventBatch]:
    async def collect() -> list[EventBatch]:
        source = await GithubEventSource.create({"token": "secret"}, settings(server, **more))
        async with source:
            return [batch async for batch in source.reread(locators)]

    return asyncio.run(collect())


def test_a_run_that_lacks_what_lists_are_read_by_is_kept_apart(
    server: GitHubServer, repository: Repository
) -> None:
    repository.start_run(actor=None)
    data = {"total_count": 1, "workflow_runs": [{"id": 1, "created_at": FINE}]}
    server.faults.append(Fault(match="created=", status=200, data=data))
    batches = read(server, events=["workflow_run"])
    (bad,) = [record for batch in batches for record in batch.quarantined]
    assert bad.reason == "it has no 'updated_at'"


@pytest.mark.parametrize("value", [2**40, "many", {"a": 1}])
def test_a_value_that_fits_into_no_event_is_kept_apart(
    server: GitHubServer, repository: Repository, value: Any
) -> None:
    ada = server.site.user("ada")
    repository.commit("Topic", user=ada, branch="topic")
    pull = repository.open_pull("Mend", user=ada, branch="topic")
    repository.merge(pull, by=ada)
    detail = {"base": {"ref": "main"}, "merged_at": FINE, "additions": value}
    server.faults.append(Fault(match="/pulls/2$", status=200, data=detail, times=None))
    server.faults.append(Fault(match="/pulls/2 ", status=200, data=detail, times=None))
    batches = read(server, events=["pull_request"], graphql=False)
    (bad,) = [record for batch in batches for record in batch.quarantined]
    assert bad.locator.startswith("github.pull_request.merged")
    assert [event.kind for event in events(batches)] == ["github.pull_request.opened"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(match="graphql", times=None, status=404, data={"message": "Not Found"}),
        Fault(match="graphql", times=None, status=403, data={"message": "Not for this token"}),
    ],
)
def test_where_there_is_no_graphql_pull_requests_are_read_without(
    server: GitHubServer, repository: Repository, fault: Fault
) -> None:
    ada = server.site.user("ada")
    repository.commit("Topic", user=ada, branch="topic")
    repository.review(repository.open_pull("Mend", user=ada, branch="topic"), "APPROVED", user=ada)
    server.faults.append(fault)
    kinds = {event.kind for event in events(read(server))}
    assert {"github.pull_request.opened", "github.review"} <= kinds


@pytest.mark.parametrize("match", ["/repos/octo/cat ", "/issues"])
def test_a_reading_that_hangs_ends_when_it_is_cancelled(
    server: GitHubServer, repository: Repository, match: str
) -> None:
    del repository
    hold = threading.Event()
    fault = Fault(match=match, status=200, data=[], hold=hold, cut=0)
    server.faults.append(fault)

    async def cancel() -> None:
        async with await GithubEventSource.create({}, settings(server)) as source:
            task = asyncio.create_task(drain(source))
            assert await asyncio.to_thread(fault.reached.wait, 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(asyncio.run, cancel())
        assert fault.reached.wait(30)
        wait_until(reading.done, 10, "the end of the reading")
        reading.result()
    hold.set()


@pytest.mark.parametrize("lacking", ["commits", "issues", "organisation"])
def test_h17_what_is_not_there_costs_nothing_when_it_is_idle(
    server: GitHubServer, lacking: str
) -> None:
    repository = server.site.repository("octo/cat")
    repository.has_issues = lacking != "issues"
    if lacking != "commits":
        repository.commit("Begin", user=None)
    person: dict[str, Any] = {"repo": None, "organisation": "octo"}
    asked = person if lacking == "organisation" else {}
    cursor = read(server, **asked)[-1].cursor
    spent = server.spent("secret")
    assert not look(server, cursor, **asked).new
    assert read(server, cursor, **asked) == []
    assert server.spent("secret") == spent


def test_a_commit_without_author_or_with_an_odd_date_has_the_date_of_its_committer(
    server: GitHubServer, repository: Repository
) -> None:
    del repository
    committer = {"name": "GitHub", "email": "noreply@github.com", "date": FINE}
    odd = {"name": "Ada", "email": "7+ada@users.noreply.github.com", "date": "0001-01-01T00:00:00Z"}
    authors: list[Any] = [None, {}, odd]
    written = [{"author": author, "committer": committer} for author in authors]
    data = [
        {"sha": str(number) * 40, "commit": {**commit, "message": ""}, "author": None}
        for number, commit in enumerate([*written, {"author": None, "committer": None}])
    ]
    server.faults.append(Fault(match="/commits[?].*per_page=100", status=200, data=data))
    batches = read(server, events="push")
    found = {event.subject[0]: event for event in events(batches)}
    assert {event.occurred_at.isoformat() for event in found.values()} == {
        "2024-05-01T12:00:00+00:00"
    }
    assert [found[key].actor_key for key in "012"] == [None, None, "ada"]
    (bad,) = [record for batch in batches for record in batch.quarantined]
    assert bad.locator.endswith("commit " + "3" * 40)


def test_h7_h8_neither_search_nor_the_feed_is_asked(
    server: GitHubServer, repository: Repository
) -> None:
    repository.start_run(actor=None)
    cursor = read(server, events=list(GROUPS))[-1].cursor
    look(server, cursor, events=list(GROUPS))
    asked = server.lines()
    assert len(asked) > 10
    assert not [line for line in asked if "/search" in line or "/octo/cat/events" in line]


def test_h9_h10_a_pull_request_brings_all_its_commits_whatever_their_number_and_age(
    server: GitHubServer, repository: Repository
) -> None:
    server.site.clock.move(days=4)
    cursor = read(server)[-1].cursor
    ada = server.site.user("ada")
    old = server.site.clock.now() - timedelta(days=3)
    shas = {
        repository.commit(f"Part {n}", user=ada, branch="topic", at=old).sha for n in range(260)
    }
    pull = repository.open_pull("Mend", user=ada, branch="topic")
    repository.merge(pull, by=ada)
    found = events(read(server, cursor))
    assert shas <= {event.subject for event in found if event.kind == "github.commit"}
    (merged,) = [event for event in found if event.kind == "github.pull_request.merged"]
    assert merged.attributes["commits"] == 260


def test_h19_the_version_is_named_and_what_a_later_one_drops_is_not_needed(
    server: GitHubServer, repository: Repository
) -> None:
    ada = server.site.user("ada")
    repository.commit("Topic", user=ada, branch="topic")
    pull = repository.open_pull("Mend", user=ada, branch="topic")
    repository.merge(pull, by=ada)
    before = events(read(server, graphql=False, events=["pull_request"]))
    sent = [
        {name.lower(): value for name, value in one.headers.items()} for one, *_ in server.asked
    ]
    assert {headers.get("x-github-api-version") for headers in sent} == {"2022-11-28"}
    payloads = Rest(server.site, server.url).payloads
    later = {
        name: value
        for name, value in payloads.pull_detail(repository, pull).items()
        if name not in {"assignee", "merge_commit_sha"}
    }
    server.faults.append(Fault(match="/pulls/2 ", times=None, status=200, data=later))
    after = events(read(server, graphql=False, events=["pull_request"]))
    assert [event.event_id for event in after] == [event.event_id for event in before]
    assert [event.actor for event in after] == [event.actor for event in before]
