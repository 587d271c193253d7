"""How large a pull request is: its lines, files and commits, and what GitHub leaves out of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sources.event import FileChange
from sources.github.events.building import Payload

_LETTERS: Final[Mapping[str, str]] = {
    "added": "A",
    "removed": "D",
    "deleted": "D",
    "renamed": "R",
    "copied": "C",
    "changed": "T",
}
"""Git's letter by the word of either interface; what is not here is ``M``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Commits and files, as far as they are listed.

    Attributes:
        commits: ids, parents first.
        files: ``None``: GitHub does not say.
    """

    commits: tuple[str, ...]
    files: tuple[FileChange, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a pull request is, and what it is made of.

    Attributes:
        fields: of the event.
        refs: its commits.
        attributes: how many commits, and what GitHub does not list of it.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    refs: Sequence[str] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


NO_SIZE: Final = Size()


def measure(pull: Payload, contents: Contents | None) -> Size:
    """Read the size out of a pull request's record, and its contents as far as they are known."""
    fields = {
        "additions": pull.get("additions"),
        "deletions": pull.get("deletions"),
        "files_changed": pull.get("changed_files"),
    }
    attributes = {"commits": pull.get("commits")}
    if contents is None:
        return Size(fields=fields, attributes=attributes)
    missing = {"commits_missing": _less(pull.get("commits"), len(contents.commits))}
    files = contents.files
    if files is not None:
        missing["files_missing"] = _less(pull.get("changed_files"), len(files))
        lines = sum((one.additions or 0) + (one.deletions or 0) for one in files)
        missing["lines_missing"] = _less(_sum(pull, "additions", "deletions"), lines)
    return Size(
        fields={**fields, "files": files},
        refs=[f"git:{sha}" for sha in contents.commits],
        attributes={**attributes, **missing},
    )


def _less(counted: Any, listed: int) -> int | None:
    """Say how many are left out; ``None``: none, or nobody counted them."""
    return counted - listed if isinstance(counted, int) and counted > listed else None


def _sum(record: Payload, *names: str) -> int | None:
    found = [record.get(name) for name in names]
    whole = [one for one in found if isinstance(one, int)]
    return sum(whole) if len(whole) == len(found) else None


def parse_files(items: Any, path: str, change: str) -> list[FileChange]:
    """Read a list of files; what names none is left out, and counted as not listed.

    Args:
        items: of REST or of GraphQL.
        path: the field of the file's name.
        change: the field of what became of it.
    """
    return [
        FileChange(
            path=str(item[path]),
            old_path=item.get("previous_filename"),
            change=_LETTERS.get(str(item.get(change)).lower(), "M"),
            additions=item.get("additions"),
            deletions=item.get("deletions"),
        )
        for item in named(items, path)
    ]


def named(items: Any, key: str) -> Iterable[Payload]:
    """Give the records of a list that have a field; the service leaves out some, as ``null``."""
    return (item for item in items if isinstance(item, dict) and item.get(key))
