"""Which branches a git source follows, and which of them moved back or aside, few or many."""

from pathlib import Path

import pytest

from sources import ConfigError
from tests.support.git_reading import read, validate
from tests.support.git_repository import GitRepository, empty_repository, linear_repository
from tests.unit.test_git_damage import damage_pack


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """A clone that has a commit on every kind of ref, each named as its ref."""
    made = empty_repository(tmp_path / "repo")
    root = made.commit("main", b"main\n")
    for ref in (
        "refs/heads/topic/one",
        "refs/heads/topic/two",
        "refs/remotes/origin/main",
        "refs/remotes/origin/topic/three",
        "refs/tags/light",
        "refs/notes/commits",
        "refs/pull/7/head",
        "refs/merge-requests/7/head",
        "refs/original/refs/heads/main",
        "refs/bisect/bad",
        "refs/stash",
    ):
        tree = made.text("rev-parse", f"{root}^{{tree}}")
        sha = made.text("commit-tree", tree, "-p", root, "-m", ref)
        made.git("update-ref", ref, sha)
    made.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    return made


def titles(repository: GitRepository, branch: str | list[str] | None) -> set[str]:
    found = {event.title for event in read(repository.path, branch=branch).events("git.commit")}
    return {title.removeprefix("refs/") for title in found - {"main"}}


LOCAL = {"heads/topic/one", "heads/topic/two"}
REMOTE = {"remotes/origin/main", "remotes/origin/topic/three"}


@pytest.mark.parametrize(
    ("branch", "expected"),
    [
        (None, set()),
        ("main", set()),
        ("topic/one", {"heads/topic/one"}),
        ("heads/topic/one", None),
        ("refs/heads/topic/one", {"heads/topic/one"}),
        ("topic/*", LOCAL),
        ("origin/*", REMOTE),
        ("origin/main", {"remotes/origin/main"}),
        ("origin/HEAD", {"remotes/origin/main"}),
        (["main", "origin/topic/*"], {"remotes/origin/topic/three"}),
        ("all", LOCAL | REMOTE),
        ("*", LOCAL | REMOTE),
        ("nothing/*", set()),
        ("light", None),
        ("stash", None),
        ("refs/tags/light", None),
        ("refs/pull/7/head", {"pull/7/head"}),
        ("refs/pull/*", {"pull/7/head"}),
        ("refs/*/7/head", {"pull/7/head", "merge-requests/7/head"}),
        ("refs/pu[kl]l/*/head", {"pull/7/head"}),
        ("refs/heads/to*", LOCAL),
        ("refs/notes/commits", {"notes/commits"}),
    ],
)
def test_the_branches_asked_for_and_no_others(
    repository: GitRepository, branch: str | list[str] | None, expected: set[str] | None
) -> None:
    if expected is None:
        with pytest.raises(ConfigError, match="no branch"):
            validate(repository.path, branch=branch)
        return
    assert titles(repository, branch) == expected


def test_all_is_what_git_calls_branches_and_remotes(repository: GitRepository) -> None:
    given = read(repository.path, branch="all")
    expected = repository.text("rev-list", "--branches", "--remotes").split()
    assert sorted(given.shas()) == sorted(expected)


def test_default_branch_of_a_remote_that_changes_is_no_move(repository: GitRepository) -> None:
    first = read(repository.path, branch="all")
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/topic/three")
    assert not read(repository.path, first.cursor, branch="all").batches


def test_force_push_of_somebody_else_is_seen_once_it_is_fetched(repository: GitRepository) -> None:
    first = read(repository.path, branch="all")
    dropped = repository.text("rev-parse", "origin/main")
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    second = read(repository.path, first.cursor, branch="all")
    assert second.retracted == {first.by_subject()[dropped].event_id}
    (moved,) = second.events()
    assert (moved.kind, moved.scope, moved.outcome) == ("git.ref.moved", "origin/main", "moved")


def test_annotated_tag_named_by_a_ref_of_ones_own_is_followed(repository: GitRepository) -> None:
    tag = repository.tag("v1", repository.text("rev-parse", "main"), date=b"1700000000 +0000")
    repository.git("update-ref", "refs/released/latest", tag)
    first = read(repository.path, branch="refs/released/latest")
    assert first.shas() == [repository.text("rev-parse", "main")]
    later = repository.commit()
    tag = repository.tag("v2", later, date=b"1700000000 +0000")
    repository.git("update-ref", "refs/released/latest", tag)
    assert read(repository.path, first.cursor, branch="refs/released/latest").shas() == [later]


