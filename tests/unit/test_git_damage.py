"""Repositories that are damaged, half there, or strangely laid out."""

import os
import shutil
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources import ConfigError, CursorInvalidError, UnavailableError
from tests.support.git_oracle import assert_equals_facts, read_facts
from tests.support.git_reading import Given, Remote, probe, read, read_window, validate
from tests.support.git_repository import DAY, GitRepository, empty_repository


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = empty_repository(tmp_path / "repo")
    for number in range(4):
        made.commit(message=b"Change %d\n" % number, edits={b"file": b"%d\n" % number})
    return made


NOVEMBER = datetime(2023, 11, 20, tzinfo=UTC)
REASON = "commits without line counts: the clone lacks objects, or they are broken"


def whole_anywhere(given: Given) -> bool:
    moments = [datetime(year, 6, 1, tzinfo=UTC) for year in range(1970, 2100)]
    return any((given.coverage_at(moment) or ("",))[0] == "whole" for moment in moments)


def remove(repository: GitRepository, revision: str) -> None:
    """Lose one object."""
    sha = repository.text("rev-parse", revision)
    (repository.path / ".git" / "objects" / sha[:2] / sha[2:]).unlink()


def damage_pack(repository: GitRepository, revision: str) -> None:
    """Break the one object in the one pack, where its bytes begin."""
    repository.git("gc", "--quiet")  # which writes a commit graph too, so that history is walked
    (index,) = (repository.path / ".git" / "objects" / "pack").glob("*.idx")
    sha = repository.text("rev-parse", revision)
    lines = repository.git("show-index", stdin=index.read_bytes()).decode().splitlines()
    offset = next(int(line.split()[0]) for line in lines if line.split()[1] == sha)
    pack = index.with_suffix(".pack")
    pack.chmod(0o644)
    content = bytearray(pack.read_bytes())
    for place in range(offset + 3, offset + 8):
        content[place] ^= 0xFF
    pack.write_bytes(content)


def test_broken_commit_in_a_pack_is_quarantined_and_the_others_kept(
    repository: GitRepository,
) -> None:
    whole = read(repository.path)
    lost = whole.shas()[1]
    damage_pack(repository, lost)
    given = read(repository.path)
    assert given.shas() == [sha for sha in whole.shas() if sha != lost]
    records = [record for batch in given.batches for record in batch.quarantined]
    assert [record.locator for record in records] == [f"commit {lost}"]
    assert not whole_anywhere(given)  # who knows when that commit happened?


def test_broken_commit_is_not_taken_for_gone_by_a_reading_of_a_window(
    repository: GitRepository,
) -> None:
    whole = read(repository.path).events()
    lost = whole[1]
    damage_pack(repository, lost.subject)
    for start, end in ((None, None), (lost.occurred_at, whole[2].occurred_at)):
        given = read_window(repository.path, start, end)
        (record,) = [record for batch in given.batches for record in batch.quarantined]
        assert (record.locator, record.event_id) == (f"commit {lost.subject}", lost.event_id)
        assert given.batches[-1].complete
        assert not whole_anywhere(given)


def test_broken_commit_beyond_the_newest_hinders_nobody(repository: GitRepository) -> None:
    whole = read(repository.path).events()
    damage_pack(repository, whole[0].subject)
    first = read(repository.path, max_commits=2)
    assert first.shas() == [event.subject for event in whole[2:]]
    (scope,) = first.batches[-1].complete
    assert scope.since is not None
    assert scope.since > whole[-1].occurred_at  # who knows when the commits left out happened?
    repository.git("update-ref", "refs/heads/main", "main~1")
    second = read(repository.path, first.cursor, max_commits=2)
    assert second.retracted == {whole[3].event_id}


