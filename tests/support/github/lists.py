"""The lists of a repository: what is in them, in which order, and how much GitHub gives of it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from tests.support.github.answers import Asked, Refusal
from tests.support.github.git_refs import matching_tags
from tests.support.github.paging import Listing, ordered, since
from tests.support.github.payloads import Payloads
from tests.support.github.payloads_people import HTML
from tests.support.github.repository import Repository
from tests.support.github.things import Comment, Commit, Issue, Review, Run

RUNS = 1000
"""Runs that a filtered list gives."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


def _issues(payloads: Payloads, repository: Repository, asked: Asked, path: str) -> Listing:
    if not repository.has_issues:
        raise Refusal(410, "Issues has been disabled in this repository.")
    start = since(asked)
    things = [one for one in repository.issues.values() if _has_state(one, asked)]
    if start is not None:
        # A quirk: from the epoch on there is nothing.
        things = [one for one in things if one.updated_at >= start > _EPOCH]
    if labels := asked.query.get("labels"):
        things = [one for one in things if set(labels.split(",")) <= set(one.labels)]
    fields: dict[str, Callable[[Issue], Any]] = {
        "created": lambda one: (one.created_at, one.number),
        "updated": lambda one: (one.updated_at, one.number),
        "comments": lambda one: (one.number,),
    }
    things = ordered(things, asked, fields)
    return Listing(things=things, render=partial(payloads.issue, repository), path=path)


def _pulls(payloads: Payloads, repository: Repository, asked: Asked, path: str) -> Listing:
    things = [one for one in repository.issues.values() if one.pull and _has_state(one, asked)]
    fields: dict[str, Callable[[Issue], Any]] = {
        "created": lambda one: (one.created_at, one.number),
        "updated": lambda one: (one.updated_at, one.number),
    }
    sort = asked.query.get("sort", "created")
    if "direction" not in asked.query and sort != "created":
        things = sorted(things, key=fields[sort])
    else:
        things = ordered(things, asked, fields)
    return Listing(things=things, render=partial(payloads.pull, repository), path=path)


def _has_state(issue: Issue, asked: Asked) -> bool:
    state = asked.query.get("state", "open")
    if state not in {"open", "closed", "all"}:
        raise Refusal(422, f"Validation Failed: state {state}")
    return state in {"all", issue.state}


def _said(
    things: Iterable[Comment], asked: Asked, render: Callable[[Comment], Any], path: str
) -> Listing:
    """List comments: without ``sort`` by id, whatever the direction."""
    start = since(asked)
    found = [one for one in things if start is None or one.updated_at >= start]
    if "sort" in asked.query:
        fields: dict[str, Callable[[Comment], Any]] = {
            "created": lambda one: (one.created_at, one.id),
            "updated": lambda one: (one.updated_at, one.id),
        }
        found = ordered(found, asked, fields)
    else:
        found.sort(key=lambda one: one.id)
    return Listing(things=found, render=render, path=path)


def _comments(payloads: Payloads, repository: Repository, asked: Asked, path: str) -> Listing:
    render = partial(payloads.comment, repository)
    return _said(repository.comments.values(), asked, render, path)


def _issue_comments(
    payloads: Payloads, repository: Repository, asked: Asked, path: str, number: str
) -> Listing:
    issue = find_issue(repository, number)
    things = repository.said(issue.number)
    return _said(things, asked, partial(payloads.comment, repository), path)


def _review_comments(
    payloads: Payloads, repository: Repository, asked: Asked, path: str
) -> Listing:
    render = partial(payloads.review_comment, repository)
    return _said(repository.review_comments.values(), asked, render, path)


def _pull_comments(
    payloads: Payloads, repository: Repository, asked: Asked, path: str, number: str
) -> Listing:
    issue = find_pull(repository, number)
    things = repository.said_of_lines(issue.number)
    return _said(things, asked, partial(payloads.review_comment, repository), path)


