"""A repository on a server, by the ``daybook`` command."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import COMMITS, Refusal
from tests.support.git_server import GitServer, git_server
from tests.support.places import Place
from tests.support.repositories import Repository

SECRET = "s3cr3t-of-a-server"  # noqa: S105
GIVEN = {"SOME_SECRET": SECRET}
WRONG = {"SOME_SECRET": "wrong-one-given"}


@pytest.fixture
def server(place: Place, repository: Repository) -> Iterator[GitServer]:
    """The repository on a server that asks for a secret, as the one source."""
    assert repository.path.exists()
    with git_server(place.folder) as made:
        made.secret = SECRET
        place.write_sources(entry(made))
        yield made


def entry(server: GitServer) -> dict[str, Any]:
    return {
        "id": "demo",
        "type": "filesystem",
        "config": {"url": f"{server.url}/demo"},
        "credentials": {"token": {"env": "SOME_SECRET"}},
    }


@pytest.mark.usefixtures("server")
def test_sync_shows_the_fetch_and_stores_all(place: Place) -> None:
    done = place.run("sync", "--json", **GIVEN)
    (source,) = json.loads(done.stdout)["sources"]
    assert (source["new"], source["error"]) == (COMMITS, None)
    assert "demo (fetch): " in done.stderr
    assert SECRET not in done.stderr + done.stdout
    (quiet,) = place.answer("sync", **GIVEN)["sources"]
    assert quiet["new"] == 0


def test_sync_from_a_clone_and_then_from_the_server_stores_nothing_twice(
    synced: Place, server: GitServer
) -> None:
    synced.write_sources(entry(server))
    (source,) = synced.answer("sync", **GIVEN)["sources"]
    assert (source["new"], source["unchanged"], source["retracted"]) == (0, COMMITS, 0)


@pytest.mark.usefixtures("server")
def test_check_and_doctor_say_what_is_wrong_with_the_secret(place: Place, refused: Refusal) -> None:
    assert place.answer("sources", "check", **GIVEN)[0]["ok"]
    done = place.run("sources", "check")
    assert done.returncode == 3
    assert "SOME_SECRET is not set" in done.stdout
    wrong = place.run("doctor", **WRONG)
    assert "refuses the secret" in wrong.stdout
    assert "wrong-one-given" not in wrong.stdout + wrong.stderr
    assert "refuses the secret" in refused(3, "sync", **WRONG)
    assert not (place.home / "cache").exists()


@pytest.mark.usefixtures("server")
def test_remove_takes_the_copy_too(place: Place) -> None:
    place.answer("sync", **GIVEN)
    assert (place.home / "cache" / "demo").is_dir()
    place.write_sources({"id": "other", "type": "filesystem", "config": {"root_dir": "demo"}})
    place.answer("sources", "remove", "demo", "--yes")
    assert not (place.home / "cache" / "demo").exists()


def test_the_schema_names_the_url_and_its_secret(place: Place) -> None:
    words = place.run("sources", "schema", "filesystem").stdout
    assert "\n    url " in words
    assert "credentials, each as {env: NAME}\n    token " in words
    assert "cache_dir" not in words
