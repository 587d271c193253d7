"""What never leaves the parser: secrets in URLs and, where wished, what identifies people."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, Literal
from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, pc
from sources.api_log.layout import Field
from sources.api_log.percent import Needless, encoded_bytes
from sources.api_log.searching import by_distinct, find_keys, replaced
from sources.api_log.secret_patterns import (
    ADDRESSES,
    CHALLENGES,
    HEADERS,
    ITEMS,
    KEYED,
    LOGINS,
    NESTED_USERINFO,
    ODD_KEY,
    PARAMETERS,
    PRIVATE_KEYS,
    SCHEMES,
    SHAPES,
    USER_KEYS,
    USER_NAME,
    USERINFO,
    USERS,
    VALUE,
    assigned_of,
    encoded_members_of,
    is_secret,
    keys_of_agents,
    members_of,
    nested_of,
    options_of,
    values_of,
)
from sources.api_log.values import holds
from sources.batch import RAW_LIMIT

Addresses = Literal["keep", "truncate", "hash"]

REDACTED: Final = "REDACTED"

SECRET_KEYS: Final = (
    "access-key", "access-token", "access_key", "access_token", "accesskey", "accesstoken",
    "api-key", "api_key", "apikey", "apitoken", "assertion", "auth", "auth-token", "auth_token",
    "authorization", "authtoken", "aws_secret_access_key", "aws_session_token", "awsaccesskeyid",
    "bearer", "client-secret", "client_assertion", "client_secret", "code", "code_verifier",
    "credential", "credentials", "id-token", "id_token", "jsessionid", "jwt", "key", "nonce",
    "oauth_token", "oauth_verifier", "otp", "pass", "passphrase", "passwd", "password",
    "password_confirmation", "passwordconfirmation", "phpsessid", "private-key", "private_key",
    "pwd", "refresh-token", "refresh_token", "samlrequest", "samlresponse", "secret", "secret-key",
    "secret_access_key", "secret_key", "session", "session-id", "session-token", "session_id",
    "session_token", "sessionid", "sid", "sig", "sign", "signature", "state", "subscription-key",
    "ticket", "token", "x-amz-credential", "x-amz-security-token", "x-amz-signature", "x-api-key",
    "x-goog-credential", "x-goog-signature",
)  # fmt: skip
"""Keys of query strings whose values are redacted unless the configuration names others."""

_AT: Final = frozenset(b"@%")
_QUOTE: Final = frozenset(b'"%')
"""Bytes that stand encoded where a secret behind them may: themselves, or more than once."""
_QUOTES: Final = (b'"', b"'", b"\\")
_SIGNS: Final = (b"=", b":", b" ", b",", b"+", b"%", b"\t", b"\n", b"\r", b"\f")
"""Bytes one of which stands around a member's key, and before what authorizes."""

