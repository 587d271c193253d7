"""Slack on this machine: a workspace that changes, and a server that tells of it as Slack does."""

from tests.support.loopback import START, Fault, StillClock
from tests.support.slack.channel import Channel
from tests.support.slack.export import write_export
from tests.support.slack.server import SlackServer, failing, slack_server
from tests.support.slack.things import Bot, File, Message, Token, User
from tests.support.slack.workspace import Workspace

__all__ = [
    "START",
    "Bot",
    "Channel",
    "Fault",
    "File",
    "Message",
    "SlackServer",
    "StillClock",
    "Token",
    "User",
    "Workspace",
    "failing",
    "slack_server",
    "write_export",
]
