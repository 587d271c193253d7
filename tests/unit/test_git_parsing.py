"""Commit objects, messages, dates and paths, written at random and read back through git."""

import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.filesystem.commits import parse_links, parse_object, parse_person
from sources.filesystem.dates import LATEST, parse_stamp
from tests.support.git_reading import BLANK, assert_equals_truth, read
from tests.support.git_repository import empty_repository, read_truth

REAL_GIT = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# git's own answers are cut out of its output at these, so no text may hold them
MARKS = "\0\1\2\3"
LINES = st.text(st.characters(exclude_characters=MARKS, exclude_categories=["Cs"]), max_size=30)
MESSAGES = st.lists(
    st.one_of(
        LINES,
        st.sampled_from(
            ["", " ", "Signed-off-by: Ada <ada@example.org>", "Fixes: #3", "key: value", "---", "#"]
        ),
    ),
    max_size=8,
).map("\n".join)
NAMES = st.text(
    st.characters(exclude_characters="\0/\1\2\3", exclude_categories=["Cs"]),
    min_size=1,
    max_size=12,
).filter(lambda name: name not in {".", ".."} and ".git" not in name.lower())
PEOPLE = st.text(
    st.characters(exclude_characters="\0\n<>\1\2\3", exclude_categories=["Cs"]), max_size=12
)


@REAL_GIT
@given(
    messages=st.lists(MESSAGES, min_size=1, max_size=4),
    names=st.lists(NAMES, min_size=1, max_size=4, unique=True),
    person=PEOPLE,
)
def test_commits_written_at_random_equal_git_log(
    messages: list[str], names: list[str], person: str
) -> None:
    folder = Path(mkdtemp(prefix="daybook-git-"))
    try:
        repository = empty_repository(folder)
        for number, message in enumerate(messages):
            edits = {name.encode(): b"%d\n" % number for name in names}
            repository.commit(
                message=message.encode(), edits=edits, author=b"%s <a@b.c>" % person.encode()
            )
        events = read(folder).events()
        truths = read_truth(repository)
        assert {event.subject for event in events} == set(truths)
        for event in events:
            truth = truths[event.subject]
            files = event.files or ()
            subject = truth.subject.decode().strip(BLANK).replace("\r", " ")
            assert event.title == (subject or "(no message)")
            assert (event.body or "") == truth.body.decode().rstrip(BLANK)
            assert [item.path for item in files] == [name.decode() for *_, name in truth.files]
            shown = repository.git("log", "-1", "--format=%(trailers:only,unfold)", event.subject)
            trailers = [
                f"{key}: {value}"
                for key, values in event.attributes.get("trailers", {}).items()
                for value in values
            ]
            assert sorted(trailers) == sorted(
                line.strip() for line in shown.decode().split("\n") if line.strip()
            )
    finally:
        shutil.rmtree(folder)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd_for_an_object(content: bytes) -> None:
    commit = parse_object(content)
    for role in ("author", "committer", "tagger"):
        commit.person(role)
    assert "\n" not in commit.title


@given(st.text(max_size=60))
def test_no_text_is_too_odd_for_a_person(text: str) -> None:
    stamp = parse_person(text).stamp
    assert stamp.seconds is None or 0 <= stamp.seconds < LATEST


@given(st.integers(0, LATEST - 1), st.integers(-14 * 60, 14 * 60))
def test_credible_dates_come_back(seconds: int, offset: int) -> None:
    sign = "-" if offset < 0 else "+"
    zone = f"{sign}{abs(offset) // 60:02}{abs(offset) % 60:02}"
    stamp = parse_stamp(f"{seconds} {zone}")
    assert (stamp.seconds, stamp.offset) == (seconds, offset)


@pytest.mark.parametrize(
    ("raw", "seconds", "offset"),
    [
        ("4102444800 +0000", None, 0),
        ("-1 +0000", None, 0),
        ("9" * 5_000 + " +0000", None, 0),
        ("0000000000001 +0000", 1, 0),
        ("1 +1401", 1, None),
        ("1 +0060", 1, None),
        ("1 +518000", 1, None),
        ("1", None, None),
        ("", None, None),
    ],
)
def test_dates_that_cannot_be(raw: str, seconds: int | None, offset: int | None) -> None:
    stamp = parse_stamp(raw)
    assert (stamp.seconds, stamp.offset) == (seconds, offset)


def test_message_of_a_declared_encoding_is_decoded() -> None:
    commit = parse_object(b"encoding cp1252\n\n\x93Quoted\x94\n")
    assert commit.title == "“Quoted”"
    assert not commit.undecodable


def test_encoding_cannot_name_just_any_codec() -> None:
    commit = parse_object(b"encoding unicode_escape\n\n\\u0041\n")
    assert commit.title == "\\u0041"


def test_nul_in_a_message_is_replaced_and_kept_raw() -> None:
    commit = parse_object(b"tree 1\n\na\0b\n")
    assert commit.title == "a\ufffdb"
    assert commit.undecodable["message"] == "YQBiCg=="


def test_standards_are_no_issues() -> None:
    _, _, issues = parse_links("UTF-8 and SHA-256 for ABC-12, ABC-12 and X-1 (not abc-3)")
    assert issues == ["ABC-12"]


def test_blank_lines_and_carriage_returns_part_a_message_as_git_does(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    repository.commit(message=b"\n\n  Indented\nsecond\r\n\r\n\n  Body\r\n\n\nEnd\n\n")
    assert_equals_truth(read(repository.path).events(), read_truth(repository))
