"""Branches and tags that did not simply go on: observed, as git keeps no record of it."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from sources.event import canonical_json, event_id, utc_now
from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.events import SOURCE_TYPE
from sources.filesystem.repository import short_name

MOVED: Final = "git.ref.moved"
_SHORT: Final = 10
_SIDE_BY_SIDE: Final = 4

Step = tuple[str, str]
"""The commit a ref pointed to, and the one it points to."""


def find_moves(
    git: Git,
    source_id: str,
    followed: tuple[Mapping[str, str], Mapping[str, str]],
    known: Mapping[str, str],
    gone: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Observe branches that were deleted, or whose old commit is no ancestor of the new one.

    Args:
        git: runs the commands.
        source_id: the configured source.
        followed: commit by ref, before and now.
        known: every ref there is, so that one no longer followed is not taken for deleted.
        gone: commits that the repository has no more, and no ref can have gone on from.

    Raises:
        GitFailedError: a commit cannot be read.
    """
    before, now = followed
    # a detached HEAD goes where it likes
    refs = {ref: old for ref, old in before.items() if ref.startswith("refs/")}
    steps = {(old, now[ref]) for ref, old in refs.items() if ref in now and now[ref] != old}
    past = {(old, new) for old, new in steps if old in gone}
    forced = past | _forced(git, steps - past)
    moves = []
    for ref, old in refs.items():
        new = now.get(ref)
        if (new is None and ref not in known) or (old, new) in forced:
            moves.append(move_row(source_id, ref, old, new))
    return moves


def _forced(git: Git, steps: Collection[Step]) -> set[Step]:
    """Choose the steps that lead past their beginning; thousands of refs may take one together."""
    if not steps:
        return set()
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="git") as pool:
        ahead = pool.map(lambda step: is_ancestor(git, *step), steps)
        return {step for step, kept in zip(steps, ahead, strict=True) if not kept}


def is_ancestor(git: Git, old: str, new: str) -> bool:
    """Whether ``new`` reaches ``old``."""
    try:
        git.run("merge-base", "--is-ancestor", old, new)
    except GitFailedError as error:
        if error.status == 1:
            return False
        raise
    return True


def move_row(source_id: str, ref: str, old: str, new: str | None) -> dict[str, Any]:
    """One observation, at the present moment; its outcome is ``moved`` or ``deleted``."""
    seen = utc_now()
    name = short_name(ref)
    what = "Tag" if ref.startswith("refs/tags/") else "Branch"
    change = "was deleted at" if new is None else "was moved from"
    target = "" if new is None else f" to {new[:_SHORT]}"
    return {
        "event_id": event_id(source_id, MOVED, f"{ref} {old} {new or ''} {seen.isoformat()}"),
        "source_id": source_id,
        "source_type": SOURCE_TYPE,
        "kind": MOVED,
        "occurred_at": seen,
        "session_id": ref,
        "subject": ref,
        "scope": None if what == "Tag" else name,
        "title": f"{what} {name} {change} {old[:_SHORT]}{target}",
        "outcome": "deleted" if new is None else "moved",
        "refs": [f"git:{sha}" for sha in (old, new) if sha],
        "attributes": canonical_json({"ref": ref, "old": old, "new": new}),
    }
