"""Writes a position as a cursor, while few of its repositories change."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sources.batch import Cursor
from sources.github.cursor import Place, Position
from sources.github.etags import pack_etag, refer

_SHORT: Final = 8
"""Characters of an etag that are not worth a number."""


class CursorWriter:
    """Writes the cursors of a position, of which few repositories change between two of them.

    Args:
        position: how far all is.
    """

    def __init__(self, position: Position) -> None:
        self._position = position
        told = Counter(etag for place in position.repositories.values() for etag in _etags(place))
        several = (etag for etag, times in told.items() if times > 1 and len(etag) > _SHORT)
        self._shared = {etag: number for number, etag in enumerate(several)}
        self._met: dict[str, tuple[str, str]] = {}
        self._places: dict[str, Mapping[str, Any]] = {}
        self.write()

    def write(self, *numbers: str) -> Cursor:
        """Give the position as JSON.

        Args:
            numbers: of the repositories that may have changed; none: any may.
        """
        places = self._position.repositories
        changed = {number: self._shorten(number, places[number]) for number in numbers or places}
        kept = {number: place for number, place in self._places.items() if number in places}
        self._places = kept | changed
        written = self._position.model_dump(exclude_defaults=True, exclude={"repositories"})
        if self._places:
            written["repositories"] = self._places
        if self._shared:
            written["etags"] = [pack_etag(etag) for etag in self._shared]
        return {**written, "v": self._position.v}

    def _shorten(self, number: str, place: Place) -> Mapping[str, Any]:
        dumped = place.model_dump(exclude_defaults=True)
        for holder, name in _holders(dumped):
            holder["etag"] = self._name(holder["etag"], (number, name))
        return dumped

    def _name(self, etag: str, where: tuple[str, str]) -> str:
        """Write an etag, or the number of one that was met elsewhere."""
        first = self._met.setdefault(etag, where)
        if first != where and len(etag) > _SHORT:
            self._shared.setdefault(etag, len(self._shared))
        found = self._shared.get(etag)
        return pack_etag(etag) if found is None else refer(found)


def _etags(place: Place) -> Iterator[str]:
    for holder, _ in _holders(place.model_dump(exclude_defaults=True)):
        yield holder["etag"]


def _holders(dumped: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Give what has an etag in a place: itself, and its lists."""
    if dumped.get("etag"):
        yield dumped, ""
    for name, state in dumped.items():
        if isinstance(state, dict) and state.get("etag"):
            yield state, name
