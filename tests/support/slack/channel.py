"""What becomes of a channel: its members, its name, its end."""

from __future__ import annotations

from datetime import datetime

from tests.support.slack.talk import Talk
from tests.support.slack.things import Message, Note, User


class Channel(Talk):
    """A conversation with all that can happen to it; most of it Slack notes in the channel."""

    def _subtype(self, word: str) -> str:
        return f"{'group' if self.legacy else 'channel'}_{word}"

    def join(
        self, user: User, *, inviter: User | None = None, at: datetime | None = None
    ) -> Message | None:
        """Let somebody in; give Slack's note, of which there is none for direct messages."""
        if user.id in self.members:
            return None
        self.members.append(user.id)
        if self.kind in {"im", "mpim"}:
            return None
        extra = {} if inviter is None else {"inviter": inviter.id}
        text = f"<@{user.id}> has joined the channel"
        return self.note(self._subtype("join"), text, user=user, at=at, **extra)

    def leave(self, user: User, *, at: datetime | None = None) -> Message:
        self.members.remove(user.id)
        text = f"<@{user.id}> has left the channel"
        return self.note(self._subtype("leave"), text, user=user, at=at)

    def invite(self, user: User) -> None:
        """Let somebody in without a word, as it was before anybody remembers."""
        if user.id not in self.members:
            self.members.append(user.id)

    def expel(self, user: User) -> None:
        """Take somebody out without a word."""
        self.members.remove(user.id)

    def set_topic(self, text: str, *, by: User, at: datetime | None = None) -> Message:
        moment = self.workspace.moment(at)
        self.topic = Note(value=text, creator=by.id, last_set=int(moment.timestamp()))
        told = f"<@{by.id}> set the channel topic: {text}"
        return self.note(self._subtype("topic"), told, user=by, at=at, topic=text)

    def set_purpose(self, text: str, *, by: User, at: datetime | None = None) -> Message:
        moment = self.workspace.moment(at)
        self.purpose = Note(value=text, creator=by.id, last_set=int(moment.timestamp()))
        told = f"<@{by.id}> set the channel description: {text}"
        return self.note(self._subtype("purpose"), told, user=by, at=at, purpose=text)

    def rename(self, name: str, *, by: User, at: datetime | None = None) -> Message:
        """Give it another name; another channel may take the old one."""
        old, self.name = self.name, name
        self.updated = self.workspace.moment(at)
        self.previous_names = [old, *self.previous_names]
        told = f'<@{by.id}> has renamed the channel from "{old}" to "{name}"'
        return self.note(self._subtype("name"), told, user=by, at=at, old_name=old, name=name)

    def close(self, *, by: User, at: datetime | None = None) -> Message:
        """Make a private channel of a public one; its id stays."""
        self.kind = "private_channel"
        told = f"<@{by.id}> made this channel private"
        return self.note("channel_convert_to_private", told, user=by, at=at)

    def archive(self, *, by: User, at: datetime | None = None) -> Message:
        self.archived = True
        told = f"<@{by.id}> archived the channel"
        return self.note(self._subtype("archive"), told, user=by, at=at, members=self.members[:])

    def unarchive(self, *, by: User, at: datetime | None = None) -> Message:
        self.archived = False
        told = f"<@{by.id}> un-archived the channel"
        return self.note(self._subtype("unarchive"), told, user=by, at=at)

    def delete_channel(self) -> None:
        """Delete it with all that was said."""
        self.gone = True

    def hide(self, before: datetime) -> None:
        """Show no more of what is older: it was kept long enough, or the plan says so."""
        self.visible_from = before

    def show(self) -> None:
        """Show everything again, as after an upgrade."""
        self.visible_from = None
