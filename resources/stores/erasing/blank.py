"""What is left of a row whose text is erased: the same from a store and from a source.

What is left depends on the row and the erasure alone, and so does its digest: a source that gives
the record again gives the same blank row, which is then stored already just so. Nothing of it can
be used to try out what the text may have been.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from resources.stores.erasing.contract import Erasure
from resources.stores.erasing.known import Erasures
from sources.digests import digests

ERASED: Final = "[erased]"
"""What stands in the place of a text that must be there."""

_NULL: Final = ("actor", "body", "url", "files")
_PLAIN: Final = re.compile(r"\S+")


def withhold(events: pa.Table, known: Erasures, held: Mapping[str, str]) -> pa.Table:
    """Make blank those rows that are of somebody erased; the others stay as they are.

    Args:
        events: rows of ``BATCH_SCHEMA``, further columns too.
        known: who is erased.
        held: pseudonyms of the events that are stored blank. They stay so, whatever name the
            source gives them meanwhile: an account that was deleted leaves its text to nobody.
    """
    owners = known.of_rows(events)
    if held:
        rows = events.select(["event_id", "source_id"]).to_pydict()
        for place, event_id in enumerate(rows["event_id"]):
            owner = known.of_pseudonym(held.get(event_id), rows["source_id"][place])
            if owner is not None:
                owners.setdefault(place, owner)
    return blank(events, owners)


def blank(events: pa.Table, owners: Mapping[int, Erasure]) -> pa.Table:
    """Make blank the rows that have an owner, by their places; each gets the digest of the rest."""
    if not owners:
        return events
    places = np.array(sorted(owners))
    erased = _blank(events.take(pa.array(places)), [owners[place] for place in places.tolist()])
    others = np.setdiff1d(np.arange(events.num_rows), places)
    if not others.size:
        return erased
    whole: Any = pa.concat_tables([events.take(pa.array(others)), erased])
    ordered: pa.Table = whole.take(pa.array(np.argsort(np.concatenate([others, places]))))
    return ordered


def _blank(events: pa.Table, owners: Sequence[Erasure]) -> pa.Table:
    names = [
        {text for text in pair if text}
        for pair in zip(*events.select(["actor", "actor_key"]).to_pydict().values(), strict=True)
    ]
    told = [_Teller(*pair) for pair in zip(owners, names, strict=True)]
    texts = events.select(["session_id", "subject", "scope"]).to_pydict()
    count = events.num_rows
    left: dict[str, Any] = {
        **{name: pa.nulls(count, events.schema.field(name).type) for name in _NULL},
        "actor_key": pa.array([owner.pseudonym for owner in owners], pa.string()),
        "session_id": pa.array(_each(_Teller.session, told, texts["session_id"]), pa.string()),
        "subject": pa.array(_each(_Teller.subject, told, texts["subject"]), pa.string()),
        "scope": pa.array(_each(_Teller.scope, told, texts["scope"]), pa.string()),
        "title": pa.repeat(pa.scalar(ERASED), count),
        "refs": pa.array([[]] * count, events.schema.field("refs").type),
        "attributes": pa.repeat(pa.scalar("{}"), count),
    }
    for name, column in left.items():
        events = events.set_column(
            events.schema.get_field_index(name), events.schema.field(name), column
        )
    return _with_digests(events)


def _each(tell: Any, told: Sequence["_Teller"], texts: Sequence[str | None]) -> list[str | None]:
    return [tell(teller, text) for teller, text in zip(told, texts, strict=True)]


def _with_digests(events: pa.Table) -> pa.Table:
    """Give rows the digests of their content; what had none, as it never changes, gets none."""
    index = events.schema.get_field_index("digest")
    had = events.column(index).is_valid()
    fresh = pa.chunked_array([digests(events)])
    kept = pc.if_else(had, fresh, pa.scalar(None, fresh.type))
    return events.set_column(index, events.schema.field(index), kept)


class _Teller:
    """Says of one row's short texts whether they name the person, and what stands for them."""

    def __init__(self, owner: Erasure, names: set[str]) -> None:
        self._owner = owner
        self._names = [_bounded(name) for name in names]

    def session(self, text: str) -> str:
        """Keep a session; one that names the person becomes another, the same for the same."""
        if not self._named(text):
            return text
        hashed = blake2b(text.encode("utf-8"), digest_size=8, key=self._owner.salt)
        return f"erased-{hashed.hexdigest()}"

    def subject(self, text: str) -> str:
        """Keep an id; several words, as of a request, are text."""
        return text if _PLAIN.fullmatch(text) and not self._named(text) else ERASED

    def scope(self, text: str | None) -> str | None:
        """Keep a branch, a channel or a host, unless it names the person."""
        return None if text is None or self._named(text) else text

    def _named(self, text: str) -> bool:
        return any(name.search(text) for name in self._names)


def _bounded(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
