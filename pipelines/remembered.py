"""Which repository a home was told to read, so that the next command need not be told again.

Only a repository that was named is remembered, never the one that a command merely stood in.
"""

import os
from pathlib import Path

from sources import StoreError


def read_repository(home: Path) -> Path | None:
    """Give the repository that ``home`` was told to read; ``None``: it never was."""
    try:
        text = os.fsdecode(_file(home).read_bytes()).removesuffix("\n")
    except OSError:
        return None
    return (home.resolve() / text).resolve() if text else None


def write_repository(home: Path, repository: Path) -> None:
    """Remember ``repository``; from the home if that lies inside, so that both may move.

    Raises:
        StoreError: the home cannot be written.
    """
    inside = home.resolve().is_relative_to(repository)
    text = os.path.relpath(repository, home.resolve()) if inside else str(repository)
    new = _file(home).with_suffix(".new")
    try:
        new.write_bytes(os.fsencode(text) + b"\n")
        new.replace(_file(home))
    except OSError as error:
        raise StoreError(
            f"{_file(home)} cannot be written: {error.strerror}",
            remedy="Make the state directory writable, or name another in DAYBOOK_HOME",
        ) from error


def _file(home: Path) -> Path:
    return home / "repository"
