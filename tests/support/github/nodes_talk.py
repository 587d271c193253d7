"""Releases, stars and discussions as GraphQL has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from tests.support.github.connections import Key, connect
from tests.support.github.nodes_git import Json, List, _id_key, _order
from tests.support.github.nodes_issues import IssueNodes
from tests.support.github.payloads_people import HTML, node, stamp
from tests.support.github.repository import Repository
from tests.support.github.things import (
    Comment,
    Discussion,
    Release,
)


class TalkNodes(IssueNodes):
    """Of what is said."""

    def release(self, repository: Repository, release: Release) -> Json:
        sha = repository.tags.get(release.tag, "")
        commit = repository.commits.get(sha)
        return {
            "__typename": "Release",
            "id": node("RE", release.id),
            "databaseId": release.id,
            "name": release.name,
            "tagName": release.tag,
            "description": release.body,
            "url": f"{HTML}/{repository.full_name}/releases/tag/{release.tag}",
            "author": self.user(release.author),
            "createdAt": stamp(release.created_at),
            "publishedAt": stamp(release.published_at),
            "updatedAt": stamp(release.updated_at),
            "isDraft": release.draft,
            "isPrerelease": release.prerelease,
            "tagCommit": commit and self.commit(repository, commit),
        }

    def _releases(self, repository: Repository) -> List:
        def releases(_: Any, orderBy: Json | None = None, **page: Any) -> Json:
            _field, down = _order(orderBy, "DESC")
            things = [one for one in repository.releases.values() if not one.draft]
            return connect(
                things,
                lambda one: self.release(repository, one),
                lambda one: (stamp(one.created_at), one.id),
                down=down,
                **page,
            )

        return releases

    def _stars(self, repository: Repository) -> List:
        def stars(_: Any, orderBy: Json | None = None, **page: Any) -> Json:
            _field, down = _order(orderBy)
            return connect(
                repository.stars,
                lambda one: self.user(one.user),
                lambda one: (stamp(one.starred_at), one.user.id),
                down=down,
                edge=lambda one: {"starredAt": stamp(one.starred_at)},
                **page,
            )

        return stars

    def _discussion(self, repository: Repository, number: int) -> Json:
        if number not in repository.discussions:
            words = f"Could not resolve to a Discussion with the number of {number}."
            raise GraphQLError(words, extensions={"type": "NOT_FOUND"})
        return self.discussion(repository, repository.discussions[number])

    def _discussions(self, repository: Repository) -> List:
        def discussions(
            _: Any,
            orderBy: Json | None = None,
            states: list[str] | None = None,
            **page: Any,
        ) -> Json:
            field, down = _order(orderBy or {"field": "UPDATED_AT", "direction": "DESC"})
            things = [
                one
                for one in repository.discussions.values()
                if repository.has_discussions
                and (states is None or ("CLOSED" if one.closed_at else "OPEN") in states)
            ]
            keys: dict[str, Callable[[Discussion], Key]] = {
                "CREATED_AT": lambda one: (stamp(one.created_at), one.number),
                "UPDATED_AT": lambda one: (stamp(one.updated_at), one.number),
            }
            return connect(
                things, lambda one: self.discussion(repository, one), keys[field], down=down, **page
            )

        return discussions

    def discussion(self, repository: Repository, discussion: Discussion) -> Json:
        answer = next((one for one in discussion.comments if one.id == discussion.answer), None)
        top = [one for one in discussion.comments if one.reply_to is None]
        return {
            "__typename": "Discussion",
            "id": node("D", discussion.id),
            "databaseId": discussion.id,
            "number": discussion.number,
            "title": discussion.title,
            "body": discussion.body,
            "url": f"{HTML}/{repository.full_name}/discussions/{discussion.number}",
            "author": self.user(discussion.user),
            "category": {
                "id": node("DIC", discussion.category),
                "name": discussion.category,
                "slug": discussion.category.lower(),
                "isAnswerable": True,
            },
            "createdAt": stamp(discussion.created_at),
            "updatedAt": stamp(discussion.updated_at),
            "lastEditedAt": None,
            "closed": discussion.closed_at is not None,
            "closedAt": stamp(discussion.closed_at),
            "stateReason": discussion.reason,
            "locked": False,
            "isAnswered": answer is not None,
            "answer": answer and self.discussion_comment(repository, discussion, answer),
            "answerChosenAt": stamp(discussion.answered_at),
            "answerChosenBy": self.user(discussion.answered_by),
            "authorAssociation": "NONE",
            "upvoteCount": 1,
            "labels": self._labels(discussion.labels),
            "comments": lambda _, **page: connect(
                top,
                lambda one: self.discussion_comment(repository, discussion, one),
                _id_key,
                **page,
            ),
        }

    def discussion_comment(
        self, repository: Repository, discussion: Discussion, comment: Comment
    ) -> Json:
        html = f"{HTML}/{repository.full_name}/discussions/{discussion.number}"
        above = next((one for one in discussion.comments if one.id == comment.reply_to), None)
        replies = [one for one in discussion.comments if one.reply_to == comment.id]
        created = stamp(comment.created_at)
        url = f"{html}#discussioncomment-{comment.id}"
        return {
            **self._said("DiscussionComment", "DC", comment, url),
            "createdAt": created,
            "publishedAt": created,
            "deletedAt": None,
            "isAnswer": comment.id == discussion.answer,
            "upvoteCount": 1,
            "replyTo": above and self.discussion_comment(repository, discussion, above),
            "replies": lambda _, **page: connect(
                replies,
                lambda one: self.discussion_comment(repository, discussion, one),
                _id_key,
                **page,
            ),
        }
