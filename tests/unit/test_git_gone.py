"""What no branch reaches any more is withdrawn, and nothing else, whatever the clocks said."""

from pathlib import Path

import pytest

from sources.event import event_id
from tests.support.git_reading import read
from tests.support.git_repository import DAY, START, GitRepository, empty_repository

AHEAD = b"%d +0000" % (START + 9_000 * DAY)
"""A clock that was wrong by decades."""


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """A first commit that seems the newest, a branch on it, and more commits than git looks at."""
    made = empty_repository(tmp_path / "repo")
    first = made.commit(date=AHEAD, edits={b"file": b"0\n"})
    made.git("update-ref", "refs/heads/kept", first)
    for number in range(1, 20):
        made.commit(edits={b"file": b"%d\n" % number})
    return made


def ids(*shas: str) -> set[str]:
    return {event_id("demo", "git.commit", sha) for sha in shas}


@pytest.mark.parametrize("patterns", [[], ["file"]])
def test_commit_of_a_wrong_clock_outlives_its_branch(
    repository: GitRepository, patterns: list[str]
) -> None:
    cursor = read(repository.path, branch="all", patterns=patterns).cursor
    repository.git("update-ref", "-d", "refs/heads/kept")
    repository.commit(edits={b"file": b"new\n"})
    first = repository.text("rev-list", "--max-parents=0", "main")
    listed = repository.text("rev-list", first, "^main").split()
    assert listed == [first]  # so git answers where it trusts the dates
    assert read(repository.path, cursor, branch="all", patterns=patterns).retracted == set()


def test_commits_of_a_wrong_clock_are_withdrawn_once_they_are_gone(
    repository: GitRepository,
) -> None:
    root = repository.text("rev-parse", "kept")
    gone = [
        repository.commit("side", b"One\n", parents=[root], date=AHEAD),
        repository.commit("side", b"Two\n", date=b"1 +0000"),
    ]
    cursor = read(repository.path, branch="all").cursor
    repository.git("update-ref", "-d", "refs/heads/side")
    assert read(repository.path, cursor, branch="all").retracted == ids(*gone)


def test_all_are_withdrawn_with_the_last_branch(repository: GitRepository) -> None:
    first = read(repository.path, branch="all")
    for name in ("main", "kept"):
        repository.git("update-ref", "-d", f"refs/heads/{name}")
    assert read(repository.path, first.cursor, branch="all").retracted == ids(*first.shas())
