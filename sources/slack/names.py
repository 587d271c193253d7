"""Who and what is meant by an id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

Payload = Mapping[str, Any]
"""One JSON object as Slack writes it."""


_EVERYWHERE: Final = {"USLACKBOT": "Slackbot"}
"""Who is in every workspace, listed or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel, for the events that happen in it.

    Attributes:
        id: stays, whatever it is called.
        name: as it is called now; of a direct message the other's id.
    """

    id: str
    name: str


@dataclass(slots=True, kw_only=True)
class Names:
    """Names of people and channels by their ids; an id that is not known stands for itself.

    Attributes:
        users: names of people and bots.
        channels: names of channels.
        bots: ids of those that are bots.
    """

    users: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    bots: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, users: Iterable[Payload], channels: Iterable[Payload] = ()) -> Self:
        """Read the records that Slack, or an export, lists."""
        names = cls()
        names.learn_users(users)
        named = (item for item in channels if item.get("id") and item.get("name"))
        names.channels.update({str(item["id"]): str(item["name"]) for item in named})
        return names

    def learn_users(self, users: Iterable[Payload]) -> None:
        """Take in more people and bots, whose account and what they write as have an id each."""
        for user in users:
            if key := str(user.get("id") or ""):
                self.users[key] = call(user)
                if user.get("is_bot"):
                    self.bots.add(key)
                if bot := _profile(user).get("bot_id"):
                    self.users[str(bot)] = self.users[key]
                    self.bots.add(str(bot))

    def is_person(self, key: str | None) -> bool:
        """Whether somebody is listed, and no bot."""
        return key in self.users and key not in self.bots and key not in _EVERYWHERE

    def user(self, key: str) -> str:
        """Name somebody."""
        return self.users.get(key) or _EVERYWHERE.get(key) or key

    def channel(self, key: str) -> str:
        """Name a channel."""
        return self.channels.get(key) or key


def call(user: Payload) -> str:
    """Give the name that somebody goes by.

    >>> call({"id": "U1", "name": "ada", "profile": {"display_name": "", "real_name": "Ada L."}})
    'Ada L.'
    """
    profile = _profile(user)
    names = (
        profile.get("display_name"),
        profile.get("real_name"),
        user.get("real_name"),
        user.get("name"),
    )
    return next((str(name) for name in names if name), str(user.get("id")))


def _profile(user: Payload) -> Payload:
    profile = user.get("profile")
    return profile if isinstance(profile, dict) else {}
