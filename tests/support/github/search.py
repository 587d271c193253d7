"""The search for issues and pull requests, as far as it counts what changed."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from tests.support.github.answers import Asked, Refusal
from tests.support.github.paging import Listing
from tests.support.github.payloads import Payloads
from tests.support.github.repository import Repository

_FOUND = 1_000
"""Results that pages lead to."""


def search_issues(
    payloads: Payloads, repositories: Mapping[str, Repository], asked: Asked
) -> Listing:
    """Find by ``repo:``, ``is:``, ``updated:>=`` and ``created:<=``.

    Args:
        payloads: render what is found.
        repositories: those that may be seen, by name in small letters.
        asked: the request.

    Raises:
        Refusal: no kind, or no such repository.
    """
    words = dict(word.partition(":")[::2] for word in asked.query.get("q", "").split())
    kind, repository = words.get("is"), repositories.get(words.get("repo", "").lower())
    if kind not in {"issue", "pr"}:
        raise Refusal(422, "Query must include 'is:issue' or 'is:pull-request'")
    if repository is None:
        raise Refusal(422, "The listed users and repositories cannot be searched")
    since = datetime.fromisoformat(words.get("updated", ">=1970-01-01T00:00:00Z")[2:])
    until = datetime.fromisoformat(words.get("created", "<=9999-01-01T00:00:00Z")[2:])
    things = [
        one
        for one in repository.issues.values()
        if (one.pull is None) == (kind == "issue")
        and one.updated_at >= since
        and one.created_at <= until
    ]
    render = partial(payloads.issue, repository)
    return Listing(things=things, render=render, path="/search/issues", wrap="items", cap=_FOUND)
