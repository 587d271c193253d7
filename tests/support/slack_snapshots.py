"""Exports of a made-up workspace as months go by, with an account of what they say."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.slack_exports import USERS, Files, make_zip

BEGIN = datetime(2024, 1, 5, 9, 30, tzinfo=UTC)
CHANNELS: list[dict[str, Any]] = [
    {"id": "C0000001", "name": "general", "created": 1_704_000_000, "creator": "U0000001"},
    {"id": "C0000002", "name": "random", "created": 1_704_000_100, "creator": "U0000002"},
]


def days(numbers: range, a_day: int = 4) -> dict[str, list[Any]]:
    """Make the day files of some days, every third with a thread."""
    files: dict[str, list[Any]] = {}
    for number in numbers:
        for channel in CHANNELS:
            begin = BEGIN + timedelta(days=number)
            said = [_message(begin + timedelta(minutes=at), number, at) for at in range(a_day)]
            if number % 3 == 0:
                for reply in said[2:]:
                    reply["thread_ts"] = said[1]["ts"]
                said[1] |= {"thread_ts": said[1]["ts"], "reply_count": len(said) - 2}
            files[f"{channel['name']}/{begin:%Y-%m-%d}.json"] = said
    return files


def _message(at: datetime, number: int, index: int) -> dict[str, Any]:
    ts = f"{at.timestamp():.0f}.{number:06d}"
    return {"type": "message", "user": "U0000001", "text": f"{number}: {index}", "ts": ts}


def write(path: Path, told: Files) -> Path:
    return make_zip(path, {"users.json": USERS, "channels.json": CHANNELS, **told})


def account(directory: Path) -> Sequence[Mapping[str, Any]]:
    """Say what all exports in a folder tell, those named later being newer."""
    ids = {channel["name"]: channel["id"] for channel in CHANNELS}
    told: dict[tuple[str, str], Any] = {}
    for path in sorted(directory.glob("*.zip")):
        found = {(ids[name], item["ts"]): item for name, item in _messages(path)}
        for channel in ids.values():
            times = [ts for key, ts in found if key == channel]
            if times:
                hidden = {k for k in told if k[0] == channel and min(times) <= k[1] <= max(times)}
                told = {key: item for key, item in told.items() if key not in hidden}
        told |= found
    rows = [_row(channel, item) for (channel, _), item in told.items()]
    return [*rows, *(_opened(channel) for channel in CHANNELS)]


def _messages(path: Path) -> list[tuple[str, Any]]:
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            folder, _, base = name.rpartition("/")
            content = archive.read(name)
            if folder and base and content.endswith(b"]"):
                said = [item for item in json.loads(content) if isinstance(item, dict)]
                found += [(folder, item) for item in said if "ts" in item]
    return found


def _row(channel: str, item: Mapping[str, Any]) -> dict[str, Any]:
    reply = item.get("thread_ts", item["ts"]) != item["ts"]
    seconds, _, micros = item["ts"].partition(".")
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return {
        "kind": "slack.reply" if reply else "slack.message",
        "subject": f"{channel}/{item['ts']}",
        "title": item["text"],
        "occurred_at": moment + timedelta(microseconds=int(micros)),
    }


def _opened(channel: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": "slack.channel.created",
        "subject": channel["id"],
        "title": f"#{channel['name']} was created",
        "occurred_at": datetime.fromtimestamp(channel["created"], UTC),
    }
