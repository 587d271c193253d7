"""The commits of the followed branch.

A range of commits never changes: its first and last are named by their ids, so page numbers hold.
What a force-push took away is what the old tip reaches and the new one does not; it is withdrawn.
"""

import logging
from collections.abc import Generator
from datetime import timedelta
from typing import Final

from sources.errors import ConfigError, CursorInvalidError
from sources.event import event_id
from sources.github.costs import Cost, pages_of
from sources.github.events.building import Payload, stamp
from sources.github.events.commits import commit
from sources.github.reading import PER_PAGE, Piece, Reader
from sources.github.states import Branch, OpenRange
from sources.http import Answer

logger = logging.getLogger(__name__)

_EMPTY: Final = 409
_MISSING: Final = 404
_SLACK: Final = timedelta(days=1)
"""Of a window: the service selects by the committer's date, events happen at the author's."""


def poll(reader: Reader, state: Branch, branch: str, pushed: str | None) -> tuple[str, str] | None:
    """Look where the branch is; of an empty repository only after somebody has pushed.

    Args:
        reader: of the repository.
        state: how far the branch has been given.
        branch: its name.
        pushed: when somebody last pushed.

    Returns:
        Its tip and a new etag; ``None``: where it was, or there are no commits.

    Raises:
        ConfigError: no such branch.
    """
    if state.empty is not None and state.empty == pushed:
        return None
    answer = reader.get(
        reader.path("/commits"),
        {"sha": branch, "per_page": 1},
        etag=state.etag,
        lacking=(_EMPTY, _MISSING),
    )
    if answer.status == _MISSING and reader.config.branch is not None:
        raise ConfigError(
            f"{reader.repo.source_id}: {reader.repo.name} has no branch {branch!r}",
            remedy="Correct `branch`, or leave it out for the default branch",
        )
    if answer.status == _EMPTY and state.empty is None:
        logger.warning("%s: %s has no commits yet", reader.repo.source_id, reader.repo.name)
    state.empty = pushed if answer.status == _EMPTY else None
    if answer.unchanged or not answer.good or not answer.data:
        return None
    return str(answer.data[0]["sha"]), answer.etag or ""


def read_commits(
    reader: Reader, state: Branch, branch: str, pushed: str | None
) -> Generator[Piece, None, None]:
    """Give what the branch gained, and withdraw what it lost.

    Raises:
        CursorInvalidError: what the branch was is not there any more.
        ConfigError: no such branch.
    """
    etag = None
    if state.open is None:
        found = poll(reader, state, branch, pushed)
        if found is None:
            return
        tip, etag = found
        if tip == state.tip:
            state.etag = etag or None
            return
        state.open = OpenRange(target=tip)
    if state.tip is None:
        yield from _read_all(reader, state.open, branch)
    else:
        yield from _read_between(reader, state.tip, state.open, branch)
    state.tip, state.etag, state.open = state.open.target, etag or None, None


def cost(reader: Reader, state: Branch, branch: str, pushed: str | None) -> Cost:
    """Say what :func:`read_commits` would take.

    Raises:
        ConfigError: no such branch.
    """
    if state.open is not None:
        return Cost(requests=max(state.open.page, 1))
    known = state.etag is not None
    found = poll(reader, state, branch, pushed)
    if found is None or found[0] == state.tip:
        return Cost(requests=0 if known else 1)
    if state.tip is not None:
        compared = reader.get(
            reader.path(f"/compare/{state.tip}...{found[0]}"),
            {"per_page": 1},
            lacking=(_MISSING,),
            form=dict,
        )
        if compared.good:
            return Cost(requests=1 + pages_of(int(compared.data["total_commits"])))
    listed = _list(reader, found[0], 1, size=1)
    pages = pages_of(listed.last_page or len(listed.data))
    return Cost(requests=2 if pages == 1 else 2 + pages)


def _read_all(reader: Reader, open_range: OpenRange, branch: str) -> Generator[Piece, None, None]:
    """Give all that the target reaches, from the last page on: parents first."""
    if open_range.pages is None:
        first = _list(reader, open_range.target, 1)
        open_range.pages = open_range.page = first.last_page or 1
        if open_range.pages == 1:
            open_range.page = 0
            yield _convert(reader, first.data[::-1], branch)
    while open_range.page > 0:
        answer = _list(reader, open_range.target, open_range.page)
        open_range.page -= 1
        yield _convert(reader, answer.data[::-1], branch)


def _list(reader: Reader, target: str, page: int, size: int = PER_PAGE) -> Answer:
    floor = None if reader.floor is None else stamp(reader.floor - _SLACK)
    params = {"sha": target, "since": floor, "per_page": size, "page": page}
    return reader.get(reader.path("/commits"), params)


def _read_between(
    reader: Reader, base: str, open_range: OpenRange, branch: str
) -> Generator[Piece, None, None]:
    """Give what the target reaches and the base does not; withdraw the opposite."""
    page: int | None = open_range.page
    while page is not None:
        answer = _compare(reader, base, open_range.target, page)
        if _is_cut(answer, page):
            yield from _read_all(reader, open_range, branch)
            break
        page = page + 1 if answer.next_url and answer.data["commits"] else None
        open_range.page = page or open_range.page
        yield _convert(reader, answer.data["commits"], branch)
    if answer.data.get("behind_by"):
        yield Piece(retracted=list(_lost(reader, base, open_range.target)))


def _is_cut(answer: Answer, page: int) -> bool:
    """Whether a comparison is too long for a server that gives only the start of it."""
    given = (page - 1) * PER_PAGE + len(answer.data["commits"])
    return answer.next_url is None and given < int(answer.data["total_commits"])


def _lost(reader: Reader, base: str, target: str) -> Generator[str, None, None]:
    page: int | None = 1
    while page is not None:
        answer = _compare(reader, target, base, page)
        if _is_cut(answer, page):
            raise CursorInvalidError(
                f"{reader.repo.source_id}: {reader.repo.name} lost more commits than can be listed",
                remedy="The next sync reads everything again; nothing is doubled",
            )
        for item in answer.data["commits"]:
            native = f"{reader.repo.id}/{item['sha']}"
            yield event_id(reader.repo.source_id, "github.commit", native)
        page = page + 1 if answer.next_url and answer.data["commits"] else None


def _compare(reader: Reader, base: str, target: str, page: int) -> Answer:
    answer = reader.get(
        reader.path(f"/compare/{base}...{target}"),
        {"per_page": PER_PAGE, "page": page},
        lacking=(_MISSING,),
        form=dict,
    )
    if not answer.good:
        raise CursorInvalidError(
            f"{reader.repo.source_id}: {reader.repo.name} has no commit {base[:12]} any more",
            remedy="The next sync reads everything again; nothing is doubled",
        )
    return answer


def _convert(reader: Reader, records: list[Payload], branch: str) -> Piece:
    return reader.convert(records, "commit", lambda item: [commit(reader.repo, item, branch)])
