"""The names that the setting ``events`` takes, and what each of them reads."""

from typing import Final

from sources.settings import nearest

TRANSITIONS: Final = (
    "opened",
    "closed",
    "reopened",
    "labelled",
    "unlabelled",
    "assigned",
    "unassigned",
    "milestoned",
    "demilestoned",
    "renamed",
    "locked",
    "unlocked",
    "referenced",
    "cross_referenced",
    "connected",
    "disconnected",
)
_ISSUE: Final = (
    "transferred",
    "pinned",
    "unpinned",
    "marked_as_duplicate",
    "unmarked_as_duplicate",
    "converted_to_discussion",
    "issue_type_added",
    "issue_type_changed",
    "issue_type_removed",
)
_PULL: Final = (
    "merged",
    "ready_for_review",
    "converted_to_draft",
    "review_requested",
    "review_request_removed",
    "review_dismissed",
    "head_ref_deleted",
    "head_ref_force_pushed",
    "head_ref_restored",
    "base_ref_changed",
    "base_ref_force_pushed",
    "auto_merge_enabled",
    "auto_merge_disabled",
    "added_to_merge_queue",
    "removed_from_merge_queue",
)

_DISCUSSION: Final = ("opened", "comment", "answered", "closed")

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "push": ("github.commit",),
    "pull_request": tuple(f"github.pull_request.{word}" for word in (*TRANSITIONS, *_PULL)),
    "issues": tuple(f"github.issue.{word}" for word in (*TRANSITIONS, *_ISSUE)),
    "review": ("github.review", "github.review_comment"),
    "comment": ("github.issue_comment", "github.commit_comment"),
    "release": ("github.release",),
    "tag": ("github.tag",),
    "workflow_run": ("github.workflow_run",),
    "workflow_job": ("github.workflow_job",),
    "star": ("github.star",),
    "discussion": tuple(f"github.discussion.{word}" for word in _DISCUSSION),
}
"""Kinds by the name that asks for them; the service may add transitions to those of issues."""

BY_GRAPHQL: Final = ("star", "discussion")
"""Names of what only GraphQL tells of, which needs a token."""

DEFAULT: Final = ("push", "pull_request", "issues", "review", "comment", "release", "tag")
"""What is read unless something else is asked for."""

KINDS: Final = tuple(kind for kinds in GROUPS.values() for kind in kinds)


def group_of(kind: str) -> str:
    """Name the group of a kind; transitions that GitHub may add belong to those of issues."""
    for group, kinds in GROUPS.items():
        if kind in kinds:
            return group
    return "pull_request" if kind.startswith("github.pull_request.") else "issues"


def check_groups(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names back, each once, in the order of :data:`GROUPS`.

    Raises:
        ValueError: one is not known; the nearest is named.
    """
    for name in asked:
        if name not in GROUPS:
            raise ValueError(f"unknown event '{name}'{nearest(name, list(GROUPS))}")
    return tuple(name for name in GROUPS if name in asked)
