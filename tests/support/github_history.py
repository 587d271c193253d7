"""A repository on GitHub with something of everything, and what should be read of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.support.github.repository import Repository
from tests.support.github.site import Site
from tests.support.github.things import Issue, User

WORDS = {"labeled": "labelled", "unlabeled": "unlabelled", "convert_to_draft": "converted_to_draft"}

TOLD = (("label", "name"), ("dismissed_review", "review_id"), ("rename", "to"))
VERBS = {
    "APPROVED": "Approved",
    "CHANGES_REQUESTED": "Asked for changes",
    "DISMISSED": "Reviewed (dismissed)",
}


def eventful_repository(site: Site, full_name: str) -> Repository:
    """Make a repository in which much has happened, over some months."""
    clock, made = site.clock, site.repository(full_name)
    ada, bob = site.user("ada"), site.user("bob")
    for number in range(130):
        clock.move(minutes=7)
        made.commit(f"Change {number}, see #{number}", user=ada if number % 2 else None)
    clock.move(days=20)
    _issues(made, site, ada, bob)
    clock.move(days=40)
    _pulls(made, site, ada, bob)
    tip = made.branches["main"]
    for number in range(5):
        clock.move(hours=9)
        made.comment_commit(tip, f"On this commit, {number}", user=bob)
        made.release(f"v{number}", author=ada)
    return made


def _issues(made: Repository, site: Site, ada: User, bob: User) -> None:
    for number in range(105):
        site.clock.move(seconds=40)
        # Some have no author any more, and many were opened in the same second.
        issue = made.open_issue(f"Issue {number}", user=bob if number % 10 else None, body="Why?")
        if number % 3 == 0:
            site.clock.move(seconds=9)
            made.comment(issue, f"See octo/cat#{number + 1}", user=ada)
            made.label(issue, "bug", by=ada)
        if number % 4 == 0:
            made.close(issue, by=ada, reason="not_planned")
        if number % 8 == 0:
            site.clock.move(minutes=3)
            made.reopen(issue, by=bob)
            site.clock.move(minutes=1)
            made.close(issue, by=ada)


def _pulls(made: Repository, site: Site, ada: User, bob: User) -> None:
    for number in range(14):
        site.clock.move(days=1)
        made.commit(f"Work {number}", user=bob, branch=f"topic-{number}")
        pull = made.open_pull(
            f"Pull {number}", user=bob, branch=f"topic-{number}", body="Closes #1", draft=True
        )
        site.clock.move(hours=1)
        made.mention(made.issues[1], source=pull, by=bob)
        made.ready(pull, by=bob)
        made.review(pull, "CHANGES_REQUESTED", user=ada, body="Why so?")
        site.clock.move(hours=1)
        made.review_comment(pull, "This line?", user=ada)
        made.review(pull, "APPROVED", user=ada)
        if number % 3 == 0:
            made.merge(pull, by=ada)
        elif number % 3 == 1:
            made.close(pull, by=bob)


def grow(made: Repository) -> None:
    """Let something happen in every list."""
    site = made.site
    ada = site.user("ada")
    site.clock.move(hours=2)
    made.commit("Later", user=ada)
    issue = made.open_issue("Later", user=ada)
    made.comment(issue, "Later too", user=ada)
    pull = next(one for one in made.issues.values() if one.pull and one.state == "open")
    made.review(pull, "APPROVED", user=ada)
    made.review_comment(pull, "And here?", user=ada)
    made.merge(pull, by=ada)
    made.comment_commit(made.branches["main"], "Well done", user=ada)
    made.release("later", author=ada)
    made.tag("later-still")


def change(made: Repository) -> None:
    """Change what was said, take back commits and a release."""
    site = made.site
    ada = site.user("ada")
    site.clock.move(hours=2)
    made.edit_comment(next(iter(made.comments.values())), "Edited")
    made.retitle(made.issues[1], "Another title", by=ada)
    made.dismiss(next(iter(made.reviews.values())), by=ada)
    main = made.commits[made.branches["main"]]
    made.push("main", made.commits[main.parents[0]].parents[0], by=ada)
    made.commit("Another way", user=ada)
    made.delete_release(next(iter(made.releases.values())))
    made.untag("v3")
    made.tag("v4", main.parents[0])


def expected(made: Repository) -> Iterator[dict[str, Any]]:
    """Give each event's kind, subject, time and title, out of the model itself."""
    name = made.full_name
    for sha in made.reachable(made.branches["main"]):
        commit = made.commits[sha]
        yield _row("github.commit", sha, commit.authored_at, commit.message)
    for issue in made.issues.values():
        yield from _of_issue(name, issue)
    yield from _transitions(made)
    yield from _said(made)
    for tag, sha in made.tags.items():
        yield _row("github.tag", tag, made.commits[sha].committed_at, tag)
    for release in made.releases.values():
        if release.published_at is not None:
            yield _row("github.release", release.tag, release.published_at, release.name)


def _transitions(made: Repository) -> Iterator[dict[str, Any]]:
    for event in made.issue_events:
        issue = made.issues[event.number]
        merged = issue.pull is not None and issue.pull.merged_at is not None
        if event.event == "merged" or (merged and event.event == "closed"):
            continue
        word = WORDS.get(event.event, event.event).replace("-", "_")
        source = event.extra.get("source")
        there = [] if source is None else [f"{source.repository.full_name}#{source.issue.number}"]
        details = [
            str(event.extra[key][name])
            for key, name in (
                ("label", "name"),
                ("dismissed_review", "review_id"),
                ("rename", "to"),
            )
            if key in event.extra
        ]
        title = " ".join([word.replace("_", " ").capitalize(), *details, *there])
        kind = f"github.{'pull_request' if issue.pull else 'issue'}.{word}"
        yield _row(kind, f"{made.full_name}#{issue.number}", event.created_at, title)


def _of_issue(name: str, issue: Issue) -> Iterator[dict[str, Any]]:
    kind, subject = "pull_request" if issue.pull else "issue", f"{name}#{issue.number}"
    yield _row(f"github.{kind}.opened", subject, issue.created_at, issue.title)
    if issue.pull and issue.pull.merged_at:
        yield _row("github.pull_request.merged", subject, issue.pull.merged_at, issue.title)


def _said(made: Repository) -> Iterator[dict[str, Any]]:
    name = made.full_name
    for kind, kept in (
        ("github.issue_comment", made.comments),
        ("github.review_comment", made.review_comments),
    ):
        for comment in kept.values():
            yield _row(kind, f"{name}#{comment.number}", comment.created_at, comment.body)
    for comment in made.commit_comments.values():
        yield _row("github.commit_comment", str(comment.sha), comment.created_at, comment.body)
    for review in made.reviews.values():
        if review.submitted_at is not None:
            title = f"{VERBS[review.state]} {made.issues[review.number].title}"
            yield _row("github.review", f"{name}#{review.number}", review.submitted_at, title)


def _row(kind: str, subject: str, occurred_at: datetime, title: str | None) -> dict[str, Any]:
    return {"kind": kind, "subject": subject, "occurred_at": occurred_at, "title": title}
