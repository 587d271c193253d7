"""OTLP's JSON read by itself: typed values, attributes as lists, records under their resources.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding says how it is written: 64-bit
integers as text or as numbers, names in camel case, trace ids in hexadecimal digits.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

TIMES: Final = ("timeUnixNano", "observedTimeUnixNano")
TEXTS: Final = ("traceId", "spanId", "severityText", "eventName")
REQUESTS: Final = "resourceLogs"
"""The one member of what an exporter writes at once."""

_SCOPES: Final = ("scopeLogs", "instrumentationLibraryLogs")  # the second until 2022
_SCALARS: Final = ("stringValue", "intValue", "doubleValue", "boolValue")
_UNSET: Final = ("0", 0)


def named_record(record: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    """A log record with its attributes under their names, and those of its resource beside them."""
    named: dict[str, Any] = {name: record.get(name) for name in TEXTS}
    for name in TIMES:
        value = record.get(name)
        named[name] = None if value in _UNSET else value
    named["attributes"] = read_attributes(record)
    named["body"] = _body(record.get("body"))
    named["resource"] = {"attributes": resource}
    return named


def read_attributes(holder: Any) -> dict[str, Any]:
    """The plain values among the attributes of a record or resource; of equal keys the first."""
    found: dict[str, Any] = {}
    for item in members(holder, "attributes"):
        if isinstance(item, Mapping) and isinstance(key := item.get("key"), str):
            found.setdefault(key, _plain(item.get("value")))
    return found


def members(holder: Any, *names: str) -> list[Any]:
    """The items of the lists that stand under these names."""
    if not isinstance(holder, Mapping):
        return []
    lists = (holder.get(name) for name in names)
    return [item for items in lists if isinstance(items, list) for item in items]


def walk_requests(document: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Go through what an exporter wrote at once; give each resource with each of its records."""
    for group in members(document, REQUESTS):
        resource = group.get("resource") if isinstance(group, Mapping) else None
        for scope in members(group, *_SCOPES):
            for record in members(scope, "logRecords"):
                yield resource, record


def _plain(value: Any) -> Any:
    """A text, number or truth value, or the first text of a list."""
    if not isinstance(value, Mapping):
        return None
    for name in _SCALARS:
        if value.get(name) is not None:
            return value[name]
    items = members(value.get("arrayValue"), "values")
    first = items[0] if items else None
    return first.get("stringValue") if isinstance(first, Mapping) else None


def _body(value: Any) -> Any:
    """A body, with objects where it has any."""
    if not isinstance(value, Mapping):
        return None
    pairs = members(value.get("kvlistValue"), "values")
    if not pairs:
        return _plain(value)
    return {
        pair["key"]: _body(pair.get("value"))
        for pair in pairs
        if isinstance(pair, Mapping) and isinstance(pair.get("key"), str)
    }