@pytest.mark.parametrize("place", ["refs/own/x", "refs/remotes/origin/x"])
def test_a_ref_that_leads_to_no_commit_hinders_nobody(
    repository: GitRepository, place: str
) -> None:
    tree = repository.text("rev-parse", "main^{tree}")
    targets = [tree, repository.tag("of-tree", tree, kind="tree"), repository.blob(b"x")]
    targets += [repository.tag("of-blob", targets[-1], kind="blob")]
    repository.git("update-ref", place, targets[-1])
    branch = ["main", place]
    given = read(repository.path, branch=branch)
    known = set(given.shas())
    for target in targets:
        repository.git("update-ref", place, target)
        commit = repository.commit()
        given = read(repository.path, given.cursor, branch=branch)
        assert given.shas() == [commit]
        assert [event.subject for event in given.events("git.ref.moved")] == [place]
        assert not given.retracted
        known.add(commit)
    repository.git("update-ref", place, "main")
    assert not read(repository.path, given.cursor, branch=branch).shas()
    assert set(read(repository.path, branch=branch).shas()) == known


def test_hundreds_of_refs_that_move_together_take_one_look(repository: GitRepository) -> None:
    old, new = repository.text("rev-parse", "main"), repository.commit()
    made = "".join(
        f"create refs/heads/b{number} {old}\ncreate refs/tags/t{number} {new}\n"
        for number in range(600)
    )
    repository.git("update-ref", "--stdin", stdin=made.encode())
    repository.git("pack-refs", "--all")
    first = read(repository.path, branch="all")
    assert len(first.events("git.tag")) == 601
    moved = "".join(f"update refs/heads/b{number} {new}\n" for number in range(600))
    repository.git("update-ref", "--stdin", stdin=moved.encode())
    assert read(repository.path, first.cursor, branch="all").events() == []


def point(repository: GitRepository, targets: list[str], *, kind: str = "commit") -> None:
    """Make or move ``refs/heads/b<number>``, or refs elsewhere that lead to annotated tags."""
    folder = "heads" if kind == "commit" else "own"
    stdin = "".join(f"update refs/{folder}/b{n} {sha}\n" for n, sha in enumerate(targets))
    repository.git("update-ref", "--stdin", stdin=stdin.encode())


@pytest.mark.parametrize("count", [12, 60])
@pytest.mark.parametrize("broken", [False, True])
def test_each_of_many_branches_is_held_to_its_own_past(
    tmp_path: Path, count: int, *, broken: bool
) -> None:
    repository = linear_repository(tmp_path / "repo", 2 * count)
    shas = repository.text("rev-list", "--reverse", "main").split()
    aside = repository.commit("aside", parents=[shas[count]])
    if broken:
        damage_pack(repository, shas[0])
    before = [shas[count + number % 7] for number in range(count)]
    after = [[shas[-1 - number], aside, shas[number + 1]][number % 3] for number in range(count)]
    point(repository, before)
    first = read(repository.path, branch="all")
    point(repository, after)
    second = read(repository.path, first.cursor, branch="all")
    assert {event.subject for event in second.events("git.ref.moved")} == {
        f"refs/heads/b{number}"
        for number, (old, new) in enumerate(zip(before, after, strict=True))
        if repository.git("rev-list", f"{new}..{old}")
    }
    assert not second.retracted


def test_many_refs_that_lead_to_tags_are_held_to_the_commits_behind(tmp_path: Path) -> None:
    repository = linear_repository(tmp_path / "repo", 31)
    shas = repository.text("rev-list", "--reverse", "main").split()
    made = [repository.tag(f"t{number}", sha) for number, sha in enumerate(shas)]
    tree = repository.tag("tree", repository.text("rev-parse", "main^{tree}"), kind="tree")
    point(repository, made[1:-1], kind="tag")
    first = read(repository.path, branch="refs/own/*")
    point(repository, [*made[2:16], *made[:14], tree], kind="tag")
    moved = read(repository.path, first.cursor, branch="refs/own/*").events("git.ref.moved")
    assert {event.subject for event in moved} == {f"refs/own/b{number}" for number in range(14, 29)}
