"""The command with the PostgreSQL that comes along."""

import subprocess
import sys

from pipelines.cli.lock import hold_home
from pipelines.instance import UP_VARIABLE
from resources.embedded import EmbeddedPostgres
from tests.e2e.conftest import COMMITS
from tests.support.databases import embedded_home
from tests.support.places import Place
from tests.support.repositories import Repository


def test_a_sync_starts_the_server_and_leaves_it_for_the_next(repository: Repository) -> None:
    with embedded_home() as home:
        place = Place(folder=repository.path, home=home)
        (source,) = place.answer("sync")["sources"]
        assert source["new"] == COMMITS
        server = EmbeddedPostgres(home).status()
        assert server.running
        assert place.answer("query", "select count(*) as n from commits") == [{"n": COMMITS}]
        assert place.answer("status")["server"]["pid"] == server.pid
        with EmbeddedPostgres(home).hold():
            done = place.run("stop")
            assert done.returncode == 5
            assert "--force" in done.stderr
        assert place.answer("stop") == {"stopped": True}
        assert not EmbeddedPostgres(home).status().running
        assert place.answer("stop") == {"stopped": False}
        assert place.answer("sync")["sources"][0]["new"] == 0


def test_a_home_that_was_not_there_is_said_to_be_new(repository: Repository) -> None:
    with embedded_home() as home:
        place = Place(folder=repository.path, home=home)
        assert f"{home} is new, so it holds nothing" in place.run("timeline").stderr
        assert place.run("timeline").stderr == ""


def test_stop_ends_what_a_killed_start_left_but_nothing_of_one_that_runs(place: Place) -> None:
    place.home.mkdir()
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"],
        env=place.environ(**{UP_VARIABLE: str(place.home)}),
    )
    try:
        with hold_home(place.home):
            place.run("stop")
            assert left.poll() is None
        done = place.run("stop")
        assert "Ended 1 process of a start that was killed" in done.stderr
        assert left.wait(10) != 0
    finally:
        left.kill()
        left.wait()
