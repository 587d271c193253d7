"""Git history, on this machine or on a server: commits, tags, and what force-pushes took away."""

from sources.filesystem.config import FilesystemConfig
from sources.filesystem.source import FilesystemEventSource

__all__ = ["FilesystemConfig", "FilesystemEventSource"]
