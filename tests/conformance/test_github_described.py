"""The GitHub of the tests beside GitHub's own description of its interfaces."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from graphql import GraphQLSchema, build_schema, parse, validate

from sources.github.events.deliveries import READ, TOLD
from sources.github.events.envelopes import parse_delivery
from sources.github.queries import compose, compose_more
from sources.github.streams import discussions, stars, tags
from tests.support import github_history
from tests.support.github import GitHubServer, github_server
from tests.support.github.described import (
    PLACE,
    described,
    needs_description,
    path_of,
    sample,
    webhooks,
    wrong_in_answer,
)
from tests.support.github.lists import LISTS
from tests.support.github.schema import read_schema
from tests.support.github.singles import SINGLES
from tests.support.github_reading import events
from tests.support.github_saved import history, reading

pytestmark = needs_description

BELOW = "/repos/octo/cat"


@pytest.fixture(scope="module")
def server() -> Iterator[GitHubServer]:
    """A repository with something of everything."""
    with github_server() as made:
        site = made.site
        site.organisation("octo")
        repository = github_history.eventful_repository(site, "octo/cat")
        repository.star(site.user("ada"))
        run = repository.start_run(actor=site.user("ada"))
        repository.end_run(run)
        repository.annotate("v9", "The ninth", by=site.user("ada"))
        site.token("secret", limit=100_000)
        yield made


def paths(server: GitHubServer) -> list[str]:
    """Name one thing of each kind that the repository has, and every list."""
    made = server.site.find("octo/cat")
    assert made is not None
    pull = next(one.number for one in made.issues.values() if one.pull)
    issue = next(one.number for one in made.issues.values() if not one.pull)
    tip, old = made.branches["main"], next(iter(made.commits))
    lists = "/issues?state=all /pulls?state=all /issues/comments /issues/events /pulls/comments"
    more = "/comments /commits /branches /tags /git/matching-refs/tags /releases /stargazers"
    singles = [
        *(f"/issues/{issue}{tail}" for tail in ("", "/comments", "/events", "/timeline")),
        *(f"/pulls/{pull}{tail}" for tail in ("", "/comments", "/reviews", "/commits", "/files")),
        f"/issues/{pull}/timeline",
        f"/commits/{tip}",
        f"/commits/{tip}/comments",
        f"/git/commits/{tip}",
        f"/git/tags/{made.annotated['v9'].sha}",
        f"/compare/{old}...{tip}",
        "/branches/main",
        f"/issues/comments/{next(iter(made.comments))}",
        f"/issues/events/{made.issue_events[0].id}",
        f"/pulls/comments/{next(iter(made.review_comments))}",
        f"/comments/{next(iter(made.commit_comments))}",
        f"/releases/{next(iter(made.releases))}",
        f"/actions/runs/{next(iter(made.runs))}",
        f"/actions/runs/{next(iter(made.runs))}/jobs",
    ]
    below = [*lists.split(), *more.split(), "/actions/runs", "/events", *singles, ""]
    elsewhere = "/users/ada /orgs/octo /users/octo/repos /orgs/octo/repos /rate_limit /meta"
    found = "/search/issues?q=repo:octo/cat+is:pr"
    return [*(f"{BELOW}{tail}" for tail in below), *elsewhere.split(), found]


def test_every_answer_is_as_github_describes_it(server: GitHubServer) -> None:
    server.asked.clear()
    wrong = {}
    for path in paths(server):
        asked, mark, query = path.partition("?")
        answer = requests.get(
            f"{server.url}{asked}?per_page=100{mark and '&'}{query}",
            headers={"Authorization": "Bearer secret"},
            timeout=30,
        )
        name = path_of(asked)
        assert (answer.status_code, name is not None) == (200, True), path
        assert answer.json(), path
        if complaints := wrong_in_answer(str(name), answer.json()):
            wrong[path] = complaints[:5]
    assert wrong == {}
    served = {kind for _, kind, _ in (*LISTS, *SINGLES)}
    assert served <= set(server.kinds())


ISSUE, PULL = {"number": 1}, {"number": 2, "pull_request": {}}
QUERIES = {
    "all of both": compose([ISSUE, PULL], changes=True, references=True),
    "pull requests": compose([PULL], changes=False, references=False),
    "what else refers to an issue": compose_more(ISSUE),
    "what else refers to a pull request": compose_more(PULL),
    "stars": stars.QUERY,
    "tags": tags.QUERY % ("$q0: String!", "q0: ref(qualifiedName: $q0) {...Aim}"),
    "discussions": discussions.QUERY,
    "comments of a discussion": discussions.MORE,
    "replies to a comment": discussions.REPLIES,
    "newest discussion": discussions.NEWEST,
}


@pytest.fixture(scope="module")
def published() -> GraphQLSchema:
    """GitHub's schema."""
    return build_schema((PLACE / "schema.graphql").read_text(), assume_valid=True)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_is_one_that_github_can_answer(published: GraphQLSchema, query: str) -> None:
    assert [error.message for error in validate(published, parse(query))] == []


