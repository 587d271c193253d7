"""What happened, out of the world: events, sources and their factory.

Knows no Dagster, no store and no SQL. ``import sources`` registers the built-in types.
"""

from sources.api_log import ApiLogEventSource
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
from sources.factory import CursorStore, EventSourceFactory
from sources.filesystem import FilesystemEventSource
from sources.github import GithubEventSource
from sources.settings import SourceConfig, SourceCredentials
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
    "SourceConfig",
    "SourceCredentials",
    "StoreError",
    "UnavailableError",
    "batch_table",
    "event_id",
]

EventSourceFactory.register_source("filesystem", FilesystemEventSource)
EventSourceFactory.register_source("api_log", ApiLogEventSource)
EventSourceFactory.register_source("github", GithubEventSource)
EventSourceFactory.register_source("slack", SlackEventSource)
