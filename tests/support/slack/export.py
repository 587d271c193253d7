"""The same workspace as an export: a zip of JSON, a file for each channel and day."""

import json
from collections import defaultdict
from datetime import UTC, date, tzinfo
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from tests.support.slack.channel import Channel
from tests.support.slack.manners import Manners
from tests.support.slack.payloads import Messages, Payload
from tests.support.slack.payloads_people import note, profile, user
from tests.support.slack.stamps import key, moment_of, stamp
from tests.support.slack.things import Kind, Message, User
from tests.support.slack.workspace import Workspace

_FILES: dict[Kind, str] = {
    "public_channel": "channels.json",
    "private_channel": "groups.json",
    "mpim": "mpims.json",
    "im": "dms.json",
}
_PROFILE = ("avatar_hash", "image_72", "first_name", "real_name", "display_name", "team")


def write_export(
    workspace: Workspace,
    path: Path,
    *,
    zone: tzinfo = UTC,
    everything: bool = True,
    folder: str = "",
) -> Path:
    """Write what an owner downloads.

    Args:
        workspace: what is told; hidden messages are not.
        path: of the zip.
        zone: in which days begin and end; an export has no word about it.
        everything: private channels and direct messages too, as on the higher plans.
        folder: in which all of it lies, as when somebody packed it again.

    Returns:
        The path.
    """
    export = _Export(workspace, zone)
    kinds: list[Kind] = list(_FILES) if everything else ["public_channel"]
    with workspace.lock, ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in export.files(kinds):
            archive.writestr(folder + name, _json(content))
    return path


def _json(content: Any) -> str:
    return json.dumps(content, indent=4)


class _Export:
    """Makes the files."""

    def __init__(self, workspace: Workspace, zone: tzinfo) -> None:
        self._workspace = workspace
        self._zone = zone
        self._manners = Manners(repliers=1_000_000, reactors=1_000_000)
        self._messages = Messages(workspace, self._manners)

    def files(self, kinds: list[Kind]) -> list[tuple[str, Any]]:
        """Give all files by name."""
        known = [one for one in self._workspace.channels.values() if not one.gone]
        found: list[tuple[str, Any]] = [("users.json", self._users()), *self._logs()]
        for kind in kinds:
            told = [_conversation(one) for one in known if one.kind == kind]
            found.append((_FILES[kind], told))
        for channel in known:
            if channel.kind in kinds:
                found += self._days(channel)
        return found

    def _users(self) -> list[Payload]:
        return [
            user(self._workspace, one, self._manners, email=True)
            for one in self._workspace.users.values()
            if not one.stranger
        ]

    def _logs(self) -> list[tuple[str, Any]]:
        """Give the list of integrations that were added."""
        owner = next(iter(self._workspace.users.values()), None)
        logs = [
            {
                "user_id": owner.id if owner else "",
                "user_name": owner.name if owner else "",
                "date": str(int(one.updated.timestamp())),
                "change_type": "added",
                "app_type": one.name,
                "app_id": one.app_id,
            }
            for one in self._workspace.bots.values()
        ]
        return [("integration_logs.json", logs)]

    def _days(self, channel: Channel) -> list[tuple[str, Any]]:
        days: dict[date, list[Payload]] = defaultdict(list)
        for ts in sorted(channel.messages, key=key):
            message = channel.find(ts)
            if message is not None:
                day = moment_of(ts).astimezone(self._zone).date()
                days[day].append(self._message(channel, message))
        folder = channel.name or channel.id
        return [(f"{folder}/{day.isoformat()}.json", told) for day, told in sorted(days.items())]

    def _message(self, channel: Channel, message: Message) -> Payload:
        """Tell a message as exports do: with its writer's profile, and a list of its answers."""
        told = self._messages.message(channel, message)
        for file in told.get("files", []):
            for name in ("url_private", "url_private_download"):
                if name in file and file["mode"] != "external":
                    file[name] += "?t=xoxe-1-2-3-export"
        author = self._workspace.users.get(message.user or "")
        if author is not None and message.client_id is not None and not message.tombstone:
            team = self._workspace.id
            told |= {"user_team": team, "source_team": team, "user_profile": self._profile(author)}
        if answers := channel.answers(message.ts):
            times = [stamp(one) for one in answers]
            told["replies"] = [{"user": _writer(channel.messages[one]), "ts": one} for one in times]
        return told

    def _profile(self, author: User) -> Payload:
        whole = profile(self._workspace, author, self._manners, email=False)
        return {
            **{name: whole[name] for name in _PROFILE},
            "name": author.name,
            "is_restricted": author.restricted,
            "is_ultra_restricted": False,
        }


def _writer(message: Message) -> str:
    return message.user or (message.bot.id if message.bot else "")


def _conversation(channel: Channel) -> Payload:
    created = int(channel.created.timestamp())
    if channel.kind == "im":
        return {"id": channel.id, "created": created, "members": channel.members}
    told: Payload = {
        "id": channel.id,
        "name": channel.name,
        "created": created,
        "creator": channel.creator,
        "is_archived": channel.archived,
        "members": channel.members,
        "topic": note(channel.topic),
        "purpose": note(channel.purpose),
    }
    if channel.kind == "public_channel":
        told["is_general"] = channel.general
    if pins := channel.pins():
        told["pins"] = [
            {"id": one.ts, "type": "C", "created": at, "user": by, "owner": one.user}
            for one in pins
            for by, at in [one.pinned or ("", 0)]
        ]
    return told
