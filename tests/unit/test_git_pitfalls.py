"""The known pitfalls of reading git histories, each in one test that names it."""

import asyncio
import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from pipelines.config import SourceSpec
from pipelines.sync import sync_source
from resources.stores.memory import MemoryStore
from sources import ConfigError
from tests.support.git_oracle import assert_equals_facts, read_facts
from tests.support.git_reading import read, read_window
from tests.support.git_repository import DAY, START, GitRepository, empty_repository

JANUARY = 1_704_100_000
JUNE = 1_717_300_000


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return empty_repository(tmp_path / "repo")


class Stored:
    """A store that the repository is synced into, as the product does it."""

    def __init__(self, repository: GitRepository) -> None:
        self.store = MemoryStore()
        self.spec = SourceSpec(
            id="demo", type="filesystem", config={"root_dir": str(repository.path)}
        )

    def sync(self) -> int:
        """Sync once; gives how many events are new."""
        return asyncio.run(sync_source(self.store, self.spec)).report.new

    def subjects(self, kind: str = "git.commit") -> list[str]:
        return [event.subject for event in self.store.get_events(kind=kind, limit=None)]


def dated(seconds: int) -> bytes:
    return b"%d +0000" % seconds


def forget_unreachable(repository: GitRepository) -> None:
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")


def test_g1_old_dated_commits_on_top_do_not_end_the_window(repository: GitRepository) -> None:
    june = [repository.commit(date=dated(JUNE + day * DAY)) for day in range(2)]
    for day in range(9):
        repository.commit(date=dated(JANUARY + day * DAY))
    june += [repository.commit(date=dated(JUNE + day * DAY)) for day in range(2, 4)]
    for day in range(9, 12):
        repository.commit(date=dated(JANUARY + day * DAY))
    window = datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
    assert read_window(repository.path, *window).shas() == june


def test_g2_a_branch_dated_before_the_cursor_is_given_once_it_is_merged(
    repository: GitRepository,
) -> None:
    root = repository.commit(date=dated(JUNE))
    stored = Stored(repository)
    assert stored.sync() == 1
    old = [repository.commit("side", parents=[root], date=dated(JANUARY))]
    old.append(repository.commit("side", date=dated(JANUARY + DAY)))
    merge = repository.commit("main", parents=[root, old[-1]], date=dated(JUNE + DAY))
    assert stored.sync() == 3
    assert set(stored.subjects()) == {root, *old, merge}


def test_g3_a_rewrite_that_was_collected_is_observed_and_leaves_no_ghosts(
    repository: GitRepository,
) -> None:
    kept = repository.commit()
    dropped = [repository.commit(), repository.commit()]
    stored = Stored(repository)
    stored.sync()
    repository.git("update-ref", "refs/heads/main", kept)
    new = repository.commit(message=b"Instead\n", edits={b"file": b"1\n"})
    forget_unreachable(repository)
    stored.sync()
    assert sorted(stored.subjects()) == sorted([kept, new])
    (moved,) = stored.store.get_events(kind="git.ref.moved", limit=None)
    assert (moved.outcome, moved.refs) == ("moved", (f"git:{dropped[-1]}", f"git:{new}"))
    assert stored.sync() == 0


def test_g3_a_branch_that_was_deleted_and_collected_is_observed(repository: GitRepository) -> None:
    kept = repository.commit()
    repository.commit("side", parents=[kept], message=b"Aside\n")
    stored = Stored(repository)
    stored.spec = SourceSpec(
        id="demo", type="filesystem", config={**stored.spec.config, "branch": "all"}
    )
    stored.sync()
    repository.git("update-ref", "-d", "refs/heads/side")
    forget_unreachable(repository)
    stored.sync()
    assert stored.subjects() == [kept]
    assert stored.subjects("git.ref.moved") == ["refs/heads/side"]


def test_g4_commits_of_main_equal_rev_list_after_any_rewrite(repository: GitRepository) -> None:
    shas = [repository.commit() for _ in range(5)]
    stored = Stored(repository)
    for target in (4, 2, 3, 0, 4):
        repository.git("update-ref", "refs/heads/main", shas[target])
        repository.commit(message=b"On %d\n" % target)
        stored.sync()
        assert sorted(stored.subjects()) == sorted(repository.text("rev-list", "main").split())


def test_g5_names_with_newline_quote_tab_and_renames_come_byte_for_byte(
    repository: GitRepository,
) -> None:
    text = b"".join(b"line %d\n" % number for number in range(30))
    names = [b"new\nline", b'quo"te', b"ta\tb", b"a => {b}", b"-dash", b" ", "größe".encode()]
    repository.commit(edits={b"from/" + name: text + name for name in names})
    moved = {b"from/" + name: None for name in names} | {b"to " + n: text + n for n in names}
    repository.commit(edits=moved)
    repository.commit(edits={b"\xff\xfe": b"1\n"})
    added, renamed, odd = read(repository.path).events()
    assert {item.path for item in added.files or ()} == {f"from/{n.decode()}" for n in names}
    assert {(item.change, item.old_path, item.path) for item in renamed.files or ()} == {
        ("R", f"from/{name.decode()}", f"to {name.decode()}") for name in names
    }
    assert base64.b64decode(odd.attributes["raw"]["0.path"]) == b"\xff\xfe"


