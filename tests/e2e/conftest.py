"""The ``daybook`` command as people run it: a process, a directory, a repository."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.places import Place
from tests.support.repositories import Repository, make_repository

COMMITS = 5


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository named ``demo`` with five commits by two people."""
    return make_repository(tmp_path / "demo", COMMITS)


@pytest.fixture
def place(tmp_path: Path, repository: Repository, database_url: str) -> Place:
    """A directory whose one source is the repository, and a database of the test's own."""
    found = Place(
        folder=tmp_path, home=tmp_path / "home", settings={"DAYBOOK_DATABASE_URL": database_url}
    )
    found.write_sources(
        {"id": "demo", "type": "filesystem", "config": {"root_dir": str(repository.path)}}
    )
    return found


@pytest.fixture
def synced(place: Place) -> Place:
    """The same, with everything read once."""
    done = place.run("sync")
    assert done.returncode == 0, done.stderr
    return place


Refusal = Callable[..., str]


@pytest.fixture
def refused(place: Place) -> Refusal:
    """Run a command that has to fail with an exit code; gives what it wrote to stderr."""

    def run(code: int, *arguments: str, **extra: str) -> str:
        done = place.run(*arguments, **extra)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr

    return run
