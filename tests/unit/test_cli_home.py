"""Which repository a home reads: the one it was told, and what is said of it."""

from pathlib import Path

import pytest

from pipelines.cli.hints import typed
from pipelines.cli.home import announce_repository, keep_repository
from pipelines.loading import load_settings
from pipelines.remembered import read_repository, write_repository
from sources import StoreError
from tests.support.processes import DAYBOOK


def tell(place: Path, **environ: str) -> tuple[str, str]:
    """Run what a command does about the repository; gives what is read, and what is said."""
    settings = load_settings(environ, place)
    said: list[str] = []
    announce_repository(settings, environ, said.append)
    keep_repository(settings, environ)
    return str(settings.sources[0].config["root_dir"]), "\n".join(said)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("here", "there", "other/there"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_a_repository_that_was_named_is_read_from_then_on(place: Path) -> None:
    here, there = place / "here", place / "there"
    assert tell(here) == (str(here), ""), "nothing is remembered of where one merely stands"
    read, said = tell(here, DAYBOOK_REPO="../there")
    assert (read, f"Reading {there}, and next time too" in said) == (str(there), True)
    read, said = tell(here)
    assert (read, f"Reading {there}, as this home was told" in said) == (str(there), True)
    assert tell(here, DAYBOOK_REPO="../there") == (str(there), "")


def test_another_one_is_said_with_what_becomes_of_the_first(place: Path) -> None:
    here, there = place / "here", place / "there"
    tell(here, DAYBOOK_REPO="../there")
    read, said = tell(here, DAYBOOK_REPO="../other/there")
    assert read == str(place / "other" / "there")
    assert f"until now this home read {there}" in said
    assert "what only the old one has is withdrawn" in said, "both have one name"
    read, said = tell(here, DAYBOOK_REPO=".")
    assert read == str(here)
    assert "sources remove there" in said
    assert tell(here) == (str(here), "")


def test_a_configuration_has_the_last_word(place: Path) -> None:
    here = place / "here"
    tell(here, DAYBOOK_REPO="../there")
    (here / "sources.yaml").write_text("sources:\n  - {id: own, type: filesystem}\n")
    assert tell(here) == (str(here / "."), "")
    assert [spec.id for spec in load_settings({}, here).sources] == ["own"]


def test_a_repository_may_move_with_the_home_inside(place: Path) -> None:
    home = place / "there" / ".daybook"
    home.mkdir()
    write_repository(home, place / "there")
    (place / "there").rename(place / "moved")
    assert read_repository(place / "moved" / ".daybook") == place / "moved"


def test_a_home_that_cannot_be_written_is_named(place: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        write_repository(place / "nowhere", place / "there")


def test_a_hint_can_be_typed_as_it_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(DAYBOOK.parents[2])
    assert typed("sync", {"PATH": "/nowhere"}) == ".venv/bin/daybook sync"
    assert typed("sync", {"PATH": str(DAYBOOK.parent)}) == "daybook sync"
    told = {"PATH": "", "DAYBOOK_HOME": "/a b", "DAYBOOK_DATABASE_URL": "postgresql://u:secret@h/d"}
    assert typed("psql", told) == "DAYBOOK_HOME='/a b' .venv/bin/daybook psql"
    monkeypatch.chdir(tmp_path)
    assert typed("", {"PATH": ""}) == str(DAYBOOK)
