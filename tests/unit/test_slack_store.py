"""Slack all the way into a store: syncs, revisions, withdrawals, windows read again, secrets."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pipelines.config import EnvReference, SourceSpec
from pipelines.sync import refresh_window, retry_quarantined, sync_source
from resources.stores.base import EventFilter
from resources.stores.memory import MemoryStore
from resources.stores.report import WriteReport
from sources import CredentialsError
from tests.support import slack_history
from tests.support.slack import Channel, SlackServer, User, failing, slack_server
from tests.support.slack_history import TOKEN, expected, newest, people, reader
from tests.support.slack_reading import read

VARIABLE = "SLACK_TOKEN_OF_A_TEST"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackServer]:
    monkeypatch.setenv(VARIABLE, TOKEN)
    with slack_server() as made:
        reader(made.workspace)
        yield made


@pytest.fixture
def ada(server: SlackServer) -> User:
    return people(server.workspace)[0]


@pytest.fixture
def channel(server: SlackServer) -> Channel:
    return slack_history.eventful_channel(server.workspace, "general")


@pytest.fixture
def spec(server: SlackServer) -> SourceSpec:
    return SourceSpec(
        id="acme",
        type="slack",
        config={"base_url": server.url},
        credentials={"bot_token": EnvReference(name=VARIABLE)},
    )


def sync(store: MemoryStore, spec: SourceSpec, **what: Any) -> WriteReport:
    return asyncio.run(sync_source(store, spec, **what)).report


def configured(spec: SourceSpec, **config: Any) -> SourceSpec:
    return replace(spec, config={**spec.config, **config})


def titles(store: MemoryStore, kind: str = "slack.*") -> list[str]:
    return [event.title for event in store.get_events(kind=kind, limit=10_000)]


def test_what_changes_is_revised_and_what_it_said_can_still_be_asked_for(
    server: SlackServer, channel: Channel, spec: SourceSpec
) -> None:
    store = MemoryStore()
    assert sync(store, spec).new == store.count() == len(list(expected(channel)))
    again = sync(store, spec)
    assert (again.new, again.revised, again.received) == (0, 0, 0)
    message = newest(channel, 1)
    before = message.text
    channel.edit(message, "Put right")
    server.clock.move(days=1)
    report = sync(store, spec)
    assert (report.new, report.revised) == (0, 1)
    (found,) = [one for one in store.get_events(limit=10_000) if one.title == "Put right"]
    assert store.revisions(found.event_id).column("title").to_pylist() == [before]


def test_s5_a_deletion_lies_between_the_last_look_and_now(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    server.clock.jump(datetime.now(UTC))
    gone = channel.say("Regretted", user=ada)
    store = MemoryStore()
    sync(store, spec)
    server.clock.move(hours=1)
    looked = server.clock.now()
    channel.say("More", user=ada)
    sync(store, spec)
    server.clock.move(hours=1)
    channel.delete(gone)
    assert sync(store, spec).retracted == 1
    (withdrawn,) = store.withdrawals("acme")
    assert withdrawn.after is not None
    assert abs((withdrawn.after - looked).total_seconds()) < 2
    everything = store.get_events_table(EventFilter(retracted=True)).to_pylist()
    (kept,) = [row for row in everything if row["event_id"] == withdrawn.event_id]
    assert (kept["title"], kept["retracted_at"]) == ("Regretted", withdrawn.by)


def test_s6_what_vanishes_in_masses_was_not_deleted(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    store = MemoryStore()
    sync(store, spec)
    held = store.count()
    server.clock.move(days=8)
    server.workspace.plan_days = 45
    report = sync(store, spec)
    assert report.retracted == 0
    assert report.skipped_claims
    assert [claim.words for claim in store.skipped_claims("acme")] == list(report.skipped_claims)
    assert store.count() == held
    for _ in range(20):
        server.clock.move(minutes=1)
        channel.say("A wave", user=ada)
    sync(store, spec)
    for message in [one for one in channel.messages.values() if one.text == "A wave"][::2]:
        channel.delete(message)
    assert sync(store, spec).retracted == 0
    assert len(store.skipped_claims("acme")) > len(report.skipped_claims)
    sync(store, spec, accept_retractions=True)
    assert store.skipped_claims("acme") == []
    assert titles(store).count("A wave") == 10
    assert store.count() < held


def test_a_window_that_is_read_again_has_all_of_it_also_in_older_threads(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    store = MemoryStore()
    sync(store, spec)
    parent = next(one for one in channel.messages.values() if channel.answers(one.ts))
    server.clock.move(days=30)
    late = channel.reply(parent, "Late", user=ada)
    window = f"{server.clock.now():%Y-%m}"
    report = asyncio.run(refresh_window(store, spec, window)).report
    assert (report.new, titles(store).count("Late")) == (1, 1)
    channel.edit(late, "Later")
    report = asyncio.run(refresh_window(store, spec, window)).report
    assert (report.revised, titles(store).count("Later")) == (1, 1)
    server.clock.move(minutes=1)
    channel.delete(late)
    report = asyncio.run(refresh_window(store, spec, window)).report
    assert (report.retracted, titles(store).count("Later")) == (1, 0)
    server.faults.append(failing("not_in_channel", "history", after=1))
    asyncio.run(refresh_window(store, spec, window))


def test_private_channels_and_direct_messages_are_read_only_where_named(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    me = reader(server.workspace)
    secret = server.workspace.private_channel("secret", ada, me)
    secret.say("Between us", user=ada)
    talk = server.workspace.direct_message(ada, me)
    talk.say("Between two", user=ada)
    store = MemoryStore()
    sync(store, configured(spec, channels=["all", "s*"]))
    assert not {"Between us", "Between two"} & set(titles(store))
    group = server.workspace.group_message(ada, me, people(server.workspace)[1])
    group.say("Between three", user=ada)
    token = server.workspace.tokens[TOKEN]
    few, token.scopes = token.scopes, tuple(one for one in token.scopes if "im:" not in one)
    sync(store, configured(spec, channels=["all", "secret"]))
    token.scopes = few
    sync(store, configured(spec, channels=["all", "secret", talk.id, group.id]))
    assert {"Between us", "Between two", "Between three"} <= set(titles(store))
    assert "@Ada" in {event.scope for event in store.get_events(limit=10_000)}
    assert channel.id


def test_a_channel_that_is_renamed_goes_on_and_one_that_takes_its_name_is_another(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    store = MemoryStore()
    named = configured(spec, channels="general")
    sync(store, named)
    channel.rename("before", by=ada)
    other = server.workspace.channel("general", ada, reader(server.workspace), creator=ada)
    other.say("Anew", user=ada)
    channel.say("Goes on", user=ada)
    server.clock.move(days=20)
    assert sync(store, named).retracted == 0
    found = {event.title: event.scope for event in store.get_events(limit=10_000)}
    assert (found["Anew"], found["Goes on"]) == ("general", "before")
    assert store.count() == len(list(expected(channel))) + len(list(expected(other)))


def test_only_what_is_asked_for_is_read(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    channel.integrate("Built", bot=server.workspace.integration("builds"))
    store = MemoryStore()
    since = server.clock.now().replace(hour=0, day=1)
    narrow = configured(spec, since=since.isoformat(), threads=False, include_bots=False)
    sync(store, narrow)
    found = store.get_events(limit=10_000)
    assert found
    assert min(event.occurred_at for event in found) >= since
    assert {event.kind for event in found} <= {"slack.message", "slack.channel.left"}
    assert "Built" not in titles(store)
    assert "conversations.replies" not in server.kinds()
    server.clock.move(days=8)
    channel.say("New", user=ada)
    assert sync(store, narrow).new == 1


def test_an_archived_channel_is_read_to_its_end_and_then_left_alone(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    store = MemoryStore()
    sync(store, spec)
    channel.archive(by=ada)
    assert sync(store, spec).new == 1
    server.asked.clear()
    assert sync(store, spec).new == 0
    assert "conversations.history" not in server.kinds()
    channel.unarchive(by=ada)
    channel.say("Again", user=ada)
    assert sync(store, spec).new == 2


def test_a_bot_that_was_sent_away_and_comes_back_misses_nothing(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    store = MemoryStore()
    sync(store, spec)
    me = reader(server.workspace)
    channel.leave(me)
    sync(store, spec)
    (gone,) = store.get_events(kind="slack.channel.gone", limit=10)
    assert gone.outcome == "not_in_channel"
    for number in range(5):
        channel.say(f"Unheard {number}", user=ada)
        server.clock.move(days=9)
    channel.join(me)
    sync(store, spec)
    assert len([title for title in titles(store) if title.startswith("Unheard")]) == 5


def test_secrets_by_pattern_are_nowhere_and_the_token_is_in_nothing(
    server: SlackServer,
    channel: Channel,
    ada: User,
    spec: SourceSpec,
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel.say("It is tok-abc", user=ada, attachments=[{"text": "tok-def", "title": "tok-ghi"}])
    channel.say("", user=ada, files=[server.workspace.file("tok-jkl.txt", user=ada)])
    store = MemoryStore()
    with caplog.at_level("DEBUG"):
        result = asyncio.run(sync_source(store, configured(spec, redact=[r"tok-\w+"])))
    everything = repr(store.get_events(limit=10_000)) + repr(result) + caplog.text
    assert "tok-" not in everything
    assert TOKEN not in everything
    assert "It is [redacted]" in titles(store)
    server.workspace.tokens[TOKEN].refused = "invalid_auth"
    with pytest.raises(CredentialsError) as caught:
        sync(store, spec)
    assert TOKEN not in str(caught.value)


def test_a_message_that_cannot_be_read_waits_in_quarantine(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    message = channel.say("Odd", user=ada, extra={"reactions": [{"name": "x", "count": "many"}]})
    store = MemoryStore()
    report = sync(store, spec)
    (bad,) = store.quarantine("acme")
    assert (bad.locator, report.quarantined) == (f"{channel.id}/{message.ts}", 1)
    message.extra = {}
    sync(store, spec)
    assert store.quarantine("acme") == []
    assert "Odd" in titles(store)
    assert "fault" not in server.kinds()


def test_messages_in_quarantine_are_asked_for_one_by_one(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec
) -> None:
    odd = {"reactions": [{"name": "x", "count": "many"}]}
    message = channel.say("Odd", user=ada, extra=odd)
    reply = channel.reply(newest(channel, 3), "Odd too", user=ada, extra=odd)
    lost = channel.say("Lost", user=ada, extra=odd)
    other = server.workspace.channel("other", ada, reader(server.workspace))
    away = other.say("Away", user=ada, extra=odd)
    store = MemoryStore()
    sync(store, spec)
    assert len(store.quarantine("acme")) == 4
    message.extra, reply.extra, away.extra = {}, {}, {}
    channel.delete(lost)
    other.delete_channel()
    server.asked.clear()
    asyncio.run(retry_quarantined(store, spec))
    assert {"Odd", "Odd too"} <= set(titles(store))
    assert {bad.locator for bad in store.quarantine("acme")} == {
        f"{channel.id}/{lost.ts}",
        f"{other.id}/{away.ts}",
    }
    assert server.count("conversations.history") == 4  # the first of them to see that it may
    server.faults.append(failing("not_in_channel", "history"))
    asyncio.run(retry_quarantined(store, spec))
    channel.say("Timeless", user=ada, extra={"ts": "soon"})
    server.clock.move(minutes=1)
    sync(store, spec)
    asyncio.run(retry_quarantined(store, spec))
    assert len(store.quarantine("acme")) == 3


def test_a_day_of_more_messages_than_are_held_is_given_in_parts(
    server: SlackServer, channel: Channel, ada: User
) -> None:
    server.clock.move(days=2)
    for number in range(9_500):
        channel.say(f"Much {number}", user=ada)
    parent = newest(channel, 5_000)
    channel.reply(parent, "Within", user=ada)
    batches = read(server)
    assert sum(batch.events.num_rows for batch in batches) == len(list(expected(channel)))
    assert max(batch.events.num_rows for batch in batches) < 6_500
    again = read(server, batches[-1].cursor)
    assert sum(batch.events.num_rows for batch in again) == 9_500


def test_the_cursor_stays_small(server: SlackServer, channel: Channel, ada: User) -> None:
    for number in range(3_000):
        server.clock.move(minutes=10)
        parent = channel.say(f"Message {number}", user=ada)
        if number % 3 == 0:
            channel.reply(parent, "Answer", user=ada)
    server.clock.move(minutes=10)
    batches = read(server)
    assert max(len(repr(batch.cursor)) for batch in batches) < 100_000
    assert len(repr(batches[-1].cursor)) < 3_000


@pytest.mark.parametrize(
    "odd", [{"reply_count": "many"}, {"reply_count": 1, "latest_reply": "soon"}, {"ts": None}]
)
def test_a_message_with_an_odd_thread_ends_no_reading(
    server: SlackServer, channel: Channel, ada: User, spec: SourceSpec, odd: dict[str, Any]
) -> None:
    channel.say("Odd", user=ada, extra=odd)
    channel.say("Sound", user=ada)
    store = MemoryStore()
    sync(store, spec)
    assert "Sound" in titles(store)
    server.clock.move(days=8)
    sync(store, spec)
    assert store.count() + len(store.quarantine("acme")) == len(list(expected(channel)))


def test_a_thread_that_is_gone_before_it_is_read_is_passed_over(
    server: SlackServer, channel: Channel, spec: SourceSpec
) -> None:
    server.faults.append(failing("thread_not_found", "replies"))
    store = MemoryStore()
    sync(store, spec)
    first = store.count()
    assert first < len(list(expected(channel)))
