"""Records in quarantine, read again one by one."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.config import SourceSpec
from pipelines.sync import retry_quarantined, sync_source
from resources.stores.memory import MemoryStore
from sources import EventBatch
from sources.github import GithubEventSource
from sources.testing.case import Mirror
from tests.support.github import Fault, GitHubServer, Repository
from tests.support.github.payloads import Payloads
from tests.support.github.rest import Rest
from tests.support.github_reading import events, held, read, settings

Spoilt = Callable[[Payloads, Repository], Any]


def first(things: Any) -> Any:
    return next(iter(things.values()))


CASES: dict[str, tuple[str, str, Spoilt]] = {
    "issue": (
        "issues",
        "/issues[?].*direction=asc",
        lambda payloads, made: {**payloads.issue(made, made.issues[1]), "user": 5},
    ),
    "pull request": (
        "pull_request",
        "/issues[?].*direction=asc",
        lambda payloads, made: {**payloads.issue(made, made.issues[2]), "user": 5},
    ),
    "issue event": (
        "issues",
        "/issues/events[?].*per_page=100",
        lambda payloads, made: {
            **payloads.issue_event(made, made.issue_events[0], whole=True),
            "actor": 5,
        },
    ),
    "issue comment": (
        "comment",
        "/issues/comments.*direction=asc",
        lambda payloads, made: {**payloads.comment(made, first(made.comments)), "user": 5},
    ),
    "review comment": (
        "review",
        "/pulls/comments.*direction=asc",
        lambda payloads, made: {
            **payloads.review_comment(made, first(made.review_comments)),
            "user": 5,
        },
    ),
    "commit comment": (
        "comment",
        "/cat/comments",
        lambda payloads, made: {
            **payloads.commit_comment(made, first(made.commit_comments)),
            "user": 5,
        },
    ),
    "release": (
        "release",
        "/releases",
        lambda payloads, made: {**payloads.release(made, first(made.releases)), "author": 5},
    ),
    "commit": (
        "push",
        "/commits[?].*per_page=100",
        lambda payloads, made: {
            **payloads.commit(made, made.commits[made.branches["main"]]),
            "commit": {"author": 5},
        },
    ),
    "workflow run": (
        "workflow_run",
        "created=",
        lambda payloads, made: {
            "total_count": 1,
            "workflow_runs": [{**payloads.run(made, first(made.runs)), "triggering_actor": 5}],
        },
    ),
}


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    site = server.site
    made, ada = site.repository("octo/cat"), site.user("ada")
    tip = made.commit("Begin", user=ada).sha
    issue = made.open_issue("Here", user=ada)
    made.comment(issue, "Said", user=ada)
    made.label(issue, "bug", by=ada)
    made.commit("Topic", user=ada, branch="topic")
    pull = made.open_pull("Mend", user=ada, branch="topic")
    made.review_comment(pull, "Here?", user=ada)
    made.comment_commit(tip, "Hm", user=ada)
    made.release("v1", author=ada)
    made.start_run(actor=ada)
    return made


def spoil(server: GitHubServer, repository: Repository, name: str) -> str:
    """Have one record come spoilt, once; gives the group of events that it belongs to."""
    group, match, make = CASES[name]
    data = make(Rest(server.site, server.url).payloads, repository)
    listed = data if "workflow_runs" in data else [data]
    server.faults.append(Fault(match=match, status=200, data=listed))
    return group


def again(server: GitHubServer, locators: list[str], **more: Any) -> list[EventBatch]:
    async def collect() -> list[EventBatch]:
        source = await GithubEventSource.create({"token": "secret"}, settings(server, **more))
        async with source:
            return [batch async for batch in source.reread(locators)]

    return asyncio.run(collect())


@pytest.mark.parametrize("name", CASES)
def test_a_record_is_asked_for_by_itself(
    server: GitHubServer, repository: Repository, name: str
) -> None:
    group = spoil(server, repository, name)
    mirror = Mirror().take(read(server, events=[group]), full=True)
    (locator,) = mirror.quarantined
    assert locator.startswith(f"{repository.id} {name.replace('pull request', 'issue')} ")
    before = server.count()
    given = events(again(server, [locator], events=[group]))
    assert server.count() - before <= 3  # the repository, the record, a query
    truth = held(server, events=[group])
    assert given
    assert all(truth[event.event_id] == event for event in given)


@pytest.mark.parametrize("name", [name for name in CASES if name != "issue event"])
def test_what_can_be_read_leaves_quarantine(
    server: GitHubServer, repository: Repository, name: str
) -> None:
    server.quota.anonymous = 1_000
    group = spoil(server, repository, name)
    config = {"repo": "octo/cat", "base_url": server.url, "events": [group]}
    spec, store = SourceSpec(id="cat", type="github", config=config), MemoryStore()
    asyncio.run(sync_source(store, spec))
    assert len(store.quarantined_locators("cat")) == 1
    asyncio.run(retry_quarantined(store, spec))
    assert store.quarantined_locators("cat") == []


def test_what_is_gone_gives_nothing(server: GitHubServer, repository: Repository) -> None:
    server.site.token("secret")
    wanted = [f"{repository.id} release 77", f"{repository.id} commit {'0' * 40}", "5 issue 1"]
    assert again(server, wanted) == []


def test_what_still_cannot_be_read_stays(server: GitHubServer, repository: Repository) -> None:
    server.site.token("secret")
    server.faults.append(Fault(match="/issues/1 ", times=None, status=200, data={"number": 1}))
    (batch,) = again(server, [f"{repository.id} issue 1"])
    assert batch.events.num_rows == 0
    (bad,) = batch.quarantined
    assert bad.reason.startswith("it has no")


@pytest.mark.parametrize("locator", ["{} star {{'a': 1}}", "github.release 0", "{} tag v1"])
def test_what_has_no_place_of_its_own_takes_a_whole_reading(
    server: GitHubServer, repository: Repository, locator: str
) -> None:
    whole = held(server)
    found = events(again(server, [locator.format(repository.id)]))
    assert {event.event_id for event in found} == whole.keys()
