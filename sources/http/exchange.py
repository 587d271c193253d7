"""One request and its answer, read to the end: the only file that knows ``requests``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from threading import Event
from typing import Any, Final

import orjson
import requests
import urllib3
from requests.auth import AuthBase

from sources.errors import ConfigError, CredentialsError, DaybookError, UnavailableError
from sources.http.address import Address
from sources.http.answer import Answer
from sources.http.clock import Clock
from sources.http.connections import EndableAdapter
from sources.http.gate import StoppedError
from sources.json_text import read_json

_TIMEOUT: Final = (10.0, 30.0)
"""Seconds to connect, and between two pieces of an answer."""

_WHOLE: Final = timedelta(minutes=5)
"""For one answer, however slowly it drips."""

_PIECE: Final = 1 << 16
_UNCHANGED: Final = 304
_MOVED: Final = frozenset({301, 302, 307, 308})
_REFUSED: Final = 400
_SHORTEST: Final = 8
"""Characters of a secret; what is shorter may be a word."""

_FAULTS: Final[Mapping[type[Exception], str]] = {
    requests.exceptions.ProxyError: "the proxy cannot be reached",
    requests.exceptions.ConnectTimeout: "no connection within 10 s",
    requests.exceptions.Timeout: "no answer in time",
    requests.exceptions.ConnectionError: "no connection, or it broke off",
    urllib3.exceptions.ReadTimeoutError: "no answer in time",
    urllib3.exceptions.DecodeError: "the answer cannot be unpacked",
}
"""The first that fits."""


class DroppedError(Exception):
    """The connection or the answer broke off: what it was is in the words, no secret with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask.

    Attributes:
        method: of HTTP.
        url: whole.
        params: for its query.
        body: sent as JSON.
        headers: besides those of all requests.
        lane: what it is counted with, where the API has a limit for each of several.
    """

    method: str
    url: str
    params: Mapping[str, Any] | None = None
    body: Any = None
    headers: Mapping[str, str]
    lane: str = ""


class Authorisation(AuthBase):
    """Sets the header; what the session would send of its own stays out of it."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set it."""
        if self._value is not None:
            prepared.headers["Authorization"] = self._value
        return prepared

    def hide(self, body: bytes) -> bytes:
        """Take the secret out of an answer that repeats it: words of errors are shown."""
        secret = (self._value or "").rpartition(" ")[2].encode()
        return body.replace(secret, b"***") if len(secret) >= _SHORTEST else body


class _Session(requests.Session):
    """Looks at no redirection: the library would read the answer whole, whatever its size."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find none."""


class Exchange:
    """A connection to one API.

    Args:
        address: of the API; nothing goes anywhere else.
        headers: sent with each request.
        authorise: gives the value of ``Authorization`` for the next request.
        clock: the time.
        stopped: ends the reading of an answer between two pieces.
        largest: bytes an answer may have, unpacked.
    """

    def __init__(
        self,
        *,
        address: Address,
        headers: Mapping[str, str],
        authorise: Callable[[], str | None],
        clock: Clock,
        stopped: Event,
        largest: int,
    ) -> None:
        self._address = address
        self._authorise = authorise
        self._clock = clock
        self._stopped = stopped
        self._largest = largest
        self._session = _Session()
        self._adapter = EndableAdapter()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, self._adapter)
        # Once for the one host, not with each request: proxy and trusted certificates. No ~/.netrc.
        settings = self._session.merge_environment_settings(address.base, {}, None, None, None)
        self._session.proxies, self._session.verify = settings["proxies"], settings["verify"]
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(headers)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def end(self) -> None:
        """Hang up, from another thread than the one that waits for an answer."""
        self._adapter.end()

    def authorise(self) -> Authorisation:
        """Give the secret for the next request.

        Raises:
            CredentialsError: it is none that can be sent.
        """
        value = self._authorise()
        if value is None or (value.isascii() and value.isprintable()):
            return Authorisation(value)
        raise CredentialsError(
            f"{self._address.source_id}: the secret holds characters that no header can carry",
            remedy="Is there a line end or a space too many in it?",
        )

    def send(self, request: Request, authorisation: Authorisation) -> tuple[Answer, str | None]:
        """Send one request; give the answer and, if it is a redirection, where it leads.

        Raises:
            DroppedError: no answer, or half of one.
            ConfigError: no certificate that can be trusted, no JSON, a redirection elsewhere.
            StoppedError: the reading was ended.
            UnavailableError: the answer is too large.
        """
        deadline = self._clock.now() + _WHOLE
        try:
            with self._session.request(
                request.method,
                request.url,
                params=request.params,
                data=None if request.body is None else orjson.dumps(request.body),
                headers=request.headers,
                auth=authorisation,
                timeout=_TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._take(response, authorisation.hide(self._read(response, deadline)))
        except requests.exceptions.SSLError:
            untrusted = True
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            untrusted, dropped = False, _name(error)
        except DaybookError:
            raise
        except OSError:  # the file of trusted certificates is not there
            untrusted = True
        # Outside of the handler: the library's error holds the request, and with it the secret.
        if untrusted:
            raise ConfigError(
                f"{self._address.source_id}: no trust in the certificate of {self._address.host}",
                remedy="Name a readable file of trusted certificates in REQUESTS_CA_BUNDLE",
            )
        raise DroppedError(dropped)

    def _read(self, response: requests.Response, deadline: datetime) -> bytes:
        """Read to the end, each piece as it comes, so that a slow one can be left."""
        pieces, size = [], 0
        while piece := response.raw.read1(_PIECE, decode_content=True):
            size += len(piece)
            if size > self._largest:
                raise UnavailableError(
                    f"{self._address.source_id}: an answer of {self._address.host} is larger than"
                    f" {self._largest >> 20} MiB",
                    remedy="Ask for less at once",
                )
            if self._stopped.is_set():
                raise StoppedError(f"{self._address.source_id}: the reading was ended")
            if self._clock.now() > deadline:
                raise requests.exceptions.ReadTimeout
            pieces.append(piece)
        return b"".join(pieces)

    def _take(self, response: requests.Response, body: bytes) -> tuple[Answer, str | None]:
        status = response.status_code
        location = response.headers.get("Location")
        moved = location is not None and status in _MOVED
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        answer = Answer(
            status=status,
            data=None if moved else self._parse(status, kind, body),
            etag=response.headers.get("ETag"),
            headers=response.headers,
            unchanged=status == _UNCHANGED,
            url=response.url,
        )
        return answer, location if moved else None

    def _parse(self, status: int, kind: str, body: bytes) -> Any:
        if not body:
            return None
        if not kind.endswith("json"):
            if status >= _REFUSED:
                return None
            raise ConfigError(
                f"{self._address.source_id}: {self._address.host} answers with"
                f" {kind or 'something'} instead of JSON",
                remedy="Is base_url that of the API, and no proxy's page in between?",
            )
        try:
            return read_json(body)
        except ValueError:
            if status >= _REFUSED:
                return None
        raise DroppedError("the JSON of the answer breaks off")


def _name(error: Exception) -> str:
    """Say what broke in words of our own: the library's hold URLs."""
    named = (words for kind, words in _FAULTS.items() if isinstance(error, kind))
    return next(named, "the answer broke off")
