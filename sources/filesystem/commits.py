"""Understanding commit and tag objects: bytes in, plain values out."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final

from sources.event import clean_text
from sources.filesystem.dates import Stamp, parse_stamp

_CODEC: Final = re.compile(
    r"(us-?)?ascii|utf-?(8|16|32)([lb]e)?|iso-?8859-?\d+|latin-?\d+|(windows-?|cp)\d+"
    r"|koi8-?[rut]|mac-?roman|euc-?(jp|kr|cn|tw)|s(hift)?[-_]?jis|iso-?2022-?\w+"
    r"|gbk|gb-?2312|gb-?18030|big5(-?hkscs)?",
    re.IGNORECASE,
)
"""Encodings worth decoding; the name comes from the commit, so it may not pick just any codec."""

_BLANK: Final = " \t\r\n"
"""What git takes for white space, whatever else Unicode does."""

_SIGNATURES: Final = {
    b"-----BEGIN PGP": "openpgp",
    b"-----BEGIN SSH": "ssh",
    b"-----BEGIN SIGNED MESSAGE": "x509",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who and when, as one header line says."""

    name: str
    email: str
    stamp: Stamp


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
        """Read ``author``, ``committer`` or ``tagger``; empty texts where it is missing."""
        raw = (self.headers.get(role) or [b""])[0]
        text, lossless = decode(raw, self.encoding)
        if not lossless:
            self.undecodable[role] = encode_raw(raw)
        return parse_person(text)

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
    values: list[bytes] = []
    for line in head.split(b"\n"):
        if line.startswith(b" ") and values:
            values[-1] += b"\n" + line[1:]
            continue
        name, _, value = line.partition(b" ")
        values = headers.setdefault(name.decode("utf-8", "backslashreplace"), [])
        values.append(value)
    return headers


def _signature(headers: dict[str, list[bytes]], raw: bytes) -> tuple[str | None, bytes]:
    """Name the kind of signature, and give the message without it.

    A commit has it in a header, a tag at the message's end.
    """
    signed = headers.get("gpgsig") or headers.get("gpgsig-sha256")
    for mark, kind in _SIGNATURES.items():
        if signed and signed[0].startswith(mark):
            return kind, raw
        text, found, _ = raw.partition(b"\n" + mark)
        if found and "tag" in headers:
            return kind, text
    return ("unknown" if signed else None), raw


def decode(raw: bytes, encoding: str | None) -> tuple[str, bool]:
    """Decode as declared, else as UTF-8 with replacement.

    Returns:
        The text, fit for every store, and whether the bytes can be had back from it.
    """
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


def parse_person(text: str) -> Person:
    """Read ``Name <e-mail> seconds zone`` as leniently as git does.

    >>> parse_person("A U Thor <a@b.c> 1112912053 +0200").name
    'A U Thor'
    """
    name, opening, rest = text.partition("<")
    email = rest.partition(">")[0] if opening else ""
    stamp = text.rpartition(">")[2] if opening else ""
    return Person(name=name.rstrip(_BLANK), email=email, stamp=parse_stamp(stamp.strip(_BLANK)))


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
