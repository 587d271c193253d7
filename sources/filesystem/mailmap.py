"""Which mailmap git applies: when it changes, so do the names of commits read before."""

from hashlib import blake2b
from typing import Final

from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.repository import Repository

_NAME: Final = ".mailmap"
_NONE: Final = ""


def read_digest(repository: Repository, git: Git) -> str:
    """Name the state of the mailmap that git applies; empty where there is none.

    It is the file at the top of the work tree, in a bare repository the one in ``HEAD``
    (gitmailmap(5)).

    Raises:
        GitFailedError: git was stopped.
        OSError: the file is there and cannot be read.
    """
    if repository.in_work_tree:
        path = repository.root / _NAME
        if path.is_symlink() or not path.is_file():  # git follows no link there
            return _NONE
        return _digest(path.read_bytes())
    try:
        return _digest(git.run("cat-file", "blob", f"HEAD:{_NAME}"))
    except GitFailedError as error:
        if error.status < 0:
            raise
        return _NONE


def can_correct(repository: Repository, git: Git) -> bool:
    """Whether git can read the mailmap, if there is one.

    A bare partial clone may lack its content, and git ends there rather than go on without.

    Raises:
        GitFailedError: git was stopped.
    """
    if repository.in_work_tree:
        return True
    try:
        git.run("check-mailmap", "<nobody@localhost>")
    except GitFailedError as error:
        if error.status < 0:
            raise
        return False
    return True


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()
