"""A workspace in which there is one of everything."""

from dataclasses import dataclass

from tests.support.slack.channel import Channel
from tests.support.slack.things import Bot, File, Message, User
from tests.support.slack.workspace import Workspace


@dataclass(frozen=True)
class Everything:
    """What of it is asked for by name."""

    ada: User
    bot: Bot
    channel: Channel
    parent: Message
    file: File


def one_of_everything(workspace: Workspace) -> Everything:
    """Fill a workspace that a token's account was made in before."""
    ada, ben = workspace.user("ada", real_name="Ada Lovelace"), workspace.user("ben")
    reader = next(one.user for one in workspace.tokens.values())
    channel = workspace.channel("general", ada, reader)
    builds = workspace.integration("builds")
    workspace.private_channel("closed", ada, reader)
    workspace.private_channel("older", ada, reader, legacy=True)
    workspace.direct_message(reader, ada)
    workspace.group_message(ada, ben, reader)
    workspace.change_user(workspace.user("cy"), deleted=True)
    channel.join(ben, inviter=ada)
    channel.set_topic("Now", by=ada)
    channel.set_purpose("Everything", by=ada)
    channel.rename("all", by=ada)
    file = _say(workspace, channel, ada)
    parent = _talk(workspace, channel, ada, ben)
    channel.integrate("Built", bot=builds, attachments=[{"id": 1, "fallback": "ok", "text": "ok"}])
    deployer = workspace.app("deployer")
    assert deployer.bot is not None
    channel.say("Deployed", user=deployer, blocks=[{"type": "divider"}])
    channel.end_huddle(channel.huddle(user=ada))
    channel.leave(ben)
    channel.archive(by=ada)
    channel.unarchive(by=ada)
    return Everything(ada=ada, bot=deployer.bot, channel=channel, parent=parent, file=file)


def _say(workspace: Workspace, channel: Channel, ada: User) -> File:
    hosted = workspace.file("a.txt", user=ada)
    linked = workspace.file(
        "Plan",
        user=ada,
        mode="external",
        external_type="gdrive",
        external_url="https://docs.example.org/1",
    )
    gone, hidden = workspace.file("b.txt", user=ada), workspace.file("c.txt", user=ada)
    shared = channel.say("Look :eyes:", user=ada, files=[hosted, linked, gone, hidden])
    workspace.delete_file(gone)
    workspace.hide_file(hidden)
    channel.pin(shared, by=ada)
    channel.quote(shared, text="See", user=ada)
    return hosted


def _talk(workspace: Workspace, channel: Channel, ada: User, ben: User) -> Message:
    parent = channel.say(f"<@{ben.id}>, who?", user=ada)
    channel.reply(parent, "I", user=ben)
    channel.reply(parent, "All of us", user=ben, broadcast=True)
    channel.react(parent, "tada", ada, ben)
    channel.edit(parent, "Who was it?")
    stone = channel.say("Never mind", user=ada)
    channel.reply(stone, "But why", user=ben)
    channel.delete(stone)
    workspace.clock.move(minutes=1)
    return parent
