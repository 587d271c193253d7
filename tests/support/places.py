"""Where the ``daybook`` command is run: a directory, a home, an environment."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.processes import environment, run_daybook
from tests.support.shapes import check_answer


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

    def refuse(self, code: int, *arguments: str, **extra: str) -> str:
        """Run one command that has to fail with an exit code; gives what it wrote to stderr."""
        done = self.run(*arguments, **extra)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr

    def answer(self, *arguments: str, **extra: str) -> Any:
        """Run one command with ``--json`` that has to succeed, and give its answer.

        The answer has to be of the type that the page about the command describes.
        """
        done = self.run(*arguments, "--json", **extra)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        check_answer(arguments, answer)
        return answer

    def write_sources(self, *entries: Mapping[str, Any]) -> Path:
        """Write the configuration; YAML holds JSON."""
        path = self.folder / "sources.yaml"
        path.write_text(json.dumps({"sources": list(entries)}, indent=1))
        return path
