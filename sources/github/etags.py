"""Etags in a cursor, written short: an organisation's has ten for each of its repositories.

One of 64 hexadecimal digits is written as base64; one that stands in several places (all empty
lists have the same) stands once in ``etags``, and its number elsewhere.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any, Final

from sources.batch import Cursor

_WEAK: Final = re.compile(r'W/"([0-9a-f]{64})"')
_PACKED: Final = "~"
_SHARED: Final = "="


def pack_etag(etag: str) -> str:
    """Write an etag of GitHub's usual form short.

    >>> pack_etag('W/"' + "0a" * 32 + '"'), pack_etag('"other"')
    ('~CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo', '"other"')
    """
    match = _WEAK.fullmatch(etag)
    if match is None:
        return etag
    return _PACKED + urlsafe_b64encode(bytes.fromhex(match[1])).decode().rstrip("=")


def refer(number: int) -> str:
    """Name an etag by its place in ``etags``."""
    return f"{_SHARED}{number}"


def lengthen(cursor: Cursor) -> Cursor:
    """Put the etags of a cursor back where they belong; what is no cursor stays what it is."""
    shared, places = cursor.get("etags", []), cursor.get("repositories")
    if not isinstance(places, dict) or not isinstance(shared, list):
        return cursor
    known = {refer(number): _unpack(etag) for number, etag in enumerate(shared)}
    kept = {key: value for key, value in cursor.items() if key != "etags"}
    return {**kept, "repositories": {key: _restore(place, known) for key, place in places.items()}}


def _restore(value: Any, known: Mapping[str, Any]) -> Any:
    """Look at a repository and at its lists."""
    if not isinstance(value, dict):
        return value
    parts = {
        name: {**part, "etag": _find(part["etag"], known)}
        if isinstance(part, dict) and "etag" in part
        else part
        for name, part in value.items()
    }
    return {**parts, "etag": _find(parts["etag"], known)} if "etag" in parts else parts


def _find(etag: Any, known: Mapping[str, Any]) -> Any:
    return known[etag] if isinstance(etag, str) and etag in known else _unpack(etag)


def _unpack(etag: Any) -> Any:
    if not isinstance(etag, str) or not etag.startswith(_PACKED):
        return etag
    try:
        return f'W/"{urlsafe_b64decode(etag[1:] + "=").hex()}"'
    except (Base64Error, ValueError):  # somebody wrote it: as good as none
        return None
