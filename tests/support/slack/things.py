"""What a workspace holds: plain things that change."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["public_channel", "private_channel", "mpim", "im"]

SCOPES = (
    *("channels:history", "channels:read", "groups:history", "groups:read"),
    *("im:history", "im:read", "mpim:history", "mpim:read"),
    *("files:read", "reactions:read", "team:read", "users:read", "users:read.email"),
)
"""What a reader asks for, everything included."""


@dataclass(eq=False, kw_only=True)
class Bot:
    """An app's face; ``user`` is the account that modern apps have."""

    id: str
    name: str
    app_id: str
    updated: datetime
    user_id: str | None = None
    deleted: bool = False


@dataclass(eq=False, kw_only=True)
class User:
    """An account.

    Attributes:
        updated: when it last changed.
        stranger: whether it is of another workspace, and writes in a channel that both share.
        bot: where it is an app's.
    """

    id: str
    name: str
    real_name: str
    display_name: str
    email: str
    updated: datetime
    tz: str = "Europe/Berlin"
    tz_label: str = "Central European Summer Time"
    tz_offset: int = 7200
    deleted: bool = False
    restricted: bool = False
    admin: bool = False
    stranger: bool = False
    bot: Bot | None = None


@dataclass(eq=False, kw_only=True)
class Note:
    """A channel's topic or purpose."""

    value: str = ""
    creator: str = ""
    last_set: int = 0


@dataclass(eq=False, kw_only=True)
class File:
    """What was uploaded, or is linked.

    Attributes:
        mode: ``hosted``, ``snippet``, ``external``, ``hidden_by_limit``, or ``tombstone`` after
            it was deleted.
        channels: ids of those where it was shared.
    """

    id: str
    name: str
    title: str
    user: str
    created: datetime
    size: int = 1024
    mimetype: str = "text/plain"
    filetype: str = "text"
    pretty_type: str = "Plain Text"
    mode: str = "hosted"
    external_type: str = ""
    external_url: str = ""
    channels: list[str] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Message:
    """One entry of a channel.

    Attributes:
        ts: its time and key.
        user: the account's id; classic integrations have none.
        thread: the time of the message it answers.
        broadcast: whether an answer is also sent to the channel.
        edited: by whom, and the second when.
        tombstone: whether it was deleted and stands there because of its answers.
        reactions: emoji's name and who reacted, in order.
        blocks: given by an app; ``None``: made of the text.
        extra: what only this one has, as the payload calls it.
    """

    ts: str
    text: str = ""
    user: str | None = None
    subtype: str | None = None
    bot: Bot | None = None
    thread: str | None = None
    broadcast: bool = False
    edited: tuple[str, str] | None = None
    tombstone: bool = False
    client_id: str | None = None
    files: list[File] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    blocks: list[dict[str, Any]] | None = None
    pinned: tuple[str, int] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False, kw_only=True)
class Token:
    """A secret that was given out.

    Attributes:
        user: whose it is: an app's own account with ``xoxb-``, a person with ``xoxp-``.
        refused: the error that every call with it ends with, as ``token_revoked``.
        limited: whether its app may read one page of 15 messages a minute.
        unlimited: whether nothing of it is counted.
    """

    value: str
    user: User
    scopes: tuple[str, ...] = SCOPES
    refused: str | None = None
    limited: bool = False
    unlimited: bool = False

    @property
    def is_bot(self) -> bool:
        return self.value.startswith("xoxb-")
