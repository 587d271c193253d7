"""Commits, branches and tags as the REST interface tells of them."""

from __future__ import annotations

from tests.support.github.payloads_people import HTML, Json, PeoplePayloads, node, stamp
from tests.support.github.repository import Repository
from tests.support.github.things import (
    Change,
    Comment,
    Commit,
)


class GitPayloads(PeoplePayloads):
    """Of git."""

    def commit(self, repository: Repository, commit: Commit) -> Json:
        url = f"{self.repo_url(repository)}/commits/{commit.sha}"
        html = f"{HTML}/{repository.full_name}/commit/{commit.sha}"
        git = f"{self.repo_url(repository)}/git"
        who = {"name": commit.name, "email": commit.email}
        verification = dict.fromkeys(("signature", "payload", "verified_at"))
        return {
            "url": url,
            "sha": commit.sha,
            "node_id": node("C", commit.sha),
            "html_url": html,
            "comments_url": f"{url}/comments",
            "commit": {
                "url": f"{git}/commits/{commit.sha}",
                "author": {**who, "date": stamp(commit.authored_at)},
                "committer": {**who, "date": stamp(commit.committed_at)},
                "message": commit.message,
                "tree": {"url": f"{git}/trees/{commit.sha}", "sha": commit.sha},
                "comment_count": sum(
                    one.sha == commit.sha for one in repository.commit_comments.values()
                ),
                "verification": {"verified": False, "reason": "unsigned", **verification},
            },
            "author": self.user(commit.author),
            "committer": self.user(commit.author),
            "parents": [
                {
                    "url": f"{self.repo_url(repository)}/commits/{sha}",
                    "html_url": f"{HTML}/{repository.full_name}/commit/{sha}",
                    "sha": sha,
                }
                for sha in commit.parents
            ],
        }

    def commit_detail(self, repository: Repository, commit: Commit) -> Json:
        added = sum(one.additions for one in commit.changes)
        deleted = sum(one.deletions for one in commit.changes)
        return {
            **self.commit(repository, commit),
            "stats": {"additions": added, "deletions": deleted, "total": added + deleted},
            "files": [self.change(repository, one, commit.sha) for one in commit.changes],
        }

    def change(self, repository: Repository, change: Change, sha: str) -> Json:
        html = f"{HTML}/{repository.full_name}"
        url = f"{self.repo_url(repository)}/contents/{change.path}?ref={sha}"
        return {
            "sha": sha,
            "filename": change.path,
            "status": change.status,
            "additions": change.additions,
            "deletions": change.deletions,
            "changes": change.additions + change.deletions,
            "blob_url": f"{html}/blob/{sha}/{change.path}",
            "raw_url": f"{html}/raw/{sha}/{change.path}",
            "contents_url": url,
            "patch": "@@ -1 +1 @@",
            **({"previous_filename": change.previous} if change.previous else {}),
        }

    def branch(self, repository: Repository, name: str) -> Json:
        sha = repository.branches[name]
        url = f"{self.repo_url(repository)}/commits/{sha}"
        return {"name": name, "commit": {"sha": sha, "url": url}, "protected": False}

    def tag(self, repository: Repository, name: str) -> Json:
        sha = repository.tags[name]
        url = self.repo_url(repository)
        return {
            "name": name,
            "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
            "zipball_url": f"{url}/zipball/refs/tags/{name}",
            "tarball_url": f"{url}/tarball/refs/tags/{name}",
            "node_id": node("REF", f"{repository.id}:{name}"),
        }

    def commit_comment(self, repository: Repository, comment: Comment) -> Json:
        html = f"{HTML}/{repository.full_name}/commit/{comment.sha}#commitcomment-{comment.id}"
        return {
            **self._said("CC", comment),
            "url": f"{self.repo_url(repository)}/comments/{comment.id}",
            "html_url": html,
            "path": comment.path or None,
            "position": None,
            "line": None,
            "commit_id": comment.sha,
        }
