"""Exports that were unpacked into a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sources.slack.export import names
from sources.slack.export.archive import Archive, DamagedError, Member

_DEPTH: Final = 2
"""Folders within each other that are looked into: one around everything, and a channel's.

Below ``teams`` there is a workspace's too.
"""


class FolderArchive(Archive):
    """A folder with the files of an export; symbolic links in it are not followed."""

    def __init__(self, path: Path, source_id: str) -> None:
        """Look through it.

        Raises:
            ConfigError: it cannot be read, or is no export.
        """
        super().__init__(str(path), source_id)
        try:
            found = [(names.clean(name), entry) for name, entry in list_files(path)]
        except OSError as error:
            raise self.refusal(
                f"it cannot be read: {error}", "Give the right to read it"
            ) from error
        root = names.find_root(name for name, _ in found)
        if root is None:
            raise self.refusal(
                "it is no export of a Slack workspace",
                "Name a folder with users.json, channels.json and a folder for each channel",
            )
        inside = [(name[len(root) :], entry) for name, entry in found if name.startswith(root)]
        read = [self._member(name, entry) for name, entry in inside if names.is_read(name)]
        self._sort(read, len(found))

    def _member(self, name: str, entry: "os.DirEntry[str]") -> Member:
        if entry.is_symlink():
            raise self.refusal(f"{name} is a symbolic link", "Put the file itself there")
        if why := names.fault(name):
            raise self.refusal(f"{name!r}: {why}")
        status = entry.stat(follow_symlinks=False)
        return Member(name, status.st_size, status.st_mtime_ns, entry.path)

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        """Open one file.

        Raises:
            DamagedError: it cannot be opened.
        """
        try:
            number = os.open(member.handle, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise DamagedError(str(error)) from error
        with os.fdopen(number, "rb") as file:
            yield file

    def close(self) -> None:
        """Nothing is open."""


def list_files(
    path: Path, above: str = "", depth: int = 0
) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Give the files in a folder and in those in it, by their names from there; follow no link."""
    with os.scandir(path) as entries:
        for entry in entries:
            name = f"{above}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if depth < _DEPTH:
                    within = depth - 1 if entry.name == names.TEAMS else depth + 1
                    yield from list_files(Path(entry.path), f"{name}/", within)
            else:
                yield name, entry
