"""The kinds of events, and the subtypes of messages that they are read from."""

from typing import Final

MESSAGE: Final = "slack.message"
REPLY: Final = "slack.reply"
CREATED: Final = "slack.channel.created"
GONE: Final = "slack.channel.gone"

_WORDS: Final = {
    "join": "joined",
    "leave": "left",
    "topic": "topic",
    "purpose": "purpose",
    "name": "renamed",
    "archive": "archived",
    "unarchive": "unarchived",
}

TRANSITIONS: Final[dict[str, str]] = {
    **{f"channel_{word}": f"slack.channel.{happened}" for word, happened in _WORDS.items()},
    **{f"group_{word}": f"slack.channel.{happened}" for word, happened in _WORDS.items()},
    "channel_convert_to_private": "slack.channel.made_private",
    "channel_convert_to_public": "slack.channel.made_public",
    "channel_posting_permissions": "slack.channel.posting_permissions",
    "pinned_item": "slack.channel.pinned",
    "unpinned_item": "slack.channel.unpinned",
}
"""Kinds by the subtype of the message in which a channel's history tells of it."""

LISTED: Final = (MESSAGE, *dict.fromkeys(TRANSITIONS.values()))
"""What the history of a channel lists."""

KINDS: Final = (*LISTED, REPLY, CREATED, GONE)
"""Every kind."""
