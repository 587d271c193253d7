"""``daybook erase``: the text is nowhere, and nothing that is done later brings it back."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from resources.stores.postgres import open_postgres
from tests.support.databases import execute, fresh_database
from tests.support.erased import dumped, filed, holds
from tests.support.events import make_event
from tests.support.places import Place
from tests.support.processes import DAYBOOK
from tests.support.repositories import Repository, make_repository
from tests.support.waiting import wait_until

ADA = "ada@example.org"
SAYS_WINDOWS = 'select kind, "window", count(*) from events group by 1, 2 order by 1, 2'
SAYS_ACTORS = "select actor_key, count(*) from daybook.events group by 1 order by 1"


def two_gardeners(path: Path) -> Repository:
    """A history of two people; only one of them writes of marigolds."""
    found = make_repository(path)
    for number in range(3):
        found.commit(f"Plant marigold {number}", author="Ada", marigold=f"{number}")
        found.commit(f"Water tulip {number}", author="Grace", tulip=f"{number}")
    return found


@pytest.fixture(scope="module")
def history() -> Callable[[Path], Repository]:
    return two_gardeners


@pytest.fixture
def other_database(database_server: str, template_database: str) -> Iterator[str]:
    name = f"other_{uuid4().hex[:12]}"
    with fresh_database(database_server, name, template=template_database) as url:
        yield url


def everything(place: Place, url: str | None = None) -> str:
    """All that database and lake hold."""
    url = url or place.settings["DAYBOOK_DATABASE_URL"]
    return dumped(url) + filed(place.home / "lake")


def is_out(place: Place, url: str | None = None) -> bool:
    """Whether none of the text is anywhere, and the other person's is."""
    text = everything(place, url)
    return (
        not any(holds(text, word) for word in ("marigold", ADA, f"{ADA} 2024-01-15"))
        and "tulip" in text
    )


def test_the_text_goes_and_nothing_brings_it_back(
    synced: Place, repository: Repository, other_database: str
) -> None:
    assert holds(everything(synced), "marigold")
    counts = synced.answer("query", SAYS_WINDOWS)
    would = synced.answer("erase", "--actor", ADA, "--dry-run")
    assert (would["pseudonym"], would["events"]) == (None, 3)
    assert holds(everything(synced), "marigold")

    done = synced.answer("erase", "--actor", ADA, "--yes")
    assert (done["events"], done["revisions"], done["files"]) == (3, 0, 3)
    assert any("backups" in words for words in done["kept"])
    assert is_out(synced)
    assert synced.answer("lake", "verify") == []
    assert counts == synced.answer("query", SAYS_WINDOWS)
    assert synced.answer("search", "marigold") == []
    assert len(synced.answer("search", "tulip")) == 3
    assert synced.answer("sessions")
    assert synced.answer("status")["sources"][0]["live"] == 6

    # New commits, a reading of all windows, other settings, and a source that is forgotten.
    repository.commit("Plant marigold again", author="Ada", marigold="again")
    assert synced.answer("sync")["sources"][0]["new"] == 1
    (again,) = synced.answer("refresh", "demo", "--all")["sources"]
    assert (again["new"], again["revised"]) == (0, 0)
    synced.write_sources(
        {
            "id": "demo",
            "type": "filesystem",
            "config": {"root_dir": str(repository.path), "patch_ids": True},
        }
    )
    (full,) = synced.answer("sync")["sources"]
    assert (full["new"], full["revised"], full["unchanged"], full["retracted"]) == (0, 3, 4, 0)
    assert is_out(synced)
    synced.answer("sources", "remove", "demo", "--yes")
    synced.answer("sync")
    assert is_out(synced)

    # A database that is made from the files alone.
    synced.settings["DAYBOOK_DATABASE_URL"] = other_database
    synced.answer("restore", "--lake")
    assert len(synced.answer("erase", "--list")) == 1
    repository.commit("Plant marigold for ever", author="Ada", marigold="ever")
    synced.answer("sync")
    assert is_out(synced)
    rows = execute(other_database, SAYS_ACTORS)
    assert rows == [(done["pseudonym"], 5), ("grace@example.org", 3)]


def test_a_backup_remembers(synced: Place, tmp_path: Path, other_database: str) -> None:
    synced.answer("erase", "--actor", ADA, "--yes")
    synced.answer("backup", str(tmp_path / "events.dump"))
    synced.settings["DAYBOOK_DATABASE_URL"] = other_database
    synced.answer("restore", str(tmp_path / "events.dump"))
    synced.answer("sync")
    assert is_out(synced)


def test_the_planner_forgets_too_and_the_reader_sees_no_hash(synced: Place) -> None:
    url = synced.settings["DAYBOOK_DATABASE_URL"]
    execute(url, "analyze daybook.events")
    seen = "select count(*) from pg_stats where schemaname = 'daybook' and s like '%marigold%'"
    said = "(select coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, ''))"
    asking = seen.replace("and s like", f"and {said} like")
    assert execute(url, asking) != [(0,)]
    synced.answer("erase", "--actor", ADA, "--yes")
    assert execute(url, asking) == [(0,)]
    assert synced.answer("query", "select count(*) as n from erasures") == [{"n": 0}]


