"""Access logs for tests: parsed with a parser made for them."""

from typing import Any

from benchmarks.logs.made import combined_log
from sources.api_log.detection import create_parser
from sources.api_log.parsing import Parsed
from sources.api_log.settings import ParsingConfig, ParsingCredentials

__all__ = ["combined_log", "listed", "parse", "row", "rows"]


def parse(data: bytes | str, form: str = "combined", **settings: Any) -> Parsed:
    """Parse one block with a parser made for it."""
    block = data.encode() if isinstance(data, str) else data
    key = settings.pop("client_key", None)
    credentials = ParsingCredentials(client_key=key)
    return create_parser(ParsingConfig(format=form, **settings), credentials=credentials).parse(
        block, 0
    )


def listed(column: Any) -> list[Any]:
    """The values of a column."""
    values: list[Any] = column.to_pylist()
    return values


def rows(parsed: Parsed) -> list[dict[str, Any]]:
    """The rows, without what is missing in them."""
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in parsed.table.to_pylist()
    ]


def row(data: bytes | str, form: str = "combined", **settings: Any) -> dict[str, Any]:
    """The one row of a line that must be good."""
    parsed = parse(data, form, **settings)
    assert not parsed.bad, parsed.bad
    (only,) = rows(parsed)
    return only
