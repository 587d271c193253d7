"""Where whole files are kept and replaced: a local directory, or an object store."""

import errno
import fcntl
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Final
from uuid import uuid4

import pyarrow as pa
from pyarrow import fs

from resources.durable import sync_directory
from sources.errors import DISK_FULL, ConfigError, DaybookError, StoreError, UnavailableError

STAGING: Final = ".tmp"
"""Directory of unfinished files; outside ``events/``, since DuckDB and polars read dot files."""

_CHUNK: Final = 8 * 1024 * 1024
_LASTING: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR}


class Place(ABC):
    """A tree of files whose readers see each file whole or not at all.

    Attributes:
        label: the place in words, without secrets.
        filesystem: how pyarrow reads it.
        root: its path within ``filesystem``.
    """

    def __init__(self, label: str, filesystem: fs.FileSystem, root: str) -> None:
        self.label = label
        self.filesystem = filesystem
        self.root = root

    @abstractmethod
    def replacing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file to be written; left without an error, it stands under ``name``, whole."""

    @abstractmethod
    def sweep(self) -> int:
        """Delete what killed writers left behind.

        Returns:
            How many files.
        """

    def path(self, name: str) -> str:
        """Give the path of ``name`` within ``filesystem``."""
        return str(PurePosixPath(self.root) / name)

    def delete(self, name: str) -> None:
        """Delete ``name``; one that is not there is fine."""
        with translated(self.label), suppress(FileNotFoundError):
            self.filesystem.delete_file(self.path(name))

    def opened(self, name: str) -> "pa.NativeFile":
        """Open a file for reading.

        Raises:
            FileNotFoundError: it is not there.
        """
        missing: FileNotFoundError
        with translated(self.label):
            try:
                return self.filesystem.open_input_file(self.path(name))
            except FileNotFoundError as error:
                missing = error
        raise missing

    def size(self, name: str) -> int | None:
        """Give the size of ``name`` in bytes; ``None``: it is not there."""
        with translated(self.label):
            info = self.filesystem.get_file_info(self.path(name))
        return info.size if info.is_file else None

    def names(self, under: str) -> Iterator[tuple[str, int]]:
        """Give each file's name below ``under``, sorted, and its size in bytes."""
        selector = fs.FileSelector(self.path(under), allow_not_found=True, recursive=True)
        with translated(self.label):
            found = self.filesystem.get_file_info(selector)
        for info in sorted(found, key=lambda info: info.path):
            if info.is_file:
                yield str(PurePosixPath(info.path).relative_to(self.root)), info.size


class Directory(Place):
    """A local directory: files are written aside, brought to disk and renamed."""

    def __init__(self, root: Path) -> None:
        super().__init__(str(root), fs.LocalFileSystem(), str(root))
        self._staging = root / STAGING

    @contextmanager
    def replacing(self, name: str) -> Iterator[IO[bytes]]:
        """Write under ``.tmp/``, then rename."""
        target = Path(self.path(name))
        with translated(self.label):
            staged, stream = self._stage()
            try:
                with stream:
                    yield stream
                    stream.flush()
                    os.fsync(stream.fileno())
                    target.parent.mkdir(parents=True, exist_ok=True)
                    staged.replace(target)
            except BaseException:
                staged.unlink(missing_ok=True)
                raise
            sync_directory(target.parent)

    def _stage(self) -> tuple[Path, IO[bytes]]:
        """Make a file that :meth:`sweep` leaves alone as long as this process writes it."""
        self._staging.mkdir(parents=True, exist_ok=True)
        while True:
            path = self._staging / f"{uuid4()}.parquet"
            stream = path.open("xb")
            fcntl.flock(stream, fcntl.LOCK_EX)
            if path.exists():  # no sweep came between making and locking
                return path, stream
            stream.close()

    def sweep(self) -> int:
        """Delete staged files that no living process has locked."""
        swept = 0
        with translated(self.label):
            for path in self._staging.glob("*.parquet"):
                with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as stream:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                    swept += 1
        return swept


class ObjectStore(Place):
    """Any other pyarrow filesystem: a whole file is put under its final key at once."""

    @contextmanager
    def replacing(self, name: str) -> Iterator[IO[bytes]]:
        """Write to a local file first, so that a failing writer never opens the key.

        The upload is one call into pyarrow, which nothing can interrupt half way: a stream that
        is left in an exception publishes as an object what it has got so far.
        """
        with translated(self.label), tempfile.NamedTemporaryFile(suffix=".parquet") as spool:
            yield spool.file
            spool.flush()
            fs.copy_files(
                spool.name,
                self.path(name),
                source_filesystem=fs.LocalFileSystem(),
                destination_filesystem=self.filesystem,
                chunk_size=_CHUNK,
            )

    def sweep(self) -> int:
        """Nothing: an upload that was not ended leaves no object."""
        return 0


def open_place(location: str | Path, filesystem: fs.FileSystem | None = None) -> Place:
    """Open a directory, a pyarrow filesystem URL, or a path within ``filesystem``.

    Raises:
        ConfigError: no such kind of place.
        UnavailableError: it cannot be reached.
    """
    text = str(location)
    if filesystem is not None:
        return ObjectStore(text, filesystem, text)
    if "://" not in text:
        return Directory(Path(text).expanduser().absolute())
    label = lake_label(text)
    try:
        with translated(label):
            found, root = fs.FileSystem.from_uri(text)
    except (pa.ArrowException, ValueError):
        raise ConfigError(
            f"the lake cannot be at {label}",
            remedy="Give a directory, or a URL like s3://bucket/prefix or gs://bucket/prefix",
        ) from None  # pyarrow's own message repeats the URL, which may hold a secret
    if isinstance(found, fs.LocalFileSystem):
        return Directory(Path(root))
    return ObjectStore(label, found, root)


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Turn what the operating system or the object store says into this project's errors."""
    try:
        yield
    except DaybookError:
        raise
    except OSError as error:
        if error.errno in _LASTING:
            raise StoreError(
                f"the lake at {label} cannot be written: {error.strerror}",
                remedy="Give this user the right to write there, or name another DAYBOOK_LAKE",
            ) from error
        if error.errno in DISK_FULL:
            raise StoreError(
                f"the disk that holds the lake at {label} is full: {error.strerror}",
                remedy="Make room there; the next sync writes what is missing",
            ) from error
        raise UnavailableError(
            f"the lake at {label} does not take the file: {error.strerror or 'no answer'}",
            remedy="See to the connection; the next sync writes what is missing",
        ) from error


def lake_label(location: str) -> str:
    """Name the lake's place for people, without the secrets that a URL may hold.

    >>> lake_label("s3://key:secret@bucket/prefix?region=eu-west-1")
    's3://bucket/prefix'
    >>> lake_label("s3://key:a?b@bucket/prefix")
    's3://…'
    >>> lake_label("s3://bucket/a@b")
    's3://bucket/a@b'
    """
    scheme, mark, rest = location.partition("://")
    if not mark:
        return location
    login, _, place = rest.rpartition("@")
    if "/" in login and ":" not in login:
        login, place = "", rest
    return f"{scheme}://{'…' if '?' in login else place.partition('?')[0]}"
