"""What happened, out of the world: events, sources and their factory.

Knows no Dagster, no store and no SQL. ``import sources`` makes the names of the built-in types
known; the module of one is read when that type is first asked for, by name or as a class.
"""

from importlib import import_module
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Final

from sources.base import BaseEventSource
from sources.batch import (
    BATCH_SCHEMA,
    CompleteScope,
    Coverage,
    Cursor,
    EventBatch,
    Probe,
    QuarantineRecord,
    batch_table,
)
from sources.errors import (
    BudgetSpentError,
    BusyError,
    ConfigError,
    CredentialsError,
    CursorInvalidError,
    DaybookError,
    RateLimitedError,
    RecordError,
    StoreError,
    UnavailableError,
)
from sources.estimate import Estimate, Quota
from sources.event import EVENT_SCHEMA, EpisodicEvent, FileChange, event_id
from sources.factory import ENTRY_POINTS, CursorStore, EventSourceFactory
from sources.settings import SourceConfig, SourceCredentials

if TYPE_CHECKING:
    from sources.api_log import ApiLogEventSource
    from sources.filesystem import FilesystemEventSource
    from sources.github import GithubEventSource
    from sources.slack import SlackEventSource

__all__ = [
    "BATCH_SCHEMA",
    "EVENT_SCHEMA",
    "ApiLogEventSource",
    "BaseEventSource",
    "BudgetSpentError",
    "BusyError",
    "CompleteScope",
    "ConfigError",
    "Coverage",
    "CredentialsError",
    "Cursor",
    "CursorInvalidError",
    "CursorStore",
    "DaybookError",
    "EpisodicEvent",
    "Estimate",
    "EventBatch",
    "EventSourceFactory",
    "FileChange",
    "FilesystemEventSource",
    "GithubEventSource",
    "Probe",
    "QuarantineRecord",
    "Quota",
    "RateLimitedError",
    "RecordError",
    "SlackEventSource",
    "SourceConfig",
    "SourceCredentials",
    "StoreError",
    "UnavailableError",
    "batch_table",
    "event_id",
]

_BUILT_IN: Final = {
    "filesystem": ("sources.filesystem", "FilesystemEventSource"),
    "api_log": ("sources.api_log", "ApiLogEventSource"),
    "github": ("sources.github", "GithubEventSource"),
    "slack": ("sources.slack", "SlackEventSource"),
}
"""Each built-in type: the module that brings it, and the class in there."""

for _name, (_module, _class) in _BUILT_IN.items():
    EventSourceFactory.offer_source(EntryPoint(_name, f"{_module}:{_class}", ENTRY_POINTS))

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Give the class of a built-in type, whose module is read now."""
        for module, source_class in _BUILT_IN.values():
            if name == source_class:
                return getattr(import_module(module), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
