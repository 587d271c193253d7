"""Lists that are short and cannot be asked for what changed: releases, tags, commit comments.

They are read whole when their etag changed. What was given is known by its id and a digest, so
that only what is new or edited is given again.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any, Final

from sources.event import EpisodicEvent, canonical_json, event_id
from sources.github.costs import Cost, count_listed, pages_of
from sources.github.events.building import Payload
from sources.github.events.comments import commit_comment
from sources.github.events.commits import tag
from sources.github.events.releases import release
from sources.github.reading import PER_PAGE, Piece, Reader, chunks
from sources.github.states import Whole
from sources.github.streams.tags import REFS, read_aim, read_aims
from sources.http import Answer

_LACKING: Final = (404, 409, 410)

Details = Mapping[str, Payload]
"""What was asked for of some records, by whatever their table knows it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One such list.

    Attributes:
        tail: its path in the repository.
        name: of one of its records.
        grows_at_end: its oldest record is its first, so the last page tells what is new.
        key: what tells a record from others.
        change: what changes when a record does; cheap.
        prepare: asks for more of some records at once; its answer is for ``make``.
        make: makes a record's event; may ask for more.
        kind: of the events.
        native: what the event's id is made of: ``repo``, ``key`` and ``change`` in braces.
        asks: whether making a record's event takes a request.
    """

    tail: str
    name: str
    grows_at_end: bool
    key: Callable[[Payload], str]
    change: Callable[[Payload], str]
    make: Callable[[Reader, Payload, Details], EpisodicEvent | None]
    kind: str
    native: str
    prepare: Callable[[Reader, Sequence[Payload]], Details] = lambda *_: {}
    asks: bool = False


def poll(reader: Reader, state: Whole, table: Table) -> Answer | None:
    """Look whether the page that grows has changed.

    Returns:
        The page; ``None``: nothing changed, or there is no such list.
    """
    page = state.pages if table.grows_at_end and state.pages > 1 else None
    answer = reader.get(
        reader.path(table.tail),
        {"per_page": PER_PAGE, "page": page},
        etag=state.etag,
        lacking=_LACKING,
    )
    return None if answer.unchanged or not answer.good else answer


def cost(reader: Reader, state: Whole, table: Table) -> Cost:
    """Say what :func:`read_whole` would take."""
    known = state.etag is not None
    answer = poll(reader, state, table)
    if answer is None:
        return Cost(requests=0 if known else 1)
    pages = answer.last_page or (state.pages if table.grows_at_end else 1)
    fresh = len([item for item in answer.data if table.key(item) not in state.given])
    if pages > 1 and table.asks:
        fresh = max(count_listed(reader, table.tail, {}) - len(state.given), fresh)
    again = table.grows_at_end and state.pages > 1
    listing = Cost(requests=pages + again)
    if not table.asks or not fresh:
        return listing
    if reader.graphql is None:
        return listing + Cost(requests=fresh)
    return listing + Cost(queries=pages_of(fresh), points=pages_of(fresh))


def read_whole(reader: Reader, state: Whole, table: Table) -> Generator[Piece, None, None]:
    """Give what is new or changed, and withdraw what is gone.

    The state is that after the piece when the piece is given.
    """
    answer = poll(reader, state, table)
    if answer is None:
        return
    etag, pages = answer.etag, 1
    state.etag = None  # until its end: the list may become again what it was
    if table.grows_at_end and state.pages > 1:
        answer = reader.get(reader.path(table.tail), {"per_page": PER_PAGE})
    listed: set[str] = set()
    while True:
        check = partial(_check, table)
        sound, bad = reader.sift(answer.data, table.name, check)
        if bad.bad:
            yield bad
        listed |= {table.key(item) for item in sound}
        yield from _give(reader, state, table, sound)
        if answer.next_url is None:
            break
        answer, pages = reader.get(answer.next_url), pages + 1
    if table.grows_at_end:
        pages, etag = _growing(reader, table, answer, pages, etag)
    if gone := _find_gone(reader, state, table, listed):
        state.given = {key: value for key, value in state.given.items() if key not in gone}
        yield Piece(retracted=list(gone.values()))
    state.etag, state.pages = etag, pages


def _check(table: Table, item: Payload) -> object:
    return table.key(item), table.change(item)


def _growing(
    reader: Reader, table: Table, last: Answer, pages: int, first: str | None
) -> tuple[int, str | None]:
    """Give the page on which the next record will be, and its etag: behind a full one, an empty."""
    if len(last.data) < PER_PAGE:
        return pages, first if pages == 1 else last.etag
    params = {"per_page": PER_PAGE, "page": pages + 1}
    return pages + 1, reader.get(reader.path(table.tail), params).etag


def _give(
    reader: Reader, state: Whole, table: Table, records: list[Payload]
) -> Generator[Piece, None, None]:
    fresh = [item for item in records if state.given.get(table.key(item)) != table.change(item)]
    for some in chunks(fresh, PIECE if table.asks and reader.graphql is None else PER_PAGE):
        more = table.prepare(reader, some)
        make = partial(_make, reader, table, more)
        piece = reader.convert(some, table.name, make)
        for item in some:
            key, change = table.key(item), table.change(item)
            before = state.given.get(key)
            if before is not None and _id(reader, table, key, before) != _id(
                reader, table, key, change
            ):
                piece.retracted.append(_id(reader, table, key, before))
            state.given[key] = change
        yield piece


def _make(reader: Reader, table: Table, more: Details, item: Payload) -> list[EpisodicEvent | None]:
    return [table.make(reader, item, more)]


def _find_gone(reader: Reader, state: Whole, table: Table, listed: set[str]) -> dict[str, str]:
    """Find what was given and is there no more: listed twice, as a list moves while it is read."""
    missing = {key: change for key, change in state.given.items() if key not in listed}
    if missing:
        pages = reader.pages(reader.path(table.tail), lacking=_LACKING)
        check = partial(_check, table)
        sifted = (reader.sift(page.data, table.name, check)[0] for page in pages if page.good)
        found = {table.key(item) for sound in sifted for item in sound}
        missing = {key: change for key, change in missing.items() if key not in found}
    return {key: _id(reader, table, key, change) for key, change in missing.items()}


def _id(reader: Reader, table: Table, key: str, change: str) -> str:
    native = table.native.format(repo=reader.repo.id, key=key, change=change)
    return event_id(reader.repo.source_id, table.kind, native)


PIECE: Final = 20
"""Records that are turned into events at a time, where each takes a request."""


def digest(value: dict[str, Any]) -> str:
    """Hash what an event is made of, briefly."""
    return blake2b(canonical_json(value).encode(), digest_size=6).hexdigest()


def _release_change(item: Payload) -> str:
    assets = [[asset.get("name"), asset.get("size")] for asset in item.get("assets") or []]
    fields = ("tag_name", "name", "body", "draft", "prerelease", "published_at")
    return digest({**{name: item.get(name) for name in fields}, "assets": assets})


def _make_tag(reader: Reader, ref: Payload, more: Details) -> EpisodicEvent | None:
    aim = read_aim(reader, ref, more)
    return None if aim is None else tag(reader.repo, str(ref["ref"]).removeprefix(REFS), aim)


RELEASES: Final = Table(
    tail="/releases",
    name="release",
    grows_at_end=False,
    key=lambda item: str(item["id"]),
    change=_release_change,
    make=lambda reader, item, _: release(reader.repo, item),
    kind="github.release",
    native="{key}",
)
TAGS: Final = Table(
    tail="/git/matching-refs/tags",
    name="tag",
    grows_at_end=False,
    key=lambda item: str(item["ref"]).removeprefix(REFS),
    change=lambda item: str(item["object"]["sha"]),
    prepare=read_aims,
    make=_make_tag,
    kind="github.tag",
    native="{repo}/{key}/{change}",
    asks=True,
)
COMMIT_COMMENTS: Final = Table(
    tail="/comments",
    name="commit comment",
    grows_at_end=True,
    key=lambda item: str(item["id"]),
    change=lambda item: str(item["updated_at"]),
    make=lambda reader, item, _: commit_comment(reader.repo, item),
    kind="github.commit_comment",
    native="{key}",
)
