"""The Slack of the tests answers as Slack's own description and recorded answers have it."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import pytest
import requests

from tests.support.loopback.shapes import differences
from tests.support.slack import SlackServer, Workspace, slack_server, write_export
from tests.support.slack.shapes import Everything, one_of_everything
from tests.support.slack_client import BOT

CORPORA = Path(
    os.environ.get("DAYBOOK_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora"
)
SLACK = CORPORA / "slack"

pytestmark = pytest.mark.skipif(not SLACK.exists(), reason=f"no corpora in {CORPORA}")

Args = dict[str, str]
KINDS: Final = "public_channel,private_channel,mpim,im"
TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": (int, float),
    "object": dict,
    "string": str,
}

LATER: Final = {
    # Errors that Slack documents now and that the description of 2021 lacks.
    "channel_not_found",
    "invalid_arguments",
    "invalid_cursor",
    "invalid_limit",
    "invalid_types",
    "missing_scope",
    "not_in_channel",
    "ratelimited",
    "team_not_found",
    "token_revoked",
    "user_not_found",
}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SLACK / "slack_web_openapi_v2.json").read_text())
    return found


@pytest.fixture(scope="module")
def filled() -> tuple[Workspace, Everything]:
    workspace = Workspace()
    workspace.token(BOT, unlimited=True)
    everything = one_of_everything(workspace)
    workspace.tokens[BOT].scopes += ("channels:join",)
    return workspace, everything


@pytest.fixture(scope="module")
def server(filled: tuple[Workspace, Everything]) -> Iterator[SlackServer]:
    with slack_server(filled[0]) as made:
        yield made


def calls(everything: Everything) -> Iterator[tuple[str, Args]]:
    """Give a call of each method, and of those that tell many things, several."""
    channel, parent = everything.channel.id, everything.parent.ts
    yield "auth.test", {}
    yield "bots.info", {"bot": everything.bot.id}
    yield "chat.getPermalink", {"channel": channel, "message_ts": parent}
    yield "conversations.history", {"channel": channel}
    yield "conversations.history", {"channel": channel, "limit": "3"}
    yield (
        "conversations.info",
        {"channel": channel, "include_num_members": "1", "include_locale": "1"},
    )
    yield "conversations.join", {"channel": channel}
    yield "conversations.list", {"types": KINDS}
    yield "conversations.list", {"types": KINDS, "limit": "1"}
    yield "conversations.members", {"channel": channel, "limit": "1"}
    yield "conversations.replies", {"channel": channel, "ts": parent}
    yield "files.info", {"file": everything.file.id}
    yield "files.list", {"show_files_hidden_by_limit": "true"}
    yield "reactions.get", {"channel": channel, "timestamp": parent, "full": "true"}
    yield "team.info", {}
    yield "users.conversations", {"types": KINDS}
    yield "users.info", {"user": everything.ada.id}
    yield "users.list", {}


def call(server: SlackServer, method: str, args: Args) -> Any:
    headers = {"Authorization": f"Bearer {BOT}"}
    answer = requests.get(f"{server.url}/{method}", headers=headers, params=args, timeout=10)
    return answer.json()


def schema_of(described: dict[str, Any], method: str, answer: str) -> Any:
    (way,) = described["paths"][f"/{method}"].values()
    return way["responses"][answer]["schema"]


class Reader:
    """Holds values to the description; what it does not know of is passed over."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._definitions = described["definitions"]

    def faults(self, schema: Any, value: Any, path: str) -> Iterator[str]:
        """Name what is of another type or form, and what is required and is not there."""
        if "$ref" in schema:
            schema = self._definitions[schema["$ref"].rpartition("/")[2]]
        ways = schema.get("items")
        if isinstance(ways, list):  # one of several forms, as this description writes it
            found = [[*self.faults(one, value, path)] for one in ways]
            yield from min(found, key=len)
            return
        kinds = schema.get("type", [])
        names = [kinds] if isinstance(kinds, str) else kinds
        if names and not any(isinstance(value, TYPES[name]) for name in names):
            yield f"{path}: {type(value).__name__} instead of {names}"
        elif isinstance(value, dict):
            yield from self._object(schema, value, path)
        elif isinstance(value, list):
            for one in value:
                yield from self.faults(schema.get("items", {}), one, f"{path}[]")
        elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            yield f"{path}: {value!r} is not as {schema['pattern']}"

    def _object(self, schema: Any, value: dict[str, Any], path: str) -> Iterator[str]:
        for name in schema.get("required", []):
            if name not in value:
                yield f"{path}.{name} is missing"
        for name, one in schema.get("properties", {}).items():
            if name in value:
                yield from self.faults(one, value[name], f"{path}.{name}")


LOOSE: Final = {
    # A broadcast is recorded with its root, and without this.
    "conversations.replies.messages[].parent_user_id is missing",
}


