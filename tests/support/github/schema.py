"""The schema of the GraphQL interface, its many alike types written once."""

from pathlib import Path
from typing import Final

from graphql import GraphQLSchema, build_schema

_BOTH_ENDS: Final = (
    "source: ReferencedSubject! subject: ReferencedSubject! isCrossRepository: Boolean!"
)
_DUPLICATES: Final = (
    "canonical: IssueOrPullRequest duplicate: IssueOrPullRequest isCrossRepository: Boolean!"
)
EVENTS: Final = {
    "labeled": ("LabeledEvent", "label: Label!"),
    "unlabeled": ("UnlabeledEvent", "label: Label!"),
    "assigned": ("AssignedEvent", "assignee: Assignee"),
    "unassigned": ("UnassignedEvent", "assignee: Assignee"),
    "closed": ("ClosedEvent", "stateReason: IssueStateReason closer: Closer"),
    "reopened": ("ReopenedEvent", "stateReason: IssueStateReason"),
    "merged": ("MergedEvent", "commit: Commit mergeRefName: String!"),
    "renamed": ("RenamedTitleEvent", "previousTitle: String! currentTitle: String!"),
    "locked": ("LockedEvent", "lockReason: String"),
    "unlocked": ("UnlockedEvent", ""),
    "milestoned": ("MilestonedEvent", "milestoneTitle: String!"),
    "demilestoned": ("DemilestonedEvent", "milestoneTitle: String!"),
    "referenced": ("ReferencedEvent", "commit: Commit isCrossRepository: Boolean!"),
    "cross-referenced": (
        "CrossReferencedEvent",
        """source: ReferencedSubject! isCrossRepository: Boolean! referencedAt: DateTime!
        willCloseTarget: Boolean!""",
    ),
    "connected": ("ConnectedEvent", _BOTH_ENDS),
    "disconnected": ("DisconnectedEvent", _BOTH_ENDS),
    "marked_as_duplicate": ("MarkedAsDuplicateEvent", _DUPLICATES),
    "unmarked_as_duplicate": ("UnmarkedAsDuplicateEvent", _DUPLICATES),
    "transferred": ("TransferredEvent", "fromRepository: Repository"),
    "converted_to_discussion": ("ConvertedToDiscussionEvent", "discussion: Discussion"),
    "ready_for_review": ("ReadyForReviewEvent", ""),
    "convert_to_draft": ("ConvertToDraftEvent", ""),
    "review_requested": ("ReviewRequestedEvent", "requestedReviewer: RequestedReviewer"),
    "review_request_removed": (
        "ReviewRequestRemovedEvent",
        "requestedReviewer: RequestedReviewer",
    ),
    "review_dismissed": (
        "ReviewDismissedEvent",
        """databaseId: Int dismissalMessage: String review: PullRequestReview
        previousReviewState: PullRequestReviewState!""",
    ),
    "head_ref_force_pushed": (
        "HeadRefForcePushedEvent",
        "beforeCommit: Commit afterCommit: Commit",
    ),
    "head_ref_deleted": ("HeadRefDeletedEvent", "headRefName: String!"),
    "pinned": ("PinnedEvent", ""),
    "unpinned": ("UnpinnedEvent", ""),
}
"""REST's name of an event, GraphQL's type of it, and what only that has."""

_PULLS_ALONE: Final = frozenset(
    {
        "merged",
        "ready_for_review",
        "convert_to_draft",
        "review_requested",
        "review_request_removed",
        "review_dismissed",
        "head_ref_force_pushed",
        "head_ref_deleted",
    }
)
_CONNECTED: Final = [
    "Commit",
    "Discussion",
    "DiscussionComment",
    "Issue",
    "IssueComment",
    "IssueTimelineItems",
    "Label",
    "PullRequest",
    "PullRequestChangedFile",
    "PullRequestCommit",
    "PullRequestReview",
    "PullRequestReviewComment",
    "PullRequestTimelineItems",
    "Ref",
    "Release",
    "Repository",
    "ReviewRequest",
    "User",
]


def item_type(name: str) -> str:
    """Give the enum value of a type of timeline items.

    >>> item_type("HeadRefForcePushedEvent")
    'HEAD_REF_FORCE_PUSHED_EVENT'
    """
    return "".join(f"_{one}" if one.isupper() else one for one in name).strip("_").upper()


def read_schema() -> GraphQLSchema:
    """Build it."""
    written = Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8")
    return build_schema("\n".join([written, *_events(), *_connections()]))


def _events() -> list[str]:
    common = "id: ID! actor: Actor createdAt: DateTime!"
    types = [f"type {name} implements Node {{ {common} {own} }}" for name, own in EVENTS.values()]
    pulls = [name for name, _ in EVENTS.values()]
    issues = [name for event, (name, _) in EVENTS.items() if event not in _PULLS_ALONE]
    unions = {
        "PullRequestTimelineItems": [
            *pulls,
            "IssueComment",
            "PullRequestCommit",
            "PullRequestReview",
        ],
        "IssueTimelineItems": [*issues, "IssueComment"],
    }
    for name, members in unions.items():
        values = " ".join(item_type(member) for member in members)
        types.append(f"union {name} = {' | '.join(members)}")
        types.append(f"enum {name}ItemType {{ {values} }}")
    return types


def _connections() -> list[str]:
    made = [_connection(name, name, "") for name in _CONNECTED]
    return [*made, _connection("Stargazer", "User", "starredAt: DateTime!")]


def _connection(name: str, node: str, edge: str) -> str:
    return (
        f"type {name}Edge {{ cursor: String! node: {node} {edge} }}\n"
        f"type {name}Connection"
        f" {{ edges: [{name}Edge] nodes: [{node}] pageInfo: PageInfo! totalCount: Int! }}"
    )
