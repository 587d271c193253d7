"""A Slack in a process of its own, for those who measure.

As ``python -m tests.support.slack.serve CHANNELS MESSAGES DAYS``.
"""

from typing import Final

from tests.support.loopback.measuring import attend, read_sizes
from tests.support.slack.channel import Channel
from tests.support.slack.server import slack_server
from tests.support.slack.workspace import Workspace

SECRET: Final = "xoxb-reader"  # noqa: S105  # opens what is made up
_TEXT: Final = "It does not do what the page says that it does, and nobody knows why. "


def fill(workspace: Workspace, channels: int, messages: int, days: float) -> list[Channel]:
    """Make so many channels that show so many messages each, the same every time.

    Of eight messages one begins a thread of two answers, one has reactions, and one was edited.
    Twenty people take part.

    Args:
        workspace: in which there is nothing yet.
        channels: how many.
        messages: of each, answers not counted.
        days: that lie between the first one and now.
    """
    reader = workspace.token(SECRET, unlimited=True).user
    people = [workspace.user(f"person-{number}") for number in range(20)]
    made = [workspace.channel(f"channel-{name}", *people, reader) for name in range(channels)]
    for number in range(messages):
        workspace.clock.move(days=days / messages)
        for channel in made:
            who, other = people[number % 20], people[(number + 7) % 20]
            said = channel.say(f"{_TEXT}{number}", user=who)
            if number % 8 == 1:
                for answer in range(2):
                    channel.reply(said, f"Answer {answer}", user=other)
            elif number % 8 == 3:
                channel.react(said, "tada", who, other)
            elif number % 8 == 5:
                channel.edit(said, f"{_TEXT}It was {number}.")
    return made


def main() -> None:
    """Serve until nobody asks any more."""
    program = "tests.support.slack.serve"
    channels, messages, days = read_sizes(program, __doc__, "CHANNELS", "MESSAGES", "DAYS")
    workspace = Workspace()
    made = fill(workspace, channels, messages, days)
    ids = ",".join(channel.id for channel in made)
    with slack_server(workspace) as server:
        attend(server, {"url": server.url, "secret": SECRET, "channels": ids})


if __name__ == "__main__":
    main()
