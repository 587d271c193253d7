"""Tokens of Slack in what was said: whatever is configured, none of them is kept."""

from pathlib import Path
from typing import Any

import pytest

from sources.batch import QuarantineRecord
from sources.slack.messages import Shape, make_event
from sources.slack.redaction import Redactor
from tests.support.slack_exports import events, export, make_zip, message, read
from tests.unit.test_slack_messages import CHANNEL, NAMES, SHAPE
from tests.unit.test_slack_messages import read as understand

FILE = "https://files.slack.com/files-pri/T1-F1/a.png"
TOKENS = [
    "xoxb-123456789012-1234567890123-AbCdEfGhIjKl",
    "xoxp-123456789012-abcdef",
    "xoxa-2-123456789012",
    "xoxe-1-My0xLTEyMzQ1",
    "xoxe.xoxp-1-Mi0yLTEyMzQ1",
    "xoxd-AbCd%2FEf%2BGh",
    "xoxd-AbCd+Ef/GhIjKl==",
    "xapp-1-A0123456789-123456-abcdef",
    "xwfp-123456789012",
]


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_taken_out_of_every_text(token: str) -> None:
    event = understand(
        text=f"it is `{token}`, or <{FILE}?t={token}|this>",
        files=[{"id": "F1", "name": f"{token}.txt", "permalink": f"{FILE}?a=1&t={token}&b=2"}],
        attachments=[{"title": token, "title_link": f"{FILE}?t={token}&amp;b=2", "footer": token}],
        blocks=[{"type": "header", "text": {"type": "plain_text", "text": token}}],
        username=token,
        topic=f"{FILE}%3Ft%3D{token}",
    )

    assert token not in repr(event)
    assert "[redacted]" in event.title
    assert f"this ({FILE})" in event.title
    assert event.attributes["raw"] == f"it is `[redacted]`, or <{FILE}|this>"
    assert event.attributes["files"][0]["permalink"] == f"{FILE}?a=1&b=2"
    assert event.attributes["attachments"] == [{"url": f"{FILE}?b=2", "footer": "[redacted]"}]


def test_a_token_that_a_text_is_put_together_from_is_taken_out() -> None:
    pieces = [{"type": "text", "text": text} for text in ("xoxb-", "123456789012")]
    said = {"type": "rich_text_section", "elements": pieces}
    event = understand(text="", blocks=[{"type": "rich_text", "elements": [said]}])

    assert event.body == "[redacted]"


@pytest.mark.parametrize(
    "text", ["xoxo", "xapp-symbolic-icons", "https://x.org/?t=xoxo", "xoxb-…", "?t=90&xoxe"]
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert understand(text=text).body == text


def test_patterns_of_ones_own_leave_no_part_of_a_token() -> None:
    shape = Shape(source_id="demo", redactor=Redactor(["[0-9]{6,}"]))

    assert understand(shape, text=f"1234567 {TOKENS[0]}").body == "[redacted] [redacted]"


def test_no_token_goes_to_quarantine() -> None:
    token = TOKENS[0]
    deep: Any = token
    for _ in range(300):
        deep = [{"x": deep}]
    bad = [{"ts": token}, {"id": token, "a": {token: 1}}, token, [token], {"deep": deep}]

    for one in bad:
        made = make_event(CHANNEL, one, NAMES, SHAPE)
        assert isinstance(made, QuarantineRecord)
        assert token not in repr(made)


def test_the_token_that_an_export_adds_to_addresses_is_not_kept(tmp_path: Path) -> None:
    address = f"{FILE}?t=xoxe-1-2"
    files = [{"id": "F1", "name": "a.png", "url_private": address, "permalink": address}]
    told = [
        message(0, f"<{address}>", attachments=[{"title": "b", "title_link": address}]),
        message(1, files=files),
        message(2, files=files, reactions=[{"name": "x", "count": "many"}]),
        {**message(3, files=files), "ts": "never"},
    ]
    batches = read(make_zip(tmp_path / "a.zip", export(general_05=told)))
    kept = [bad for batch in batches for bad in batch.quarantined]

    assert [event.title for event in events(batches)] == [FILE, "Hello"]
    assert len(kept) == 2
    assert all(f'"url_private":"{FILE}"'.encode() in bad.raw for bad in kept)
    assert "xoxe" not in repr([events(batches), kept])
