"""The ``daybook`` command as people run it: a process, a directory, a repository."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import environment, run_daybook
from tests.support.repositories import Repository, make_repository

COMMITS = 5


@dataclass
class Place:
    """Where the command is run: its directory, its home and its environment."""

    folder: Path
    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environ(self, **extra: str) -> dict[str, str]:
        """The environment of a command here."""
        return environment(**{"DAYBOOK_HOME": str(self.home), **self.settings, **extra})

    def run(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run one command, whatever its exit code."""
        return run_daybook(*arguments, env=self.environ(**extra), cwd=self.folder)

    def answer(self, *arguments: str, **extra: str) -> Any:
        """Run one command with ``--json`` that has to succeed, and give its answer."""
        done = self.run(*arguments, "--json", **extra)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def write_sources(self, *entries: Mapping[str, Any]) -> Path:
        """Write the configuration; YAML holds JSON."""
        path = self.folder / "sources.yaml"
        path.write_text(json.dumps({"sources": list(entries)}, indent=1))
        return path


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository named ``demo`` with five commits by two people."""
    return make_repository(tmp_path / "demo", COMMITS)


@pytest.fixture
def place(tmp_path: Path, repository: Repository, database_url: str) -> Place:
    """A directory whose one source is the repository, and a database of the test's own."""
    found = Place(
        folder=tmp_path, home=tmp_path / "home", settings={"DAYBOOK_DATABASE_URL": database_url}
    )
    found.write_sources(
        {"id": "demo", "type": "filesystem", "config": {"root_dir": str(repository.path)}}
    )
    return found


@pytest.fixture
def synced(place: Place) -> Place:
    """The same, with everything read once."""
    done = place.run("sync")
    assert done.returncode == 0, done.stderr
    return place


Refusal = Callable[..., str]


@pytest.fixture
def refused(place: Place) -> Refusal:
    """Run a command that has to fail with an exit code; gives what it wrote to stderr."""

    def run(code: int, *arguments: str, **extra: str) -> str:
        done = place.run(*arguments, **extra)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr

    return run