def _commit_comments(
    payloads: Payloads, repository: Repository, _: Asked, path: str, sha: str = ""
) -> Listing:
    things = [one for one in repository.commit_comments.values() if sha in {"", one.sha}]
    return Listing(things=things, render=partial(payloads.commit_comment, repository), path=path)


def _reviews(
    payloads: Payloads, repository: Repository, _: Asked, path: str, number: str
) -> Listing:
    issue = find_pull(repository, number)
    things = repository.judged(issue.number)
    return Listing(things=things, render=partial(payloads.review, repository), path=path)


def _pull_commits(
    payloads: Payloads, repository: Repository, _: Asked, path: str, number: str
) -> Listing:
    pull = find_pull(repository, number).pull
    things = [repository.commits[sha] for sha in pull.commits] if pull else []
    render = partial(payloads.commit, repository)
    return Listing(things=things, render=render, path=path, cap=250)


def _pull_files(
    payloads: Payloads, repository: Repository, _: Asked, path: str, number: str
) -> Listing:
    pull = find_pull(repository, number).pull
    assert pull is not None

    def render(change: Any) -> Any:
        return payloads.change(repository, change, pull.head_sha)

    return Listing(things=pull.changes, render=render, path=path, cap=3000)


def _repository_events(payloads: Payloads, repository: Repository, _: Asked, path: str) -> Listing:
    things = sorted(repository.issue_events, key=lambda one: (one.created_at, one.id), reverse=True)
    shown = [one for one in things if one.event != "cross-referenced"]
    render = partial(payloads.issue_event, repository, whole=True)
    return Listing(things=shown, render=render, path=path)


def _issue_events(
    payloads: Payloads, repository: Repository, _: Asked, path: str, number: str
) -> Listing:
    issue = find_issue(repository, number)
    things = [one for one in repository.done(issue.number) if one.event != "cross-referenced"]
    render = partial(payloads.issue_event, repository)
    return Listing(things=things, render=render, path=path, deep=False)


def _timeline(
    payloads: Payloads, repository: Repository, _: Asked, path: str, number: str
) -> Listing:
    issue = find_issue(repository, number)
    return Listing(
        things=timeline(repository, issue),
        render=partial(_render_moment, payloads, repository),
        path=path,
        deep=False,
    )


def timeline(repository: Repository, issue: Issue) -> list[Any]:
    """Give all that happened with an issue, in order."""
    commits = [repository.commits[sha] for sha in issue.pull.commits] if issue.pull else []
    things: list[tuple[datetime, int, Any]] = [(one.committed_at, 0, one) for one in commits]
    number = issue.number
    things.extend((one.created_at, one.id, one) for one in repository.said(number))
    things.extend((one.created_at, one.id, one) for one in repository.done(number))
    things.extend(
        (one.submitted_at, one.id, one)
        for one in repository.judged(number)
        if one.submitted_at is not None
    )
    return [thing for _, _, thing in sorted(things, key=lambda one: one[:2])]


def _render_moment(payloads: Payloads, repository: Repository, thing: Any) -> Any:
    match thing:
        case Comment():
            return payloads.timeline_comment(repository, thing)
        case Review():
            return payloads.timeline_review(repository, thing)
        case Commit():
            return payloads.timeline_commit(repository, thing)
        case _:
            return payloads.timeline_event(repository, thing)


def _commits(payloads: Payloads, repository: Repository, asked: Asked, path: str) -> Listing:
    if not repository.branches:
        raise Refusal(409, "Git Repository is empty.")
    tip = find_sha(repository, asked.query.get("sha") or repository.default_branch)
    start, end = since(asked), since(asked, "until")
    order = {sha: place for place, sha in enumerate(repository.commits)}
    things = [
        commit
        for commit in (repository.commits[sha] for sha in repository.reachable(tip))
        if (start is None or commit.committed_at >= start)
        and (end is None or commit.committed_at <= end)
        and _touches(commit, asked)
    ]
    things.sort(key=lambda one: (one.committed_at, order[one.sha]), reverse=True)
    render = partial(payloads.commit, repository)
    return Listing(things=things, render=render, path=path, deep=False)


