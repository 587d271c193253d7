"""What the library says of itself stands in the log of the run that has it say so."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from pipelines.instance import instance_settings
from resources.opening import open_store
from tests.support.bench import Bench
from tests.support.repositories import make_repository


@pytest.fixture
def loggers() -> Iterator[dict[str, object]]:
    """How ``daybook up`` has Dagster listen to loggers; they are as before afterwards."""
    settings = instance_settings("NAME", 14)["python_logs"]
    yield settings
    for name in settings["managed_python_loggers"]:
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_the_librarys_own_words_are_in_the_runs_log(
    tmp_path: Path,
    empty_database_url: str,
    loggers: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", empty_database_url)
    scratch, home = tmp_path / "dagster", tmp_path / "home"
    scratch.mkdir()
    home.mkdir()
    told = {"python_logs": loggers}
    with (
        DagsterInstance.ephemeral(tempdir=str(scratch), settings=told) as instance,
        open_store(home=home, database_url=empty_database_url) as store,
    ):
        bench = Bench(
            repository=make_repository(tmp_path / "code", commits=3),
            store=store,
            instance=instance,
            home=home,
            database_url=empty_database_url,
        )
        done = bench.run(bench.ask())
        said = [entry.user_message for entry in instance.all_logs(done.run_id)]
    assert "building index events_search" in said
