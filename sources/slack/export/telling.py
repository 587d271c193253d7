"""What several exports tell of one conversation, and which of them is to be believed."""

from collections.abc import Iterator, Sequence

from sources.slack.export.cursor import Known, Position
from sources.slack.export.shelf import Shelf, look
from sources.slack.export.spans import Stretch, find_stretches, join


class Telling:
    """Knows the stretches of each conversation that exports tell all of.

    Of a stretch that two tell, the newer one is believed.
    """

    def __init__(self, shelf: Shelf, position: Position) -> None:
        self._shelf = shelf
        self._position = position
        self._found: dict[tuple[str, str], list[Stretch]] = {}

    def note(self, known: Known, folder: str, days: dict[str, Stretch | None]) -> None:
        """Note the edges of all days of a folder that has just been read whole."""
        bad = self.marked(self._position.bad, known, folder)
        self._found[known.digest, folder] = find_stretches(list(days), bad, days.get)

    def newer(self, known: Known, key: str) -> list[Stretch]:
        """Give the stretches of a conversation that newer exports tell."""
        newer = [item for item in self._each() if item.age > known.age and item.meets(known)]
        return join([stretch for item in newer for stretch in self._told(item, key)])

    def certain(self, key: str) -> list[Stretch]:
        """Give the stretches of which everything was given, with an id, in this pass."""
        found: list[Stretch] = []
        for known in self._each():
            found += self._told(known, key, certain=True)
        return join(found)

    def marked(self, marks: Sequence[str], known: Known, folder: str) -> set[str]:
        """Give the days of a folder that are among some marks."""
        start = f"{known.digest}/{folder}/"
        return {mark.removeprefix(start) for mark in marks if mark.startswith(start)}

    def _each(self) -> Iterator[Known]:
        """Give each export once, however many copies there are."""
        yield from {item.digest: item for item in self._position.exports}.values()

    def _told(self, known: Known, key: str, *, certain: bool = False) -> list[Stretch]:
        found: list[Stretch] = []
        for folder in self._shelf.folders(known, key):
            doubtful = self.marked(self._position.doubtful, known, folder) if certain else set()
            if doubtful or (known.digest, folder) not in self._found:
                stretches = self._read(known, folder, doubtful)
            else:
                stretches = self._found[known.digest, folder]
            if not doubtful:
                self._found[known.digest, folder] = stretches
            found += stretches
        return found

    def _read(self, known: Known, folder: str, doubtful: set[str]) -> list[Stretch]:
        """Find the stretches of a folder by as few of its files as possible."""
        archive = self._shelf.archive(known)
        bad = self.marked(self._position.bad, known, folder) | doubtful
        days = archive.days[folder]
        return find_stretches(list(days), bad, lambda day: look(archive, days[day]))
