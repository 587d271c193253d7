"""A repository by its URL is read as the one on disk is, over HTTP and from a file URL."""

import asyncio
import fcntl
import os
import shutil
import threading
from pathlib import Path

import pytest

from sources import (
    ConfigError,
    CursorInvalidError,
    EpisodicEvent,
    EventSourceFactory,
    UnavailableError,
)
from sources.filesystem import FilesystemEventSource
from sources.filesystem.remote import parse_listing
from tests.support.git_reading import Remote, probe, read, read_window, reread, validate
from tests.support.git_repository import (
    GitRepository,
    empty_repository,
    eventful_repository,
    linear_repository,
)
from tests.support.git_server import GitServer, git_server
from tests.support.waiting import wait_until


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = empty_repository(tmp_path / "demo")
    made.commit(edits={b"file": b"1\n"})
    made.commit(edits={b"file": b"1\n2\n"})
    made.tag("v1", made.text("rev-parse", "main"), date=b"1700500000 +0200")
    made.commit("side", b"Beside\n", parents=[made.text("rev-parse", "main")])
    return made


@pytest.fixture(params=["http", "file"])
def remote(request: pytest.FixtureRequest, server: GitServer, tmp_path: Path) -> Remote:
    """The repository ``demo`` by a URL of either kind."""
    http = request.param == "http"
    url = f"{server.url}/demo" if http else (tmp_path / "demo").as_uri()
    return Remote(url=url, cache=tmp_path / "cache")


def moves(events: list[EpisodicEvent]) -> list[tuple[str, str | None]]:
    return [(event.subject, event.outcome) for event in events]


def test_it_gives_the_same_events_as_the_repository_itself(tmp_path: Path) -> None:
    repository = eventful_repository(tmp_path / "demo")
    with git_server(tmp_path) as server:
        for url in (f"{server.url}/demo", repository.path.as_uri()):
            remote = Remote(url=url, cache=tmp_path / url.partition(":")[0])
            for branch in (None, "all", "side", ["ma*", "other"]):
                found, expected = read(remote, branch=branch), read(repository.path, branch=branch)
                assert found.events() == expected.events()
                assert found.cursor == expected.cursor


def test_it_goes_on_from_a_cursor(repository: GitRepository, remote: Remote) -> None:
    cursor = read(remote).cursor
    assert not read(remote, cursor).batches
    added = repository.commit()
    assert probe(remote, cursor).new
    assert read(remote, cursor).shas() == [added]


def test_a_cursor_fits_the_repository_on_disk_and_by_url(
    repository: GitRepository, remote: Remote
) -> None:
    cursor = read(repository.path).cursor
    assert not probe(remote, cursor).new
    assert not read(remote, cursor).batches
    added = repository.commit()
    assert read(remote, cursor).shas() == [added]


