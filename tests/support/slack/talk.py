"""What is said in a channel, changed, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.support.slack.stamps import key, second
from tests.support.slack.things import Bot, File, Message, User
from tests.support.slack.timeline import Timeline


class Talk(Timeline):
    """Every deed takes ``at``, the moment it happens; by default the workspace's now.

    What makes a message takes ``ts`` as well, its time to the letter.
    """

    def say(
        self,
        text: str,
        *,
        user: User,
        at: datetime | None = None,
        ts: str | None = None,
        files: Iterable[File] = (),
        **what: Any,
    ) -> Message:
        """Write a message; ``what`` as the attributes of Message."""
        made = ts or self.new_ts(at)
        shared = list(files)
        for one in shared:
            one.channels = [*one.channels, *([] if self.id in one.channels else [self.id])]
        if user.bot is not None:
            what = {"bot": user.bot, **what}
        else:
            name = f"{self.id} {made}"
            what = {"client_id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)), **what}
        return self.put(Message(ts=made, text=text, user=user.id, files=shared, **what))

    def reply(
        self, parent: Message, text: str, *, user: User, broadcast: bool = False, **what: Any
    ) -> Message:
        """Answer in a thread, and in the channel too if it is ``broadcast``."""
        return self.say(text, user=user, thread=parent.ts, broadcast=broadcast, **what)

    def integrate(
        self,
        text: str,
        *,
        bot: Bot,
        username: str | None = None,
        at: datetime | None = None,
        ts: str | None = None,
        **what: Any,
    ) -> Message:
        """Write as classic integrations do: nobody's message, under a name of its own."""
        extra = {"username": username or bot.name, "icons": {"emoji": ":robot_face:"}}
        return self.put(
            Message(
                ts=ts or self.new_ts(at),
                text=text,
                subtype="bot_message",
                bot=bot,
                extra=extra,
                **what,
            )
        )

    def note(
        self,
        subtype: str,
        text: str,
        *,
        user: User | None,
        at: datetime | None = None,
        ts: str | None = None,
        **extra: Any,
    ) -> Message:
        """Have Slack write of something that happened; ``extra`` as the payload has it."""
        who = None if user is None else user.id
        made = Message(ts=ts or self.new_ts(at), text=text, user=who, subtype=subtype, extra=extra)
        return self.put(made)

    def edit(
        self, message: Message, text: str, *, by: User | None = None, at: datetime | None = None
    ) -> None:
        """Change what was said; the message keeps its time."""
        moment = self.workspace.moment(at)
        message.text = text
        who = by.id if by else message.user or (message.bot.id if message.bot else "")
        message.edited = (who, second(moment))

    def delete(self, message: Message) -> None:
        """Take a message back: it is gone, or only its stone stands where others answered it."""
        if self.answers(message.ts):
            message.tombstone = True
            message.edited = message.pinned = message.bot = message.blocks = None
            self._pinned.pop(message.ts, None)
            message.files, message.attachments, message.reactions = [], [], {}
            return
        self.take(message)
        parent = None if message.thread is None else self.messages.get(message.thread)
        if parent is not None and parent.tombstone and not self.answers(parent.ts):
            self.take(parent)

    def react(self, message: Message, name: str, *users: User) -> None:
        """Put an emoji below; Slack keeps no time of it."""
        known = message.reactions.setdefault(name, [])
        known.extend(one.id for one in users if one.id not in known)

    def unreact(self, message: Message, name: str, user: User) -> None:
        message.reactions[name].remove(user.id)
        if not message.reactions[name]:
            del message.reactions[name]

    def pin(self, message: Message, *, by: User, at: datetime | None = None) -> None:
        message.pinned = (by.id, int(self.workspace.moment(at).timestamp()))
        self._pinned[message.ts] = None

    def unpin(self, message: Message) -> None:
        message.pinned = None
        del self._pinned[message.ts]

    def quote(self, message: Message, *, text: str, user: User, **what: Any) -> Message:
        """Share a message of any channel by its link, which Slack unfolds below."""
        link = self.workspace.permalink(self, message)
        attachment = {
            "id": 1,
            "from_url": link,
            "original_url": link,
            "fallback": message.text,
            "text": message.text,
            "ts": message.ts,
            "author_id": message.user,
            "channel_id": self.id,
            "is_msg_unfurl": True,
            "mrkdwn_in": ["text"],
        }
        return self.say(f"{text} <{link}>", user=user, attachments=[attachment], **what)

    def unfurl(self, message: Message, **attachment: Any) -> None:
        """Unfold a link below a message some time later, which is no edit."""
        made = {"id": len(message.attachments) + 1, **attachment}
        message.attachments = [*message.attachments, made]

    def huddle(self, *, user: User, at: datetime | None = None) -> Message:
        """Begin to talk aloud; the message says who takes part, and when it ended."""
        made = self.new_ts(at)
        room = {
            "id": self.workspace.new_id("R"),
            "created_by": user.id,
            "date_start": key(made)[0],
            "date_end": 0,
            "participants": [user.id],
            "participant_history": [user.id],
            "has_ended": False,
            "call_family": "huddle",
        }
        return self.note("huddle_thread", "", user=user, ts=made, room=room)

    def end_huddle(self, message: Message, *, at: datetime | None = None) -> None:
        ended = int(self.workspace.moment(at).timestamp())
        room = {**message.extra["room"], "date_end": ended, "has_ended": True, "participants": []}
        message.extra = {**message.extra, "room": room}
