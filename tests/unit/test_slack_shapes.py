"""Messages of every form that Slack gives or gave them, and what can be read in them."""

from typing import Any

import pytest

from sources.slack.messages import Shape
from sources.slack.redaction import Redactor
from tests.unit.test_slack_messages import read

OTHERS = [
    "me_message",
    "file_mention",
    "bot_add",
    "bot_remove",
    "bot_enable",
    "bot_disable",
    "reminder_add",
    "reminder_delete",
    "ekm_access_denied",
    "huddle_thread",
    "sh_room_created",
    "sh_room_shared",
    "document_mention",
    "assistant_app_thread",
    "channel_canvas_updated",
    "tabbed_canvas_updated",
    "message_replied",
    "slackbot_response",
    "app_conversation_join",
    "group_join",
    "group_archive",
    "unheard_of",
]


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "rich_text", "elements": list(elements)}]


def section(*elements: Any) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


@pytest.mark.parametrize("subtype", OTHERS)
def test_a_message_of_any_subtype_is_an_event_with_a_title(subtype: str) -> None:
    assert read(subtype=subtype, text="<@U1> did it").title == "@Ada did it"
    assert read(subtype=subtype, text="").title == f"({subtype.replace('_', ' ')})"
    assert read(subtype=subtype, text=None, room={"name": "Plans"}).title == "Plans"


def test_what_is_null_or_an_empty_list_where_an_object_is_usual_is_nothing() -> None:
    empty = (
        "blocks",
        "attachments",
        "files",
        "file",
        "reactions",
        "edited",
        "bot_profile",
        "icons",
    )
    names = (*empty, "user_profile", "comment", "room", "thread_ts", "subtype", "username", "topic")

    assert read(**dict.fromkeys(names)) == read()
    assert read(**{name: [] for name in empty}) == read()
    assert read(**dict.fromkeys(("blocks", "attachments", "files", "reactions"), True)) == read()


def test_an_app_gives_a_notice_and_blocks_that_say_more() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Build 7 failed &amp; stopped"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*Commit* by <@U1>"}},
    ]
    event = read(bot_id="B1", text="Build 7 failed", blocks=blocks)
    assert event.body == "Build 7 failed\nBuild 7 failed & stopped\n*Commit* by @Ada"

    short = [{"type": "section", "text": {"type": "mrkdwn", "text": "_7_\n1\n:)"}}]
    assert read(bot_id="B1", text="Build 7 of 17", blocks=short).body == "Build 7 of 17\n1\n:)"

    same = read(bot_id="B1", text="Build 7 failed &amp; stopped Commit by <@U1>", blocks=blocks)
    assert same.body == "Build 7 failed & stopped Commit by @Ada"


@pytest.mark.parametrize("words", ["This content can't be displayed.", "[no preview available]"])
def test_a_text_that_only_says_there_is_none_gives_way_to_the_blocks(words: str) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Deployed"}}]

    assert read(bot_id="B1", text=words, blocks=blocks).body == "Deployed"
    assert read(text="", attachments=[{"fallback": words, "blocks": blocks}]).body == "Deployed"
    assert read(text="", attachments=[{"fallback": words}]).body is None


def test_what_a_person_typed_is_not_written_twice() -> None:
    typed = rich(section(text("See "), {"type": "usergroup", "usergroup_id": "S1"}))

    assert read(text="See <!subteam^S1|@ops>", blocks=typed).body == "See @ops"


def test_rich_text_of_every_kind() -> None:
    items = [section(text("one")), section(text("two"))]
    blocks = rich(
        section(text("a < b & c"), {"type": "color", "value": "#F405B3"}),
        {"type": "rich_text_list", "style": "ordered", "offset": 1, "elements": items},
        {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": items},
        {"type": "rich_text_quote", "elements": [text("said")]},
        {"type": "rich_text_preformatted", "elements": [text("x = 1")]},
        section({"type": "date", "timestamp": 1392734382, "format": "{date}"}),
        section({"type": "emoji", "name": "wave", "skin_tone": 2}, {"type": "new", "text": "this"}),
        section({"type": "user", "user_id": "U2"}, {"type": "user", "user_id": "U1"}),
    )
    event = read(text="", blocks=blocks)

    assert event.body == (
        "a < b & c#F405B3\n2. one\n3. two\n    • one\n    • two\nsaid\nx = 1\n"
        "2014-02-18 14:39 UTC\n:wave:this\n@Bob@Ada"
    )
    assert event.attributes["mentions"] == ["U2", "U1"]


def test_blocks_of_other_kinds_lose_no_text() -> None:
    cell = {"type": "rich_text", "elements": [section(text("cell"))]}
    blocks = [
        {"type": "table", "rows": [[{"type": "raw_text", "text": "head"}, cell]]},
        {"type": "call", "call": {"v1": {"name": "Zoom meeting"}}},
        {"type": "video", "title": {"text": "Tour"}, "description": {"text": "of it"}},
        {"type": "markdown", "text": "# Title"},
        {"type": "yet_to_come", "parts": [{"inner": {"type": "plain_text", "text": "unknown"}}]},
        {"type": "divider"},
        {"type": "table", "rows": None},
        {"type": "section", "accessory": {"type": "image", "alt_text": "a logo"}},
    ]

    assert read(text="", blocks=blocks).body == (
        "head | cell\nZoom meeting\nTour\nof it\n# Title\nunknown\na logo"
    )


def test_a_message_that_another_one_shows_is_read() -> None:
    shown = {"message": {"blocks": rich(section(text("What they said")))}}
    shares = [
        {"is_share": True, "text": "", "message_blocks": [shown], "fallback": "[no text]"},
        {"is_msg_unfurl": True, "files": [{"title": "a.png"}], "fallback": "[no text]"},
    ]

    assert read(text="", attachments=shares).body == "What they said\nShared a.png"


def test_what_attachments_come_from_has_no_markup() -> None:
    footer = "<https://github.com/o/r|o/r> &amp; more"
    event = read(attachments=[{"footer": footer, "author_name": "A &lt;b&gt;"}])

    assert event.attributes["attachments"] == [
        {"footer": "o/r (https://github.com/o/r) & more", "author": "A <b>"}
    ]


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        ("<!here|here> <!channel|@channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|ops>", "@ops"),
        ("<!date^1392734382^Since {date_num}>", "2014-02-18 14:39 UTC"),
        ("<!date^soon^{date}|>", "soon"),
        ("<#C9|old-name> <#C404|>", "#random #C404"),
    ],
)
def test_more_forms_of_markup(raw: str, read_as: str) -> None:
    assert read(text=raw).body == read_as


