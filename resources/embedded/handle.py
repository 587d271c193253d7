"""The way in to a running server, and what can be said about one."""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from resources.embedded.cluster import PORT, SUPERUSER
from sources.errors import UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHandle:
    """A running server and the way in."""

    pid: int
    socket_directory: Path
    password: str = field(repr=False)
    started: bool

    def url(self, dbname: str = "daybook", *, scheme: str = "postgresql") -> str:
        """The superuser's URL of one database; it holds the password, so never log it.

        Args:
            dbname: ``daybook`` or ``dagster``, or one you made.
            scheme: ``postgresql+psycopg2`` for SQLAlchemy and Dagster's storage.
        """
        place = f"host={self.socket_directory}&port={PORT}"
        return f"{scheme}://{SUPERUSER}:{self.password}@/{dbname}?{place}"

    def ask(self, dbname: str, statement: str) -> list[tuple[object, ...]]:
        """Run one statement on its own connection, outside a transaction.

        Raises:
            UnavailableError: the server takes no connection to this database, or closed it.
        """
        try:
            with closing(psycopg2.connect(self.url(dbname), connect_timeout=10)) as connection:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                    return cursor.fetchall() if cursor.description else []
        except psycopg2.OperationalError as error:
            reason = str(error).strip().rpartition("FATAL:")[2].strip()
            raise UnavailableError(
                f"PostgreSQL in {self.socket_directory} gives no access to {dbname}: {reason}",
                remedy="If this stays so, look into server.log beside it",
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """What can be said about a server without starting it."""

    running: bool
    data: Path
    log: Path
    pid: int | None = None
    socket_directory: Path | None = None
    clients: int | None = None
