"""The ``daybook`` command as people run it: a process, a directory, a repository."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.databases import fresh_database
from tests.support.places import Place
from tests.support.repositories import Repository, make_repository

COMMITS = 5


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository named ``demo`` with five commits by two people."""
    return make_repository(tmp_path / "demo", COMMITS)


def configured(folder: Path, repository: Repository, database_url: str) -> Place:
    """A directory whose one source is the repository."""
    found = Place(
        folder=folder, home=folder / "home", settings={"DAYBOOK_DATABASE_URL": database_url}
    )
    found.write_sources(
        {"id": "demo", "type": "filesystem", "config": {"root_dir": str(repository.path)}}
    )
    return found


@pytest.fixture
def place(tmp_path: Path, repository: Repository, database_url: str) -> Place:
    """A directory whose one source is the repository, and a database of the test's own."""
    return configured(tmp_path, repository, database_url)


@pytest.fixture
def synced(place: Place) -> Place:
    """The same, with everything read once."""
    place.answer("sync")
    return place


@pytest.fixture(scope="module")
def held(
    tmp_path_factory: pytest.TempPathFactory, database_server: str, template_database: str
) -> Iterator[Place]:
    """The same, for all tests of a file that only ask."""
    folder = tmp_path_factory.mktemp("held")
    repository = make_repository(folder / "demo", COMMITS)
    name = f"held_{uuid4().hex[:12]}"
    with fresh_database(database_server, name, template=template_database) as url:
        place = configured(folder, repository, url)
        place.answer("sync")
        yield place


Refusal = Callable[..., str]


@pytest.fixture
def refused(place: Place) -> Refusal:
    """Run a command that has to fail with an exit code; gives what it wrote to stderr."""
    return place.refuse
