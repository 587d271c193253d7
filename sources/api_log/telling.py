"""Whether a file can be a log at all, by its first bytes."""

from typing import Final

_MAGIC: Final = {
    "gzip": (b"\x1f\x8b",),
    "zstd": (
        b"\x28\xb5\x2f\xfd",
        *(bytes((byte,)) + b"\x2a\x4d\x18" for byte in range(0x50, 0x60)),
    ),
}
_SUFFIX: Final = {"gzip": ".gz", "zstd": ".zst"}
_CONTROL: Final = bytes(byte for byte in range(32) if byte not in b"\t\n\r\x1b")
_BINARY_SHARE: Final = 0.1


class NotALogError(Exception):
    """A file that no lines can be read from; the source makes a ``ConfigError`` of it.

    Attributes:
        message: which file, and why.
        remedy: what can be done.
    """

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def check_packed(path: str, codec: str, begin: bytes) -> None:
    """Refuse a file that is not compressed as its name says; one still empty may become so.

    Raises:
        NotALogError: it is not.
    """
    if begin and not any(begin.startswith(magic[: len(begin)]) for magic in _MAGIC[codec]):
        raise NotALogError(
            f"{path} is not compressed by {codec}", remedy=f"Let {_SUFFIX[codec]} say what it is"
        )


def check_text(path: str, begin: bytes) -> None:
    """Refuse a file whose beginning holds many bytes that no text has.

    Leading zeros are what a writer leaves that goes on at its old place in a file cut off.

    Raises:
        NotALogError: it is none.
    """
    text = begin.lstrip(b"\0")
    control = len(text) - len(text.translate(None, _CONTROL))
    if control > _BINARY_SHARE * len(text):
        raise NotALogError(
            f"{path} is no text file",
            remedy="Name the logs alone under `paths`; compressed ones end in .gz or .zst",
        )
