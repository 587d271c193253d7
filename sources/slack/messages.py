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
from sources.slack.authors import (
    author_of,
    is_bot,
    is_by_app,
    list_participants,
    name_app,
    name_author,
)
from sources.slack.blocks import objects, read_blocks
from sources.slack.kinds import MESSAGE, REPLY, TRANSITIONS
from sources.slack.moments import day_of, micros, moment, write
from sources.slack.names import Channel, Names, Payload
from sources.slack.parts import (
    count_reactions,
    files_of,
    find_addresses,
    find_people,
    join_texts,
    list_attachments,
    list_files,
    name_files,
    read_attachments,
    told,
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
        address = f"{self.team_url}archives/{channel}/p{write(micros(ts)).replace('.', '')}"
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
        if is_gone(clean) or (not shape.include_bots and is_bot(clean, names)):
            return None
        return _Reading(channel, clean, names, shape).build()
    except MALFORMED as error:
        return _bad(channel, message, error, shape)


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
        self._files = files_of(message)
        named = name_app(message)
        self._app = shape.redactor.hide_text(named) if named else None

    def build(self) -> EpisodicEvent:
        message, channel, shape = self._message, self._channel, self._shape
        kind = kind_of(message)
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
            actor=name_author(message, self._names, self._app),
            actor_key=author_of(message),
            subject=f"{channel.id}/{self._ts}",
            scope=channel.name,
            title=first_line(body or shape.redactor.hide_text(self._title())),
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
        listed = self._thread == self._ts and self._message.get("replies")
        begins = bool(self._message.get("reply_count") or listed)
        if is_reply(self._message) or begins:
            return f"{self._channel.id}/{self._thread or self._ts}"
        return f"{self._channel.id}/{day_of(self._ts)}"

    def _write(self) -> str:
        """Give all that can be read of it: its text, else its blocks, and what is attached."""
        said = told(plain(self._raw, self._names))
        if not said.strip():
            said = read_blocks(self._message.get("blocks"), self._names)
        elif self._is_notice():
            said = join_texts(said, read_blocks(self._message.get("blocks"), self._names))
        attached = read_attachments(self._message.get("attachments"), self._names)
        return "\n\n".join(part for part in (said, attached) if part.strip())

    def _is_notice(self) -> bool:
        """Whether its text may be less than its blocks: an app gives both as it likes."""
        if is_by_app(self._message) or self._message.get("app_id"):
            return True
        return any(one.get("type") != "rich_text" for one in objects(self._message.get("blocks")))

    def _title(self) -> str:
        """Say of a message without text what it is."""
        room = self._message.get("room")
        named = name_files(self._files) or (room.get("name") if isinstance(room, dict) else "")
        subtype = str(self._message.get("subtype") or "")
        return str(named or (f"({subtype.replace('_', ' ')})" if subtype else ""))

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
        broadcast = message.get("subtype") in {"thread_broadcast", "reply_broadcast"}
        bot = is_bot(message, self._names)
        people = [*mentioned(self._raw), *find_people(message.get("blocks"))]
        hide = self._shape.redactor.hide_record
        return {
            "channel": self._channel.id,
            "ts": self._ts,
            "thread": self._thread if is_reply(message) else None,
            "subtype": message.get("subtype"),
            "raw": self._raw if self._raw != body == written else None,
            "mentions": list(dict.fromkeys(people)),
            "reactions": count_reactions(message.get("reactions")),
            "files": hide(list_files(self._files)),
            "attachments": hide(list_attachments(message.get("attachments"), self._names)),
            "edited_by": edited.get("user"),
            "bot": bot or None,
            "app": self._app if is_by_app(message) and not bot else None,
            "bot_id": message.get("bot_id"),
            "app_id": message.get("app_id"),
            "broadcast": broadcast or None,
            "user_team": message.get("user_team"),
            "topic": hide(plain(str(message.get("topic") or ""), self._names)),
            "purpose": hide(plain(str(message.get("purpose") or ""), self._names)),
            "name": message.get("name"),
            "old_name": message.get("old_name"),
            "inviter": message.get("inviter"),
            "participants": list_participants(message),
        }


_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})


def first_line(text: str) -> str:
    r"""Give the first line that says anything; one of signs only if there is no other.

    >>> first_line("\n```Two lines\nof text```"), first_line(":)"), first_line("")
    ('Two lines', ':)', '(no text)')
    """
    lines = [line.strip().removeprefix("```").lstrip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    worded = (line for line in lines if any(sign.isalnum() for sign in line))
    return next(worded, lines[0] if lines else "(no text)")[:TITLE_LIMIT]


def _bad(channel: Channel, message: Any, error: Exception, shape: Shape) -> QuarantineRecord:
    """Keep a message that cannot be understood, its secrets taken out."""
    clean = shape.redactor.hide_record(message)
    raw = _write(clean)
    ts = clean.get("ts") if isinstance(clean, dict) else None
    named, happened = str(ts or shape.redactor.hide_text(repr(message))[:80]), None
    try:
        happened = moment(ts)
        event = id_of(shape.source_id, kind_of(clean), channel.id, named)
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
