"""How Dagster reaches the store, the lake and the sources: configurable resources.

The only file outside ``pipelines/`` that imports Dagster. Secrets come in by ``EnvVar``, so the
web UI and the API show the name of the variable and never what it holds. Each source is a
resource of its own: a secret that is missing stops the runs of that source alone.
"""

import asyncio
import logging
import platform
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import reduce
from hashlib import blake2b
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from dagster import Config, ConfigurableResource, EnvVar, InitResourceContext
from pydantic import Field, PrivateAttr, create_model

from resources.opening import open_lake, open_store
from resources.stores.base import EpisodicStore
from resources.stores.lake import Lake
from resources.stores.postgres.roles import read_machine_id
from sources import BaseEventSource, ConfigError, Cursor, EventSourceFactory

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

HOST_TAG: Final = "daybook/host"
"""Tag of a run: the machine on which its process is."""


def this_host() -> str:
    """Name this machine apart from others that share its database.

    The name that people gave it, and a hash of its id, which is nobody else's business.
    """
    digest = blake2b(read_machine_id(), digest_size=4)
    return f"{platform.node()}-{digest.hexdigest()}"


class StoreResource(ConfigurableResource["StoreResource"]):
    """PostgreSQL, the system of record, and the lake drawn from it."""

    home: str = Field(description="State directory; the embedded PostgreSQL lives in it.")
    database_url: str | None = Field(
        default=None, description="External PostgreSQL, as EnvVar; nothing: the embedded one."
    )
    lake_url: str = Field(description="Directory of the lake, or a pyarrow filesystem URL.")

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Note on the run where its process is: others who share the database cannot see it."""
        if context.run is not None and context.instance is not None:
            context.instance.add_run_tags(context.run.run_id, {HOST_TAG: this_host()})

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


def _entry_type(source_type: str) -> type[Config]:
    """Describe one source type to Dagster: its settings, and its secrets by name."""
    source_class = EventSourceFactory.get_source_class(source_type)
    secrets: dict[str, Any] = {
        name: (str | None, Field(default=None, description=field.description))
        for name, field in source_class.CREDENTIALS.model_fields.items()
    }
    title = source_type.title().replace("_", "")
    described: dict[str, Any] = {
        "type": (Literal[source_type], source_type),
        "source_id": (str, Field(description="Identity of the source.")),
        "config": (dict[str, Any], Field(default_factory=dict, description="Its settings.")),
    }
    if secrets:
        held = create_model(f"{title}Secrets", __base__=Config, **secrets)
        described["credentials"] = (held, Field(default_factory=held))
    return create_model(f"{title}Entry", __base__=Config, **described)


def _entry_types() -> dict[str, type[Config]]:
    """Describe every type; one whose package is broken stops only the sources that name it."""
    found = {}
    for name in EventSourceFactory.get_registered_sources():
        try:
            found[name] = _entry_type(name)
        except ConfigError as error:
            _log.warning("%s", error)
    return found


_ENTRIES = _entry_types()
_Entry: Any = reduce(or_, _ENTRIES.values())
if len(_ENTRIES) > 1:
    _Entry = Annotated[_Entry, Field(discriminator="type")]


def describe_entry(
    source_type: str, source_id: str, config: Mapping[str, Any], secrets: Mapping[str, str]
) -> Config:
    """Describe one source for :class:`SourceResource`.

    Args:
        source_type: a registered type.
        source_id: its identity.
        config: its settings.
        secrets: for each of its credentials, the environment variable that holds it.

    Raises:
        ConfigError: no such type, or one that was registered too late for Dagster to know it.
    """
    EventSourceFactory.get_source_class(source_type)
    entry = _ENTRIES.get(source_type)
    if entry is None:
        raise ConfigError(
            f"source type {source_type!r} was registered after Dagster's resources were described",
            remedy=f"Register it before {__name__} is imported, or by an entry point",
        )
    settings = {name: value for name, value in config.items() if value is not None}
    given: dict[str, Any] = {"source_id": source_id, "config": settings}  # Dagster takes no null
    held: Any = entry.model_fields.get("credentials")
    if held is not None:
        references = {name: EnvVar(variable) for name, variable in secrets.items()}
        given["credentials"] = held.annotation(**references)
    return entry(**given)


class SourceResource(ConfigurableResource["SourceResource"]):
    """The source factory for one source, with an event loop that lasts as long as the run.

    Whatever it made is closed when the run ends, however that ends.
    """

    source: _Entry
    cache_dir: str | None = Field(
        default=None, description="Where sources keep what they could read again."
    )

    _runner: asyncio.Runner = PrivateAttr()
    _factory: EventSourceFactory = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["SourceResource"]:
        """Keep one loop and one factory for the run."""
        del context
        with asyncio.Runner() as runner:
            self._runner = runner
            self._factory = EventSourceFactory(cache_dir=self.cache_dir)
            try:
                yield self
            finally:
                runner.run(self._factory.close_all_sources())

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do asynchronous work to its end, in the run's own loop."""
        return self._runner.run(work)

    @asynccontextmanager
    async def open(self, cursor: Cursor | None = None) -> AsyncIterator[BaseEventSource]:
        """Make the source, to read from ``cursor``, and close it afterwards.

        Raises:
            ConfigError: a wrong setting.
            CredentialsError: a secret is wrong, or its variable is not set.
            UnavailableError: it cannot be read now.
        """
        entry = self.source
        secrets = dict(getattr(entry, "credentials", ()))
        given = {name: value for name, value in secrets.items() if value}
        config = {**entry.config, "cursor": cursor}
        source = await self._factory.create_source(entry.type, entry.source_id, given, config)
        try:
            yield source
        finally:
            await self._factory.close_source(entry.source_id)
