"""One ``daybook up`` a home: a lock that ends with its process, and a record of who holds it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import filelock

from sources.errors import BusyError


@dataclass(frozen=True, slots=True, kw_only=True)
class UpRecord:
    """Who runs ``daybook up`` in a home, and where its web UI is."""

    pid: int
    url: str

    def write(self, home: Path) -> None:
        """Keep it in ``home``, whole or not at all."""
        new = _path(home).with_suffix(".new")
        new.write_text(json.dumps(asdict(self)), encoding="utf-8")
        new.replace(_path(home))

    @staticmethod
    def remove(home: Path, *, clean: bool) -> None:
        """Say that this one has ended, and whether everything below it did so by itself."""
        if clean:
            _path(home).unlink(missing_ok=True)
        else:
            _mark_unclean(home)

    @classmethod
    def read(cls, home: Path) -> Self | None:
        """Give the record in ``home``; ``None``: there is none that can be read."""
        try:
            return cls(**json.loads(_path(home).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


@contextmanager
def hold_home(home: Path) -> Iterator[bool]:
    """Be the only ``daybook up`` of ``home``; the operating system ends this with the process.

    Gives whether an earlier one was killed, or had to kill, and nobody has mended since what
    that may have left in Dagster's storage; see :func:`forget_unclean`.

    Raises:
        BusyError: another one is; names its web UI.
    """
    lock = filelock.FileLock(home / "up.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise _running(home) from error
    try:
        _mark_unclean(home)
        yield _unclean(home).exists()
    finally:
        lock.release()


def forget_unclean(home: Path) -> None:
    """Say that what a killed one left is mended."""
    _unclean(home).unlink(missing_ok=True)


def is_held(home: Path) -> bool:
    """Whether a ``daybook up`` runs in ``home``."""
    if not (home / "up.lock").exists():
        return False
    lock = filelock.FileLock(home / "up.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    lock.release()
    return False


def _running(home: Path) -> BusyError:
    record = UpRecord.read(home)
    where = f" as process {record.pid}: {record.url}" if record else ", and is just starting"
    return BusyError(
        f"Daybook runs in {home} already{where}",
        remedy="Use that one, end it with Ctrl-C, or set DAYBOOK_HOME to another directory",
    )


def _mark_unclean(home: Path) -> None:
    """Turn the record of one that is gone into a mark."""
    with suppress(FileNotFoundError):
        _path(home).replace(_unclean(home))


def _unclean(home: Path) -> Path:
    return home / "up.unclean"


def _path(home: Path) -> Path:
    return home / "up.json"
