"""The analysts' own login: it reads, for a bounded time, and can do nothing else."""

import os
import secrets
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import encrypt_password, make_dsn

from resources.sql import statement
from resources.stores.postgres.connection import Connection, Cursor, Database
from resources.stores.postgres.faults import parse_url, translated
from resources.stores.postgres.locks import lock_key
from sources.errors import ConfigError, CredentialsError

_KEY: Final = lock_key("roles")
_IN_AUTHORITY: Final = ("user", "password", "port", "dbname")
_MACHINE_ID: Final = Path("/etc/machine-id")


def read_machine_id() -> bytes:
    """Give what tells this machine from others; empty, as in most containers: it has no id."""
    return _MACHINE_ID.read_bytes().strip() if _MACHINE_ID.is_file() else b""


def ensure_reader(database: Database, home: Path, *, machine: bytes) -> str:
    """Give a URL that logs in as the read-only role of this database, machine and home.

    Of this machine too: another one that has the same path as its home has another password.

    Makes the role where it is missing, keeps its password in ``home`` for the owner's eyes
    only, and makes a new one where that no longer fits. Hand the URL's password to other
    programs in their environment, not among their arguments, which everybody can list.

    Args:
        database: where.
        home: ``DAYBOOK_HOME``.
        machine: as :func:`read_machine_id` gives it.

    Raises:
        CredentialsError: the server lets this login make no role.
        UnavailableError: the server is away, or has no room for one more connection.
    """
    role, kept = _names(database, home, machine)
    url = _known(database, role, kept)
    if url is not None:
        return url
    with database.borrow() as connection:
        _refuse_without_right(database, connection, role)

        def settle(cursor: Cursor) -> str:
            cursor.execute(statement("lock_rows"), {"key": _KEY})
            known = _known(database, role, kept)  # another may have made it meanwhile
            if known is not None:
                return known
            password = secrets.token_urlsafe(24)
            _make_role(cursor, connection, role, password)
            # Under the lock: who comes next reads the password that is in force then.
            _keep(kept, password)
            return reader_url(database.url, role, password)

        return database.transact(settle, connection)


def reader_url(url: str, role: str, password: str) -> str:
    """Give ``url`` with another login, and nothing of the first one's password."""
    parts = {**parse_url(url), "user": role, "password": password}
    others = {
        name: value
        for name, value in parts.items()
        if name not in _IN_AUTHORITY and name not in ("passfile", "options")
    }
    port = f":{parts['port']}" if "port" in parts else ""
    host = others.get("host", "")
    if host and "/" not in host and "," not in host and ":" not in host:
        del others["host"]
    else:
        host, port = "", ""
        others |= {"port": parts["port"]} if "port" in parts else {}
    query = f"?{urlencode(others, quote_via=quote)}" if others else ""
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return f"postgresql://{login}@{host}{port}/{quote(parts.get('dbname', ''), safe='')}{query}"


def part_password(url: str) -> tuple[str, str | None]:
    """Give a connection string of the same login without its password, and that.

    Everybody can list a program's arguments, so the password has to go another way.

    Raises:
        ConfigError: it is no libpq URL or connection string.
    """
    parts = parse_url(url)
    password = parts.pop("password", None)
    return make_dsn(**parts), password


def _names(database: Database, home: Path, machine: bytes) -> tuple[str, Path]:
    ((incarnation,),) = database.fetch("read_incarnation")
    text = f"{incarnation}\0{home.resolve()}\0".encode() + machine
    suffix = blake2b(text, digest_size=5).hexdigest()
    return f"daybook_reader_{suffix}", home / f"reader-{suffix}"


def _known(database: Database, role: str, kept: Path) -> str | None:
    """Give the URL with the kept password; ``None``: none is kept, or the login is refused."""
    if not kept.is_file():
        return None
    url = reader_url(database.url, role, kept.read_text().strip())
    try:
        with translated(database.place):
            psycopg2.connect(url, connect_timeout=10).close()
    except CredentialsError:
        return None
    return url


def _refuse_without_right(database: Database, connection: Connection, role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement("may_create_roles"))
        row: tuple[Any, ...] = cursor.fetchone() or ("", False, False)
    user, _, may_create = row
    if not may_create:
        raise CredentialsError(
            f"{database.place}: {user} may make no role for reading ({role})",
            remedy=f"Let an administrator run: alter role {user} createrole",
        )


def _make_role(cursor: Cursor, connection: Connection, role: str, password: str) -> None:
    # Hashed here, so that the password itself is in no log of the server.
    hashed = encrypt_password(password, role, scope=connection, algorithm="scram-sha-256")
    names = {
        "role": sql.Identifier(role),
        "name": sql.Literal(role),
        "password": sql.Literal(hashed),
        "database": sql.Identifier(connection.info.dbname),
    }
    for name in ("create_reader", "limit_reader"):
        cursor.execute(sql.SQL(statement(name)).format(**names))


def _keep(path: Path, password: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(password)
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", remedy="Set DAYBOOK_HOME elsewhere"
        ) from error
