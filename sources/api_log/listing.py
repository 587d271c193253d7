"""Which log files there are now: names and stat calls, nothing is opened."""

import glob
import logging
import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import takewhile
from pathlib import Path, PurePath
from typing import Final

from sources.api_log.config import ApiLogConfig
from sources.api_log.naming import (
    PACKED,
    UNREADABLE,
    Generation,
    parse_name,
    rotated_patterns,
)
from sources.errors import ConfigError

_log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 60.0
"""Who has not written for so long to a rotated file finishes no line in it any more."""

Stamp = tuple[int, int, int, int]
"""Inode, size, time of writing, standing: the same stamp, the same file as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """One generation of one log, as it is now.

    Attributes:
        path: where.
        host: label of the machine that wrote it.
        generation: what its name says.
        info: what ``stat`` says.
        rotated: nothing more is written to it: it is compressed, or there is a newer one that
            says so by the name of the log itself or by its date, and nobody has written for a
            minute.
        doubled: the same generation is there uncompressed too.
    """

    path: str
    host: str
    generation: Generation
    info: os.stat_result
    rotated: bool = False
    doubled: bool = False

    @property
    def stamp(self) -> Stamp:
        """What changes whenever the file, or its standing among the others, does."""
        return stamp_of(self, self.info)


def stamp_of(file: LogFile, info: os.stat_result) -> Stamp:
    """Give a file's stamp by what ``fstat`` said when it was opened.

    A file is no other after a rename: to look into it again would be dear if it is compressed.
    """
    standing = int(file.rotated) + 2 * int(file.doubled)
    return info.st_ino, info.st_size, info.st_mtime_ns, standing


def list_files(config: ApiLogConfig, source_id: str, *, began: bool) -> list[LogFile]:
    """Find every generation of the configured logs, each family's oldest first.

    Args:
        config: names them.
        source_id: the configured source.
        began: whether some have been read before; then a log that is not there may come again.

    Raises:
        ConfigError: a path that is no glob names nothing, or no file.
    """
    found: dict[tuple[int, int], LogFile] = {}
    for host, written in config.patterns():
        pattern = str(Path(written).expanduser())
        files = _stat(_names(pattern), host)
        if not files and _is_literal(pattern) and not began:
            raise _nothing_there(pattern, source_id)
        for file in files:
            found.setdefault((file.info.st_dev, file.info.st_ino), file)
    return _place(found.values())


def warn_of_names(config: ApiLogConfig, source_id: str) -> None:
    """Say which paths match nothing, and which generations are compressed in an unknown way."""
    found: set[str] = set()
    for _, written in config.patterns():
        pattern = str(Path(written).expanduser())
        if not _names(pattern):
            _log.warning("%s: %s matches no file", source_id, pattern)
        found.update(path for rotated in _patterns(pattern) for path in _match(rotated))
    unread = sorted(path for path in found if PurePath(path).suffix in UNREADABLE)
    if unread:
        others = f" and {len(unread) - 1} others are" if len(unread) > 1 else " is"
        text = "%s: %s%s not read: only gzip (.gz) and zstd (.zst) are understood"
        _log.warning(text, source_id, unread[0], others)


def _is_literal(pattern: str) -> bool:
    return not glob.has_magic(pattern) or os.path.lexists(pattern)


def _patterns(pattern: str) -> list[str]:
    return rotated_patterns(glob.escape(pattern) if _is_literal(pattern) else pattern)


def _names(pattern: str) -> list[str]:
    """Give what a path or glob names, and all generations of that."""
    first, *others = _patterns(pattern)
    name = PurePath(first).name
    rotated = [path for other in others for path in _match(other)]
    return _match(first) + [
        path
        for path in rotated
        if not (generation := parse_name(path)).is_live
        and fnmatch(PurePath(generation.family).name, name)
    ]


def _match(pattern: str) -> list[str]:
    """Give the paths that a glob matches; hidden ones only where it says so, as in a shell."""
    parts = Path(pattern).parts
    fixed = list(takewhile(lambda part: not glob.has_magic(part), parts[:-1]))
    base, rest = Path(*fixed), parts[len(fixed) :]
    hidden = any(part.startswith(".") for part in rest)
    return sorted(
        str(path)
        for path in base.glob(str(PurePath(*rest)))
        if hidden or not any(part.startswith(".") for part in path.relative_to(base).parts)
    )


def _stat(paths: Iterable[str], host: str) -> list[LogFile]:
    found = []
    for path in paths:
        try:
            info = Path(path).stat()
        except FileNotFoundError:  # renamed meanwhile, or a link to nowhere
            continue
        if stat.S_ISREG(info.st_mode):
            generation = parse_name(path)
            found.append(LogFile(path=path, host=host, generation=generation, info=info))
    return found


def _nothing_there(pattern: str, source_id: str) -> ConfigError:
    place = Path(pattern)
    if place.is_dir():
        return ConfigError(
            f"{source_id}: {pattern} is a directory", remedy=f"Write a glob: {place / '*.log'}"
        )
    what = "is no regular file" if place.exists() else "does not exist"
    return ConfigError(f"{source_id}: {pattern} {what}", remedy="Correct the path under `paths`")


def _age(file: LogFile) -> tuple[str, tuple[int, str, int], str]:
    # Of one generation the uncompressed file comes first.
    return file.generation.family, file.generation.order, file.path


def _place(files: Iterable[LogFile]) -> list[LogFile]:
    """Put files in order and say of each how it stands among the others."""
    now = time.time()
    ordered = sorted(files, key=_age)
    paths = {file.path for file in ordered}
    newest = {file.generation.family: file.generation.order for file in ordered}
    placed = []
    for file in ordered:
        packed = file.generation.codec is not None
        follower = newest[file.generation.family]
        # Numbers alone may also count logs that are all written to.
        followed = follower > file.generation.order and bool(follower[0] or follower[1])
        left = followed and abs(now - file.info.st_mtime) >= IDLE_SECONDS
        plain = PurePath(file.path).with_suffix("") if PurePath(file.path).suffix in PACKED else ""
        placed.append(replace(file, rotated=packed or left, doubled=packed and str(plain) in paths))
    return placed
