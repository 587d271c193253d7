"""A home of Daybook's that lasts as long as a measurement."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.commands import environment
from pipelines.config import SourceSpec
from pipelines.loading import read_sources
from resources.embedded import EmbeddedPostgres
from resources.opening import open_store

SOURCE = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratch:
    """A folder with a configuration, a home, and a server that runs.

    Attributes:
        folder: where the command is run.
        server: its PostgreSQL's main process.
    """

    folder: Path
    server: psutil.Process

    @property
    def home(self) -> Path:
        """The state directory."""
        return self.folder / "home"

    @property
    def url(self) -> str:
        """The database, as the superuser."""
        return EmbeddedPostgres(self.home).url()

    @property
    def spec(self) -> SourceSpec:
        """The one source."""
        (spec,) = read_sources(self.folder / "sources.yaml")
        return spec

    def environ(self) -> dict[str, str]:
        """The environment of a ``daybook`` command here."""
        return environment(DAYBOOK_HOME=str(self.home))

    def server_cpu(self) -> float:
        """Processor seconds of all the server's processes so far, ended ones included."""
        spent = 0.0
        for process in (self.server, *self.server.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent += times.user + times.system
                if process == self.server:
                    spent += times.children_user + times.children_system
        return spent


@contextmanager
def scratch(**config: Any) -> Iterator[Scratch]:
    """Make a fresh home whose server runs and whose database has its tables, and no rows.

    Args:
        config: of a filesystem source; none: no source is configured.
    """
    folder = Path(tempfile.mkdtemp(prefix="daybook-bench-")).resolve()
    entry = {"id": SOURCE, "type": "filesystem", "config": config}
    (folder / "sources.yaml").write_text(json.dumps({"sources": [entry]}))
    server = EmbeddedPostgres(folder / "home")
    try:
        with open_store(home=folder / "home", database_url=None):
            pass
        yield Scratch(folder=folder, server=psutil.Process(server.status().pid))
    finally:
        server.stop(force=True)
        shutil.rmtree(folder)
