"""A source whose history and settings keep changing, and what must be true of it at any moment.

The repository has two histories that share their beginning, and ``main`` goes from one to the
other as by a force-push. A switch of the mailmap gives every commit another author, and a source
that is forgotten has to be read from nothing.
"""

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.config import SourceSpec
from pipelines.loading import load_settings
from pipelines.sync import probe_source, sync_source
from resources.opening import open_lake
from resources.stores.base import STORED_SCHEMA, EpisodicStore
from resources.stores.lake import Lake
from resources.stores.memory import MemoryStore
from tests.support.events import comparable
from tests.support.places import Place
from tests.support.repositories import Repository
from tests.support.source_reading import batches_from

SOURCE = "history"
MOVED = "git.ref.moved"
"""Observations have the time of observing: no two readings give the same."""
_SIDES = {"left": "right", "right": "left"}


@dataclass
class ShiftingSource:
    """The source in a place, as it is now.

    Attributes:
        place: where ``daybook`` reads it.
        repository: of :func:`tests.support.histories.forked_history`.
        dice: choose what happens next.
        side: where ``main`` is.
        mailmap: whether the authors have their other name.
        unseen: how often everything had to be read anew before ``main``'s last move was read;
            that reading cannot observe it.
    """

    place: Place
    repository: Repository
    dice: Random
    side: str = "left"
    mailmap: bool = True
    unseen: int = 0
    _truths: dict[tuple[str, bool], dict[str, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the first history on ``main``."""
        names = "Augusta <augusta@example.org> Ada <ada@example.org>\n"
        (self.repository.path / ".mailmap").write_text(names)
        self.settle()

    @property
    def entry(self) -> dict[str, Any]:
        """Its part of the configuration."""
        config = {"root_dir": str(self.repository.path), "mailmap": self.mailmap}
        return {"id": SOURCE, "type": "filesystem", "config": config}

    @property
    def spec(self) -> SourceSpec:
        """The source as it is configured now."""
        (spec,) = load_settings(self.place.environ(), self.place.folder).sources
        return spec

    @property
    def lake(self) -> Lake:
        """The place's lake."""
        return open_lake(load_settings(self.place.environ(), self.place.folder).lake_url)

    # Changing it --------------------------------------------------------------------------

    def settle(self, side: str = "left", *, mailmap: bool = True) -> None:
        """Bring history and settings to a given state."""
        self.side, self.mailmap = side, mailmap
        self.repository.git("update-ref", "refs/heads/main", f"refs/heads/{side}")
        self.place.write_sources(self.entry)

    def change(self, store: EpisodicStore) -> str:
        """Give the next sync work; says what was done."""
        what = self.dice.choice(("force-push", "force-push", "settings", "removal"))
        match what:
            case "force-push":
                self.settle(_SIDES[self.side], mailmap=self.mailmap)
            case "settings":
                row = store.state(SOURCE)
                if row is None or asyncio.run(probe_source(self.spec, row.cursor)).new:
                    self.unseen += 1
                self.settle(self.side, mailmap=not self.mailmap)
            case _:
                store.remove_source(SOURCE)
        return what

    # What must be true --------------------------------------------------------------------

    def truth(self) -> dict[str, bytes]:
        """Give the digest by id of every event that an undisturbed sync would store now."""
        state = (self.side, self.mailmap)
        if state not in self._truths:
            store = MemoryStore()
            asyncio.run(sync_source(store, self.spec))
            self._truths[state] = _digests(store.get_events_table())
        return self._truths[state]

    def check(self, store: EpisodicStore) -> None:
        """See that nothing is lost: what is stored and what is still to come are everything."""
        held, spec, row = _digests(store.get_events_table()), self.spec, store.state(SOURCE)
        known = row is not None and row.fingerprint == spec.fingerprint
        cursor = row.cursor if row is not None and known else None
        for batch in batches_from(spec, cursor):
            held |= _digests(batch.events)
            for name in batch.retracted:
                held.pop(name, None)
        if cursor is None or (row is not None and row.pass_id is not None):
            # A full pass withdraws at its end what it has not met.
            held = {name: held[name] for name in held.keys() & self.truth().keys()}
        assert held == self.truth()
        self._check_moves(store)

    def _check_moves(self, store: EpisodicStore) -> None:
        """Each force-push is observed once: every observation begins where the last ended."""
        moves = [event.attributes for event in store.get_events(kind=MOVED)]
        gaps = sum(before["new"] != after["old"] for before, after in pairwise(moves))
        assert gaps <= self.unseen, moves

    def check_lake(self, store: EpisodicStore) -> None:
        """See that every file can be read, and is its window unless that waits for the lake."""
        lake = self.lake
        for file in lake.files(SOURCE):
            table = pq.read_table(file.path)
            assert table.num_rows == file.rows
            assert table.schema.names == STORED_SCHEMA.names
        assert lake.verify(store, SOURCE) == []


def stored_rows(store: EpisodicStore) -> list[dict[str, Any]]:
    """The live rows of a store, but for observations and the time of storing."""
    return comparable(_lasting(store.get_events_table()))


def lake_rows(lake: Lake) -> list[dict[str, Any]]:
    """The rows of all files of a lake, but for observations and the time of storing."""
    tables = [pq.read_table(file.path) for file in lake.files()]
    return comparable(_lasting(pa.concat_tables(tables)))


def _lasting(table: pa.Table) -> pa.Table:
    return table.filter(pc.field("kind") != MOVED)


def _digests(table: pa.Table) -> dict[str, bytes]:
    rows = _lasting(table).select(["event_id", "digest"]).to_pydict()
    return dict(zip(rows["event_id"], rows["digest"], strict=True))
