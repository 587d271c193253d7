"""What the files of the lake are called: one a source and window, in a tree for each use."""

import re
from pathlib import PurePosixPath
from typing import Final

from sources.errors import StoreError

EVENTS: Final = "events"
"""Directory of the events' files, one below it for each source."""

TRAFFIC: Final = "api_traffic"
"""Directory of what is counted of requests, laid out in the same way."""

_NAME: Final = re.compile(
    rf"(?:{EVENTS}|{TRAFFIC})/([a-z0-9][a-z0-9_-]*)/(\d{{4}}-\d\d(?:-\d\d)?)\.parquet"
)


def file_name(source_id: str, window: str, tree: str = EVENTS) -> str:
    """Name the file of one window.

    Raises:
        StoreError: the names would leave the lake.
    """
    name = f"{tree}/{source_id}/{window}.parquet"
    if not _NAME.fullmatch(name):
        raise StoreError(
            f"{source_id!r} and {window!r} make no file name in the lake",
            remedy="Source ids are lower-case letters, digits, '-' and '_'",
        )
    return name


def parse_name(name: str) -> tuple[str | None, str | None]:
    """Give the source and the window of a file; of a foreign one neither."""
    match = _NAME.fullmatch(str(PurePosixPath(name)))
    return (match[1], match[2]) if match else (None, None)
