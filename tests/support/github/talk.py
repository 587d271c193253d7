"""What people say of issues, pull requests and commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.support.github.things import (
    Comment,
    Issue,
    Review,
    User,
)
from tests.support.github.tracker import Tracker, _pull


class Talk(Tracker):
    """Of comments."""

    def _comment(self, body: str, user: User | None, moment: datetime, **what: Any) -> Comment:
        return Comment(
            id=self.site.new_id(),
            body=body,
            user=user,
            created_at=moment,
            updated_at=moment,
            **what,
        )

    def comment(
        self, issue: Issue, body: str, *, user: User | None, at: datetime | None = None
    ) -> Comment:
        moment = self.site.moment(at)
        made = self._comment(body, user, moment, number=issue.number)
        self.comments[made.id] = made
        issue.updated_at = max(moment, issue.updated_at)
        self._tell("IssueCommentEvent", user, moment, {"action": "created"})
        return made

    def edit_comment(self, comment: Comment, body: str, *, at: datetime | None = None) -> None:
        """Change what was said, wherever it was."""
        comment.body, comment.updated_at = body, self.site.moment(at)

    def delete_comment(self, comment: Comment) -> None:
        self.site.moment()
        for kept in (self.comments, self.review_comments, self.commit_comments):
            kept.pop(comment.id, None)

    def review(
        self,
        issue: Issue,
        state: str,
        *,
        user: User | None,
        body: str = "",
        at: datetime | None = None,
    ) -> Review:
        """Judge a pull request: ``APPROVED``, ``CHANGES_REQUESTED`` or ``COMMENTED``."""
        moment = self.site.moment(at)
        made = Review(
            id=self.site.new_id(),
            number=issue.number,
            user=user,
            state=state,
            body=body,
            submitted_at=moment,
            updated_at=moment,
            sha=_pull(issue).head_sha,
        )
        self.reviews[made.id] = made
        issue.updated_at = max(moment, issue.updated_at)
        return made

    def dismiss(self, review: Review, *, by: User, at: datetime | None = None) -> None:
        state, review.state = review.state, "DISMISSED"
        issue = self.issues[review.number]
        dismissed = {"review_id": review.id, "state": state.lower(), "dismissal_message": "Old"}
        self.note(issue, "review_dismissed", by, at=at, dismissed_review=dismissed)
        review.updated_at = issue.updated_at

    def ask_review(self, issue: Issue, user: User, *, by: User, at: datetime | None = None) -> None:
        _pull(issue).reviewers.append(user)
        self.note(
            issue, "review_requested", by, at=at, requested_reviewer=user, review_requester=by
        )

    def review_comment(
        self,
        issue: Issue,
        body: str,
        *,
        user: User | None,
        review: Review | None = None,
        reply_to: Comment | None = None,
        path: str = "file",
        at: datetime | None = None,
    ) -> Comment:
        """Say something of a line in a pull request."""
        moment = self.site.moment(at)
        made = self._comment(
            body,
            user,
            moment,
            number=issue.number,
            sha=_pull(issue).head_sha,
            path=path,
            review=None if review is None else review.id,
            reply_to=None if reply_to is None else reply_to.id,
        )
        self.review_comments[made.id] = made
        issue.updated_at = max(moment, issue.updated_at)
        return made

    def comment_commit(
        self, sha: str, body: str, *, user: User | None, at: datetime | None = None
    ) -> Comment:
        moment = self.site.moment(at)
        made = self._comment(body, user, moment, sha=sha)
        self.commit_comments[made.id] = made
        return made
