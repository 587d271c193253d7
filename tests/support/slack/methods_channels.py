"""``conversations.list``, ``info``, ``members`` and ``join``, and ``users.conversations``."""

from collections.abc import Callable, Iterable
from typing import get_args

from tests.support.slack.access import WORDS, Desk, conversation, demand, is_bot, sees, who
from tests.support.slack.answers import Call, Refusal
from tests.support.slack.channel import Channel
from tests.support.slack.paging import MOST, cut, limit, place
from tests.support.slack.payloads import Payload
from tests.support.slack.payloads_people import channel as tell
from tests.support.slack.things import Kind

Render = Callable[[Channel], Payload]

_CHANNELS, _USERS = "team", "user"


def listed(desk: Desk, call: Call) -> Payload:
    """Give the conversations that are known to who asks."""
    viewer = who(call)
    found = (one for one in _of_kinds(desk, call) if sees(viewer, one))

    def render(one: Channel) -> Payload:
        told = tell(one, viewer)
        return told if one.kind == "im" else told | {"num_members": len(one.members)}

    return _channels(desk, call, found, render)


def joined(desk: Desk, call: Call) -> Payload:
    """Give the conversations of a user, as far as who asks may know them."""
    viewer = who(call)
    user = call.args.get("user") or viewer.id
    if user not in desk.workspace.users:
        raise Refusal("user_not_found")
    found = (one for one in _of_kinds(desk, call) if user in one.members and sees(viewer, one))

    def render(one: Channel) -> Payload:
        return {name: value for name, value in tell(one, viewer).items() if name != "is_member"}

    return _channels(desk, call, found, render)


def _of_kinds(desk: Desk, call: Call) -> Iterable[Channel]:
    asked = (call.args.get("types") or "public_channel").split(",")
    kinds = [kind for kind in get_args(Kind) if kind in {one.strip() for one in asked}]
    if len(kinds) < len(set(asked)):
        raise Refusal("invalid_types")
    demand(call, *(f"{WORDS[kind]}:read" for kind in kinds))
    for one in desk.workspace.channels.values():
        if one.kind not in kinds or one.gone:
            continue
        if not (one.archived and call.flag("exclude_archived")):
            yield one


def _channels(desk: Desk, call: Call, found: Iterable[Channel], render: Render) -> Payload:
    begin, size = place(call, _CHANNELS), limit(call, 100)
    things = sorted((one for one in found if one.id >= (begin or "")), key=lambda one: one.id)
    page = cut(things, size, desk.manners, word=_CHANNELS, name=lambda one: one.id)
    return {
        "channels": [render(one) for one in page.things],
        "response_metadata": {"next_cursor": page.cursor},
    }


def info(desk: Desk, call: Call) -> Payload:
    """Give one conversation."""
    channel = conversation(desk, call, "read")
    told = tell(channel, who(call))
    if call.flag("include_locale"):
        told["locale"] = "en-GB"
    if call.flag("include_num_members"):
        told["num_members"] = len(channel.members)
    return {"channel": told}


def members(desk: Desk, call: Call) -> Payload:
    """Give who is in a conversation."""
    channel = conversation(desk, call, "read")
    begin = place(call, _USERS)
    found = sorted(one for one in channel.members if one >= (begin or ""))
    page = cut(found, limit(call, 100, MOST), desk.manners, word=_USERS, name=str)
    return {"members": list(page.things), "response_metadata": {"next_cursor": page.cursor}}


def join(desk: Desk, call: Call) -> Payload:
    """Let who asks into a public channel."""
    demand(call, "channels:join" if is_bot(call) else "channels:write")
    channel = desk.workspace.find(call.need("channel"))
    if channel is None or not sees(who(call), channel):
        raise Refusal("channel_not_found")
    if channel.kind != "public_channel":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("is_archived")
    told: Payload = {}
    if channel.join(who(call)) is None:
        warnings = ["already_in_channel"]
        told = {"warning": warnings[0], "response_metadata": {"warnings": warnings}}
    return {"channel": tell(channel, who(call)), **told}
