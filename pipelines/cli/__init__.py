"""The ``daybook`` command: one file for a group of commands, each loaded only when it is called."""

from pipelines.cli.command import main

__all__ = ["main"]
