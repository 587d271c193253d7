"""Accounts and repositories as the REST interface tells of them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.support.github.repository import Repository
from tests.support.github.things import Comment, User

HTML = "https://github.com"

Json = dict[str, Any]


def stamp(moment: datetime | None) -> str | None:
    """Give a time as GitHub writes it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def node(kind: str, number: int | str) -> str:
    """Give the id that both interfaces have of a thing."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


class PeoplePayloads:
    """Makes them.

    Args:
        api: the URL that the interface is reached by.
    """

    def __init__(self, api: str) -> None:
        self.api = api
        self._made: dict[int, tuple[tuple[object, ...], Json]] = {}

    def repo_url(self, repository: Repository) -> str:
        return f"{self.api}/repos/{repository.full_name}"

    def user(self, user: User | None) -> Json | None:
        """Give the short form; ``None`` is an account that was deleted."""
        if user is None:
            return None
        url = f"{self.api}/users/{user.login}"
        lists = ("followers", "subscriptions", "orgs", "repos", "received_events")
        named = {"orgs": "organizations"}
        return {
            "login": user.login,
            "id": user.id,
            "node_id": node("U", user.id),
            "avatar_url": f"https://avatars.githubusercontent.com/u/{user.id}?v=4",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{HTML}/{user.login}",
            **{f"{named.get(name, name)}_url": f"{url}/{name}" for name in lists},
            "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}",
            "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "events_url": f"{url}/events{{/privacy}}",
            "type": user.kind,
            "site_admin": False,
        }

    def account(self, user: User) -> Json:
        """Give the long form."""
        start = "2011-01-25T18:44:36Z"
        nothing = ("company", "location", "email", "hireable", "bio", "twitter_username")
        counts = ("public_repos", "public_gists", "followers", "following")
        return {
            **(self.user(user) or {}),
            "name": user.name,
            "blog": "",
            **dict.fromkeys(nothing),
            **dict.fromkeys(counts, 0),
            "created_at": start,
            "updated_at": start,
        }

    def organisation(self, user: User) -> Json:
        """Give what only the long form of an organisation has."""
        url = f"{self.api}/orgs/{user.login}"
        lists = ("hooks", "issues", "members", "public_members")
        texts = ("name", "company", "location", "email", "description", "avatar_url")
        return {
            **{f"{name}_url": f"{url}/{name}" for name in lists},
            **dict.fromkeys(texts, ""),
            "url": url,
            "has_organization_projects": True,
            "has_repository_projects": True,
            "archived_at": None,
        }

    def users(self, users: Iterable[User]) -> list[Json | None]:
        return [self.user(one) for one in users]

    def repository(self, repository: Repository) -> Json:
        """Give the whole of it; lists repeat it with each thing, so it is made once a version."""
        marks, made = self._made.get(repository.id, ((), {}))
        if marks != repository.marks:
            made = self._repository(repository)
            self._made[repository.id] = repository.marks, made
        return made

    def _repository(self, repository: Repository) -> Json:
        url = self.repo_url(repository)
        html = f"{HTML}/{repository.full_name}"
        lists = [
            "contributors",
            "deployments",
            "downloads",
            "events",
            "forks",
            "hooks",
            "languages",
            "merges",
            "stargazers",
            "subscribers",
            "subscription",
            "tags",
            "teams",
        ]
        templates = {
            "archive_url": "{archive_format}{/ref}",
            "assignees_url": "assignees{/user}",
            "blobs_url": "git/blobs{/sha}",
            "branches_url": "branches{/branch}",
            "collaborators_url": "collaborators{/collaborator}",
            "comments_url": "comments{/number}",
            "commits_url": "commits{/sha}",
            "compare_url": "compare/{base}...{head}",
            "contents_url": "contents/{+path}",
            "git_commits_url": "git/commits{/sha}",
            "git_refs_url": "git/refs{/sha}",
            "git_tags_url": "git/tags{/sha}",
            "issue_comment_url": "issues/comments{/number}",
            "issue_events_url": "issues/events{/number}",
            "issues_url": "issues{/number}",
            "keys_url": "keys{/key_id}",
            "labels_url": "labels{/name}",
            "milestones_url": "milestones{/number}",
            "notifications_url": "notifications{?since,all,participating}",
            "pulls_url": "pulls{/number}",
            "releases_url": "releases{/id}",
            "statuses_url": "statuses/{sha}",
            "trees_url": "git/trees{/sha}",
        }
        open_issues = sum(one.state == "open" for one in repository.issues.values())
        stars = len(repository.stars)
        return {
            "id": repository.id,
            "node_id": node("R", repository.id),
            "name": repository.name,
            "full_name": repository.full_name,
            "owner": self.user(repository.owner),
            "private": repository.private,
            "html_url": html,
            "description": None,
            "fork": repository.fork,
            "url": url,
            **{f"{name}_url": f"{url}/{name}" for name in lists},
            **{name: f"{url}/{tail}" for name, tail in templates.items()},
            "git_url": f"git://github.com/{repository.full_name}.git",
            "ssh_url": f"git@github.com:{repository.full_name}.git",
            "clone_url": f"{html}.git",
            "svn_url": html,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "forks_count": 0,
            "forks": 0,
            "stargazers_count": stars,
            "watchers_count": stars,
            "watchers": stars,
            "size": len(repository.commits),
            "default_branch": repository.default_branch,
            "open_issues_count": open_issues,
            "open_issues": open_issues,
            "is_template": False,
            "topics": [],
            "has_issues": repository.has_issues,
            "has_projects": True,
            "has_wiki": True,
            "has_pages": False,
            "has_downloads": True,
            "has_discussions": repository.has_discussions,
            "archived": repository.archived,
            "disabled": repository.blocked,
            "visibility": "private" if repository.private else "public",
            "pushed_at": stamp(repository.pushed_at),
            "created_at": stamp(repository.created_at),
            "updated_at": stamp(repository.updated_at),
            "permissions": {"admin": False, "push": False, "pull": True},
            "web_commit_signoff_required": False,
            "allow_forking": True,
        }

    def _said(self, kind: str, comment: Comment) -> Json:
        return {
            "id": comment.id,
            "node_id": node(kind, comment.id),
            "user": self.user(comment.user),
            "body": comment.body,
            "created_at": stamp(comment.created_at),
            "updated_at": stamp(comment.updated_at),
            "author_association": "NONE",
            "reactions": self._reactions(),
        }

    def _reactions(self) -> Json:
        names = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
        return {"url": f"{self.api}/reactions", "total_count": 0, **dict.fromkeys(names, 0)}