def test_what_a_force_push_and_a_deletion_take_away(
    repository: GitRepository, remote: Remote
) -> None:
    before = read(remote, branch="all")
    dropped = repository.text("rev-parse", "main")
    repository.git("update-ref", "refs/heads/main", "main~1")
    added = repository.commit()
    repository.git("update-ref", "-d", "refs/heads/side")
    repository.git("update-ref", "-d", "refs/tags/v1")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    after = read(remote, before.cursor, branch="all")
    assert after.shas() == [added]
    assert set(moves(after.events("git.ref.moved"))) == {
        ("refs/heads/main", "moved"),
        ("refs/heads/side", "deleted"),
        ("refs/tags/v1", "deleted"),
    }
    events = before.by_subject() | before.by_subject("git.tag")
    gone = {event.event_id for event in events.values()} - {
        events[sha].event_id for sha in repository.text("rev-list", "main~1").split()
    }
    assert after.retracted == gone
    assert events[dropped].event_id in gone
    assert remote.copy.text("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_the_copy_may_be_deleted_at_any_time(repository: GitRepository, remote: Remote) -> None:
    cursor = read(remote).cursor
    shutil.rmtree(remote.cache)
    assert not probe(remote, cursor).new
    assert not remote.cache.exists(), "a look makes no copy"
    added = repository.commit()
    assert read(remote, cursor).shas() == [added]
    shutil.rmtree(remote.copy.path / "objects")
    again = repository.commit()
    assert read(remote, cursor).shas() == [added, again]


def test_a_force_push_after_the_copy_was_lost_starts_from_nothing(
    repository: GitRepository, remote: Remote
) -> None:
    cursor = read(remote).cursor
    shutil.rmtree(remote.cache)
    repository.git("update-ref", "refs/heads/main", "main~1")
    repository.git("update-ref", "-d", "refs/tags/v1")
    repository.git("update-ref", "-d", "refs/heads/side")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    with pytest.raises(CursorInvalidError, match="starts from nothing"):
        read(remote, cursor)
    assert read(remote).shas() == [repository.text("rev-parse", "main")]


def test_windows_and_single_commits(repository: GitRepository, remote: Remote) -> None:
    assert validate(remote)
    whole = read_window(remote, None, None)
    assert whole.events() == read_window(repository.path, None, None).events()
    sha = repository.text("rev-parse", "main")
    assert reread(remote, [f"commit {sha}"]).shas() == [sha]


def test_only_what_is_asked_for_is_fetched(repository: GitRepository, remote: Remote) -> None:
    def copied() -> set[str]:
        return set(remote.copy.text("for-each-ref", "--format=%(refname)").split())

    repository.git("update-ref", "refs/pull/1/head", repository.commit("other", b"Pull\n"))
    read(remote, branch="main", tags=False)
    assert copied() == {"refs/heads/main"}
    assert read(remote, branch="refs/pull/1/head").events()[0].scope == "refs/pull/1/head"
    assert copied() == {"refs/pull/1/head", "refs/tags/v1"}
    assert (
        read(remote, branch="refs/pull/*").shas() == read(remote, branch="refs/pull/1/head").shas()
    )
    read(remote, branch="si?e")
    assert copied() == {"refs/heads/side", "refs/tags/v1"}
    read(remote, branch="all")
    assert copied() == {
        "refs/heads/main",
        "refs/heads/other",
        "refs/heads/side",
        "refs/tags/v1",
    }


def test_the_default_branch_is_the_servers(repository: GitRepository, remote: Remote) -> None:
    repository.git("symbolic-ref", "HEAD", "refs/heads/side")
    assert {event.scope for event in read(remote).events("git.commit")} == {"side"}
    repository.git("update-ref", "--no-deref", "HEAD", repository.text("rev-parse", "main"))
    assert {event.scope for event in read(remote).events("git.commit")} == {None}
    assert read(remote).events() == read(repository.path).events()
    repository.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    assert read(remote).shas() == []


def test_names_of_refs_in_any_encoding(repository: GitRepository, remote: Remote) -> None:
    names = [b"refs/heads/\xe9t\xe9", b"refs/tags/caf\xe9", "refs/tags/a\u2028b".encode()]
    for name in names:
        repository.git("update-ref", os.fsdecode(name), "main")
    for branch in ("all", "s*", None):
        expected = read(repository.path, branch=branch)
        assert read(remote, branch=branch).events() == expected.events()
        assert set(expected.by_subject("git.tag")) == {"v1", r"caf\xe9", "a\u2028b"}
    repository.git("symbolic-ref", "HEAD", os.fsdecode(names[0]))
    assert read(remote).events() == read(repository.path).events()


@pytest.mark.parametrize("branch", [None, "main", ["s*", "main"], "all", ["refs/heads/main"]])
def test_the_mailmap_corrects_names(
    repository: GitRepository, remote: Remote, branch: str | list[str] | None
) -> None:
    repository.commit(edits={b".mailmap": b"Countess <c@example.org> <ada@example.org>\n"})
    repository.commit("another", edits={b".mailmap": b"Nobody <ada@example.org>\n"})
    repository.git("reset", "--quiet", "--hard")
    first, expected = read(remote, branch=branch), read(repository.path, branch=branch)
    assert first.events() == expected.events()
    assert first.cursor == expected.cursor
    assert {event.actor for event in first.events("git.commit")} == {"Countess"}
    repository.commit("other")
    repository.commit(edits={b".mailmap": None})
    with pytest.raises(CursorInvalidError, match="the mailmap gives people other names"):
        read(remote, first.cursor, branch=branch)


@pytest.mark.usefixtures("repository")
def test_a_branch_that_does_not_exist(remote: Remote) -> None:
    with pytest.raises(ConfigError, match="has no branch 'mian', did you mean 'main'"):
        validate(remote, branch="mian")


def test_empty_then_no_longer(tmp_path: Path, server: GitServer) -> None:
    repository = empty_repository(tmp_path / "demo")
    remote = Remote(url=f"{server.url}/demo", cache=tmp_path / "cache")
    cursor = read(remote).cursor
    assert read(remote).events() == []
    sha = repository.commit()
    assert read(remote, cursor).shas() == [sha]


def test_other_formats_of_ids(tmp_path: Path, server: GitServer) -> None:
    first = empty_repository(tmp_path / "demo")
    remote = Remote(url=f"{server.url}/demo", cache=tmp_path / "cache")
    first.commit()
    read(remote)
    shutil.rmtree(first.path)
    second = empty_repository(tmp_path / "demo", "--object-format=sha256")
    second.commit()
    assert read(remote).events() == read(second.path).events()


def test_a_shallow_repository_stays_shallow(tmp_path: Path, server: GitServer) -> None:
    whole = linear_repository(tmp_path / "whole", 9)
    whole.git("clone", "--quiet", "--bare", "--depth=4", whole.path.as_uri(), "../demo")
    remote = Remote(url=f"{server.url}/demo", cache=tmp_path / "cache")
    found, expected = read(remote), read(tmp_path / "demo")
    assert len(found.shas()) == 4
    assert found.events() == expected.events()
    assert found.cursor == expected.cursor
    assert not probe(remote, found.cursor).new


def test_another_url_is_another_copy(
    repository: GitRepository, tmp_path: Path, server: GitServer
) -> None:
    remote = Remote(url=f"{server.url}/demo", cache=tmp_path / "cache")
    read(remote, branch="all")
    other = empty_repository(tmp_path / "other")
    sha = other.commit(message=b"Elsewhere\n")
    elsewhere = Remote(url=f"{server.url}/other", cache=tmp_path / "cache")
    assert read(elsewhere).shas() == [sha]
    assert repository.text("rev-parse", "side") not in remote.copy.text(
        "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"
    )


def test_nothing_but_a_copy_is_ever_replaced(tmp_path: Path, repository: GitRepository) -> None:
    foreign = empty_repository(tmp_path / "cache" / "repository.git", "--bare")
    kept = foreign.path / "objects" / "pack" / "pack-1.keep"
    kept.touch()
    remote = Remote(url=repository.path.as_uri(), cache=tmp_path / "cache")
    with pytest.raises(ConfigError, match="no copy that Daybook made"):
        read(remote)
    assert (foreign.path / "HEAD").exists()
    assert kept.exists()


def test_a_copy_that_is_gone_leads_to_no_repository_around_it(
    repository: GitRepository, server: GitServer
) -> None:
    around = empty_repository(repository.path.parent / "around")
    around.commit("precious")
    remote = Remote(url=f"{server.url}/demo", cache=around.path / "cache")
    read(remote)
    (remote.copy.path / "HEAD").unlink()
    repository.commit()
    read(remote)
    assert around.text("for-each-ref", "--format=%(refname)") == "refs/heads/precious"


@pytest.mark.usefixtures("repository")
def test_a_look_is_one_listing_of_refs_and_no_copy(server: GitServer, tmp_path: Path) -> None:
    async def look(**details: object) -> bool:
        factory = EventSourceFactory(cache_dir=tmp_path / "cache")
        config = {"url": f"{server.url}/demo", **details}
        source = await factory.create_source("filesystem", "demo", {}, config)
        probe = await source.probe()
        await factory.close_all_sources()
        return probe.new

    cursor = read(Remote(url=f"{server.url}/demo", cache=tmp_path / "other")).cursor
    server.requests.clear()
    assert not asyncio.run(look(cursor=cursor))
    assert server.lists() == 1
    assert server.packs() == 1, "one question for refs, none for objects"
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("repository")
def test_a_source_that_is_kept_sees_what_comes(
    repository: GitRepository, server: GitServer, tmp_path: Path
) -> None:
    async def follow() -> list[bool]:
        config = {"url": f"{server.url}/demo", "cache_dir": str(tmp_path / "cache")}
        async with await FilesystemEventSource.create({}, config) as source:
            assert source.source_id == "demo"
            async for _ in source.generate_batches():
                pass
            seen = [(await source.probe()).new]
            repository.commit()
            return [*seen, (await source.probe()).new]

    assert asyncio.run(follow()) == [False, True]


def test_nothing_to_read_twice_costs_one_listing(
    repository: GitRepository, server: GitServer, tmp_path: Path
) -> None:
    remote = Remote(url=f"{server.url}/demo", cache=tmp_path / "cache")
    cursor = read(remote).cursor
    server.requests.clear()
    assert not read(remote, cursor).batches
    assert (server.lists(), server.packs()) == (1, 1)
    repository.commit()
    server.requests.clear()
    read(remote, cursor)
    assert server.lists() == 2, "a listing, then what is new"


def test_a_branch_that_goes_between_the_list_and_the_fetch(
    repository: GitRepository, server: GitServer, tmp_path: Path
) -> None:
    def move(lists: int) -> None:
        if lists == 2:
            repository.git("update-ref", "-d", "refs/heads/side")

    server.before = move
    remote = Remote(url=f"{server.url}/demo", cache=tmp_path / "cache")
    given = read(remote, branch=["main", "si*"])
    assert given.shas() == repository.text("rev-list", "--reverse", "main").split()
    assert server.lists() == 4


def test_a_repository_that_never_rests(
    repository: GitRepository, server: GitServer, tmp_path: Path
) -> None:
    server.before = lambda _: repository.commit()
    remote = Remote(url=f"{server.url}/demo", cache=tmp_path / "cache")
    with pytest.raises(UnavailableError, match="moves faster than it can be copied"):
        read(remote)
    server.before = None
    assert read(remote).shas() == repository.text("rev-list", "--reverse", "main").split()


def test_whoever_writes_the_copy_is_waited_for(
    repository: GitRepository, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    remote = Remote(url=repository.path.as_uri(), cache=tmp_path / "cache")
    read(remote)
    added = repository.commit()
    found: list[str] = []
    reading = threading.Thread(target=lambda: found.extend(read(remote).shas()))
    with (remote.cache / "repository.lock").open() as lock, caplog.at_level("INFO", "sources"):
        fcntl.flock(lock, fcntl.LOCK_EX)
        reading.start()
        wait_until(lambda: "waiting for another process" in caplog.text, 30, "the word of it")
        assert added not in remote.copy.text("for-each-ref")
    reading.join()
    assert found[-1] == added


def test_what_else_a_server_may_list() -> None:
    sha, other = "1" * 40, "2" * 40
    text = (
        f"ref: refs/heads/../x\tHEAD\n{sha}\tHEAD\n{sha}\trefs/heads/main\n"
        f"ref: refs/heads/main\trefs/heads/alias\n{sha}\trefs/heads/alias\nno line of it\n"
        f"{sha}\trefs/heads/back\\slash\n{other}\trefs/tags/v1\n{sha}\trefs/tags/v1^{{}}\n{sha}\trefs/pull/1/head\n"
    )
    listing = parse_listing(text.encode(), [])
    assert listing.known == {
        "refs/heads/main": sha,
        "refs/heads/alias": sha,
        "refs/tags/v1": other,
    }
    assert listing.aliases == {"refs/heads/alias"}
    assert (listing.checked_out, listing.head) == (None, None)
    assert "refs/pull/1/head" in parse_listing(text.encode(), ["refs/pull/*/head"]).known


def test_git_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="git is not installed"):
        validate(Remote(url="file:///srv/demo", cache=tmp_path))


def test_a_script_has_to_say_where_copies_go(repository: GitRepository) -> None:
    async def create() -> None:
        await FilesystemEventSource.create({}, {"url": repository.path.as_uri()})

    with pytest.raises(ConfigError, match=r"EventSourceFactory\(cache_dir=…\)"):
        asyncio.run(create())


def test_many_branches_are_kept_in_one_file(repository: GitRepository, tmp_path: Path) -> None:
    sha = repository.text("rev-parse", "main")
    lines = "".join(f"create refs/heads/many/{number} {sha}\n" for number in range(101))
    repository.git("update-ref", "--stdin", stdin=lines.encode())
    remote = Remote(url=repository.path.as_uri(), cache=tmp_path / "cache")
    cursor = read(remote, branch="many/*").cursor
    assert not [path for path in (remote.copy.path / "refs" / "heads").rglob("*") if path.is_file()]
    assert not probe(remote, cursor, branch="many/*").new


def test_many_small_fetches_are_put_together(
    repository: GitRepository, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    remote = Remote(url=repository.path.as_uri(), cache=tmp_path / "cache")
    lost = read(remote, branch="all").cursor
    unreachable = repository.text("rev-parse", "side")
    repository.git("update-ref", "-d", "refs/heads/side")
    packs = remote.copy.path / "objects" / "pack"
    read(remote, branch="all")
    for pack in list(packs.glob("*.pack")):
        for number in range(51):
            name = f"pack-{number:040x}"
            shutil.copy(pack, packs / f"{name}.pack")
            shutil.copy(pack.with_suffix(".idx"), packs / f"{name}.idx")
    repository.commit()
    with caplog.at_level("INFO", logger="sources"):
        assert read(remote, lost, branch="all").retracted
    assert "packs together" in caplog.text
    assert len(list(packs.glob("*.pack"))) < 10
    assert remote.copy.text("cat-file", "-t", unreachable) == "commit"
