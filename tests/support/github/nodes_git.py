"""Accounts, commits and refs as GraphQL has them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.support.github.connections import Key, connect
from tests.support.github.payloads import Payloads
from tests.support.github.payloads_people import HTML, node, stamp
from tests.support.github.repository import Repository
from tests.support.github.site import Site
from tests.support.github.things import (
    Commit,
    User,
)

Json = dict[str, Any]
List = Callable[..., Json]


def _order(order: Json | None, usual: str = "ASC") -> tuple[str, bool]:
    """Read an ``orderBy``: its field and whether it goes down."""
    given = order or {}
    return given.get("field", "CREATED_AT"), given.get("direction", usual) == "DESC"


def _is_since(moment: datetime, since: str | None) -> bool:
    return since is None or moment >= datetime.fromisoformat(since)


def _id_key(thing: Any) -> Key:
    return (thing.id,)


class GitNodes(ABC):
    """Every thing is an object whose fields are values, or functions of a field's arguments."""

    def __init__(self, site: Site, api: str) -> None:
        self.site = site
        self.payloads = Payloads(api)

    def user(self, user: User | None) -> Json | None:
        if user is None:
            return None
        return {
            "__typename": user.kind,
            "id": node("U", user.id),
            "databaseId": user.id,
            "login": user.login.removesuffix("[bot]"),
            "name": user.name,
            "email": user.email or "",
            "url": f"{HTML}/{user.login}",
            "avatarUrl": f"https://avatars.githubusercontent.com/u/{user.id}?v=4",
        }

    def commit(self, repository: Repository, commit: Commit) -> Json:
        def person(moment: datetime) -> Json:
            user = self.user(commit.author)
            return {
                "name": commit.name,
                "email": commit.email,
                "date": stamp(moment),
                "user": user if user and user["__typename"] == "User" else None,
            }

        return {
            "__typename": "Commit",
            "id": node("C", commit.sha),
            "oid": commit.sha,
            "message": commit.message,
            "messageHeadline": commit.message.partition("\n")[0],
            "url": f"{HTML}/{repository.full_name}/commit/{commit.sha}",
            "authoredDate": stamp(commit.authored_at),
            "committedDate": stamp(commit.committed_at),
            "author": person(commit.authored_at),
            "committer": person(commit.committed_at),
            "additions": sum(one.additions for one in commit.changes),
            "deletions": sum(one.deletions for one in commit.changes),
            "changedFilesIfAvailable": len(commit.changes),
            "parents": lambda _, **page: connect(
                enumerate(repository.commits[sha] for sha in commit.parents),
                lambda one: self.commit(repository, one[1]),
                lambda one: (one[0],),
                **page,
            ),
            "history": self._history(repository, commit),
        }

    def _history(self, repository: Repository, tip: Commit) -> List:
        def history(
            _: Any, since: str | None = None, until: str | None = None, **page: Any
        ) -> Json:
            seen = repository.reachable(tip.sha)
            things = [
                (place, one)
                for place, one in enumerate(repository.commits.values())
                if one.sha in seen
                and _is_since(one.committed_at, since)
                and (until is None or one.committed_at <= datetime.fromisoformat(until))
            ]
            return connect(
                things,
                lambda one: self.commit(repository, one[1]),
                lambda one: (stamp(one[1].committed_at), one[0]),
                down=True,
                **page,
            )

        return history

    def _ref(self, repository: Repository, prefix: str, name: str) -> Json | None:
        kept = repository.tags if prefix == "refs/tags/" else repository.branches
        if name not in kept:
            return None
        target = self.commit(repository, repository.commits[kept[name]])
        tag = repository.annotated.get(name) if prefix == "refs/tags/" else None
        if tag is not None:
            target = {
                "__typename": "Tag",
                "id": node("TA", tag.sha),
                "oid": tag.sha,
                "name": name,
                "message": tag.message,
                "tagger": {"name": tag.name, "email": tag.email, "date": stamp(tag.tagged_at)},
                "target": target,
            }
        return {
            "__typename": "Ref",
            "id": node("REF", f"{repository.id}:{prefix}{name}"),
            "name": name,
            "prefix": prefix,
            "target": target,
        }

    def _named(self, repository: Repository, name: str) -> Json | None:
        for prefix in ("refs/heads/", "refs/tags/"):
            found = self._ref(repository, prefix, name.removeprefix(prefix))
            if found is not None:
                return found
        return None

    def _refs(self, repository: Repository) -> List:
        def refs(
            _: Any,
            refPrefix: str,
            orderBy: Json | None = None,
            **page: Any,
        ) -> Json:
            field, down = _order(orderBy)
            kept = repository.tags if refPrefix == "refs/tags/" else repository.branches

            def dated(name: str) -> Key:
                return stamp(repository.commits[kept[name]].committed_at), name

            key = dated if field == "TAG_COMMIT_DATE" else lambda name: (name,)
            return connect(
                kept, lambda name: self._ref(repository, refPrefix, name), key, down=down, **page
            )

        return refs

    @abstractmethod
    def repository(self, repository: Repository) -> Json:
        """Give the whole of it."""
