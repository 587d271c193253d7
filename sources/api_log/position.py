"""What of the logs has been given: JSON in, checked values out, and back."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from sources.api_log.listing import Stamp
from sources.batch import Cursor
from sources.cursors import read_cursor

VERSION: Final = 1
REMEMBERED: Final = 100
"""Streams remembered whose files are gone: as many generations may be away for a while."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StreamState(_Strict):
    """How far one stream of lines has been given, whatever its file is called now.

    Attributes:
        first: hash of host label and first line.
        ordinal: number among the streams of the same first line, in the order they were met.
        offset: in the decompressed stream; all before it has been given.
        tail: hash of the bytes before ``offset``.
        stamp: of the file when all of it had been given; ``None``: more may be in it.
        parser: what the next line's meaning depends on.
    """

    first: str
    ordinal: int = Field(ge=0)
    offset: int = Field(ge=0)
    tail: str = ""
    stamp: Stamp | None = None
    parser: dict[str, Any] = Field(default_factory=dict)

    @property
    def identity(self) -> str:
        """What the events of the stream are named by."""
        return f"{self.first}.{self.ordinal}"


class Position(_Strict):
    """All that a pass needs to go on.

    Attributes:
        v: version of this form.
        format: the format found.
        voted: lines that were asked for it.
        streams: how far each stream has been given; those whose files are gone come first.
        idle: stamps of files that have nothing to give as they are.
    """

    v: int = VERSION
    format: str | None = None
    voted: int = 0
    streams: tuple[StreamState, ...] = ()
    idle: tuple[Stamp, ...] = ()

    def to_cursor(self) -> Cursor:
        """The position as JSON."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"v": self.v}

    def stamps(self) -> set[Stamp]:
        """The stamps of all files that have nothing new."""
        return {*self.idle, *(state.stamp for state in self.streams if state.stamp)}


def parse_cursor(cursor: Mapping[str, Any] | None, source_id: str) -> Position:
    """Read a cursor of ours; ``None`` is the position before everything.

    Raises:
        CursorInvalidError: it is none.
    """
    if cursor is None:
        return Position()
    return read_cursor(
        Position,
        cursor,
        version=VERSION,
        source_id=source_id,
        refusal="the cursor is none of access logs",
    )


def hash_first(host: str, line: bytes) -> str:
    """Name a stream by its host's label and its first line."""
    digest = blake2b(digest_size=12)
    label = host.encode("utf-8", "surrogatepass")
    digest.update(len(label).to_bytes(4, "big") + label + line)
    return digest.hexdigest()
