"""Pushes that were delivered: commits of the followed branch, and tags."""

from collections.abc import Iterator
from typing import Any, Final

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo
from sources.github.events.commits import commit, tag

HEADS: Final = "refs/heads/"
TAGS: Final = "refs/tags/"


def pushed(repo: Repo, payload: Payload, branch: str | None) -> Iterator[EpisodicEvent]:
    """Make the events of a push: its commits, if it went to the followed branch, or its tag.

    Args:
        repo: where.
        payload: as it was delivered.
        branch: the followed one; ``None``: the default branch, where that is known.
    """
    ref = str(payload["ref"])
    if ref.startswith(TAGS):
        yield from _tagged(repo, payload, ref.removeprefix(TAGS))
        return
    followed = branch or (payload.get("repository") or {}).get("default_branch")
    name = ref.removeprefix(HEADS)
    for item in payload.get("commits") or () if name == followed else ():
        if "timestamp" in item:  # the archive does not say when
            yield commit(repo, _parse_commit(item), name)


def _tagged(repo: Repo, payload: Payload, name: str) -> Iterator[EpisodicEvent]:
    """Make the event of a tag; of an annotated one a push says who pushed it and when, no more."""
    head = payload.get("head_commit")
    if payload.get("deleted") or not head:  # or it leads to no commit
        return
    sha = str(payload["after"])
    if sha == head["id"]:
        yield tag(repo, name, {"sha": sha, "committer": {"date": _committed(head)}})
        return
    pusher = payload.get("pusher") or {}
    when = (payload.get("repository") or {}).get("pushed_at") or _committed(head)
    tagger = {"name": pusher.get("name"), "email": pusher.get("email"), "date": when}
    yield tag(repo, name, {"sha": sha, "object": {"sha": head["id"]}, "tagger": tagger})


def _committed(item: Payload) -> Any:
    return (item.get("committer") or {}).get("date") or item["timestamp"]


def _parse_commit(item: Payload) -> Payload:
    """Write a commit as they are listed."""
    author, committer = item["author"], item.get("committer") or {}
    return {
        "sha": item["id"],
        "html_url": item.get("url"),
        "author": _account(author),
        "committer": _account(committer),
        "commit": {
            "author": _person(author, author.get("date") or item["timestamp"]),
            "committer": _person(committer, committer.get("date")),
            "message": item["message"],
        },
    }


def _account(person: Payload) -> Payload | None:
    login = person.get("username")
    return {"login": login} if login else None


def _person(person: Payload, date: Any) -> Payload:
    return {"name": person.get("name"), "email": person.get("email"), "date": date}