def test_copy_of_the_commits_that_git_keeps_hides_none(repository: GitRepository) -> None:
    whole = read(repository.path).shas()
    repository.git("commit-graph", "write", "--reachable")
    file = repository.path / ".git" / "objects" / "info" / "commit-graph"
    content = bytearray(file.read_bytes())
    table = range(8, len(content), 12)
    entry = next(place for place in table if content[place : place + 4] == b"CDAT")
    (begin,) = struct.unpack_from(">Q", content, entry + 4)
    for number in range(len(whole)):  # after the tree's id stands the first parent
        struct.pack_into(">I", content, begin + number * 36 + 20, 0x7000_0000)
    file.chmod(0o644)
    file.write_bytes(content)
    assert len(repository.text("rev-list", "main").split()) == 1
    assert read(repository.path).shas() == whole


def test_broken_file_content_costs_the_line_counts_only(repository: GitRepository) -> None:
    whole = read(repository.path)
    damage_pack(repository, "main~2:file")
    given = read(repository.path)
    assert given.shas() == whole.shas()
    counted = [event.additions is not None for event in given.events()]
    assert counted == [True, False, False, True]
    assert [[item.path for item in event.files or ()] for event in given.events()] == [["file"]] * 4


# As git 2.55 does with a file that it cannot unpack: it says so, takes it for empty, and ends well.
LENIENT = """#!/bin/sh
case "$*" in
*diff-tree*--numstat*)
    asked=$(cat)
    case "$asked" in *{sha}*) echo 'error: inflate: data stream error' >&2 ;; esac
    echo "$asked" | {git} "$@"
    ;;
*) exec {git} "$@" ;;
esac
"""


