"""What every test may ask for: servers, databases, homes."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from resources.stores.postgres import open_postgres
from tests.support.databases import (
    DEBIAN_PROGRAMS,
    debian_server,
    embedded_home,
    embedded_server,
    execute,
    fresh_database,
    in_database,
)
from tests.support.git_reading import Remote
from tests.support.git_repository import GitRepository, empty_repository
from tests.support.git_server import GitServer, git_server

EXTERNAL = os.environ.get("DAYBOOK_TEST_EXTERNAL") == "1"

# A test's time is limited by pytest; that of one example says more of the machine's load. The suite
# says the same of the same code each time; `--hypothesis-profile=random` looks further afield.
settings.register_profile("daybook", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("random", deadline=None)
settings.load_profile("daybook")

# No setting of whoever runs the suite may reach the product, nor whom their git trusts.
for name in [name for name in os.environ if name.startswith(("DAYBOOK_", "GIT_CONFIG_"))]:
    del os.environ[name]
os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

_TEMPLATE = "daybook_template"

_LONG = ("tests/e2e/", "tests/faults/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of long tests first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


def pytest_collection_finish() -> None:
    """Search no more for garbage among what is loaded: a test that asks for it waits for that."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let what was loaded go the usual way; some extensions count it."""
    gc.unfreeze()


def migrate(url: str) -> None:
    """Give the template database the store's schema and its indexes."""
    with open_postgres(url) as store:
        store.build_indexes()


@pytest.fixture(scope="session")
def external_server() -> Iterator[str]:
    """The URL of Debian's PostgreSQL 15, the oldest kind of server that the suite knows."""
    if not DEBIAN_PROGRAMS.is_dir():
        pytest.skip(f"PostgreSQL 15 is not in {DEBIAN_PROGRAMS}")
    with debian_server() as url:
        yield url


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The superuser's URL of the suite's server.

    The bundled PostgreSQL, or Debian's PostgreSQL 15 with ``DAYBOOK_TEST_EXTERNAL=1``.
    """
    if EXTERNAL:
        yield str(request.getfixturevalue("external_server"))
        return
    with embedded_server() as url:
        yield url


@pytest.fixture(scope="session")
def template_database(database_server: str) -> str:
    """The name of a database that has the schema once, to be copied for each test."""
    execute(database_server, "create database {} template template0", _TEMPLATE)
    migrate(in_database(database_server, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def database_url(database_server: str, template_database: str) -> Iterator[str]:
    """The URL of a database of this test's own, with the schema and no rows."""
    name = f"test_{uuid4().hex[:12]}"
    with fresh_database(database_server, name, template=template_database) as url:
        yield url


@pytest.fixture(scope="module")
def shared_database_url(database_server: str, template_database: str) -> Iterator[str]:
    """The same for all tests of a file that only read."""
    name = f"shared_{uuid4().hex[:12]}"
    with fresh_database(database_server, name, template=template_database) as url:
        yield url


@pytest.fixture
def empty_database_url(database_server: str) -> Iterator[str]:
    """The URL of a database of this test's own, without any schema."""
    with fresh_database(database_server, f"empty_{uuid4().hex[:12]}", template="template0") as url:
        yield url


@pytest.fixture
def daybook_home() -> Iterator[Path]:
    """A ``DAYBOOK_HOME`` of this test's own; a bundled server in it ends with the test."""
    with embedded_home() as home:
        yield home


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """A git server on this machine, of all repositories in the test's own directory."""
    with git_server(tmp_path) as made:
        yield made


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """The repository ``demo`` with one commit, of more bytes than any buffer on the way holds."""
    made = empty_repository(tmp_path / "demo")
    made.commit(edits={b"file": os.urandom(300_000)})
    return made


@pytest.fixture
def remote(server: GitServer, repository: GitRepository, tmp_path: Path) -> Remote:
    """That repository by its URL on the server; nothing is copied yet."""
    return Remote(url=f"{server.url}/{repository.path.name}", cache=tmp_path / "cache")
