"""What may happen in a workspace, deed by deed: small, told in full by a failure, shrinkable."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Final

from hypothesis import strategies as st

from tests.support.slack.channel import Channel
from tests.support.slack.stamps import key
from tests.support.slack.things import Message, User
from tests.support.slack.workspace import Workspace

WAITS: Final = (0, 0, 1, 40, 4_000, 90_000, 2_000_000)
"""Seconds that pass before a deed."""


@dataclass(frozen=True)
class Deed:
    """One thing that happens.

    Attributes:
        name: of the method of :class:`Life` that does it.
        wait: seconds that pass before.
        where: which of the channels, counted from the first.
        what: which of its messages, accounts or files, messages counted from the newest.
        who: which of the people.
    """

    name: str
    wait: int = 0
    where: int = 0
    what: int = 0
    who: int = 0


class Life:
    """Does deeds; one for which there is nothing to do it to does nothing."""

    def __init__(self, workspace: Workspace, reader: User) -> None:
        self.workspace = workspace
        self.reader = reader
        self.people = [workspace.user(name) for name in ("ada", "ben", "cy")]
        self.app = workspace.app("deployer")
        self.integration = workspace.integration("builds")
        self._names = count(1)
        self.channels = [
            workspace.channel("general", *self.people, reader),
            workspace.private_channel("closed", *self.people, reader),
        ]

    def live(self, deeds: Iterable[Deed]) -> None:
        """Do one after the other."""
        for deed in deeds:
            self.do(deed)

    def do(self, deed: Deed) -> None:
        """Let time pass and the deed happen."""
        self.workspace.clock.move(seconds=deed.wait)
        act: Callable[[Channel, Deed], object] = getattr(self, deed.name)
        channel = self.channels[deed.where % len(self.channels)]
        if channel.archived and deed.name not in {"turn", "open", "delete"}:
            return
        act(channel, deed)

    def _who(self, deed: Deed) -> User:
        return self.people[deed.who % len(self.people)]

    def _message(
        self, channel: Channel, deed: Deed, fits: Callable[[Message], bool] = lambda _: True
    ) -> Message | None:
        found = [one for one in channel.messages.values() if not one.tombstone and fits(one)]
        found.sort(key=lambda one: key(one.ts), reverse=True)
        return found[deed.what % len(found)] if found else None

    def say(self, channel: Channel, deed: Deed) -> None:
        channel.say(f"Word {next(self._names)} :eyes:", user=self._who(deed))

    def reply(self, channel: Channel, deed: Deed, *, broadcast: bool = False) -> None:
        parent = self._message(channel, deed, _is_parent)
        if parent is not None:
            text = f"Answer {next(self._names)}"
            channel.reply(parent, text, user=self._who(deed), broadcast=broadcast)

    def broadcast(self, channel: Channel, deed: Deed) -> None:
        self.reply(channel, deed, broadcast=True)

    def edit(self, channel: Channel, deed: Deed) -> None:
        message = self._message(channel, deed, lambda one: one.client_id is not None)
        if message is not None:
            channel.edit(message, f"Edited {next(self._names)}")

    def delete(self, channel: Channel, deed: Deed) -> None:
        if message := self._message(channel, deed):
            channel.delete(message)

    def react(self, channel: Channel, deed: Deed) -> None:
        message, who = self._message(channel, deed), self._who(deed)
        if message is None:
            return
        if who.id in message.reactions.get("tada", []):
            channel.unreact(message, "tada", who)
        else:
            channel.react(message, "tada", who)

    def pin(self, channel: Channel, deed: Deed) -> None:
        if message := self._message(channel, deed):
            channel.pin(message, by=self._who(deed))

    def share(self, channel: Channel, deed: Deed) -> None:
        who = self._who(deed)
        file = self.workspace.file(f"file-{next(self._names)}.txt", user=who)
        channel.say("", user=who, files=[file])

    def erase(self, _: Channel, deed: Deed) -> None:
        if files := list(self.workspace.files.values()):
            self.workspace.delete_file(files[deed.what % len(files)])

    def build(self, channel: Channel, deed: Deed) -> None:
        channel.integrate(f"Built {next(self._names)}", bot=self.integration)
        if deed.what % 2:
            channel.say(f"Deployed {next(self._names)}", user=self.app)

    def come(self, channel: Channel, deed: Deed) -> None:
        who = self._who(deed)
        if who.id in channel.members:
            channel.leave(who)
        else:
            channel.join(who)

    def retitle(self, channel: Channel, deed: Deed) -> None:
        change = channel.set_purpose if deed.what % 2 else channel.set_topic
        change(f"Topic {next(self._names)}", by=self._who(deed))

    def rename(self, channel: Channel, deed: Deed) -> None:
        channel.rename(f"name-{next(self._names)}", by=self._who(deed))

    def turn(self, channel: Channel, deed: Deed) -> None:
        change = channel.unarchive if channel.archived else channel.archive
        change(by=self._who(deed))

    def open(self, _: Channel, deed: Deed) -> None:
        name = f"channel-{next(self._names)}"
        made = self.workspace.channel(name, self._who(deed), self.reader)
        self.channels.append(made)

    def call(self, _: Channel, deed: Deed) -> None:
        name = f"Name {next(self._names)}"
        self.workspace.change_user(self._who(deed), display_name=name)


def _is_parent(message: Message) -> bool:
    return message.thread is None and message.subtype is None


DEEDS: Final = (
    *("say", "say", "reply", "reply", "edit", "delete", "broadcast", "react", "share"),
    *("pin", "erase", "build", "come", "retitle", "rename", "turn", "open", "call"),
)


def deeds(most: int = 40) -> st.SearchStrategy[list[Deed]]:
    """Give up to so many deeds, at random."""
    small = st.integers(0, 5)
    deed = st.builds(
        Deed,
        name=st.sampled_from(DEEDS),
        wait=st.sampled_from(WAITS),
        where=small,
        what=small,
        who=small,
    )
    return st.lists(deed, max_size=most)
