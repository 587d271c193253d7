"""The seam between reading files and understanding lines: bytes in, Arrow columns out.

Whoever reads files gives blocks of whole lines in their order in the decompressed stream, with the
offset of the first byte; a parser gives back the requests in them and every line that is none.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from sources.batch import RAW_LIMIT
from sources.event import TIMESTAMP

LONGEST_LINE: Final = 102_400
"""Bytes of a line, without its end, that are read as a request; a longer one is a bad line."""

NOT_A_REQUEST: Final = "no HTTP request"
"""Reason of lines that a server writes among its requests (starts, warnings, TCP sessions)."""

_COLUMNS: "list[pa.Field[Any]]" = [
    pa.field("offset", pa.uint64(), nullable=False),
    pa.field("occurred_at", TIMESTAMP, nullable=False),
    pa.field("utc_offset_minutes", pa.int16()),
    pa.field("host", pa.string()),
    pa.field("client_ip", pa.string()),
    pa.field("user", pa.string()),
    pa.field("method", pa.string()),
    pa.field("path", pa.string()),
    pa.field("query", pa.string()),
    pa.field("route", pa.string()),
    pa.field("protocol", pa.string()),
    pa.field("status", pa.int16()),
    pa.field("bytes_out", pa.int64()),
    pa.field("bytes_in", pa.int64()),
    pa.field("duration_ms", pa.float64()),
    pa.field("referrer", pa.string()),
    pa.field("user_agent", pa.string()),
    pa.field("request_id", pa.string()),
    pa.field("trace_id", pa.string()),
    pa.field("upstream", pa.string()),
    pa.field("tls", pa.string()),
    pa.field("extras", pa.string()),
]
NORMAL_FORM: Final = pa.schema(_COLUMNS)
"""What every format is brought to, one row a request, in the order of the lines.

``offset`` is that of the first byte of the line, or of the record where a line has many.
``extras`` is a canonical JSON object of what the format has beyond the other columns, or null. What
is to be redacted is redacted already.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line, or a record in one, that gave no request.

    Attributes:
        offset: of its first byte in the decompressed stream.
        length: its bytes, without the line's end.
        reason: why, :data:`NOT_A_REQUEST` for what was never meant to be one.
        raw: its first :data:`~sources.batch.RAW_LIMIT` bytes; secrets in query strings redacted.
        within: offset of the line that holds it among others; ``None``: it is a line.
        number: of the record in that line, from 1 on.
    """

    offset: int
    length: int
    reason: str
    raw: bytes
    within: int | None = None
    number: int = 0

    def __post_init__(self) -> None:
        """Hold the raw line to its bound.

        Raises:
            ValueError: more bytes than quarantine keeps.
        """
        if len(self.raw) > RAW_LIMIT:
            raise ValueError(f"a bad line keeps {RAW_LIMIT} bytes, not {len(self.raw)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What stood in one block.

    ``table.num_rows + len(bad) + skipped`` is the number of its lines; of a line of many records
    these count instead.

    Attributes:
        table: rows of :data:`NORMAL_FORM`.
        bad: the lines that gave no request, in their order.
        skipped: empty lines and a format's own directives (``#Fields: …``).
    """

    table: pa.Table
    bad: Sequence[BadLine]
    skipped: int


class Parser(ABC):
    """Understands the lines of one stream."""

    @property
    def ordered(self) -> bool:
        """Whether blocks must come one after the other, by one thread.

        Lines may mean something by what came before them (``#Fields``, local time at the end of
        summer). Where it is false, several threads may parse at once.
        """
        return False

    @property
    def longest(self) -> int:
        """Bytes of a line, without its end, that are read; of a longer one the beginning is."""
        return LONGEST_LINE

    @property
    @abstractmethod
    def name(self) -> str:
        """The format: a preset's name, to be pinned once detected."""

    @property
    def state(self) -> dict[str, Any]:
        """What the next block's meaning depends on, JSON-able: give it back to go on."""
        return {}

    @abstractmethod
    def parse(self, block: bytes | memoryview | pa.Buffer, first_offset: int) -> Parsed:
        r"""Read one block of whole lines.

        A last line without ``\n`` is read like any other: whoever reads the file keeps it back
        while it may still grow.

        Args:
            block: the lines, less than 1 GiB.
            first_offset: of the block's first byte in the decompressed stream.
        """