def test_answers_are_as_described(
    described: dict[str, Any], server: SlackServer, filled: tuple[Workspace, Everything]
) -> None:
    reader = Reader(described)
    found: set[str] = set()
    asked = set()
    for method, args in calls(filled[1]):
        answer = call(server, method, args)
        assert answer["ok"], (method, answer)
        found |= set(reader.faults(schema_of(described, method, "200"), answer, method))
        asked.add(method)
    assert found - LOOSE == set()
    assert len(asked) == 16


UNLIKE: Final = {
    # What stands on the last page only, or on none but the last one.
    "conversations.history.response_metadata",
    "conversations.replies.response_metadata",
    # What the examples have, and Slack tells in some cases only.
    "files.info.file.shares",
    "reactions.get.file",
    "users.info.user.profile.image_original",
    *(f"conversations.info.channel.{name}" for name in ("is_read_only", "last_read")),
    *(f"conversations.replies.messages[].{name}" for name in ("last_read", "unread_count")),
    *(f"team.info.team.enterprise_{name}" for name in ("id", "name")),
    *(f"{where}.has_2fa" for where in ("users.info.user", "users.list.members[]")),
}
PICTURES: Final = re.compile(r"\.(thumb_|deanimate|pjpeg|image_exif|original_[wh])")


def test_answers_have_what_the_examples_have(
    described: dict[str, Any], server: SlackServer, filled: tuple[Workspace, Everything]
) -> None:
    found: set[str] = set()
    for method, args in calls(filled[1]):
        (way,) = described["paths"][f"/{method}"].values()
        example = way["responses"]["200"]["examples"]["application/json"]
        if not args.get("limit"):
            found |= set(differences(example, call(server, method, args), method))
    assert {one for one in found if not PICTURES.search(one)} == UNLIKE


REFUSALS: Final = [
    ("conversations.history", {"channel": "C0NOWHERE"}),
    ("conversations.history", {"channel": "-", "latest": "soon"}),
    ("conversations.history", {"channel": "-", "oldest": "soon"}),
    ("conversations.history", {"channel": "-", "limit": "1000"}),
    ("conversations.replies", {"channel": "-", "ts": "1.1"}),
    ("conversations.replies", {"channel": "-"}),
    ("conversations.list", {"types": "huddle"}),
    ("conversations.list", {"cursor": "?"}),
    ("conversations.members", {"channel": "-", "cursor": "?"}),
    ("users.list", {"cursor": "?"}),
    ("users.info", {"user": "U0NOBODY"}),
    ("bots.info", {"bot": "B0NOBODY"}),
    ("files.info", {"file": "F0NOTHING"}),
    ("reactions.get", {"channel": "-", "timestamp": "1.1"}),
    ("reactions.get", {}),
    ("chat.getPermalink", {"channel": "-", "message_ts": "1.1"}),
    ("chat.getPermalink", {"channel": "C0NOWHERE", "message_ts": "1.1"}),
]


@pytest.mark.parametrize(("method", "args"), REFUSALS)
def test_refusals_are_as_described(
    described: dict[str, Any],
    server: SlackServer,
    filled: tuple[Workspace, Everything],
    method: str,
    args: Args,
) -> None:
    channel = filled[1].channel.id
    given = {name: channel if value == "-" else value for name, value in args.items()}
    answer = call(server, method, given)
    assert not answer["ok"]
    known = schema_of(described, method, "default")["properties"]["error"]["enum"]
    assert answer["error"] in {*known, *LATER}


def test_recorded_channels_have_nothing_that_ours_lack(
    server: SlackServer, filled: tuple[Workspace, Everything]
) -> None:
    recorded = json.loads(
        (SLACK / "python-slack-sdk" / "web_response_conversations_list.json").read_text()
    )
    ours = call(server, "conversations.list", {})
    assert filled[1].channel.id in {one["id"] for one in ours["channels"]}
    assert list(differences(recorded, ours)) == []


def unpack(path: Path) -> dict[str, Any]:
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".json")]
        return {name: json.loads(archive.read(name)) for name in names}


def test_a_recorded_export_has_nothing_that_ours_lacks(
    filled: tuple[Workspace, Everything], tmp_path: Path
) -> None:
    recorded = unpack(SLACK / "slack-export-viewer-testarchive.zip")
    ours = unpack(write_export(filled[0], tmp_path / "export.zip"))
    loose = {
        # Numbers were strings, apps are told of since, and a team has fields of its own.
        ".created: int instead of str",
        ".topic.last_set: int instead of str",
        ".purpose.last_set: int instead of str",
        ".profile.fields.Xf0DB1UMPV",
        *(f".{name}" for name in ("channel", "scope", "service_id", "service_type")),
    }
    for name in ("channels.json", "users.json", "integration_logs.json"):
        found = {one for each in recorded[name] for one in differences(each, ours[name][0])}
        assert found <= loose, name
    kinds = {one.get("subtype") for name, day in ours.items() if "/" in name for one in day}
    told = {one.get("subtype") for name, day in recorded.items() if "/" in name for one in day}
    assert told - kinds == {"bot_add", "file_comment", "file_share"}
