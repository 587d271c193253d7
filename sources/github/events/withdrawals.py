"""What deliveries take back: what was deleted, by the id that its event had."""

from collections.abc import Iterator, Mapping
from typing import Final

from sources.event import event_id
from sources.github.events.building import Payload, Repo, moment, stamp
from sources.github.events.deliveries import GONE
from sources.github.events.envelopes import Delivery
from sources.github.events.pushes import TAGS

_NOWHERE: Final = "0"
"""What the id of nothing consists of."""

TAG: Final = "tag "
STAR: Final = "star "
"""What keys of what is known begin with; those of answers do with their repository."""

_DELETED: Final[Mapping[str, tuple[str, str, bool]]] = {
    "commit_comment": ("comment", "github.commit_comment", False),
    "discussion_comment": ("comment", "github.discussion.comment", True),
    "issue_comment": ("comment", "github.issue_comment", False),
    "pull_request_review_comment": ("comment", "github.review_comment", False),
    "release": ("release", "github.release", False),
}
"""What is deleted with a delivery: its key, its kind, whether its id is one of the repository."""

_THREADS: Final = {"issues": ("issue", "issue"), "discussion": ("discussion", "discussion")}
"""What is known by its number and the times of what happened to it: its key, and its kinds'."""

_ENDS: Final = (("created_at", "opened"), ("closed_at", "closed"))


def withdrawn(repo: Repo, delivery: Delivery, known: dict[str, str]) -> Iterator[str]:
    """Give the ids of events that a delivery takes back.

    Args:
        repo: where.
        delivery: what was sent.
        known: what earlier ones told that this one may not: where a tag leads to, when somebody
            gave a star, when an answer was chosen. What this one tells is added.
    """
    payload, name = delivery.payload, delivery.name
    if delivery.line:
        return
    if name == "push":
        yield from _untagged(repo, payload, known)
    elif name == "delete" and payload.get("ref_type") == "tag":
        yield from _without_tag(repo, str(payload["ref"]), known)
    elif name == "star":
        yield from _unstarred(repo, payload, known)
    elif name == "discussion":
        yield from _unanswered(repo, payload, known)
    if payload.get("action") in GONE:
        yield from _deleted(repo, payload, name)


def is_final(delivery: Delivery) -> bool:
    """Whether what a delivery takes back will not come again; a release may be published anew."""
    return not delivery.line and delivery.payload.get("action") == "deleted"


def _deleted(repo: Repo, payload: Payload, name: str) -> Iterator[str]:
    if name in _DELETED:
        key, kind, within = _DELETED[name]
        number = payload[key]["id"]
        yield event_id(repo.source_id, kind, f"{repo.id}/{number}" if within else str(number))
    elif name in _THREADS:
        key, kind = _THREADS[name]
        thing = payload[key]
        for field, word in _ENDS:
            if time := thing.get(field):
                native = f"{repo.id}#{int(thing['number'])}/{word}/{stamp(moment(time))}"
                yield event_id(repo.source_id, f"github.{kind}.{word}", native)


def _untagged(repo: Repo, payload: Payload, known: dict[str, str]) -> Iterator[str]:
    """Take back where a tag led to that was moved or deleted."""
    ref = str(payload["ref"])
    if not ref.startswith(TAGS):
        return
    name = ref.removeprefix(TAGS)
    before, after = str(payload.get("before") or ""), str(payload.get("after") or "")
    if before.strip(_NOWHERE):
        yield _tag(repo, name, before)
    if after.strip(_NOWHERE):
        known[f"{TAG}{repo.id}/{name}"] = after
    else:
        known.pop(f"{TAG}{repo.id}/{name}", None)


def _without_tag(repo: Repo, name: str, known: dict[str, str]) -> Iterator[str]:
    sha = known.pop(f"{TAG}{repo.id}/{name}", None)
    if sha is not None:
        yield _tag(repo, name, sha)


def _unstarred(repo: Repo, payload: Payload, known: dict[str, str]) -> Iterator[str]:
    key = f"{STAR}{repo.id}/{(payload.get('sender') or {}).get('id')}"
    if payload.get("action") == "created":
        known[key] = stamp(moment(payload["starred_at"]))
    elif time := known.pop(key, None):
        native = f"{key.removeprefix(STAR)}/{time}"
        yield event_id(repo.source_id, "github.star", native)


def _unanswered(repo: Repo, payload: Payload, known: dict[str, str]) -> Iterator[str]:
    """Take back that an answer was chosen; once it is none any more, nothing says when it was."""
    thing, action = payload["discussion"], payload.get("action")
    key, chosen = f"{repo.id}#{int(thing['number'])}/answered", thing.get("answer_chosen_at")
    if action != "unanswered" and action not in GONE:
        if chosen:
            known[key] = stamp(moment(chosen))
    elif time := known.pop(key, chosen):
        native = f"{key}/{stamp(moment(time))}"
        yield event_id(repo.source_id, "github.discussion.answered", native)


def _tag(repo: Repo, name: str, sha: str) -> str:
    return event_id(repo.source_id, "github.tag", f"{repo.id}/{name}/{sha}")
