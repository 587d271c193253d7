"""Who a message is by: a person, a person who lets an app write, or a bot."""

from typing import Final

from sources.slack.blocks import as_object
from sources.slack.kinds import TRANSITIONS
from sources.slack.names import Names, Payload, call
from sources.slack.text import unescape

_ABOUT_BOTS: Final = frozenset({"bot_add", "bot_remove", "bot_enable", "bot_disable"})
"""Subtypes of what people do to bots."""

_NOTES: Final = frozenset({*_ABOUT_BOTS, *TRANSITIONS})
"""Subtypes of what nobody says, but Slack of what somebody did."""


def author_of(message: Payload) -> str | None:
    """Give the id of whom a message is by; ``None``: it names nobody.

    Of a huddle Slack tells in its own name; it is by whoever began it.
    """
    began = as_object(message.get("room")).get("created_by") if _is_huddle(message) else None
    commenter = as_object(message.get("comment")).get("user")
    key = began or message.get("user") or commenter or message.get("bot_id")
    return str(key) if key else None


def list_participants(message: Payload) -> list[str]:
    """Give the ids of those who were in a huddle, each once, in their own order."""
    room = as_object(message.get("room")) if _is_huddle(message) else {}
    found = (room.get(name) for name in ("participant_history", "participants"))
    return sorted({str(key) for keys in found if isinstance(keys, list) for key in keys if key})


def _is_huddle(message: Payload) -> bool:
    return message.get("subtype") == "huddle_thread"


def is_by_app(message: Payload) -> bool:
    """Whether an app gave it, in its own name or in a person's."""
    subtype = message.get("subtype")
    return subtype == "bot_message" or (bool(message.get("bot_id")) and subtype not in _ABOUT_BOTS)


def is_bot(message: Payload, names: Names) -> bool:
    """Whether a bot wrote it; what an app writes with a person's token is the person's."""
    author = author_of(message)
    if is_by_app(message):
        return not names.is_person(author)
    return author in names.bots and message.get("subtype") not in _NOTES


def name_author(message: Payload, names: Names, named: str | None) -> str | None:
    """Name whom a message is by; a bot as it calls itself, if it does."""
    key = author_of(message)
    if key is None or (named and is_bot(message, names)):
        return named
    return names.users.get(key) or _name_stranger(message, key) or named or names.user(key)


def name_app(message: Payload) -> str | None:
    """Give the name that an app gives itself."""
    own = as_object(message.get("bot_profile")).get("name")
    return unescape(str(message.get("username") or own or "")) or None


def _name_stranger(message: Payload, key: str) -> str | None:
    """Name somebody of another workspace by what the message itself tells."""
    profile = message.get("user_profile")
    if not isinstance(profile, dict):
        return None
    named = call({"id": key, "name": profile.get("name"), "profile": profile})
    return named if named != key else None
