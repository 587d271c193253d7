"""The sides of the contest about writing, each one run into a database of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from benchmarks.commands import PEERS_PYTHON, ROOT, environment, take
from resources.embedded import EmbeddedPostgres

_SIZES: Final = """
select sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema')
"""
_MB: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one run took.

    Attributes:
        seconds: by the name of what was timed.
        table: size of all tables of the database, MB.
        indexes: size of all their indexes, MB.
    """

    seconds: dict[str, float]
    table: float
    indexes: float

    def __str__(self) -> str:
        """The times and sizes, for those who wait."""
        times = ", ".join(f"{name} {value:.2f} s" for name, value in self.seconds.items())
        return f"{times}; tables {self.table:.0f} MB, indexes {self.indexes:.0f} MB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """One server and one file of rows, for all sides."""

    server: EmbeddedPostgres
    folder: Path
    rows: Path

    def daybook(self) -> Written:
        """Let Daybook's store write the rows twice."""
        with self._database() as url:
            taken = take([sys.executable, "-m", "benchmarks.store.write", url, self.rows])
            return self._written(url, dict(taken.answer))

    def dlt(self, kind: str) -> Written:
        """Let dlt merge the rows twice: ``arrow`` tables or ``dict`` rows."""
        script = ROOT / "benchmarks" / "peers" / "dlt_merging.py"
        with self._database() as url:
            place = self.folder / f"dlt-{uuid4().hex[:12]}"
            # dlt's URLs need a host in their place; the one of the query part is used.
            named = url.replace("@/", "@localhost/")
            env = environment(RUNTIME__DLTHUB_TELEMETRY="false")
            taken = take([PEERS_PYTHON, script, named, self.rows, kind, place], env=env)
            return self._written(url, dict(taken.answer))

    @contextmanager
    def _database(self) -> Iterator[str]:
        """Give the URL of a fresh database; what was written before is on the disk."""
        name, handle = f"bench_{uuid4().hex[:12]}", self.server.ensure_running()
        handle.ask("postgres", f"create database {name} template template0")
        handle.ask("postgres", "checkpoint")
        try:
            yield handle.url(name)
        finally:
            handle.ask("postgres", f"drop database {name} with (force)")

    def _written(self, url: str, seconds: dict[str, float]) -> Written:
        name = url.rpartition("@/")[2].partition("?")[0]
        ((table, indexes),) = self.server.ensure_running().ask(name, _SIZES)
        return Written(
            seconds=seconds, table=int(str(table)) / _MB, indexes=int(str(indexes)) / _MB
        )