_MEMBER: Final = rf"\1\2\3\4\5\6\7\8{REDACTED}"
_ODD: Final = r"[%+\[]"


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
    def _encoded_members(self) -> str:
        return encoded_members_of(self.keys)

    @cached_property
    def _assigned(self) -> str:
        return assigned_of(self.keys)

    @cached_property
    def _options(self) -> str:
        return options_of(self.keys)

    @cached_property
    def _needless(self) -> Needless:
        return Needless("".join(self.keys))

    @cached_property
    def _of_agents(self) -> "Privacy":
        return replace(self, keys=keys_of_agents(self.keys))

    @cached_property
    def _known(self) -> list[str]:
        return sorted({key.lower() for key in self.keys})

    def urls(self, values: Column) -> Column:
        """Redact secrets in queries, or in whole URLs and whatever else may hold one."""
        codes = encoded_bytes(values)
        clean = self._clean(values, codes)
        if not self._needless.may_stand_for(codes):
            return clean
        rows = self._needless.rows(clean)  # a letter that is encoded without need hides a key
        if not pc.any(rows).as_py():
            return clean
        kept = clean.filter(rows)
        plain = self._needless.decode(kept)
        again = self._clean(plain, encoded_bytes(plain))
        found = pc.if_else(pc.equal(plain, again), kept, again)
        return pc.replace_with_mask(clean, rows, found)

    def agents(self, values: Column) -> Column:
        """Redact in agents, which mostly stand many times over: each is looked at once."""
        if values.null_count == len(values):
            return values
        encoded = values.dictionary_encode()
        clean = self._of_agents.urls(encoded.dictionary)
        same = clean.equals(encoded.dictionary)
        return values if same else clean.take(encoded.indices)

    def _clean(self, values: Column, codes: frozenset[int]) -> Column:
        """Redact, where ``codes`` are the bytes that stand percent-encoded in the values."""
        clean = values
        pairs = self.keys and holds(values, b"=")
        if pairs:
            clean = self._redact(values)
        if pairs or (self.keys and codes):
            clean = replaced(clean, self._nested, rf"\1{REDACTED}")
        at = holds(values, b"@")
        if at:
            clean = pc.replace_substring_regex(clean, USERINFO, rf"\1\2{REDACTED}@")
        if codes & _AT or (at and codes):
            clean = replaced(clean, NESTED_USERINFO, rf"\1\3\5\7{REDACTED}\2\4\6\8")
        if self.keys and codes & _QUOTE:
            clean = replaced(clean, self._encoded_members, rf"\1\2\3\4{REDACTED}")
        if self.keys and any(holds(values, byte) for byte in _QUOTES):
            clean = replaced(clean, self._members, _MEMBER)
        return replaced(clean, SHAPES, rf"\1{REDACTED}") if self.keys else clean

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
        return by_distinct(values, self._odd_keys)

    def texts(self, values: Column) -> Column:
        """Redact in free text: URLs, headers that authorize, whom it names unless that is kept."""
        if values.null_count == len(values):
            return values
        clean = replaced(values, PARAMETERS, rf"\1{REDACTED}")  # before a quote ends the header
        if self.keys:  # before a blank in quotes ends a value
            clean = replaced(clean, self._assigned, rf"\1\2\3\4{REDACTED}\5")
            clean = replaced(clean, self._options, rf"\1{REDACTED}")
        clean = self.urls(clean)
        if self.addresses != "keep":
            clean = replaced(clean, ADDRESSES, REDACTED)
        if not self.keep_users:
            clean = replaced(clean, USER_KEYS, rf"\1{REDACTED}")
        if not any(holds(clean, byte) for byte in _SIGNS):
            return clean
        clean = replaced(clean, PRIVATE_KEYS, rf"\1{REDACTED}")
        clean = replaced(clean, LOGINS, rf"\1\2\3\4{REDACTED}")
        clean = replaced(clean, HEADERS, rf"\1\2\3\4\5\6\7\8\9{REDACTED}")
        clean = replaced(clean, ITEMS, rf"\1\2{REDACTED}")
        clean = replaced(clean, CHALLENGES, rf"\1 {REDACTED}")
        return replaced(clean, SCHEMES, rf"\1 {REDACTED}")

    def clients(self, values: Column) -> Column:
        """Addresses as the configuration wants them."""
        if self.addresses == "keep" or values.null_count == len(values):
            return values
        return by_distinct(values, self._hashed if self.addresses == "hash" else _truncated)

    def users(self, values: Column) -> Column:
        """Names of users, or nothing."""
        return values if self.keep_users else pa.nulls(len(values), pa.string())

    def keeps(self, field: Field) -> bool:
        """Whether a field that only its format has may be kept, whomever it tells of."""
        if field.is_address and self.addresses != "keep":
            return False
        return self.keep_users or not USER_NAME.search(field.name)

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
            key = unquote_plus(found[1]).strip().lower()
            known = is_secret(key, self._known, listed=found[0].startswith(","))
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
