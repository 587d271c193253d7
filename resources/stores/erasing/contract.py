"""What every store promises about erasing, and what it says of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

Observer = Callable[[int, int], None]
"""Told how many of how many rows are blank."""

Waiter = Callable[[str], None]
"""Told, again and again, who is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One person whose text is kept out.

    The key itself is not kept: a hash recognises it, with a salt that stands beside it. Who has
    the store can try guesses; who has not learns nothing of the person from a backup's text.

    Attributes:
        pseudonym: what stands in the rows in the key's place; made by chance, not from the key.
        source_id: in which source; ``None``: in all there are and will be.
        salt: what the key is hashed with.
        key_hash: the hash.
        erased_at: when it was asked for, UTC.
        finished_at: when everything held was blank, UTC; ``None``: it was interrupted.
    """

    pseudonym: str
    source_id: str | None
    salt: bytes
    key_hash: bytes
    erased_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorFound:
    """A key that a name may mean.

    Attributes:
        actor_key: the key; of who has none the name, as written.
        names: the names shown with it, sorted.
        sources: ids of the sources that hold events of it, sorted.
        events: how many events, withdrawn ones too.
    """

    actor_key: str
    names: tuple[str, ...]
    sources: tuple[str, ...]
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What was made blank, or would be.

    Attributes:
        pseudonym: what stands in the rows now; empty where nothing was erased yet.
        events: events, withdrawn ones too.
        revisions: earlier contents of events.
        quarantined: records in quarantine that named the person.
    """

    pseudonym: str = ""
    events: int = 0
    revisions: int = 0
    quarantined: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.events + self.revisions + self.quarantined


class ErasingStore(ABC):
    """The part of a store that forgets a person's text, and goes on forgetting it.

    A row is a person's where its ``actor_key`` is the key, letter by letter; where there is no key,
    its ``actor``; and a commit also where its ``author_email`` as written is. What is left of such
    a row is what counts need: identity, kind, times, numbers, outcome, and a pseudonym.
    """

    @abstractmethod
    def find_actors(self, name: str, source_id: str | None = None) -> list[ActorFound]:
        """Give the keys that ``name`` is, or is shown for, most events first.

        Args:
            name: a key, or a name to show, in any case of letters.
            source_id: in one source only.
        """

    @abstractmethod
    def count_erasable(self, actor_key: str, source_id: str | None = None) -> ErasureReport:
        """Say what :meth:`erase` would make blank; changes nothing."""

    @abstractmethod
    def erase(
        self,
        actor_key: str,
        source_id: str | None = None,
        *,
        on_progress: Observer | None = None,
        on_wait: Waiter | None = None,
    ) -> ErasureReport:
        """Remember a person, and make blank what is held: rows, earlier contents, bad records.

        From the first moment on nothing new comes in, whoever writes. Then it goes through the
        sources one by one, each under its lock, in bounded transactions that mark the windows for
        their consumers. Interrupted, the same call goes on where it stopped.

        Args:
            actor_key: the key, letter by letter.
            source_id: only in this source; ``None``: in all there are and will be.
            on_progress: told how far it is.
            on_wait: told for whom it waits, where a source is being written.

        Raises:
            BusyError: a source is being written, and there is no ``on_wait``.
            ConfigError: the key is empty, or a pseudonym.
        """

    @abstractmethod
    def erasures(self) -> list[Erasure]:
        """Give what is remembered, in the order in which it was asked for."""

    @abstractmethod
    def knows_erased(self, actor_key: str) -> bool:
        """Whether a key is remembered, in whatever source."""

    @abstractmethod
    def load_erasures(self, erasures: Iterable[Erasure]) -> int:
        """Remember what another store did, as for ``daybook restore``; no row is changed.

        Returns:
            How many were not remembered before.
        """

    @abstractmethod
    def lift_erasure(self, actor: str, source_id: str | None = None) -> int:
        """Remember no longer; what is blank stays so until a source gives it again.

        Args:
            actor: the key, letter by letter, or the pseudonym.
            source_id: only what was asked for this source; ``None``: all of it.

        Returns:
            How many erasures were lifted.
        """
