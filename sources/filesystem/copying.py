"""The copy of a remote repository on this machine: made, held by one, and mended.

It is a cache: bare, with the refs that are asked for and no settings of its own. Whatever a
killed command left in it is taken away by the next one, whatever is no such copy is made anew.
Objects stay though no ref leads to them any more: a reading may still walk them.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sources.errors import ConfigError
from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.refs import decode_ref, encode_ref
from sources.filesystem.repository import Repository

_COPY: Final = "repository.git"
_LOCK: Final = "repository.lock"
_NOTE: Final = "daybook-url"
_POLL_SECONDS: Final = 0.2
_LOOSE_REFS: Final = 100
_PACKS: Final = 50
_LEFTOVERS: Final = (
    "*.lock",
    "shallow_*",
    "refs/**/*.lock",
    "objects/tmp_*",
    "objects/??/tmp_*",
    "objects/pack/tmp_*",
    "objects/pack/.tmp-*",
    "objects/pack/*.keep",
)

logger = logging.getLogger(__name__)


def copy_path(cache_dir: Path) -> Path:
    """Where the copy is, in a source's own directory."""
    return cache_dir / _COPY


@contextmanager
def hold_copy(repository: Repository, git: Git) -> Iterator[int]:
    """Be the only one to write a copy; wait for whoever is.

    Gives the lock as an open file, to be shared with the commands that write: should this
    process be killed, it is held as long as one of them lives.

    Raises:
        GitFailedError: ``git`` was stopped meanwhile.
        OSError: the directory cannot be written.
    """
    waited = False
    while (lock := _try_lock(repository.root.parent)) is None:
        if not waited:
            logger.info("%s: waiting for another process that fetches", repository.item)
        waited = True
        git.pause(_POLL_SECONDS)
    try:
        yield lock
    finally:
        os.close(lock)


def _try_lock(folder: Path) -> int | None:
    """Take the lock, unless somebody has it, or has deleted its file in this moment."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _LOCK
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), path.stat()):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None


def prepare_copy(repository: Repository, git: Git, object_format: str) -> None:
    """Make sure that there is a copy of this URL that git can write; its lock has to be held.

    Args:
        repository: where it is to be.
        git: runs the commands.
        object_format: ``sha1`` or ``sha256``, as the server has it.

    Raises:
        ConfigError: something else lies in its place.
        GitFailedError: it cannot be made.
    """
    root = repository.root
    if root.exists():
        if _read_note(root) == repository.url:
            _sweep(root)
            if _read_format(git) == object_format:
                return
        _discard(root)
    root.mkdir(mode=0o700)
    (root / _NOTE).write_text(f"{repository.url}\n", encoding="utf-8")
    options = ("--bare", "--quiet", "--template=", f"--object-format={object_format}")
    git.run("init", *options)


def _read_note(root: Path) -> str | None:
    try:
        return (root / _NOTE).read_text(encoding="utf-8").removesuffix("\n")
    except FileNotFoundError:
        return None


def _read_format(git: Git) -> str | None:
    """The format of the copy's objects; ``None``: git takes it for no repository."""
    try:
        return git.run("rev-parse", "--show-object-format").decode().strip()
    except GitFailedError as error:
        if error.status < 0:
            raise
        return None


def _discard(root: Path) -> None:
    """Delete a copy that is of no use, and nothing that is none.

    Raises:
        ConfigError: it is none.
    """
    if _read_note(root) is None and any(root.iterdir()):
        raise ConfigError(
            f"{root} is no copy that Daybook made", remedy="Move it away, or name another cache_dir"
        )
    shutil.rmtree(root)


def _sweep(root: Path) -> None:
    """Take away what commands left that were killed; nobody else is at work here."""
    for pattern in _LEFTOVERS:
        for left in root.glob(pattern):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()


def read_copied(git: Git) -> dict[str, str]:
    """Read which refs a copy has.

    Raises:
        GitFailedError: it cannot be read.
    """
    answer = git.run("for-each-ref", "--format=%(refname)%00%(objectname)")
    pairs = (line.split(b"\0") for line in answer.splitlines())
    return {decode_ref(name): sha.decode() for name, sha in pairs}


def drop_refs(git: Git, refs: Mapping[str, str]) -> None:
    """Forget refs that are not asked for; what they reach stays."""
    if refs:
        stdin = b"".join(b"delete %s\0\0" % encode_ref(ref) for ref in sorted(refs))
        git.run("update-ref", "--no-deref", "--stdin", "-z", stdin=stdin)


def point_head(repository: Repository, git: Git, ref: str) -> None:
    """Let ``HEAD`` of a copy be a ref of it: from there git takes the mailmap (gitmailmap(5))."""
    name = os.fsdecode(encode_ref(ref))
    if (repository.root / "HEAD").read_bytes() != os.fsencode(f"ref: {name}\n"):
        git.run("symbolic-ref", "HEAD", name)


def tidy_copy(repository: Repository, git: Git, changed: int) -> None:
    """Keep the copy quick: few files of refs, few packs; nothing that it holds is lost.

    Args:
        repository: the copy; its lock has to be held.
        git: runs the commands.
        changed: how many refs have moved.
    """
    if changed > _LOOSE_REFS:
        git.run("pack-refs", "--all")
    packs = len(list(repository.root.glob("objects/pack/*.pack")))
    if packs > _PACKS:
        logger.info("%s: putting %d packs together", repository.item, packs)
        git.run("repack", "-d", "-n", "--quiet", "--geometric=2")
