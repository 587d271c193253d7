"""Whatever happens in a workspace, and however lists are cut: all of it is told, once a message."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk import WebClient

from tests.support.slack import Workspace, slack_server, write_export
from tests.support.slack.life import Deed, Life, deeds
from tests.support.slack_client import BOT, client_of, gather

Told = dict[tuple[str, str], Any]

SIZES = st.lists(st.integers(0, 4), max_size=30)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(deeds(), SIZES)
def test_all_pages_together_are_the_workspace(life: list[Deed], sizes: list[int]) -> None:
    workspace = Workspace()
    reader = workspace.token(BOT, unlimited=True).user
    Life(workspace, reader).live(life)
    known = {(channel.id, one.ts): one.text for channel, one in workspace.readable(reader)}
    with slack_server(workspace) as server:
        server.manners.volatile = False
        server.manners.sizes = iter(sizes)
        told = read(client_of(server))
    assert {place for place, one in told.items() if one.get("subtype") == "tombstone"} == {
        (channel.id, one.ts) for channel, one in workspace.readable(reader) if one.tombstone
    }
    assert told.keys() == known.keys()
    exported = unpack(workspace)
    assert {place: one["text"] for place, one in exported.items()} == {
        place: one["text"] for place, one in told.items()
    }


def read(client: WebClient) -> Told:
    """Read all channels and threads, and see that nothing is told twice."""
    found: Told = {}
    types = "public_channel,private_channel"
    for channel in gather(client.users_conversations(types=types, limit=2), "channels"):
        shown = gather(client.conversations_history(channel=channel["id"], limit=5), "messages")
        times = [one["ts"] for one in shown]
        assert times == sorted(set(times), reverse=True)
        found |= {(channel["id"], one["ts"]): one for one in shown}
        for parent in shown:
            if parent.get("reply_count"):
                found |= replies(client, channel["id"], parent)
    return found


def replies(client: WebClient, channel: str, parent: dict[str, Any]) -> Told:
    answer = client.conversations_replies(channel=channel, ts=parent["ts"], limit=5)
    told = gather(answer, "messages")
    times = [one["ts"] for one in told]
    assert times == sorted(set(times))
    assert (times[0], times[-1]) == (parent["ts"], parent["latest_reply"])
    assert len(told) == parent["reply_count"] + 1
    return {(channel, one["ts"]): one for one in told}


def unpack(workspace: Workspace) -> Told:
    """Give all messages of an export."""
    found: Told = {}
    with TemporaryDirectory() as place:
        path = write_export(workspace, Path(place) / "export.zip")
        with ZipFile(path) as archive:
            files = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    ids = {
        one["name"]: one["id"] for name in ("channels.json", "groups.json") for one in files[name]
    }
    for name, day in files.items():
        folder, _, file = name.partition("/")
        if file:
            for one in day:
                assert (ids[folder], one["ts"]) not in found
                found[ids[folder], one["ts"]] = one
    return found
