"""The way through exports: newest first, conversation by conversation, day by day."""

import logging
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sources.batch import CompleteScope, EventBatch, QuarantineRecord
from sources.slack.export.archive import DamagedError, Member
from sources.slack.export.changes import has_notes
from sources.slack.export.claims import cover, make_claims
from sources.slack.export.cursor import Known, Place, Position
from sources.slack.export.days import read_list
from sources.slack.export.layout import Listed
from sources.slack.export.names import part_team
from sources.slack.export.pile import Pile
from sources.slack.export.reader import DayReader, Reader
from sources.slack.export.registering import find_head, find_pending, register
from sources.slack.export.shelf import Shelf
from sources.slack.export.spans import Stretch, may_precede, within_day
from sources.slack.export.telling import Telling
from sources.slack.export.unread import Unread
from sources.slack.lifecycle import call_channel, created
from sources.slack.names import Channel, Names

logger = logging.getLogger(__name__)

REMEMBERED: Final = 1_000
"""Deletions that are kept for an older export, at most: every cursor carries them."""


def read_exports(
    reader: Reader, paths: Sequence[Path], position: Position, *, whole: bool = True
) -> Generator[EventBatch, None, None]:
    """Give what is new in the exports; the cursor of each batch holds once it is stored.

    Args:
        reader: what they are read with.
        paths: of zips and folders.
        position: where to go on; it moves along.
        whole: false where only a span is asked for, whose batches have no cursor.

    Raises:
        CursorInvalidError: what was read has to be read again.
        ConfigError: one is no export, or cannot be read.
        UnavailableError: one is not complete yet.
    """
    before = position.to_cursor()
    with closing(Shelf(reader.source_id)) as shelf:
        register(shelf, paths, position, reader.source_id)
        yield from _Pass(reader, shelf, position, whole=whole).read(before)


