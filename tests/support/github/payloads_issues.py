"""Issues, pull requests and what is said there, as the REST interface tells of them."""

from __future__ import annotations

from typing import Any

from tests.support.github.payloads_git import GitPayloads
from tests.support.github.payloads_people import HTML, Json, node, stamp
from tests.support.github.repository import Repository
from tests.support.github.things import (
    Comment,
    Commit,
    Issue,
    IssueEvent,
    Review,
    Source,
    User,
)


class IssuePayloads(GitPayloads):
    """Of issues."""

    def label(self, repository: Repository, name: str) -> Json:
        return {
            "id": sum(name.encode()),
            "node_id": node("LA", name),
            "url": f"{self.repo_url(repository)}/labels/{name}",
            "name": name,
            "description": None,
            "color": "99dd88",
            "default": False,
        }

    def issue_html(self, repository: Repository, issue: Issue) -> str:
        kind = "pull" if issue.pull else "issues"
        return f"{HTML}/{repository.full_name}/{kind}/{issue.number}"

    def _common(self, repository: Repository, issue: Issue) -> Json:
        return {
            "html_url": self.issue_html(repository, issue),
            "number": issue.number,
            "state": issue.state,
            "locked": issue.locked,
            "title": issue.title,
            "user": self.user(issue.user),
            "body": issue.body,
            "labels": [self.label(repository, name) for name in issue.labels],
            "milestone": None if issue.milestone is None else {"title": issue.milestone},
            "active_lock_reason": None,
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "closed_at": stamp(issue.closed_at),
            "assignee": self.user(issue.assignees[0]) if issue.assignees else None,
            "assignees": self.users(issue.assignees),
            "author_association": "NONE",
        }

    def issue(self, repository: Repository, issue: Issue) -> Json:
        url = f"{self.repo_url(repository)}/issues/{issue.number}"
        pull = issue.pull
        html = self.issue_html(repository, issue)
        made = {
            **self._common(repository, issue),
            "id": issue.id,
            "node_id": node("PR" if pull else "I", pull.id if pull else issue.id),
            "url": url,
            "repository_url": self.repo_url(repository),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "timeline_url": f"{url}/timeline",
            "comments": len(repository.said(issue.number)),
            "closed_by": self.user(issue.closed_by),
            "state_reason": issue.reason,
            "pinned_comment": None,
            "performed_via_github_app": None,
            "reactions": self._reactions(),
        }
        if pull is not None:
            made["draft"] = pull.draft
            made["pull_request"] = {
                "url": f"{self.repo_url(repository)}/pulls/{issue.number}",
                "html_url": html,
                "diff_url": f"{html}.diff",
                "patch_url": f"{html}.patch",
                "merged_at": stamp(pull.merged_at),
            }
        return made

    def pull(self, repository: Repository, issue: Issue) -> Json:
        pull = issue.pull
        assert pull is not None
        api = self.repo_url(repository)
        url = f"{api}/pulls/{issue.number}"
        html = self.issue_html(repository, issue)
        links = {
            "self": url,
            "html": html,
            "issue": f"{api}/issues/{issue.number}",
            "comments": f"{api}/issues/{issue.number}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{api}/pulls/comments{{/number}}",
            "commits": f"{url}/commits",
            "statuses": f"{api}/statuses/{pull.head_sha}",
        }
        named = ("issue", "comments", "review_comments", "review_comment", "commits", "statuses")
        return {
            **self._common(repository, issue),
            "id": pull.id,
            "node_id": node("PR", pull.id),
            "url": url,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            **{f"{name}_url": links[name] for name in named},
            "merged_at": stamp(pull.merged_at),
            "merge_commit_sha": pull.merge_sha,
            "requested_reviewers": self.users(pull.reviewers),
            "requested_teams": [],
            "head": self._side(repository, pull.head_ref, pull.head_sha),
            "base": self._side(repository, pull.base_ref, pull.base_sha),
            "_links": {name: {"href": link} for name, link in links.items()},
            "auto_merge": None,
            "draft": pull.draft,
        }

    def _side(self, repository: Repository, ref: str, sha: str) -> Json:
        return {
            "label": f"{repository.owner.login}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(repository.owner),
            "repo": self.repository(repository),
        }

    def pull_detail(self, repository: Repository, issue: Issue) -> Json:
        pull = issue.pull
        assert pull is not None
        number = issue.number
        return {
            **self.pull(repository, issue),
            "merged": pull.merged_at is not None,
            "mergeable": None,
            "rebaseable": None,
            "mergeable_state": "unknown",
            "merged_by": self.user(pull.merged_by),
            "comments": len(repository.said(number)),
            "review_comments": len(repository.said_of_lines(number)),
            "maintainer_can_modify": False,
            "commits": len(pull.commits),
            "additions": sum(one.additions for one in pull.changes),
            "deletions": sum(one.deletions for one in pull.changes),
            "changed_files": len(pull.changes),
        }

    def comment(self, repository: Repository, comment: Comment) -> Json:
        issue = repository.issues[comment.number]
        api = self.repo_url(repository)
        return {
            **self._said("IC", comment),
            "url": f"{api}/issues/comments/{comment.id}",
            "html_url": f"{self.issue_html(repository, issue)}#issuecomment-{comment.id}",
            "issue_url": f"{api}/issues/{comment.number}",
            "minimized": None,
            "performed_via_github_app": None,
        }

    def review(self, repository: Repository, review: Review) -> Json:
        html = f"{HTML}/{repository.full_name}/pull/{review.number}"
        url = f"{self.repo_url(repository)}/pulls/{review.number}"
        link = f"{html}#pullrequestreview-{review.id}"
        return {
            "id": review.id,
            "node_id": node("PRR", review.id),
            "user": self.user(review.user),
            "body": review.body,
            "state": review.state,
            "html_url": link,
            "pull_request_url": url,
            "author_association": "NONE",
            "_links": {"html": {"href": link}, "pull_request": {"href": url}},
            "submitted_at": stamp(review.submitted_at),
            "commit_id": review.sha,
        }

    def review_comment(self, repository: Repository, comment: Comment) -> Json:
        api = self.repo_url(repository)
        url = f"{api}/pulls/comments/{comment.id}"
        html = f"{HTML}/{repository.full_name}/pull/{comment.number}#discussion_r{comment.id}"
        pull = f"{api}/pulls/{comment.number}"
        links = {"self": url, "html": html, "pull_request": pull}
        reply = {} if comment.reply_to is None else {"in_reply_to_id": comment.reply_to}
        return {
            **self._said("PRRC", comment),
            "url": url,
            "pull_request_review_id": comment.review,
            "diff_hunk": "@@ -1 +1 @@",
            "path": comment.path,
            "position": 1,
            "original_position": 1,
            "commit_id": comment.sha,
            "original_commit_id": comment.sha,
            "html_url": html,
            "pull_request_url": pull,
            "_links": {name: {"href": link} for name, link in links.items()},
            "start_line": None,
            "original_start_line": None,
            "start_side": None,
            "line": comment.line,
            "original_line": comment.line,
            "side": "RIGHT",
            "subject_type": "line",
            **reply,
        }

    def issue_event(
        self, repository: Repository, event: IssueEvent, *, whole: bool = False
    ) -> Json:
        """Give an event; ``whole``: with its issue, as the list of a repository has it."""
        api = self.repo_url(repository)
        commit = event.commit
        extra = {name: self._extra(value) for name, value in event.extra.items()}
        issue = {"issue": self.issue(repository, repository.issues[event.number])} if whole else {}
        # Whom an assignment is about is its actor to REST.
        about = event.extra.get("assigner") and event.extra["assignee"]
        return {
            "id": event.id,
            "node_id": node("EV", event.id),
            "url": f"{api}/issues/events/{event.id}",
            "actor": self.user(about or event.actor),
            "event": event.event,
            "commit_id": commit,
            "commit_url": None if commit is None else f"{api}/commits/{commit}",
            "created_at": stamp(event.created_at),
            "performed_via_github_app": None,
            **extra,
            **issue,
        }

    def _extra(self, value: Any) -> Any:
        match value:
            case User():
                return self.user(value)
            case Source():
                where = {"repository": self.repository(value.repository)}
                issue = {**self.issue(value.repository, value.issue), **where}
                return {"type": "issue", "issue": issue}
            case _:
                return value

    def timeline_event(self, repository: Repository, event: IssueEvent) -> Json:
        made = self.issue_event(repository, event)
        if event.event == "cross-referenced":  # has neither id nor commit
            kept = ("actor", "event", "created_at", "source")
            return {**{name: made[name] for name in kept}, "updated_at": made["created_at"]}
        return made

    def timeline_comment(self, repository: Repository, comment: Comment) -> Json:
        made = self.comment(repository, comment)
        return {**made, "event": "commented", "actor": made["user"]}

    def timeline_review(self, repository: Repository, review: Review) -> Json:
        made = self.review(repository, review)
        return {**made, "event": "reviewed", "state": review.state.lower()}

    def timeline_commit(self, repository: Repository, commit: Commit) -> Json:
        made = self.commit(repository, commit)
        kept = ("author", "committer", "message", "tree", "verification", "url")
        return {
            **{name: made["commit"][name] for name in kept},
            "sha": commit.sha,
            "node_id": made["node_id"],
            "html_url": made["html_url"],
            "parents": made["parents"],
            "event": "committed",
        }
