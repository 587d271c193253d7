"""Names and times that mean nothing are refused, with what there is instead."""

import json

import pytest

from tests.e2e.conftest import COMMITS, Refusal
from tests.support.places import Place
from tests.support.repositories import Repository

ABOUT_A_SOURCE = [
    ("lake", "list"),
    ("lake", "verify"),
    ("lake", "rebuild"),
    ("lake", "catch-up"),
    ("quarantine", "list"),
    ("search", "change", "--source"),
    ("sessions", "--source"),
    ("timeline", "--source"),
]


def test_no_such_source(held: Place) -> None:
    for words in ABOUT_A_SOURCE:
        said = held.refuse(2, *words, "dmeo")
        assert "there is no source 'dmeo', did you mean 'demo'?" in said, words
        assert "Known: demo" in said, words


def test_a_source_that_is_only_held_is_known(synced: Place, repository: Repository) -> None:
    synced.write_sources(
        {"id": "other", "type": "filesystem", "config": {"root_dir": str(repository.path)}}
    )
    assert len(synced.answer("search", "change", "--source", "demo")) == COMMITS
    assert synced.answer("timeline", "--source", "demo")
    for words in ABOUT_A_SOURCE[:3]:
        synced.answer(*words, "demo")
    for words in ABOUT_A_SOURCE[3:]:
        synced.answer(*words, "other")


@pytest.mark.parametrize("kind", ["git.comit", "github.*"])
def test_no_such_kind(refused: Refusal, kind: str) -> None:
    said = refused(2, "timeline", "--kind", kind)
    assert repr(kind) in said
    assert "git.commit, git.ref.moved, git.tag" in said


def test_the_kinds_that_are_named_are_those_of_the_sources(refused: Refusal) -> None:
    said = refused(2, "search", "change", "--kind", "commit")
    assert "Known: git.commit, git.ref.moved, git.tag\n" in said


def test_a_kind_of_which_nothing_is_held_yet_is_known(held: Place) -> None:
    for kind in ("git.tag", "git.*", "*"):
        held.answer("timeline", "--kind", kind)


def test_a_word_that_shall_not_occur_is_no_option(held: Place) -> None:
    assert len(held.answer("search", "change", "-3", "--limit", "9")) == COMMITS - 1
    assert "--limt" in held.refuse(2, "search", "change", "--limt", "3")


@pytest.mark.parametrize("words", [("search", "change"), ("sessions",), ("timeline",)])
def test_the_end_before_the_beginning(refused: Refusal, words: tuple[str, ...]) -> None:
    said = refused(2, *words, "--since", "2024-03", "--until", "2024-02")
    assert "--since 2024-03" in said
    assert "--until 2024-02" in said


@pytest.mark.parametrize("last", [("--to", "2024-02"), ()])
def test_no_window_between(place: Place, last: tuple[str, ...]) -> None:
    done = place.run("refresh", "demo", "--from", "2999-03", *last, "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert "2999-03" in error["message"]
    assert "--from" in error["remedy"]


def test_where_no_backup_can_be_written(place: Place, refused: Refusal) -> None:
    (place.folder / "file").write_text("kept")
    for path, said in (
        ("nowhere/events.dump", "No such file or directory"),
        (".", "is a directory"),
        ("file/events.dump", "Not a directory"),
        ("/proc/events.dump", "cannot be written"),
    ):
        words = refused(2, "backup", path)
        assert said in words
        assert "Name a file" in words
    assert not place.home.exists(), "nothing was begun"


def test_what_is_no_backup(place: Place, refused: Refusal) -> None:
    (place.folder / "notes.txt").write_text("-- PostgreSQL database dump")
    for path, said in (
        ("not-there.dump", "No such file or directory"),
        (".", "Is a directory"),
        ("notes.txt", "is no backup"),
        ("/dev/null", "is no backup"),
    ):
        words = refused(2, "restore", path)
        assert said in words
        assert "daybook backup" in words
