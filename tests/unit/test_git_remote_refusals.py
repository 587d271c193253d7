"""What a git source says of a server that cannot be read, and what it lets nobody do."""

import asyncio
import logging
import socket
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from sources import (
    ConfigError,
    CredentialsError,
    DaybookError,
    RateLimitedError,
    UnavailableError,
)
from sources.filesystem import FilesystemEventSource
from tests.support.git_reading import Remote, read, validate
from tests.support.git_repository import GitRepository, empty_repository, linear_repository
from tests.support.git_server import Fault, GitServer, git_server
from tests.support.waiting import wait_until

SECRET = "s3cr3t/with=odd&signs"  # noqa: S105


@pytest.fixture
def remote(remote: Remote) -> Remote:
    """The shared one, whose secret is known."""
    return replace(remote, token=SECRET)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://ada:hunter2@git.example.org/a.git", "holds a user or a secret"),
        ("https://hunter2@git.example.org/a.git", "holds a user or a secret"),
        ("http://hunter2@127.0.0.1/a.git", "holds a user or a secret"),
        ("https://git.example.org/a.git?private_token=hunter2", "behind '\\?' or '#'"),
        ("https://git.example.org/a.git#hunter2", "behind '\\?' or '#'"),
        ("http://git.example.org/hunter2.git", "write https"),
        ("--upload-pack=hunter2", "write a URL like https"),
        ("-hunter2", "write a URL like https"),
        ("ext::sh -c hunter2", "write a URL like https"),
        ("ext::sh://hunter2", "write a URL like https"),
        ("ssh://-oProxyCommand=hunter2/a", "only URLs of https and file"),
        ("git://git.example.org/hunter2", "only URLs of https and file"),
        ("git@git.example.org:hunter2.git", "write a URL like https"),
        ("/srv/hunter2.git", "a folder of this machine is a root_dir"),
        ("file://host/hunter2", "three slashes"),
        ("file:///", "three slashes"),
        ("https://-hunter2/a", "no host"),
        ("https:///hunter2", "no host"),
        ("https://[hunter2/a", "this is no URL"),
        ("https://git.example.org:hunter2/a", "this is no URL"),
        ("https://git.example.org/hunter2\nx", "write a URL like https"),
    ],
)
def test_urls_that_are_refused_and_not_repeated(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        validate(Remote(url=url, cache=tmp_path))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"root_dir": ".", "url": "file:///srv/a.git"}, "take one of them out"),
        ({"root_dir": None}, "'root_dir' or 'url'"),
        ({"username": "ada"}, "'username' goes with 'url'"),
        ({"url": "file:///srv/a.git", "username": "a\nb"}, "'username'"),
    ],
)
def test_settings_that_do_not_go_together(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        asyncio.run(FilesystemEventSource.create({}, config))


@pytest.mark.parametrize("secret", ["", "two\nlines", "nul\0"])
def test_a_secret_that_can_be_none(secret: str, tmp_path: Path) -> None:
    remote = Remote(url="https://git.example.org/a", cache=tmp_path, token=secret)
    with pytest.raises(CredentialsError, match="the secret is empty, or holds line feeds"):
        validate(remote)


def test_a_private_repository_without_a_secret(
    server: GitServer, remote: Remote, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    asking = tmp_path / "ask"
    asking.write_text(f"#!/bin/sh\ntouch {asked}\necho {SECRET}\n")
    asking.chmod(0o755)
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login ada password {SECRET}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(name, str(asking))
    server.secret = SECRET
    with pytest.raises(CredentialsError, match="asks for a secret, and has none") as caught:
        validate(Remote(url=remote.url, cache=remote.cache))
    assert "credentials: {token: {env: NAME}}" in caught.value.remedy
    assert not asked.exists()


def test_a_wrong_secret(server: GitServer, remote: Remote) -> None:
    server.secret = "another"  # noqa: S105
    with pytest.raises(CredentialsError, match="refuses the secret") as caught:
        validate(remote)
    assert SECRET not in str(caught.value)
    assert set(server.users) == {"x-access-token"}


def test_the_right_secret_and_its_owner(
    server: GitServer, remote: Remote, repository: GitRepository
) -> None:
    server.secret = SECRET
    assert read(remote, username="ada").shas() == [repository.text("rev-parse", "main")]
    assert set(server.users) == {"ada"}


def test_the_secret_is_told_to_its_own_host_alone(
    server: GitServer, remote: Remote, tmp_path: Path
) -> None:
    with git_server(tmp_path) as other:
        other.secret = SECRET
        elsewhere = f"{other.url}/demo/info/refs?service=git-upload-pack"
        server.fault = Fault(status=302, headers={"Location": elsewhere})
        with pytest.raises(CredentialsError):
            validate(remote)
        assert other.requests
        assert other.users == []


def test_a_redirect_to_another_protocol(server: GitServer, remote: Remote) -> None:
    server.fault = Fault(status=302, headers={"Location": "ftp://127.0.0.1/demo/info/refs"})
    with pytest.raises(ConfigError, match="leads to another protocol"):
        validate(remote)


def test_the_secret_is_seen_by_nobody(
    server: GitServer, remote: Remote, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.secret = SECRET
    server.fault = Fault(packs_only=True, hold=threading.Event())
    reading = threading.Thread(target=read, args=(remote,))
    reading.start()
    try:
        wait_until(server.fault.reached.is_set, 30, "the request for objects")
        commands = [
            Path(f"/proc/{child.pid}/cmdline").read_bytes()
            for child in psutil.process_iter()
            if Path(f"/proc/{child.pid}/cmdline").exists()
        ]
    finally:
        assert server.fault.hold is not None
        server.fault.hold.set()
        reading.join()
    assert any(remote.url.encode() in command for command in commands)
    assert not any(SECRET.encode() in command for command in commands)
    for path in remote.cache.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    assert SECRET not in caplog.text
    assert "of 3 objects" in caplog.text


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (403, CredentialsError, "gives no right to read it"),
        (404, ConfigError, "does not exist, or is hidden from this secret"),
        (407, CredentialsError, "the proxy before"),
        (410, ConfigError, "does not exist"),
        (429, RateLimitedError, "less often"),
        (500, UnavailableError, "HTTP status 500"),
        (503, UnavailableError, "HTTP status 503"),
    ],
)
@pytest.mark.parametrize("packs_only", [False, True])
def test_what_a_refusal_means(
    server: GitServer,
    remote: Remote,
    status: int,
    kind: type[DaybookError],
    words: str,
    packs_only: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    server.fault = Fault(status=status, headers={"Retry-After": "30"}, packs_only=packs_only)
    with pytest.raises(kind, match=words) as caught:
        read(remote)
    assert caught.value.remedy
    assert remote.url in caught.value.message
    if isinstance(caught.value, UnavailableError):
        assert caught.value.retry_after == 30
    server.fault = Fault()
    assert read(remote).shas()


def test_a_connection_that_is_cut(
    server: GitServer, remote: Remote, repository: GitRepository
) -> None:
    server.fault = Fault(cut=20_000)
    with pytest.raises(UnavailableError, match="cannot be read") as caught:
        read(remote)
    assert remote.url in caught.value.message
    server.fault = Fault()
    assert read(remote).shas() == [repository.text("rev-parse", "main")]
    assert not list(remote.copy.path.rglob("tmp_*"))


class Impatient(FilesystemEventSource):
    """The source, which gives a server up soon."""

    STALL_SECONDS = 1


@pytest.mark.parametrize("packs_only", [False, True])
def test_a_server_that_says_nothing(
    server: GitServer,
    remote: Remote,
    packs_only: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    async def attempt() -> None:
        config = {"url": remote.url, "cache_dir": str(remote.cache)}
        async with await Impatient.create({}, config) as source:
            async for _ in source.generate_batches():
                pass

    server.fault = Fault(packs_only=packs_only, hold=threading.Event())
    with pytest.raises(UnavailableError, match=r"does not answer|too slow"):
        asyncio.run(attempt())


def test_a_host_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/demo"
        with pytest.raises(UnavailableError, match="cannot be read"):
            validate(Remote(url=url, cache=tmp_path))
    with pytest.raises(UnavailableError, match="Could not resolve host"):
        validate(Remote(url="https://nowhere.invalid/demo", cache=tmp_path))


def test_no_repository_at_a_file_url(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no git repository"):
        validate(Remote(url=(tmp_path / "nowhere").as_uri(), cache=tmp_path / "cache"))


def test_names_of_refs_that_a_hostile_server_gives(
    server: GitServer, remote: Remote, repository: GitRepository
) -> None:
    sha = repository.text("rev-parse", "main")
    names = ["refs/heads/--upload-pack=touch", "refs/heads/-x", "refs/heads/main", "refs/tags/-t"]
    odd = ["refs/heads/../../../HEAD", "refs/heads/x.lock", "refs/heads/*"]
    odd += ["refs/heads/\x1b[31m", "refs/../config", "refs/heads/", "refs/heads/c:d", "HEAD"]
    claimed = tuple(name.encode() for name in [*names, *odd])
    server.fault = Fault(names=claimed, tip=sha)
    found = read(remote, branch="all")
    assert found.shas() == [sha]
    assert [event.subject for event in found.events("git.tag")] == ["-t"]
    assert remote.copy.text("for-each-ref", "--format=%(refname)").split() == names
    server.fault = Fault(names=(*claimed, b"refs/heads/a b"), tip=repository.commit())
    with pytest.raises(UnavailableError, match="no such remote ref"):
        read(remote, branch="all")


def test_nothing_that_a_repository_names_is_run_or_fetched(
    server: GitServer, remote: Remote, repository: GitRepository, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    hook = f"#!/bin/sh\ntouch {ran}\n"
    modules = f'[submodule "m"]\n\tpath = m\n\turl = {server.url}/evil\n'
    repository.commit(edits={b".gitmodules": modules.encode(), b".gitattributes": b"* filter=x\n"})
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-receive"):
        path = repository.path / ".git" / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(hook)
        path.chmod(0o755)
    repository.git("config", "uploadpack.packObjectsHook", f"touch {ran}; false")
    repository.git("config", "filter.x.smudge", f"touch {ran}")
    repository.git("config", "core.fsmonitor", f"touch {ran}")
    by_file = Remote(url=repository.path.as_uri(), cache=tmp_path / "by-file")
    for place in (remote, by_file):
        assert len(read(place).shas()) == 2
    assert not ran.exists()
    assert not any("evil" in line for line in server.requests)


def test_settings_around_it_change_nothing(
    server: GitServer, remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / ".gitconfig"
    config.write_text(
        f'[url "{server.url}/evil"]\n\tinsteadOf = {server.url}\n'
        f"[credential]\n\thelper = !touch {tmp_path}/ran\n[fetch]\n\trecurseSubmodules = true\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    around = empty_repository(tmp_path / "cache")
    around.git("config", f"url.{server.url}/evil.insteadOf", server.url)
    server.secret = SECRET
    assert read(remote).shas()
    assert not (tmp_path / "ran").exists()
    assert not any("evil" in line for line in server.requests)


def test_progress_is_said_in_the_log(
    server: GitServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    linear_repository(tmp_path / "long", 200)
    with caplog.at_level("INFO", logger="sources"):
        read(Remote(url=f"{server.url}/long", cache=tmp_path / "cache"))
    assert "fetching 1 refs" in caplog.text
    (told,) = [text for text in caplog.messages if "objects" in text]
    assert told.startswith("demo (fetch): ")
