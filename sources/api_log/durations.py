"""Durations that name their own unit: ``1.5ms``, ``1m2.25s``, as Go writes them."""

import re
from typing import Final

import pyarrow as pa

from sources.api_log.kernels import Column

UNITS: Final = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6, "": 1.0, "own": 1.0}
"""Milliseconds of one; of one that names its own unit, what it is brought to."""

_PARTS: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|µs|μs|us|ns|m|s)")
_WHOLE: Final = re.compile(rf"(?:{_PARTS.pattern})+")
_OWN: Final = UNITS | {"µs": 1e-3, "μs": 1e-3, "m": 60_000.0, "h": 3_600_000.0}


def in_unit(values: Column, unit: str) -> Column:
    """Write durations that name a unit as numbers of ``unit``; all others stay as they are."""
    encoded = values.cast(pa.binary()).dictionary_encode()
    numbers = [_number(text, unit) for text in encoded.dictionary.to_pylist()]
    return pa.array(numbers, pa.binary()).take(encoded.indices)


def _number(value: bytes, unit: str) -> bytes:
    text = value.decode("utf-8", "replace").strip()
    if not _WHOLE.fullmatch(text):
        return value
    total = sum(float(amount) * _OWN[name] for amount, name in _PARTS.findall(text))
    return f"{total / UNITS[unit]:.9f}".encode()
