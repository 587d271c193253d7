"""What tokens look like that more than one source type has to know, as RE2 and Python read it."""

from typing import Final

_COOKIE: Final = r"xoxd-[A-Za-z0-9%+/=_-]{10,}"
SLACK: Final = rf"(?:{_COOKIE}|(?:xoxe\.)?(?:xox[a-z]-|xapp-[0-9]+-|xwfp-)[A-Za-z0-9%_-]{{10,}})"
"""Slack's: of bots, people, apps, workflows, browsers and exports, rotated ones too.

https://docs.slack.dev/authentication/tokens
"""
