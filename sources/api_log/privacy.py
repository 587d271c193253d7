"""What never leaves the parser: secrets in URLs and, where wished, what identifies people."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, Literal
from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.lines import Positions, gather, joined, spread
from sources.api_log.secret_patterns import (
    ADDRESSES,
    CHALLENGES,
    HEADERS,
    KEYED,
    ODD_KEY,
    SCHEMES,
    SHAPES,
    USER_KEYS,
    USERINFO,
    USERS,
    VALUE,
    members_of,
    nested_of,
    values_of,
)
from sources.api_log.values import holds
from sources.batch import RAW_LIMIT

Addresses = Literal["keep", "truncate", "hash"]

REDACTED: Final = "REDACTED"

SECRET_KEYS: Final = (
    "access-key", "access-token", "access_key", "access_token", "accesskey", "accesstoken",
    "api-key", "api_key", "apikey", "apitoken", "assertion", "auth", "auth-token", "auth_token",
    "authorization", "authtoken", "awsaccesskeyid", "bearer", "client-secret", "client_assertion",
    "client_secret", "code", "code_verifier", "credential", "credentials", "id-token", "id_token",
    "jsessionid", "jwt", "key", "nonce", "oauth_token", "oauth_verifier", "otp", "pass",
    "passphrase", "passwd", "password", "phpsessid", "private-key", "private_key", "pwd",
    "refresh-token", "refresh_token", "samlrequest", "samlresponse", "secret", "secret-key",
    "secret_key", "session", "session-id", "session-token", "session_id", "session_token",
    "sessionid", "sid", "sig", "sign", "signature", "state", "subscription-key", "ticket", "token",
    "x-amz-credential", "x-amz-security-token", "x-amz-signature", "x-api-key", "x-goog-credential",
    "x-goog-signature",
)  # fmt: skip
"""Keys of query strings whose values are redacted unless the configuration names others."""

_ODD: Final = r"[%+\[]"
_COUNTED: Final = re.compile(r"\{[0-9]+,?\}")
_BOUNDARY: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\b")  # not the end of a backslash and a b
_SEPARATORS: Final = b'?&;#/"|{\t\n\r '


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """What is to be left out or made unrecognisable.

    Attributes:
        keys: keys of query strings whose values are secret, in any case of letters.
        addresses: what becomes of clients' addresses: kept, cut to /24 and /48, or hashed.
        keep_users: whether names of users are kept.
        secret: key of the hash.
    """

    keys: Sequence[str] = SECRET_KEYS
    addresses: Addresses = "keep"
    keep_users: bool = True
    secret: bytes = field(default=b"", repr=False)

    @property
    def keeps_people(self) -> bool:
        """Whether nothing that identifies people is to be left out."""
        return self.addresses == "keep" and self.keep_users

    @cached_property
    def _values(self) -> str:
        return values_of(self.keys)

    @cached_property
    def _nested(self) -> str:
        return nested_of(self.keys)

    @cached_property
    def _members(self) -> str:
        return members_of(self.keys)

    @cached_property
    def _known(self) -> list[str]:
        return sorted({key.lower() for key in self.keys})

    def urls(self, values: Column) -> Column:
        """Redact secrets in queries, or in whole URLs and whatever else may hold one."""
        clean = values
        if self.keys and holds(values, b"="):
            clean = self._redact(values)
        if self.keys and holds(values, b"%"):
            clean = _replaced(clean, self._nested, rf"\1{REDACTED}")
        if holds(values, b"@"):
            clean = pc.replace_substring_regex(clean, USERINFO, rf"\1{REDACTED}@")
        return _replaced(clean, SHAPES, rf"\1{REDACTED}") if self.keys else clean

    def _redact(self, values: Column) -> Column:
        """Redact secrets in the few rows that hold one."""
        keys, rows = find_keys(values)
        lower = pc.ascii_lower(keys)
        odd = pc.match_substring_regex(lower, _ODD)
        secret = pc.is_in(lower, value_set=pa.array(self._known, pa.string()))
        if not pc.any(pc.or_(odd, secret)).as_py():
            return values
        clean = values
        for mask, change in ((odd, self._by_key), (secret, self._by_value)):
            chosen = np.zeros(len(values), np.bool_)
            chosen[rows[mask.to_numpy(zero_copy_only=False)]] = True
            if chosen.any():
                changed = change(clean.filter(pa.array(chosen)))
                clean = pc.replace_with_mask(clean, pa.array(chosen), changed)
        return clean

    def _by_value(self, values: Column) -> Column:
        return pc.replace_substring_regex(values, self._values, rf"\1{REDACTED}")

    def _by_key(self, values: Column) -> Column:
        return _by_distinct(values, self._odd_keys)

    def texts(self, values: Column) -> Column:
        """Redact in free text: URLs, headers that authorize, whom it names unless that is kept."""
        if values.null_count == len(values):
            return values
        clean = self.urls(values)
        if self.addresses != "keep":
            clean = _replaced(clean, ADDRESSES, REDACTED)
        if not self.keep_users:
            clean = _replaced(clean, USER_KEYS, rf"\1{REDACTED}")
        if not any(holds(clean, byte) for byte in (b"=", b":", b" ", b"+", b"%")):
            return clean
        if self.keys and holds(clean, b'"'):
            clean = _replaced(clean, self._members, rf"\1\2\3\4\5{REDACTED}")
        clean = _replaced(clean, HEADERS, rf"\1\2\3\4\5{REDACTED}")
        clean = _replaced(clean, CHALLENGES, rf"\1 {REDACTED}")
        return _replaced(clean, SCHEMES, rf"\1 {REDACTED}")

    def clients(self, values: Column) -> Column:
        """Addresses as the configuration wants them."""
        if self.addresses == "keep" or values.null_count == len(values):
            return values
        return _by_distinct(values, self._hashed if self.addresses == "hash" else _truncated)

    def users(self, values: Column) -> Column:
        """Names of users, or nothing."""
        return values if self.keep_users else pa.nulls(len(values), pa.string())

    def lines(self, raws: Sequence[bytes]) -> list[bytes]:
        """The beginnings of lines as they may be kept, at most ``RAW_LIMIT`` bytes each."""
        text = pa.array([raw[: 2 * RAW_LIMIT].decode("latin-1") for raw in raws], pa.string())
        text = pc.replace_substring_regex(text, KEYED, rf'\1"{REDACTED}"')
        if not self.keep_users:
            for pattern, written in USERS:
                text = pc.replace_substring_regex(text, pattern, written % REDACTED)
        return [clean.encode("latin-1")[:RAW_LIMIT] for clean in self.texts(text).to_pylist()]

    def _odd_keys(self, text: str) -> str:
        """Redact values whose key is percent-encoded."""
        parts: list[str] = []
        at = 0
        for found in ODD_KEY.finditer(text):
            known = unquote_plus(found[1]).split("[")[0].strip().lower() in self._known
            if found.start() >= at and known and (value := VALUE.match(text, found.end())):
                parts += text[at : found.end()], REDACTED
                at = value.end()
        return "".join(parts) + text[at:]

    def _hashed(self, address: str) -> str:
        return hmac.new(self.secret, address.encode(), hashlib.sha256).hexdigest()[:32]


def _truncated(address: str) -> str | None:
    """The network of an address; a host's name says too much and is left out."""
    plain = address.partition("%")[0]
    try:
        return str(IPv4Address(int(IPv4Address(plain)) >> 8 << 8))
    except AddressValueError:
        pass
    try:
        long = IPv6Address(plain)
    except AddressValueError:
        return None
    if long.ipv4_mapped is not None:
        return str(IPv4Address(int(long.ipv4_mapped) >> 8 << 8))
    return str(IPv6Address(int(long) >> 80 << 80))


