"""Where the web UI listens: a port that is free, and whether it answers."""

import errno
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

import requests

from sources.errors import ConfigError

DEFAULT_PORT: Final = 3000
_TRIES: Final = 50
_LOCATIONS: Final = """
{ workspaceOrError { ... on Workspace { locationEntries {
  locationOrLoadError { __typename ... on PythonError { message } }
} } } }
"""


def choose_port(host: str, wanted: int | None, say: Callable[[str], None]) -> int:
    """Give the wanted port if it is free, or without a wish the first free one from 3000 on.

    Raises:
        ConfigError: the wanted port is in use, or ``host`` is no address of this machine.
    """
    if wanted is not None:
        if not _is_free(host, wanted):
            raise ConfigError(
                f"port {wanted} of {host} is in use",
                remedy=f"End what uses it, or name another: daybook up --port {wanted + 1}",
            )
        return wanted
    for port in range(DEFAULT_PORT, DEFAULT_PORT + _TRIES):
        if _is_free(host, port):
            if port != DEFAULT_PORT:
                say(f"Port {DEFAULT_PORT} is in use: the web UI takes {port}")
            return port
    raise ConfigError(
        f"the ports {DEFAULT_PORT} to {DEFAULT_PORT + _TRIES - 1} of {host} are all in use",
        remedy="Name a free one: daybook up --port",
    )


def _is_free(host: str, port: int) -> bool:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ConfigError(
            f"{host!r} is no address: {error}", remedy="Try --host 127.0.0.1"
        ) from error
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        # As the web server does, so that connections of the last one, which linger, do not count.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise ConfigError(
                f"nothing can listen on {host}, port {port}: {error.strerror}",
                remedy="Name another place with --host and --port",
            ) from error
        return True


class WebUI:
    """The web server of this Daybook, asked over HTTP; no proxy of the environment is used."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared only
        self.url = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
        self._session = requests.Session()
        self._session.trust_env = False

    def answers(self) -> bool:
        """Whether it answers now."""
        try:
            return self._session.get(f"{self.url}/server_info", timeout=2).ok
        except requests.RequestException:
            return False

    def complaint(self) -> str | None:
        """Say why the definitions are not loaded; ``None``: they are."""
        entries = (self.ask(_LOCATIONS).get("workspaceOrError") or {}).get("locationEntries") or ()
        for entry in entries:
            loaded = entry["locationOrLoadError"] or {"message": "not loaded yet"}
            return str(loaded["message"]) if "message" in loaded else None
        return "no definitions yet"

    def ask(self, question: str, **variables: Any) -> dict[str, Any]:
        """Ask in GraphQL; an answer that cannot be had is an empty one."""
        try:
            answer = self._session.post(
                f"{self.url}/graphql",
                json={"query": question, "variables": variables},
                timeout=10,
            ).json()
        except requests.RequestException:
            return {}
        return dict(answer.get("data") or {})

    def __enter__(self) -> Self:
        """The same."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let its connections go."""
        self._session.close()
