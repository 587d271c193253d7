"""Notes of what became of messages, as programs keep them that listen to Slack's events.

No export of Slack's own has them. A note has a time of its own, and may stand days after its
message: in a later file, or in a later export.
https://docs.slack.dev/reference/events/message/message_changed
"""

from typing import Any, Final

from sources.slack.blocks import as_object
from sources.slack.export.archive import Archive, DamagedError, Member
from sources.slack.export.spans import read_ts
from sources.slack.export.zips import DAMAGES
from sources.slack.kinds import MESSAGE, REPLY
from sources.slack.messages import GONE, is_gone, kind_of
from sources.slack.names import Payload

_CHANGED: Final = "message_changed"
_DELETED: Final = "message_deleted"
_REPLIED: Final = "message_replied"

_WORDS: Final = (_CHANGED.encode(), _DELETED.encode())
_LONGEST: Final = max(map(len, _WORDS))
_PIECE: Final = 1 << 20


def unwrap(record: Any) -> Any:
    """Give the message that a record tells: of a change what it became, of a deletion a stone.

    >>> unwrap({"subtype": "message_changed", "ts": "7.0", "message": {"ts": "5.0"}})
    {'ts': '5.0', 'edited': {'ts': '7.0'}}
    """
    match record.get("subtype") if isinstance(record, dict) else None:
        case "message_changed":
            return _read_change(record)
        case "message_deleted":
            return _read_deletion(record)
        case _:
            return record


def _read_change(note: Payload) -> Payload:
    message = note.get("message")
    if not isinstance(message, dict):
        return _without_name(note)
    edited = as_object(message.get("edited"))
    return message if edited.get("ts") else {**message, "edited": {**edited, "ts": note.get("ts")}}


def _read_deletion(note: Payload) -> Payload:
    stone: dict[str, Any] = {"subtype": GONE, "ts": note.get("deleted_ts")}
    if read_ts(stone) is None:
        return _without_name(note)
    if isinstance(was := note.get("previous_message"), dict):
        stone |= {"was": was.get("subtype"), "thread_ts": was.get("thread_ts")}
    return stone


def _without_name(note: Payload) -> Payload:
    """Take a note's own time off it, which is not that of a message: so it is quarantined."""
    return {key: value for key, value in note.items() if key != "ts"}


def is_told_elsewhere(record: Any) -> bool:
    """Whether it only says that a thread has a new reply, which is there by itself."""
    return isinstance(record, dict) and record.get("subtype") == _REPLIED


def is_stone(message: Any) -> bool:
    """Whether it says that the message of its time was deleted."""
    return isinstance(message, dict) and is_gone(message) and read_ts(message) is not None


def kinds_of_stone(stone: Payload) -> tuple[str, ...]:
    """Name what was deleted; where that is not told, what it may have been."""
    if "thread_ts" not in stone:
        return MESSAGE, REPLY
    return (kind_of({**stone, "subtype": stone.get("was")}),)


def has_notes(archive: Archive, member: Member) -> bool:
    """Whether a day's file may have notes: a look through its bytes, of which few are held."""
    end = b""
    try:
        with archive.open(member) as file:
            while piece := file.read(_PIECE):
                data = end + piece
                if any(word in data for word in _WORDS):
                    return True
                end = data[-_LONGEST:]
    except (*DAMAGES, DamagedError):
        pass  # whoever reads it says so
    return False
