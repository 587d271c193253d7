"""A workspace of the tests as an export: the same messages, in files by channel and day."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from tests.support.slack import Channel, StillClock, User, Workspace, slack_server, write_export
from tests.support.slack_client import BOT, client_of, gather


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace(StillClock(datetime(2024, 5, 1, 21, tzinfo=UTC)))
    made.token(BOT)
    return made


def unpack(path: Path) -> dict[str, Any]:
    """Give the content of all files."""
    with ZipFile(path) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_files_of_both_kinds_of_export(
    workspace: Workspace, channel: Channel, ada: User, tmp_path: Path
) -> None:
    secret = workspace.private_channel("secret", ada)
    direct = workspace.direct_message(ada, workspace.user("ben"))
    group = workspace.group_message(ada, workspace.user("ben"), workspace.user("cy"))
    for one in (channel, secret, direct, group):
        one.say("Hello", user=ada)
    small = unpack(write_export(workspace, tmp_path / "small.zip", everything=False))
    whole = unpack(write_export(workspace, tmp_path / "whole.zip"))
    about = {"users.json", "channels.json", "integration_logs.json"}
    assert set(small) == {*about, "general/2024-05-01.json"}
    assert set(whole) == {
        *small,
        *("groups.json", "dms.json", "mpims.json", "secret/2024-05-01.json"),
        *(f"{direct.id}/2024-05-01.json", "mpdm-ada--ben--cy-1/2024-05-01.json"),
    }
    assert [one["id"] for one in whole["groups.json"]] == [secret.id]
    assert whole["dms.json"][0]["members"] == direct.members
    assert {one["name"] for one in whole["users.json"]} == {"ada", "ben", "cy", "reader"}


def test_days_begin_where_the_export_is_made(
    workspace: Workspace, channel: Channel, ada: User, tmp_path: Path
) -> None:
    parent = channel.say("In the evening", user=ada)
    workspace.clock.move(hours=2)
    channel.say("At night", user=ada)
    workspace.clock.move(days=1)
    channel.reply(parent, "Next day", user=ada)

    def days(zone: str) -> dict[str, list[str]]:
        found = unpack(write_export(workspace, tmp_path / "a.zip", zone=ZoneInfo(zone)))
        return {name: [one["text"] for one in told] for name, told in found.items() if "/" in name}

    assert days("UTC") == {
        "general/2024-05-01.json": ["In the evening", "At night"],
        "general/2024-05-02.json": ["Next day"],
    }
    assert days("Europe/Berlin") == {
        "general/2024-05-01.json": ["In the evening"],
        "general/2024-05-02.json": ["At night"],
        "general/2024-05-03.json": ["Next day"],
    }


def test_messages_are_those_of_the_interface_with_more_about_them(
    workspace: Workspace, channel: Channel, ada: User, tmp_path: Path
) -> None:
    file = workspace.file("a.txt", user=ada)
    parent = channel.say("Asked", user=ada, files=[file])
    stone = channel.say("Taken back", user=ada)
    answers = [
        channel.reply(parent, "Answered", user=ada),
        channel.reply(parent, "For all", user=ada, broadcast=True),
    ]
    channel.reply(stone, "Too late", user=ada)
    channel.delete(stone)
    channel.set_topic("Now", by=ada)
    channel.react(parent, "tada", ada)
    channel.edit(parent, "Asked again", at=workspace.clock.now() + timedelta(minutes=1))
    channel.integrate("Built", bot=workspace.integration("builds"))
    told = unpack(write_export(workspace, tmp_path / "a.zip"))["general/2024-05-01.json"]
    with slack_server(workspace) as server:
        server.manners.volatile = False
        client = client_of(server)
        shown = gather(client.conversations_history(channel=channel.id), "messages")
        for one in list(shown):
            found = client.conversations_replies(channel=channel.id, ts=one["ts"])
            shown += [each for each in gather(found, "messages") if each["ts"] != one["ts"]]
    known = {one["ts"]: one for one in shown}
    exported = {one["ts"]: one for one in told}
    assert list(exported) == sorted(known)
    for ts, one in exported.items():
        more = {"user_team", "source_team", "user_profile", "replies"}
        rest = {name: value for name, value in one.items() if name not in {*more, *VOLATILE}}
        assert rest == {name: known[ts][name] for name in known[ts] if name not in VOLATILE}
    first = exported[parent.ts]
    assert first["replies"] == [{"user": ada.id, "ts": one.ts} for one in answers]
    assert first["user_profile"]["real_name"] == "Ada Lovelace"
    assert first["files"][0]["url_private"].endswith("?t=xoxe-1-2-3-export")


VOLATILE = {"blocks", "bot_profile", "files", "root"}


def test_hidden_messages_are_not_exported(
    workspace: Workspace, channel: Channel, ada: User, tmp_path: Path
) -> None:
    channel.say("Old", user=ada)
    workspace.clock.move(days=100)
    channel.say("New", user=ada)
    workspace.plan_days = 90
    found = unpack(write_export(workspace, tmp_path / "a.zip", folder="Acme/"))
    assert [name for name in found if name.count("/") == 2] == ["Acme/general/2024-08-09.json"]
