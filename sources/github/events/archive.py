"""Lines of GH Archive, written as a webhook would have delivered the same.

Three forms are in it: until 2014 the lines name objects by their numbers only, then they hold them
whole, and since October 2025 some lack most of a pull request. A time that the object does not
tell is the line's own. https://www.gharchive.org, https://docs.github.com/rest/using-the-rest-api/github-event-types
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sources.github.events.building import Payload, moment, stamp

NAMES: Final = {
    "CommitCommentEvent": "commit_comment",
    "DiscussionEvent": "discussion",
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

_TIMES: Final = {"opened": "created_at", "closed": "closed_at", "merged": "merged_at"}
_WHO: Final = {"opened": "user", "merged": "merged_by"}
_OLD_TIME: Final = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d [+-]\d{4}")


def is_line(record: Payload) -> bool:
    """Whether a record is a line of the archive; deliveries may have a ``type`` and a place too."""
    named = isinstance(record.get("type"), str) and "payload" in record
    return named and ("repo" in record or "repository" in record)


def parse_repository(line: Payload) -> tuple[int | None, str] | None:
    """Read number and full name of a line's repository; old lines have no number at times."""
    found = line.get("repo") or line.get("repository")
    if not found:
        return None
    name, owner = str(found["name"]), found.get("owner")
    if "/" not in name and owner:
        name = f"{owner if isinstance(owner, str) else owner['login']}/{name}"
    number = found.get("id")
    return (None if number is None else int(number)), name


def read_time(line: Payload) -> str:
    """Read when a line's happening was, as the service writes times.

    Raises:
        KeyError, ValueError: it does not say.
    """
    text = line["created_at"]
    if isinstance(text, str) and _OLD_TIME.fullmatch(text):
        return stamp(datetime.strptime(text, "%Y/%m/%d %H:%M:%S %z"))
    return stamp(moment(text))


def parse_payload(line: Payload) -> Payload:
    """Write what a line tells as a delivery's payload.

    Raises:
        KeyError, TypeError, ValueError: it lacks what its events are made of.
    """
    kind, payload = str(line["type"]), dict(line["payload"])
    time, actor = read_time(line), _actor(line)
    told = {"time": time, "actor": actor, "url": line.get("url")}
    complete = _COMPLETE.get(kind)
    return {"sender": actor, **(payload if complete is None else complete(payload, told))}


def _star(_: Payload, told: Payload) -> Payload:
    if told["actor"] is None or told["actor"].get("id") is None:
        raise ValueError("the line does not number who gave the star")
    return {"action": "created", "starred_at": told["time"]}


def _issue(payload: Payload, told: Payload) -> Payload:
    issue = payload.get("issue")
    if not isinstance(issue, dict):  # its number among all issues
        issue = {"number": payload["number"], "html_url": told["url"]}
    return {**payload, "issue": _timed(issue, payload, told)}


def _pull(payload: Payload, told: Payload) -> Payload:
    pull = payload["pull_request"]
    number = {"number": payload["number"]} if "number" in payload else {}
    return {**payload, "pull_request": _timed({**number, **pull}, payload, told)}


def _timed(thing: Payload, payload: Payload, told: Payload) -> Payload:
    action = payload["action"]
    times = {"updated_at": told["time"]}
    if action in _TIMES:
        times[_TIMES[action]] = told["time"]
    who = {_WHO[action]: told["actor"]} if action in _WHO else {}
    return {**times, **who, **thing}


def _comment(payload: Payload, told: Payload) -> Payload:
    if "comment" in payload:  # which in 2012 did not say of what issue
        of = {"issue_url": payload["issue"]["url"]} if "issue" in payload else {}
        return {**payload, "comment": {**of, **payload["comment"]}}
    url = str(told["url"])
    comment = {
        "id": payload["comment_id"],
        "user": told["actor"],
        "created_at": told["time"],
        "html_url": url,
        "issue_url": url.partition("#")[0],
        "commit_id": payload.get("commit"),
    }
    return {**payload, "action": "created", "comment": comment}


_COMPLETE: Final[dict[str, Callable[[Payload, Payload], Payload]]] = {
    "CommitCommentEvent": _comment,
    "IssueCommentEvent": _comment,
    "IssuesEvent": _issue,
    "PullRequestEvent": _pull,
    "WatchEvent": _star,
}


def _actor(line: Payload) -> dict[str, Any] | None:
    actor = line.get("actor")
    if isinstance(actor, str):
        return {"login": actor, "type": (line.get("actor_attributes") or {}).get("type")}
    return actor if actor and actor.get("login") else None