def _touches(commit: Commit, asked: Asked) -> bool:
    path = asked.query.get("path", "")
    return not path or any(change.path.startswith(path) for change in commit.changes)


def find_sha(repository: Repository, ref: str) -> str:
    """Read what names a commit."""
    name = ref.removeprefix("heads/").removeprefix("tags/")
    for known in (repository.branches, repository.tags):
        if name in known:
            return known[name]
    if ref in repository.commits:
        return ref
    raise Refusal(404, f"No commit found for SHA: {ref}")


def _compare(
    payloads: Payloads, repository: Repository, _: Asked, path: str, base: str, head: str
) -> Listing:
    """Say what lies between two commits, ``behind`` where it was rewritten."""
    first, last = find_sha(repository, base), find_sha(repository, head)
    ahead, behind = repository.between(last, first), repository.between(first, last)
    names = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    html = f"{HTML}/{repository.full_name}/compare/{base}...{head}"
    shared = repository.reachable(first) & repository.reachable(last)
    common = next((sha for sha in reversed(repository.commits) if sha in shared), first)
    return Listing(
        things=[repository.commits[sha] for sha in ahead],
        render=partial(payloads.commit, repository),
        path=path,
        wrap="commits",
        cap=250 if repository.site.short_comparisons else None,
        deep=False,
        more={
            "url": f"{payloads.repo_url(repository)}/compare/{base}...{head}",
            "html_url": html,
            "permalink_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "base_commit": payloads.commit(repository, repository.commits[first]),
            "merge_base_commit": payloads.commit(repository, repository.commits[common]),
            "status": names.get((bool(ahead), bool(behind)), "diverged"),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "files": [],
        },
    )


def _branches(payloads: Payloads, repository: Repository, _: Asked, path: str) -> Listing:
    names = sorted(repository.branches)
    return Listing(things=names, render=partial(payloads.branch, repository), path=path)


def _tags(payloads: Payloads, repository: Repository, _: Asked, path: str) -> Listing:
    names = sorted(repository.tags, reverse=True)
    return Listing(things=names, render=partial(payloads.tag, repository), path=path)


def _releases(payloads: Payloads, repository: Repository, asked: Asked, path: str) -> Listing:
    seen = [one for one in repository.releases.values() if not one.draft or _may_push(asked)]
    things = sorted(seen, key=lambda one: (one.created_at, one.id), reverse=True)
    render = partial(payloads.release, repository)
    return Listing(things=things, render=render, path=path, cap=10_000)


def _may_push(asked: Asked) -> bool:
    return asked.token is not None and "push" in (asked.token.scopes or ())


def _stars(payloads: Payloads, repository: Repository, asked: Asked, path: str) -> Listing:
    timed = "star+json" in asked.headers.get("accept", "")
    things = sorted(repository.stars, key=lambda one: one.starred_at)
    return Listing(things=things, render=partial(payloads.star, timed=timed), path=path)


def _runs(payloads: Payloads, repository: Repository, asked: Asked, path: str) -> Listing:
    things: Sequence[Run] = sorted(
        (run for run in repository.runs.values() if _is_asked(run, asked)),
        key=lambda one: (one.created_at, one.id),
        reverse=True,
    )
    filters = {"actor", "branch", "check_suite_id", "created", "event", "head_sha", "status"}
    return Listing(
        things=things,
        render=partial(payloads.run, repository),
        path=path,
        wrap="workflow_runs",
        cap=RUNS if filters & set(asked.query) else None,
        deep=False,
    )


def _is_asked(run: Run, asked: Asked) -> bool:
    query = asked.query
    checks = {
        "branch": run.branch,
        "event": run.event,
        "head_sha": run.sha,
        "actor": run.actor.login if run.actor else "",
    }
    if any(name in query and query[name] != value for name, value in checks.items()):
        return False
    if "status" in query and query["status"] not in {run.status, run.conclusion}:
        return False
    return _in_span(run.created_at, query.get("created", "*"))


