"""Recorded exports and answers of Slack, read field by field."""

import json
import os
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sources import EpisodicEvent
from sources.slack.messages import Shape, make_event
from sources.slack.names import Channel, Names
from tests.support.slack_exports import events, export, make_folder, make_zip, read

CORPORA = Path(
    os.environ.get("DAYBOOK_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora"
)
SLACK = CORPORA / "slack"
ARCHIVE = SLACK / "slack-export-viewer-testarchive.zip"

pytestmark = pytest.mark.skipif(not SLACK.exists(), reason=f"no corpora in {CORPORA}")

KINDS = {"channel_join": "slack.channel.joined"}


def recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the archive by other means: each message with its folder."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        for name in archive.namelist():
            folder, _, base = name.partition("/")
            if base:
                yield from ((folder, item) for item in json.loads(archive.read(name)))


def listed(name: str) -> dict[str, dict[str, Any]]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return {item["id"]: item for item in json.loads(archive.read(name))}


@pytest.fixture(scope="module")
def told() -> dict[str, EpisodicEvent]:
    """The events of the archive's messages, by subject."""
    batches = read(ARCHIVE, workspace="mesos-magellan")
    assert not any(batch.quarantined for batch in batches)
    found = [event for event in events(batches) if event.kind != "slack.channel.created"]
    return {event.subject: event for event in found}


def test_the_archive_is_read_as_was_counted(told: dict[str, EpisodicEvent]) -> None:
    expected = json.loads(ARCHIVE.with_suffix(".expected.json").read_text())
    assert len(told) == expected["messages"]
    assert Counter(event.scope for event in told.values()) == expected["per_channel"]
    subtypes = Counter(event.attributes.get("subtype", "(none)") for event in told.values())
    assert subtypes == expected["subtypes"]
    assert sum(event.revised_at is not None for event in told.values()) == expected["edited"]
    files = [event for event in told.values() if "files" in event.attributes]
    assert len(files) == expected["with_files"]
    reactions = [sum(event.attributes.get("reactions", {}).values()) for event in told.values()]
    assert sum(reactions) == expected["reaction_total"]
    moments = sorted(event.attributes["ts"] for event in told.values())
    assert ([moments[0]], [moments[-1]]) == (expected["first_ts"], expected["last_ts"])
    replies = [event for event in told.values() if event.kind == "slack.reply"]
    assert len(replies) == expected["thread_replies"]


def test_each_message_of_the_archive_has_its_fields(told: dict[str, EpisodicEvent]) -> None:
    users, channels = listed("users.json"), listed("channels.json")
    ids = {item["name"]: key for key, item in channels.items()}
    for folder, message in recorded():
        event = told[f"{ids[folder]}/{message['ts']}"]
        kind = KINDS.get(message.get("subtype", ""), "slack.message")
        author = message.get("user") or message.get("comment", {}).get("user")
        edited = message.get("edited", {}).get("ts")
        file = message.get("file", {})
        assert event.kind == kind
        second = event.occurred_at.replace(microsecond=0)
        assert f"{second.timestamp():.0f}.{event.occurred_at.microsecond:06}" == message["ts"]
        assert event.scope == folder
        assert event.actor_key == (author or message.get("bot_id"))
        if author:
            profile = users[author]["profile"]
            assert event.actor == (profile["display_name"] or profile["real_name"])
        assert (event.revised_at is not None) == (edited is not None)
        if edited:
            assert event.revised_at == datetime.fromtimestamp(int(edited.split(".")[0]), UTC)
        assert [item["id"] for item in event.attributes.get("files", [])] == (
            [file["id"]] if file else []
        )
        for attachment in message.get("attachments", []):
            assert attachment.get("pretext", "").partition("<")[0] in str(event.body)
        link = f"https://mesos-magellan.slack.com/archives/{ids[folder]}/p"
        assert event.url == link + message["ts"].replace(".", "")
        assert "xoxe" not in str(event.to_row())


def test_each_word_of_the_archive_is_found_in_its_event(told: dict[str, EpisodicEvent]) -> None:
    ids = {item["name"]: key for key, item in listed("channels.json").items()}
    for folder, message in recorded():
        event = told[f"{ids[folder]}/{message['ts']}"]
        if message["text"] and "<" not in message["text"] and "&" not in message["text"]:
            assert message["text"] in str(event.body)


def test_an_unpacked_archive_tells_the_same(told: dict[str, EpisodicEvent], tmp_path: Path) -> None:
    with zipfile.ZipFile(ARCHIVE) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name[-1] != "/"}
    folder = make_folder(tmp_path / "export", files)
    again = {event.subject: event for event in events(read(folder, workspace="mesos-magellan"))}
    assert {key: again[key] for key in told} == told


def test_the_archive_in_two_halves_tells_the_same(
    told: dict[str, EpisodicEvent], tmp_path: Path
) -> None:
    with zipfile.ZipFile(ARCHIVE) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name[-1] != "/"}
    lists = {name: content for name, content in files.items() if "/" not in name}
    halves = [
        {name: content for name, content in files.items() if ("2016-03" in name) == late}
        for late in (False, True)
    ]
    for number, half in enumerate(halves):
        make_zip(tmp_path / f"{number}.zip", {**lists, **half})
    batches = read(tmp_path / "*.zip", workspace="mesos-magellan")
    again = {event.subject: event for event in events(batches)}
    assert {key: again[key] for key in told} == told


def test_the_published_messages_are_understood() -> None:
    described = json.loads((SLACK / "slack_web_openapi_v2.json").read_text())
    people = _example(described, "/users.list")["members"]
    names = Names.of(people, _example(described, "/conversations.list")["channels"])
    channel = Channel(id="C012AB3CD", name=names.channel("C012AB3CD"))
    shape = Shape(source_id="demo")
    found: dict[str, list[EpisodicEvent]] = {}
    for path in ("/conversations.history", "/conversations.replies"):
        for message in _example(described, path)["messages"]:
            event = make_event(channel, message, names, shape)
            assert isinstance(event, EpisodicEvent)
            assert event.body == message["text"]
            assert event.subject == f"C012AB3CD/{message['ts']}"
            found.setdefault(path, []).append(event)
    assert [event.kind for event in found["/conversations.history"]] == ["slack.message"] * 2
    kinds = [event.kind for event in found["/conversations.replies"]]
    assert kinds == ["slack.message", "slack.reply", "slack.reply", "slack.reply"]
    sessions = {event.session_id for event in found["/conversations.replies"]}
    assert sessions == {"C012AB3CD/1482960137.003543"}
    assert names.user("W012A3CDE") == "spengler"


@pytest.mark.parametrize("source", ["rtm.start", "web_response_conversations_list"])
def test_recorded_conversations_are_those_of_an_export(source: str, tmp_path: Path) -> None:
    """The same records in ``channels.json`` lead to the same channels."""
    answer = json.loads((SLACK / "python-slack-sdk" / f"{source}.json").read_text())
    files = {**export(), "users.json": answer.get("users", []), "channels.json": answer["channels"]}
    found = events(read(make_zip(tmp_path / "a.zip", files), channels=["*"]))
    opened = {event.attributes["channel"]: event for event in found}
    people = Names.of(answer.get("users", []))
    for record in answer["channels"]:
        event = opened[record["id"]]
        assert event.scope == record["name"]
        assert event.occurred_at == datetime.fromtimestamp(record["created"], UTC)
        assert event.actor == people.user(record["creator"])


def _example(described: dict[str, Any], path: str) -> dict[str, Any]:
    (operation,) = described["paths"][path].values()
    example: dict[str, Any] = operation["responses"]["200"]["examples"]["application/json"]
    return example
