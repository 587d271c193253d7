"""The messages of one day's file: all of them, or a word why none, in bounded memory."""

import json
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Final

import orjson

from sources.slack.export.archive import Archive, DamagedError, Member
from sources.slack.export.zips import DAMAGES

WHOLE: Final = 4 << 20
"""Bytes up to which a file is read at once; a larger one is read through twice, piece by piece."""

ELEMENT: Final = 16 << 20
"""Characters that one message may have."""

_PIECE: Final = 1 << 20
_BLANK: Final = " \t\r\n"


Look = Callable[[int, Any], None]
"""Is told of each element of a list, and of its place."""


def read_list(
    archive: Archive, member: Member, looks: Iterable[Look] = (lambda *_: None,)
) -> Iterator[Any]:
    """Give the elements of a file that is a JSON list.

    The file is known to be sound, to its checksum, before the first is given.

    Args:
        archive: the export.
        member: the file.
        looks: told of all elements, one look after the other, before the first is given.

    Raises:
        DamagedError: it is damaged, or no list.
    """
    try:
        if member.size <= WHOLE:
            with archive.open(member) as file:
                found = _parse(file.read(WHOLE + 1))
            for look in looks:
                for index, element in enumerate(found):
                    look(index, element)
            yield from found
            return
        for look in looks:
            with archive.open(member) as file:
                for index, element in enumerate(_elements(file)):
                    look(index, element)
        with archive.open(member) as file:
            yield from _elements(file)
    except (*DAMAGES, RecursionError) as error:
        raise DamagedError(str(error) or type(error).__name__) from error


def _parse(data: bytes) -> list[Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        # The standard library takes halves of surrogate pairs, which cut texts end with.
        found = json.loads(data.decode("utf-8-sig"))
    if found is None:  # as programs write a list of nothing
        return []
    if not isinstance(found, list):
        raise DamagedError("it is no list of messages")
    return found


def _elements(file: IO[bytes]) -> Iterator[Any]:
    """Give the elements of a JSON list while it is read."""
    text = _Text(file)
    if text.next() != "[":
        raise DamagedError("it is no list of messages")
    text.take()
    separated = True
    while (char := text.next()) != "]":
        if char == "," and not separated:
            text.take()
            separated = True
            continue
        if not separated:
            raise DamagedError(f"{char!r} stands where a comma should")
        yield text.element()
        separated = False
    text.take()
    if text.next():
        raise DamagedError("something stands behind its end")


class _Text:
    """The text of a file, of which no more is held than an element and a piece."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = getincrementaldecoder("utf-8-sig")()
        self._parse = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def next(self) -> str:
        """Give the next character that is not blank; empty: there is none."""
        while True:
            while self._at < len(self._text):
                if (char := self._text[self._at]) not in _BLANK:
                    return char
                self._at += 1
            if self._ended:
                return ""
            self._more(_PIECE)

    def take(self) -> None:
        """Go behind the next character."""
        self._at += 1

    def element(self) -> Any:
        """Give the JSON value that begins here, and go behind it."""
        piece = _PIECE
        while True:
            try:
                found, end = self._parse(self._text, self._at)
            except ValueError:
                if self._ended or len(self._text) - self._at > ELEMENT:
                    raise
            else:
                if end < len(self._text) or self._ended:
                    self._at = end
                    return found
            self._more(piece)
            piece *= 2

    def _more(self, size: int) -> None:
        data = self._file.read(size)
        self._ended = not data
        self._text = self._text[self._at :] + self._decode.decode(data, final=self._ended)
        self._at = 0
