"""A Slack in a process of its own, for those who measure.

As ``python -m tests.support.slack.serve CHANNELS MESSAGES``.
"""

import sys
from typing import Final

from tests.support.loopback.measuring import attend
from tests.support.slack.server import slack_server
from tests.support.slack.workspace import Workspace

SECRET: Final = "xoxb-reader"  # noqa: S105  # opens what is made up
_TEXT: Final = "It does not do what the page says that it does, and nobody knows why. "


def fill(workspace: Workspace, channels: int, messages: int) -> None:
    """Make so many channels of so many messages each, the same every time.

    Of twenty messages one begins a thread of four answers, one has reactions, and one was edited.
    Twenty people take part.
    """
    reader = workspace.token(SECRET, unlimited=True).user
    people = [workspace.user(f"person-{number}") for number in range(20)]
    for name in range(channels):
        channel = workspace.channel(f"channel-{name}", *people, reader)
        for number in range(messages):
            workspace.clock.move(seconds=7)
            who, other = people[number % 20], people[(number + 7) % 20]
            made = channel.say(f"{_TEXT}{number}", user=who)
            if number % 20 == 3:
                for answer in range(4):
                    channel.reply(made, f"Answer {answer}", user=other)
            elif number % 20 == 7:
                channel.react(made, "tada", who, other)
            elif number % 20 == 11:
                channel.edit(made, f"{_TEXT}It was {number}.")


def main() -> None:
    """Serve until nobody asks any more."""
    channels, messages = map(int, sys.argv[1:])
    workspace = Workspace()
    fill(workspace, channels, messages)
    with slack_server(workspace) as server:
        attend(server, {"url": server.url, "secret": SECRET})


if __name__ == "__main__":
    main()
