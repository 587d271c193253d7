"""A source under Dagster, on a real repository and a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from resources.opening import open_store
from tests.support.bench import Bench
from tests.support.repositories import make_repository


@pytest.fixture
def bench(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A repository of three commits in two months, and nothing read of it yet."""
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", database_url)
    home = tmp_path / "home"
    home.mkdir()
    scratch = tmp_path / "dagster"
    scratch.mkdir()
    with (
        DagsterInstance.ephemeral(tempdir=str(scratch)) as instance,
        open_store(home=home, database_url=database_url) as store,
    ):
        yield Bench(
            repository=make_repository(tmp_path / "code", commits=3),
            store=store,
            instance=instance,
            home=home,
            database_url=database_url,
        )
