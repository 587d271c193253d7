"""Issues and pull requests as GraphQL has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.support.github.connections import Key, connect
from tests.support.github.lists import timeline
from tests.support.github.nodes_git import GitNodes, Json, List, _id_key, _is_since, _order
from tests.support.github.payloads_people import HTML, node, stamp
from tests.support.github.repository import Repository
from tests.support.github.schema import EVENTS, item_type
from tests.support.github.things import (
    Comment,
    Commit,
    Issue,
    IssueEvent,
    Review,
    Source,
    User,
)


class IssueNodes(GitNodes):
    """Of issues."""

    def _issues(self, repository: Repository, *, pulls: bool) -> List:
        def issues(
            _: Any,
            orderBy: Json | None = None,
            states: list[str] | None = None,
            filterBy: Json | None = None,
            **page: Any,
        ) -> Json:
            field, down = _order(orderBy)
            since = (filterBy or {}).get("since")
            things = [
                one
                for one in repository.issues.values()
                if (one.pull is not None) == pulls
                and (states is None or _state(one) in states)
                and _is_since(one.updated_at, since)
            ]
            keys: dict[str, Callable[[Issue], Key]] = {
                "CREATED_AT": lambda one: (stamp(one.created_at), one.number),
                "UPDATED_AT": lambda one: (stamp(one.updated_at), one.number),
                "COMMENTS": lambda one: (one.number,),
            }
            return connect(
                things, lambda one: self.issue(repository, one), keys[field], down=down, **page
            )

        return issues

    def issue(self, repository: Repository, issue: Issue) -> Json:
        pull = issue.pull
        kind, number = ("PullRequest", pull.id) if pull else ("Issue", issue.id)
        made = {
            "__typename": kind,
            "id": node("PR" if pull else "I", number),
            "databaseId": number,
            "fullDatabaseId": str(number),
            "number": issue.number,
            "title": issue.title,
            "body": issue.body or "",
            "url": self.payloads.issue_html(repository, issue),
            "author": self.user(issue.user),
            "state": _state(issue),
            "stateReason": issue.reason.upper() if issue.reason else None,
            "locked": issue.locked,
            "createdAt": stamp(issue.created_at),
            "updatedAt": stamp(issue.updated_at),
            "closedAt": stamp(issue.closed_at),
            "closed": issue.state == "closed",
            "authorAssociation": "NONE",
            "milestone": None,
            "repository": lambda _: self.repository(repository),
            "labels": self._labels(issue.labels),
            "assignees": self._users(issue.assignees),
            "comments": self._comments(repository, issue),
            "timelineItems": self._timeline(repository, issue),
        }
        return {**made, **self._pull(repository, issue)} if pull else made

    def _pull(self, repository: Repository, issue: Issue) -> Json:
        pull = issue.pull
        assert pull is not None
        merge = repository.commits.get(pull.merge_sha or "")
        return {
            "isDraft": pull.draft,
            "merged": pull.merged_at is not None,
            "mergedAt": stamp(pull.merged_at),
            "mergedBy": self.user(pull.merged_by),
            "mergeCommit": merge and self.commit(repository, merge),
            "additions": sum(one.additions for one in pull.changes),
            "deletions": sum(one.deletions for one in pull.changes),
            "changedFiles": len(pull.changes),
            "baseRefName": pull.base_ref,
            "baseRefOid": pull.base_sha,
            "headRefName": pull.head_ref,
            "headRefOid": pull.head_sha,
            "reviewRequests": lambda _, **page: connect(
                pull.reviewers,
                lambda one: {
                    "id": node("RR", one.id),
                    "databaseId": one.id,
                    "requestedReviewer": self.user(one),
                },
                _id_key,
                **page,
            ),
            "commits": lambda _, **page: connect(
                enumerate(pull.commits),
                lambda one: self._pull_commit(repository, issue, repository.commits[one[1]]),
                lambda one: (one[0],),
                **page,
            ),
            "files": lambda _, **page: connect(
                pull.changes,
                lambda one: {
                    "path": one.path,
                    "additions": one.additions,
                    "deletions": one.deletions,
                    "changeType": {"removed": "DELETED"}.get(one.status, one.status.upper()),
                },
                lambda one: (one.path,),
                **page,
            ),
            "reviews": self._reviews(repository, issue),
        }

    def _pull_commit(self, repository: Repository, issue: Issue, commit: Commit) -> Json:
        html = self.payloads.issue_html(repository, issue)
        return {
            "__typename": "PullRequestCommit",
            "id": node("PURC", f"{issue.number}:{commit.sha}"),
            "commit": self.commit(repository, commit),
            "url": f"{html}/commits/{commit.sha}",
        }

    def _labels(self, names: list[str]) -> List:
        return lambda _, **page: connect(
            names,
            lambda name: {"id": node("LA", name), "name": name, "color": "99dd88"},
            lambda name: (name,),
            **page,
        )

    def _users(self, users: list[User]) -> List:
        return lambda _, **page: connect(users, self.user, _id_key, **page)

    def _said(self, kind: str, prefix: str, comment: Comment | Review, url: str) -> Json:
        return {
            "__typename": kind,
            "id": node(prefix, comment.id),
            "databaseId": comment.id,
            "fullDatabaseId": str(comment.id),
            "author": self.user(comment.user),
            "body": comment.body,
            "url": url,
            "updatedAt": stamp(comment.updated_at),
            "lastEditedAt": None,
            "authorAssociation": "NONE",
        }

    def comment(self, repository: Repository, comment: Comment) -> Json:
        html = self.payloads.issue_html(repository, repository.issues[comment.number])
        created = stamp(comment.created_at)
        edited = comment.updated_at != comment.created_at
        return {
            **self._said("IssueComment", "IC", comment, f"{html}#issuecomment-{comment.id}"),
            "createdAt": created,
            "publishedAt": created,
            "lastEditedAt": stamp(comment.updated_at) if edited else None,
        }

    def _comments(self, repository: Repository, issue: Issue) -> List:
        def comments(_: Any, orderBy: Json | None = None, **page: Any) -> Json:
            things = repository.said(issue.number)
            _, down = _order(orderBy)
            keys: dict[bool, Callable[[Comment], Key]] = {
                True: lambda one: (stamp(one.updated_at), one.id),
                False: lambda one: (one.id,),
            }
            return connect(
                things,
                lambda one: self.comment(repository, one),
                keys[orderBy is not None],
                down=down,
                **page,
            )

        return comments

    def review(self, repository: Repository, review: Review) -> Json:
        html = f"{HTML}/{repository.full_name}/pull/{review.number}"
        commit = repository.commits.get(review.sha)
        url = f"{html}#pullrequestreview-{review.id}"
        moment = stamp(review.submitted_at or review.updated_at)
        return {
            **self._said("PullRequestReview", "PRR", review, url),
            "state": review.state,
            "submittedAt": stamp(review.submitted_at),
            "createdAt": moment,
            "commit": commit and self.commit(repository, commit),
            "comments": lambda _, **page: connect(
                [one for one in repository.said_of_lines(review.number) if one.review == review.id],
                lambda one: self.review_comment(repository, one),
                _id_key,
                **page,
            ),
        }

    def _reviews(self, repository: Repository, issue: Issue) -> List:
        return lambda _, **page: connect(
            repository.judged(issue.number),
            lambda one: self.review(repository, one),
            _id_key,
            **page,
        )

    def review_comment(self, repository: Repository, comment: Comment) -> Json:
        html = f"{HTML}/{repository.full_name}/pull/{comment.number}#discussion_r{comment.id}"
        above = repository.review_comments.get(comment.reply_to or 0)
        commit = repository.commits.get(comment.sha)
        return {
            **self._said("PullRequestReviewComment", "PRRC", comment, html),
            "createdAt": stamp(comment.created_at),
            "path": comment.path,
            "line": comment.line,
            "originalCommit": commit and self.commit(repository, commit),
            "replyTo": above and self.review_comment(repository, above),
        }

    def _timeline(self, repository: Repository, issue: Issue) -> List:
        def items(
            _: Any,
            since: str | None = None,
            itemTypes: list[str] | None = None,
            **page: Any,
        ) -> Json:
            things = [
                (place, made)
                for place, thing in enumerate(timeline(repository, issue))
                if _is_since(_moment(thing), since)
                and (made := self._item(repository, issue, thing)) is not None
                and (itemTypes is None or item_type(made["__typename"]) in itemTypes)
            ]
            return connect(things, lambda one: one[1], lambda one: (one[0],), **page)

        return items

    def _item(self, repository: Repository, issue: Issue, thing: Any) -> Json | None:
        match thing:
            case Comment():
                return self.comment(repository, thing)
            case Review():
                return self.review(repository, thing)
            case Commit():
                return self._pull_commit(repository, issue, thing)
            case IssueEvent() if thing.event in EVENTS:
                return self._event(repository, issue, thing)
            case _:
                return None

    def _event(self, repository: Repository, issue: Issue, event: IssueEvent) -> Json:
        extra = event.extra
        commit = repository.commits.get(event.commit or "")
        shown = commit and self.commit(repository, commit)
        label = extra.get("label", {})
        rename = extra.get("rename", {})
        dismissed = extra.get("dismissed_review", {})
        review = repository.reviews.get(dismissed.get("review_id", 0))
        reason = extra.get("state_reason")
        return {
            "__typename": EVENTS[event.event][0],
            "id": node("EV", event.id),
            "databaseId": event.id,
            "actor": self.user(event.actor),
            "createdAt": stamp(event.created_at),
            "label": {"id": node("LA", label.get("name", "")), **label},
            "assignee": self.user(extra.get("assignee")),
            "stateReason": reason.upper() if reason else None,
            "closer": shown,
            "commit": shown,
            "mergeRefName": issue.pull.base_ref if issue.pull else "",
            "previousTitle": rename.get("from"),
            "currentTitle": rename.get("to"),
            "lockReason": extra.get("lock_reason"),
            "milestoneTitle": extra.get("milestone", {}).get("title"),
            **self._ends(repository, issue, event),
            "referencedAt": stamp(event.created_at),
            "fromRepository": None,
            "discussion": None,
            "requestedReviewer": self.user(extra.get("requested_reviewer")),
            "dismissalMessage": dismissed.get("dismissal_message"),
            "previousReviewState": dismissed.get("state", "").upper(),
            "review": review and self.review(repository, review),
            "beforeCommit": None,
            "afterCommit": shown,
            "headRefName": issue.pull.head_ref if issue.pull else "",
        }

    def _ends(self, repository: Repository, issue: Issue, event: IssueEvent) -> Json:
        """Give what an event leads from and to."""
        source, other = event.extra.get("source"), event.other
        if isinstance(source, Source):
            return {
                "source": self.issue(source.repository, source.issue),
                "isCrossRepository": source.repository is not repository,
                "willCloseTarget": source.repository is repository
                and source.issue.pull is not None
                and str(issue.number) in _CLOSES.findall(source.issue.body or ""),
            }
        ends = {"isCrossRepository": False}
        if other is None:
            return ends
        here, there = self.issue(repository, issue), self.issue(repository, other)
        return {**ends, "source": here, "subject": there, "duplicate": here, "canonical": there}


_CLOSES = re.compile(r"(?i)\b(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?):? #(\d+)\b")


def _state(issue: Issue) -> str:
    if issue.pull is not None and issue.pull.merged_at is not None:
        return "MERGED"
    return issue.state.upper()


def _moment(thing: Any) -> datetime:
    match thing:
        case Commit():
            return thing.committed_at
        case Review():
            return thing.submitted_at or thing.updated_at
        case _:
            moment: datetime = thing.created_at
            return moment