def test_a_title_is_the_first_line_with_words() -> None:
    assert read(text="```\nTraceback\n```").title == "Traceback"
    assert read(text="\N{PARTY POPPER}").title == "\N{PARTY POPPER}"


def test_a_file_of_an_older_message_stands_by_itself() -> None:
    file = {"id": "F1", "title": "Q&amp;A", "mode": "hosted"}
    event = read(subtype="file_share", text="", file=file, upload=True)

    assert event.title == "Shared Q&A"
    assert event.attributes["files"] == [{"id": "F1", "title": "Q&A", "mode": "hosted"}]
    assert read(text="", files=[{"mode": "hidden_by_limit"}]).title == "Shared a hidden file"


def test_a_comment_on_a_file_is_by_who_wrote_it() -> None:
    comment = {"id": "Fc1", "user": "U2", "comment": "nice"}
    event = read(subtype="file_comment", user=None, text="<@U2> commented: nice", comment=comment)

    assert (event.actor, event.actor_key) == ("Bob", "U2")


def test_who_is_of_another_workspace_is_named_by_the_message() -> None:
    profile = {"real_name": "Eve E.", "display_name": "eve", "name": "eve1", "team": "T2"}

    assert read(user="U404", user_team="T2", user_profile=profile).actor == "eve"
    assert read(user="U404", user_profile={"real_name": None}).actor == "U404"
    assert read(user="U1", user_profile=profile).actor == "Ada"


def test_slackbot_has_a_name_in_every_workspace() -> None:
    assert read(user="USLACKBOT", subtype="huddle_thread", text="").actor == "Slackbot"


def test_who_has_only_a_name_has_that() -> None:
    named = read(subtype="bot_message", user=None, username="Q&amp;A")

    assert (named.actor, named.actor_key) == ("Q&A", None)
    assert read(user=None, username="old bot").actor == "old bot"


def test_a_bot_that_is_added_is_not_who_adds_it() -> None:
    event = read(subtype="bot_add", bot_id="B1", text="added an integration")

    assert event.actor == "Ada"
    assert "bot" not in event.attributes
    shape = Shape(source_id="demo", include_bots=False)
    assert read(shape, subtype="bot_remove", bot_id="B1").title == "Hello"


def test_a_short_time_leads_to_the_message_all_the_same() -> None:
    event = read(ts="1355517523.5")

    assert event.url == "https://acme.slack.com/archives/C123/p1355517523500000"
    assert event.occurred_at.microsecond == 500_000


def test_replies_that_are_listed_begin_a_thread_without_a_count_of_them() -> None:
    event = read(thread_ts="1699999999.000100", replies=[{"user": "U2", "ts": "1700000000.0001"}])

    assert event.session_id == "C123/1699999999.000100"


def test_reactions_without_a_count_are_counted() -> None:
    given = [{"name": "wave::skin-tone-3", "users": ["U1", "U2"]}, {"name": "x", "users": None}]

    assert read(reactions=given).attributes["reactions"] == {"wave::skin-tone-3": 2, "x": 0}


def test_what_is_written_with_signs_in_their_place_is_hidden_too() -> None:
    shape = Shape(source_id="demo", redactor=Redactor(["a&b"]))
    event = read(
        shape,
        text="",
        topic="a&amp;b",
        username="a&amp;b",
        bot_id="B1",
        files=[{"id": "F1", "title": "a&amp;b"}],
        attachments=[{"author_name": "a&amp;b"}],
    )

    assert "a&" not in repr(event)
