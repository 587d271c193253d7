"""How the API is reached: its address, the secret, what every request says."""

import logging
from threading import Event

from sources.errors import ConfigError, CredentialsError
from sources.github.config import GithubConfig, GithubCredentials
from sources.github.groups import BY_GRAPHQL
from sources.github.limits import GitHubPace
from sources.http import Clock, HttpClient, Waiting

logger = logging.getLogger(__name__)

HEADERS = {
    "Accept": "application/vnd.github+json",
    "User-Agent": "daybook-events",
    "X-GitHub-Api-Version": "2022-11-28",
}


def open_client(
    config: GithubConfig,
    secrets: GithubCredentials,
    source_id: str,
    stopped: Event,
    clock: Clock | None = None,
) -> HttpClient:
    """Make a client for the configured API; no request is sent yet.

    Raises:
        ConfigError: ``base_url`` is none of an API.
    """
    value = None if secrets.token is None else f"Bearer {secrets.token.get_secret_value()}"
    return HttpClient(
        config.base_url,
        source_id=source_id,
        headers=HEADERS,
        authorise=lambda: value,
        pace=GitHubPace(),
        say=_say,
        stopped=stopped,
        budget=config.budget,
        clock=clock,
    )


def graphql_url(config: GithubConfig) -> str:
    """Give the address of the other interface: beside REST on an Enterprise Server, else below."""
    base = config.base_url.rstrip("/")
    return f"{base.removesuffix('/v3')}/graphql" if base.endswith("/api/v3") else f"{base}/graphql"


def check_token(secrets: GithubCredentials, source_id: str) -> None:
    """Refuse a token that is empty, as a variable is that was never set.

    Raises:
        CredentialsError: it is.
    """
    if secrets.token is not None and not secrets.token.get_secret_value().strip():
        raise CredentialsError(
            f"{source_id}: the token is empty",
            remedy="Set the variable that it refers to, or leave `token` out",
        )


def check_graphql(config: GithubConfig, secrets: GithubCredentials, source_id: str) -> None:
    """Refuse what only GraphQL tells of, where it cannot be asked.

    Raises:
        ConfigError: it is switched off.
        CredentialsError: there is no token.
    """
    asked = [name for name in BY_GRAPHQL if name in config.events]
    if asked and not config.graphql:
        raise ConfigError(
            f"{source_id}: only GraphQL tells of '{asked[0]}'",
            remedy="Leave it out of `events`, or `graphql: false` out of the settings",
        )
    if asked and secrets.token is None:
        raise CredentialsError(
            f"{source_id}: only GraphQL tells of '{asked[0]}', and it needs a token",
            remedy="Give one: credentials: {token: {env: GITHUB_TOKEN}}",
        )


def _say(waiting: Waiting) -> None:
    logger.warning("%s", waiting)
