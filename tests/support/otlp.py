"""OTLP's JSON as the OpenTelemetry Collector's file exporter writes it, a request a line."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2024, 2, 25, 12, tzinfo=UTC)
RESOURCE = {"service.name": "shop", "host.name": "web1"}


def value_of(value: Any) -> dict[str, Any]:
    """A value with its type; integers are texts, as the specification has them."""
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [value_of(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": attributes_of(value)}}
        case _:
            return {"stringValue": value}


def attributes_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A list of keys and values."""
    return [{"key": key, "value": value_of(value)} for key, value in values.items()]


def record(path: str, moment: datetime = START, **members: Any) -> dict[str, Any]:
    """The log record of a request."""
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    attributes = {
        "http.request.method": "GET",
        "url.path": path,
        "http.response.status_code": 200,
        "client.address": "192.0.2.7",
    }
    return {
        "timeUnixNano": f"{micros}000",
        "severityNumber": 9,
        "severityText": "INFO",
        "body": {"stringValue": f'GET "{path}" }}]'},
        "attributes": attributes_of(attributes | members.pop("attributes", {})),
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        **members,
    }


def group(records: Iterable[Any], resource: Mapping[str, Any] = RESOURCE) -> dict[str, Any]:
    """The records of one resource."""
    return {
        "resource": {"attributes": attributes_of(resource)},
        "scopeLogs": [{"scope": {"name": "http"}, "logRecords": list(records)}],
    }


def line(*groups: Mapping[str, Any]) -> bytes:
    """A line of the file."""
    return json.dumps({"resourceLogs": groups}, separators=(",", ":")).encode() + b"\n"


def requests(numbers: range, step: timedelta = timedelta(seconds=1)) -> bytes:
    """A line with the records of ``/0``, ``/1``, …, each a second later."""
    return line(group(record(f"/{number}", START + step * number) for number in numbers))
