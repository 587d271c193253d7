"""HTTP access logs: one event per request, out of the logs that servers write anyway."""

from sources.api_log.config import ApiLogConfig
from sources.api_log.source import ApiLogEventSource

__all__ = ["ApiLogConfig", "ApiLogEventSource"]
