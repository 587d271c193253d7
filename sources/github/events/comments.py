"""What was said: comments on issues, on changes, on commits, and reviews."""

from typing import Final

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo, moment, revision
from sources.github.events.people import account, is_bot

_VERBS: Final = {
    "approved": "Approved",
    "changes_requested": "Asked for changes",
    "commented": "Commented on",
    "dismissed": "Reviewed (dismissed)",
}


def number_of(url: str) -> int:
    """Read the number at the end of an address.

    >>> number_of("https://api.github.com/repos/o/r/issues/42")
    42
    """
    return int(url.rstrip("/").rsplit("/", 1)[1])


def issue_comment(repo: Repo, comment: Payload) -> EpisodicEvent:
    """Make the event of a comment on an issue or pull request."""
    subject = repo.subject(number_of(comment["issue_url"]))
    return _comment(repo, "github.issue_comment", comment, subject=subject, session_id=subject)


def review_comment(repo: Repo, comment: Payload) -> EpisodicEvent:
    """Make the event of a comment on a line of a pull request."""
    links = comment.get("_links") or {}  # of which old ones have nothing else
    url = comment.get("pull_request_url") or links["pull_request"]["href"]
    subject = repo.subject(number_of(url))
    sha = comment.get("original_commit_id") or comment.get("commit_id")
    return _comment(
        repo,
        "github.review_comment",
        comment,
        subject=subject,
        session_id=subject,
        commit=sha,
        review=comment.get("pull_request_review_id"),
        in_reply_to=comment.get("in_reply_to_id"),
    )


def commit_comment(repo: Repo, comment: Payload) -> EpisodicEvent:
    """Make the event of a comment on a commit."""
    sha = str(comment["commit_id"])
    return _comment(
        repo,
        "github.commit_comment",
        comment,
        subject=sha,
        session_id=f"{repo.name}@{sha}",
        commit=sha,
    )


def review(repo: Repo, pull: Payload, given: Payload) -> EpisodicEvent | None:
    """Make the event of a review; ``None``: it is not handed in yet.

    Args:
        repo: where.
        pull: the pull request, or the issue that it is listed as.
        given: the review.
    """
    submitted = given.get("submitted_at")
    if not submitted:
        return None
    state = str(given["state"]).lower()
    subject = repo.subject(int(pull["number"]))
    sha = given.get("commit_id")
    return repo.build(
        "github.review",
        (given["id"],),
        moment(submitted),
        account(given.get("user")),
        title=f"{_VERBS.get(state, state)} {pull.get('title') or subject}",
        session_id=subject,
        subject=subject,
        body=given.get("body") or None,
        url=given.get("html_url"),
        outcome=state,
        refs=tuple(
            dict.fromkeys([*([f"git:{sha}"] if sha else []), *repo.links(given.get("body")).refs])
        ),
        attributes={
            "review_id": given["id"],
            "author_association": given.get("author_association"),
            "bot": is_bot(given.get("user")) or None,
        },
    )


def _comment(
    repo: Repo,
    kind: str,
    comment: Payload,
    *,
    subject: str,
    session_id: str,
    commit: str | None = None,
    **attributes: object,
) -> EpisodicEvent:
    links = repo.links(comment.get("body"))
    refs = [*([f"git:{commit}"] if commit else []), *links.refs]
    return repo.build(
        kind,
        (comment["id"],),
        moment(comment["created_at"]),
        account(comment.get("user")),
        title=comment.get("body"),
        session_id=session_id,
        subject=subject,
        body=comment.get("body"),
        url=comment.get("html_url"),
        refs=tuple(dict.fromkeys(refs)),
        revised_at=revision(comment),
        attributes={
            **attributes,
            "comment_id": comment["id"],
            "path": comment.get("path"),
            "line": comment.get("original_line") or comment.get("line"),
            "author_association": comment.get("author_association"),
            "bot": is_bot(comment.get("user")) or None,
        },
    )
