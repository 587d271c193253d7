"""Durations that name their own unit: ``1.5ms``, ``1m2.25s``, as Go writes them."""

import re
from typing import Final

import pyarrow as pa

from sources.api_log.kernels import Column, pc

UNITS: Final = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6, "": 1.0, "own": 1.0}
"""Milliseconds of one; of one that names its own unit, what it is brought to."""

_PARTS: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|µs|μs|us|ns|m|s)")
_WHOLE: Final = re.compile(rf"(?:{_PARTS.pattern})+")
_ONE: Final = (
    r"^(?P<amount>[0-9]{1,18}(?:\.[0-9]*)?|\.[0-9]+)(?P<unit>ms|\x{B5}s|\x{3BC}s|us|ns|s)$"
)
"""One amount alone, which most durations are."""
_OWN: Final = UNITS | {"µs": 1e-3, "μs": 1e-3, "m": 60_000.0, "h": 3_600_000.0}


def in_unit(values: Column, unit: str) -> Column:
    """Durations that name a unit as numbers of ``unit``; all as texts where any other is there."""
    text = values.cast(pa.binary()).cast(pa.string(), safe=False)
    parts = pc.extract_regex(text, _ONE)
    names = pc.struct_field(parts, "unit").dictionary_encode()
    factors = pa.array([_OWN[name] / UNITS[unit] for name in names.dictionary.to_pylist()])
    amounts = pc.struct_field(parts, "amount").cast(pa.float64())
    numbers = rounded(pc.multiply(amounts, factors.cast(pa.float64()).take(names.indices)), 9)
    others = pc.and_(parts.is_null(), pc.invert(pc.is_in(text, pa.array(["", "-", None]))))
    if not pc.any(others).as_py():
        return numbers
    rest = _by_distinct(text.filter(others), unit)
    if not pc.all(pc.match_substring_regex(rest, r"^[0-9.]+$")).as_py():
        return _by_distinct(text, unit)
    return pc.replace_with_mask(numbers, others, rest.cast(pa.float64()))


def rounded(values: Column, digits: int) -> Column:
    """Numbers as they are written with so many digits at most.

    Arrow's own rounding leaves 0.8672300000000001 as it is, whose multiple is whole by chance.
    """
    whole = 10.0**digits
    return pc.divide(pc.round(pc.multiply(values, whole)), whole)


def _by_distinct(values: Column, unit: str) -> Column:
    encoded = values.cast(pa.binary()).dictionary_encode()
    numbers = [_number(text, unit) for text in encoded.dictionary.to_pylist()]
    return pa.array(numbers, pa.binary()).cast(pa.string(), safe=False).take(encoded.indices)


def _number(value: bytes, unit: str) -> bytes:
    text = value.decode("utf-8", "replace").strip()
    if not _WHOLE.fullmatch(text):
        return value
    total = sum(float(amount) * _OWN[name] for amount, name in _PARTS.findall(text))
    return f"{total / UNITS[unit]:.9f}".encode()
