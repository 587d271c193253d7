"""Who asked: one address out of what the first column of a log may hold."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import chain
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, pc
from sources.api_log.lines import joined
from sources.api_log.values import holds

_PLAIN: Final = r"^[0-9A-Za-z.:_%-]+$"
_PLAIN_BYTES: Final = np.array([re.match(_PLAIN, chr(byte)) is not None for byte in range(256)])
_WITH_PORT: Final = (
    r"^(?:\[(?P<v6>[0-9A-Fa-f:.%a-z]+)\]|(?P<v4>[0-9]{1,3}(?:\.[0-9]{1,3}){3})):[0-9]{1,5}$"
)
_PORT: Final = r"^(?:\[(?P<v6>[^\]]*)\]|(?P<plain>.*?))(?::(?P<port>[0-9]{1,5}))?$"


def choose_clients(values: Column, *, with_port: bool) -> tuple[Column, Column]:
    """Choose one address a row.

    A list that proxies have made (``10.0.0.2, 85.181.35.98``) gives its first public address, or
    its first one where none is public, or its first name.

    Args:
        values: addresses, names, or lists of them.
        with_port: whether a port follows each, which is left out.

    Returns:
        The addresses, and the lists where there was one.
    """
    lists = pa.nulls(len(values), pa.string())
    if with_port:
        parts = pc.extract_regex(values, _PORT)
        plain = pc.struct_field(parts, "plain")
        long = pc.struct_field(parts, "v6")
        values = pc.if_else(pc.equal(long, ""), plain, long)
    if values.null_count == len(values):
        return values, lists
    if not with_port and holds(values, b":"):
        values = _without_ports(values)
    if not with_port and _PLAIN_BYTES[joined(values)].all():
        return values, lists
    odd = pc.invert(pc.match_substring_regex(values, _PLAIN))
    if not pc.any(odd).as_py():
        return values, lists
    encoded = values.dictionary_encode()
    chosen = [_choose(text) for text in encoded.dictionary.to_pylist()]
    several = pc.match_substring_regex(values, "[, ]")
    return (
        pa.array(chosen, pa.string()).take(encoded.indices),
        pc.if_else(several, values, lists),
    )


def _without_ports(values: Column) -> Column:
    """Leave out the port where it is plain that there is one."""
    parts = pc.extract_regex(values, _WITH_PORT)
    if parts.null_count == len(parts):
        return values
    long, plain = pc.struct_field(parts, "v6"), pc.struct_field(parts, "v4")
    bare = pc.if_else(pc.equal(long, ""), plain, long)
    return pc.if_else(parts.is_valid(), bare, values)


def _choose(text: str) -> str | None:
    parts = [_bare(part) for part in text.replace('"', " ").replace(",", " ").split()]
    parts = [part for part in parts if part not in ("-", "unknown")]
    known = {part: address for part in parts if (address := _address(part)) is not None}
    public = (part for part, address in known.items() if address.is_global)
    return next(chain(public, known, parts), None)


def _bare(part: str) -> str:
    """An address of a list without its port."""
    found = re.match(_WITH_PORT, part)
    return (found["v6"] or found["v4"]) if found else part.strip("[]")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
