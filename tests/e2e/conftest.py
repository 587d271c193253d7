"""The ``daybook`` command as people run it: a process, a directory, a repository."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.databases import fresh_database
from tests.support.places import Place
from tests.support.repositories import Repository, make_repository

COMMITS = 5


@pytest.fixture(scope="module")
def history() -> Callable[[Path], Repository]:
    """How the repository of a file's tests is made: five commits by two people."""
    return partial(make_repository, commits=COMMITS)


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, history: Callable[[Path], Repository]
) -> Repository:
    """That repository, for copies of it."""
    return history(tmp_path_factory.mktemp("history") / "demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one ``daybook sync`` has left: its directory, as it is now and was then, and rows."""

    folder: Path
    kept: Path
    database: str

    def restore(self) -> None:
        """Make the directory what it was: a source's settings name it, so no other will do."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder, symlinks=True)


@pytest.fixture(scope="module")
def reading(
    tmp_path_factory: pytest.TempPathFactory,
    database_server: str,
    template_database: str,
    made: Repository,
) -> Iterator[Reading]:
    """Everything read once, for the tests of a file that go on from there."""
    folder, name = tmp_path_factory.mktemp("reading"), f"reading_{uuid4().hex[:12]}"
    with fresh_database(database_server, name, template=template_database) as url:
        configured(folder, copied(made, folder), url).answer("sync")
        kept = tmp_path_factory.mktemp("kept") / "reading"
        shutil.copytree(folder, kept, symlinks=True)
        yield Reading(folder=folder, kept=kept, database=name)


def copied(made: Repository, folder: Path) -> Repository:
    """A copy of a repository in a directory, under the same name."""
    path = folder / made.path.name
    shutil.copytree(made.path, path, symlinks=True)
    return Repository(path, made.moment)


@pytest.fixture
def repository(request: pytest.FixtureRequest, tmp_path: Path, made: Repository) -> Repository:
    """A repository of the test's own; for one that is ``synced``, where it was read."""
    if "synced" not in request.fixturenames:
        return copied(made, tmp_path)
    found: Reading = request.getfixturevalue("reading")
    found.restore()
    return Repository(found.folder / made.path.name, made.moment)


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
def place(
    request: pytest.FixtureRequest,
    repository: Repository,
    database_server: str,
    template_database: str,
) -> Iterator[Place]:
    """A directory whose one source is the repository, and a database of the test's own."""
    template, name = template_database, f"place_{uuid4().hex[:12]}"
    if "synced" in request.fixturenames:
        template = request.getfixturevalue("reading").database
    with fresh_database(database_server, name, template=template) as url:
        yield configured(repository.path.parent, repository, url)


@pytest.fixture
def synced(place: Place) -> Place:
    """The same, with everything read once: a copy of what one reading left of it."""
    return place


@pytest.fixture(scope="module")
def held(
    tmp_path_factory: pytest.TempPathFactory,
    database_server: str,
    template_database: str,
    made: Repository,
) -> Iterator[Place]:
    """The same, for all tests of a file that only ask."""
    folder = tmp_path_factory.mktemp("held")
    name = f"held_{uuid4().hex[:12]}"
    with fresh_database(database_server, name, template=template_database) as url:
        place = configured(folder, copied(made, folder), url)
        place.answer("sync")
        yield place


Refusal = Callable[..., str]


@pytest.fixture
def refused(place: Place) -> Refusal:
    """Run a command that has to fail with an exit code; gives what it wrote to stderr."""
    return place.refuse
