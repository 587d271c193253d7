"""This project's own history, read whole and held to git's own commands."""

from pathlib import Path

import pytest

from tests.support.git_oracle import assert_equals_facts, assert_tags, read_facts
from tests.support.git_reading import read
from tests.support.git_repository import GitRepository
from tests.support.processes import ROOT


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone")
def test_own_history_equals_what_git_says_of_it(tmp_path: Path) -> None:
    clone = GitRepository(tmp_path)
    clone.git("clone", "--quiet", "--bare", str(ROOT), "clone")
    clone.path /= "clone"
    given = read(clone.path, branch="all")
    assert_equals_facts(given.events("git.commit"), read_facts(clone))
    assert_tags(clone, given.events("git.tag"))
