"""Whose the token is, and who is who there."""

import logging
from dataclasses import dataclass
from typing import Final, Self

from sources.errors import ConfigError, CursorInvalidError
from sources.http.address import origin
from sources.slack.calls import Web
from sources.slack.channels import Finder
from sources.slack.config import SlackConfig
from sources.slack.faults import PLACE, odd
from sources.slack.messages import Shape
from sources.slack.names import Names
from sources.slack.redaction import Redactor

logger = logging.getLogger(__name__)

_USERS: Final = 200
"""People of a page; more is answered with errors at times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A workspace.

    Attributes:
        id: stays, whatever it is called.
        url: with a slash at its end; empty: not told.
    """

    id: str
    url: str

    @classmethod
    def ask(cls, web: Web, config: SlackConfig, known: str) -> Self:
        """Ask whose the token is.

        Args:
            web: calls the API.
            config: the source's settings.
            known: the workspace that was read before; empty: none.

        Raises:
            CredentialsError: the token is refused.
            ConfigError: it is of another workspace than the settings name.
            CursorInvalidError: it is of another one than was read before.
        """
        told = web.call("auth.test")
        team, url = str(told.get("team_id") or ""), str(told.get("url") or "")
        if not team:
            raise odd(web.source_id, "auth.test")
        if not told.get("bot_id"):
            logger.warning(
                "%s: Slack names no bot that the token is of; is it the Bot User OAuth Token, "
                "xoxb-…: %s?",
                web.source_id,
                PLACE,
            )
        _check_name(web.source_id, config.workspace, team, url, str(told.get("team") or ""))
        if known not in ("", team):
            raise CursorInvalidError(
                f"{web.source_id}: the token is of another workspace than was read before",
                remedy="Give it an id of its own, or start without a cursor",
            )
        return cls(id=team, url=_web_address(url))


def _check_name(source_id: str, wanted: str | None, team: str, url: str, name: str) -> None:
    host = (origin(url) or ("", "", 0))[1]
    domain = host.removesuffix(".slack.com").removesuffix(".enterprise")
    if wanted is None or wanted.casefold() in {team.casefold(), name.casefold(), domain, host}:
        return
    raise ConfigError(
        f"{source_id}: the token is of the workspace {name!r}, not of {wanted!r}",
        remedy="Correct `workspace`, or give the token of that one",
    )


def _web_address(url: str) -> str:
    return url if url.startswith("https://") and url.endswith("/") else ""


def load_names(web: Web, finder: Finder) -> Names:
    """Ask who is who, once."""
    names = Names(channels={key: name for key, name in finder.names.items() if name})
    for page in web.pages("users.list", "members", {"limit": _USERS}):
        names.learn_users(user for user in page["members"] if isinstance(user, dict))
    return names


def shape_of(config: SlackConfig, team: Team, source_id: str) -> Shape:
    """Give what shapes events."""
    return Shape(
        source_id=source_id,
        team_url=team.url,
        include_bots=config.include_bots,
        redactor=Redactor(config.redact),
    )
