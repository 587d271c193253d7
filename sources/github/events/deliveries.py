"""What GitHub sent by itself, to a webhook or into its public archive: the same events, same ids.

A delivery tells of one happening and of its object as it was then. Where it does not say when the
happening was, the object's last change is that time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sources.event import EpisodicEvent
from sources.github.events.archive import NAMES, is_line, parse_payload, parse_repository
from sources.github.events.building import Payload, Repo
from sources.github.events.comments import commit_comment, issue_comment, review, review_comment
from sources.github.events.discussions import (
    discussion,
    discussion_comment,
    parse_discussion,
    parse_said,
)
from sources.github.events.issues import is_pull, merged, opened
from sources.github.events.pushes import pushed
from sources.github.events.releases import release, star
from sources.github.events.runs import workflow_job, workflow_run
from sources.github.events.transitions import transition
from sources.github.groups import KINDS
from sources.json_text import read_json

Made = Iterator[EpisodicEvent | None]

_WRITTEN: Final = frozenset({"opened", "edited"})
_SAID: Final = frozenset({"created", "edited", "submitted", "dismissed", "updated"})
_GONE: Final = frozenset({"deleted", "unpublished"})
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

_SHAPES: Final = (
    (("deployment",), "deployment"),
    (("requester",), "deployment_protection_rule"),
    (("reviewers",), "deployment_review"),
    (("approver",), "deployment_review"),
    (("workflow_job",), "workflow_job"),
    (("workflow_run",), "workflow_run"),
    (("pull_request", "thread"), "pull_request_review_thread"),
    (("pull_request", "review"), "pull_request_review"),
    (("pull_request", "comment"), "pull_request_review_comment"),
    (("pull_request",), "pull_request"),
    (("discussion", "comment"), "discussion_comment"),
    (("discussion",), "discussion"),
    (("issue", "comment"), "issue_comment"),
    (("issue",), "issues"),
    (("comment",), "commit_comment"),
    (("release",), "release"),
    (("starred_at",), "star"),
    (("ref", "commits"), "push"),
    (("zen",), "ping"),
)
"""What a bare payload is, by what it holds; the first that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery.

    Attributes:
        name: as the header ``X-GitHub-Event`` has it.
        payload: what was sent.
        repository: number and full name of the repository, if it is of one; old lines of the
            archive have no number at times.
        line: whether ``payload`` is a line of the archive, to be read as one.
    """

    name: str
    payload: Payload
    repository: tuple[int | None, str] | None
    line: bool = False


def parse_delivery(record: Payload) -> Delivery:
    """Read a delivery as GitHub lists it, or as ``event`` and ``payload``, or an archive's line.

    A bare payload, without the name of its event, is known by what it holds.

    Raises:
        KeyError, TypeError, ValueError: none of these, or it lacks what each of them has.
    """
    if is_line(record):
        kind, where = str(record["type"]), parse_repository(record)
        return Delivery(name=NAMES.get(kind, kind), payload=record, repository=where, line=True)
    request = record.get("request") or record
    headers = {str(key).lower(): value for key, value in (request.get("headers") or {}).items()}
    named = record.get("event") or headers.get("x-github-event")
    payload = request.get("payload")
    if payload is None and named is None:
        payload, named = record, _recognise(record)
    if isinstance(payload, str):
        payload = read_json(payload)
    if not isinstance(payload, dict) or not named:
        raise ValueError("neither a delivery nor a line of the archive")
    found = payload.get("repository") if named in TOLD else None
    where = (int(found["id"]), str(found["full_name"])) if found else None
    return Delivery(name=str(named), payload=payload, repository=where)


def _recognise(payload: Payload) -> str | None:
    fits = (name for keys, name in _SHAPES if all(key in payload for key in keys))
    return next(fits, "other" if "action" in payload or "repository" in payload else None)


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


def say_what(delivery: Delivery) -> str:
    """Name what was delivered: its event, and its action where it has one."""
    action = delivery.payload.get("action") or (delivery.payload.get("payload") or {}).get("action")
    return f"{delivery.name}.{action}" if isinstance(action, str) else delivery.name


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
    if payload["action"] not in _GONE:
        yield release(repo, payload["release"])


def _discussion(repo: Repo, payload: Payload, _: str | None) -> Made:
    if payload["action"] not in _GONE:
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
