"""Files of saved deliveries: their records, each with its place, in the order of their times."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Final, cast

import orjson

from sources.github.events.envelopes import sent_at
from sources.json_text import read_json

WHOLE: Final = 64 << 20
"""Bytes of a JSON text in several lines, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """One record of a file.

    Attributes:
        locator: where it is.
        value: what it says, out of JSON.
        line: its text, where it is a line of its own.
        sent: when, where it says so.
    """

    locator: str
    value: Any
    line: bytes | None
    sent: datetime | None

    def raw(self) -> bytes:
        """Give its text."""
        if self.line is not None:
            return self.line
        try:
            return orjson.dumps(self.value)
        except TypeError:  # it goes deeper than what can be written
            return b""


def open_file(path: Path) -> IO[bytes]:
    """Open a file, packed or not."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def read_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Give the lines, or all at once where the file is one JSON text in several lines.

    A last line that does not end and is no JSON yet is left for another time.
    """
    start = file.tell() == 0
    while line := file.readline():
        if start and not _is_json(line):
            whole = line + file.read(WHOLE)
            if _is_json(whole):
                yield whole
                return
            file.seek(len(line))
        start = False
        if not line.endswith(b"\n") and not _is_json(line):
            return
        yield line


def parse_line(line: bytes, locator: str) -> list[Saved]:
    """Read the records of a line: one, or all of a list.

    Raises:
        ValueError: it is no JSON.
    """
    if not line.strip():
        return []
    found = read_json(line)
    if not isinstance(found, list):
        return [Saved(locator=locator, value=found, line=line, sent=sent_at(found))]
    return [
        Saved(locator=f"{locator}[{number}]", value=one, line=None, sent=sent_at(one))
        for number, one in enumerate(found)
    ]


def put_in_order(records: list[Saved]) -> list[Saved]:
    """Put those that say when they were sent in that order; the others stay where they are.

    Of those of one moment the first stays the first, unless all of them are listed from the newest
    to the oldest, as GitHub lists them.
    """
    told = [(one.sent, one) for one in records if one.sent is not None]
    falling = all(first >= second for (first, _), (second, _) in pairwise(told))
    if told and falling and told[0][0] > told[-1][0]:
        told.reverse()
    ordered = iter(sorted(told, key=itemgetter(0)))
    return [one if one.sent is None else next(ordered)[1] for one in records]


def _is_json(text: bytes) -> bool:
    try:
        read_json(text)
    except ValueError:
        return not text.strip()
    return True
