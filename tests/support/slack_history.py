"""A channel in which much was said, and what should be read of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.support.slack import Channel, Message, User, Workspace
from tests.support.slack.stamps import moment_of

TOKEN = "xoxb-s3cr3t-of-slack"  # noqa: S105

WORDS = {
    "join": "joined",
    "leave": "left",
    "topic": "topic",
    "purpose": "purpose",
    "name": "renamed",
    "archive": "archived",
    "unarchive": "unarchived",
}


def people(workspace: Workspace) -> tuple[User, User]:
    return workspace.user("ada", display_name="Ada"), workspace.user("bob", display_name="Bob")


def reader(workspace: Workspace) -> User:
    """Give the account that the secret opens."""
    if TOKEN not in workspace.tokens:
        workspace.token(TOKEN, unlimited=True)
    return workspace.tokens[TOKEN].user


def say_words(channel: Channel, user: User, count: int, **step: float) -> Channel:
    """Say so many words in a channel, a second apart unless told otherwise, and give it."""
    for number in range(count):
        channel.say(f"Word {number}", user=user)
        channel.workspace.clock.move(**(step or {"seconds": 1}))
    return channel


def eventful_channel(workspace: Workspace, name: str) -> Channel:
    """Make a channel in which people have talked for some months."""
    ada, bob = people(workspace)
    made = workspace.channel(name, ada, reader(workspace), creator=ada)
    clock = workspace.clock
    made.join(bob, inviter=ada)
    made.set_topic("All of it", by=ada)
    for number in range(60):
        clock.move(hours=37)
        message = made.say(
            f"Message {number}, see ABC-{number + 1}", user=ada if number % 3 else bob
        )
        if number % 4 == 0:
            clock.move(minutes=5)
            _answer(made, message, number % 7, bob)
        if number % 10 == 5:
            made.react(message, "tada", ada, bob)
            made.edit(message, f"Message {number}, put right")
    made.leave(bob)
    return made


def _answer(made: Channel, message: Message, times: int, user: User) -> None:
    for number in range(times):
        made.workspace.clock.move(seconds=90)
        made.reply(message, f"Answer {number}", user=user, broadcast=number == 2)


def newest(made: Channel, nth: int = 0) -> Message:
    """Give one of the newest messages that people wrote into the channel itself."""
    said = [one for one in made.messages.values() if one.client_id and one.thread is None]
    return sorted(said, key=lambda one: moment_of(one.ts), reverse=True)[nth]


def grow(made: Channel) -> None:
    """Let more be said: in the channel, in a new thread, in one that goes on."""
    ada, bob = people(made.workspace)
    clock = made.workspace.clock
    clock.move(hours=3)
    _answer(made, newest(made, 1), 3, ada)
    for number in range(5):
        clock.move(minutes=9)
        message = made.say(f"Later {number}", user=bob)
    _answer(made, message, 2, ada)


def change(made: Channel) -> None:
    """Let what was said be changed and taken back."""
    ada, _ = people(made.workspace)
    made.edit(newest(made, 2), "Something else")
    made.react(newest(made, 3), "eyes", ada)
    made.delete(newest(made, 0))  # which has replies
    made.delete(newest(made, 4))
    made.delete(newest(made, 6))  # which was there before
    made.delete(max(_answers(made), key=lambda one: moment_of(one.ts)))


def _answers(made: Channel) -> list[Message]:
    return [one for one in made.messages.values() if one.thread and not one.broadcast]


def expected(made: Channel) -> Iterator[dict[str, Any]]:
    """Say what happened in a channel, by its own account."""
    created = datetime.fromtimestamp(int(made.created.timestamp()), UTC)
    names = {user.id: user.display_name for user in made.workspace.users.values()}
    yield {
        "kind": "slack.channel.created",
        "subject": made.id,
        "occurred_at": created,
        "session_id": f"{made.id}/{created:%Y-%m-%d}",
        "actor": names[made.creator],
        "scope": made.name,
        "revised_at": None,
    }
    for one in made.messages.values():
        if not one.tombstone:
            yield _message(made, one, names)


def _message(made: Channel, one: Message, names: dict[str, str]) -> dict[str, Any]:
    happened = moment_of(one.ts)
    begins = bool(made.answers(one.ts))
    thread = one.thread or (one.ts if begins else "")
    kind = "slack.reply" if one.thread else "slack.message"
    if one.subtype and one.subtype.partition("_")[2] in WORDS:
        kind = f"slack.channel.{WORDS[one.subtype.partition('_')[2]]}"
    return {
        "kind": kind,
        "subject": f"{made.id}/{one.ts}",
        "occurred_at": happened,
        "session_id": f"{made.id}/{thread or format(happened, '%Y-%m-%d')}",
        "actor": names[one.user] if one.user else None,
        "scope": made.name,
        "revised_at": moment_of(one.edited[1]) if one.edited else None,
    }