def find_keys(values: Column) -> tuple[Column, Positions]:
    """Find the keys of ``key=value`` in texts.

    Returns:
        The keys, each once for every place it stands in, and the rows they stand in.
    """
    data, starts, ends = spread(values)
    first, last = (int(starts[0]), int(ends[-1])) if len(starts) else (0, 0)
    used = data[first:last]
    equals = np.flatnonzero(used == ord("=")) + first
    breaks = used == _SEPARATORS[0]
    for byte in _SEPARATORS[1:]:
        breaks |= used == byte
    places = np.concatenate(([-1], np.flatnonzero(breaks) + first))
    rows = np.searchsorted(starts, equals, side="right") - 1
    begins = np.maximum(places[np.searchsorted(places, equals) - 1] + 1, starts[rows])
    before = np.concatenate(([-1], equals[:-1]))
    new = begins > before  # of `a=b=c` only `a` is a key
    keys = gather(data, begins[new], equals[new]).cast(pa.string(), safe=False)
    return keys, rows[new]


def _replaced(values: Column, pattern: str, written: str) -> Column:
    """Replace what a pattern matches; a look through the bytes at once spares most columns it."""
    if values.null_count == len(values):
        return values
    used = joined(values)
    whole = pa.Array.from_buffers(
        pa.binary(),
        1,
        [None, arrow.py_buffer(np.array([0, len(used)], np.int32)), arrow.py_buffer(used)],
    )
    # Where one value ends and the next begins there may be no boundary of a word. A pattern that
    # counts is made ready slowly, each time: whether there is any of it is asked first.
    loose = _COUNTED.sub("+", _BOUNDARY.sub(r"\1", pattern))
    if not pc.match_substring_regex(whole, loose)[0].as_py():
        return values
    return pc.replace_substring_regex(values, pattern, written)


def _by_distinct(values: Column, change: Callable[[str], str | None]) -> Column:
    """Change each distinct text once."""
    encoded = values.dictionary_encode()
    changed = [change(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(changed, pa.string()).take(encoded.indices)
