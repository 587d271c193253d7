"""One open range of the history, given to its end in steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Any, Final

from sources.batch import EventBatch, QuarantineRecord
from sources.cursors import invalid_cursor
from sources.event import event_id
from sources.filesystem.command import GitFailedError
from sources.filesystem.coverage import partial_months
from sources.filesystem.cursor import SAMPLE, OpenRange, Position
from sources.filesystem.events import COMMIT, events_table
from sources.filesystem.gone import read_gone
from sources.filesystem.log import CommitIds, Reading, Walk
from sources.filesystem.moves import find_moves, find_tag_moves
from sources.filesystem.reader import Reader
from sources.filesystem.refs import Refs
from sources.filesystem.tags import tag_id

_RETRACTED: Final = 5
"""So many more ids than events make a batch: they are short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A piece of a range before it is a batch.

    Attributes:
        position: where the range stands after it.
        rows: of the event table.
        retracted: ids of events withdrawn.
        quarantined: commits that could not be read.
        lacking: months of the commits that could not be read whole.
        last: of its sort; so it may share a batch with what follows.
    """

    position: Position
    rows: Sequence[Mapping[str, Any]] = ()
    retracted: Sequence[str] = ()
    quarantined: Sequence[QuarantineRecord] = ()
    lacking: frozenset[str] = frozenset()
    last: bool = True

    def joined(self, other: "Step") -> "Step":
        """This step and the one after it, as one."""
        return Step(
            position=other.position,
            rows=[*self.rows, *other.rows],
            retracted=[*self.retracted, *other.retracted],
            quarantined=[*self.quarantined, *other.quarantined],
            lacking=self.lacking | other.lacking,
            last=other.last,
        )


@dataclass(slots=True, kw_only=True)
class Range:
    """The commits from base tips to target tips, and what came of refs in the meantime.

    Attributes:
        reader: reads.
        position: where the range stands, moving on with each step; its range must be open.
        refs: the present ones.
        tags: object by name, those that are to be events.
        lacking: once closed, the months of the commits that could not be read whole.
    """

    reader: Reader
    position: Position
    refs: Refs
    tags: Mapping[str, str]
    lacking: Sequence[str] = ()
    _ids: CommitIds = field(init=False)
    _gone: CommitIds = field(init=False)

    def batches(self) -> Iterator[tuple[EventBatch, bool]]:
        """Give the rest of the range; the flag says which batch closes it.

        Raises:
            CursorInvalidError: the range cannot be walked as before.
            GitFailedError: the repository cannot be read.
        """
        with TemporaryFile() as new, TemporaryFile() as old:
            self._ids, self._gone = CommitIds(new), CommitIds(old)
            self._walk()
            held: Step | None = None
            for step in self._steps():
                if held is None:
                    held = step
                elif held.last:
                    held = held.joined(step)
                else:
                    yield self._batch(held), False
                    held = step
            if held is not None:
                yield self._batch(held), True

    @property
    def _open(self) -> OpenRange:
        if self.position.open is None:
            raise ValueError("the range is closed")
        return self.position.open

    def _walk(self) -> None:
        """List the commits of the range, and those that no followed branch reaches any more."""
        reader, opened = self.reader, self._open
        old, new = list(self.position.refs.values()), list(opened.refs.values())
        out, paths = self.position.boundary, reader.config.pathspecs
        try:
            self._ids.read(reader.git, Walk(tips=new, base=[*old, *out], pathspecs=paths))
            read_gone(reader.git, Walk(tips=old, base=[*new, *out], pathspecs=paths), self._gone)
        except GitFailedError as error:
            if old and error.status > 0:
                reason = f"the history up to the cursor is incomplete: {error}"
                raise invalid_cursor(reader.source_id, reason) from error
            raise
        if opened.done > len(self._ids) or (
            opened.done and self._ids.slice(opened.done - 1, 1) != [opened.last]
        ):
            raise invalid_cursor(reader.source_id, "the range under way has another order now")

    def _steps(self) -> Iterator[Step]:
        yield from self._observations()
        yield from self._commits()
        yield from self._retractions()
        yield from self._new_tags()
        self.lacking = self._open.lacking
        closed = {"refs": self._open.refs, "open": None}
        self.position = self.position.model_copy(update=closed)
        yield Step(position=self.position)

    def _advance(self, **update: Any) -> None:
        opened = self._open.model_copy(update=update)
        self.position = self.position.model_copy(update={"open": opened})

    def _commits(self) -> Iterator[Step]:
        for readings in self.reader.chunks(self._ids, self._open.done):
            lacking = self.reader.lacking(readings)
            self._advance(
                done=self._open.done + len(readings),
                last=readings[-1].sha,
                lacking=sorted(lacking.union(self._open.lacking)),
            )
            self._remember(readings)
            yield Step(
                position=self.position,
                rows=self.reader.rows(readings, self.refs.scope),
                quarantined=self.reader.missing(readings),
                lacking=lacking,
                last=self._open.done == len(self._ids),
            )

    def _remember(self, readings: Sequence[Reading]) -> None:
        """Keep a few of the commits that could not be read whole, to see when that is mended."""
        shas = [*self.position.lacking, *(one.sha for one in readings if not one.counted)]
        if shas:
            self.position = self.position.model_copy(update={"lacking": shas[:SAMPLE]})

    def _retractions(self) -> Iterator[Step]:
        while self._open.gone < len(self._gone):
            shas = self._gone.slice(self._open.gone, _RETRACTED * self.reader.size)
            self._advance(gone=self._open.gone + len(shas))
            kept = [sha for sha in self.position.lacking if sha not in shas]
            self.position = self.position.model_copy(update={"lacking": kept})
            yield Step(
                position=self.position,
                retracted=[event_id(self.reader.source_id, COMMIT, sha) for sha in shas],
                last=self._open.gone == len(self._gone),
            )

    def _observations(self) -> Iterator[Step]:
        """Give first what no later reading can: it would be lost if one from nothing came next."""
        if not self._open.observed:
            followed = (self.position.refs, self._open.refs)
            moves = find_moves(self.reader.git, self.reader.source_id, followed, self.refs.known)
            self._advance(observed=True)
            yield Step(position=self.position, rows=moves)
        yield from self._moved_tags()

    def _moved_tags(self) -> Iterator[Step]:
        """A tag that was moved or deleted takes its old event back."""
        source_id, before = self.reader.source_id, self.position.tags
        stale = {name: sha for name, sha in before.items() if self.tags.get(name) != sha}
        if stale:
            kept = {name: sha for name, sha in before.items() if name not in stale}
            self.position = self.position.model_copy(update={"tags": kept})
            yield Step(
                position=self.position,
                rows=find_tag_moves(source_id, before, self.tags),
                retracted=[tag_id(source_id, name, sha) for name, sha in stale.items()],
            )

    def _new_tags(self) -> Iterator[Step]:
        fresh = sorted(self.tags.items() - self.position.tags.items())
        size = self.reader.size
        for start in range(0, len(fresh), size):
            piece = fresh[start : start + size]
            known = self.position.tags | dict(piece)
            self.position = self.position.model_copy(update={"tags": known})
            yield Step(
                position=self.position,
                rows=self.reader.tag_rows(piece),
                last=start + size >= len(fresh),
            )

    def _batch(self, step: Step) -> EventBatch:
        opened, tags = step.position.open, step.position.tags
        remaining = 0
        if opened is not None:
            remaining = len(self._ids) - opened.done + len(self.tags.items() - tags.items())
        return EventBatch(
            events=events_table(step.rows),
            cursor=step.position.to_cursor(),
            retracted=step.retracted,
            quarantined=step.quarantined,
            coverage=partial_months(step.lacking),
            remaining=remaining,
        )
