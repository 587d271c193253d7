"""How the API is reached: its address, the secret, what every request says."""

from threading import Event
from typing import Final

from sources.activity import tell
from sources.errors import CredentialsError
from sources.http import Clock, HttpClient, SystemClock
from sources.slack.config import SlackConfig, SlackCredentials
from sources.slack.faults import PLACE
from sources.slack.limits import SlackPace

_HEADERS: Final = {"Accept": "application/json", "User-Agent": "daybook-events"}
_BOT: Final = ("xoxb-", "xoxe.xoxb-")
_OTHERS: Final = {
    "xoxp-": "a user's token, which reads what that person reads",
    "xoxe.xoxp-": "a user's token, which reads what that person reads",
    "xoxa-": "a workspace token, which Slack has given up",
    "xapp-": "an app-level token, which opens no conversation",
    "xoxc-": "a token out of a browser",
    "xoxe-": "a refresh token",
}


class Access:
    """The way to one workspace.

    Args:
        config: the source's settings.
        secrets: its secrets.
        source_id: whose it is.
        clock: the time.

    Raises:
        ConfigError: ``base_url`` is none of an API.
        CredentialsError: the secret is empty, or no bot's.
    """

    def __init__(
        self,
        config: SlackConfig,
        secrets: SlackCredentials,
        source_id: str,
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._source_id = source_id
        self._clock = clock or SystemClock()
        token = "" if secrets.bot_token is None else secrets.bot_token.get_secret_value().strip()
        _check_token(token, source_id)
        self._value = f"Bearer {token}"
        self.open(Event()).close()

    def open(self, stopped: Event, *, budgeted: bool = True) -> HttpClient:
        """Make a client; no request is sent yet.

        Args:
            stopped: ends its waits when it is set.
            budgeted: it may send no more than a reading's budget.
        """
        return HttpClient(
            self._config.base_url,
            source_id=self._source_id,
            headers=_HEADERS,
            authorise=lambda: self._value,
            pace=SlackPace(),
            say=tell,
            stopped=stopped,
            budget=self._config.budget if budgeted else None,
            clock=self._clock,
        )


def _check_token(token: str, source_id: str) -> None:
    if not token:
        raise CredentialsError(
            f"{source_id}: the bot_token is empty",
            remedy="Set the variable that it refers to",
        )
    if not token.startswith(_BOT):
        known = (words for start, words in _OTHERS.items() if token.startswith(start))
        raise CredentialsError(
            f"{source_id}: the bot_token is {next(known, 'none of Slack')}",
            remedy=f"Give the Bot User OAuth Token, xoxb-…: {PLACE}",
        )
