"""W3C lines with fields in quotes, or with several blanks between them, as the W3C's draft has it.

A string that holds blanks stands in quotes there, a quote within it twice. IIS writes none.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from sources.api_log.layout import Field
from sources.api_log.lines import Lines, Mask, split_lines

_SPACE, _QUOTE = b' "'
_FIELD: Final = re.compile(rb'"((?:[^"]|"")*)"(?: +|\Z)|([^ "][^ ]*)(?: +|\Z)')


def unquote(lines: Lines, fields: Sequence[Field]) -> tuple[Mask, Lines]:
    """Take quotes and blanks off where that gives as many fields as the header names.

    Args:
        lines: lines without a tab.
        fields: what each should have; ``+`` is a blank where they say so, but not within quotes.

    Returns:
        Which lines were so, and these, with bytes of their own, a tab between their fields.
    """
    mask = _may_be_quoted(lines)
    texts = []
    for row in np.flatnonzero(mask).tolist():
        found = _split(lines.raw(row))
        mask[row] = len(found) == len(fields)
        if mask[row]:
            texts.append(b"\t".join(map(_plain, found, fields)) + b"\n")
    return mask, split_lines(np.frombuffer(b"".join(texts), np.uint8), 0)


def _may_be_quoted(lines: Lines) -> Mask:
    """Which lines have a quote at the beginning of a field, or several blanks side by side."""
    data = lines.data[: lines.size + 1]
    behind = data[1:]
    found = np.flatnonzero((data[:-1] == _SPACE) & ((behind == _QUOTE) | (behind == _SPACE)))
    found = np.append(found, lines.size + 1)
    mask: Mask = found[np.searchsorted(found, lines.starts)] < lines.ends
    mask |= lines.data[lines.starts] == _QUOTE
    return mask


def _split(line: bytes) -> list[re.Match[bytes]]:
    """The fields of a line; none where a quote at the beginning of one does not end it."""
    fields, at = [], len(line) - len(line.lstrip(b" "))
    while at < len(line):
        match = _FIELD.match(line, at)
        if match is None:
            return []
        fields.append(match)
        at = match.end()
    return fields


def _plain(match: re.Match[bytes], field: Field) -> bytes:
    quoted, bare = match.groups()
    if quoted is not None:
        return quoted.replace(b'""', b'"')
    return bare.replace(b"+", b" ") if field.escape == "plus" else bare
