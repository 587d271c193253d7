"""A log's bytes as they were before compression, from any offset on."""

import os
from abc import ABC, abstractmethod
from codecs import BOM_UTF8
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final, Self

import pyarrow as pa

from sources.api_log.naming import Codec
from sources.api_log.telling import NotALogError, check_packed

TAIL: Final = 64
"""Bytes before an offset that say whether two streams agree up to there."""
_STEP: Final = 1 << 18
_SALVAGING: Final = (1 << 13, 1 << 8, 1)
"""Ever smaller pieces in which what stands before a bad end is read."""


def hash_tail(tail: bytes) -> str:
    """Name the bytes before an offset."""
    return blake2b(tail, digest_size=8).hexdigest()


class Stream(ABC):
    """One open file, read forwards; a context manager that closes it.

    Attributes:
        info: what ``fstat`` said when it was opened.
        position: offset of the next byte.
        tail: the last bytes before ``position``, 64 at most.
        broken: the end was no proper one: a compressed file is cut off or damaged, a plain one
            was cut while it was read.
    """

    def __init__(self, descriptor: int) -> None:
        self.info = os.fstat(descriptor)
        self.position = 0
        self.tail = b""
        self.broken = False

    @abstractmethod
    def read(self, size: int) -> bytes:
        """Give about ``size`` bytes or fewer; none at the end."""

    @abstractmethod
    def skip_to(self, offset: int) -> bool:
        """Go to an offset, backwards too; False if the stream ends before it."""

    @abstractmethod
    def close(self) -> None:
        """Let the file go."""

    @abstractmethod
    def skip_hole(self) -> None:
        """Pass over zeros at the beginning as far as they take no space; maybe not at all."""

    def _advance(self, data: bytes) -> bytes:
        self.position += len(data)
        self.tail = (self.tail + data[-TAIL:])[-TAIL:]
        return data

    def __enter__(self) -> Self:
        """The stream."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


class PlainStream(Stream):
    """A file that is not compressed, up to the size that it had when it was opened."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._descriptor = descriptor
        self.length = self.info.st_size

    def read(self, size: int) -> bytes:
        """Give at most ``size`` bytes, if those before them are still what they were.

        A log may be cut off and grow again while it is read; what stands there then is another
        stream.
        """
        behind = len(self.tail)
        wanted = min(size, self.length - self.position)
        if wanted <= 0:
            return b""
        data = os.pread(self._descriptor, wanted, self.position)
        # Looked at last: what was cut off before it was read is no longer there by now.
        before = os.pread(self._descriptor, behind, self.position - behind)
        if before != self.tail or not data:
            self.broken = True
            return b""
        return self._advance(data)

    def skip_to(self, offset: int) -> bool:
        """Go to an offset."""
        if offset > self.length:
            return False
        start = max(0, offset - TAIL)
        self.tail = os.pread(self._descriptor, offset - start, start)
        self.position = offset
        return len(self.tail) == offset - start

    def skip_hole(self) -> None:
        """Pass over the hole of a sparse file, where the system tells of it."""
        with suppress(OSError):
            self.skip_to(min(os.lseek(self._descriptor, 0, os.SEEK_DATA), self.length))

    def close(self) -> None:
        """Let the file go; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class PackedStream(Stream):
    """A compressed file: members and frames of any number, decompressed as it is read."""

    def __init__(self, descriptor: int, codec: Codec) -> None:
        super().__init__(descriptor)
        self._descriptor = descriptor
        self._codec = codec
        self._rest = b""
        self._inner = self._open()

    def _open(self) -> Any:
        file = os.fdopen(os.dup(self._descriptor), "rb")
        file.seek(0)
        return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), self._codec)

    def read(self, size: int) -> bytes:
        """Give ``size`` bytes or fewer; where the file is cut off or damaged, all before that."""
        if not self.broken:
            try:
                return self._advance(self._inner.read(min(size, _STEP)))
            except OSError:
                self.broken = True
                self._rest = self._salvage()
        data, self._rest = self._rest[:size], self._rest[size:]
        return self._advance(data)

    def _rewind(self) -> None:
        self._inner.close()
        self._inner = self._open()
        self.position, self.tail = 0, b""
        self.broken, self._rest = False, b""

    def _salvage(self) -> bytes:
        """Read what stands before a bad end: Arrow withholds the piece that it met the end in."""
        found = bytearray()
        for size in _SALVAGING:
            self._inner.close()
            self._inner = self._open()
            _discard(self._inner.read, self.position + len(found))
            with suppress(OSError):
                while data := self._inner.read(size):
                    found += data
        return bytes(found)

    def skip_to(self, offset: int) -> bool:
        """Decompress up to an offset, from the beginning again for an earlier one."""
        if offset < self.position:
            self._rewind()
        _discard(self.read, offset - self.position)
        return self.position == offset

    def skip_hole(self) -> None:
        """A compressed file has none."""

    def close(self) -> None:
        """Let the file go; may be called twice."""
        self._inner.close()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def skip_lead(stream: Stream) -> None:
    """Pass over what stands before the first line: a byte-order mark, and zeros.

    Zeros are what a writer leaves that goes on at its old place in a file that was cut off.
    """
    stream.skip_hole()
    while data := stream.read(_STEP):
        if text := data.lstrip(b"\0"):
            stream.skip_to(stream.position - len(text.removeprefix(BOM_UTF8)))
            return


def _discard(read: Callable[[int], bytes], count: int) -> None:
    while count > 0 and (data := read(min(count, _STEP))):
        count -= len(data)


def open_stream(path: str, codec: Codec | None) -> Stream:
    """Open a log file to be read from its beginning.

    Raises:
        OSError: it is gone, or may not be read.
        NotALogError: it is not compressed as its name says.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    if codec is None:
        return PlainStream(descriptor)
    try:
        check_packed(path, codec, os.pread(descriptor, 4, 0))
    except NotALogError:
        os.close(descriptor)
        raise
    return PackedStream(descriptor, codec)
