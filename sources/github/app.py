"""A GitHub App's way in: tokens of an hour, each got with the App's own key.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app. Signing takes
the library PyJWT with cryptography, which only this way in needs: the extra ``github-app``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from threading import Event, Lock
from typing import Any, Final

from sources.errors import ConfigError, CredentialsError, UnavailableError
from sources.http import Answer, Clock, HttpClient, StoppedError

_EARLY: Final = timedelta(minutes=10)
"""A token is renewed so long before its end, so that no request meets it over."""

_VALID: Final = timedelta(minutes=9)
"""How long a signature holds; GitHub takes ten minutes at most, by its own clock."""

_DRIFT: Final = timedelta(minutes=1)
"""A signature is dated back so far, should this clock be ahead of GitHub's."""

_LOOK: Final = 0.2
"""Seconds after which somebody who waits for another's renewal looks whether he is to end."""

_MARK: Final = "PRIVATE KEY-----"


class AppTokens:
    """Gives the token of one installation of an App, renewed in time.

    Args:
        source_id: whose.
        app_id: the App's number or client id.
        private_key: its key, PEM.
        account: the user or organisation it is installed for.
        open_client: makes a client of the API that authorises itself by what it is given, and whose
            waits end when that event is set.
        clock: the time.
    """

    def __init__(
        self,
        *,
        source_id: str,
        app_id: str,
        private_key: str,
        account: str,
        open_client: Callable[[Callable[[], str | None], Event], HttpClient],
        clock: Clock,
    ) -> None:
        self._source_id = source_id
        self._app_id = app_id
        self._key = private_key
        self._account = account
        self._open_client = open_client
        self._clock = clock
        self._lock = Lock()
        self._renewing: tuple[Event, HttpClient] | None = None
        self._token: str | None = None
        self._end: datetime | None = None

    def authorise(self, stopped: Event | None = None) -> str:
        """Give the value of ``Authorization`` for the next request.

        Readings at the same time share the token: one renews it, the others wait for that.

        Args:
            stopped: of the reading that asks; set, it ends its waiting, and nobody else's.

        Raises:
            StoppedError: the reading was ended.
            ConfigError: the extra is not installed, or the App not for the account.
            CredentialsError: the key is none, or not this App's.
            DaybookError: as ``HttpClient.get``.
        """
        stopped = stopped or Event()
        with self._alone(stopped):
            if self._end is None or self._clock.now() >= self._end - _EARLY:
                with self._open_client(self._sign, stopped) as client:
                    self._renewing = stopped, client
                    self._renew(client)
            return f"Bearer {self._token}"

    def end(self, stopped: Event) -> None:
        """Hang up what asks for a token for the reading that ``stopped`` ends."""
        renewing = self._renewing
        if renewing is not None and renewing[0] is stopped:
            renewing[1].stop()

    @contextmanager
    def _alone(self, stopped: Event) -> Iterator[None]:
        while not self._lock.acquire(timeout=_LOOK):
            if stopped.is_set():
                raise StoppedError(f"{self._source_id}: the reading was ended")
        try:
            yield
        finally:
            self._renewing = None
            self._lock.release()

    def _renew(self, client: HttpClient) -> None:
        answer = client.post(f"app/installations/{self._find(client)}/access_tokens", {})
        data = self._check(answer)
        self._token, self._end = data["token"], datetime.fromisoformat(data["expires_at"])

    def _find(self, client: HttpClient) -> int:
        for answer in client.pages("app/installations", {"per_page": 100}, ahead=0):
            for one in self._check(answer):
                if one["account"]["login"].lower() == self._account.lower():
                    return int(one["id"])
        raise ConfigError(
            f"{self._source_id}: the App {self._app_id} is not installed for {self._account}",
            remedy="Install it there, with the right to read what is to be read",
        )

    def _check(self, answer: Answer) -> Any:
        if answer.good:
            return answer.data
        if answer.status in {401, 403, 404}:
            raise CredentialsError(
                f"{self._source_id}: GitHub refuses the App {self._app_id}",
                remedy="Are number and private key those of the same App, and is it not suspended?",
            )
        raise UnavailableError(
            f"{self._source_id}: GitHub gives the App no token: status {answer.status}",
            remedy="What was read is kept; try again later",
        )

    def _sign(self) -> str:
        now = self._clock.now()
        claims = {"iat": now - _DRIFT, "exp": now + _VALID, "iss": self._app_id}
        if _MARK not in self._key:  # a public one would be found out late and badly
            raise self._no_key()
        try:
            jwt = import_module("jwt")
            return f"Bearer {jwt.encode(claims, self._key, algorithm='RS256')}"
        except (ImportError, NotImplementedError):  # the latter: PyJWT without cryptography
            raise ConfigError(
                f"{self._source_id}: a GitHub App needs the libraries PyJWT and cryptography",
                remedy="Install daybook-events[github-app]",
            ) from None
        except (ValueError, TypeError, jwt.InvalidKeyError):
            raise self._no_key() from None

    def _no_key(self) -> CredentialsError:
        return CredentialsError(
            f"{self._source_id}: the private key of the App is no key",
            remedy="Give the file that GitHub made, from its first line to its last",
        )
