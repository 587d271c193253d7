"""In what a delivery comes: an entry of GitHub's list, a line of its archive, or nothing at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sources.github.events.archive import NAMES, is_line, parse_repository, read_time
from sources.github.events.building import Payload, moment, stamp
from sources.json_text import read_json

_SHAPES: Final = (
    (("workflow_job",), "workflow_job"),
    (("deployment_callback_url",), "deployment_protection_rule"),
    (("deployment",), "deployment"),
    (("since", "workflow_run"), "deployment_review"),
    (("workflow_run",), "workflow_run"),
    (("pull_request", "thread"), "pull_request_review_thread"),
    (("pull_request", "review"), "pull_request_review"),
    (("pull_request", "comment"), "pull_request_review_comment"),
    (("pull_request",), "pull_request"),
    (("discussion", "comment"), "discussion_comment"),
    (("discussion",), "discussion"),
    (("issue", "comment"), "issue_comment"),
    (("issue",), "issues"),
    (("sub_issue",), "sub_issues"),
    (("blocked_issue",), "issue_dependencies"),
    (("comment",), "commit_comment"),
    (("release",), "release"),
    (("starred_at",), "star"),
    (("ref", "commits"), "push"),
    (("ref", "ref_type", "master_branch"), "create"),
    (("ref", "ref_type"), "delete"),
    (("zen",), "ping"),
)
"""What a bare payload is, by what it holds; the first that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery.

    Attributes:
        name: as the header ``X-GitHub-Event`` has it.
        payload: what was sent.
        line: whether ``payload`` is a line of the archive, to be read as one.
    """

    name: str
    payload: Payload
    line: bool = False

    @property
    def repository(self) -> tuple[int | None, str] | None:
        """Number and full name of its repository, if it is of one.

        Old lines of the archive have no number at times.

        Raises:
            KeyError, TypeError, ValueError: it is not named as GitHub does.
        """
        if self.line:
            return parse_repository(self.payload)
        found = self.payload.get("repository")
        return (int(found["id"]), str(found["full_name"])) if found else None


def parse_delivery(record: Payload) -> Delivery:
    """Read a delivery as GitHub lists it, or as ``event`` and ``payload``, or an archive's line.

    A bare payload, without the name of its event, is known by what it holds.

    Raises:
        KeyError, TypeError, ValueError: none of these, or it lacks what each of them has.
    """
    if is_line(record):
        kind = str(record["type"])
        return Delivery(name=NAMES.get(kind, kind), payload=record, line=True)
    request = record.get("request") or record
    headers = {str(key).lower(): value for key, value in (request.get("headers") or {}).items()}
    named = record.get("event") or headers.get("x-github-event")
    payload = request.get("payload")
    # A bare payload may have an ``event`` of its own: what a deployment waits for.
    if payload is None and (named is None or "repository" in record):
        payload, named = record, _recognise(record)
    if isinstance(payload, str):
        payload = read_json(payload)
    if not isinstance(payload, dict) or not named:
        raise ValueError("neither a delivery nor a line of the archive")
    return Delivery(name=str(named), payload=payload)


def sent_at(record: Any) -> datetime | None:
    """Say when a delivery was sent, or what a line tells happened; ``None``: it does not say."""
    if not isinstance(record, dict):
        return None
    try:
        return moment(read_time(record) if is_line(record) else record["delivered_at"])
    except (KeyError, ValueError):
        return None


def _recognise(payload: Payload) -> str | None:
    fits = (name for keys, name in _SHAPES if all(key in payload for key in keys))
    return next(fits, "other" if "action" in payload or "repository" in payload else None)


def changed_at(delivery: Delivery) -> str | None:
    """Say when the issue, pull request or discussion was last changed that a delivery holds.

    Returns:
        The time as the service writes it, in UTC; ``None``: it holds none, or does not say.
    """
    payload = delivery.payload["payload"] if delivery.line else delivery.payload
    held = (payload.get(key) for key in ("pull_request", "issue", "discussion"))
    thing = next((one for one in held if isinstance(one, dict)), {})
    try:
        return stamp(moment(thing["updated_at"]))
    except (KeyError, ValueError):
        return None


def say_what(delivery: Delivery) -> str:
    """Name what was delivered: its event, and its action where it has one."""
    action = delivery.payload.get("action") or (delivery.payload.get("payload") or {}).get("action")
    return f"{delivery.name}.{action}" if isinstance(action, str) else delivery.name
