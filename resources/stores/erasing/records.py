"""Bad records that name somebody: they have no actor, so their bytes are looked through."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from resources.stores.erasing.blank import ERASED
from resources.stores.erasing.known import Erasures

# What can stand around a key: in lines, in JSON, in addresses.
_WORDS: Final = (
    re.compile(r"[^\s<>\"'()\[\]{},;=|\\/:]+"),
    re.compile(r"[0-9A-Fa-f]*(?::[0-9A-Fa-f.]*)+"),
)
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_SHORTEST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """What is left of a record in quarantine: a place and a count, without its text.

    Attributes:
        pseudonym: of whom it named.
        locator: the place, without the name.
        reason: says that it was erased.
        raw: nothing.
    """

    pseudonym: str
    locator: str
    reason: str = ERASED
    raw: bytes = b""


class Sought:
    """A person to be found in records: a key and the names shown with it, as whole words.

    Args:
        pseudonym: stands in the person's place.
        key: the key.
        names: the names; single letters are passed over.
    """

    def __init__(self, pseudonym: str, key: str, names: Iterable[str]) -> None:
        terms = {key, *(name for name in names if len(name) >= _SHORTEST)}
        words = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True))
        self._any = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
        self._pseudonym = pseudonym

    def names(self, locator: str, reason: str, raw: bytes) -> bool:
        """Whether a record names the person."""
        return any(self._any.search(text) for text in (locator, reason, *_readings(raw)))

    def scrub(self, locator: str) -> Scrubbed:
        """Give what is left of a record."""
        return Scrubbed(pseudonym=self._pseudonym, locator=self._any.sub(ERASED, locator))


def scrub_known(
    known: Erasures, source_id: str, locator: str, reason: str, raw: bytes
) -> Scrubbed | None:
    """Give what is left of a record that names somebody erased, each of its words tried.

    Only the hash of a key is known here, so the key has to stand in the record as one word.

    Returns:
        ``None``: it names nobody who is erased in this source.
    """
    texts = (locator, reason, *_readings(raw))
    tried = ((word, _who(known, source_id, word)) for text in texts for word in _words(text))
    named = {word: who for word, who in tried if who is not None}
    if not named:
        return None
    pattern = "|".join(re.escape(word) for word in sorted(named, key=len, reverse=True))
    first = next(iter(named.values()))
    return Scrubbed(pseudonym=first, locator=re.sub(pattern, ERASED, locator))


def _who(known: Erasures, source_id: str, word: str) -> str | None:
    found = known.of_key(word, source_id) or known.of_key(word.lower(), source_id)
    return found.pseudonym if found else None


def _words(text: str) -> Iterator[str]:
    for pattern in _WORDS:
        for found in pattern.findall(text):
            yield found
            yield found.strip(".?!&")


def _readings(raw: bytes) -> Iterator[str]:
    """Give a record's text, and with the escapes of JSON undone where it has any."""
    text = raw.decode("utf-8", "replace")
    yield text
    if "\\" in text:
        plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        yield plain.replace("\\/", "/")
