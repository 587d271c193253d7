"""What was said in a workspace of Slack, read through its Web API."""

from sources.slack.source import SlackEventSource

__all__ = ["SlackEventSource"]
