"""How the API is reached: its address, the secret, what every request says."""

from collections.abc import Callable
from functools import partial
from threading import Event

from pydantic import SecretStr

from sources.activity import tell
from sources.errors import ConfigError, CredentialsError
from sources.github.app import AppTokens
from sources.github.config import GithubConfig, GithubCredentials
from sources.github.groups import BY_GRAPHQL
from sources.github.limits import GitHubPace
from sources.http import Clock, HttpClient, SystemClock

HEADERS = {
    "Accept": "application/vnd.github+json",
    "User-Agent": "daybook-events",
    "X-GitHub-Api-Version": "2022-11-28",
}


class Access:
    """The way to one API; windows of a source that are read at the same time share it.

    Args:
        config: the source's settings.
        secrets: its secrets.
        source_id: whose it is.
        clock: the time.

    Raises:
        ConfigError: ``base_url`` is none of an API, or the settings and the secrets do not fit.
        CredentialsError: a secret is missing or empty.
    """

    def __init__(
        self,
        config: GithubConfig,
        secrets: GithubCredentials,
        source_id: str,
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._source_id = source_id
        self._clock = clock or SystemClock()
        _check_secrets(secrets, source_id)
        self._value = None if secrets.token is None else _bearer(secrets.token)
        self._app = None
        if secrets.app_id is not None and secrets.private_key is not None:
            self._app = AppTokens(
                source_id=source_id,
                app_id=secrets.app_id,
                private_key=secrets.private_key.get_secret_value(),
                account=_account(config, source_id),
                open_client=self._make,
                clock=self._clock,
            )
        self.open(Event()).close()
        _check_graphql(config, source_id, token=self.token)

    def stop(self, client: HttpClient, stopped: Event) -> None:
        """End all that a client does, and what is done for it, from another thread."""
        client.stop()
        if self._app is not None:
            self._app.end(stopped)

    @property
    def token(self) -> bool:
        """Whether requests carry a secret."""
        return self._app is not None or self._value is not None

    def open(self, stopped: Event, *, budgeted: bool = True) -> HttpClient:
        """Make a client; no request is sent yet.

        Args:
            stopped: ends its waits when it is set.
            budgeted: it may send no more than a reading's budget.
        """
        authorise = self._value_of if self._app is None else partial(self._app.authorise, stopped)
        return self._make(authorise, stopped, budget=self._config.budget if budgeted else None)

    def _value_of(self) -> str | None:
        return self._value

    def _make(
        self, authorise: Callable[[], str | None], stopped: Event, budget: int | None = None
    ) -> HttpClient:
        return HttpClient(
            self._config.base_url,
            source_id=self._source_id,
            headers=HEADERS,
            authorise=authorise,
            pace=GitHubPace(),
            say=tell,
            stopped=stopped,
            budget=budget,
            clock=self._clock,
        )


def graphql_url(config: GithubConfig) -> str:
    """Give the address of the other interface: beside REST on an Enterprise Server, else below."""
    base = config.base_url.rstrip("/")
    return f"{base.removesuffix('/v3')}/graphql" if base.endswith("/api/v3") else f"{base}/graphql"


def _check_secrets(secrets: GithubCredentials, source_id: str) -> None:
    given = [("token", secrets.token), ("private_key", secrets.private_key)]
    for name, secret in given:
        if secret is not None and not secret.get_secret_value().strip():
            raise CredentialsError(
                f"{source_id}: the {name} is empty",
                remedy=f"Set the variable that it refers to, or leave `{name}` out",
            )
    if (secrets.app_id is None) != (secrets.private_key is None):
        raise CredentialsError(
            f"{source_id}: a GitHub App has both a number and a key",
            remedy="Give `app_id` and `private_key`, or a `token` instead",
        )
    if secrets.token is not None and secrets.app_id is not None:
        raise CredentialsError(
            f"{source_id}: two ways in", remedy="Give a `token` or an App, not both"
        )


def _check_graphql(config: GithubConfig, source_id: str, *, token: bool) -> None:
    asked = [name for name in BY_GRAPHQL if name in config.events]
    if asked and not config.graphql:
        raise ConfigError(
            f"{source_id}: only GraphQL tells of '{asked[0]}'",
            remedy="Leave it out of `events`, or `graphql: false` out of the settings",
        )
    if asked and not token and config.files is None:
        raise CredentialsError(
            f"{source_id}: only GraphQL tells of '{asked[0]}', and it needs a token",
            remedy="Give one: credentials: {token: {env: GITHUB_TOKEN}}",
        )


def _account(config: GithubConfig, source_id: str) -> str:
    """Name the account that an App is to be installed for."""
    names = [config.organisation] if config.organisation else config.repositories
    owners = list(dict.fromkeys(name.partition("/")[0] for name in names))
    if len(owners) > 1:
        raise ConfigError(
            f"{source_id}: an App is installed for one account, and here are {', '.join(owners)}",
            remedy="Make a source for each of them",
        )
    return owners[0]


def _bearer(secret: SecretStr) -> str:
    return f"Bearer {secret.get_secret_value()}"
