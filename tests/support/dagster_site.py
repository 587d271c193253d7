"""Dagster as people run it: a web server and a daemon on one home, spoken to by GraphQL."""

import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from pipelines.instance import write_instance
from pipelines.pace import Pace
from resources.embedded import EmbeddedPostgres
from tests.support.processes import ROOT, environment, running, uncounted
from tests.support.waiting import wait_until

_PROGRAMS = Path(sys.executable).parent

_RUNS = """
query Runs($tag: String!, $value: String!) {
  runsOrError(filter: {tags: [{key: $tag, value: $value}]}) {
    ... on Runs { results {
      runId status
      eventConnection { events { ... on EngineEvent { message } } }
    } }
  }
}
"""
_MATERIALIZED = """
query Materialized($path: [String!]!) {
  assetOrError(assetKey: {path: $path}) {
    ... on Asset { assetMaterializations { partition runId } }
  }
}
"""
_SENSOR = """
query Sensor($name: String!) {
  sensorOrError(sensorSelector: {
    repositoryLocationName: "daybook", repositoryName: "__repository__", sensorName: $name
  }) {
    ... on Sensor { sensorState { typeSpecificData { ... on SensorData { lastCursor } } } }
  }
}
"""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running web server, and the questions that tests ask it."""

    url: str

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask; gives the first answer."""
        answer = requests.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    def runs(self, tag: str, value: str) -> list[dict[str, Any]]:
        """Give the runs with a tag, newest first."""
        found: list[dict[str, Any]] = self.ask(_RUNS, tag=tag, value=value)["results"]
        return found

    def materialized(self, *path: str) -> list[str | None]:
        """Give the partitions of an asset's materialisations, newest first."""
        events = self.ask(_MATERIALIZED, path=list(path)).get("assetMaterializations", [])
        return [event["partition"] for event in events]

    def sensor_cursor(self, name: str) -> str | None:
        """Give what a sensor remembers."""
        state = self.ask(_SENSOR, name=name)["sensorState"]["typeSpecificData"]
        return None if state is None else state["lastCursor"]

    def answers(self) -> bool:
        """Whether the web server is there."""
        try:
            return requests.get(f"{self.url}/server_info", timeout=5).ok
        except requests.ConnectionError:
            return False


def site_environment(home: Path, **settings: str) -> dict[str, str]:
    """Give the environment of Dagster's processes on ``home``, with PostgreSQL started."""
    instance = write_instance(home, Pace().keep.days)
    server = EmbeddedPostgres(home).ensure_running()
    return environment(
        DAYBOOK_HOME=str(home),
        DAYBOOK_DAGSTER_URL=server.url("dagster", scheme="postgresql+psycopg2"),
        DAGSTER_HOME=str(instance.parent),
        **settings,
    )


@contextmanager
def running_site(env: Mapping[str, str], folder: Path) -> Iterator[Site]:
    """Start web server and daemon from the checkout's ``workspace.yaml``, and end them."""
    port = _free_port()
    workspace = ("--workspace", str(ROOT / "workspace.yaml"))
    web = (_PROGRAMS / "dagster-webserver", *workspace, "--port", str(port))
    daemon = (_PROGRAMS / "dagster-daemon", "run", *workspace)
    with (
        running(web, env=uncounted(env), cwd=folder, log=folder / "web.log"),
        running(daemon, env=uncounted(env), cwd=folder, log=folder / "daemon.log"),
    ):
        site = Site(url=f"http://127.0.0.1:{port}")
        wait_until(site.answers, 90, "the web server")
        yield site


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
