"""Whose text is kept out, beside the events: a database made from the files keeps it out too."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from resources.stores.erasing import Erasure
from resources.stores.lake.places import Place
from sources.errors import StoreError

NAME: Final = "erasures.json"
"""The file, outside the trees that analysts read: hashes of keys, with the salt that made them."""

_BYTES: Final = ("salt", "key_hash")
_MOMENTS: Final = ("erased_at", "finished_at")


def write_erasures(place: Place, erasures: Sequence[Erasure]) -> None:
    """Replace the file by what is remembered; nothing is: there is no file."""
    if not erasures:
        place.delete(NAME)
        return
    text = json.dumps([_written(item) for item in erasures], indent=1)
    with place.replacing(NAME) as stream:
        stream.write(text.encode())


def read_erasures(place: Place) -> list[Erasure]:
    """Give what the file says.

    Raises:
        StoreError: it is damaged; without it, text that was erased could come back.
    """
    try:
        with place.opened(NAME) as stream:
            return [_read(item) for item in json.loads(stream.read())]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{place.path(NAME)} cannot be read: {error}",
            remedy="It says whose text is kept out: put the file back, or delete it and erase anew",
        ) from error


def _written(erasure: Erasure) -> dict[str, Any]:
    said = asdict(erasure)
    moments = {name: said[name] and said[name].isoformat() for name in _MOMENTS}
    return {**said, **moments, **{name: said[name].hex() for name in _BYTES}}


def _read(item: dict[str, Any]) -> Erasure:
    moments = {name: item[name] and datetime.fromisoformat(item[name]) for name in _MOMENTS}
    return Erasure(**{**item, **moments, **{name: bytes.fromhex(item[name]) for name in _BYTES}})
