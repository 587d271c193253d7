"""Connections to one PostgreSQL database: a few kept open, shared by threads."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias, TypeVar

import psycopg2
import psycopg2.extensions
from psycopg2.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from resources.sql import statement
from resources.stores.postgres.faults import describe, parse_url, translated
from sources.errors import StoreError, UnavailableError

Connection: TypeAlias = psycopg2.extensions.connection
Cursor: TypeAlias = psycopg2.extensions.cursor

OLDEST_SERVER: Final = 14_00_00
_KEPT: Final = 4
_TRUSTED_SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 10

# Two sources that claim one id meet as a violated key; the second attempt sees the first's row.
_COLLISIONS: Final = (DeadlockDetected, SerializationFailure, UniqueViolation)

Result = TypeVar("Result")


class Database:
    """One database and the connections to it; safe to share between threads.

    Attributes:
        url: libpq URL, with its password: for :mod:`subprocess` environments, never for messages.
        place: the same for messages.
        closing: set once :meth:`close` was called; those who wait for a lock give up then.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.place = describe(url)
        self.closing = threading.Event()
        self._idle: list[tuple[float, Connection]] = []
        self._guard = threading.Lock()

    def connect(self, purpose: str = "read") -> Connection:
        """Open a connection in autocommit mode that names itself ``daybook <purpose>``.

        Raises:
            UnavailableError: the server is away.
            CredentialsError: it refused the login.
            StoreError: no such database, one too old, or one that cannot hold all text.
        """
        if self.closing.is_set():
            raise UnavailableError(f"{self.place}: this store was closed")
        arguments: dict[str, Any] = {
            "connect_timeout": _CONNECT_SECONDS,
            "keepalives_idle": 60,
            **parse_url(self.url),
            "application_name": f"daybook {purpose}",
            "client_encoding": "UTF8",
        }
        with translated(self.place):
            opened: Connection = psycopg2.connect(**arguments)
            try:
                self._prepare(opened)
            except BaseException:
                opened.close()
                raise
        return opened

    def _prepare(self, opened: Connection) -> None:
        if opened.server_version < OLDEST_SERVER:
            raise StoreError(
                f"{self.place} is PostgreSQL {opened.server_version // 10_000}",
                remedy="Daybook needs version 14 or later",
            )
        encoding = opened.get_parameter_status("server_encoding")
        if encoding != "UTF8":
            raise StoreError(
                f"{self.place} keeps its text as {encoding}",
                remedy="Create the database with ENCODING 'UTF8'",
            )
        opened.autocommit = True
        with opened.cursor() as cursor:
            cursor.execute(statement("prepare_connection"))

    @contextmanager
    def borrow(self) -> Iterator[Connection]:
        """Lend a connection; one that broke is not taken back."""
        lent = self._take()
        try:
            with translated(self.place):
                yield lent
        finally:
            self._give_back(lent)

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """Lend a cursor that commits each statement by itself."""
        with self.borrow() as lent, lent.cursor() as cursor:
            yield cursor

    def fetch(self, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run a named statement and give its rows."""
        with self.cursor() as cursor:
            cursor.execute(statement(name), parameters)
            return cursor.fetchall()

    def transact(
        self, work: Callable[[Cursor], Result], lent: Connection | None = None, *, what: str = ""
    ) -> Result:
        """Run ``work`` in one transaction, again where it met another writer head-on.

        Args:
            work: what to do; must be repeatable.
            lent: the connection to use; ``None``: any.
            what: whom an error's message shall name.
        """
        if lent is None:
            with self.borrow() as borrowed:
                return self.transact(work, borrowed, what=what)
        attempts = Retrying(
            retry=retry_if_exception_type(_COLLISIONS),
            stop=stop_after_attempt(6),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            reraise=True,
        )
        with translated(f"{what}: {self.place}" if what else self.place):
            result: Result = attempts(_in_transaction, lent, work)
            return result

    def close(self) -> None:
        """Let all idle connections go and refuse new ones; may be called twice."""
        self.closing.set()
        with self._guard:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _take(self) -> Connection:
        while True:
            with self._guard:
                if not self._idle:
                    break
                since, connection = self._idle.pop()
            trusted = time.monotonic() - since < _TRUSTED_SECONDS and _silent(connection)
            if trusted or _answers(connection):
                return connection
            connection.close()
        return self.connect(f"[{os.getpid()}]")

    def _give_back(self, lent: Connection) -> None:
        if not lent.closed and lent.info.transaction_status == 0:
            with self._guard:
                if len(self._idle) < _KEPT and not self.closing.is_set():
                    self._idle.append((time.monotonic(), lent))
                    return
        lent.close()


def _in_transaction(lent: Connection, work: Callable[[Cursor], Result]) -> Result:
    with lent, lent.cursor() as cursor:
        return work(cursor)


def _silent(connection: Connection) -> bool:
    """Whether the server has said nothing unasked; a stopping one has said goodbye."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def _answers(connection: Connection) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement("ping"))
    except psycopg2.Error:
        return False
    return True
