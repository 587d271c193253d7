"""A message as Slack writes it, in an answer or an export, and the event that it is.

The event's id is made of channel, ``ts`` and kind, all of which both carry alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from sources.batch import RAW_LIMIT, QuarantineRecord
from sources.event import EpisodicEvent, event_id
from sources.links import find_links
from sources.slack.kinds import MESSAGE, REPLY, TRANSITIONS
from sources.slack.moments import day_of, moment
from sources.slack.names import Channel, Names, Payload
from sources.slack.parts import (
    count_reactions,
    find_addresses,
    list_attachments,
    list_files,
    name_files,
    read_attachments,
    read_blocks,
)
from sources.slack.redaction import Redactor
from sources.slack.text import mentioned, plain, unescape

SOURCE_TYPE: Final = "slack"
TITLE_LIMIT: Final = 300

GONE: Final = "tombstone"
"""Subtype of what stands where a message was deleted that has replies."""

MALFORMED: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError)
"""What the understanding of a message ends with that is not as Slack says it is."""

_PERMALINK: Final = re.compile(
    r"https://[\w.-]+/archives/(?P<channel>[A-Z][A-Z0-9]{1,20})/p(?P<seconds>[0-9]{9,11})"
    r"(?P<micros>[0-9]{6})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How messages become events, whatever they are read from.

    Attributes:
        source_id: the configured source.
        team_url: of the workspace, with a slash at its end; empty: not known, so no permalinks.
        include_bots: whether what bots say is taken.
        redactor: takes out of every text what is not to be kept.
    """

    source_id: str
    team_url: str = ""
    include_bots: bool = True
    redactor: Redactor = field(default_factory=Redactor)

    def permalink(self, channel: str, ts: str, thread: str = "") -> str | None:
        """Give the address of a message."""
        if not self.team_url:
            return None
        address = f"{self.team_url}archives/{channel}/p{ts.replace('.', '')}"
        return f"{address}?thread_ts={thread}&cid={channel}" if thread else address


def make_event(
    channel: Channel, message: Any, names: Names, shape: Shape
) -> EpisodicEvent | QuarantineRecord | None:
    """Make a message's event.

    Args:
        channel: where it stands.
        message: as Slack writes it.
        names: of people and channels.
        shape: the source's settings that shape events.

    Returns:
        The event; what quarantine keeps of a message that cannot be understood; ``None``: it is
        left out, as a bot's where bots are not asked for, or what stands where one was deleted.
    """
    try:
        clean = shape.redactor.hide_record(message)
        if is_gone(clean) or (not shape.include_bots and is_bot(clean)):
            return None
        return _Reading(channel, clean, names, shape).build()
    except MALFORMED as error:
        return _bad(channel, message, error, shape)


def is_bot(message: Payload) -> bool:
    """Whether a bot wrote it."""
    return bool(message.get("bot_id")) or message.get("subtype") == "bot_message"


def is_gone(message: Payload) -> bool:
    """Whether it only stands where a message was deleted that has replies."""
    return message.get("subtype") == GONE


def is_reply(message: Payload) -> bool:
    """Whether it is an answer in a thread; the first message of one is none."""
    thread = message.get("thread_ts")
    return bool(thread) and thread != message.get("ts")


def kind_of(message: Payload) -> str:
    """Name its kind."""
    subtype = str(message.get("subtype") or "")
    return TRANSITIONS.get(subtype) or (REPLY if is_reply(message) else MESSAGE)


def id_of(source_id: str, kind: str, channel: str, ts: str) -> str:
    """Give the id of the event that a message is."""
    return event_id(source_id, kind, f"{channel}/{ts}")


