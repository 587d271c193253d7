"""What the REST interface says of things, field by field as GitHub documents it."""

from __future__ import annotations

from tests.support.github.payloads_issues import IssuePayloads
from tests.support.github.payloads_people import HTML, Json, node, stamp
from tests.support.github.repository import Repository
from tests.support.github.things import (
    Activity,
    Job,
    Release,
    Run,
    Star,
)


class Payloads(IssuePayloads):
    """Of all."""

    def release(self, repository: Repository, release: Release) -> Json:
        api = self.repo_url(repository)
        url = f"{api}/releases/{release.id}"
        return {
            "url": url,
            "html_url": f"{HTML}/{repository.full_name}/releases/tag/{release.tag}",
            "assets_url": f"{url}/assets",
            "upload_url": f"{url}/assets{{?name,label}}",
            "tarball_url": f"{api}/tarball/{release.tag}",
            "zipball_url": f"{api}/zipball/{release.tag}",
            "id": release.id,
            "node_id": node("RE", release.id),
            "tag_name": release.tag,
            "target_commitish": release.target,
            "name": release.name,
            "body": release.body,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "immutable": False,
            "created_at": stamp(release.created_at),
            "published_at": stamp(release.published_at),
            "updated_at": stamp(release.updated_at),
            "author": self.user(release.author),
            "assets": [],
        }

    def star(self, star: Star, *, timed: bool) -> Json | None:
        user = self.user(star.user)
        return {"starred_at": stamp(star.starred_at), "user": user} if timed else user

    def run(self, repository: Repository, run: Run) -> Json:
        url = f"{self.repo_url(repository)}/actions/runs/{run.id}"
        lists = ("jobs", "logs", "artifacts", "cancel", "rerun")
        commit = repository.commits.get(run.sha)
        who = {"name": commit.name, "email": commit.email} if commit else {}
        head = (
            None
            if commit is None
            else {
                "id": commit.sha,
                "tree_id": commit.sha,
                "message": commit.message,
                "timestamp": stamp(commit.committed_at),
                "author": who,
                "committer": who,
            }
        )
        short = self.repository(repository)
        return {
            "id": run.id,
            "name": run.name,
            "node_id": node("WFR", run.id),
            "check_suite_id": run.id,
            "check_suite_node_id": node("CS", run.id),
            "head_branch": run.branch,
            "head_sha": run.sha,
            "path": ".github/workflows/build.yml",
            "run_number": run.number,
            "event": run.event,
            "display_title": run.title,
            "status": run.status,
            "conclusion": run.conclusion,
            "workflow_id": 1,
            "url": url,
            "html_url": f"{HTML}/{repository.full_name}/actions/runs/{run.id}",
            "pull_requests": [],
            "created_at": stamp(run.created_at),
            "updated_at": stamp(run.updated_at),
            "actor": self.user(run.actor),
            "run_attempt": run.attempt,
            "run_started_at": stamp(run.started_at),
            "triggering_actor": self.user(run.actor),
            **{f"{name}_url": f"{url}/{name}" for name in lists},
            "check_suite_url": f"{self.repo_url(repository)}/check-suites/{run.id}",
            "previous_attempt_url": None,
            "workflow_url": f"{self.repo_url(repository)}/actions/workflows/1",
            "head_commit": head,
            "repository": short,
            "head_repository": short,
        }

    def job(self, repository: Repository, run: Run, job: Job) -> Json:
        api = self.repo_url(repository)
        return {
            "id": job.id,
            "run_id": run.id,
            "run_url": f"{api}/actions/runs/{run.id}",
            "run_attempt": job.attempt,
            "node_id": node("CR", job.id),
            "head_sha": run.sha,
            "head_branch": run.branch,
            "url": f"{api}/actions/jobs/{job.id}",
            "html_url": f"{HTML}/{repository.full_name}/actions/runs/{run.id}/job/{job.id}",
            "status": job.status,
            "conclusion": job.conclusion,
            "created_at": stamp(job.created_at),
            "started_at": stamp(job.started_at),
            "completed_at": stamp(job.completed_at),
            "name": job.name,
            "steps": [],
            "check_run_url": f"{api}/check-runs/{job.id}",
            "labels": ["ubuntu-latest"],
            "runner_id": 1,
            "runner_name": "runner",
            "runner_group_id": 1,
            "runner_group_name": "runners",
            "workflow_name": run.name,
        }

    def activity(self, repository: Repository, entry: Activity) -> Json:
        actor = entry.actor
        number, login = (10137, "ghost") if actor is None else (actor.id, actor.login)
        short = {
            "id": number,
            "login": login,
            "display_login": login,
            "gravatar_id": "",
            "url": f"{self.api}/users/{login}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?",
        }
        url = self.repo_url(repository)
        return {
            "id": str(entry.id),
            "type": entry.type,
            "actor": short,
            "repo": {"id": repository.id, "name": repository.full_name, "url": url},
            "payload": entry.payload,
            "public": not repository.private,
            "created_at": stamp(entry.created_at),
        }