def test_g6_a_merge_has_its_parents_and_no_churn_of_its_own(repository: GitRepository) -> None:
    root = repository.commit(edits={b"a": b"1\n"})
    side = repository.commit("side", edits={b"b": b"1\n2\n"}, parents=[root])
    tip = repository.commit("main", edits={b"c": b"1\n"})
    merge = repository.commit("main", edits={b"b": b"1\n2\n"}, parents=[tip, side])
    events = read(repository.path).by_subject()
    assert events[merge].attributes["parents"] == [tip, side]
    assert events[merge].attributes["merge"] is True
    assert sum(event.additions or 0 for event in events.values()) == 4


@pytest.mark.parametrize(
    ("author", "committer", "expected", "basis", "offset"),
    [
        (b"1717300000 -0330", b"1717400000 +0200", 1_717_300_000, None, -210),
        (b"0 +0000", b"1717400000 +0200", 0, None, 0),
        (b"4102444799 +1400", b"1717400000 +0200", 4_102_444_799, None, 840),
        (b"10000000000 +0000", b"1717400000 +0200", 1_717_400_000, "committer", 120),
        (b"9223372036854775807 +0000", b"1717400000 +0200", 1_717_400_000, "committer", 120),
        (b"yesterday", b"1717400000 +0200", 1_717_400_000, "committer", 120),
        (b"yesterday", b"today", START, "ancestor", None),
        (b"1717300000 +051800", b"1717400000 +0200", 1_717_300_000, None, None),
    ],
)
def test_g7_dates_are_kept_raw_and_the_first_credible_one_is_the_time(
    repository: GitRepository,
    author: bytes,
    committer: bytes,
    expected: int,
    basis: str | None,
    offset: int | None,
) -> None:
    repository.commit(date=dated(START))
    repository.commit(date=author, committer_date=committer)
    event = read(repository.path).events()[-1]
    assert event.occurred_at == datetime.fromtimestamp(expected, UTC)
    assert event.attributes.get("occurred_at_basis") == basis
    assert event.utc_offset_minutes == offset
    assert event.attributes["author_date"] == author.decode()
    assert event.attributes["committer_date"] == committer.decode()


def test_g8_copies_of_one_change_have_one_patch_id(repository: GitRepository) -> None:
    lines = b"".join(b"line %d\n" % number for number in range(30))
    root = repository.commit(edits={b"a": lines})
    original = repository.commit("side", edits={b"a": lines + b"end\n"}, parents=[root])
    repository.commit("main", edits={b"b": b"1\n", b"binary": b"\0\1"})
    copy = repository.commit("main", b"The same\n", edits={b"a": lines + b"end\n"})
    merge = repository.commit("main", b"Merge\n", parents=[copy, original])
    nothing = repository.commit("main", b"Nothing\n")
    events = read(repository.path, patch_ids=True).by_subject()
    ids = {sha: event.attributes.get("patch_id") for sha, event in events.items()}
    for sha in events:
        patch = repository.git("diff-tree", "-p", "--root", "--full-index", "--no-renames", sha)
        expected = repository.git("patch-id", "--stable", stdin=patch).split()
        assert ids[sha] == (expected[0].decode() if expected else None)
    assert ids[original] == ids[copy]
    assert ids[merge] is ids[nothing] is None
    assert len({patch_id or sha for sha, patch_id in ids.items()}) == len(events) - 1
    plain = read(repository.path).events()
    assert not any("patch_id" in event.attributes for event in plain)


def test_g9_one_person_of_many_names_is_one_key_and_the_written_names_stay(
    repository: GitRepository,
) -> None:
    people = [b"Ada L <ada@work>", b"ada <ADA@HOME>", b"Ada Lovelace <ada@example.org>"]
    for person in people:
        repository.commit(author=person)
    mailmap = "Ada Lovelace <ada@example.org> <ada@work>\n<ada@example.org> <ada@home>\n"
    repository.commit(edits={b".mailmap": mailmap.encode()}, author=people[2])
    bare = repository.path.with_name("bare")
    repository.git("clone", "--quiet", "--bare", ".", str(bare))  # the mailmap of its HEAD
    events = read(bare).events()
    assert {event.actor_key for event in events} == {"ada@example.org"}
    raw = [event.attributes.get("author_email") for event in events]
    assert raw == ["ada@work", "ADA@HOME", None, None]


def test_g10_a_commit_of_ten_thousand_files_takes_bounded_memory(
    repository: GitRepository,
) -> None:
    stream = []
    for number in range(3):
        stream.append(
            b"commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 0\n" % (START + number)
        )
        stream += [
            b"M 100644 inline %d/%d\ndata 2\n%d\n" % (i % 99, i, number) for i in range(10_000)
        ]
    repository.git("fast-import", "--quiet", stdin=b"".join(stream))
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    events = read(repository.path).events()
    assert [event.files_changed for event in events] == [10_000] * 3
    assert psutil.Process().memory_info().rss - before < 200 << 20
    assert time.monotonic() - began < 60


