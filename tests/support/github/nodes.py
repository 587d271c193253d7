"""The things of a site as GraphQL has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from graphql import GraphQLError

from tests.support.github.connections import Key, connect
from tests.support.github.nodes_git import Json, _order
from tests.support.github.nodes_talk import TalkNodes
from tests.support.github.payloads_people import HTML, node, stamp
from tests.support.github.repository import Repository
from tests.support.github.things import (
    User,
)


class Nodes(TalkNodes):
    """Of all."""

    def find(self, seen: Iterable[Repository], number: str) -> Any:
        """Give the thing with that id."""
        for repository in seen:
            for known, made in self._known(repository):
                if known == number:
                    return made()
        words = f"Could not resolve to a node with the global id of '{number}'"
        raise GraphQLError(words, extensions={"type": "NOT_FOUND"})

    def _known(self, repository: Repository) -> Iterator[tuple[str, Callable[[], Any]]]:
        yield node("R", repository.id), partial(self.repository, repository)
        for issue in repository.issues.values():
            known = node("PR", issue.pull.id) if issue.pull else node("I", issue.id)
            yield known, partial(self.issue, repository, issue)
        for discussion in repository.discussions.values():
            yield node("D", discussion.id), partial(self.discussion, repository, discussion)
            for one in discussion.comments:
                made = partial(self.discussion_comment, repository, discussion, one)
                yield node("DC", one.id), made

    def account(self, user: User, seen: list[Repository]) -> Json:
        def repositories(_: Any, orderBy: Json | None = None, **page: Any) -> Json:
            field, down = _order(orderBy)
            keys: dict[str, Callable[[Repository], Key]] = {
                "CREATED_AT": lambda one: (stamp(one.created_at), one.id),
                "UPDATED_AT": lambda one: (stamp(one.updated_at), one.id),
                "PUSHED_AT": lambda one: (stamp(one.pushed_at), one.id),
                "NAME": lambda one: (one.name,),
                "STARGAZERS": lambda one: (len(one.stars), one.id),
            }
            return connect(seen, self.repository, keys[field], down=down, **page)

        return {**(self.user(user) or {}), "repositories": repositories}

    def repository(self, repository: Repository) -> Json:
        html = f"{HTML}/{repository.full_name}"
        return {
            "__typename": "Repository",
            "id": node("R", repository.id),
            "databaseId": repository.id,
            "name": repository.name,
            "nameWithOwner": repository.full_name,
            "owner": self.user(repository.owner),
            "url": html,
            "isPrivate": repository.private,
            "isArchived": repository.archived,
            "isFork": repository.fork,
            "isEmpty": not repository.branches,
            "hasIssuesEnabled": repository.has_issues,
            "hasDiscussionsEnabled": repository.has_discussions,
            "createdAt": stamp(repository.created_at),
            "updatedAt": stamp(repository.updated_at),
            "pushedAt": stamp(repository.pushed_at),
            "stargazerCount": len(repository.stars),
            "defaultBranchRef": lambda _: self._ref(
                repository, "refs/heads/", repository.default_branch
            ),
            **self._lists(repository),
        }

    def _lists(self, repository: Repository) -> Json:
        def one(number: int, *, pull: bool | None) -> Json:
            issue = repository.issues.get(number)
            if issue is None or pull not in {None, issue.pull is not None}:
                words = (
                    f"Could not resolve to an issue or pull request with the number of {number}."
                )
                raise GraphQLError(words, extensions={"type": "NOT_FOUND"})
            return self.issue(repository, issue)

        return {
            "issue": lambda _, number: one(number, pull=False),
            "pullRequest": lambda _, number: one(number, pull=True),
            "issueOrPullRequest": lambda _, number: one(number, pull=None),
            "issues": self._issues(repository, pulls=False),
            "pullRequests": self._issues(repository, pulls=True),
            "releases": self._releases(repository),
            "stargazers": self._stars(repository),
            "discussion": lambda _, number: self._discussion(repository, number),
            "discussions": self._discussions(repository),
            "ref": lambda _, qualifiedName: self._named(repository, qualifiedName),
            "refs": self._refs(repository),
        }
