"""Recognising a person whose key is not kept, by its hash."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from resources.stores.erasing.contract import Erasure
from sources.errors import ConfigError

EMAIL: Final = "author_email"
"""The attribute that has a commit's e-mail as written, before any mailmap or account."""

_SALT: Final = 16
_HASH: Final = 16
_NAME: Final = 6
_CACHED: Final = 100_000


def new_erasure(
    key: str, source_id: str | None, known: Sequence[Erasure], moment: datetime
) -> Erasure:
    """Make what is remembered of a key.

    One salt serves all that one store remembers, so that a key is hashed once; the same person
    has one pseudonym, however often and wherever erased.

    Raises:
        ConfigError: the key is none.
    """
    if not key or any(key == item.pseudonym for item in known):
        raise ConfigError(
            f"{key!r} is no person's key" + (", but an erased one's pseudonym" if key else ""),
            remedy="Name an e-mail, a login, a user id or an address as actor_key has it",
        )
    salt = known[0].salt if known else secrets.token_bytes(_SALT)
    same = next((item for item in known if item.key_hash == hash_key(key, item.salt)), None)
    return Erasure(
        pseudonym=same.pseudonym if same else f"erased-{secrets.token_hex(_NAME)}",
        source_id=source_id,
        salt=same.salt if same else salt,
        key_hash=hash_key(key, same.salt if same else salt),
        erased_at=moment,
    )


def hash_key(key: str, salt: bytes) -> bytes:
    """Hash a key: BLAKE2b-128, keyed with the salt."""
    text = key.encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=_HASH, key=salt).digest()


def written_by(actor: str | None, actor_key: str | None, email: str | None, key: str) -> bool:
    """Whether a row is of the person with a key."""
    return key in _keys(actor, actor_key, email)


def read_email(attributes: str) -> str | None:
    """Give the e-mail that a row's attributes name as its author's."""
    if f'"{EMAIL}"' not in attributes:
        return None
    try:
        read = orjson.loads(attributes)
    except ValueError:  # the store itself refuses it, in words
        return None
    email = read.get(EMAIL) if isinstance(read, dict) else None
    return email if isinstance(email, str) else None


def _keys(actor: str | None, actor_key: str | None, email: str | None) -> tuple[str, ...]:
    who = actor if actor_key is None else actor_key
    mail = email.lower() if email else None
    return tuple(key for key in (who, mail) if key)


@lru_cache(maxsize=4)
def recall(erasures: tuple[Erasure, ...]) -> "Erasures":
    """Give what is remembered, to be asked of many batches: a key that was tried is known."""
    return Erasures(erasures)


class Erasures:
    """What is remembered, to be asked of many rows."""

    def __init__(self, erasures: Iterable[Erasure]) -> None:
        self.all = tuple(erasures)
        self._by_hash = {(item.key_hash, item.source_id): item for item in self.all}
        self._by_pseudonym = {(item.pseudonym, item.source_id): item for item in self.all}
        self._salts = tuple(dict.fromkeys(item.salt for item in self.all))
        self._found: dict[str, tuple[bytes, ...]] = {}

    def __bool__(self) -> bool:
        """Whether anything is remembered."""
        return bool(self.all)

    @property
    def pseudonyms(self) -> list[str]:
        """All pseudonyms in force."""
        return sorted({item.pseudonym for item in self.all})

    def of_key(self, key: str | None, source_id: str) -> Erasure | None:
        """Give what is remembered of a key, in one source."""
        if not key:
            return None
        hashes = self._found.get(key)
        if hashes is None:
            hashes = tuple(hash_key(key, salt) for salt in self._salts)
            if len(self._found) >= _CACHED:
                self._found = {}
            self._found[key] = hashes
        for key_hash in hashes:
            for scope in (source_id, None):
                if (key_hash, scope) in self._by_hash:
                    return self._by_hash[key_hash, scope]
        return None

    def of_pseudonym(self, pseudonym: str | None, source_id: str) -> Erasure | None:
        """Give what is remembered under a pseudonym, in one source."""
        for scope in (source_id, None):
            if (found := self._by_pseudonym.get((pseudonym or "", scope))) is not None:
                return found
        return None

    def of_rows(self, events: pa.Table) -> dict[int, Erasure]:
        """Say which rows are of somebody remembered, and of whom, by their places."""
        found: dict[int, Erasure] = {}
        for place, source, *who in self._suspects(events):
            owners = (self.of_key(key, source) for key in _keys(*who))
            owner = next(filter(None, owners), None)
            if owner is not None:
                found[place] = owner
        return found

    def _suspects(self, events: pa.Table) -> Iterator[tuple[int, str, str, str, str | None]]:
        """Give the rows that may be of somebody: each name is tried once, not each row."""
        emails = has_email(events.column("attributes"))
        names = pc.coalesce(events.column("actor_key"), events.column("actor"))
        sources: list[Any] = pc.unique(events.column("source_id")).to_pylist()
        tried: list[Any] = pc.unique(names).to_pylist()
        meant = [key for key in tried if any(self.of_key(key, source) for source in sources)]
        places = pc.indices_nonzero(pc.or_(emails, pc.is_in(names, pa.array(meant, pa.string()))))
        rows = events.select(["source_id", "actor", "actor_key", "attributes"]).take(places)
        for place, row in zip(places.to_pylist(), rows.to_pylist(), strict=True):
            email = read_email(row["attributes"])
            yield place, row["source_id"], row["actor"], row["actor_key"], email

    def chosen(self, actor: str, source_id: str | None) -> list[Erasure]:
        """Give what ``actor``, a key or a pseudonym, means; of all sources, or asked for one."""
        return [
            item
            for item in self.all
            if (item.pseudonym == actor or item.key_hash == hash_key(actor, item.salt))
            and source_id in (None, item.source_id)
        ]


def has_email(attributes: Any) -> Any:
    """Say of each row's attributes whether they may name an author's e-mail."""
    return pc.match_substring(attributes, f'"{EMAIL}"')
