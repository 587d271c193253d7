"""What is remembered of deliveries, for one that comes later may tell of an earlier state."""

from collections.abc import Iterable
from typing import Final

from sources.event import EpisodicEvent
from sources.github.cursor import Position
from sources.github.events.withdrawals import STAR, TAG

LIMIT: Final = 300
"""How many things of each sort are remembered: every cursor carries them."""


class Memory:
    """What was deleted for good, how new what was given is, and what nothing tells again.

    Of the last there are the tags, as many as the repositories have, and the stars and the answers
    that were given last. Once one of them is forgotten, nobody knows any more what is taken back.

    Args:
        position: where it is kept, so that it outlasts a pass.
    """

    def __init__(self, position: Position) -> None:
        self._gone = position.gone
        self._newest = position.newest
        self._known = position.known

    @property
    def known(self) -> dict[str, str]:
        """Where tags lead to, when stars were given and answers chosen; may be added to."""
        return self._known

    def forget(self) -> None:
        """Forget the stars and the answers that were given before the last ones."""
        for starred in (True, False):
            times = {
                key: time
                for key, time in self._known.items()
                if not key.startswith(TAG) and key.startswith(STAR) is starred
            }
            for key in sorted(times, key=lambda one: (times[one], one))[:-LIMIT]:
                del self._known[key]

    def bury(self, event_ids: Iterable[str]) -> None:
        """Remember events that will not come back."""
        self._gone += [one for one in event_ids if one not in self._gone]
        del self._gone[:-LIMIT]

    def admits(self, event: EpisodicEvent, changed: str | None) -> bool:
        """Whether an event is news: not deleted, and no earlier state of what was given.

        Args:
            event: any.
            changed: when the issue, pull request or discussion was last changed that it was made
                of, as the service writes times in UTC; ``None``: not known.
        """
        if event.event_id in self._gone:
            return False
        if changed is None or not event.kind.endswith(".opened"):
            return True
        newest = max(changed, self._newest.get(event.event_id, ""))
        self._newest[event.event_id] = newest
        if len(self._newest) > LIMIT:
            del self._newest[min(self._newest, key=lambda one: (self._newest[one], one))]
        return changed == newest
