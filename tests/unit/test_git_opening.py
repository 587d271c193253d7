"""Which places a git source reads, and what it says of those that it cannot."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from sources import ConfigError, CredentialsError, EventSourceFactory
from sources.filesystem import FilesystemEventSource
from tests.support.git_reading import assert_equals_truth, probe, read, validate
from tests.support.git_repository import GitRepository, empty_repository, read_truth

AS_ROOT = os.geteuid() == 0
ORDINARY = 12_345
MAILMAP = b"Ada Lovelace <ada@example.org> <al@old>\n"


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = empty_repository(tmp_path / "My Repo")
    made.commit(edits={b"folder/file": b"1\n"})
    made.commit("feature/login", parents=[made.text("rev-parse", "main")])
    return made


def create(path: Path, **config: Any) -> FilesystemEventSource:
    return asyncio.run(FilesystemEventSource.create({}, {"root_dir": str(path), **config}))


def test_id_comes_from_the_folder_where_none_is_given(repository: GitRepository) -> None:
    assert create(repository.path).source_id == "my-repo"


def test_factory_makes_it(repository: GitRepository) -> None:
    async def make() -> list[str]:
        factory = EventSourceFactory()
        source = await factory.create_source(
            "filesystem", "demo", {}, {"root_dir": str(repository.path)}
        )
        subjects = [event.subject async for event in source.generate_events()]
        assert source.get_stats()["events_generated"] == len(subjects)
        await factory.close_all_sources()
        return subjects

    assert asyncio.run(make()) == [repository.text("rev-parse", "main")]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"brnach": "main"}, "did you mean 'branch'"),
        ({"branch": 3}, "'branch"),
        ({"max_commits": 0}, "'max_commits'"),
        ({"max_commits": "many"}, "'max_commits'"),
        ({"tags": "yes"}, "'tags'"),
        ({"root_dir": "/nowhere/at/all"}, "does not exist"),
        ({"root_dir": "/dev/null"}, "is no folder"),
        ({"branch": "mian"}, "did you mean 'main'"),
        ({"branch": "none"}, "feature/login, main"),
        ({"branch": "--output=x"}, "no branch"),
    ],
)
def test_mistakes_are_named_with_a_mend(
    repository: GitRepository, config: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        validate(repository.path, **config)
    assert caught.value.remedy


def test_secrets_are_refused(repository: GitRepository) -> None:
    with pytest.raises(CredentialsError, match="asks for no secret") as caught:
        asyncio.run(
            FilesystemEventSource.create({"token": "s3cret"}, {"root_dir": str(repository.path)})
        )
    assert "s3cret" not in str(caught.value)


def test_folder_outside_of_any_repository(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not in a git repository"):
        create(tmp_path)


def test_folder_in_a_work_tree_means_its_repository(
    repository: GitRepository, caplog: pytest.LogCaptureFixture
) -> None:
    repository.git("checkout", "--quiet", "--force")
    expected = read(repository.path).events()
    with caplog.at_level("INFO", logger="sources"):
        assert read(repository.path / "folder").events() == expected
    assert f"lies in the repository {repository.path}" in caplog.text
    assert read(repository.path / "folder", patterns="folder/*").events() == expected


@pytest.mark.parametrize("name", ["bare.git", "bare"])
def test_g11_bare_repository(repository: GitRepository, tmp_path: Path, name: str) -> None:
    expected = read(repository.path, branch="all").events()
    repository.git("clone", "--quiet", "--mirror", ".", str(tmp_path / name))
    assert read(tmp_path / name, branch="all").events() == expected
    assert len(read(tmp_path / name).events()) == 1


def test_g11_linked_work_tree_has_a_head_of_its_own(
    repository: GitRepository, tmp_path: Path
) -> None:
    repository.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "feature/login")
    assert {event.scope for event in read(tmp_path / "linked").events()} == {"feature/login"}


def test_g11_bare_repository_that_a_file_or_a_link_leads_to(
    repository: GitRepository, tmp_path: Path
) -> None:
    """As many do who work in linked work trees side by side."""
    for number, link in enumerate((False, True)):
        place = tmp_path / f"place{number}"
        repository.git("clone", "--quiet", "--bare", ".", str(place / ".bare"))
        if link:
            (place / ".git").symlink_to(".bare")
        else:
            (place / ".git").write_text("gitdir: ./.bare\n")
        beside = GitRepository(place)
        beside.git("worktree", "add", "--quiet", "-b", "beside", "beside")
        sha = beside.commit("beside")
        assert read(place).shas() == read(repository.path).shas()
        assert read(place / "beside").shas()[-1] == sha
        assert validate(place)


def test_g11_submodule(repository: GitRepository, tmp_path: Path) -> None:
    outer = empty_repository(tmp_path / "outer")
    allow = ("-c", "protocol.file.allow=always")
    outer.git(*allow, "submodule", "--quiet", "add", str(repository.path), "inner")
    outer.git("commit", "--quiet", "--message", "Link")
    assert read(outer.path / "inner").shas() == [repository.text("rev-parse", "main")]
    assert_equals_truth(read(outer.path).events(), read_truth(outer))


def test_g11_sha256_repository(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo", "--object-format=sha256")
    repository.commit()
    repository.commit(edits={b"file": b"1\n"})
    given = read(repository.path)
    assert_equals_truth(given.events(), read_truth(repository))
    assert len(given.shas()[0]) == 64
    assert not read(repository.path, given.cursor).batches


def test_g11_detached_head(repository: GitRepository) -> None:
    repository.git("checkout", "--quiet", "--detach", "feature/login")
    given = read(repository.path)
    assert len(given.shas()) == 2
    assert {event.scope for event in given.events()} == {None}
    assert not probe(repository.path, given.cursor).new


@pytest.mark.parametrize("branch", [None, "main", "all"])
def test_g11_repository_without_commits(tmp_path: Path, branch: str | None) -> None:
    repository = empty_repository(tmp_path / "repo")
    assert validate(repository.path, branch=branch)
    given = read(repository.path, branch=branch)
    assert given.events() == []
    assert given.batches[-1].complete
    assert not read(repository.path, given.cursor, branch=branch).batches
    sha = repository.commit()
    assert probe(repository.path, given.cursor, branch=branch).new
    assert read(repository.path, given.cursor, branch=branch).shas() == [sha]


@pytest.mark.skipif(not AS_ROOT, reason="only root can give a folder away")
def test_g13_repository_of_another_user(repository: GitRepository) -> None:
    for folder in (repository.path, repository.path / ".git"):
        os.chown(folder, ORDINARY, ORDINARY)
    with pytest.raises(ConfigError, match="belongs to another user") as caught:
        create(repository.path)
    assert "safe.directory" in caught.value.remedy


@pytest.mark.skipif(not AS_ROOT, reason="only root can give a folder away")
def test_g13_users_own_word_on_whom_to_trust_is_kept(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (repository.path, repository.path / ".git"):
        os.chown(folder, ORDINARY, ORDINARY)
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {repository.path}\n")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(read(repository.path).events()) == 1


@pytest.mark.parametrize("garbage", [b"\xff\xfe[core", b"[core]\n\trepositoryformatversion = 9\n"])
def test_configuration_that_git_refuses(repository: GitRepository, garbage: bytes) -> None:
    (repository.path / ".git" / "config").write_bytes(garbage)
    with pytest.raises(ConfigError, match="demo") as caught:
        validate(repository.path)
    assert caught.value.remedy


def test_format_that_this_git_does_not_know(repository: GitRepository) -> None:
    repository.git("config", "core.repositoryFormatVersion", "1")
    repository.git("config", "extensions.fromTheFuture", "yes")
    with pytest.raises(ConfigError, match="extension") as caught:
        validate(repository.path)
    assert "Install a git" in caught.value.remedy


@pytest.mark.parametrize("name", ["new\nline", "-C", "größe \u2028", ":(top)", "a'b\"c", "$HOME"])
def test_folder_of_any_name(tmp_path: Path, name: str) -> None:
    made = empty_repository(tmp_path / name)
    sha = made.commit(edits={b"folder/file": b"1\n"})
    made.git("checkout", "--quiet", "--force")
    assert read(made.path / "folder").shas() == [sha]


@contextmanager
def ordinary_user() -> Iterator[int]:
    """Give up root's rights for a while; gives the user's number."""
    if not AS_ROOT:
        yield os.geteuid()
        return
    import_module("git")  # asks git for its version once, which is not what is tested
    os.seteuid(ORDINARY)
    try:
        yield ORDINARY
    finally:
        os.seteuid(0)


def test_folder_that_may_not_be_read() -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        made = empty_repository(Path(folder) / "closed")
        closed = made.path / ".git"
        closed.chmod(0)
        try:
            with ordinary_user(), pytest.raises(ConfigError) as caught:
                create(made.path)
        finally:
            closed.chmod(0o700)
    assert str(made.path) in caught.value.message
    assert "right" in str(caught.value) or "may not be read" in str(caught.value)


def test_g13_nothing_of_the_repository_is_executed(
    repository: GitRepository, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    (repository.path / ".gitattributes").write_text("* diff=trap filter=trap\n")
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.askPass",
        "core.editor",
        "credential.helper",
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "gpg.program",
        "gpg.ssh.program",
        "trailer.sign.command",
        "trailer.sign.cmd",
        "uploadpack.packObjectsHook",
        "alias.rev-list",
        "pager.log",
    ):
        repository.git("config", key, str(trap))
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "core.hooksPath", str(tmp_path))
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (tmp_path / hook).symlink_to(trap)
    repository.commit(
        message=b"Bait\n\nsign: here\n",
        edits={b"bait": b"1\n"},
        headers=b"gpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n",
    )
    (tmp_path / "sprung").unlink(missing_ok=True)
    assert read(repository.path, branch="all").events()
    assert not (tmp_path / "sprung").exists()


def test_g13_environment_of_the_caller_leads_nowhere_else(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read(repository.path).events()
    elsewhere = empty_repository(tmp_path / "elsewhere")
    monkeypatch.setenv("GIT_DIR", str(elsewhere.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(elsewhere.path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    assert read(repository.path).events() == expected


def test_partial_clone_fetches_nothing(repository: GitRepository, tmp_path: Path) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = GitRepository(tmp_path / "clone")
    origin = repository.path.as_uri()
    options = ("--quiet", "--bare", "--filter=blob:none")
    repository.git("clone", *options, origin, str(clone.path))
    given = read(clone.path)
    assert given.shas() == [repository.text("rev-parse", "main")]
    assert given.events()[0].attributes["statistics"] == "unavailable"
    assert (given.coverage_at(given.events()[0].occurred_at) or ("",))[0] == "partial"


@pytest.fixture
def named(tmp_path: Path) -> GitRepository:
    """A repository with a mailmap, of which parts may be cloned."""
    made = empty_repository(tmp_path / "named")
    made.commit(edits={b".mailmap": MAILMAP})
    for number in range(5):
        text = b"Change %d\n\nReviewed-by: Grace <grace@x>\n" % number
        made.commit(author=b"al <al@old>", message=text, edits={b"file": b"%d\n" % number})
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return made


def test_clone_without_trees_keeps_names_and_trailers(named: GitRepository, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    named.git("clone", "--quiet", "--filter=tree:0", named.path.as_uri(), str(clone))
    given = read(clone)
    assert given.shas() == read(named.path).shas()
    for event in given.events()[1:]:
        assert (event.actor, event.attributes["author_name"]) == ("Ada Lovelace", "al")
        assert event.attributes["trailers"] == {"Reviewed-by": ["Grace <grace@x>"]}
        assert (event.files, event.files_changed) == (None, None)
        assert event.attributes["statistics"] == "unavailable"


def test_paths_cannot_be_chosen_without_trees(named: GitRepository, tmp_path: Path) -> None:
    clone = GitRepository(tmp_path / "clone")
    options = ("--quiet", "--bare", "--filter=tree:0")
    named.git("clone", *options, named.path.as_uri(), str(clone.path))
    assert len(read(clone.path).shas()) == 6
    with pytest.raises(ConfigError, match="is a partial clone") as caught:
        read(clone.path, patterns=["docs/**"])
    assert "--no-filter" in caught.value.remedy


def test_bare_clone_that_lacks_its_mailmap_is_read_without_it(
    named: GitRepository, tmp_path: Path
) -> None:
    clone = GitRepository(tmp_path / "clone")
    options = ("--quiet", "--bare", "--filter=blob:none")
    named.git("tag", "--annotate", "--message=One", "v1")
    named.git("clone", *options, named.path.as_uri(), str(clone.path))
    given = read(clone.path)
    commit, tag = given.events("git.commit")[-1], given.events("git.tag")[0]
    assert [item.path for item in commit.files or ()] == ["file"]
    assert (commit.actor, tag.title) == ("al", "v1: One")
    clone.blob(MAILMAP)
    assert read(clone.path).events("git.commit")[-1].actor == "Ada Lovelace"


def test_replaced_objects_are_read_as_their_ids_name_them(repository: GitRepository) -> None:
    expected = read(repository.path).events()
    other = repository.commit("other", message=b"Forged\n", parents=[])
    repository.git("replace", "main", other)
    assert read(repository.path).events() == expected


def test_damaged_repository_is_said_to_be_so(repository: GitRepository) -> None:
    sha = repository.text("rev-parse", "main")
    repository.commit()
    (repository.path / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    with pytest.raises(ConfigError, match="demo") as caught:
        read(repository.path)
    assert "git fsck" in caught.value.remedy
