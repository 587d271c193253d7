"""Connections that can be ended while somebody waits for an answer on them."""

import socket
from contextlib import suppress
from typing import Any, ClassVar, Protocol
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Connection(Protocol):
    sock: socket.socket | None


class _Opened:
    """The connections that are open, until they are ended, and all that come later with them."""

    def __init__(self) -> None:
        self._connections: WeakSet[_Connection] = WeakSet()
        self._ended = False

    def add(self, connection: _Connection) -> None:
        self._connections.add(connection)
        if self._ended:
            _hang_up(connection)

    def end(self) -> None:
        self._ended = True
        for connection in list(self._connections):
            _hang_up(connection)


def _hang_up(connection: _Connection) -> None:
    opened = connection.sock
    if opened is not None:
        with suppress(OSError):  # it has ended already
            opened.shutdown(socket.SHUT_RDWR)


class _Watched:
    """Part of a connection's class."""

    opened: ClassVar[_Opened]

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.opened.add(self)  # type: ignore[arg-type]


class EndableAdapter(HTTPAdapter):
    """Opens connections as ever, and can end them for good, from any thread."""

    def __init__(self) -> None:
        self._opened = _Opened()
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, of connections that are watched."""
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **proxy_kwargs: Any) -> ProxyManager:
        """Give the pools that lead through ``proxy``, of connections that are watched too."""
        manager: ProxyManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        self._watch(manager)
        return manager

    def end(self) -> None:
        """Hang up: whoever waits for an answer gets an error instead."""
        self._opened.end()

    def _watch(self, manager: PoolManager) -> None:
        own = {"opened": self._opened}
        plain = type("_Plain", (_Watched, HTTPConnection), own)
        secure = type("_Secure", (_Watched, HTTPSConnection), own)
        manager.pool_classes_by_scheme = {
            "http": type("_PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("_SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
