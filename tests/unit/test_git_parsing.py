"""Cursors, commit objects, messages and dates: nothing is too odd to be read."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import CursorInvalidError
from sources.filesystem.commits import parse_object, parse_person
from sources.filesystem.cursor import OpenRange, Position, parse_cursor
from sources.filesystem.dates import LATEST, parse_stamp
from sources.links import find_links
from tests.support.git_reading import assert_equals_truth, read
from tests.support.git_repository import empty_repository, read_truth

SHAS = st.text("0123456789abcdef", min_size=40, max_size=40)
POSITIONS = st.builds(
    Position,
    refs=st.dictionaries(st.text(), SHAS, max_size=3),
    tags=st.dictionaries(st.text(), SHAS, max_size=3),
    boundary=st.lists(SHAS, max_size=2),
    shallow=st.text(),
    lacking=st.lists(SHAS, max_size=2),
    open=st.none()
    | st.builds(
        OpenRange,
        refs=st.dictionaries(st.text(), SHAS, max_size=2),
        done=st.integers(0, 10**9),
        last=st.none() | SHAS,
        full=st.booleans(),
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | SHAS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["v", "last_commit_sha", *Position.model_fields]) | st.text()


@given(POSITIONS)
def test_a_cursor_comes_back_from_json(position: Position) -> None:
    assert parse_cursor(json.loads(json.dumps(position.to_cursor())), "demo") == position


@given(st.dictionaries(KEYS, JSON | st.just(1), max_size=4))
def test_no_json_is_too_odd_for_a_cursor(cursor: dict[str, object]) -> None:
    with suppress(CursorInvalidError):
        position = parse_cursor(cursor, "demo")
        assert position is None or parse_cursor(position.to_cursor(), "demo") == position


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
        ("1 +0200 and more", 1, 120),
        ("1 +02:00", 1, None),
        ("\u0661\u0662 +0000", None, None),
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
    links = find_links("UTF-8 and SHA-256 for ABC-12, ABC-12 and X-1 (not abc-3)")
    assert links.refs == ["issue:ABC-12"]


@pytest.mark.parametrize(
    ("message", "refs", "numbers", "closes"),
    [
        ("Mend it (#12)", [], ["#12"], []),
        ("Merge pull request #7 from me/topic", [], ["#7"], []),
        ("Fixes #3, closes: GH-4 and RESOLVED #3", [], ["#3", "#4"], ["#3", "#4"]),
        ("Fixes: a-b/c.d#5", ["github:a-b/c.d#5"], [], ["github:a-b/c.d#5"]),
        (
            "See https://github.com/a/b/pull/6#discussion_r1, closes ABC-1",
            ["github:a/b#6", "issue:ABC-1"],
            [],
            ["issue:ABC-1"],
        ),
        ("This reverts commit\n" + "a" * 40 + ".", ["git:" + "a" * 40], [], []),
        ("Fixes: " + "b" * 40 + ' ("Old")', ["git:" + "b" * 40], [], []),
        ("https://github.com/a/b/commit/" + "c" * 64, ["git:" + "c" * 64], [], []),
        ("tree " + "d" * 40 + " and abc123 name no commit", [], [], []),
        ("&#39; #0 #12a a#1 ##2 #-3 prefixes #x fixes ISO-8601", [], [], []),
        ("\u0661 #\u0661", [], [], []),
        ("[#8](https://example.org/8), [after #9 too](x), <a href='y'>#10</a>", [], [], []),
        ("[x] #8 ([why](y)), [#9], #10 <a>", [], ["#8", "#9", "#10"], []),
        ("[#8](https://github.com/a/b/pull/8)", ["github:a/b#8"], [], []),
    ],
)
def test_what_a_message_speaks_of(
    message: str, refs: list[str], numbers: list[str], closes: list[str]
) -> None:
    links = find_links(message)
    assert (links.refs, links.numbers, links.closes) == (refs, numbers, closes)


def test_bare_numbers_belong_to_the_repository_that_is_configured() -> None:
    links = find_links("Fixes #3, see x/y#4", github="me/mine")
    assert links.refs == ["github:me/mine#3", "github:x/y#4"]
    assert (links.numbers, links.closes) == ([], ["github:me/mine#3"])


def test_blank_lines_and_carriage_returns_part_a_message_as_git_does(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    repository.commit(message=b"\n\n  Indented\nsecond\r\n\r\n\n  Body\r\n\n\nEnd\n\n")
    assert_equals_truth(read(repository.path).events(), read_truth(repository))
