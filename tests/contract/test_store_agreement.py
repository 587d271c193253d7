"""Random histories give the same rows in memory and in PostgreSQL."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.stores.memory import MemoryStore
from resources.stores.postgres import open_postgres
from tests.support.store_histories import histories, play


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    """A source of its own for each example, so that they can share one database."""
    return (f"source-{number}" for number in count())


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_memory_and_postgresql_agree(
    data: st.DataObject, database_url: str, names: Iterator[str]
) -> None:
    source_id = next(names)
    history = data.draw(histories(source_id))
    with MemoryStore() as memory, open_postgres(database_url) as postgres:
        assert play(postgres, source_id, history) == play(memory, source_id, history)
