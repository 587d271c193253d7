"""The single things of a repository."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.support.github.answers import Refusal
from tests.support.github.git_refs import git_commit, git_tag
from tests.support.github.lists import find_issue, find_pull, find_sha
from tests.support.github.payloads import Payloads
from tests.support.github.payloads_people import HTML
from tests.support.github.repository import Repository

Thing = TypeVar("Thing")


def _found(things: dict[int, Thing], number: str) -> Thing:
    if int(number) not in things:
        raise Refusal(404, "Not Found")
    return things[int(number)]


def _commit(payloads: Payloads, repository: Repository, ref: str) -> Any:
    if not repository.branches:
        raise Refusal(409, "Git Repository is empty.")
    return payloads.commit_detail(repository, repository.commits[find_sha(repository, ref)])


def _branch(payloads: Payloads, repository: Repository, name: str) -> Any:
    if name not in repository.branches:
        raise Refusal(404, "Branch not found")
    url = f"{payloads.repo_url(repository)}/branches/{name}"
    html = f"{HTML}/{repository.full_name}/tree/{name}"
    return {
        **payloads.branch(repository, name),
        "commit": payloads.commit(repository, repository.commits[repository.branches[name]]),
        "_links": {"self": url, "html": html},
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }


def _repository(payloads: Payloads, repository: Repository) -> Any:
    """Give the whole of it, which lists do not."""
    return {**payloads.repository(repository), "network_count": 0, "subscribers_count": 0}


def _issue(payloads: Payloads, repository: Repository, number: str) -> Any:
    return payloads.issue(repository, find_issue(repository, number))


def _pull(payloads: Payloads, repository: Repository, number: str) -> Any:
    return payloads.pull_detail(repository, find_pull(repository, number))


def _release(payloads: Payloads, repository: Repository, number: str) -> Any:
    return payloads.release(repository, _found(repository.releases, number))


def _issue_event(payloads: Payloads, repository: Repository, number: str) -> Any:
    found = {one.id: one for one in repository.issue_events if one.event != "cross-referenced"}
    return payloads.issue_event(repository, _found(found, number), whole=True)


def _review_comment(payloads: Payloads, repository: Repository, number: str) -> Any:
    return payloads.review_comment(repository, _found(repository.review_comments, number))


def _commit_comment(payloads: Payloads, repository: Repository, number: str) -> Any:
    return payloads.commit_comment(repository, _found(repository.commit_comments, number))


def _comment(payloads: Payloads, repository: Repository, number: str) -> Any:
    return payloads.comment(repository, _found(repository.comments, number))


def _run(payloads: Payloads, repository: Repository, number: str) -> Any:
    return payloads.run(repository, _found(repository.runs, number))


SINGLES: list[tuple[str, str, Callable[..., Any]]] = [
    ("", "repository", _repository),
    (r"/branches/(.+)", "branch", _branch),
    (r"/commits/(.+)", "commit", _commit),
    (r"/issues/comments/(\d+)", "comment", _comment),
    (r"/issues/events/(\d+)", "issue_event", _issue_event),
    (r"/pulls/comments/(\d+)", "review_comment", _review_comment),
    (r"/comments/(\d+)", "commit_comment", _commit_comment),
    (r"/issues/(\d+)", "issue", _issue),
    (r"/pulls/(\d+)", "pull", _pull),
    (r"/git/commits/([0-9a-f]{40})", "git_commit", git_commit),
    (r"/git/tags/([0-9a-f]{40})", "git_tag", git_tag),
    (r"/releases/(\d+)", "release", _release),
    (r"/actions/runs/(\d+)", "run", _run),
]
"""Path behind the repository's, the name to count by, and how to read it."""
