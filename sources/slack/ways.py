"""The two ways to a workspace: its API, or exports of it."""

from sources.errors import ConfigError, CredentialsError
from sources.slack.access import Access
from sources.slack.config import SlackConfig, SlackCredentials
from sources.slack.export.exports import Exports
from sources.slack.faults import PLACE


def find_way(
    settings: SlackConfig, secrets: SlackCredentials, source_id: str, *, batch: int
) -> Access | Exports:
    """Read exports where some are named, else ask Slack.

    Raises:
        ConfigError: both are to be done, or ``base_url`` is none of an API.
        CredentialsError: there is no token, or it can be none.
    """
    if settings.export is None and secrets.bot_token is None:
        raise CredentialsError(
            f"{source_id}: credentials: key 'bot_token' is missing, and there is no export to read",
            remedy=f"Give the Bot User OAuth Token, xoxb-…: {PLACE}; or name an `export`",
        )
    if settings.export is None:
        return Access(settings, secrets, source_id)
    if secrets.bot_token is not None:
        raise ConfigError(
            f"{source_id}: there are both an export to read and a token to ask Slack with",
            remedy="Take one of them away, or make two sources of it",
        )
    return Exports(settings, source_id, batch=batch)
