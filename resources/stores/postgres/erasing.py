"""Erasing a person's text, as the PostgreSQL store offers it."""

from collections.abc import Iterable
from contextlib import closing

from resources.sql import statement
from resources.stores.erasing import ActorFound, Erasure, ErasureReport, Observer, Waiter
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.erased import erasure_names, insert_erasure, read_erasures
from resources.stores.postgres.eraser import Eraser
from resources.stores.postgres.reading import PostgresReading


class PostgresErasing(PostgresReading):
    """The part of the PostgreSQL store that forgets a person's text."""

    def find_actors(self, name: str, source_id: str | None = None) -> list[ActorFound]:
        """Give the keys that ``name`` is, or is shown for; most events first."""
        rows = self.database.fetch("find_actors", wanted=name, source_id=source_id)
        return [
            ActorFound(actor_key=key, names=tuple(names), sources=tuple(sources), events=events)
            for key, names, sources, events in rows
        ]

    def count_erasable(self, actor_key: str, source_id: str | None = None) -> ErasureReport:
        """Say what :meth:`erase` would make blank; changes nothing."""
        with closing(Eraser(self.database, actor_key, source_id)) as eraser:
            return eraser.count()

    def erase(
        self,
        actor_key: str,
        source_id: str | None = None,
        *,
        on_progress: Observer | None = None,
        on_wait: Waiter | None = None,
    ) -> ErasureReport:
        """Remember a person, and make blank what is held."""
        with closing(Eraser(self.database, actor_key, source_id)) as eraser:
            return eraser.run(on_progress, on_wait)

    def erasures(self) -> list[Erasure]:
        """Give what is remembered, in the order in which it was asked for."""
        return list(self.database.transact(read_erasures).all)

    def knows_erased(self, actor_key: str) -> bool:
        """Whether a key is remembered, in whatever source."""
        return bool(self.database.transact(read_erasures).chosen(actor_key, None))

    def load_erasures(self, erasures: Iterable[Erasure]) -> int:
        """Remember what another store did; no row is changed."""

        def load(cursor: Cursor) -> int:
            cursor.execute(statement("hold_erasures"))
            return sum(insert_erasure(cursor, item) for item in erasures)

        return self.database.transact(load)

    def lift_erasure(self, actor: str, source_id: str | None = None) -> int:
        """Remember no longer; what is blank stays so until a source gives it again."""

        def lift(cursor: Cursor) -> int:
            cursor.execute(statement("hold_erasures"))
            chosen = read_erasures(cursor).chosen(actor, source_id)
            for item in chosen:
                cursor.execute(statement("forget_erasure"), erasure_names(item))
            cursor.execute(statement("free_quarantine"))
            return len(chosen)

        return self.database.transact(lift)

    def clear_erased(self) -> None:
        """Have PostgreSQL clear what erasing left behind in its tables and statistics.

        Until then the old rows lie in its files, where no query finds them. A snapshot that is
        older, such as a backup under way, keeps them there.
        """
        with self.database.cursor() as cursor:
            cursor.execute(statement("vacuum_erased"))
