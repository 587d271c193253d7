"""Messages, as Slack's JSON has them."""

from dataclasses import dataclass
from typing import Any

from tests.support.slack.blocks import rich_text
from tests.support.slack.manners import Manners
from tests.support.slack.payloads_files import file_stub
from tests.support.slack.payloads_people import bot_profile
from tests.support.slack.stamps import stamp
from tests.support.slack.things import Message
from tests.support.slack.timeline import Timeline
from tests.support.slack.workspace import Workspace

Payload = dict[str, Any]

_STONE = {
    "subtype": "tombstone",
    "text": "This message was deleted.",
    "user": "USLACKBOT",
    "hidden": True,
}


@dataclass(frozen=True)
class Messages:
    """Makes JSON of messages."""

    workspace: Workspace
    manners: Manners

    def message(self, channel: Timeline, message: Message, *, full: bool = False) -> Payload:
        """Tell a message; ``full`` with everybody who reacted."""
        told: Payload = {"type": "message", "ts": message.ts}
        if message.tombstone:
            return {**told, **_STONE, **self._thread(channel, message)}
        told |= {"text": message.text, **self._writer(message)}
        if message.subtype or message.broadcast:
            told["subtype"] = message.subtype or "thread_broadcast"
        told |= self._content(message)
        if message.edited is not None:
            told["edited"] = {"user": message.edited[0], "ts": message.edited[1]}
        if message.reactions:
            told["reactions"] = self.reactions(message, full=full)
        if message.pinned is not None:
            by, at = message.pinned
            told["pinned_to"] = [channel.id]
            told["pinned_info"] = {"channel": channel.id, "pinned_by": by, "pinned_ts": at}
        return {**told, **message.extra, **self._thread(channel, message)}

    def _writer(self, message: Message) -> Payload:
        found: Payload = {}
        if message.client_id is not None:
            found["client_msg_id"] = message.client_id
        if message.user is not None:
            found["user"] = message.user
        if message.bot is not None:
            found["bot_id"] = message.bot.id
            if message.subtype is None:
                found["app_id"] = message.bot.app_id
                found["bot_profile"] = bot_profile(self.workspace, message.bot, self.manners)
        if message.subtype is None:
            found["team"] = self.workspace.id
        return found

    def _content(self, message: Message) -> Payload:
        found: Payload = {}
        if message.blocks is not None:
            mark = self.manners.mark()
            found["blocks"] = [{"block_id": mark, **one} for one in message.blocks]
        elif message.text and message.client_id is not None:
            found["blocks"] = rich_text(message.text, self.manners.mark())
        if message.files:
            found["files"] = [file_stub(self.workspace, one, self.manners) for one in message.files]
            found |= {"upload": False, "display_as_bot": False}
        if message.attachments:
            found["attachments"] = message.attachments
        return found

    def reactions(self, message: Message, *, full: bool) -> list[Payload]:
        """Tell the reactions; the count is right, however many users are listed."""
        most = None if full else self.manners.reactors
        return [
            {"name": name, "users": users[:most], "count": len(users)}
            for name, users in message.reactions.items()
        ]

    def _thread(self, channel: Timeline, message: Message) -> Payload:
        if message.thread is not None:
            return self._answer(channel, message, message.thread)
        places = channel.answers(message.ts)
        if not places:
            return {}
        users: dict[str, None] = {}
        for place in places:
            one = channel.messages[stamp(place)]
            users[one.user or (one.bot.id if one.bot else "")] = None
        return {
            "thread_ts": message.ts,
            "reply_count": len(places),
            "reply_users_count": len(users),
            **({"latest_reply": stamp(places[-1])} if self.manners.latest_reply else {}),
            "reply_users": list(users)[: self.manners.repliers],
            "is_locked": False,
            "subscribed": False,
        }

    def _answer(self, channel: Timeline, message: Message, parent_ts: str) -> Payload:
        parent = channel.messages.get(parent_ts)
        found: Payload = {"thread_ts": parent_ts}
        if message.broadcast and parent is not None:
            found["root"] = self.message(channel, parent)
        elif parent is not None and (parent.user or parent.tombstone):
            found["parent_user_id"] = "USLACKBOT" if parent.tombstone else parent.user
        return found
