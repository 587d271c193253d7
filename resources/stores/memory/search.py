"""Which rows are meant: filters, and words and phrases, in plain Python."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from resources.stores.base import EventFilter
from resources.stores.memory.rows import Row

_TERM: Final = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_WORD: Final = re.compile(r"\w+")
_TITLE_WEIGHT: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """Words that have to stand side by side, or must not."""

    words: tuple[str, ...]
    excluded: bool


def matches(row: Row, where: EventFilter) -> bool:
    """Whether a row meets every condition that is set; ``as_of`` was dealt with before."""
    names = [name.casefold() for name in (row["actor"], row["actor_key"]) if name]
    return (
        (where.since is None or row["occurred_at"] >= where.since)
        and (where.until is None or row["occurred_at"] < where.until)
        and where.source in (None, row["source_id"])
        and (where.kind is None or _is_kind(row["kind"], where.kind))
        and (where.actor is None or where.actor.casefold() in names)
        and (where.retracted or row["retracted_at"] is None)
    )


def score(row: Row, query: str) -> int:
    """Say how well a row matches; 0: not at all, as for every HTTP request.

    Words and ``"phrases"`` must all be there, ``-word`` must not, ``or`` joins alternatives.
    """
    if row["kind"] == "http.request":
        return 0
    title, text = _words(row["title"]), _words(" ".join(_texts(row)))
    best = 0
    for terms in _alternatives(query):
        if all((_hits(term, text) > 0) != term.excluded for term in terms):
            wanted = [term for term in terms if not term.excluded]
            hits = sum(_hits(t, text) + _TITLE_WEIGHT * _hits(t, title) for t in wanted)
            best = max(best, hits, 1)
    return best


def _texts(row: Row) -> Iterator[str]:
    for name in ("title", "body", "subject", "actor", "scope"):
        yield row[name] or ""
    yield from row["refs"]


def _alternatives(query: str) -> Iterator[list[_Term]]:
    terms: list[_Term] = []
    for sign, phrase, word in _TERM.findall(query):
        if word.casefold() == "or" and not sign:
            if terms:
                yield terms
            terms = []
        elif words := tuple(_words(phrase or word)):
            terms.append(_Term(words=words, excluded=bool(sign)))
    if terms:
        yield terms


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _hits(term: _Term, text: list[str]) -> int:
    size = len(term.words)
    return sum(tuple(text[i : i + size]) == term.words for i in range(len(text) - size + 1))


def _is_kind(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted[:-1]) if wanted.endswith("*") else kind == wanted