class _Reading:
    """One message on its way to an event."""

    def __init__(self, channel: Channel, message: Payload, names: Names, shape: Shape) -> None:
        self._channel = channel
        self._message = message
        self._names = names
        self._shape = shape
        self._happened = moment(message["ts"])
        self._ts = str(message["ts"])
        self._thread = str(message.get("thread_ts") or "")
        self._raw = str(message.get("text") or "")

    def build(self) -> EpisodicEvent:
        message, channel, shape = self._message, self._channel, self._shape
        kind, key = kind_of(message), self._actor_key()
        written = self._write()
        body = shape.redactor.hide_text(written)
        edited = message.get("edited") or {}
        return EpisodicEvent(
            event_id=id_of(shape.source_id, kind, channel.id, self._ts),
            source_id=shape.source_id,
            source_type=SOURCE_TYPE,
            kind=kind,
            occurred_at=self._happened,
            session_id=self._session(),
            actor=self._actor(key),
            actor_key=key,
            subject=f"{channel.id}/{self._ts}",
            scope=channel.name,
            title=first_line(body or name_files(message.get("files"))),
            body=body or None,
            url=shape.permalink(channel.id, self._ts, self._thread if is_reply(message) else ""),
            refs=tuple(self._refs(body)),
            attributes={
                k: v for k, v in self._attributes(written, body).items() if v not in _NOTHING
            },
            revised_at=moment(edited["ts"]) if edited.get("ts") else None,
        )

    def _session(self) -> str:
        """Name the thread, if it is in one or begins one, else the channel's day."""
        begins = bool(self._message.get("reply_count"))
        if is_reply(self._message) or begins:
            return f"{self._channel.id}/{self._thread or self._ts}"
        return f"{self._channel.id}/{day_of(self._ts)}"

    def _write(self) -> str:
        """Give all that can be read of it: its text, else its blocks, and what is attached."""
        said = plain(self._raw, self._names)
        said = said if said.strip() else read_blocks(self._message.get("blocks"), self._names)
        attached = read_attachments(self._message.get("attachments"), self._names)
        return "\n\n".join(part for part in (said, attached) if part.strip())

    def _actor_key(self) -> str | None:
        key = self._message.get("user") or self._message.get("bot_id")
        return str(key) if key else None

    def _actor(self, key: str | None) -> str | None:
        profile = self._message.get("bot_profile") or {}
        if is_bot(self._message):
            name = self._message.get("username") or profile.get("name")
            if name:
                return str(name)
        return self._names.user(key) if key else None

    def _refs(self, body: str) -> list[str]:
        addresses = list(find_addresses([self._message.get("blocks"),
                                         self._message.get("attachments")]))  # fmt: skip
        texts = "\n".join([body, *(unescape(address) for address in addresses)])
        found = [
            f"slack:{match['channel']}/{match['seconds']}.{match['micros']}"
            for match in _PERMALINK.finditer(texts)
        ]
        return list(dict.fromkeys([*find_links(texts).refs, *found]))

    def _attributes(self, written: str, body: str) -> dict[str, Any]:
        """Give what only messages have; the raw text not where it may show what was hidden."""
        message = self._message
        edited: Mapping[str, Any] = message.get("edited") or {}
        broadcast = message.get("subtype") == "thread_broadcast"
        return {
            "channel": self._channel.id,
            "ts": self._ts,
            "thread": self._thread if is_reply(message) else None,
            "subtype": message.get("subtype"),
            "raw": self._raw if self._raw != body == written else None,
            "mentions": mentioned(self._raw),
            "reactions": count_reactions(message.get("reactions")),
            "files": list_files(message.get("files")),
            "attachments": list_attachments(message.get("attachments")),
            "edited_by": edited.get("user"),
            "bot": is_bot(message) or None,
            "bot_id": message.get("bot_id"),
            "app_id": message.get("app_id"),
            "broadcast": broadcast or None,
            "user_team": message.get("user_team"),
            "topic": message.get("topic"),
            "purpose": message.get("purpose"),
            "name": message.get("name"),
            "old_name": message.get("old_name"),
            "inviter": message.get("inviter"),
        }


_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})


def first_line(text: str) -> str:
    r"""Give the first line that says anything.

    >>> first_line("\n Two lines\nof text"), first_line("")
    ('Two lines', '(no text)')
    """
    lines = (line.strip() for line in text.splitlines())
    return next((line for line in lines if line), "(no text)")[:TITLE_LIMIT]


def _bad(channel: Channel, message: Any, error: Exception, shape: Shape) -> QuarantineRecord:
    """Keep a message that cannot be understood, its secrets taken out."""
    clean = shape.redactor.hide_record(message)
    raw = _write(clean)
    ts = message.get("ts") if isinstance(message, dict) else None
    named, happened = str(ts or shape.redactor.hide_text(repr(message))[:80]), None
    try:
        happened = moment(ts)
        event = id_of(shape.source_id, kind_of(message), channel.id, named)
    except MALFORMED:
        event = None
    return QuarantineRecord(
        locator=f"{channel.id}/{named}",
        reason=say_why(error),
        raw=raw[:RAW_LIMIT],
        event_id=event,
        occurred_at=happened,
    )


def _write(record: Any) -> bytes:
    """Write a record as JSON, or else as Python does: one may hold half of a sign."""
    try:
        return orjson.dumps(record, default=repr, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        pass
    try:
        return repr(record).encode("utf-8", "backslashreplace")
    except RecursionError:
        return b""


def say_why(error: Exception) -> str:
    """Say why a message could not be understood.

    >>> say_why(KeyError("ts"))
    "it has no 'ts'"
    """
    return f"it has no {error}" if isinstance(error, KeyError) else f"{error}"
