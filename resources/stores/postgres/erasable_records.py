"""Records in quarantine that speak of one person: counted, or left with nothing of it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from resources.sql import statement
from resources.stores.erasing import Sought
from resources.stores.postgres.connection import Connection, Cursor, Database
from resources.stores.postgres.erased import scrubbed_row
from resources.stores.postgres.writing import begin_write

_RECORDS: Final = 500


class ErasableRecords:
    """Bad records of events of one person, and those that name it.

    To be made before rows are blank, as it learns from them by which names the key is shown.

    Args:
        database: where they are kept.
        connection: writes them, in transactions of their own.
        key: the person's.
        source_id: the only source that is meant; ``None``: all.
        pseudonyms: stand in the person's place, the first of them in what is written.
    """

    def __init__(
        self,
        database: Database,
        connection: Connection,
        key: str,
        source_id: str | None,
        pseudonyms: Sequence[str],
    ) -> None:
        self._database = database
        self._connection = connection
        self._key = key
        self._pseudonyms = list(pseudonyms)
        rows = database.fetch("name_erasable", key=key, source_id=source_id)
        pseudonym = next(iter(pseudonyms), "")
        self._sought = Sought(pseudonym, key, [name for (name,) in rows])

    def count(self, source_id: str) -> int:
        """Say how many of a source there are."""
        return sum(map(len, self._find(source_id)))

    def erase(self, source_id: str) -> int:
        """Leave nothing of the person in those of a source; gives how many they were."""
        erased = 0
        for found in self._find(source_id):
            left = [
                {"locator_hash": place, **scrubbed_row(self._sought.scrub(locator))}
                for place, locator in found
            ]

            def scrub(cursor: Cursor, left: list[dict[str, Any]] = left) -> None:
                begin_write(cursor, [source_id])
                for row in left:
                    cursor.execute(statement("erase_record"), {**row, "source_id": source_id})

            if left:
                self._database.transact(scrub, self._connection, what="erasing")
            erased += len(left)
        return erased

    def _find(self, source_id: str) -> Iterator[list[tuple[bytes, str]]]:
        """Give them page by page: the hash of the place, and the place in words."""
        after = b""
        while True:
            rows = self._database.fetch(
                "read_erasable_records",
                key=self._key,
                source_id=source_id,
                pseudonyms=self._pseudonyms,
                after=after,
                rows=_RECORDS,
            )
            if not rows:
                return
            after = bytes(rows[-1][0])
            yield [
                (bytes(place), locator)
                for place, locator, reason, raw, named in rows
                if named or self._sought.names(locator, reason, bytes(raw))
            ]
