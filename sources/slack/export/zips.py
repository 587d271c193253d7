"""Exports in zips, read where they stand, of any size."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sources.errors import UnavailableError
from sources.slack.export import names
from sources.slack.export.archive import Archive, DamagedError, Member

DAMAGES: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    OverflowError,
    ValueError,
)
"""What reading a zip ends with where its bytes are not as they should be."""

RATIO: Final = 500
"""So many times its packed size a file may have; what machines write reaches 100."""

SMALL: Final = 16 << 20
"""Bytes up to which no ratio is suspicious."""

_METHODS: Final = frozenset(
    {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
)
_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_BEGIN: Final = b"PK\x03\x04"


class ZipArchive(Archive):
    """A zip as Slack gives it, or as somebody packed it again.

    It takes about a kilobyte of memory for each file in the zip, and nothing for what they hold.
    """

    def __init__(self, path: Path, source_id: str) -> None:
        """Open it and look through its list of files.

        Raises:
            ConfigError: it is no zip, no export, encrypted, or not to be trusted.
            UnavailableError: it ends too early.
        """
        super().__init__(str(path), source_id)
        self._zip = self._open_zip(path)
        try:
            self._look_through(path.stat().st_size)
        except BaseException:
            self._zip.close()
            raise

    def _open_zip(self, path: Path) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise UnavailableError(
                f"{self.source_id}: {path} has gone while it was to be read",
                remedy="Is it being replaced? Put it back, or wait for the next reading",
            ) from error
        except PermissionError as error:
            raise self.refusal("it cannot be read", "Give the right to read it") from error
        except DAMAGES as error:
            with path.open("rb") as file:
                begun = file.read(len(_BEGIN)) == _BEGIN
            if begun:
                raise UnavailableError(
                    f"{self.source_id}: {path} ends too early, or its end is damaged",
                    remedy="Is it still being copied? Else download it again",
                ) from error
            raise self.refusal("it is no zip", "Name an export as Slack gives it") from error

    def _look_through(self, size: int) -> None:
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if sum(info.compress_size for info in infos) > size:
            raise self.refusal("its files lie within each other, as in a zip bomb")
        named = [(names.clean(_name(info)), info) for info in infos]
        self._refuse_escapes(infos)
        root = names.find_root(name for name, _ in named)
        if root is None:
            raise self.refusal(
                "it is no export of a Slack workspace",
                "Name a zip with users.json, channels.json and a folder for each channel",
            )
        inside = ((name[len(root) :], info) for name, info in named if name.startswith(root))
        read = [(name, info) for name, info in inside if names.is_read(name)]
        for name, info in read:
            self._check(name, info)
        self.written = max((_time(info) for _, info in read), default="")
        self._sort(
            (Member(name, info.file_size, info.CRC, info) for name, info in read), len(infos)
        )
        # Only what is read is remembered: uploads may be many.
        self._zip.filelist.clear()
        self._zip.NameToInfo.clear()

    def _refuse_escapes(self, infos: list[zipfile.ZipInfo]) -> None:
        for info in infos:
            name = info.orig_filename
            if "\0" in name or names.leads_out(name):
                raise self.refusal(f"{name!r} leads out of the zip, or hides where it leads")

    def _check(self, name: str, info: zipfile.ZipInfo) -> None:
        """Refuse what could not be read, or should not be."""
        if why := names.fault(names.clean(_name(info))):
            raise self.refusal(f"{info.filename!r}: {why}")
        if info.flag_bits & _ENCRYPTED:
            raise self.refusal(
                "it is encrypted", "Unpack it with its password, and name the folder instead"
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise self.refusal(f"{name} is a symbolic link")
        if info.compress_type not in _METHODS:
            raise self.refusal(
                f"{name} is packed by a method ({info.compress_type}) that cannot be read",
                "Unpack it, and name the folder instead",
            )
        if info.file_size > max(SMALL, RATIO * info.compress_size):
            raise self.refusal(
                f"{name} would have {info.file_size:,} bytes out of {info.compress_size:,}, "
                "as in a zip bomb"
            )

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        """Open one file; at its end its checksum is compared.

        Raises:
            DamagedError: it cannot be opened.
        """
        try:
            file = self._zip.open(member.handle)
        except DAMAGES as error:
            raise DamagedError(str(error)) from error
        with file:
            yield file

    def close(self) -> None:
        """Close the zip."""
        self._zip.close()


def _name(info: zipfile.ZipInfo) -> str:
    """Give a name as it was meant: many write UTF-8 and do not say so."""
    if info.flag_bits & _UTF8 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


def _time(info: zipfile.ZipInfo) -> str:
    return "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*info.date_time)
