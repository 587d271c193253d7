"""The source types that the laws are held against, each with a place to read."""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sources import BaseEventSource
from sources.testing import SourceCase
from tests.support import github_history, otlp, slack_history, slack_snapshots
from tests.support.access_logs import Service, requests
from tests.support.access_logs import SmallBatches as SmallLogBatches
from tests.support.git_reading import SmallBatches
from tests.support.git_repository import (
    GitRepository,
    eventful_repository,
    expected_events,
    linear_repository,
)
from tests.support.github.repository import Repository
from tests.support.github.server import GitHubServer
from tests.support.slack import Channel, SlackServer
from tests.support.slack_exports import SmallBatches as SmallExports
from tests.support.slack_reading import SmallTalk


class GitCase(SourceCase):
    """A git repository with everything in it, written object by object."""

    source_type = "filesystem"

    def prepare(self, directory: Path) -> None:
        eventful_repository(directory / "repository")

    def config(self, directory: Path) -> dict[str, Any]:
        return {"root_dir": str(directory / "repository")}

    def source_class(self) -> type[BaseEventSource]:
        return SmallBatches

    def truth(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        repository = GitRepository(directory / "repository")
        found = expected_events(repository)
        return [{"kind": kind, "subject": subject} for kind, subject in found]

    def grow(self, directory: Path) -> None:
        repository = GitRepository(directory / "repository")
        tip = repository.text("rev-parse", "HEAD")
        tree = repository.text("rev-parse", "HEAD^{tree}")
        for number in range(6):
            tip = repository.text("commit-tree", tree, "-p", tip, "-m", f"Later {number}")
        repository.git("update-ref", "HEAD", tip)

    def change(self, directory: Path) -> None:
        repository = GitRepository(directory / "repository")
        repository.git("update-ref", "HEAD", repository.text("rev-parse", "HEAD~3"))

    def lengthen(self, directory: Path, times: int) -> None:
        linear_repository(directory / "repository", 60 * times)


class GitUrlCase(GitCase):
    """The same repository by its URL: read from the copy that is kept of it."""

    def config(self, directory: Path) -> dict[str, Any]:
        url = (directory / "repository").as_uri()
        return {"url": url, "cache_dir": str(directory / "cache")}


class JsonLinesCase(SourceCase):
    """The file of the example package, with a few lines that cannot be read."""

    source_type = "jsonl"
    lines = 2_500

    def prepare(self, directory: Path) -> None:
        self._append(directory, range(self.lines))
        with self._file(directory).open("ab") as file:
            file.write(b'no json\n{"time": "2024-03-09T12:00:00"}\n')

    def config(self, directory: Path) -> dict[str, Any]:
        return {"path": str(self._file(directory))}

    def truth(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        lines = self._file(directory).read_text().splitlines()
        records = [json.loads(line) for line in lines if '"what"' in line]
        return [
            {
                "title": record["what"],
                "actor": record["who"],
                "occurred_at": datetime.fromisoformat(record["time"]),
            }
            for record in records
        ]

    def bad_records(self, directory: Path) -> int:
        assert directory.is_dir()
        return 2

    def grow(self, directory: Path) -> None:
        self._append(directory, range(self.lines, self.lines + 10))

    def lengthen(self, directory: Path, times: int) -> None:
        self._append(directory, range(2_000 * times))

    def _file(self, directory: Path) -> Path:
        return directory / "events.jsonl"

    def _append(self, directory: Path, numbers: range) -> None:
        start = datetime(2024, 3, 9, tzinfo=UTC)
        with self._file(directory).open("a") as file:
            for number in numbers:
                moment = start + timedelta(minutes=number)
                record = {"time": moment.isoformat(), "who": "Ada", "what": f"Line {number} ü"}
                file.write(json.dumps(record) + "\n")


class ApiLogCase(SourceCase):
    """A log in three generations, one of them compressed, with a few lines that are no requests."""

    source_type = "api_log"
    ahead = 256 * 1024

    def prepare(self, directory: Path) -> None:
        service = Service(directory)
        for start in range(0, 180, 60):
            service.write(requests(range(start, start + 60), timedelta(hours=1)))
            service.write(b"no request\n")
            if start < 120:
                service.rename()

    def config(self, directory: Path) -> dict[str, Any]:
        return {"paths": str(directory / "access.log"), "format": "combined"}

    def source_class(self) -> type[BaseEventSource]:
        return SmallLogBatches

    def truth(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        rows = []
        for path in directory.glob("access.log*"):
            text = path.read_bytes()
            for line in (gzip.decompress(text) if path.suffix == ".gz" else text).splitlines():
                if found := re.search(rb"\[(.*?)\] ", line):
                    moment = datetime.strptime(found[1].decode(), "%d/%b/%Y:%H:%M:%S %z")
                    rows.append({"kind": "http.request", "occurred_at": moment})
        return rows

    def bad_records(self, directory: Path) -> int:
        assert directory.is_dir()
        return 3

    def grow(self, directory: Path) -> None:
        service = Service(directory)
        service.write(requests(range(180, 190)))

    def change(self, directory: Path) -> None:
        service = Service(directory)
        service.copy_and_truncate()
        service.write(requests(range(190, 195)))

    def lengthen(self, directory: Path, times: int) -> None:
        Service(directory).write(requests(range(600 * times)))


class OtlpCase(ApiLogCase):
    """Lines of many log records each, one of which is of no request."""

    def prepare(self, directory: Path) -> None:
        service = Service(directory)
        for start in range(0, 180, 60):
            for first in range(start, start + 60, 20):
                service.write(otlp.requests(range(first, first + 20), timedelta(hours=1)))
            service.write(otlp.line(otlp.group([{"timeUnixNano": "1"}, otlp.record("/good")])))
            if start < 120:
                service.rename()

    def config(self, directory: Path) -> dict[str, Any]:
        return {"paths": str(directory / "access.log"), "format": "otel"}

    def truth(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        rows = []
        for path in directory.glob("access.log*"):
            text = path.read_bytes()
            for line in (gzip.decompress(text) if path.suffix == ".gz" else text).splitlines():
                for record in json.loads(line)["resourceLogs"][0]["scopeLogs"][0]["logRecords"]:
                    if "attributes" in record:
                        seconds = int(record["timeUnixNano"]) // 1_000_000_000
                        moment = datetime.fromtimestamp(seconds, UTC)
                        rows.append({"kind": "http.request", "occurred_at": moment})
        return rows

    def grow(self, directory: Path) -> None:
        Service(directory).write(otlp.requests(range(180, 190)))

    def change(self, directory: Path) -> None:
        service = Service(directory)
        service.copy_and_truncate()
        service.write(otlp.requests(range(190, 195)))

    def lengthen(self, directory: Path, times: int) -> None:
        service = Service(directory)
        for first in range(0, 1_000 * times, 40):
            service.write(otlp.requests(range(first, first + 40)))


class GithubCase(SourceCase):
    """A repository on a GitHub of our own, which a test starts."""

    source_type = "github"
    server: GitHubServer

    def prepare(self, directory: Path) -> None:
        github_history.eventful_repository(self.server.site, self._name(directory))

    def config(self, directory: Path) -> dict[str, Any]:
        return {"repo": self._name(directory), "base_url": self.server.url}

    def credentials(self) -> dict[str, Any]:
        self.server.site.token("secret", limit=1_000_000)
        return {"token": "secret"}

    def truth(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        return list(github_history.expected(self._repository(directory)))

    def grow(self, directory: Path) -> None:
        github_history.grow(self._repository(directory))

    def change(self, directory: Path) -> None:
        github_history.change(self._repository(directory))

    def lengthen(self, directory: Path, times: int) -> None:
        made = self.server.site.repository(self._name(directory))
        for number in range(400 * times):
            self.server.site.clock.move(minutes=1)
            made.open_issue(f"Issue {number}", user=None, body="Why? " * 100)

    def requests(self) -> int:
        return self.server.spent("secret")

    def _name(self, directory: Path) -> str:
        return f"octo/{directory.name}"

    def _repository(self, directory: Path) -> Repository:
        found = self.server.site.find(self._name(directory))
        assert found is not None
        return found


class SlackCase(SourceCase):
    """A channel of a Slack of our own, which a test starts."""

    source_type = "slack"
    quiet_requests = 4  # whose token, which channels, who is who, and the channel's last days
    server: SlackServer

    def prepare(self, directory: Path) -> None:
        slack_history.eventful_channel(self.server.workspace, directory.name)

    def config(self, directory: Path) -> dict[str, Any]:
        return {"channels": directory.name, "base_url": self.server.url}

    def credentials(self) -> dict[str, Any]:
        slack_history.reader(self.server.workspace)
        return {"bot_token": slack_history.TOKEN}

    def source_class(self) -> type[BaseEventSource]:
        return SmallTalk

    def truth(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        return list(slack_history.expected(self._channel(directory)))

    def grow(self, directory: Path) -> None:
        slack_history.grow(self._channel(directory))

    def change(self, directory: Path) -> None:
        slack_history.change(self._channel(directory))

    def lengthen(self, directory: Path, times: int) -> None:
        ada, _ = slack_history.people(self.server.workspace)
        reader = slack_history.reader(self.server.workspace)
        made = self.server.workspace.channel(directory.name, ada, reader)
        for number in range(2_000 * times):
            self.server.workspace.clock.move(hours=3)
            made.say(f"Message {number}", user=ada)

    def requests(self) -> int:
        return len(self.server.asked)

    def _channel(self, directory: Path) -> Channel:
        return next(
            one for one in self.server.workspace.channels.values() if one.name == directory.name
        )


class SlackExportCase(SourceCase):
    """Exports of a workspace, each of later days, and then one of all days."""

    source_type = "slack"
    ahead = 256 * 1024

    def prepare(self, directory: Path) -> None:
        told = slack_snapshots.days(range(0, 70, 7))
        told["general/2024-02-10.json"] = [5, {"text": "No time"}]
        slack_snapshots.write(directory / "a.zip", told)
        damaged = {"random/2024-03-20.json": b'[{"text": "Cut'}
        later = {**slack_snapshots.days(range(70, 84, 7)), **damaged}
        slack_snapshots.write(directory / "b.zip", later)

    def config(self, directory: Path) -> dict[str, Any]:
        return {"export": str(directory / "*.zip")}

    def source_class(self) -> type[BaseEventSource]:
        return SmallExports

    def truth(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        return slack_snapshots.account(directory)

    def bad_records(self, directory: Path) -> int:
        assert directory.is_dir()
        return 3

    def grow(self, directory: Path) -> None:
        slack_snapshots.write(directory / "c.zip", slack_snapshots.days(range(84, 98, 7)))

    def change(self, directory: Path) -> None:
        told = slack_snapshots.days(range(0, 105, 7))
        del told["general/2024-01-12.json"][1]
        del told["random/2024-03-01.json"]
        said = told["general/2024-01-19.json"][2]
        said |= {"text": "Better", "edited": {"user": "U0000001", "ts": "1706000000.000000"}}
        slack_snapshots.write(directory / "d.zip", told)

    def lengthen(self, directory: Path, times: int) -> None:
        slack_snapshots.write(directory / "a.zip", slack_snapshots.days(range(6 * times), 20))


CASES: dict[str, SourceCase] = {
    "api_log": ApiLogCase(),
    "api_log-otlp": OtlpCase(),
    "filesystem": GitCase(),
    "github": GithubCase(),
    "filesystem-url": GitUrlCase(),
    "jsonl": JsonLinesCase(),
    "slack": SlackCase(),
    "slack-export": SlackExportCase(),
}
