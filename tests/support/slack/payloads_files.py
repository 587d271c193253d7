"""Files, as Slack's JSON has them."""

from typing import Any

from tests.support.slack.manners import Manners
from tests.support.slack.things import File
from tests.support.slack.workspace import Workspace

Payload = dict[str, Any]


def file_stub(workspace: Workspace, one: File, manners: Manners) -> Payload:
    """Tell a file beside a message: of what was deleted or is hidden, nothing but that."""
    if one.mode in {"tombstone", "hidden_by_limit"}:
        return {"id": one.id, "mode": one.mode}
    return file(workspace, one, manners)


def file(workspace: Workspace, one: File, manners: Manners) -> Payload:
    created = int(one.created.timestamp())
    external = one.mode == "external"
    base = f"https://files.slack.com/files-pri/{workspace.id}-{one.id}"
    private = one.external_url if external else f"{base}/{one.name}"
    told: Payload = {
        "id": one.id,
        "created": created,
        "timestamp": created,
        "name": one.name,
        "title": one.title,
        "mimetype": one.mimetype,
        "filetype": one.filetype,
        "pretty_type": one.pretty_type,
        "user": one.user,
        "user_team": workspace.id,
        "editable": one.mode == "snippet",
        "size": 0 if external else one.size,
        "mode": one.mode,
        "is_external": external,
        "external_type": one.external_type,
        "is_public": True,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": private,
        "permalink": f"{workspace.url}files/{one.user}/{one.id}/{one.name}",
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }
    if external:
        return told | {"external_id": one.id.lower(), "external_url": one.external_url}
    told["url_private_download"] = f"{base}/download/{one.name}"
    told["permalink_public"] = f"https://slack-files.com/{workspace.id}-{one.id}-{manners.mark()}"
    return told


def file_alone(workspace: Workspace, one: File, manners: Manners) -> Payload:
    """Tell a file as ``files.list`` does, with where it was shared."""
    told = file_stub(workspace, one, manners)
    shared = {"channels": one.channels, "groups": [], "ims": [], "comments_count": 0}
    return told if len(told) == 2 else told | shared
