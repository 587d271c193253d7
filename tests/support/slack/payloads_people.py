"""Accounts, apps, channels and the team, as Slack's JSON has them."""

from typing import Any

from tests.support.slack.channel import Channel
from tests.support.slack.manners import Manners
from tests.support.slack.things import Bot, Note, User
from tests.support.slack.workspace import Workspace

Payload = dict[str, Any]

_SIZES = (24, 32, 48, 72, 192, 512)


def team(workspace: Workspace) -> Payload:
    sizes = (34, 44, 68, 88, 102, 132)
    base = "https://a.slack-edge.com/80588/img/avatars-teams/ava_0001"
    return {
        "id": workspace.id,
        "name": workspace.name,
        "domain": workspace.domain,
        "url": workspace.url,
        "email_domain": "example.org",
        "icon": {
            **{f"image_{size}": f"{base}-{size}.png" for size in sizes},
            "image_default": True,
        },
        "avatar_base_url": "https://ca.slack-edge.com/",
        "is_verified": False,
    }


def user(workspace: Workspace, one: User, manners: Manners, *, email: bool) -> Payload:
    """Tell an account; ``email`` with its address, which needs a right of its own."""
    told: Payload = {
        "id": one.id,
        "team_id": "T0STRANGERS" if one.stranger else workspace.id,
        "name": one.name,
        "deleted": one.deleted,
        "profile": profile(workspace, one, manners, email=email),
        "is_bot": one.bot is not None,
        "is_app_user": False,
        "updated": int(one.updated.timestamp()),
    }
    if one.stranger:
        told["is_stranger"] = True
    if one.deleted:
        return told
    return told | {
        "color": "9f69e7",
        "real_name": one.real_name,
        "tz": one.tz,
        "tz_label": one.tz_label,
        "tz_offset": one.tz_offset,
        "is_admin": one.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": one.restricted,
        "is_ultra_restricted": False,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def profile(workspace: Workspace, one: User, manners: Manners, *, email: bool) -> Payload:
    mark = manners.mark()
    pictures = {
        f"image_{size}": f"https://secure.gravatar.com/avatar/{one.id}.jpg?s={size}&v={mark}"
        for size in _SIZES
    }
    told: Payload = {
        "title": "",
        "phone": "",
        "skype": "",
        "real_name": one.real_name,
        "real_name_normalized": one.real_name,
        "display_name": one.display_name,
        "display_name_normalized": one.display_name,
        "fields": {},
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": f"g{one.id.lower()}",
        "first_name": one.real_name.partition(" ")[0],
        "last_name": one.real_name.partition(" ")[2],
        **pictures,
        "team": workspace.id,
    }
    if one.bot is not None:
        return told | {"api_app_id": one.bot.app_id, "bot_id": one.bot.id, "always_active": True}
    return told | {"email": one.email} if email else told


def bot(one: Bot, manners: Manners) -> Payload:
    """Tell an app's face, as ``bots.info`` does."""
    told = _face(one, manners)
    return told | {"user_id": one.user_id} if one.user_id else told


def bot_profile(workspace: Workspace, one: Bot, manners: Manners) -> Payload:
    """Tell it beside a message."""
    return _face(one, manners) | {"team_id": workspace.id}


def _face(one: Bot, manners: Manners) -> Payload:
    base = f"https://a.slack-edge.com/{manners.mark()}/img/plugins/app/bot"
    return {
        "id": one.id,
        "deleted": one.deleted,
        "name": one.name,
        "updated": int(one.updated.timestamp()),
        "app_id": one.app_id,
        "icons": {f"image_{size}": f"{base}_{size}.png" for size in (36, 48, 72)},
    }


def channel(one: Channel, viewer: User) -> Payload:
    """Tell a conversation, as who asks may know it."""
    created = int(one.created.timestamp())
    if one.kind == "im":
        other = next((who for who in one.members if who != viewer.id), viewer.id)
        return {
            "id": one.id,
            "created": created,
            "is_archived": one.archived,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": one.workspace.id,
            "updated": created * 1000,
            "user": other,
            "is_user_deleted": one.workspace.users[other].deleted,
            "priority": 0,
        }
    old = one.legacy or one.kind == "mpim"
    return {
        "id": one.id,
        "name": one.name,
        "is_channel": not old,
        "is_group": old,
        "is_im": False,
        "is_mpim": one.kind == "mpim",
        "is_private": one.kind != "public_channel",
        "created": created,
        "is_archived": one.archived,
        "is_general": one.general,
        "unlinked": 0,
        "name_normalized": one.name,
        "is_shared": False,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "context_team_id": one.workspace.id,
        "updated": int(one.updated.timestamp() * 1000),
        "parent_conversation": None,
        "creator": one.creator,
        "is_ext_shared": False,
        "shared_team_ids": [one.workspace.id],
        "pending_connected_team_ids": [],
        "is_member": viewer.id in one.members,
        "topic": note(one.topic),
        "purpose": note(one.purpose),
        "previous_names": one.previous_names,
    }


def note(one: Note) -> Payload:
    return {"value": one.value, "creator": one.creator, "last_set": one.last_set}
