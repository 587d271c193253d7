"""The stores that the contract is held against: the fixture's parameters are the list."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count

import psycopg2
import pytest

from resources.stores.base import EpisodicStore
from resources.stores.memory import MemoryStore
from resources.stores.postgres import open_postgres

STORES: dict[str, Callable[[Callable[[str], str]], EpisodicStore]] = {
    "memory": lambda _: MemoryStore(),
    "postgres": lambda fixture: open_postgres(fixture("database_url")),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[EpisodicStore]:
    """One empty store of each kind."""
    with STORES[request.param](request.getfixturevalue) as opened:
        yield opened


@pytest.fixture(scope="module", params=STORES)
def shared_store(request: pytest.FixtureRequest) -> Iterator[EpisodicStore]:
    """One of each kind for all tests of a file that only read."""
    with STORES[request.param](lambda name: request.getfixturevalue(f"shared_{name}")) as opened:
        yield opened


@pytest.fixture(scope="module")
def source_names() -> Iterator[str]:
    """A source of its own for each example, so that they can share one database."""
    return (f"source-{number}" for number in count())


@pytest.fixture
def cut_off(request: pytest.FixtureRequest, store: EpisodicStore) -> Callable[[str], None]:
    """Take a source's lock away from its writer, as a lost connection does."""
    if isinstance(store, MemoryStore):
        return lambda source_id: store.release(source_id, store.holder(source_id) or "")
    url: str = request.getfixturevalue("database_url")
    return lambda _: terminate_lock_holders(url)


def terminate_lock_holders(url: str) -> None:
    """End every server process of this database that holds an advisory lock, and see it gone."""
    holders = """
        select pid from pg_locks
        where locktype = 'advisory' and granted and pid <> pg_backend_pid()
          and database = (select oid from pg_database where datname = current_database())
    """
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"select pg_terminate_backend(pid, 10000) from ({holders}) as holder")
        assert cursor.fetchall(), "nobody held a lock"