def _in_span(moment: datetime, text: str) -> bool:
    """Read ``A..B``, ``>=A``, ``<=B``, ``>A``, ``<B`` or a day, each end a day or a moment."""
    if ".." in text:
        first, _, last = text.partition("..")
        return (first == "*" or moment >= _end(first)) and (
            last == "*" or moment <= _end(last, closing=True)
        )
    for sign, holds in _SIGNS.items():
        if text.startswith(sign):
            return holds(moment, _end(text.removeprefix(sign)))
    return text == "*" or fnmatchcase(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{text}*")


_SIGNS: dict[str, Callable[[datetime, datetime], bool]] = {
    ">=": lambda moment, end: moment >= end,
    "<=": lambda moment, end: moment <= end,
    ">": lambda moment, end: moment > end,
    "<": lambda moment, end: moment < end,
}


def _end(text: str, *, closing: bool = False) -> datetime:
    if "T" not in text:
        text += "T23:59:59Z" if closing else "T00:00:00Z"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(422, "Invalid value for created") from None


def _jobs(
    payloads: Payloads, repository: Repository, asked: Asked, path: str, number: str
) -> Listing:
    run = repository.runs.get(int(number))
    if run is None:
        raise Refusal(404, "Not Found")
    every = asked.query.get("filter") == "all"
    things = [one for one in run.jobs if every or one.attempt == run.attempt]
    render = partial(payloads.job, repository, run)
    return Listing(things=things, render=render, path=path, wrap="jobs")


def _feed(payloads: Payloads, repository: Repository, _: Asked, path: str) -> Listing:
    things = sorted(repository.feed, key=lambda one: one.id, reverse=True)
    render = partial(payloads.activity, repository)
    return Listing(things=things, render=render, path=path, cap=300)


def find_issue(repository: Repository, number: str) -> Issue:
    """Give the issue or pull request of that number, or say what became of it."""
    issue = repository.issues.get(int(number))
    if issue is not None:
        return issue
    place = repository.gone.get(int(number))
    if place is None:
        raise Refusal(404, "Not Found")
    if not place:
        raise Refusal(410, "This issue was deleted")
    raise Refusal(301, "Moved Permanently", Location=place)


def find_pull(repository: Repository, number: str) -> Issue:
    issue = find_issue(repository, number)
    if issue.pull is None:
        raise Refusal(404, "Not Found")
    return issue


LISTS: list[tuple[str, str, Callable[..., Listing]]] = [
    (r"/compare/([^.]+)\.\.\.([^.]+)", "compare", _compare),
    ("/issues", "issues", _issues),
    ("/issues/comments", "comments", _comments),
    ("/issues/events", "issue_events", _repository_events),
    (r"/issues/(\d+)/comments", "issue_comments", _issue_comments),
    (r"/issues/(\d+)/events", "one_issue_events", _issue_events),
    (r"/issues/(\d+)/timeline", "timeline", _timeline),
    ("/pulls", "pulls", _pulls),
    ("/pulls/comments", "review_comments", _review_comments),
    (r"/pulls/(\d+)/comments", "pull_comments", _pull_comments),
    (r"/pulls/(\d+)/reviews", "reviews", _reviews),
    (r"/pulls/(\d+)/commits", "pull_commits", _pull_commits),
    (r"/pulls/(\d+)/files", "pull_files", _pull_files),
    ("/comments", "commit_comments", _commit_comments),
    (r"/commits/([0-9a-f]{40})/comments", "commit_comments", _commit_comments),
    ("/commits", "commits", _commits),
    ("/branches", "branches", _branches),
    ("/tags", "tags", _tags),
    ("/git/matching-refs/tags", "tag_refs", matching_tags),
    ("/releases", "releases", _releases),
    ("/stargazers", "stars", _stars),
    ("/actions/runs", "runs", _runs),
    (r"/actions/runs/(\d+)/jobs", "jobs", _jobs),
    ("/events", "events", _feed),
]
"""Path behind the repository's, the name to count by, and how to read it."""
