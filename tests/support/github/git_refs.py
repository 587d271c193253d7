"""Git's own objects, as far as tags need them."""

from typing import Any

from tests.support.github.answers import Asked, Refusal
from tests.support.github.paging import Listing
from tests.support.github.payloads import Payloads
from tests.support.github.payloads_people import stamp
from tests.support.github.repository import Repository


def matching_tags(payloads: Payloads, repository: Repository, _: Asked, path: str) -> Listing:
    """List them by name."""
    names = sorted(repository.tags)
    return Listing(things=names, render=lambda name: _ref(payloads, repository, name), path=path)


def git_commit(payloads: Payloads, repository: Repository, sha: str) -> Any:
    """Give a commit without what GitHub knows of it."""
    if sha not in repository.commits:
        raise Refusal(404, "Not Found")
    commit = repository.commits[sha]
    who = {"name": commit.name, "email": commit.email}
    return {
        "sha": sha,
        "url": f"{payloads.repo_url(repository)}/git/commits/{sha}",
        "author": {**who, "date": stamp(commit.authored_at)},
        "committer": {**who, "date": stamp(commit.committed_at)},
        "message": commit.message,
        "tree": {"sha": sha},
        "parents": [{"sha": parent} for parent in commit.parents],
    }


def _ref(payloads: Payloads, repository: Repository, name: str) -> Any:
    sha = repository.tags[name]
    url = f"{payloads.repo_url(repository)}/git"
    return {
        "ref": f"refs/tags/{name}",
        "url": f"{url}/refs/tags/{name}",
        "object": {"sha": sha, "type": "commit", "url": f"{url}/commits/{sha}"},
    }
