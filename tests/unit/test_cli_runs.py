"""What a run says of itself, page by page: how much is to come, and in the end why it failed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from pipelines.cli.address import WebUI
from pipelines.cli.failures import code_of
from pipelines.cli.runs import Run, find_run, find_under_way, read_on
from pipelines.sync import Progress

STEP_FAILED = {
    "__typename": "ExecutionStepFailureEvent",
    "message": 'Execution of step "read_demo" failed.',
    "failureMetadata": {
        "metadataEntries": [
            {"label": "error", "text": "ConfigError"},
            {"label": "message", "text": "demo: root_dir '/gone' does not exist"},
            {"label": "remedy", "text": "Name the folder of a git repository"},
            {"label": "token"},
        ]
    },
}


class Answers(BaseHTTPRequestHandler):
    """Gives one prepared answer after the other."""

    prepared: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"data": self.prepared.pop(0)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def web() -> Iterator[WebUI]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with WebUI("127.0.0.1", server.server_address[1]) as found:
            yield found
        server.shutdown()
        thread.join()


def page(cursor: str, *events: dict[str, Any]) -> dict[str, Any]:
    return {"runOrError": {"eventConnection": {"cursor": cursor, "events": list(events)}}}


def said(text: str) -> dict[str, Any]:
    return {"__typename": "LogMessageEvent", "message": text}


def test_how_much_is_to_come_is_kept_until_it_says_more(web: WebUI) -> None:
    newest = {"runsOrError": {"results": [{"runId": "abc", "status": "STARTED"}]}}
    words = str(Progress(source_id="demo", stored=500, remaining=1500))
    later = str(Progress(source_id="demo", stored=1000, remaining=900, estimated=True))
    Answers.prepared[:] = [newest, page("1", said("begins")), page("2", said(words)), page("3")]
    run = find_run(web, "demo", 0.0)
    assert run == Run(run_id="abc", status="STARTED", address=f"{web.url}/runs/abc")
    run = read_on(web, run)
    assert (run.expected, run.cursor) == (None, "1")
    for _ in range(2):
        run = read_on(web, run)
        assert (run.expected, run.about, run.failed) == (2000, False, False)
    Answers.prepared[:] = [page("4", said(later))]
    run = read_on(web, run)
    assert (run.expected, run.about) == (1900, True)


def test_the_reason_counts_though_it_was_given_before_the_end(web: WebUI) -> None:
    end = {"__typename": "RunFailureEvent", "message": "Steps failed: ['read_demo']."}
    Answers.prepared[:] = [page("1", STEP_FAILED), page("2", end)]
    run = Run(run_id="abc", status="STARTED", address="")
    for _ in range(2):
        run = read_on(web, run)
    assert (run.error, code_of(run.error)) == ("ConfigError", 2)
    assert run.message == "demo: root_dir '/gone' does not exist"
    assert run.remedy == "Name the folder of a git repository"


def test_a_run_that_only_ended_says_so_itself(web: WebUI) -> None:
    end = {"__typename": "RunFailureEvent", "message": "The run's process is gone."}
    Answers.prepared[:] = [page("1", end)]
    run = read_on(web, Run(run_id="abc", status="FAILURE", address=""))
    assert (run.failed, run.message, run.remedy) == (True, "The run's process is gone.", "")


def test_a_web_server_that_is_gone_changes_nothing() -> None:
    with WebUI("127.0.0.1", 1) as nobody:
        run = Run(run_id="abc", status="STARTED", address="")
        assert read_on(nobody, run) == run
        assert find_run(nobody, "demo", 0.0) is None
        assert find_under_way(nobody, 0.0) is None
