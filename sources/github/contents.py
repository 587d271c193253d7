"""What a pull request is made of: its commits, and the files that it changes.

GitHub lists 250 commits and 3,000 files of one. Further commits are found by comparing its two
ends; how many commits and files are still left out is told by the numbers in its own record.
"""

from collections.abc import Sequence
from typing import Final

from sources.event import FileChange
from sources.github.events.building import Payload
from sources.github.events.sizes import Contents, named, parse_files
from sources.github.reading import PER_PAGE, Reader

MOST: Final = 1_000
"""Commits of a pull request that are named."""

_MISSING: Final = (404,)


def read_contents(reader: Reader, number: int, pull: Payload) -> Contents:
    """Ask for both by REST: a request for a hundred of each.

    Args:
        reader: of the repository.
        number: of the pull request.
        pull: its own record.
    """
    commits = list_commits(reader, number)
    return Contents(
        commits=complete_commits(reader, pull, commits), files=list_files(reader, number)
    )


def list_commits(reader: Reader, number: int) -> list[str]:
    """Ask for the ids of the commits, of which GitHub lists 250."""
    pages = reader.pages(reader.path(f"/pulls/{number}/commits"), lacking=_MISSING)
    return [str(item["sha"]) for page in pages if page.good for item in named(page.data, "sha")]


def list_files(reader: Reader, number: int) -> tuple[FileChange, ...] | None:
    """Ask for the files, of which GitHub lists 3,000; ``None``: it has none to list."""
    pages = reader.pages(reader.path(f"/pulls/{number}/files"), lacking=_MISSING)
    found: list[FileChange] = []
    for page in pages:
        if not page.good:
            return None
        found += parse_files(page.data, "filename", "status")
    return tuple(found)


def complete_commits(reader: Reader, pull: Payload, listed: Sequence[str]) -> tuple[str, ...]:
    """Give the commits, those behind the end of the list too, :data:`MOST` of them.

    They come from a comparison of the pull request's two ends, which takes a request for each
    hundred. One that does not hold what was listed is of no use, as the base has moved on.
    """
    base, head = (pull.get("base") or {}).get("sha"), (pull.get("head") or {}).get("sha")
    counted = pull.get("commits")
    if not isinstance(counted, int) or len(listed) >= counted or not (base and head):
        return tuple(listed)
    found: list[str] = []
    for page in range(1, MOST // PER_PAGE + 1):
        answer = reader.get(
            reader.path(f"/compare/{base}...{head}"),
            {"per_page": PER_PAGE, "page": page},
            lacking=_MISSING,
            form=dict,
        )
        given = answer.data.get("commits") if answer.good else None
        found += [str(item["sha"]) for item in named(given or (), "sha")]
        if answer.next_url is None:
            break
    return tuple(found) if len(found) > len(listed) and set(listed) <= set(found) else tuple(listed)
