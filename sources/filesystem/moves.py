"""Branches and tags that did not simply go on: observed, as git keeps no record of it."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from sources.event import canonical_json, event_id, utc_now
from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.events import SOURCE_TYPE
from sources.filesystem.refs import short_name
from sources.filesystem.tags import find_commits

MOVED: Final = "git.ref.moved"
_SHORT: Final = 10
_SIDE_BY_SIDE: Final = 4
_FEW: Final = 20
"""Steps that are looked at one by one, which is quick: a walk for all goes through all history."""

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


def find_tag_moves(
    source_id: str, before: Mapping[str, str], now: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Observe tags that were moved or deleted.

    Args:
        source_id: the configured source.
        before: object by tag name.
        now: the same at present.
    """
    return [
        move_row(source_id, f"refs/tags/{name}", old, now.get(name))
        for name, old in before.items()
        if now.get(name) != old
    ]


def _forced(git: Git, steps: set[Step]) -> set[Step]:
    """Choose the steps that lead past their beginning; thousands of refs may take one together."""
    if len(steps) > _FEW:
        try:
            return _walk_back(git, steps)
        except GitFailedError as error:
            if error.status < 0:  # stopped
                raise
            # a commit is broken that most of the steps, each for itself, need not come by
    if not steps:
        return set()
    commits = find_commits(git, sorted({sha for step in steps for sha in step}))
    forced = {step for step in steps if not commits.keys() >= set(step)}  # by way of a tree
    rest = sorted(steps - forced)
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="git") as pool:
        ahead = pool.map(lambda step: is_ancestor(git, *step), rest)
        return forced | {step for step, kept in zip(rest, ahead, strict=True) if not kept}


def _walk_back(git: Git, steps: Collection[Step]) -> set[Step]:
    """Choose them by one walk: children come first, and tell their parents who reaches them.

    Memory is bounded by the branches that the walk has begun, with a bit for each new end.
    """
    commits = find_commits(git, sorted({sha for step in steps for sha in step}))
    awaited: dict[str, list[Step]] = {}
    for old, new in steps:
        if old in commits and new in commits:
            awaited.setdefault(commits[old], []).append((old, new))
    ends = dict.fromkeys(commits[new] for begun in awaited.values() for _, new in begun)
    if not ends:
        return set(steps)
    bits = {sha: 1 << number for number, sha in enumerate(ends)}
    forced, reached = set(steps), dict[str, int]()
    stdin = "".join(f"{sha}\n" for sha in ends).encode()
    with git.pipe("rev-list", "--topo-order", "--parents", "--stdin", stdin=stdin) as stdout:
        for line in stdout:
            sha, *parents = line.decode("ascii").split()
            by = reached.pop(sha, 0) | bits.get(sha, 0)
            begun = awaited.pop(sha, [])
            forced.difference_update(step for step in begun if by & bits[commits[step[1]]])
            if not awaited:
                break
            for parent in parents:
                reached[parent] = reached.get(parent, 0) | by
    return forced


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
