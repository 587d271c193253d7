"""PostgreSQL's errors in Daybook's words, each with what to do; no message holds a password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg2
from psycopg2.extensions import parse_dsn

from sources.errors import ConfigError, CredentialsError, DaybookError, StoreError, UnavailableError

_PORTS: Final = re.compile(r"[\d,]*")
_SCHEMES: Final = ("postgresql://", "postgres://")
_URL: Final = "DAYBOOK_DATABASE_URL"

_FOREIGN: Final = (
    "Restore a backup, or name another database; where nothing in its schema daybook is wanted, "
    "`drop schema daybook cascade` lets the next sync make all of it anew"
)

_REFUSALS: Final[tuple[tuple[str, type[DaybookError], str, str], ...]] = (
    ("28", CredentialsError, "refused the login", f"Mend user and password in {_URL}"),
    ("3D", StoreError, "has no such database", f"Create it, or mend {_URL}"),
    ("42501", StoreError, "denied a right", "Let its owner grant it, or use the owner's login"),
    ("25006", StoreError, "is read-only", f"Name the primary server in {_URL}"),
    ("53100", StoreError, "has no room left on its disk", "Make room there, then try again"),
    ("57014", StoreError, "gave the statement up", "Ask for less, or raise statement_timeout"),
    ("57P04", StoreError, "lost the database", f"Create it, or mend {_URL}"),
    ("08", UnavailableError, "cannot be reached", "Start it, or try again later"),
    ("40", UnavailableError, "was too busy with other writers", "Try again later"),
    ("53", UnavailableError, "is out of connections or memory", "Try again later"),
    ("55P03", UnavailableError, "holds what is wanted locked", "Try again later"),
    ("57P", UnavailableError, "is starting or stopping", "Try again later"),
    ("42P07", StoreError, "holds what is none of Daybook's", _FOREIGN),
    ("42P01", StoreError, "lacks a part of Daybook's schema", _FOREIGN),
    ("22", StoreError, "cannot hold a value", "Report it with the line above"),
)

# A failed login carries no SQLSTATE, only words.
_LOGIN_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("password authentication failed", "28"),
    ("no password supplied", "28"),
    ("no pg_hba.conf entry", "28"),
    ("authentication failed", "28"),
    ("role ", "28"),
    ("not permitted to log in", "28"),
    ("permission denied for database", "42501"),
    ("database ", "3D"),
    ("too many clients", "53"),
    ("remaining connection slots", "53"),
    ("starting up", "57P"),
    ("shutting down", "57P"),
)
_LOGIN_TAILS: Final = {"role ": "does not exist", "database ": "does not exist"}


def describe(url: str) -> str:
    """Name a database for a message: user, host, port and database, never the password.

    >>> describe("postgresql://ann:secret@db.example:5433/events")
    'postgresql://ann@db.example:5433/events'
    """
    parts = parse_url(url)
    user = f"{parts['user']}@" if "user" in parts else ""
    port = f":{parts['port']}" if "port" in parts else ""
    host = parts.get("host", "")
    return f"postgresql://{user}{host}{port}/{parts.get('dbname', '')}"


def parse_url(url: str) -> dict[str, str]:
    """Take a libpq URL or connection string apart.

    Raises:
        ConfigError: it is none; what libpq says of it may quote a password, so it is left out.
    """
    try:
        parts = dict(parse_dsn(url))
    except psycopg2.Error:
        parts = {"port": "none"}
    misread = url.startswith(_SCHEMES) and _misread(parts)
    if misread or _PORTS.fullmatch(parts.get("port", "")) is None:
        raise ConfigError(
            f"{_URL} is no PostgreSQL URL",
            remedy="Write postgresql://user:password@host:5432/database, special characters as %XX",
        )
    return parts


def _misread(parts: dict[str, str]) -> bool:
    """Whether a password's own ``/``, ``@`` or ``?`` has cut the URL short, and shows elsewhere."""
    host, user = parts.get("host", ""), parts.get("user", "")
    return (
        ("@" in host and not host.startswith("/"))
        or "@" in parts.get("dbname", "")
        or ("@" in user and "/" in user)
    )


def translate(error: psycopg2.Error, place: str) -> DaybookError:
    """Say what a driver's error means for the reader.

    Args:
        error: what psycopg2 raised.
        place: the database, as :func:`describe` names it.
    """
    words = _first_line(error)
    if (error.pgcode or "").startswith("22"):
        words = words.partition(': "')[0]  # the value, which is content
    code = error.pgcode or _login_code(words)
    if code is None and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        code = "08"
    for prefix, kind, verdict, remedy in _REFUSALS:
        if code is not None and code.startswith(prefix):
            return kind(f"{place} {verdict}: {words}", remedy=remedy)
    return StoreError(
        f"{place} refused: {words}", remedy="The server's log says more; see also `daybook doctor`"
    )


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn driver's errors inside into Daybook's.

    Raises:
        UnavailableError: later.
        CredentialsError: the login was refused.
        StoreError: mend the store.
    """
    try:
        yield
    except psycopg2.Error as error:
        # A chained cause would be logged and kept with all its lines, and those quote the row.
        raise translate(error, place) from None


def _login_code(words: str) -> str | None:
    for needle, code in _LOGIN_WORDS:
        if needle in words and _LOGIN_TAILS.get(needle, "") in words:
            return code
    return None


def _first_line(error: psycopg2.Error) -> str:
    # The further lines quote the row, which is content.
    primary = error.diag.message_primary or str(error)
    lines = [line.strip() for line in primary.splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
