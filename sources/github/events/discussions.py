"""Discussions, as GraphQL tells of them."""

from collections.abc import Iterator
from typing import Any

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo, milliseconds, moment, names, stamp
from sources.github.events.people import NOBODY, Person, account, parse_actor


def discussion(repo: Repo, node: Payload) -> Iterator[EpisodicEvent]:
    """Make the events of a discussion, its comments apart: opened, answered, closed."""
    number, created = int(node["number"]), moment(node["createdAt"])
    common = _common(repo, node)
    links = repo.links(node["body"])
    yield repo.build(
        "github.discussion.opened",
        (f"{repo.id}#{number}", "opened", stamp(created)),
        created,
        _actor(node["author"]),
        title=node["title"],
        body=node["body"],
        refs=tuple(links.refs),
        attributes={
            "category": node["category"]["name"],
            "labels": names((node["labels"] or {}).get("nodes"), "name"),
            "author_association": node["authorAssociation"],
        },
        **common,
    )
    if node["answerChosenAt"]:
        yield _ended(repo, node, "answered", node["answerChosenAt"], _actor(node["answerChosenBy"]))
    if node["closedAt"]:
        yield _ended(repo, node, "closed", node["closedAt"], NOBODY)


def discussion_comment(repo: Repo, node: Payload, comment: Payload) -> EpisodicEvent:
    """Make the event of a comment on a discussion, or of a reply to one."""
    edited = comment["lastEditedAt"]
    return repo.build(
        "github.discussion.comment",
        (repo.id, comment["databaseId"]),
        moment(comment["createdAt"]),
        _actor(comment["author"]),
        title=comment["body"],
        body=comment["body"],
        refs=tuple(repo.links(comment["body"]).refs),
        revised_at=moment(edited) if edited else None,
        attributes={
            "comment_id": comment["databaseId"],
            "in_reply_to": (comment["replyTo"] or {}).get("databaseId"),
            "author_association": comment["authorAssociation"],
        },
        **{**_common(repo, node), "url": comment["url"]},
    )


def parse_discussion(item: Payload, *, closed: bool) -> Payload:
    """Write a discussion as GraphQL has it, out of a delivery.

    Args:
        item: the discussion.
        closed: whether it was closed just now, for a delivery does not say when that was.
    """
    return {
        "number": item["number"],
        "title": item["title"],
        "body": item.get("body") or "",
        "url": item.get("html_url"),
        "createdAt": item["created_at"],
        "updatedAt": item.get("updated_at"),
        "closedAt": item["updated_at"] if closed else None,
        "stateReason": item.get("state_reason"),
        "answerChosenAt": item.get("answer_chosen_at"),
        "answerChosenBy": _user(item.get("answer_chosen_by")),
        "author": _user(item.get("user")),
        "authorAssociation": item.get("author_association"),
        "category": {"name": (item.get("category") or {}).get("name")},
        "labels": {"nodes": item.get("labels")},
    }


def parse_said(item: Payload, *, edited: bool) -> Payload:
    """Write a comment on a discussion as GraphQL has it, out of a delivery.

    Args:
        item: the comment.
        edited: whether its text was changed just now; else what changed is not it.
    """
    parent = item.get("parent_id")
    return {
        "databaseId": item["id"],
        "body": item.get("body") or "",
        "url": item.get("html_url"),
        "createdAt": item["created_at"],
        "lastEditedAt": item.get("updated_at") if edited else None,
        "author": _user(item.get("user")),
        "authorAssociation": item.get("author_association"),
        "replyTo": None if parent is None else {"databaseId": parent},
    }


def _user(user: Payload | None) -> Payload | None:
    return None if user is None else {"__typename": user.get("type"), "login": user["login"]}


def _ended(repo: Repo, node: Payload, word: str, time: str, by: Person) -> EpisodicEvent:
    happened = moment(time)
    reason = (node["stateReason"] or word).lower() if word == "closed" else word
    return repo.build(
        f"github.discussion.{word}",
        (f"{repo.id}#{node['number']}", word, stamp(happened)),
        happened,
        by,
        title=node["title"],
        outcome=reason,
        duration_ms=milliseconds(moment(node["createdAt"]), happened),
        **_common(repo, node),
    )


def _common(repo: Repo, node: Payload) -> dict[str, Any]:
    subject = repo.subject(int(node["number"]))
    return {"session_id": subject, "subject": subject, "url": node["url"]}


def _actor(node: Payload | None) -> Person:
    return account(parse_actor(node))
