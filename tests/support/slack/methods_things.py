"""Reactions, files and links: ``reactions.get``, ``files.*``, ``chat.getPermalink``."""

from tests.support.slack.access import Desk, conversation, sees, who
from tests.support.slack.answers import Call, Refusal
from tests.support.slack.payloads import Payload
from tests.support.slack.payloads_files import file_alone
from tests.support.slack.things import File


def reactions(desk: Desk, call: Call) -> Payload:
    """Give a message with those who reacted, all of them if it is asked for in ``full``."""
    if not call.args.get("channel") or not call.args.get("timestamp"):
        raise Refusal("no_item_specified")
    channel = conversation(desk, call, "read")
    message = channel.find(call.args["timestamp"])
    if message is None:
        raise Refusal("message_not_found")
    told = desk.messages.message(channel, message, full=call.flag("full"))
    link = desk.workspace.permalink(channel, message)
    return {"type": "message", "channel": channel.id, "message": told | {"permalink": link}}


def permalink(desk: Desk, call: Call) -> Payload:
    """Give the address of a message."""
    channel = desk.workspace.find(call.need("channel"))
    if channel is None or not sees(who(call), channel):
        raise Refusal("channel_not_found")
    message = channel.find(call.need("message_ts"))
    if message is None:
        raise Refusal("message_not_found")
    return {"channel": channel.id, "permalink": desk.workspace.permalink(channel, message)}


def files(desk: Desk, call: Call) -> Payload:
    """Give files, newest first, by pages that are counted; without those that were deleted."""
    size = _number(call, "count", 100)
    page = _number(call, "page", 1)
    shown = [one for one in desk.workspace.files.values() if _listed(call, one)]
    shown.sort(key=lambda one: (one.created, one.id), reverse=True)
    part = shown[(page - 1) * size : page * size]
    return {
        "files": [file_alone(desk.workspace, one, desk.manners) for one in part],
        "paging": {
            "count": size,
            "total": len(shown),
            "page": page,
            "pages": -(-len(shown) // size),
        },
    }


def _listed(call: Call, one: File) -> bool:
    created = one.created.timestamp()
    return (
        one.mode != "tombstone"
        and (one.mode != "hidden_by_limit" or call.flag("show_files_hidden_by_limit"))
        and call.args.get("channel", "") in {"", *one.channels}
        and call.args.get("user", "") in {"", one.user}
        and float(call.args.get("ts_from") or 0) <= created
        and created <= float(call.args.get("ts_to") or created)
    )


def file_info(desk: Desk, call: Call) -> Payload:
    found = desk.workspace.files.get(call.need("file"))
    if found is None:
        raise Refusal("file_not_found")
    if found.mode == "tombstone":
        raise Refusal("file_deleted")
    told = file_alone(desk.workspace, found, desk.manners)
    return {"file": told, "comments": [], "response_metadata": {"next_cursor": ""}}


def _number(call: Call, name: str, default: int) -> int:
    text = call.args.get(name, "")
    return max(int(text), 1) if text.isdigit() else default
