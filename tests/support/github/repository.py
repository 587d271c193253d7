"""One repository: what people do in it, each deed with the times and traces GitHub gives it."""

from __future__ import annotations

from datetime import datetime

from tests.support.github.talk import Talk
from tests.support.github.things import (
    Comment,
    Discussion,
    Issue,
    Job,
    Release,
    Run,
    Star,
    User,
)


class Repository(Talk):
    """Takes ``at`` with every deed, the moment it happens; by default the site's now."""

    def release(
        self,
        tag: str,
        *,
        author: User | None,
        name: str | None = None,
        body: str | None = None,
        draft: bool = False,
        at: datetime | None = None,
    ) -> Release:
        moment = self.site.moment(at)
        made = Release(
            id=self.site.new_id(),
            tag=tag,
            name=name or tag,
            body=body,
            author=author,
            created_at=moment,
            published_at=None if draft else moment,
            updated_at=moment,
            draft=draft,
        )
        self.releases[made.id] = made
        if not draft and tag not in self.tags and self.branches:
            self.tag(tag)
        self._tell("ReleaseEvent", author, moment, {"action": "published"})
        return made

    def edit_release(self, release: Release, body: str, *, at: datetime | None = None) -> None:
        release.body, release.updated_at = body, self.site.moment(at)

    def delete_release(self, release: Release) -> None:
        self.site.moment()
        del self.releases[release.id]

    def star(self, user: User, *, at: datetime | None = None) -> None:
        self.stars.append(Star(user=user, starred_at=self.site.moment(at)))
        self._tell("WatchEvent", user, self.stars[-1].starred_at, {"action": "started"})

    def unstar(self, user: User) -> None:
        self.site.moment()
        self.stars[:] = [one for one in self.stars if one.user is not user]

    def discuss(
        self,
        title: str,
        *,
        user: User | None,
        body: str = "",
        category: str = "General",
        at: datetime | None = None,
    ) -> Discussion:
        moment = self.site.moment(at)
        self._number += 1
        made = Discussion(
            id=self.site.new_id(),
            number=self._number,
            title=title,
            body=body,
            user=user,
            category=category,
            created_at=moment,
            updated_at=moment,
        )
        self.discussions[made.number] = made
        return made

    def say(
        self,
        discussion: Discussion,
        body: str,
        *,
        user: User | None,
        reply_to: Comment | None = None,
        at: datetime | None = None,
    ) -> Comment:
        """Comment on a discussion; a reply does not update it."""
        moment = self.site.moment(at)
        above = None if reply_to is None else reply_to.id
        made = self._comment(body, user, moment, number=discussion.number, reply_to=above)
        discussion.comments.append(made)
        if reply_to is None:
            discussion.updated_at = max(moment, discussion.updated_at)
        return made

    def answer(
        self, discussion: Discussion, comment: Comment, *, by: User, at: datetime | None = None
    ) -> None:
        discussion.updated_at = discussion.answered_at = self.site.moment(at)
        discussion.answer, discussion.answered_by = comment.id, by

    def close_discussion(
        self, discussion: Discussion, *, reason: str = "RESOLVED", at: datetime | None = None
    ) -> None:
        discussion.updated_at = discussion.closed_at = self.site.moment(at)
        discussion.reason = reason

    def start_run(
        self,
        name: str = "Build",
        *,
        actor: User | None,
        sha: str | None = None,
        event: str = "push",
        at: datetime | None = None,
    ) -> Run:
        moment = self.site.moment(at)
        commit = sha or self.branches.get(self.default_branch, "0" * 40)
        made = Run(
            id=self.site.new_id(),
            name=name,
            number=len(self.runs) + 1,
            event=event,
            actor=actor,
            branch=self.default_branch,
            sha=commit,
            title=self.commits[commit].message if commit in self.commits else name,
            status="in_progress",
            conclusion=None,
            created_at=moment,
            updated_at=moment,
            started_at=moment,
        )
        self.runs[made.id] = made
        self._start_job(made, moment)
        return made

    def _start_job(self, run: Run, moment: datetime) -> None:
        run.jobs.append(
            Job(
                id=self.site.new_id(),
                name="test",
                attempt=run.attempt,
                status="in_progress",
                conclusion=None,
                created_at=moment,
                started_at=moment,
            )
        )

    def end_run(self, run: Run, conclusion: str = "success", *, at: datetime | None = None) -> None:
        run.status, run.conclusion, run.updated_at = "completed", conclusion, self.site.moment(at)
        for job in run.jobs:
            if job.completed_at is None:
                job.status, job.conclusion = "completed", conclusion
                job.completed_at = run.updated_at

    def rerun(self, run: Run, *, at: datetime | None = None) -> None:
        """Start it again: the next attempt of the same run."""
        moment = self.site.moment(at)
        run.attempt += 1
        run.status, run.conclusion = "in_progress", None
        run.started_at = run.updated_at = moment
        self._start_job(run, moment)

    def convert(self, issue: Issue, *, by: User) -> Discussion:
        """Make a discussion of it."""
        made = self.discuss(issue.title, body=issue.body or "", user=issue.user)
        self.note(issue, "converted_to_discussion", by)
        self.close(issue, by=by, reason="not_planned")
        return made

    def transfer(self, issue: Issue, to: Repository, *, by: User) -> Issue:
        """Move it to another repository, where it has another number and id."""
        moment = self.site.moment()
        made = to._open(issue.title, issue.user, issue.body, issue.created_at)
        made.updated_at = moment
        for comment in self.said(issue.number):
            comment.number = made.number
            to.comments[comment.id] = self.comments.pop(comment.id)
        to.note(made, "transferred", by)
        self.delete_issue(issue)
        self.gone[issue.number] = f"/repositories/{to.id}/issues/{made.number}"
        return made
