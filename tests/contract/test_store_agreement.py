"""Random histories give the same rows in memory and in PostgreSQL."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from resources.stores.memory import MemoryStore
from resources.stores.postgres import open_postgres
from tests.support.store_histories import few_examples, histories, play


@few_examples
@given(data=st.data())
def test_memory_and_postgresql_agree(
    data: st.DataObject, database_url: str, source_names: Iterator[str]
) -> None:
    source_id = next(source_names)
    history = data.draw(histories(source_id))
    with MemoryStore() as memory, open_postgres(database_url) as postgres:
        assert play(postgres, source_id, history) == play(memory, source_id, history)
