"""Erasing a person's text in a memory store."""

from abc import abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

import pyarrow as pa

from resources.stores.base import EpisodicStore
from resources.stores.erasing import (
    ActorFound,
    Erasure,
    ErasureReport,
    Erasures,
    Observer,
    Sought,
    Waiter,
    blank,
    new_erasure,
    withhold,
    written_by,
)
from resources.stores.erasing.known import read_email
from resources.stores.memory.rows import Row, as_table
from resources.stores.memory.tables import Tables, Version
from sources.event import utc_now


class MemoryErasing(EpisodicStore):
    """The part of a memory store that forgets a person's text."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Tables]:
        """Hold the tables."""

    @abstractmethod
    def writing(self, source_id: str, on_wait: Waiter | None) -> AbstractContextManager[None]:
        """Be the source's one writer.

        Raises:
            BusyError: there is another one, and no ``on_wait``.
        """

    def find_actors(self, name: str, source_id: str | None = None) -> list[ActorFound]:
        """Give the keys that ``name`` is, or is shown for; most events first."""
        found: dict[str, list[Row]] = {}
        with self.transaction() as tables:
            for row in tables.rows.values():
                shown = {text.lower() for text in (row["actor"], row["actor_key"]) if text}
                if name.lower() in shown and source_id in (None, row["source_id"]):
                    found.setdefault(_who(row) or "", []).append(row)
        actors = [
            ActorFound(
                actor_key=key,
                names=tuple(sorted({row["actor"] for row in rows if row["actor"] is not None})),
                sources=tuple(sorted({row["source_id"] for row in rows})),
                events=len(rows),
            )
            for key, rows in found.items()
        ]
        return sorted(actors, key=lambda actor: (-actor.events, actor.actor_key))

    def count_erasable(self, actor_key: str, source_id: str | None = None) -> ErasureReport:
        """Say what :meth:`erase` would make blank; changes nothing."""
        with self.transaction() as tables:
            known = tables.erasures.chosen(actor_key, None)
            eraser = _Eraser(tables, actor_key, known[0] if known else None)
            homes = [home for home in sorted(tables.homes) if source_id in (None, home)]
            sought = eraser.seek(homes)
            return ErasureReport(
                pseudonym=known[0].pseudonym if known else "",
                events=sum(len(eraser.rows(home)) for home in homes),
                revisions=sum(len(eraser.versions(home)) for home in homes),
                quarantined=sum(len(eraser.records(home, sought)) for home in homes),
            )

    def erase(
        self,
        actor_key: str,
        source_id: str | None = None,
        *,
        on_progress: Observer | None = None,
        on_wait: Waiter | None = None,
    ) -> ErasureReport:
        """Remember a person, and make blank what is held."""
        with self.transaction() as tables:
            erasure = new_erasure(actor_key, source_id, tables.erasures.all, utc_now())
            _remember(tables, [erasure])
            _finish(tables, erasure, done=False)
            homes = [home for home in sorted(tables.homes) if source_id in (None, home)]
            eraser = _Eraser(tables, actor_key, erasure)
            sought = eraser.seek(homes)
            total = sum(len(eraser.rows(home)) for home in homes)
        report = ErasureReport(pseudonym=erasure.pseudonym)
        for home in homes:
            with self.writing(home, on_wait), self.transaction():
                versions = eraser.versions(home)
                report = ErasureReport(
                    pseudonym=report.pseudonym,
                    quarantined=report.quarantined + eraser.erase_records(home, sought),
                    events=report.events + eraser.erase_rows(home),
                    revisions=report.revisions + eraser.erase_versions(versions),
                )
            if on_progress is not None:
                on_progress(report.events, total)
        with self.transaction() as tables:
            _finish(tables, erasure, done=True)
        return report

    def erasures(self) -> list[Erasure]:
        """Give what is remembered, in the order in which it was asked for."""
        with self.transaction() as tables:
            return list(tables.erasures.all)

    def knows_erased(self, actor_key: str) -> bool:
        """Whether a key is remembered, in whatever source."""
        with self.transaction() as tables:
            return bool(tables.erasures.chosen(actor_key, None))

    def load_erasures(self, erasures: Iterable[Erasure]) -> int:
        """Remember what another store did; no row is changed."""
        with self.transaction() as tables:
            return _remember(tables, erasures)

    def lift_erasure(self, actor: str, source_id: str | None = None) -> int:
        """Remember no longer; what is blank stays so until a source gives it again."""
        with self.transaction() as tables:
            chosen = tables.erasures.chosen(actor, source_id)
            tables.erasures = Erasures(item for item in tables.erasures.all if item not in chosen)
            for key, pseudonym in list(tables.scrubbed.items()):
                if tables.erasures.of_pseudonym(pseudonym, key[0]) is None:
                    del tables.scrubbed[key]
            return len(chosen)

    def withhold(self, events: pa.Table) -> pa.Table:
        """Make blank those rows that are of somebody erased, or are held blank."""
        with self.transaction() as tables:
            if not tables.erasures:
                return events
            ids = events.column("event_id").to_pylist()
            held = {key: tables.rows[key]["actor_key"] for key in ids if key in tables.rows}
            return withhold(events, tables.erasures, held)


class _Eraser:
    """One person's text in the tables."""

    def __init__(self, tables: Tables, key: str, erasure: Erasure | None) -> None:
        self._tables = tables
        self._key = key
        self._erasure = erasure
        self._pseudonym = erasure.pseudonym if erasure else None

    def _is_meant(self, row: Row) -> bool:
        return written_by(row["actor"], row["actor_key"], read_email(row["attributes"]), self._key)

    def _is_blank(self, row: Row) -> bool:
        return self._pseudonym is not None and row["actor_key"] == self._pseudonym

    def rows(self, source_id: str) -> list[Row]:
        return [row for row in self._tables.of_source(source_id) if self._is_meant(row)]

    def versions(self, source_id: str) -> list[tuple[str, int]]:
        """Give the places of earlier contents that are the person's, or of the person's events."""
        return [
            (event_id, number)
            for event_id, versions in self._tables.versions.items()
            for number, version in enumerate(versions)
            if version.row["source_id"] == source_id
            and not self._is_blank(version.row)
            and (
                self._is_meant(version.row)
                or self._is_meant(self._tables.rows[event_id])
                or self._is_blank(self._tables.rows[event_id])
            )
        ]

    def seek(self, homes: list[str]) -> Sought:
        rows = [row for home in homes for row in self.rows(home)]
        return Sought(
            self._pseudonym or "", self._key, {row["actor"] for row in rows if row["actor"]}
        )

    def records(self, source_id: str, sought: Sought) -> list[tuple[str, str]]:
        """Give the keys of bad records that name the person, or are of the person's events."""
        found = []
        for key, record in self._tables.quarantine.items():
            if key[0] != source_id or key in self._tables.scrubbed:
                continue
            row = self._tables.rows.get(self._tables.quarantined_ids[key] or "")
            of_event = row is not None and (self._is_meant(row) or self._is_blank(row))
            if of_event or sought.names(record.locator, record.reason, record.raw):
                found.append(key)
        return found

    def erase_records(self, source_id: str, sought: Sought) -> int:
        found = self.records(source_id, sought)
        for key in found:
            record = self._tables.quarantine[key]
            self._tables.scrub(key, record, sought.scrub(record.locator))
        return len(found)

    def erase_rows(self, source_id: str) -> int:
        rows = self.rows(source_id)
        for row in self._blank(rows):
            self._tables.rows[row["event_id"]] = row
        self._tables.touch(source_id, {row["window"] for row in rows})
        return len(rows)

    def erase_versions(self, places: list[tuple[str, int]]) -> int:
        for event_id, number in places:
            version = self._tables.versions[event_id][number]
            (row,) = self._blank([version.row])
            self._tables.versions[event_id][number] = Version(
                row=row, replaced_at=version.replaced_at
            )
        return len(places)

    def _blank(self, rows: list[Row]) -> list[Row]:
        owners = {place: self._erasure for place in range(len(rows)) if self._erasure}
        left: list[Row] = blank(as_table(rows), owners).to_pylist()
        return left


def _who(row: Row) -> str | None:
    who: str | None = row["actor"] if row["actor_key"] is None else row["actor_key"]
    return who


def _remember(tables: Tables, erasures: Iterable[Erasure]) -> int:
    known = {(item.key_hash, item.salt, item.source_id) for item in tables.erasures.all}
    fresh = [item for item in erasures if (item.key_hash, item.salt, item.source_id) not in known]
    tables.erasures = Erasures([*tables.erasures.all, *fresh])
    return len(fresh)


def _finish(tables: Tables, erasure: Erasure, *, done: bool) -> None:
    moment = utc_now() if done else None
    tables.erasures = Erasures(
        replace(item, finished_at=moment)
        if (item.pseudonym, item.source_id) == (erasure.pseudonym, erasure.source_id)
        else item
        for item in tables.erasures.all
    )
