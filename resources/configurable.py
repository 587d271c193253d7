"""How Dagster reaches the store, the lake and the sources: configurable resources.

The only file outside ``pipelines/`` that imports Dagster. Secrets come in by ``EnvVar``, so the
web UI and the API show the name of the variable and never what it holds.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field, PrivateAttr

from resources.opening import open_lake, open_store
from resources.stores.base import EpisodicStore
from resources.stores.lake import Lake

Result = TypeVar("Result")


class StoreResource(ConfigurableResource[EpisodicStore]):
    """PostgreSQL, the system of record, and the lake drawn from it."""

    home: str = Field(description="State directory; the embedded PostgreSQL lives in it.")
    database_url: str | None = Field(
        default=None, description="External PostgreSQL, as EnvVar; nothing: the embedded one."
    )
    lake_url: str = Field(description="Directory of the lake, or a pyarrow filesystem URL.")

    @contextmanager
    def open(self) -> Iterator[EpisodicStore]:
        """Open the store, and close it afterwards.

        Raises:
            CredentialsError: the server refuses the login.
            StoreError: the database cannot serve.
            UnavailableError: no connection.
        """
        with open_store(home=Path(self.home), database_url=self.database_url) as store:
            yield store

    def open_lake(self) -> Lake:
        """Open the lake."""
        return open_lake(self.lake_url)


class SourcesResource(ConfigurableResource["SourcesResource"]):
    """One event loop a run, in which sources are read."""

    names: list[str] = Field(default_factory=list, description="The configured sources.")

    _runner: asyncio.Runner = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["SourcesResource"]:
        """Keep one loop for the run; whatever is still open in it ends with it."""
        del context
        with asyncio.Runner() as runner:
            self._runner = runner
            yield self

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do the work to its end."""
        return self._runner.run(work)
