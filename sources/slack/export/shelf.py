"""The exports that a source names: found, told apart by their content, opened few at a time."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from glob import has_magic
from hashlib import blake2b
from pathlib import Path
from typing import Final

from sources.errors import ConfigError
from sources.slack.export.archive import Archive, DamagedError, Member
from sources.slack.export.cursor import Known, Position
from sources.slack.export.days import read_list
from sources.slack.export.folders import FolderArchive, list_files
from sources.slack.export.layout import Listed, read_lists
from sources.slack.export.spans import Stretch, edges
from sources.slack.export.zips import ZipArchive

logger = logging.getLogger(__name__)

OPEN: Final = 4
"""Exports that are open at once."""


def find_exports(patterns: Iterable[str], source_id: str) -> list[Path]:
    """Find zips and folders, by name; a glob finds names that end in ``.zip``, and folders.

    Raises:
        ConfigError: what is named without a glob is not there.
    """
    found: dict[Path, None] = {}
    for text in patterns:
        path = Path(text).absolute()
        if path.exists() or not has_magic(text):
            if not (path.is_file() or path.is_dir()):
                raise ConfigError(
                    f"{source_id}: there is no file and no folder {path}",
                    remedy="Correct `export`, or put the export there",
                )
            found[path] = None
            continue
        matching = Path(path.anchor).glob(str(path.relative_to(path.anchor)))
        taken = [item for item in matching if item.is_dir() or _is_zip(item)]
        if not taken:
            logger.warning("%s: no zip and no folder fits %s", source_id, text)
        found.update(dict.fromkeys(taken))
    return sorted(found)


def _is_zip(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".zip"


def stamp(path: Path) -> str:
    """Say by size and time whether a file, or any in a folder, is as it was; nothing is opened."""
    if path.is_dir():
        found = blake2b(digest_size=12)
        for name, entry in sorted(list_files(path), key=lambda item: item[0]):
            status = entry.stat(follow_symlinks=False)
            line = f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"
            found.update(line.encode("utf-8", "surrogatepass"))
        return f"{found.hexdigest()}:{path.stat().st_mtime_ns}"
    status = path.stat()
    return f"{status.st_size}:{status.st_mtime_ns}"


def find_news(paths: Sequence[Path], position: Position) -> str | None:
    """Say what is new, by a look at sizes and times; ``None``: nothing is."""
    known = {item.path: item for item in position.exports}
    for path in paths:
        if str(path) not in known:
            return f"{path.name} is new"
        if known[str(path)].stamp != stamp(path):
            return f"{path.name} has changed"
    if position.full or any(not item.done for item in position.exports):
        return "an export has not been read to its end"
    return None


class Shelf:
    """Opens exports by what they are known by, and keeps a few of them open."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id
        self._open: OrderedDict[str, Archive] = OrderedDict()
        self._listed: dict[str, Listed] = {}

    def meet(self, path: Path) -> Known:
        """Open an export that is not known, and say what it is.

        Raises:
            ConfigError: it is none, or cannot be read.
            UnavailableError: it is not complete yet.
        """
        seen = stamp(path)
        archive = open_archive(path, self._source_id)
        digest = archive.digest()
        self._keep(digest, archive)
        days = archive.all_days()
        oldest, newest = _find_edge(archive, days), _find_edge(archive, reversed(days))
        return Known(
            path=str(path),
            stamp=seen,
            digest=digest,
            first=days[0] if days else "",
            last=days[-1] if days else "",
            oldest=oldest[0],
            newest=newest[1],
            size=sum(member.size for member in archive.members()),
            written=archive.written,
        )

    def archive(self, known: Known) -> Archive:
        """Give an export, open.

        Raises:
            ConfigError: it cannot be read any more.
        """
        if known.digest not in self._open:
            self._keep(known.digest, open_archive(Path(known.path), self._source_id))
        self._open.move_to_end(known.digest)
        return self._open[known.digest]

    def listed(self, known: Known) -> Listed:
        """Give what an export's lists say.

        Raises:
            ConfigError: one is damaged.
        """
        archive = self.archive(known)
        if known.digest not in self._listed:
            self._listed[known.digest] = read_lists(archive)
        return self._listed[known.digest]

    def folders(self, known: Known, key: str) -> list[str]:
        """Give the folders of an export that belong to a conversation."""
        listed = self.listed(known)
        days = self.archive(known).days
        return [folder for folder in days if listed.key(folder) == key]

    def _keep(self, digest: str, archive: Archive) -> None:
        if digest in self._open:
            self._open.pop(digest).close()
        self._open[digest] = archive
        while len(self._open) > OPEN:
            oldest, closing = self._open.popitem(last=False)
            self._listed.pop(oldest, None)
            closing.close()

    def close(self) -> None:
        """Close what is open."""
        while self._open:
            self._open.popitem()[1].close()


def open_archive(path: Path, source_id: str) -> Archive:
    """Open an export.

    Raises:
        ConfigError: it is none, or cannot be read.
        UnavailableError: it is not complete yet.
    """
    make: Callable[[Path, str], Archive] = FolderArchive if path.is_dir() else ZipArchive
    return make(path, source_id)


def _find_edge(archive: Archive, days: Iterable[str]) -> Stretch:
    """Give the edges of the first of some days that has messages."""
    for day in days:
        found = [
            edge
            for folder in archive.days.values()
            if day in folder and (edge := look(archive, folder[day]))
        ]
        if found:
            return min(edge[0] for edge in found), max(edge[1] for edge in found)
    return 0, 0


def look(archive: Archive, member: Member) -> Stretch | None:
    """Give the times of a day's first message and last; ``None``: there is none, or damage."""
    try:
        return edges(read_list(archive, member))
    except DamagedError:
        return None
