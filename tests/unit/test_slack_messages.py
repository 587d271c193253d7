"""From a message as Slack writes it to the event that it is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sources import EpisodicEvent, event_id
from sources.batch import QuarantineRecord
from sources.slack.lifecycle import call_channel, created
from sources.slack.messages import Shape, make_event
from sources.slack.names import Channel, Names
from sources.slack.reading import newest, oldest, order
from sources.slack.redaction import Redactor, check_pattern

CHANNEL = Channel(id="C123", name="general")
NAMES = Names(users={"U1": "Ada", "U2": "Bob"}, channels={"C9": "random"})
SHAPE = Shape(source_id="demo", team_url="https://acme.slack.com/")
SHA = "a" * 40


def read(shape: Shape = SHAPE, /, **fields: Any) -> EpisodicEvent:
    message = {"type": "message", "user": "U1", "ts": "1699999999.000100", "text": "Hello"}
    made = make_event(CHANNEL, message | fields, NAMES, shape)
    assert isinstance(made, EpisodicEvent)
    return made


def test_a_message_is_an_event() -> None:
    event = read(text="Hello\nyou", client_msg_id="x", blocks=[{"type": "rich_text"}])

    assert event == EpisodicEvent(
        event_id=event_id("demo", "slack.message", "C123/1699999999.000100"),
        source_id="demo",
        source_type="slack",
        kind="slack.message",
        occurred_at=datetime(2023, 11, 14, 22, 13, 19, 100, tzinfo=UTC),
        session_id="C123/2023-11-14",
        actor="Ada",
        actor_key="U1",
        subject="C123/1699999999.000100",
        scope="general",
        title="Hello",
        body="Hello\nyou",
        url="https://acme.slack.com/archives/C123/p1699999999000100",
        attributes={"channel": "C123", "ts": "1699999999.000100"},
    )


def test_s13_two_messages_in_one_second_are_two() -> None:
    first, second = read(ts="1699999999.000100"), read(ts="1699999999.000101")

    assert first.event_id != second.event_id
    assert (second.occurred_at - first.occurred_at).microseconds == 1
    assert second.attributes["ts"] == "1699999999.000101"


def test_a_reply_belongs_to_its_thread_and_so_does_its_first_message() -> None:
    reply = read(ts="1700000000.000200", thread_ts="1699999999.000100")
    parent = read(thread_ts="1699999999.000100", reply_count=1)

    assert reply.kind == "slack.reply"
    assert reply.session_id == parent.session_id == "C123/1699999999.000100"
    assert reply.url == (
        "https://acme.slack.com/archives/C123/p1700000000000200"
        "?thread_ts=1699999999.000100&cid=C123"
    )


def test_a_reply_shown_in_the_channel_is_the_same_in_both_lists() -> None:
    told = {"ts": "1700000000.000200", "thread_ts": "1699999999.000100"}
    broadcast = read(**told, subtype="thread_broadcast", root={"ts": "1699999999.000100"})

    assert broadcast.kind == "slack.reply"
    assert broadcast.event_id == read(**told).event_id
    assert broadcast.attributes["broadcast"] is True


def test_markup_becomes_text_and_what_was_written_is_kept() -> None:
    raw = "<@U1>, <@U7|gone> see <#C9> <#C8|old> <!here> <https://x.org/a?b=1&amp;c=2|this> &lt;3"
    event = read(text=raw)

    assert event.title == "@Ada, @gone see #random #old @here this (https://x.org/a?b=1&c=2) <3"
    assert event.attributes["raw"] == raw
    assert event.attributes["mentions"] == ["U1", "U7"]


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        ("<!subteam^S1|@ops> <!date^1392734382^{date}|Feb 18>", "@ops Feb 18"),
        ("<!subteam^S1>", "@S1"),
        ("<mailto:a@b.org|a@b.org> <https://b.org|b.org>", "a@b.org https://b.org"),
        ("&lt;@U1&gt; &amp;lt;", "<@U1> &lt;"),
        ("<@U404>", "@U404"),
    ],
)
def test_every_form_of_markup(raw: str, read_as: str) -> None:
    assert read(text=raw).body == read_as


def test_what_a_message_speaks_of_is_found_in_its_text_blocks_and_attachments() -> None:
    event = read(
        text=f"<https://github.com/o/r/commit/{SHA}> ABC-12",
        blocks=[
            {
                "type": "rich_text",
                "elements": [
                    {"type": "link", "url": "https://acme.slack.com/archives/C9/p1600000000000200"}
                ],
            }
        ],
        attachments=[{"title": "It", "title_link": "https://github.com/o/r/pull/7?a=1&amp;b=2"}],
    )

    assert event.refs == (
        f"git:{SHA}",
        "issue:ABC-12",
        "github:o/r#7",
        "slack:C9/1600000000.000200",
    )


def test_an_edit_is_a_revision() -> None:
    event = read(edited={"user": "U1", "ts": "1700000005.000000"})

    assert event.event_id == read().event_id
    assert event.revised_at == datetime(2023, 11, 14, 22, 13, 25, tzinfo=UTC)


def test_reactions_are_counts() -> None:
    event = read(reactions=[{"name": "tada", "count": 2, "users": ["U1", "U2"]}, {"count": 1}])

    assert event.attributes["reactions"] == {"tada": 2}


def test_files_are_what_is_known_of_them() -> None:
    event = read(
        text="",
        files=[
            {"id": "F1", "name": "a.png", "size": 5, "url_private": "https://secret"},
            {"id": "F2", "mode": "tombstone"},
        ],
    )

    assert event.title == "Shared a.png, a file that was deleted"
    assert event.body is None
    assert event.attributes["files"] == [
        {"id": "F1", "name": "a.png", "size": 5},
        {"id": "F2", "mode": "tombstone"},
    ]


def test_a_message_without_text_is_what_its_blocks_say() -> None:
    rich = [
        {"type": "text", "text": "Ask "},
        {"type": "user", "user_id": "U2"},
        {"type": "text", "text": " in "},
        {"type": "channel", "channel_id": "C9"},
        {"type": "text", "text": " "},
        {"type": "link", "url": "https://x.org", "text": "why"},
        {"type": "link", "url": "https://x.org"},
        {"type": "emoji", "name": "tada"},
        {"type": "broadcast", "range": "here"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "date", "timestamp": 5, "fallback": "today"},
    ]
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": word}]}
             for word in ("one", "two")]  # fmt: skip
    event = read(
        text="",
        blocks=[
            {"type": "header", "text": {"type": "plain_text", "text": "Ready &amp;"}},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "<@U1>"}, "odd"]},
            {"type": "context", "elements": [{"type": "image", "alt_text": "a cat"}, {}]},
            {"type": "image", "title": {"type": "plain_text", "text": "Chart"}},
            {"type": "image", "alt_text": "A tree"},
            {"type": "divider"},
            {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_section", "elements": rich},
                    {"type": "rich_text_list", "elements": items},
                ],
            },
        ],
    )

    assert event.title == "Ready &"
    assert event.body == (
        "Ready &\n@Ada\na cat\nChart\nA tree\n"
        "Ask @Bob in #random why (https://x.org)https://x.org:tada:@here@S1today\n• one\n• two"
    )


def test_what_is_attached_can_be_searched() -> None:
    event = read(
        text="",
        attachments=[
            {
                "pretext": "Build",
                "title": "#12",
                "title_link": "https://ci.org/12",
                "text": "<@U1> broke it",
                "fields": [{"title": "Branch", "value": "main"}, {"value": "x"}],
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Sorry"}}],
                "author_icon": "https://volatile",
            },
            {"fallback": "Only this"},
            {},
        ],
    )

    assert event.body == "Build\n#12\n@Ada broke it\nBranch: main\nx\nSorry\nOnly this"
    assert event.attributes["attachments"] == [{"url": "https://ci.org/12"}]


def test_s17_what_changes_by_itself_is_no_part_of_the_event() -> None:
    def made(icon: str, block: str) -> EpisodicEvent:
        return read(
            blocks=[{"type": "section", "block_id": block, "text": {"text": "x"}}],
            attachments=[{"author_name": "Ada", "author_icon": icon}],
            bot_profile={"icons": {"image_36": icon}},
            reply_count=1,
            latest_reply=block,
            subscribed=block == "a",
        )

    assert made("https://a", "a") == made("https://b", "b")


@pytest.mark.parametrize(
    ("subtype", "kind"),
    [
        ("channel_join", "slack.channel.joined"),
        ("group_leave", "slack.channel.left"),
        ("channel_topic", "slack.channel.topic"),
        ("channel_purpose", "slack.channel.purpose"),
        ("channel_name", "slack.channel.renamed"),
        ("channel_archive", "slack.channel.archived"),
        ("group_unarchive", "slack.channel.unarchived"),
    ],
)
def test_what_happens_to_a_channel(subtype: str, kind: str) -> None:
    event = read(subtype=subtype, text="<@U1> did it", topic="T", old_name="was", name="is")

    assert (event.kind, event.title, event.actor) == (kind, "@Ada did it", "Ada")
    assert event.attributes["topic"] == "T"
    assert event.attributes["old_name"] == "was"


def test_what_stands_where_a_message_was_deleted_is_none() -> None:
    assert make_event(CHANNEL, {"ts": "1.0", "subtype": "tombstone"}, NAMES, SHAPE) is None


@pytest.mark.parametrize(
    ("message", "locator", "reason"),
    [
        ({"text": "no time"}, "C123/{'text': 'no time'}", "it has no 'ts'"),
        ({"ts": "yesterday"}, "C123/yesterday", "'yesterday' is no time of Slack's"),
        ({"ts": "999999999999.0"}, "C123/999999999999.0", None),
        ({"ts": 1699999999.0001}, "C123/1699999999.0001", None),
        ("a text", "C123/'a text'", None),
        (None, "C123/None", None),
        ({"ts": "1.000000", "reactions": [{"name": "x", "count": "many"}]}, "C123/1.000000", None),
        ({"ts": "1.000000", "edited": "yes"}, "C123/1.000000", None),
    ],
)
def test_what_cannot_be_understood_is_kept_with_its_reason(
    message: Any, locator: str, reason: str | None
) -> None:
    bad = make_event(CHANNEL, message, NAMES, SHAPE)

    assert isinstance(bad, QuarantineRecord)
    assert bad.locator == locator
    assert bad.reason == reason or (reason is None and bad.reason)
    assert bad.raw


def test_a_bad_message_knows_the_event_that_it_will_be() -> None:
    bad = make_event(CHANNEL, {"ts": "1699999999.000100", "edited": 5}, NAMES, SHAPE)

    assert isinstance(bad, QuarantineRecord)
    assert (bad.event_id, bad.occurred_at) == (read().event_id, read().occurred_at)


def test_secrets_are_taken_out_of_every_text() -> None:
    shape = Shape(source_id="demo", redactor=Redactor([r"tok-\w+", r"a&b"]))
    event = read(
        shape,
        text="tok-1 a&amp;b",
        files=[{"id": "F1", "name": "tok-2.txt", "title": "tok-3"}],
        attachments=[{"title": "tok-4", "title_link": "https://x.org/?t=tok-5", "text": "tok-6"}],
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "tok-7"}}],
        username="tok-8",
        bot_id="B1",
        topic="tok-9",
    )

    assert "tok-" not in repr(event)
    assert "a&" not in repr(event)
    assert event.title == "[redacted] [redacted]"
    assert event.subject == "C123/1699999999.000100"


def test_secrets_are_taken_out_of_what_goes_to_quarantine() -> None:
    shape = Shape(source_id="demo", redactor=Redactor([r"tok-\w+"]))
    deep: Any = "tok-4"
    for _ in range(300):
        deep = [{"x": deep}]

    for message in ({"text": "tok-1", "ts": "tok-2"}, "tok-3", {"deep": deep, "n": 5}):
        bad = make_event(CHANNEL, message, NAMES, shape)
        assert isinstance(bad, QuarantineRecord)
        assert "tok-1" not in repr(bad)
        assert "tok-3" not in repr(bad)
        assert "tok-4" not in repr(bad)


@pytest.mark.parametrize(
    ("pattern", "words"), [("(", "missing"), ("(?=x)", "perl"), ("x*", "empty text")]
)
def test_a_pattern_that_cannot_be_run_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_pattern(pattern)


def test_a_pattern_takes_time_only_with_the_text() -> None:
    check_pattern("(a+)+$")

    assert Redactor(["(a+)+$"]).hide_text("a" * 50_000 + "b") == "a" * 50_000 + "b"


def test_names_come_from_what_is_listed() -> None:
    names = Names.of(
        [
            {"id": "U1", "profile": {"display_name": "Ada", "real_name": "Ada L."}},
            {"id": "U2", "name": "bob"},
            {"id": "U3"},
            {"name": "nobody"},
        ],
        [{"id": "C1", "name": "general"}, {"id": "D1", "user": "U1"}],
    )

    assert [names.user(key) for key in ("U1", "U2", "U3", "U4")] == ["Ada", "bob", "U3", "U4"]
    assert names.channel("C1") == "general"
    assert names.channel("D1") == "D1"


def test_what_is_nested_deeper_than_anybody_writes_is_left_out() -> None:
    element: Any = {"type": "text", "text": "deep"}
    for _ in range(80):
        element = {"type": "rich_text_section", "elements": [element]}

    event = read(
        text="",
        blocks=[
            {"type": "rich_text", "elements": [element]},
            {"type": "section", "text": {"text": {"text": "within"}}},
            {"type": "image", "title": 5, "alt_text": None},
        ],
    )
    assert event.body == "within"


@pytest.mark.parametrize("seconds", [None, 0, True, "soon", 10**12])
def test_a_channel_whose_record_does_not_tell_when_it_was_made_has_no_such_event(
    seconds: Any,
) -> None:
    assert created(CHANNEL, {"id": "C123", "created": seconds}, NAMES, SHAPE) is None


def test_a_direct_message_is_called_after_the_other() -> None:
    assert call_channel({"id": "D1", "user": "U1"}, NAMES) == Channel(id="D1", name="@Ada")
    assert call_channel({"id": "D1"}) == Channel(id="D1", name="D1")


def test_odd_threads_are_none() -> None:
    assert order({"ts": "1.000000"}) > order({}) == order(None) == -1
    assert newest([{}]) == oldest([{}]) == newest([]) == ""