def test_what_the_tests_can_be_asked_is_in_githubs_schema(published: GraphQLSchema) -> None:
    unknown = [
        f"{name}.{field}"
        for name, made in read_schema().type_map.items()
        if not name.startswith("__")
        for field in getattr(made, "fields", {})
        if field not in getattr(published.type_map.get(name), "fields", {})
    ]
    assert unknown == []


def test_a_delivery_of_the_tests_is_as_github_describes_it() -> None:
    schemas = {(name, action): schema["$ref"] for name, action, schema in webhooks()}
    with github_server() as server:
        _, notes = history(server)
    wrong = {}
    for note in notes:
        key = note["event"], note["payload"].get("action")
        pointer = schemas[key].removeprefix("#/").split("/")
        if complaints := described("webhooks.json").complaints(note["payload"], *pointer):
            wrong[key] = complaints[:5]
    assert wrong == {}


@pytest.mark.parametrize("full", [False, True], ids=["the least of it", "much of it"])
def test_whatever_github_delivers_is_read_or_counted(tmp_path: Path, *, full: bool) -> None:
    """Each delivery that is described: none is an error; those of the kinds read become events."""
    records = []
    for name, action, schema in webhooks():
        payload = sample(schema, full=full)
        if action is not None:
            payload["action"] = action
        if isinstance(payload.get("issue"), dict):
            payload["issue"].pop("pull_request", None)
        if isinstance(payload.get("repository"), dict):
            place = {"id": 7, "full_name": "octo/cat", "default_branch": "main"}
            payload["repository"] |= place
        if name == "push":
            payload["ref"] = "refs/heads/main"
        records.append({"event": name, "payload": payload})
    records.sort(key=lambda one: one["payload"].get("action") == "deleted")  # for good
    batches, stats = reading(tmp_path, *records)
    assert [bad.reason for batch in batches for bad in batch.quarantined] == []
    passed = {name.partition(".")[0] for name in stats["passed_over"]}
    assert passed.isdisjoint(READ - {"pull_request", "push", "star"}), stats["passed_over"]
    kinds = Counter(event.kind for event in events(batches))
    assert len(kinds) > 40
    assert kinds["github.issue.opened"] == 16  # with each that changes one


@pytest.mark.parametrize("full", [False, True], ids=["the least of it", "much of it"])
def test_whatever_is_told_is_known_without_its_name_and_nothing_is_taken_for_it(
    *, full: bool
) -> None:
    wrong = set()
    for name, action, schema in webhooks():
        payload = sample(schema, full=full)
        if action is not None:
            payload["action"] = action
        if payload:  # the least of a ping is nothing
            known = parse_delivery(payload).name
            if known != name and TOLD & {known, name}:
                wrong.add((name, action, known))
    assert wrong == set()
