"""HTTP access logs: one event per request, out of the logs that servers write anyway."""
