"""Issues and pull requests: what people do with them, and the traces that leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.support.github.history import History
from tests.support.github.things import (
    Commit,
    Issue,
    IssueEvent,
    Pull,
    Source,
    User,
)


class Tracker(History):
    """Of issues."""

    def open_issue(
        self,
        title: str,
        *,
        user: User | None,
        body: str | None = None,
        at: datetime | None = None,
    ) -> Issue:
        made = self._open(title, user, body, self.site.moment(at))
        self._tell("IssuesEvent", user, made.created_at, {"action": "opened"})
        return made

    def open_pull(
        self,
        title: str,
        *,
        user: User | None,
        branch: str,
        body: str | None = None,
        draft: bool = False,
        at: datetime | None = None,
    ) -> Issue:
        """Ask for a branch to be merged into the default one."""
        made = self._open(title, user, body, self.site.moment(at))
        base = self.branches[self.default_branch]
        head = self.branches[branch]
        made.pull = Pull(
            id=self.site.new_id(),
            head_ref=branch,
            head_sha=head,
            base_ref=self.default_branch,
            base_sha=base,
            draft=draft,
            commits=self.between(head, base),
            changes=self.changed(self.between(head, base)),
        )
        self._tell("PullRequestEvent", user, made.created_at, {"action": "opened"})
        return made

    def _open(self, title: str, user: User | None, body: str | None, moment: datetime) -> Issue:
        self._number += 1
        made = Issue(
            id=self.site.new_id(),
            number=self._number,
            title=title,
            body=body,
            user=user,
            created_at=moment,
            updated_at=moment,
        )
        self.issues[made.number] = made
        return made

    def note(
        self,
        issue: Issue,
        event: str,
        by: User | None,
        *,
        at: datetime | None = None,
        commit: str | None = None,
        other: Issue | None = None,
        **extra: Any,
    ) -> IssueEvent:
        """Put an event into the history of an issue, which it updates."""
        moment = self.site.moment(at)
        made = IssueEvent(
            id=self.site.new_id(),
            number=issue.number,
            event=event,
            actor=by,
            created_at=moment,
            commit=commit,
            extra=extra,
            other=other,
        )
        self.issue_events.append(made)
        issue.updated_at = max(moment, issue.updated_at)
        return made

    def close(
        self,
        issue: Issue,
        *,
        by: User | None,
        at: datetime | None = None,
        reason: str = "completed",
        commit: str | None = None,
    ) -> None:
        told = None if issue.pull else reason
        noted = self.note(
            issue,
            "closed",
            by,
            at=at,
            commit=commit,
            state_reason=None if told == "completed" else told,  # REST does not name that one
        )
        issue.state, issue.reason = "closed", told
        issue.closed_at, issue.closed_by = noted.created_at, by

    def reopen(self, issue: Issue, *, by: User | None, at: datetime | None = None) -> None:
        self.note(issue, "reopened", by, at=at)
        issue.state, issue.reason = "open", None if issue.pull else "reopened"
        issue.closed_at = issue.closed_by = None

    def merge(self, issue: Issue, *, by: User, at: datetime | None = None) -> Commit:
        pull = _pull(issue)
        tip = self.branches[self.default_branch]
        merge = self.commit(
            f"Merge pull request #{issue.number} from {self.owner.login}/{pull.head_ref}",
            user=by,
            at=at,
            parents=(tip, pull.head_sha),
            changes=tuple(pull.changes),
        )
        noted = self.note(issue, "merged", by, at=at, commit=merge.sha)
        pull.merged_at, pull.merged_by, pull.merge_sha = noted.created_at, by, merge.sha
        self.close(issue, by=by, at=at)
        return merge

    def ready(self, issue: Issue, *, by: User, at: datetime | None = None) -> None:
        _pull(issue).draft = False
        self.note(issue, "ready_for_review", by, at=at)

    def draft(self, issue: Issue, *, by: User, at: datetime | None = None) -> None:
        _pull(issue).draft = True
        self.note(issue, "convert_to_draft", by, at=at)

    def label(self, issue: Issue, name: str, *, by: User, at: datetime | None = None) -> None:
        issue.labels.append(name)
        self.note(issue, "labeled", by, at=at, label={"name": name, "color": "99dd88"})

    def unlabel(self, issue: Issue, name: str, *, by: User, at: datetime | None = None) -> None:
        issue.labels.remove(name)
        self.note(issue, "unlabeled", by, at=at, label={"name": name, "color": "99dd88"})

    def assign(self, issue: Issue, user: User, *, by: User, at: datetime | None = None) -> None:
        issue.assignees.append(user)
        self.note(issue, "assigned", by, at=at, assignee=user, assigner=by)

    def unassign(self, issue: Issue, user: User, *, by: User, at: datetime | None = None) -> None:
        issue.assignees.remove(user)
        self.note(issue, "unassigned", by, at=at, assignee=user, assigner=by)

    def retitle(self, issue: Issue, title: str, *, by: User, at: datetime | None = None) -> None:
        rename = {"from": issue.title, "to": title}
        issue.title = title
        self.note(issue, "renamed", by, at=at, rename=rename)

    def edit(self, issue: Issue, body: str, *, at: datetime | None = None) -> None:
        """Change the text; that leaves no event."""
        issue.body, issue.updated_at = body, self.site.moment(at)

    def lock(self, issue: Issue, *, by: User, at: datetime | None = None) -> None:
        issue.locked = True
        self.note(issue, "locked", by, at=at, lock_reason=None)

    def mention(
        self,
        issue: Issue,
        *,
        source: Issue,
        by: User | None,
        at: datetime | None = None,
        where: Tracker | None = None,
    ) -> None:
        """Have another issue, of this or another repository, speak of this one."""
        given = Source(repository=where or self, issue=source)
        self.note(issue, "cross-referenced", by, at=at, source=given)

    def connect(
        self, issue: Issue, other: Issue, *, by: User | None, at: datetime | None = None
    ) -> None:
        """Link an issue and a pull request by hand."""
        self.note(issue, "connected", by, at=at, other=other)
        self.note(other, "connected", by, at=at, other=issue)

    def disconnect(
        self, issue: Issue, other: Issue, *, by: User | None, at: datetime | None = None
    ) -> None:
        self.note(issue, "disconnected", by, at=at, other=other)
        self.note(other, "disconnected", by, at=at, other=issue)

    def mark_duplicate(
        self, issue: Issue, of: Issue, *, by: User | None, at: datetime | None = None
    ) -> None:
        self.note(issue, "marked_as_duplicate", by, at=at, other=of)

    def delete_issue(self, issue: Issue) -> None:
        """Take it away, with all that was said there."""
        self.site.moment()
        del self.issues[issue.number]
        self.gone[issue.number] = ""
        for kept in (self.comments, self.reviews, self.review_comments):
            for gone in [one.id for one in kept.values() if one.number == issue.number]:
                del kept[gone]
        self.issue_events[:] = [
            one
            for one in self.issue_events
            if one.number != issue.number
            and one.other is not issue
            and getattr(one.extra.get("source"), "issue", None) is not issue
        ]


def _pull(issue: Issue) -> Pull:
    assert issue.pull is not None, f"#{issue.number} is no pull request"
    return issue.pull
