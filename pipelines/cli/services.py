"""Dagster's processes as ``daybook up`` runs them: code server, web server, daemon."""

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from pipelines.cli.children import DAEMON, Plan
from pipelines.config import Settings
from sources.errors import ConfigError

LOCATION: Final = "daybook"
"""What Dagster calls the definitions."""

_LONGEST_FOLDER: Final = 80
"""Bytes of a directory's path with sockets in it; the system's limit of theirs is some hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The three processes of one home, planned.

    They stand in Dagster's own directory and see nothing of the current one: a repository that
    is read must not bring Python modules along.
    """

    settings: Settings
    dagster_url: str

    @property
    def folder(self) -> Path:
        """``DAGSTER_HOME``."""
        return self.settings.home / "dagster"

    @property
    def temporary(self) -> Path:
        """``TMPDIR`` of all of them: Dagster's servers leave sockets there when they are killed.

        In the home, or where that is too long for a socket in a short directory that stands for it.
        """
        near = self.folder / "tmp"
        if len(os.fsencode(near)) <= _LONGEST_FOLDER:
            return near
        name = blake2b(os.fsencode(near), digest_size=8).hexdigest()
        return Path(tempfile.gettempdir()) / f"daybook-up-{name}"

    @property
    def socket(self) -> Path:
        """Where the code server listens."""
        return self.temporary / "code.sock"

    @property
    def workspace(self) -> Path:
        """The file that tells web server and daemon where the code server is."""
        return self.folder / "workspace.yaml"

    def _write_workspace(self) -> None:
        """Write that file; YAML holds JSON."""
        server = {"host": "localhost", "socket": str(self.socket), "location_name": LOCATION}
        text = json.dumps({"load_from": [{"grpc_server": server}]}, indent=1)
        self.workspace.write_text(text + "\n", encoding="utf-8")

    def prepare(self) -> None:
        """Make the files and directories that they need; an earlier start's are replaced.

        Raises:
            ConfigError: the temporary directory is somebody else's.
        """
        self.clear()
        try:
            self.temporary.mkdir(mode=0o700, parents=True)
        except FileExistsError as error:
            raise ConfigError(
                f"{self.temporary} is not yours to replace",
                remedy="Remove it, or set DAYBOOK_HOME to a shorter path",
            ) from error
        self._write_workspace()

    def clear(self) -> None:
        """Remove what they left in their temporary directory."""
        shutil.rmtree(self.temporary, ignore_errors=True)

    def code_server(self) -> Plan:
        """Plan the process that holds the definitions and starts runs."""
        return self._plan(
            *("code server", "dagster", "code-server", "start", "--socket", str(self.socket)),
            *("--module-name", "pipelines.definitions", "--location-name", LOCATION),
            *("--working-directory", str(self.folder)),
        )

    def web_server(self, host: str, port: int) -> Plan:
        """Plan the web UI."""
        return self._plan(
            *("web server", "dagster_webserver", "--workspace", str(self.workspace)),
            *("--host", host, "--port", str(port)),
        )

    def daemon(self) -> Plan:
        """Plan the process that ticks sensors and schedules."""
        return self._plan("daemon", DAEMON, "run", "--workspace", str(self.workspace))

    def healer(self) -> Plan:
        """Plan the process that fails the runs of which a killed start left nothing."""
        return self._plan("healer", "pipelines.orphans")

    def environment(self) -> dict[str, str]:
        """Say what all of them are told: the settings, with every path absolute."""
        given = dict(os.environ)
        settings = self.settings
        given |= {
            "DAYBOOK_HOME": str(settings.home),
            "DAYBOOK_LAKE": settings.lake_url,
            "DAYBOOK_DAGSTER_URL": self.dagster_url,
            "DAGSTER_HOME": str(self.folder),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.temporary),
        }
        if settings.has_file:
            given["DAYBOOK_SOURCES"] = str(settings.sources_path)
        else:
            given["DAYBOOK_REPO"] = str(settings.sources[0].config["root_dir"])
        return given

    def _plan(self, name: str, module: str, *arguments: str) -> Plan:
        return Plan(
            name=name,
            command=(sys.executable, "-m", module, *arguments),
            environ=self.environment(),
            folder=self.folder,
            log=self.settings.home / "logs" / f"{name.replace(' ', '-')}.log",
        )
