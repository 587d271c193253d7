"""Who may see which conversation, and with which right."""

from dataclasses import dataclass

from tests.support.slack.answers import Call, Refusal
from tests.support.slack.channel import Channel
from tests.support.slack.manners import Manners
from tests.support.slack.payloads import Messages
from tests.support.slack.things import Kind, Token, User
from tests.support.slack.workspace import Workspace

WORDS: dict[Kind, str] = {
    "public_channel": "channels",
    "private_channel": "groups",
    "mpim": "mpim",
    "im": "im",
}
"""What the rights of each kind of conversation begin with."""


@dataclass(frozen=True)
class Desk:
    """What the methods are answered from."""

    workspace: Workspace
    manners: Manners

    @property
    def messages(self) -> Messages:
        return Messages(self.workspace, self.manners)


def who(call: Call) -> User:
    """Give the account that asks."""
    return _token(call).user


def is_bot(call: Call) -> bool:
    return _token(call).is_bot


def is_limited(call: Call) -> bool:
    return _token(call).limited


def demand(call: Call, *scopes: str) -> None:
    """Do nothing.

    Raises:
        Refusal: the secret lacks a right.
    """
    has = _token(call).scopes
    lacking = [one for one in scopes if one not in has]
    if lacking:
        raise Refusal("missing_scope", needed=",".join(lacking), provided=",".join(has))


def may(call: Call, scope: str) -> bool:
    return scope in _token(call).scopes


def sees(viewer: User, channel: Channel) -> bool:
    """Say whether an account knows of a conversation at all."""
    return channel.kind == "public_channel" or viewer.id in channel.members


def conversation(desk: Desk, call: Call, right: str) -> Channel:
    """Find the conversation that a call names.

    Args:
        desk: where.
        call: its ``channel`` is the id.
        right: ``read`` for what the channel is, ``history`` for what is in it.

    Raises:
        Refusal: it is not there, not to be seen, or lacks the right or the membership.
    """
    channel = desk.workspace.find(call.need("channel"))
    if channel is None or not sees(who(call), channel):
        raise Refusal("channel_not_found")
    demand(call, f"{WORDS[channel.kind]}:{right}")
    if right == "history" and is_bot(call) and who(call).id not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _token(call: Call) -> Token:
    if call.token is None:
        raise Refusal("not_authed" if call.secret is None else "invalid_auth")
    return call.token