def _shallow(origin: GitRepository, place: Path) -> int:
    origin.git("clone", "--quiet", "--depth=1", origin.path.as_uri(), str(place))
    return 1


def _bare(origin: GitRepository, place: Path) -> int:
    origin.git("clone", "--quiet", "--bare", ".", str(place))
    return 3


def _worktree(origin: GitRepository, place: Path) -> int:
    origin.git("worktree", "add", "--quiet", "-b", "linked", str(place))
    return 3


def _sha256(origin: GitRepository, place: Path) -> int:
    assert origin.path.exists()
    empty_repository(place, "--object-format=sha256").commit()
    return 1


def _empty(origin: GitRepository, place: Path) -> int:
    assert origin.path.exists()
    empty_repository(place)
    return 0


def _unborn(origin: GitRepository, place: Path) -> int:
    _bare(origin, place)
    origin.git("--git-dir", str(place), "symbolic-ref", "HEAD", "refs/heads/not-yet")
    return 0


def _detached(origin: GitRepository, place: Path) -> int:
    origin.git("clone", "--quiet", ".", str(place))
    origin.git("-C", str(place), "checkout", "--quiet", "--detach", "HEAD~1")
    return 2


def _submodule(origin: GitRepository, place: Path) -> int:
    outer = empty_repository(place.with_name("outer"))
    options = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    outer.git(*options, str(origin.path), "inner")
    place.symlink_to(outer.path / "inner")
    return 3


@pytest.mark.parametrize(
    "make", [_shallow, _bare, _worktree, _sha256, _empty, _unborn, _detached, _submodule]
)
def test_g11_every_kind_of_repository_is_read(
    repository: GitRepository, tmp_path: Path, make: Callable[[GitRepository, Path], int]
) -> None:
    for number in range(3):
        repository.commit(edits={b"file": b"%d\n" % number})
    expected = make(repository, tmp_path / "place")
    given = read(tmp_path / "place")
    assert len(given.shas()) == expected
    if make is _shallow:  # git takes its end for a root, and all of its files for new
        assert given.events()[0].additions is None
        return
    facts = read_facts(GitRepository(tmp_path / "place"), "HEAD") if expected else {}
    assert_equals_facts(given.events("git.commit"), facts)


def test_g12_no_byte_of_a_message_is_lost(repository: GitRepository) -> None:
    messages = [
        b"Gr\xfc\xdfe | pipe\n\nbody\nwith \xe9\n",
        b"Nul\0 in it\n",
        b"Fine\n\nline | pipe\n\nCo-authored-by: J\xfcrgen <j@example.org>\n",
    ]
    for message in messages:
        repository.commit(message=message)
    foreign = repository.commit(message=messages[0], headers=b"encoding ISO-8859-1\n")
    events = read(repository.path).events()
    raw = [base64.b64decode(event.attributes["raw"]["message"]) for event in events[:3]]
    assert raw == messages
    assert events[-1].subject == foreign
    assert (events[-1].title, events[-1].body) == ("Grüße | pipe", "body\nwith é")
    assert "raw" not in events[-1].attributes


def test_g13_a_lost_object_is_fetched_by_no_command_of_the_repository(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "git-remote-trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    repository.commit(edits={b"file": b"1\n"})
    lost = repository.text("rev-parse", "main:file")
    (repository.path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "protocol.allow": "always",
        "core.sshCommand": str(trap),
        "core.gitProxy": str(trap),
        "core.askPass": str(trap),
        "core.alternateRefsCommand": str(trap),
        "credential.helper": f"!{trap}",
        "remote.origin.uploadPack": str(trap),
    }.items():
        repository.git("config", key, value)
    urls = (f"ext::{trap}", "ssh://host/x", "git://host/x", str(tmp_path), "https://a@127.0.0.1:1/")
    for url in urls:
        repository.git("config", "remote.origin.url", url)
        (event,) = read(repository.path).events()
        assert event.attributes["statistics"] == "unavailable"
    repository.git("config", "remote.origin.vcs", "trap")
    assert read(repository.path).events() == [event]
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "url", ["https://user@127.0.0.1:1/private", "ext::sh -c true", "git@host:private.git"]
)
def test_g13_an_address_instead_of_a_folder_fails_at_once_and_asks_for_nothing(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(ConfigError, match="does not exist"):
        read(Path(url))
    assert time.monotonic() - began < 10


def test_g14_a_commit_speaks_of_the_same_things_as_its_twin_on_github(
    repository: GitRepository,
) -> None:
    merge = repository.commit(message=b"Merge pull request #7 from me/topic\n\nFixes #3\n")
    (plain,) = read(repository.path).events()
    assert (plain.refs, plain.attributes["issues"]) == ((), ["#7", "#3"])
    (event,) = read(repository.path, github="me/mine").events()
    assert event.refs == ("github:me/mine#7", "github:me/mine#3")
    assert event.attributes["closes"] == ["github:me/mine#3"]
    assert event.subject == merge  # what a commit event from there refers to as git:<sha>
    with pytest.raises(ConfigError, match="github"):
        read(repository.path, github="https://github.com/me/mine")
