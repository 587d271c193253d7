"""Understanding commit and tag objects: bytes in, plain values out."""

import re
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from sources.event import clean_text
from sources.filesystem.dates import Stamp, parse_stamp

_CODEC: Final = re.compile(
    r"(us-?)?ascii|ansi_x3\.4-1968|646|utf-?8|iso[-_]?8859-?\d+|l(atin-?)?\d+|tis-?620|uhc"
    r"|(windows-?|cp|ibm-?)\d+|koi8-?[rut]|mac(-?roman|intosh)|euc-?(jp|kr|cn|tw)"
    r"|s(hift)?[-_]?jis|iso-?2022-?\w+|gbk|gb-?2312|gb-?18030|big5(-?hkscs)?",
    re.IGNORECASE,
)
"""Encodings worth decoding; the name comes from the commit, so it may not pick just any codec.

All of them hold ASCII: one that did not would be a mistake, as headers are written in it too.
"""

_BLANK: Final = " \t\r\n"
"""What git takes for white space, whatever else Unicode does."""

_HEADER_END: Final = re.compile(rb"\n(?! )")
"""A line that begins with a space goes on with the one before it."""

_SIGNATURES: Final = {
    b"-----BEGIN PGP SIGNATURE-----": "openpgp",
    b"-----BEGIN PGP MESSAGE-----": "openpgp",
    b"-----BEGIN SSH SIGNATURE-----": "ssh",
    b"-----BEGIN SIGNED MESSAGE-----": "x509",
}

_LEADING: Final = {"tree", "parent"}
"""Headers a commit begins with; a parent named after any other is none to git."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who and when, as one header line says.

    Attributes:
        name: empty where there is none.
        email: empty where there is none.
        stamp: when.
        legible: whether the line has an e-mail between ``<`` and ``>``; else it has nothing.
    """

    name: str
    email: str
    stamp: Stamp
    legible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectText:
    """One commit or tag object, read.

    Attributes:
        headers: values by header name, in their order; continued lines are joined.
        title: first paragraph in one line; empty if there is no message.
        body: what follows it, if anything.
        message: all of the message.
        encoding: the declared encoding, if any.
        signature: kind of signature, if there is one; it is never verified.
        undecodable: base64 of what could not be decoded or stored, by field.
    """

    headers: dict[str, list[bytes]]
    title: str
    body: str | None
    message: str
    encoding: str | None
    signature: str | None
    undecodable: dict[str, str] = field(default_factory=dict)

    def person(self, role: str) -> Person:
        """Read ``author``, ``committer`` or ``tagger``; empty texts where it is missing.

        Of several lines git reads the last one in commits, the first one in tags.
        """
        raw = (self.headers.get(role) or [b""])[0 if role == "tagger" else -1]
        text, lossless = decode(raw, self.encoding)
        person = parse_person(text)
        if not lossless or (raw and not person.legible):
            self.undecodable[role] = encode_raw(raw)
        return person

    def first(self, name: str) -> str | None:
        """The first value of a header."""
        values = self.headers.get(name)
        return decode(values[0], None)[0] if values else None


def parse_object(content: bytes) -> ObjectText:
    """Read a commit or tag object; nothing in it is an error.

    Args:
        content: the object as ``git cat-file`` gives it.
    """
    head, _, raw = content.partition(b"\n\n")
    headers = _parse_headers(head)
    signature, raw = _signature(headers, raw)
    encoding = headers["encoding"][0].decode("ascii", "replace") if "encoding" in headers else None
    message, lossless = decode(raw, encoding)
    title, body = split_message(message)
    return ObjectText(
        headers=headers,
        title=title,
        body=body,
        message=message,
        encoding=encoding,
        signature=signature,
        undecodable={} if lossless else {"message": encode_raw(raw)},
    )


def _parse_headers(head: bytes) -> dict[str, list[bytes]]:
    headers: dict[str, list[bytes]] = {}
    for lines in _HEADER_END.split(head):
        first, *more = lines.split(b"\n ")
        raw, _, value = first.partition(b" ")
        name = raw.decode("utf-8", "backslashreplace")
        if name == "parent" and not headers.keys() <= _LEADING:
            continue
        headers.setdefault(name, []).append(b"\n".join([value, *more]))
    return headers


def _signature(headers: dict[str, list[bytes]], raw: bytes) -> tuple[str | None, bytes]:
    """Name the kind of signature, and give the message without it.

    A commit has it in a header, a tag at the message's end: the last one, as git takes it.
    """
    signed = headers.get("gpgsig") or headers.get("gpgsig-sha256")
    if signed:
        kinds = (kind for mark, kind in _SIGNATURES.items() if signed[0].startswith(mark))
        return next(kinds, "unknown"), raw
    if "tag" not in headers:
        return None, raw
    lines = b"\n" + raw
    begin, kind = max((lines.rfind(b"\n" + mark), kind) for mark, kind in _SIGNATURES.items())
    return (None, raw) if begin < 0 else (kind, lines[1:begin])


def decode(raw: bytes, encoding: str | None) -> tuple[str, bool]:
    """Decode as declared, else as UTF-8 with replacement.

    Returns:
        The text, fit for every store, and whether the bytes can be had back from it.
    """
    if encoding is None and b"\0" not in raw:  # nearly all there is
        with suppress(UnicodeDecodeError):
            return raw.decode(), True
    for codec in (encoding, "utf-8"):
        if codec is None or not _CODEC.fullmatch(codec):
            continue
        try:
            text = raw.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        clean = clean_text(text)
        return clean, clean == text
    return clean_text(raw.decode("utf-8", "replace")), False


def encode_raw(raw: bytes) -> str:
    """Bytes as JSON can hold them."""
    return b64encode(raw).decode("ascii")


@lru_cache(maxsize=64)  # of most commits, author and committer are the same
def parse_person(text: str) -> Person:
    """Read ``Name <e-mail> seconds zone`` as leniently as git does.

    >>> parse_person("A U Thor <a@b.c> 1112912053 +0200").name
    'A U Thor'
    """
    name, _, rest = text.partition("<")
    email, closing, _ = rest.partition(">")
    if not closing:
        return Person(name="", email="", stamp=parse_stamp(""), legible=False)
    stamp = text.rpartition(">")[2].strip(_BLANK)
    return Person(name=name.rstrip(_BLANK), email=email, stamp=parse_stamp(stamp))


def split_message(message: str) -> tuple[str, str | None]:
    r"""Part the first paragraph, put into one line as git's ``%s`` does, from the rest.

    >>> split_message("Mend\nthe roof\n\nIt leaked.\n")
    ('Mend the roof', 'It leaked.')
    """
    lines = message.split("\n")
    start = _skip(lines, 0, blank=True)
    end = _skip(lines, start, blank=False)
    title = " ".join(line.rstrip(_BLANK).replace("\r", " ") for line in lines[start:end])
    body = "\n".join(lines[_skip(lines, end, blank=True) :]).rstrip(_BLANK)
    return title.strip(_BLANK), body or None


def _skip(lines: list[str], start: int, *, blank: bool) -> int:
    """Find the first line from ``start`` on that is not ``blank``, or not filled."""
    while start < len(lines) and bool(lines[start].strip(_BLANK)) is not blank:
        start += 1
    return start
