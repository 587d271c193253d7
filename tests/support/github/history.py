"""The git side of a repository, and what all sides share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.support.github.things import (
    Activity,
    Annotation,
    Change,
    Comment,
    Commit,
    Discussion,
    Issue,
    IssueEvent,
    Release,
    Review,
    Run,
    Star,
    User,
)

if TYPE_CHECKING:
    from tests.support.github.site import Site


class History:
    """Every deed takes ``at``, the moment it happens; by default the site's now."""

    def __init__(self, site: Site, *, owner: User, name: str, private: bool) -> None:
        self.site = site
        self.owner = owner
        self.name = name
        self.private = private
        self.id = site.new_id()
        self.created_at = self.updated_at = self.pushed_at = site.moment()
        self.default_branch = "main"
        self.archived = self.fork = self.blocked = False
        self.has_issues = self.has_discussions = self.has_actions = True
        self.issues: dict[int, Issue] = {}
        self.issue_events: list[IssueEvent] = []
        self.comments: dict[int, Comment] = {}
        self.reviews: dict[int, Review] = {}
        self.review_comments: dict[int, Comment] = {}
        self.commit_comments: dict[int, Comment] = {}
        self.commits: dict[str, Commit] = {}
        self.branches: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.annotated: dict[str, Annotation] = {}
        self.releases: dict[int, Release] = {}
        self.stars: list[Star] = []
        self.discussions: dict[int, Discussion] = {}
        self.runs: dict[int, Run] = {}
        self.feed: list[Activity] = []
        self.gone: dict[int, str] = {}
        """Numbers of issues that were deleted, or the path to where they went."""
        self._number = 0
        self._groups: dict[str, tuple[int, dict[int, list[Any]]]] = {}

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def marks(self) -> tuple[object, ...]:
        """Tell states of the repository apart, also those that no deed led to."""
        flags = (self.private, self.archived, self.fork, self.blocked)
        has = (self.has_issues, self.has_discussions, self.has_actions)
        site = (self.site.version, self.site.short_comparisons)
        return (*site, self.full_name, self.default_branch, *flags, *has)

    def said(self, number: int) -> list[Comment]:
        """Give the comments on an issue or pull request."""
        return self._group("comments", self.comments.values()).get(number, [])

    def said_of_lines(self, number: int) -> list[Comment]:
        """Give the review comments on a pull request."""
        return self._group("review_comments", self.review_comments.values()).get(number, [])

    def judged(self, number: int) -> list[Review]:
        """Give the reviews of a pull request."""
        return self._group("reviews", self.reviews.values()).get(number, [])

    def done(self, number: int) -> list[IssueEvent]:
        """Give the events of an issue or pull request."""
        return self._group("issue_events", self.issue_events).get(number, [])

    def _group(self, name: str, things: Iterable[Any]) -> dict[int, list[Any]]:
        """Sort things by the number they belong to, once after each change."""
        version, groups = self._groups.get(name, (-1, {}))
        if version != self.site.version:
            groups = {}
            for one in things:
                groups.setdefault(one.number, []).append(one)
            self._groups[name] = self.site.version, groups
        return groups

    # Git

    def commit(
        self,
        message: str,
        *,
        user: User | None = None,
        at: datetime | None = None,
        authored_at: datetime | None = None,
        branch: str | None = None,
        parents: tuple[str, ...] | None = None,
        changes: tuple[Change, ...] = (),
    ) -> Commit:
        """Add a commit on top of ``branch`` and push it."""
        moment = self.site.moment(at)
        name = branch or self.default_branch
        tip = self.branches.get(name, self.branches.get(self.default_branch))
        above = parents if parents is not None else ((tip,) if tip else ())
        content = f"{self.id} {len(self.commits)} {message} {above} {moment}"
        made = Commit(
            sha=hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest(),
            message=message,
            author=user,
            name=(user.name or user.login) if user else "Somebody",
            email=(user.email or f"{user.login}@example.org") if user else "somebody@example.org",
            authored_at=authored_at or moment,
            committed_at=moment,
            parents=above,
            changes=changes or (Change(path="file"),),
        )
        self.commits[made.sha] = made
        self.push(name, made.sha, by=user, at=at)
        return made

    def push(
        self, branch: str, sha: str, *, by: User | None = None, at: datetime | None = None
    ) -> None:
        """Put a branch elsewhere, by force or not."""
        before = self.branches.get(branch, "0" * 40)
        self.branches[branch] = sha
        self.pushed_at = self.site.moment(at)
        payload = {
            "repository_id": self.id,
            "push_id": self.site.new_id(),
            "ref": f"refs/heads/{branch}",
            "head": sha,
            "before": before,
        }
        self._tell("PushEvent", by, self.pushed_at, payload)
        for issue in self.issues.values():
            pull = issue.pull
            if pull is not None and pull.head_ref == branch and issue.state == "open":
                pull.head_sha = sha
                pull.commits = self.between(sha, pull.base_sha)
                pull.changes = self.changed(pull.commits)
                issue.updated_at = self.pushed_at

    def delete_branch(self, name: str) -> None:
        self.pushed_at = self.site.moment()
        del self.branches[name]

    def tag(self, name: str, sha: str | None = None) -> None:
        self.pushed_at = self.site.moment()
        self.tags[name] = sha or self.branches[self.default_branch]
        self.annotated.pop(name, None)

    def annotate(
        self,
        name: str,
        message: str,
        *,
        by: User,
        sha: str | None = None,
        at: datetime | None = None,
    ) -> Annotation:
        """Make a tag that is an object of its own."""
        moment = self.site.moment(at)
        self.pushed_at = moment
        commit = sha or self.branches[self.default_branch]
        made = Annotation(
            sha=hashlib.sha256(f"{commit} {name} {message} {moment}".encode()).hexdigest()[:40],
            commit=commit,
            message=message,
            name=by.name or by.login,
            email=f"{by.login}@example.org",
            tagged_at=moment,
        )
        self.tags[name], self.annotated[name] = commit, made
        return made

    def untag(self, name: str) -> None:
        self.site.moment()
        del self.tags[name]
        self.annotated.pop(name, None)

    def reachable(self, sha: str) -> set[str]:
        """Give the commits that are seen from one, itself included."""
        found: set[str] = set()
        todo = [sha]
        while todo:
            one = todo.pop()
            if one in self.commits and one not in found:
                found.add(one)
                todo.extend(self.commits[one].parents)
        return found

    def between(self, head: str, base: str) -> list[str]:
        """Give the commits of ``head`` that ``base`` does not have, oldest first."""
        line, sha = [], head
        while sha != base and len(parents := self.commits[sha].parents) == 1:
            line.append(sha)
            sha = parents[0]
        if sha == base:
            return line[::-1]
        new = self.reachable(head) - self.reachable(base)
        return [sha for sha in self.commits if sha in new]

    def changed(self, shas: Iterable[str]) -> list[Change]:
        """Put together what some commits change: each file once, by its path."""
        found: dict[str, Change] = {}
        for one in (change for sha in shas for change in self.commits[sha].changes):
            known = found.setdefault(one.path, replace(one, additions=0, deletions=0))
            known.additions += one.additions
            known.deletions += one.deletions
        return [found[path] for path in sorted(found)]

    def _tell(
        self, kind: str, actor: User | None, moment: datetime, payload: dict[str, Any]
    ) -> None:
        entry = Activity(
            id=self.site.new_id(), type=kind, actor=actor, created_at=moment, payload=payload
        )
        self.feed.append(entry)
