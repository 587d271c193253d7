"""What happened in repositories on GitHub, read through its programming interface."""

from sources.github.source import GithubEventSource

__all__ = ["GithubEventSource"]
