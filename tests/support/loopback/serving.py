"""HTTP on this machine, for a service, with faults on the way."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import orjson

from tests.support.loopback.asking import Given, Raw
from tests.support.loopback.faults import Fault
from tests.support.loopback.service import Service

ServiceT = TypeVar("ServiceT", bound=Service[Any])

_GZIPPED = 1000
"""Bytes from which an answer is packed, if that is understood."""


@contextmanager
def serving(
    make: Callable[[str], ServiceT], *, certificate: Path | None = None
) -> Iterator[ServiceT]:
    """Serve on this machine, until the block ends.

    Args:
        make: makes what answers, given the address: scheme, host and port.
        certificate: a file with key and certificate: by https.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme = "http" if certificate is None else "https"
    service = make(f"{scheme}://127.0.0.1:{server.server_port}")
    server.service = service
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield service
    finally:
        for fault in service.faults:
            if fault.hold is not None:
                fault.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Ends with every connection to it."""

    daemon_threads = False
    service: Service[Any]

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""

    def server_close(self) -> None:
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the service's time, not the machine's."""
        del timestamp
        return format_datetime(self.server.service.clock.now(), usegmt=True)

    def _handle(self, content: bytes) -> None:
        service = self.server.service
        headers = {name.lower(): value for name, value in self.headers.items()}
        raw = Raw(method=self.command, target=self.path, headers=headers, content=content)
        given, fault = service.handle(raw)
        if service.latency:
            time.sleep(service.latency)
        self._send(given, fault)

    def _send(self, given: Given, fault: Fault) -> None:
        if fault.drop:
            self.close_connection = True
            return
        plain = not fault.kind.startswith("application/json")
        content = given.content or orjson.dumps(given.data)
        content = str(given.data).encode() if plain else content
        if given.status in {204, 304}:
            content = b""
        headers = {"Content-Type": fault.kind, **given.headers}
        if len(content) > _GZIPPED and "gzip" in self.headers.get("Accept-Encoding", ""):
            content = given.packed or gzip.compress(content, 1)
            headers["Content-Encoding"] = "gzip"
        if fault.truncate is not None:
            content = gzip.decompress(content) if "Content-Encoding" in headers else content
            headers.pop("Content-Encoding", None)
            content = content[: fault.truncate]
        self.send_response(given.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self._write(content, fault)

    def _write(self, content: bytes, fault: Fault) -> None:
        if fault.hold is not None:
            self.wfile.write(content[: fault.cut])
            self.wfile.flush()
            fault.reached.set()
            fault.hold.wait()
            content = content[fault.cut or len(content) :]
        elif fault.cut is not None:
            content = content[: fault.cut]
            self.close_connection = True
        self.wfile.write(content)
