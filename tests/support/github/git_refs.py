"""Git's own objects, as far as tags need them."""

from typing import Any

from tests.support.github.answers import Asked, Refusal
from tests.support.github.paging import Listing
from tests.support.github.payloads import Payloads
from tests.support.github.payloads_people import HTML, node, stamp
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
    url = f"{payloads.repo_url(repository)}/git"
    html = f"{HTML}/{repository.full_name}/commit"
    unsigned = dict.fromkeys(("signature", "payload", "verified_at"))
    return {
        "sha": sha,
        "node_id": node("C", sha),
        "url": f"{url}/commits/{sha}",
        "html_url": f"{html}/{sha}",
        "author": {**who, "date": stamp(commit.authored_at)},
        "committer": {**who, "date": stamp(commit.committed_at)},
        "message": commit.message,
        "tree": {"sha": sha, "url": f"{url}/trees/{sha}"},
        "parents": [
            {"sha": parent, "url": f"{url}/commits/{parent}", "html_url": f"{html}/{parent}"}
            for parent in commit.parents
        ],
        "verification": {"verified": False, "reason": "unsigned", **unsigned},
    }


def git_tag(payloads: Payloads, repository: Repository, sha: str) -> Any:
    """Give a tag that is an object of its own."""
    found = ((name, one) for name, one in repository.annotated.items() if one.sha == sha)
    name, tag = next(found, ("", None))
    if tag is None:
        raise Refusal(404, "Not Found")
    url = f"{payloads.repo_url(repository)}/git"
    unsigned = dict.fromkeys(("signature", "payload", "verified_at"))
    return {
        "node_id": node("TA", sha),
        "sha": sha,
        "url": f"{url}/tags/{sha}",
        "tagger": {"name": tag.name, "email": tag.email, "date": stamp(tag.tagged_at)},
        "object": {"sha": tag.commit, "type": "commit", "url": f"{url}/commits/{tag.commit}"},
        "tag": name,
        "message": tag.message,
        "verification": {"verified": False, "reason": "unsigned", **unsigned},
    }


def _ref(payloads: Payloads, repository: Repository, name: str) -> Any:
    tag = repository.annotated.get(name)
    sha, kind = (repository.tags[name], "commit") if tag is None else (tag.sha, "tag")
    url = f"{payloads.repo_url(repository)}/git"
    return {
        "ref": f"refs/tags/{name}",
        "node_id": node("REF", f"{repository.id}:{name}"),
        "url": f"{url}/refs/tags/{name}",
        "object": {"sha": sha, "type": kind, "url": f"{url}/{kind}s/{sha}"},
    }
