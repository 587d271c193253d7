"""A real nginx on loopback that writes an access log, and the real logrotate that rotates it."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Literal

from tests.support.processes import environment, running
from tests.support.waiting import wait_until

_PATH = f"{os.environ['PATH']}:/usr/sbin"
NGINX, LOGROTATE = (shutil.which(name, path=_PATH) for name in ("nginx", "logrotate"))

_CONFIGURATION = """
daemon off;
master_process off;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    access_log {log} combined;
    server {{ listen 127.0.0.1:{port}; return 204; }}
}}
"""
_ROTATION = """
{log} {{
    rotate 1000
    missingok
    {options}
}}
"""
_REOPENING = "create\n postrotate\n kill -USR1 $(cat {place}/nginx.pid)\n endscript"

Mode = Literal["rename", "copytruncate"]


class WebServer:
    """One nginx, the requests sent to it, and its rotations."""

    def __init__(self, place: Path, port: int) -> None:
        self.place = place
        self.port = port
        self.log = place / "logs" / "access.log"
        self.sent = 0
        self._rotated = 0

    def send(self, count: int) -> None:
        """Send requests for ``/r/1``, ``/r/2``, … on one connection, and have them answered."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            for _ in range(count):
                self.sent += 1
                connection.request("GET", f"/r/{self.sent}")
                connection.getresponse().read()

    @contextmanager
    def under_load(self) -> Iterator[None]:
        """Send requests all the time, from another thread."""
        over = threading.Event()

        def load() -> None:
            while not over.is_set():
                self.send(50)

        sender = threading.Thread(target=load)
        sender.start()
        try:
            yield
        finally:
            over.set()
            sender.join()

    def rotate(self, mode: Mode, *, compress: bool) -> None:
        """Have logrotate do its work once.

        nginx answers first and then writes its line; one that it writes between copying and
        truncating would be lost.
        """
        if mode == "copytruncate" and self.sent > self._rotated:
            last = f"/r/{self.sent} ".encode()
            wait_until(lambda: last in self.log.read_bytes(), 30, "the last request's line")
            self._rotated = self.sent
        how = _REOPENING.format(place=self.place) if mode == "rename" else "copytruncate"
        packing = "compress\n delaycompress" if compress else "nocompress"
        rules = self.place / "logrotate.conf"
        rules.write_text(_ROTATION.format(log=self.log, options=f"{how}\n {packing}"))
        rules.chmod(0o644)
        state = self.place / "logrotate.state"
        assert LOGROTATE is not None
        subprocess.run([LOGROTATE, "-f", "-s", str(state), str(rules)], check=True, timeout=60)


@contextmanager
def web_server(place: Path, port: int) -> Iterator[WebServer]:
    """Start nginx below ``place``; it ends with the block."""
    assert NGINX is not None
    server = WebServer(place, port)
    server.log.parent.mkdir(parents=True)
    configuration = place / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(place=place, log=server.log, port=port))
    command = [NGINX, "-p", str(place), "-c", str(configuration)]
    with running(command, env=environment(), cwd=place, log=place / "nginx.log") as process:
        wait_until(lambda: _answers(port) or process.poll() is not None, 30, "nginx")
        assert process.poll() is None, (place / "nginx.log").read_text()
        yield server


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.connect()
        return True
    return False
