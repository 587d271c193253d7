"""Recorded answers and deliveries of GitHub: every one becomes the events it should."""

import base64
import gzip
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sources import EpisodicEvent
from sources.github.events.building import Payload, Repo
from sources.github.events.comments import commit_comment, issue_comment, review, review_comment
from sources.github.events.commits import commit
from sources.github.events.deliveries import READ, delivered
from sources.github.events.envelopes import parse_delivery
from sources.github.events.issues import is_pull, merged, opened
from sources.github.events.releases import release, star
from sources.github.events.runs import workflow_run
from sources.github.events.transitions import transition

CORPORA = Path(
    os.environ.get("DAYBOOK_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora"
)
GITHUB = CORPORA / "github"

pytestmark = pytest.mark.skipif(not GITHUB.exists(), reason=f"no corpora in {CORPORA}")

REPO = Repo(source_id="demo", id=1, name="octocat/Hello-World")
PULL: Payload = {"number": 42, "title": "A pull request"}

Make = Callable[[Payload], EpisodicEvent | None]
EXAMPLES: dict[str, Make] = {
    "/repos/{owner}/{repo}/commits": lambda item: commit(REPO, item, "main"),
    "/repos/{owner}/{repo}/issues": lambda item: opened(REPO, item),
    "/repos/{owner}/{repo}/pulls": lambda item: opened(REPO, item, item),
    "/repos/{owner}/{repo}/pulls/{pull_number}": lambda item: merged(REPO, item, item),
    "/repos/{owner}/{repo}/pulls/{pull_number}/reviews": lambda item: review(REPO, PULL, item),
    "/repos/{owner}/{repo}/pulls/comments": lambda item: review_comment(REPO, item),
    "/repos/{owner}/{repo}/issues/comments": lambda item: issue_comment(REPO, item),
    "/repos/{owner}/{repo}/issues/events": lambda item: transition(REPO, item),
    "/repos/{owner}/{repo}/comments": lambda item: commit_comment(REPO, item),
    "/repos/{owner}/{repo}/releases": lambda item: release(REPO, item),
    "/repos/{owner}/{repo}/actions/runs": lambda item: workflow_run(REPO, item),
}


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_published_examples_are_understood(path: str) -> None:
    described = json.loads((GITHUB / "openapi-examples.json").read_text())
    (example,) = described[path]["examples"].values()
    found = example.get("workflow_runs", [example]) if isinstance(example, dict) else example
    events = [EXAMPLES[path](item) for item in found]
    assert events
    for event in events:
        assert event is not None
        assert event.actor
        assert event.title != "(no text)"
        assert event.url
        assert event.subject in event.url or "#" in event.subject or path.endswith("runs")


def test_the_published_example_of_a_star_is_understood() -> None:
    described = json.loads((GITHUB / "openapi-examples.json").read_text())
    examples = described["/repos/{owner}/{repo}/stargazers"]["examples"]
    (item,) = examples["alternative-response-with-star-creation-timestamps"]
    assert star(REPO, item).actor == "octocat"


def cassette(name: str) -> Iterator[Any]:
    """Give the lists and objects of a recording."""
    recorded = json.loads((GITHUB / "github3-cassettes" / f"{name}.json").read_text())
    for exchange in recorded["http_interactions"]:
        body = exchange["response"]["body"]
        if exchange["response"]["status"]["code"] != 200:
            continue
        if packed := body.get("base64_string"):
            content = base64.b64decode(packed)
            text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()
        else:
            text = body["string"]
        yield json.loads(text)


def listed(name: str) -> list[Payload]:
    return [item for found in cassette(name) if isinstance(found, list) for item in found]


def test_recorded_issues_and_pull_requests() -> None:
    issues = listed("Repository_issues_state_all")
    assert len(issues) == 150
    events = [opened(REPO, issue) for issue in issues]
    assert len({event.event_id for event in events}) == 150
    kinds = Counter(event.kind for event in events)
    pulls = sum(map(is_pull, issues))
    assert kinds["github.pull_request.opened"] == pulls
    assert kinds["github.issue.opened"] == 150 - pulls


@pytest.mark.parametrize(
    ("name", "count", "make"),
    [
        ("Repository_commits", 25, lambda item: commit(REPO, item, "main")),
        ("Repository_comments", 65, lambda item: commit_comment(REPO, item)),
        ("Repository_pull_requests", 11, lambda item: opened(REPO, item, item)),
        ("Repository_releases", 2, lambda item: release(REPO, item)),
        ("Repository_stargazers", 484, lambda item: star(REPO, item)),
    ],
)
def test_recorded_lists(name: str, count: int, make: Make) -> None:
    found = listed(name)
    assert len(found) == count
    if "user" in found[0] or "starred_at" not in found[0]:
        found = [item for item in found if name != "Repository_stargazers" or "starred_at" in item]
    events = [make(item) for item in found]
    assert len({event.event_id for event in events if event}) == len(found)


def test_recorded_deliveries() -> None:
    kinds: Counter[str] = Counter()
    for family in json.loads((GITHUB / "webhooks-even.json").read_text()):
        for payload in family["examples"]:
            delivery = parse_delivery({"event": family["name"], "payload": payload})
            if delivery.repository is None or delivery.name not in READ:
                continue
            number, name = delivery.repository
            assert number is not None
            repo = Repo(source_id="demo", id=number, name=name)
            kinds.update(event.kind for event in delivered(repo, delivery, None) if event)
    assert kinds["github.issue.labelled"] == 1
    assert kinds["github.pull_request.opened"] == 15  # with each delivery that changes one
    assert kinds["github.issue_comment"] == 4
    assert kinds["github.review"] == 2
    assert kinds["github.workflow_run"] == 3


def test_what_was_recorded_has_the_same_id_however_it_came() -> None:
    (pages,) = [list(cassette("Repository_events"))]
    lines = [line for found in pages if isinstance(found, list) for line in found]
    made = 0
    for line in lines:
        delivery = parse_delivery(line)
        if delivery.repository is None or delivery.name not in {"issues", "issue_comment"}:
            continue
        number, name = delivery.repository
        assert number is not None
        repo = Repo(source_id="demo", id=number, name=name)
        for event in delivered(repo, delivery, None):
            assert event is not None
            made += 1
            if event.kind.endswith(".opened"):
                assert event.event_id == opened(repo, line["payload"]["issue"]).event_id
    assert made > 0
