"""A comparison of payloads by their fields."""

from collections.abc import Iterator
from typing import Any


def differences(known: Any, ours: Any, path: str = "") -> Iterator[str]:
    """Name what a known payload has and ours lacks, or has of another type."""
    if known is None or ours is None:
        return
    if type(known) is not type(ours):
        yield f"{path}: {type(ours).__name__} instead of {type(known).__name__}"
    elif isinstance(known, dict):
        for name, value in known.items():
            if name not in ours:
                yield f"{path}.{name}"
            else:
                yield from differences(value, ours[name], f"{path}.{name}")
    elif isinstance(known, list) and known and ours:
        found = ([*differences(known[0], one, f"{path}[]")] for one in ours)
        yield from min(found, key=len)  # things of a list may differ in kind