class _Pass:
    """One way through all exports that have something to give."""

    def __init__(self, reader: Reader, shelf: Shelf, position: Position, *, whole: bool) -> None:
        self._reader = reader
        self._shelf = shelf
        self._position = position
        self._telling = Telling(shelf, position)
        self._keys: set[str] = set()
        self._looked_at: set[str] = set()
        self._gone: dict[str, set[int]] = {}
        self._head: Known | None = None
        self._newest = Listed()
        self._names = Names()
        pending = list(find_pending(position))
        total = sum(
            known.size
            for index, known in enumerate(pending)
            if not any(newer.meets(known) for newer in pending[:index])
        )
        self._pile = Pile(position, size=reader.batch, whole=whole, total=total)

    def read(self, before: dict[str, Any]) -> Generator[EventBatch, None, None]:
        """Give what there is to give, and at the end of a pass from nothing what it shows."""
        position, pending = self._position, list(find_pending(self._position))
        if position.exports and (position.full or pending):
            self._head = find_head(position)
            self._newest = self._shelf.listed(self._head)
            for known in pending:
                yield from self._read_export(known)
            yield self._end()
        elif position.to_cursor() != before:
            yield self._pile.batch()

    def _end(self) -> EventBatch:
        """Give the rest, and say what is held now; a pass from nothing also what is gone."""
        position = self._position
        claims = self._claim() if position.full else []
        position.full, position.doubtful, position.unread = False, [], []
        coverage = tuple(cover(position, self._reader.limits))
        return self._pile.batch(complete=claims, coverage=coverage)

    def _claim(self) -> list[CompleteScope]:
        limits = self._reader.limits
        for known in self._position.exports:
            if known.digest not in self._looked_at:
                self._look_at(known)
        return [
            claim
            for key in sorted(self._keys)
            for claim in make_claims(
                key, self._telling.certain(key), limits, threads=self._reader.threads
            )
        ]

    def _look_at(self, known: Known) -> dict[str, Channel]:
        """Give an export's folders that are asked for, and the conversations they are of."""
        listed, archive = self._shelf.listed(known), self._shelf.archive(known)
        names = self._gather_names(known)
        self._looked_at.add(known.digest)
        found = {}
        for folder in sorted(archive.days):
            key = listed.key(folder)
            told = self._newest.conversations.get(key) or listed.conversations.get(key)
            if told is None:
                logger.warning("%s: no list has %s", self._reader.source_id, folder)
                told = {"id": key, "name": part_team(folder)[1]}
            if self._reader.chosen(told):
                found[folder] = call_channel(told, names)
                self._keys.add(key)
        return found

    def _gather_names(self, known: Known) -> Names:
        """Give the names that the newest export has, and those that only this one has."""
        listed = self._shelf.listed(known)
        people, newest = listed.people, self._newest.people
        return Names(
            users={**people.users, **newest.users},
            channels={**listed.names(), **self._newest.names()},
            bots=people.bots | newest.bots,
        )

    def _read_export(self, known: Known) -> Generator[EventBatch, None, None]:
        """Give what one export has to give, from where it was left."""
        archive = self._shelf.archive(known)
        logger.info(
            "%s: reading %s; %d other files in it are left alone",
            self._reader.source_id,
            known.path,
            archive.ignored,
        )
        self._names = self._gather_names(known)
        place = self._position.at or Place(digest=known.digest)
        folders = self._look_at(known)
        if not place.folder:
            yield from self._read_beginnings(known, place)
        for folder, channel in folders.items():
            if folder >= place.folder:
                yield from self._read_folder(known, folder, channel)
        self._position.at = None
        for item in self._position.exports:
            item.done = item.done or item.digest == known.digest

    def _read_beginnings(self, known: Known, at: Place) -> Generator[EventBatch, None, None]:
        """Give when each conversation was opened; what the newest export lists, it gives itself."""
        listed = self._shelf.listed(known)
        newest = self._head is not None and known.digest == self._head.digest
        given = {} if newest else self._newest.conversations
        for index, (key, record) in enumerate(sorted(listed.conversations.items())):
            if index < at.index or key in given or not self._reader.chosen(record):
                continue
            made = created(
                call_channel(record, self._names), record, self._names, self._reader.shape
            )
            if made is not None and self._reader.limits.hold(made.occurred_at):
                self._pile.add(made)
            if self._pile.full:
                self._position.at = at.model_copy(update={"index": index + 1})
                yield self._pile.batch()

    def _read_folder(
        self, known: Known, folder: str, channel: Channel
    ) -> Generator[EventBatch, None, None]:
        place = self._position.at
        begin = place if place is not None and place.folder == folder else None
        newer = self._telling.newer(known, channel.id)
        gone = self._gone.setdefault(channel.id, self._position.gone_of(channel.id))
        unread = Unread(self._position, channel.id)
        edges: dict[str, Stretch | None] = {}
        days = dict(self._shelf.archive(known).days[folder])
        for day, member in days.items():
            at = Place(digest=known.digest, folder=folder, day=day)
            if begin is not None and day == begin.day:
                at = begin
            begun = at is begin  # then what was awaited of it may have been given
            asked = not within_day(newer, day) or unread.reaches(day) or begun
            asked = asked and self._may_tell(known, day, member)
            if asked and (begin is None or day >= begin.day):
                reading = DayReader(
                    self._reader, channel, self._names, newer, gone, unread, day=day
                )
                yield from self._read_day(known, at, member, reading)
                edges[day] = reading.edge
                self._remember(channel.id, reading.stones, min(days))
            self._pile.passed(member.size)
        if len(edges) == len(days):
            self._telling.note(known, folder, edges)

    def _remember(self, key: str, stones: Iterable[int], first: str) -> None:
        """Keep what was deleted and may be told by an older export, which is read later."""
        if early := {time for time in stones if may_precede(time, first)}:
            new = sorted(early - self._position.gone_of(key))
            self._position.gone += [f"{key}/{time}" for time in new]
            del self._position.gone[:-REMEMBERED]

    def _may_tell(self, known: Known, day: str, member: Member) -> bool:
        """Whether a day's file may have what is asked for, or notes of it if it is a later one."""
        limits = self._reader.limits
        later = limits.end_before(day)
        return has_notes(self._shelf.archive(known), member) if later else limits.may_have(day)

    def _read_day(
        self, known: Known, at: Place, member: Member, reading: DayReader
    ) -> Generator[EventBatch, None, None]:
        """Give a day's messages, or word in quarantine that its file is damaged."""
        try:
            archive = self._shelf.archive(known)
            for index, record in enumerate(read_list(archive, member, reading.looks())):
                wanted = reading.note(index, record)
                if index >= at.index:
                    sure = wanted and reading.is_spare(index)
                    self._take(reading.make(index, record) if wanted else None, at, sure=sure)
                    for _ in range(
                        self._pile.withdraw(reading.withdrawn(record) if wanted else ())
                    ):
                        self._reader.skip()
                if self._pile.full:
                    self._position.at = at.model_copy(update={"index": index + 1})
                    yield self._pile.batch()
        except DamagedError as error:
            reason = f"{member.name} in {known.path} is damaged: {error}"
            self._pile.add(QuarantineRecord(locator=reading.locator, reason=reason))
            mark(self._position.bad, at)

    def _take(self, made: Any, at: Place, *, sure: bool) -> None:
        if made is None:
            self._reader.skip()
            return
        self._pile.add(made)
        unnamed = isinstance(made, QuarantineRecord) and made.event_id is None
        if unnamed and not sure and self._position.full:
            mark(self._position.doubtful, at)


def mark(marks: list[str], at: Place) -> None:
    """Note a day of which not everything can be said."""
    name = f"{at.digest}/{at.folder}/{at.day}"
    if name not in marks:
        marks.append(name)
