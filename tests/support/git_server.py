"""A git server on this machine: ``git http-backend`` behind HTTP, with faults on demand."""

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PACK = "git-upload-pack"
"""The request that brings objects; the other two only list refs."""


@dataclass
class Fault:
    """What happens to requests.

    Attributes:
        status: answered instead of serving.
        headers: sent with it.
        packs_only: whether the requests that list refs are served none the less.
        cut: bytes of the answer after which the connection is cut.
        hold: until when nothing is answered.
        reached: set when a request waits there.
        names: of refs that are claimed to lead to ``tip``.
        tip: an object.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    packs_only: bool = False
    cut: int | None = None
    hold: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    names: tuple[bytes, ...] = ()
    tip: str = ""

    def claim(self) -> bytes:
        """The list of refs as protocol 0 has it."""
        first, *rest = (self.tip.encode() + b" " + name for name in self.names)
        abilities = b"\0multi_ack_detailed side-band-64k ofs-delta no-done allow-tip-sha1-in-want"
        lines = (_packet(line) for line in (first + abilities, *rest))
        return _packet(b"# service=git-upload-pack") + b"0000" + b"".join(lines) + b"0000"


def _packet(line: bytes) -> bytes:
    return b"%04x%s\n" % (len(line) + 5, line)


@dataclass
class GitServer:
    """Serves every repository below a folder.

    Attributes:
        url: of the folder.
        secret: what a user has to give; ``None``: nobody is asked.
        fault: what goes wrong.
        requests: the lines of all requests, in order.
        users: whose secrets were given.
        before: called before each listing of refs, with how many there were up to it.
    """

    url: str
    secret: str | None = None
    fault: Fault = field(default_factory=Fault)
    requests: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    before: Callable[[int], object] | None = None

    def lists(self) -> int:
        """Count the listings of refs, each one request that begins an exchange."""
        return sum("info/refs" in line for line in self.requests)

    def packs(self) -> int:
        """Count the requests that asked for objects or, by protocol 2, for refs."""
        return sum(line.startswith("POST") for line in self.requests)


@contextmanager
def git_server(folder: Path) -> Iterator[GitServer]:
    """Serve the repositories in ``folder`` over HTTP, on this machine only."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    made = GitServer(url=f"http://127.0.0.1:{server.server_port}")
    server.made, server.folder = made, folder  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        if made.fault.hold is not None:
            made.fault.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Any

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _serve(self, body: bytes) -> None:
        made: GitServer = self.server.made
        made.requests.append(self.requestline)
        if made.before is not None and self.command == "GET":
            made.before(made.lists())
        fault = made.fault
        fetching = b"command=fetch" in body or b"want " in body
        faulty = fetching or not fault.packs_only
        if fault.hold is not None and faulty:
            fault.reached.set()
            fault.hold.wait()
        if fault.status >= 300 and faulty:
            self._answer(fault.status, fault.headers, b"")
        elif fault.names and self.command == "GET":
            kind = {"Content-Type": "application/x-git-upload-pack-advertisement"}
            self._answer(200, kind, fault.claim())
        elif not self._is_known(made):
            self._answer(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"")
        else:
            headers, answer = self._run(body)
            self._answer(int(headers.pop("Status", "200")[:3]), headers, answer, fetching=fetching)

    def _is_known(self, made: GitServer) -> bool:
        given = base64.b64decode(self.headers.get("Authorization", "").partition(" ")[2]).decode()
        user, _, secret = given.partition(":")
        if given:
            made.users.append(user)
        return made.secret is None or secret == made.secret

    def _run(self, body: bytes) -> tuple[dict[str, str], bytes]:
        path, _, query = self.path.partition("?")
        encoding = self.headers.get("Content-Encoding", "")
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.server.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                **({"HTTP_CONTENT_ENCODING": encoding} if encoding else {}),
            },
        )
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        pairs = (line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        return dict(pairs), answer

    def _answer(
        self, status: int, headers: dict[str, str], content: bytes, *, fetching: bool = False
    ) -> None:
        cut = self.server.made.fault.cut if fetching else None
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:cut])
        self.close_connection = cut is not None or self.close_connection
