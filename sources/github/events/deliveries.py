"""What GitHub sent by itself, to a webhook or into its public archive: the same events, same ids.

A delivery tells of one happening and of its object as it was then. Where it does not say when the
happening was, the object's last change is that time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo
from sources.github.events.comments import commit_comment, issue_comment, review, review_comment
from sources.github.events.commits import commit
from sources.github.events.issues import merged, opened
from sources.github.events.releases import release, star
from sources.github.events.runs import workflow_job, workflow_run
from sources.github.events.transitions import transition

Made = Iterator[EpisodicEvent | None]

_WRITTEN: Final = frozenset({"opened", "edited"})
_SAID: Final = frozenset({"created", "edited", "submitted", "dismissed", "updated"})
_GONE: Final = frozenset({"deleted", "synchronize", "enqueued", "dequeued", "auto_merge_enabled"})
_NAMES: Final = {"converted_to_draft": "convert_to_draft"}
_HEADS: Final = "refs/heads/"

ARCHIVED: Final = {
    "CommitCommentEvent": "commit_comment",
    "IssueCommentEvent": "issue_comment",
    "IssuesEvent": "issues",
    "PullRequestEvent": "pull_request",
    "PullRequestReviewCommentEvent": "pull_request_review_comment",
    "PullRequestReviewEvent": "pull_request_review",
    "PushEvent": "push",
    "ReleaseEvent": "release",
    "WatchEvent": "star",
}
"""Deliveries by the names that the archive has for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery.

    Attributes:
        name: as the header ``X-GitHub-Event`` has it.
        payload: what was sent.
        repository: number and full name of the repository, if it is of one.
    """

    name: str
    payload: Payload
    repository: tuple[int, str] | None


def parse_delivery(record: Payload) -> Delivery:
    """Read a delivery as GitHub lists it, or as ``event`` and ``payload``, or an archive's line.

    Raises:
        KeyError: none of these, or it lacks what each of them has.
    """
    if "type" in record and "repo" in record:
        return _archived(record)
    request = record.get("request") or record
    headers = {str(key).lower(): value for key, value in (request.get("headers") or {}).items()}
    name = str(record.get("event") or headers["x-github-event"])
    payload: Payload = request["payload"]
    found = payload.get("repository")
    where = (int(found["id"]), str(found["full_name"])) if found else None
    return Delivery(name=name, payload=payload, repository=where)


def _archived(line: Payload) -> Delivery:
    kind, payload = str(line["type"]), dict(line["payload"])
    if kind == "WatchEvent":
        payload = {"action": "created", "starred_at": line["created_at"]}
    repo = line["repo"]
    return Delivery(
        name=ARCHIVED.get(kind, kind),
        payload={"sender": line.get("actor"), "archived_at": line["created_at"], **payload},
        repository=(int(repo["id"]), str(repo["name"])),
    )


def delivered(repo: Repo, delivery: Delivery, branch: str | None) -> Made:
    """Make the events of a delivery; none for what is no event here.

    Args:
        repo: where.
        delivery: what was sent.
        branch: whose commits are wanted; ``None``: those of the default branch, where it is known.
    """
    make = _MAKERS.get(delivery.name)
    if make is not None:
        yield from make(repo, delivery.payload, branch)


def _issues(repo: Repo, payload: Payload, _: str | None) -> Made:
    issue = payload["issue"]
    if payload["action"] in _WRITTEN:
        yield opened(repo, issue)
    elif payload["action"] not in _GONE:
        yield _transition(repo, payload, issue)


def _pull_request(repo: Repo, payload: Payload, _: str | None) -> Made:
    pull, action = payload["pull_request"], payload["action"]
    issue = {**pull, "pull_request": {"merged_at": pull.get("merged_at")}}
    if action in _WRITTEN:
        yield opened(repo, issue, pull)
    elif action in {"closed", "merged"} and pull.get("merged_at"):
        yield merged(repo, issue, pull)
    elif action not in _GONE:
        yield _transition(repo, payload, issue)


def _transition(repo: Repo, payload: Payload, issue: Payload) -> EpisodicEvent:
    action = str(payload["action"])
    time = issue.get("closed_at") if action == "closed" else issue.get("updated_at")
    item = {
        **{key: payload[key] for key in _TOLD if payload.get(key)},
        "event": _NAMES.get(action, action),
        "actor": payload.get("sender"),
        "created_at": time,
        "issue": issue,
        "state_reason": issue.get("state_reason") if action == "closed" else None,
    }
    if action == "milestoned":
        item["milestone"] = issue["milestone"]
    return transition(repo, item)


_TOLD: Final = ("label", "assignee", "milestone", "requested_reviewer", "requested_team")


def _said(
    key: str, make: Callable[[Repo, Payload], EpisodicEvent]
) -> Callable[[Repo, Payload, str | None], Made]:
    def made(repo: Repo, payload: Payload, _: str | None) -> Made:
        if payload.get("action", "created") in _SAID:
            yield make(repo, payload[key])

    return made


def _review(repo: Repo, payload: Payload, _: str | None) -> Made:
    if payload["action"] in _SAID:
        yield review(repo, payload["pull_request"], payload["review"])


def _push(repo: Repo, payload: Payload, branch: str | None) -> Made:
    followed = branch or (payload.get("repository") or {}).get("default_branch")
    name = str(payload["ref"]).removeprefix(_HEADS)
    for item in payload.get("commits") or () if name == followed else ():
        if "timestamp" not in item:
            continue  # the archive does not say when
        person = item["author"]
        login = person.get("username")
        written = {"name": person.get("name"), "email": person.get("email")}
        yield commit(
            repo,
            {
                "sha": item["id"],
                "html_url": item.get("url"),
                "author": {"login": login} if login else None,
                "commit": {
                    "author": {**written, "date": item["timestamp"]},
                    "message": item["message"],
                },
            },
            name,
        )


def _release(repo: Repo, payload: Payload, _: str | None) -> Made:
    if payload["action"] not in _GONE:
        yield release(repo, payload["release"])


def _star(repo: Repo, payload: Payload, _: str | None) -> Made:
    if payload["action"] == "created":
        yield star(repo, {"starred_at": payload["starred_at"], "user": payload["sender"]})


_MAKERS: Final[Mapping[str, Callable[[Repo, Payload, str | None], Made]]] = {
    "commit_comment": _said("comment", commit_comment),
    "issue_comment": _said("comment", issue_comment),
    "issues": _issues,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _said("comment", review_comment),
    "push": _push,
    "release": _release,
    "star": _star,
    "workflow_job": lambda repo, payload, _: iter([workflow_job(repo, payload["workflow_job"])]),
    "workflow_run": lambda repo, payload, _: iter([workflow_run(repo, payload["workflow_run"])]),
}

READ: Final = frozenset(_MAKERS)
"""Names of the deliveries that events are made of."""
