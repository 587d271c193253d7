"""Real repositories, held to figures that git's plumbing gave for them."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.git_oracle import (
    assert_equals_facts,
    assert_tags,
    assert_trailers,
    read_facts,
)
from tests.support.git_reading import read
from tests.support.git_repository import GitRepository

CORPORA = Path(
    os.environ.get("DAYBOOK_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora"
)
BUNDLE = CORPORA / "git" / "TestGitRepository.bundle"
EXPECTED = CORPORA / "git" / "expected"

pytestmark = pytest.mark.skipif(not BUNDLE.exists(), reason=f"no corpora in {CORPORA}")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    path = tmp_path_factory.mktemp("corpora") / "repo"
    subprocess.run(["git", "clone", "--quiet", "--mirror", BUNDLE, path], check=True)
    return GitRepository(path)


@pytest.mark.parametrize(("selector", "branch"), [("all", "all"), ("HEAD", "master")])
def test_figures_of_the_repository(repository: GitRepository, selector: str, branch: str) -> None:
    expected = json.loads((EXPECTED / f"libgit2+TestGitRepository.{selector}.json").read_text())
    given = read(repository.path, branch=branch)
    events = given.events("git.commit")
    assert_equals_facts(events, read_facts(repository, branch if selector == "HEAD" else "--all"))
    assert_trailers(repository, events)
    files = [item for event in events for item in event.files or ()]
    parents = [len(event.attributes["parents"]) for event in events]
    figures: dict[str, Any] = {
        "commits": len(events),
        "merges": sum(count > 1 for count in parents),
        "octopus": sum(count > 2 for count in parents),
        "roots": parents.count(0),
        "file_changes": len(files),
        "status": dict(Counter(item.change for item in files)),
        "insertions": sum(item.additions or 0 for item in files),
        "deletions": sum(item.deletions or 0 for item in files),
        "binary_rows": sum(item.additions is None for item in files),
        "min_author_ts": int(min(moments := [event.occurred_at for event in events]).timestamp()),
        "max_author_ts": int(max(moments).timestamp()),
    }
    assert figures == {key: expected[key] for key in figures}
    assert not any(batch.quarantined for batch in given.batches)


def test_tags_of_blobs_and_trees(repository: GitRepository) -> None:
    given = read(repository.path, branch="all")
    assert_tags(repository, given.events("git.tag"))
    tags = given.by_subject("git.tag")
    kinds = {name: tag.attributes["target_type"] for name, tag in tags.items()}
    assert kinds == {
        "annotated_tag": "commit",
        "blob": "blob",
        "commit_tree": "tree",
        "nearly-dangling": "blob",
    }
    assert tags["annotated_tag"].actor == "nulltoken"
