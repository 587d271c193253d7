"""What GitHub sent by itself, to a webhook or into its public archive: the same events, same ids.

A delivery tells of one happening and of its object as it was then. Where it does not say when the
happening was, the object's last change is that time.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sources.event import EpisodicEvent
from sources.github.events.archive import parse_payload
from sources.github.events.building import Payload, Repo
from sources.github.events.comments import commit_comment, issue_comment, review, review_comment
from sources.github.events.discussions import (
    discussion,
    discussion_comment,
    parse_discussion,
    parse_said,
)
from sources.github.events.envelopes import Delivery
from sources.github.events.issues import is_pull, merged, opened
from sources.github.events.pushes import pushed
from sources.github.events.releases import release, star
from sources.github.events.runs import workflow_job, workflow_run
from sources.github.events.transitions import transition
from sources.github.groups import KINDS

Made = Iterator[EpisodicEvent | None]

_WRITTEN: Final = frozenset({"opened", "edited"})
_SAID: Final = frozenset({"created", "edited", "submitted", "dismissed", "updated"})
GONE: Final = frozenset({"deleted", "unpublished"})
"""Actions of what is not there any more."""

_LEFT: Final = "transferred"
"""Of an issue that is not in this repository any more."""

_PUSHED: Final = "synchronize"
"""Of a pull request whose branch has new commits, which is no event of its own."""

_NAMES: Final = {
    "converted_to_draft": "convert_to_draft",
    "enqueued": "added_to_merge_queue",
    "dequeued": "removed_from_merge_queue",
    "typed": "issue_type_added",
    "untyped": "issue_type_removed",
}
"""Where a delivery and the list of events differ in the name of a transition."""


def delivered(repo: Repo, delivery: Delivery, branch: str | None) -> Made:
    """Make the events of a delivery; none for what is no event here.

    Args:
        repo: where.
        delivery: what was sent.
        branch: whose commits are wanted; ``None``: those of the default branch, where it is known.
    """
    make = _MAKERS.get(delivery.name)
    if make is not None:
        payload = parse_payload(delivery.payload) if delivery.line else delivery.payload
        yield from make(repo, payload, branch)


def _issues(repo: Repo, payload: Payload, _: str | None) -> Made:
    issue, action = payload["issue"], payload["action"]
    if action in _WRITTEN:
        yield opened(repo, issue)
        yield from _edited(repo, payload, issue)
        return
    told = list(_transition(repo, payload, issue))
    # Its record as it is by now; that of a pull request comes with deliveries of its own.
    if told and action != _LEFT and _is_whole(issue) and not is_pull(issue):
        yield opened(repo, issue)
    yield from told


def _pull_request(repo: Repo, payload: Payload, _: str | None) -> Made:
    pull, action = payload["pull_request"], payload["action"]
    issue = {**pull, "pull_request": {"merged_at": pull.get("merged_at")}}
    told: list[EpisodicEvent | None] = []
    if action in _WRITTEN:
        told += _edited(repo, payload, issue)
    elif action in {"closed", "merged"} and pull.get("merged_at"):
        told.append(merged(repo, issue, pull))
    else:
        told += _transition(repo, payload, issue)
    # Its record as it is by now, with size and labels: once merged, the merge has the size.
    if action in _WRITTEN or ((told or action == _PUSHED) and _is_whole(pull)):
        yield opened(repo, issue, pull)
    yield from told


def _is_whole(record: Payload) -> bool:
    """Whether an issue or pull request is there with its text: lines of the archive lack it."""
    return bool(record.get("created_at")) and "title" in record


def _edited(repo: Repo, payload: Payload, issue: Payload) -> Made:
    """Make the events of what an edit changed besides the text."""
    changes = payload.get("changes") or {}
    if before := changes.get("title"):
        rename = {"from": before.get("from"), "to": issue["title"]}
        yield from _transition(repo, {**payload, "action": "renamed", "rename": rename}, issue)
    if changes.get("base"):
        yield from _transition(repo, {**payload, "action": "base_ref_changed"}, issue)


def _transition(repo: Repo, payload: Payload, issue: Payload) -> Made:
    """Make the event of a transition; none for an action that is not one of those known."""
    action = str(payload["action"])
    closing = action == "closed"
    item = {
        **{key: payload[key] for key in _TOLD if payload.get(key)},
        "event": _NAMES.get(action, action),
        "actor": payload.get("sender"),
        "created_at": (closing and issue.get("closed_at")) or issue.get("updated_at"),
        "issue": issue,
        "lock_reason": issue.get("active_lock_reason") if action == "locked" else None,
    }
    if closing and issue.get("state_reason"):
        item["state_reason"] = issue["state_reason"]
    if action == "milestoned":
        item["milestone"] = payload.get("milestone") or issue["milestone"]
    event = transition(repo, item)
    if event.kind in KINDS:
        yield event


_TOLD: Final = (
    "label",
    "assignee",
    "milestone",
    "requested_reviewer",
    "requested_team",
    "rename",
    "dismissed_review",
)


def _said(
    key: str, make: Callable[[Repo, Payload], EpisodicEvent]
) -> Callable[[Repo, Payload, str | None], Made]:
    def made(repo: Repo, payload: Payload, _: str | None) -> Made:
        if payload.get("action", "created") in _SAID:
            yield make(repo, payload[key])

    return made


def _review(repo: Repo, payload: Payload, _: str | None) -> Made:
    pull, given = payload["pull_request"], payload["review"]
    if payload["action"] in _SAID:
        yield review(repo, pull, given)
    if payload["action"] == "dismissed" and pull.get("updated_at"):
        dismissed = {"review_id": given["id"]}
        issue = {**pull, "pull_request": {}}
        told = {"action": "review_dismissed", "dismissed_review": dismissed}
        yield from _transition(repo, {**payload, **told}, issue)


def _release(repo: Repo, payload: Payload, _: str | None) -> Made:
    if payload["action"] not in GONE:
        yield release(repo, payload["release"])


def _discussion(repo: Repo, payload: Payload, _: str | None) -> Made:
    if payload["action"] not in GONE:
        closed = payload["action"] == "closed"
        yield from discussion(repo, parse_discussion(payload["discussion"], closed=closed))


def _discussion_comment(repo: Repo, payload: Payload, _: str | None) -> Made:
    if payload["action"] in _SAID:
        node = parse_discussion(payload["discussion"], closed=False)
        edited = payload["action"] == "edited"
        yield discussion_comment(repo, node, parse_said(payload["comment"], edited=edited))


def _star(repo: Repo, payload: Payload, _: str | None) -> Made:
    if payload["action"] == "created":
        yield star(repo, {"starred_at": payload["starred_at"], "user": payload["sender"]})


def _workflow_run(repo: Repo, payload: Payload, _: str | None) -> Made:
    yield workflow_run(repo, {"actor": payload.get("sender"), **payload["workflow_run"]})


_MAKERS: Final[Mapping[str, Callable[[Repo, Payload, str | None], Made]]] = {
    "commit_comment": _said("comment", commit_comment),
    "discussion": _discussion,
    "discussion_comment": _discussion_comment,
    "issue_comment": _said("comment", issue_comment),
    "issues": _issues,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _said("comment", review_comment),
    "push": pushed,
    "release": _release,
    "star": _star,
    "workflow_job": lambda repo, payload, _: iter([workflow_job(repo, payload["workflow_job"])]),
    "workflow_run": _workflow_run,
}

READ: Final = frozenset(_MAKERS)
"""Names of the deliveries that events are made of."""

TOLD: Final = READ | {"delete"}
"""The same, and those that only take something back."""