def test_what_was_lifted_comes_back_with_a_reading_of_its_windows(synced: Place) -> None:
    pseudonym = synced.answer("erase", "--actor", ADA, "--yes")["pseudonym"]
    (listed,) = synced.answer("erase", "--list")
    assert (listed["pseudonym"], listed["source_id"]) == (pseudonym, None)
    assert listed["finished_at"] is not None
    assert synced.answer("erase", "--lift", "--actor", ADA) == {"lifted": 1}
    assert synced.answer("erase", "--list") == []
    assert synced.answer("sync")["sources"][0]["revised"] == 0
    assert synced.answer("refresh", "demo", "--all")["sources"][0]["revised"] == 3
    assert holds(everything(synced), "marigold")
    assert "not erased" in synced.refuse(2, "erase", "--lift", "--actor", ADA)


def test_nobody_says_yes(synced: Place) -> None:
    said = synced.refuse(2, "erase", "--actor", ADA)
    assert "nothing is erased" in said
    assert "--yes" in said
    assert synced.answer("erase", "--list") == []
    assert holds(everything(synced), "marigold")


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 2)])
def test_a_person_is_asked(synced: Place, answer: bytes, code: int) -> None:
    terminal, its_end = os.openpty()
    process = subprocess.Popen(
        [DAYBOOK, "erase", "--actor", ADA],
        cwd=synced.folder,
        env=synced.environ(),
        stdin=its_end,
        stdout=subprocess.DEVNULL,
        stderr=its_end,
        start_new_session=True,
    )
    os.close(its_end)
    try:
        said = bytearray()

        def asked() -> bool:
            said.extend(os.read(terminal, 1_000))
            return b"[y/N]" in said

        wait_until(asked, 60, "the question")
        assert f"Erase what {ADA} wrote (3 events, ".encode() in said
        os.write(terminal, answer)
        assert process.wait(60) == code
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert holds(everything(synced), "marigold") is (code != 0)


def test_names_lead_to_keys(synced: Place) -> None:
    done = synced.run("erase", "--actor", "ada", "--dry-run")
    assert done.returncode == 0
    assert f"'ada' means the key {ADA}" in done.stderr
    with open_postgres(synced.settings["DAYBOOK_DATABASE_URL"]) as store:
        store.record_event(make_event(source_id="demo", actor="Ada", actor_key="countess"))
    said = synced.refuse(2, "erase", "--actor", "Ada", "--yes")
    assert f"{ADA}: 3 events in demo" in said
    assert "countess: 1 event in demo" in said
    assert "nothing is held of 'nobody'" in synced.refuse(2, "erase", "--actor", "nobody", "--yes")
    assert synced.answer("erase", "--list") == []


def test_again_finds_nothing_and_is_no_mistake(synced: Place) -> None:
    first = synced.answer("erase", "--actor", ADA, "--source", "demo", "--yes")
    assert first["source_id"] == "demo"
    second = synced.answer("erase", "--actor", ADA, "--yes")
    assert (second["pseudonym"], second["events"]) == (first["pseudonym"], 0)
    assert "is erased" in synced.refuse(2, "erase", "--actor", first["pseudonym"], "--yes")


def test_a_lake_that_takes_no_file_leaves_the_rest_to_the_next_time(synced: Place) -> None:
    tmp = synced.home / "lake" / ".tmp"
    tmp.rmdir()
    tmp.write_text("in the way")
    assert "the lake at" in synced.refuse(4, "erase", "--actor", ADA, "--yes")
    assert not holds(dumped(synced.settings["DAYBOOK_DATABASE_URL"]), "marigold")
    tmp.unlink()
    assert synced.answer("erase", "--actor", ADA, "--yes")["files"] == 3
    assert is_out(synced)


@pytest.mark.parametrize(
    "words",
    [(), ("--list", "--actor", "x"), ("--lift",), ("--lift", "--actor", "x", "--dry-run")],
)
def test_what_is_meant_has_to_be_clear(place: Place, words: tuple[str, ...]) -> None:
    assert "not clear" in place.refuse(2, "erase", *words)


def test_words_for_people(synced: Place) -> None:
    assert synced.run("erase", "--list").stdout == "Nobody is erased.\n"
    would = synced.run("erase", "--actor", ADA, "--dry-run").stdout
    assert "Would be erased: 3 events, 0 earlier contents, 0 bad records." in would
    done = synced.run("erase", "--actor", ADA, "--yes")
    assert "Erased: 3 events" in done.stdout
    assert "Not erased:" in done.stdout
    assert "erasing: 3 events" in done.stderr
    assert "all" in synced.run("erase", "--list").stdout
    lifted = synced.run("erase", "--lift", "--actor", ADA)
    assert "Lifted: 1 erasure." in lifted.stdout
    assert "daybook refresh" in lifted.stderr
