"""The methods by name, with their tiers and rights."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.slack import (
    methods_channels,
    methods_history,
    methods_people,
    methods_things,
)
from tests.support.slack.access import Desk
from tests.support.slack.answers import Call
from tests.support.slack.payloads import Payload


@dataclass(frozen=True)
class Method:
    """How one is answered.

    Attributes:
        tier: by which it is counted; none where so much is allowed that nobody counts.
        scope: that it needs, whatever it is asked.
    """

    serve: Callable[[Desk, Call], Payload]
    tier: int | None
    scope: str | None = None


METHODS = {
    "auth.test": Method(methods_people.auth, None),
    "bots.info": Method(methods_people.bot_info, 3, "users:read"),
    "chat.getPermalink": Method(methods_things.permalink, None),
    "conversations.history": Method(methods_history.history, 3),
    "conversations.info": Method(methods_channels.info, 3),
    "conversations.join": Method(methods_channels.join, 3),
    "conversations.list": Method(methods_channels.listed, 2),
    "conversations.members": Method(methods_channels.members, 4),
    "conversations.replies": Method(methods_history.replies, 3),
    "files.info": Method(methods_things.file_info, 4, "files:read"),
    "files.list": Method(methods_things.files, 3, "files:read"),
    "reactions.get": Method(methods_things.reactions, 3, "reactions:read"),
    "team.info": Method(methods_people.team_info, 3, "team:read"),
    "users.conversations": Method(methods_channels.joined, 3),
    "users.info": Method(methods_people.user_info, 4, "users:read"),
    "users.list": Method(methods_people.users, 2, "users:read"),
}
