"""What a channel holds, in order of time, and what of it is to be seen."""

from __future__ import annotations

from bisect import bisect_left, insort
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.support.slack.stamps import FIRST, Key, key, key_of, stamp
from tests.support.slack.things import Kind, Message, Note, User

if TYPE_CHECKING:
    from tests.support.slack.workspace import Workspace


class Timeline:
    """A conversation of any kind.

    Attributes:
        kind: as ``types`` of ``conversations.list`` calls it.
        legacy: whether it is a private channel of before 2021, whose id begins with G.
        members: ids of accounts, in the order in which they came.
        messages: all of them by their times, answers too.
        visible_from: what is older is not shown: lost to retention, or hidden by the plan.
        gone: whether it was deleted, and is known to nobody any more.
    """

    def __init__(
        self, workspace: Workspace, *, kind: Kind, name: str, creator: User, legacy: bool = False
    ) -> None:
        self.workspace = workspace
        self.kind: Kind = kind
        self.legacy = legacy
        self.id = workspace.new_id(_letter(kind, legacy=legacy))
        self.name = name
        self.previous_names: list[str] = []
        self.creator = creator.id
        self.created = workspace.moment()
        self.updated = self.created
        self.topic, self.purpose = Note(), Note()
        self.archived = self.general = self.gone = False
        self.members: list[str] = []
        self.messages: dict[str, Message] = {}
        self.visible_from: datetime | None = None
        self._taken: set[str] = set()
        self._next: dict[int, int] = {}
        self._pinned: dict[str, None] = {}
        self._top: list[Key] = []
        self._answers: dict[str, list[Key]] = {}

    @property
    def floor(self) -> Key:
        """The time before which nothing is shown."""
        floors = [FIRST]
        if self.visible_from is not None:
            floors.append(key_of(self.visible_from))
        if (days := self.workspace.plan_days) is not None:
            floors.append(key_of(self.workspace.clock.now() - timedelta(days=days)))
        return max(floors)

    def top(self) -> list[Key]:
        """Give the times of what the channel itself shows, oldest first; also what is hidden."""
        return self._top

    def answers(self, parent: str) -> list[Key]:
        """Give the times of what was answered, oldest first."""
        return self._answers.get(parent, [])

    def hidden(self) -> bool:
        """Say whether there is more than is shown."""
        return bool(self._top) and self._top[0] < self.floor

    def find(self, ts: str) -> Message | None:
        """Give what is shown at exactly that time."""
        found = self.messages.get(ts)
        return None if found is None or key(ts) < self.floor else found

    def pins(self) -> list[Message]:
        """Give what is pinned, in the order in which it was."""
        return [self.messages[ts] for ts in self._pinned]

    def new_ts(self, at: datetime | None = None) -> str:
        """Give a time that no message here has or had: now, or the next millionth that is free."""
        seconds, micros = key_of(at or self.workspace.clock.now())
        return stamp((seconds, max(micros, self._next.get(seconds, 0))))

    def put(self, message: Message) -> Message:
        """Take a message in.

        Raises:
            ValueError: its time is taken.
        """
        if message.ts in self._taken:
            raise ValueError(f"{self.name} has or had a message of {message.ts}")
        self._taken.add(message.ts)
        seconds, micros = key(message.ts)
        self._next[seconds] = max(micros + 1, self._next.get(seconds, 0))
        place = key(message.ts)
        self.messages[message.ts] = message
        if message.thread is not None:
            insort(self._answers.setdefault(message.thread, []), place)
        if message.thread is None or message.broadcast:
            insort(self._top, place)
        return message

    def take(self, message: Message) -> None:
        """Take a message out, leaving no trace."""
        del self.messages[message.ts]
        self._pinned.pop(message.ts, None)
        place = key(message.ts)
        lists = [self._top]
        if message.thread is not None:
            lists.append(self._answers[message.thread])
        for one in lists:
            at = bisect_left(one, place)
            if one[at : at + 1] == [place]:
                del one[at]
        if message.thread is not None and not self._answers[message.thread]:
            del self._answers[message.thread]


def _letter(kind: Kind, *, legacy: bool) -> str:
    if kind == "im":
        return "D"
    return "G" if legacy or kind == "mpim" else "C"
