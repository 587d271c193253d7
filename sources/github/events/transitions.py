"""What became of an issue or pull request after it was opened, out of the list of its events."""

from collections.abc import Callable
from typing import Any, Final

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo, moment, stamp
from sources.github.events.issues import MERGE_SECONDS, is_pull, merged_at, open_for
from sources.github.events.people import Person, account
from sources.github.groups import KINDS

NOISE: Final = frozenset({"mentioned", "subscribed", "unsubscribed"})
"""Events that only say who is notified; they are left out."""

WORDS: Final = {
    "labeled": "labelled",
    "unlabeled": "unlabelled",
    "convert_to_draft": "converted_to_draft",
}
"""Where this table and the service differ in the name of a transition."""

_OTHERS: Final = ("sub_issue", "parent_issue", "blocked_by", "blocking")
"""Fields of another issue that this one has been put above, below, behind or before."""


def _other(key: str) -> Callable[[Payload], str]:
    return lambda item: f"{item[key]['repository']['full_name']}#{int(item[key]['number'])}"


_DETAILS: Final[dict[str, Callable[[Payload], Any]]] = {
    "label": lambda item: item["label"]["name"],
    "assignee": lambda item: account(item["assignee"]).name,
    "milestone": lambda item: item["milestone"]["title"],
    "requested_reviewer": lambda item: account(item["requested_reviewer"]).name,
    "requested_team": lambda item: item["requested_team"]["name"],
    "dismissed_review": lambda item: item["dismissed_review"].get("review_id"),
    "rename": lambda item: item["rename"]["to"],
    "commit_id": lambda item: item["commit_id"],
    **{key: _other(key) for key in _OTHERS},
}
"""What more than one event of a kind in one second is told apart by."""

_TERMINAL: Final = frozenset({"closed"})


def is_told_elsewhere(item: Payload) -> bool:
    """Whether an event says only what the record of the merged pull request says as well."""
    time = merged_at(item["issue"])
    if item["event"] == "merged":
        return time is not None
    if item["event"] != "closed" or time is None:
        return False
    return (moment(item["created_at"]) - moment(time)).total_seconds() >= -MERGE_SECONDS


def transition(repo: Repo, item: Payload) -> EpisodicEvent:
    """Make the event of one transition.

    Args:
        repo: where.
        item: as the events of a repository's issues are listed, its ``issue`` included.
    """
    issue, name = item["issue"], str(item["event"])
    number, happened = int(issue["number"]), moment(item["created_at"])
    word = WORDS.get(name, name)
    kind = f"github.{'pull_request' if is_pull(issue) else 'issue'}.{word}"
    details = {key: read(item) for key, read in _DETAILS.items() if item.get(key)}
    closing = name in _TERMINAL
    commit = item.get("commit_id")
    # A delivery does not say which commit closed an issue, and it is the same closing.
    told = [value for key, value in details.items() if not (closing and key == "commit_id")]
    # Kinds that GitHub may add are told by its list alone, which numbers what it tells.
    apart = told if kind in KINDS else [item.get("id")]
    return repo.build(
        kind,
        (f"{repo.id}#{number}", word, stamp(happened), *apart),
        happened,
        _who(item),
        # Not the issue's title: that may change, and what happened stays what it was.
        title=" ".join([word.replace("_", " ").capitalize(), *map(str, told)]),
        session_id=repo.subject(number),
        subject=repo.subject(number),
        url=issue.get("html_url"),
        outcome=_reason(item) if closing else None,
        duration_ms=open_for(issue, happened) if closing else None,
        refs=(
            *([f"git:{commit}"] if commit else []),
            *(f"github:{details[key]}" for key in _OTHERS if key in details),
        ),
        attributes={
            **details,
            "renamed_from": (item.get("rename") or {}).get("from"),
            "lock_reason": item.get("lock_reason"),
            "dismissal_message": (item.get("dismissed_review") or {}).get("dismissal_message"),
        },
    )


def _reason(item: Payload) -> str:
    """Say why it was closed: the list names only what is not the usual reason, of an issue."""
    usual = "closed" if is_pull(item["issue"]) or "state_reason" not in item else "completed"
    return str(item.get("state_reason") or usual)


def _who(item: Payload) -> Person:
    """Say who did it: the list names as ``actor`` of an assignment whom it is about."""
    return account(item.get("assigner") or item.get("actor"))