def test_lines_of_a_file_that_git_takes_for_empty_are_not_counted(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "programs" / "git"
    program.parent.mkdir()
    lost = repository.text("rev-parse", "main~1")
    program.write_text(LENIENT.format(sha=lost, git=shutil.which("git")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    given = read(repository.path)
    assert [event.subject for event in given.events() if event.additions is None] == [lost]
    assert given.coverage_at(NOVEMBER) == ("partial", REASON)


def test_missing_folder_costs_the_files_of_two_commits(repository: GitRepository) -> None:
    whole = read(repository.path)
    remove(repository, "main~2^{tree}")
    given = read(repository.path)
    assert given.shas() == whole.shas()
    assert [event.files is None for event in given.events()] == [False, True, True, False]
    assert given.coverage_at(NOVEMBER) == ("partial", REASON)


def test_missing_commit_is_named(repository: GitRepository) -> None:
    lost = repository.text("rev-parse", "main~2")
    remove(repository, "main~2")
    with pytest.raises(ConfigError, match=lost) as caught:
        read(repository.path)
    assert "git fsck" in caught.value.remedy


def test_branch_that_leads_nowhere_is_named(repository: GitRepository) -> None:
    (repository.path / ".git" / "refs" / "heads" / "nowhere").write_text("1" * 40 + "\n")
    assert len(read(repository.path, branch="main").shas()) == 4
    with pytest.raises(ConfigError, match="1" * 40):
        read(repository.path, branch="all")
    assert validate(repository.path, branch="main")
    with pytest.raises(ConfigError, match="refs/heads/nowhere leads to the commit 1111"):
        validate(repository.path, branch="all")


def test_broken_newest_commit_is_told_before_reading_unless_git_has_a_copy_of_it(
    repository: GitRepository,
) -> None:
    tip = repository.text("rev-parse", "main")
    damage_pack(repository, tip)
    assert validate(repository.path)
    (record,) = [item for batch in read(repository.path).batches for item in batch.quarantined]
    assert record.locator == f"commit {tip}"
    for graph in (repository.path / ".git" / "objects" / "info").glob("commit-graph*"):
        graph.unlink()
    with pytest.raises(ConfigError, match=f"refs/heads/main leads to the commit {tip}"):
        validate(repository.path)


def test_a_format_of_the_future_is_refused_in_one_line(repository: GitRepository) -> None:
    repository.git("config", "core.repositoryFormatVersion", "1")
    repository.git("config", "extensions.tomorrow", "true")
    with pytest.raises(ConfigError, match="tomorrow") as caught:
        read(repository.path)
    assert "\n" not in str(caught.value)
    remote = Remote(url=f"file://{repository.path}", cache=repository.path.parent / "cache")
    with pytest.raises(ConfigError, match="has a format that the git there does not know"):
        validate(remote)


def test_a_server_whose_branch_leads_nowhere_is_not_taken_for_a_damaged_copy(
    repository: GitRepository,
) -> None:
    (repository.path / ".git" / "refs" / "heads" / "nowhere").write_text("1" * 40 + "\n")
    remote = Remote(url=f"file://{repository.path}", cache=repository.path.parent / "cache")
    with pytest.raises(UnavailableError, match="not our ref 1111"):
        read(remote, branch="nowhere")


def test_refs_that_are_no_refs_are_passed_over(repository: GitRepository) -> None:
    heads = repository.path / ".git" / "refs" / "heads"
    (heads / "empty").write_bytes(b"")
    (heads / "zero").write_text("0" * 40 + "\n")
    (heads / "dangling").write_text("ref: refs/heads/not-there\n")
    assert len(read(repository.path, branch="all").shas()) == 4


def test_tag_of_something_missing_is_an_event_nevertheless(repository: GitRepository) -> None:
    folder = repository.path / ".git" / "refs" / "tags"
    folder.mkdir(exist_ok=True)
    (folder / "gone").write_text("1" * 40 + "\n")
    (tag,) = read(repository.path).events("git.tag")
    assert (tag.attributes["target_type"], tag.refs) == ("missing", ())


@pytest.mark.parametrize("head", [b"", b"junk"])
def test_broken_head_is_said_to_be_so(repository: GitRepository, head: bytes) -> None:
    (repository.path / ".git" / "HEAD").write_bytes(head)
    with pytest.raises(ConfigError, match="damaged") as caught:
        read(repository.path)
    assert "HEAD" in caught.value.remedy


def test_broken_repository_within_another_is_not_taken_for_the_other(
    repository: GitRepository,
) -> None:
    inner = empty_repository(repository.path / "inner")
    (inner.path / ".git" / "HEAD").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"inner/\.git is damaged"):
        read(inner.path)


def test_folder_within_a_repository_whose_own_one_went_is_not_taken_for_the_other(
    repository: GitRepository,
) -> None:
    (repository.path / "inner").mkdir()
    (repository.path / "inner" / ".git").write_text("gitdir: ../gone\n")
    with pytest.raises(ConfigError, match=r"inner/\.git is damaged"):
        read(repository.path / "inner")


def test_linked_work_tree_whose_repository_went_is_said_to_be_so(
    repository: GitRepository, tmp_path: Path
) -> None:
    repository.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    shutil.move(repository.path, tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="leads to a repository that is not there"):
        read(tmp_path / "linked")


def test_stale_locks_and_a_broken_index_hinder_nobody(repository: GitRepository) -> None:
    expected = read(repository.path).events()
    folder = repository.path / ".git"
    for name in ("index", "HEAD", "packed-refs", "config", "shallow", "refs/heads/main"):
        (folder / f"{name}.lock").write_bytes(b"")
    (folder / "index").write_bytes(b"garbage")
    assert read(repository.path).events() == expected


def test_work_tree_that_does_not_know_of_its_repository(tmp_path: Path) -> None:
    home = tmp_path / "home"
    repository = empty_repository(home / ".dotfiles", "--bare")
    sha = repository.commit(edits={b".profile": b"1\n"})
    repository.git("config", "core.bare", "false")
    repository.git("config", "core.worktree", str(home))
    assert read(repository.path).shas() == [sha]


@pytest.mark.parametrize("place", ["/", "/nowhere", "..", "/dev/null"])
def test_repository_whose_work_tree_is_set_elsewhere(repository: GitRepository, place: str) -> None:
    whole = read(repository.path).events()
    repository.git("config", "core.worktree", place)
    assert read(repository.path).events() == whole
    assert read(repository.path / ".git").events() == whole


def test_objects_borrowed_from_another_clone(repository: GitRepository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", "--shared", "--bare", ".", str(tmp_path / "shared"))
    assert read(tmp_path / "shared").shas() == read(repository.path).shas()
    shutil.move(repository.path, tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="bad object"):
        read(tmp_path / "shared")


def test_broken_list_of_where_a_clone_ends_is_named(repository: GitRepository) -> None:
    (repository.path / ".git" / "shallow").write_bytes(b"\xff\xfe\n")
    with pytest.raises(ConfigError, match="bad shallow line") as caught:
        read(repository.path)
    assert "git fsck" in caught.value.remedy


def test_tag_that_says_nothing_is_an_event_nevertheless(repository: GitRepository) -> None:
    sha = repository.write("tag", b"of nothing\n")
    (repository.path / ".git" / "refs" / "tags" / "odd").write_text(f"{sha}\n")
    (tag,) = read(repository.path).events("git.tag")
    assert (tag.title, tag.attributes["target_type"]) == ("odd", "missing")


def test_tag_whose_object_is_none_takes_no_other_objects_place(repository: GitRepository) -> None:
    good, blob = repository.text("rev-parse", "main"), repository.blob(b"x")
    sound = {"sound": (good, "commit"), "of-blob": (blob, "blob")}
    heads = {
        "named": "object main\ntype commit\n",
        "path": "object main:file\ntype blob\n",
        "short": f"object {good[:9]}\ntype commit\n",
        "two": f"object {good}\n {good}\ntype commit\n",
        "gone": f"object {'1' * 40}\ntype blob\n",
        "mistaken": f"object {blob}\ntype commit\n",
        **{name: f"object {target}\ntype {kind}\n" for name, (target, kind) in sound.items()},
    }
    for name, head in heads.items():
        sha = repository.write("tag", f"{head}tag {name}\n\nRelease\n".encode())
        path = repository.path / ".git" / "refs" / "tags" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{sha}\n")
    tags = read(repository.path).by_subject("git.tag")
    found = {name: (tag.attributes["target"], tag.refs) for name, tag in tags.items()}
    types = {name: tag.attributes["target_type"] for name, tag in tags.items()}
    assert set(tags) == set(heads)
    assert {name: found[name] for name in ("named", "path", "short", "two")} == dict.fromkeys(
        ("named", "path", "short", "two"), ("", ())
    )
    assert found["gone"] == ("1" * 40, ())
    assert found["mistaken"] == found["of-blob"] == (blob, ())
    assert found["sound"] == (good, (f"git:{good}",))
    missing = ("named", "path", "short", "two", "gone")
    assert types == dict.fromkeys(missing, "missing") | {
        "mistaken": "blob", "of-blob": "blob", "sound": "commit"
    }  # fmt: skip


def test_grafts_change_no_parent(repository: GitRepository) -> None:
    expected = read(repository.path).events()
    (repository.path / ".git" / "info").mkdir(exist_ok=True)
    graft = repository.text("rev-parse", "main")
    (repository.path / ".git" / "info" / "grafts").write_text(f"{graft}\n")
    given = read(repository.path).events()
    assert given == expected
    assert_equals_facts(given, read_facts(repository))


@pytest.mark.parametrize("signal", ["KILL", "SEGV"])
def test_git_that_dies_in_the_middle_of_its_answer(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: str
) -> None:
    """Killed for want of memory, say, it may do better another time; if it crashed, it will not."""
    repository.commit(edits={b"file": None, b"renamed": b"1\n"})
    repository.commit(message=b"More\n\nKey: value\n", edits={b"renamed": b"2\n"})
    whole = read(repository.path)
    real, fake = shutil.which("git"), tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.touch(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    for length in range(0, 1000, 41):
        fake.write_text(
            f'#!/bin/sh\ncase " $* " in *" diff-tree "*) ;; *) exec {real} "$@" ;; esac\n'
            f'{real} "$@" | head -c {length}\nkill -{signal} $$\n'
        )
        if signal == "KILL":
            with pytest.raises(UnavailableError, match="diff-tree"):
                read(repository.path)
            continue
        given = read(repository.path)
        assert given.shas() == whole.shas()
        assert [event.actor for event in given.events()] == [e.actor for e in whole.events()]
        assert {event.attributes.get("statistics") for event in given.events()} == {"unavailable"}


def test_submodules_are_changes_whatever_the_work_tree_ignores(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    link = f"160000,{'1' * 40},inner"
    repository.git("update-index", "--add", "--cacheinfo", link)
    repository.git("commit", "--quiet", "--message", "Link")
    expected = read(repository.path).events()
    assert [item.path for event in expected for item in event.files or ()] == ["inner"]
    modules = '[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n\tignore = all\n'
    (repository.path / ".gitmodules").write_text(modules)
    repository.git("config", "diff.ignoreSubmodules", "all")
    repository.git("config", "submodule.inner.ignore", "all")
    assert read(repository.path).events() == expected


@pytest.mark.parametrize(
    "content",
    [b"\nno author\n", b"author\ncommitter x\n\nm", b"author A <a> 1700000000 +0100 more\n\nm"],
)
def test_commits_that_git_itself_would_not_write(repository: GitRepository, content: bytes) -> None:
    tip = repository.text("rev-parse", "main")
    tree = repository.text("rev-parse", "main^{tree}")
    odd = repository.write(
        "commit", b"tree %s\nparent %s\n%s" % (tree.encode(), tip.encode(), content)
    )
    repository.git("update-ref", "refs/heads/main", odd)
    given = read(repository.path)
    assert given.shas()[-1] == odd
    assert given.events()[-1].attributes["parents"] == [tip]


def test_clone_that_lacks_contents_is_partial_where_it_does_and_read_again_once_mended(
    tmp_path: Path,
) -> None:
    repository = empty_repository(tmp_path / "repo")
    for day in range(90):
        if day % 15 == 0:
            repository.commit(edits={b"file": b"%d\n" % day})
        repository.clock += DAY
    whole = read(repository.path)
    lost = repository.text("rev-parse", "main~3:file")
    path = repository.path / ".git" / "objects" / lost[:2] / lost[2:]
    kept = path.read_bytes()
    path.unlink()
    given = read(repository.path, small=True)
    assert given.shas() == whole.shas()
    states = [given.coverage_at(event.occurred_at) for event in given.events()]
    assert [event.additions is None for event in given.events()] == [0, 0, 1, 1, 0, 0]
    assert states[2] == states[3] == ("partial", REASON)
    assert states[0] == states[5] == ("whole", None)
    window = read_window(repository.path, given.events()[2].occurred_at, None)
    assert [item.state for batch in window.batches for item in batch.coverage] == ["partial"]
    assert not probe(repository.path, given.cursor).new
    assert read(repository.path, given.cursor).batches == ()
    path.write_bytes(kept)
    assert probe(repository.path, given.cursor).reason == "the clone has objects now that it lacked"
    with pytest.raises(CursorInvalidError, match="objects now that it lacked"):
        read(repository.path, given.cursor)
    again = read(repository.path)
    assert again.events() == whole.events()
    assert not probe(repository.path, again.cursor).new


def test_new_commit_without_its_contents_makes_its_month_partial(repository: GitRepository) -> None:
    first = read(repository.path)
    repository.clock += 40 * DAY
    sha = repository.commit(edits={b"file": b"new\n"})
    remove(repository, "main:file")
    second = read(repository.path, first.cursor)
    assert second.shas() == [sha]
    assert second.coverage_at(second.events()[0].occurred_at) == ("partial", REASON)
    assert second.coverage_at(NOVEMBER) is None
    repository.blob(b"new\n")
    assert probe(repository.path, second.cursor).new


def test_commit_that_lacked_contents_and_was_dropped_is_waited_for_no_more(
    repository: GitRepository,
) -> None:
    remove(repository, "main:file")
    first = read(repository.path)
    assert first.cursor is not None
    assert first.cursor["lacking"] == [repository.text("rev-parse", "main")]
    repository.git("update-ref", "refs/heads/main", "main~1")
    second = read(repository.path, first.cursor)
    assert second.cursor is not None
    assert second.cursor["lacking"] == []
    assert not probe(repository.path, second.cursor).new
