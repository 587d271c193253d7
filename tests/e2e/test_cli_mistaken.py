"""A mistake in the configuration stops what needs the sources, and nothing that only looks."""

from pathlib import Path

import pytest

from tests.e2e.conftest import COMMITS
from tests.support.places import Place

MISTAKEN = """
sources:
  - {id: demo, type: filesytem, config: {root_dir: demo}}
  - {id: Other One, type: filesystem}
"""


@pytest.fixture
def mistaken(tmp_path: Path) -> str:
    """A configuration with mistakes in two lines."""
    path = tmp_path / "mistaken.yaml"
    path.write_text(MISTAKEN)
    return str(path)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("status", "demo"),
        ("search change", "Change number 0"),
        ("search change --source demo --kind git.*", "Change number 0"),
        ("sessions", "ada@example.org"),
        ("timeline --by year", "2024"),
        ("quarantine list demo", "Quarantine is empty."),
        ("lake list", "2024-01"),
        ("lake verify", "Every file is what the database says."),
        ("backup {tmp_path}/events.dump", "events.dump"),
        ("psql -c {count}", f" {COMMITS}\n"),
        ("query {count} --json", f'"count": {COMMITS}'),
    ],
)
def test_looking_goes_on(
    held: Place, mistaken: str, tmp_path: Path, words: str, found: str
) -> None:
    count = "select count(*) from events"
    arguments = [word.format(tmp_path=tmp_path, count=count) for word in words.split()]
    done = held.run(*arguments, DAYBOOK_SOURCES=mistaken)
    assert done.returncode == 0, done.stderr
    assert found in done.stdout
    (warning,) = [line for line in done.stderr.splitlines() if "mistaken.yaml" in line]
    assert warning.startswith(f"daybook: {mistaken}:3: ")
    assert "(and 1 more mistake)" in warning


def test_whether_a_source_is_configured_is_not_known(held: Place, mistaken: str) -> None:
    (source,) = held.answer("status", DAYBOOK_SOURCES=mistaken)["sources"]
    assert (source["source_id"], source["live"], source["configured"]) == ("demo", COMMITS, None)
    assert "not configured" not in held.run("status", DAYBOOK_SOURCES=mistaken).stdout


def test_what_is_not_held_is_still_said(held: Place, mistaken: str) -> None:
    said = held.refuse(2, "search", "change", "--source", "dmeo", DAYBOOK_SOURCES=mistaken)
    assert "Known: demo" in said
    done = held.run("search", "change", "--kind", "git.comit", DAYBOOK_SOURCES=mistaken)
    assert done.stdout == "Nothing found.\n"
    assert "there are git.commit" in done.stderr


@pytest.mark.parametrize(
    "words",
    ["sync", "refresh demo --window 2024-01", "up", "sources list", "quarantine retry demo"],
)
def test_what_needs_the_sources_says_all_and_does_nothing(
    held: Place, mistaken: str, words: str
) -> None:
    said = held.refuse(2, *words.split(), DAYBOOK_SOURCES=mistaken)
    assert said.count(f"{mistaken}:") == 2
    assert "nothing was started" in said


def test_the_doctor_looks_at_the_rest(held: Place, mistaken: str) -> None:
    done = held.run("doctor", DAYBOOK_SOURCES=mistaken)
    assert done.returncode == 1
    verdicts = {line[6:17].strip(): line[:4].strip() for line in done.stdout.splitlines()}
    assert (verdicts["settings"], verdicts["database"], verdicts["lake"]) == ("fail", "ok", "ok")


def test_a_file_that_is_not_there_is_a_mistake_too(held: Place, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.yaml")
    done = held.run("timeline", DAYBOOK_SOURCES=gone)
    assert done.returncode == 0
    assert f"daybook: {gone} does not exist; looking only" in done.stderr
