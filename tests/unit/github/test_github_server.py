"""The server on this machine speaks GitHub's protocol: a client that others wrote reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from github import Auth, Github, GithubException, UnknownObjectException
from github.Repository import Repository as Read

from tests.support.github import (
    START,
    Change,
    Fault,
    GitHubServer,
    Repository,
    Site,
    github_server,
)

SECRET = "ghp_reader"  # noqa: S105
COUNT = 45


@pytest.fixture
def site() -> Site:
    made = Site()
    made.token(SECRET)
    return made


@pytest.fixture
def repository(site: Site) -> Repository:
    made = site.repository("octo/demo")
    ada = site.user("ada")
    for number in range(COUNT):
        made.commit(f"Change {number}", user=ada, at=START + timedelta(minutes=number))
    return made


@pytest.fixture
def server(site: Site) -> Iterator[GitHubServer]:
    with github_server(site) as made:
        yield made


@pytest.fixture
def client(server: GitHubServer) -> Iterator[Github]:
    auth = Auth.Token(SECRET)
    made = Github(base_url=server.url, auth=auth, seconds_between_requests=0, retry=None)
    yield made
    made.close()


@pytest.fixture
def read(client: Github, repository: Repository) -> Read:
    return client.get_repo(repository.full_name)


def test_repository_and_owner(read: Read, repository: Repository) -> None:
    assert (read.id, read.full_name, read.owner.login) == (repository.id, "octo/demo", "octo")
    assert (read.default_branch, read.archived, read.private) == ("main", False, False)
    assert read.created_at == START


def test_commits_by_all_pages(read: Read, repository: Repository) -> None:
    found = list(read.get_commits())
    assert [one.sha for one in reversed(found)] == list(repository.commits)
    assert found[0].commit.author.name == "ada"
    late = read.get_commits(
        since=START + timedelta(minutes=40), until=START + timedelta(minutes=42)
    )
    assert [one.commit.message for one in late] == ["Change 42", "Change 41", "Change 40"]


def test_changes_of_a_commit(read: Read, repository: Repository) -> None:
    changes = (Change(path="a", additions=3, deletions=1), Change(path="b", status="added"))
    made = repository.commit("Two files", changes=changes)
    found = read.get_commit(made.sha)
    assert (found.stats.additions, found.stats.deletions) == (4, 1)
    files = [(one["filename"], one["status"]) for one in found.raw_data["files"]]
    assert files == [("a", "modified"), ("b", "added")]


def test_issues_comments_and_events(read: Read, repository: Repository, site: Site) -> None:
    ada, ben = site.user("ada"), site.user("ben")
    issues = [repository.open_issue(f"Bug {number}", user=ada) for number in range(COUNT)]
    for number in range(COUNT):
        repository.comment(issues[0], f"Word {number}", user=ben)
    repository.label(issues[0], "bug", by=ada)
    repository.assign(issues[0], ben, by=ada)
    repository.close(issues[0], by=ben, at=START + timedelta(hours=1))
    found = {one.number: one for one in read.get_issues(state="all")}
    assert len(found) == COUNT
    first = found[issues[0].number]
    assert (first.state, first.state_reason, first.comments) == ("closed", "completed", COUNT)
    assert first.closed_by is not None
    assert first.closed_by.login == "ben"
    assert first.closed_at == START + timedelta(hours=1)
    assert [one.name for one in first.labels] == ["bug"]
    assert [one.body for one in first.get_comments()] == [f"Word {n}" for n in range(COUNT)]
    assert len(list(read.get_issues_comments())) == COUNT
    assert [one.event for one in first.get_events()] == ["labeled", "assigned", "closed"]
    told = [one.event for one in first.get_timeline()]
    assert sorted(set(told)) == ["assigned", "closed", "commented", "labeled"]
    assert [one.event for one in read.get_issues_events()] == ["closed", "assigned", "labeled"]


def test_a_deleted_account_is_nobody(read: Read, repository: Repository) -> None:
    issue = repository.open_issue("Who?", user=None)
    repository.comment(issue, "Nobody", user=None)
    found = read.get_issue(issue.number)
    users: list[object] = [found.user, *(one.user for one in found.get_comments())]
    assert users == [None, None]


def test_pull_requests_with_all_that_belongs_to_them(
    read: Read, repository: Repository, site: Site
) -> None:
    ada, ben = site.user("ada"), site.user("ben")
    repository.commit("On a branch", user=ada, branch="topic", changes=(Change(path="x"),))
    pull = repository.open_pull("Topic", user=ada, branch="topic", draft=True)
    repository.ready(pull, by=ada)
    review = repository.review(pull, "APPROVED", user=ben, body="Good")
    repository.review_comment(pull, "Here", user=ben, review=review)
    merge = repository.merge(pull, by=ben)
    [found] = read.get_pulls(state="closed")
    assert (found.number, found.merged, found.draft) == (pull.number, True, False)
    assert (found.merge_commit_sha, found.merged_by.login) == (merge.sha, "ben")
    assert (found.additions, found.changed_files, found.commits) == (1, 1, 1)
    assert [one.commit.message for one in found.get_commits()] == ["On a branch"]
    assert [one.filename for one in found.get_files()] == ["x"]
    assert [(one.state, one.user.login) for one in found.get_reviews()] == [("APPROVED", "ben")]
    assert [one.body for one in read.get_pulls_review_comments()] == ["Here"]
    assert [one.event for one in found.as_issue().get_events()] == [
        "ready_for_review",
        "merged",
        "closed",
    ]
    assert [one.number for one in read.get_issues(state="all")] == [pull.number]


def test_a_pull_request_shows_no_more_than_250_commits(read: Read, repository: Repository) -> None:
    for number in range(260):
        repository.commit(f"Step {number}", branch="long")
    pull = repository.open_pull("Long", user=None, branch="long")
    found = read.get_pull(pull.number)
    assert found.commits == 260
    assert len(list(found.get_commits())) == 250


def test_a_comparison_has_pages(read: Read, repository: Repository, site: Site) -> None:
    base = repository.branches["main"]
    shas = [repository.commit(f"Step {number}").sha for number in range(270)]
    found = read.compare(base, repository.branches["main"])
    assert (found.status, found.ahead_by, found.behind_by) == ("ahead", 270, 0)
    assert [one.sha for one in found.commits] == shas
    site.short_comparisons = True
    assert len(list(read.compare(base, repository.branches["main"]).commits)) == 250


def test_what_refers_to_an_issue(read: Read, repository: Repository, site: Site) -> None:
    ada = site.user("ada")
    issue = repository.open_issue("Bug", user=ada)
    elsewhere = site.repository("octo/other")
    source = elsewhere.open_issue("As octo/demo#1", user=ada)
    repository.mention(issue, source=source, by=ada, where=elsewhere)
    repository.connect(issue, repository.open_issue("Like it", user=ada), by=ada)
    mention, connected = read.get_issue(issue.number).get_timeline()
    assert (mention.event, mention.actor.login) == ("cross-referenced", "ada")
    assert mention.source is not None
    assert mention.source.type == "issue"
    assert mention.source.issue.number == source.number
    assert mention.source.issue.repository.full_name == "octo/other"
    assert connected.event == "connected"
    told = [one.event for one in read.get_issue(issue.number).get_events()]
    assert told == ["connected"]


def test_single_things(read: Read, repository: Repository, site: Site) -> None:
    ada = site.user("ada")
    issue = repository.open_issue("Bug", user=ada)
    repository.label(issue, "bug", by=ada)
    said = repository.comment_commit(repository.branches["main"], "Why?", user=ada)
    repository.commit("Topic", branch="topic")
    pull = repository.open_pull("Topic", user=ada, branch="topic")
    line = repository.review_comment(pull, "Here", user=ada)
    event = read.get_issues_event(repository.issue_events[0].id)
    assert (event.event, event.issue.number) == ("labeled", issue.number)
    assert read.get_comment(said.id).body == "Why?"
    assert read.get_pull(pull.number).get_review_comment(line.id).body == "Here"
    with pytest.raises(UnknownObjectException):
        read.get_comment(1)


def test_the_files_of_a_pull_request_are_each_listed_once(
    read: Read, repository: Repository
) -> None:
    for path in ("b", "a", "b"):
        repository.commit("Step", branch="topic", changes=(Change(path=path, additions=2),))
    pull = repository.open_pull("Topic", user=None, branch="topic")
    repository.commit("More", branch="topic", changes=(Change(path="c"),))
    found = list(read.get_pull(pull.number).get_files())
    assert [(one.filename, one.additions) for one in found] == [("a", 2), ("b", 4), ("c", 1)]


def test_releases_tags_branches_and_stars(read: Read, repository: Repository, site: Site) -> None:
    fans = [site.user(f"fan{number}") for number in range(COUNT)]
    for number, fan in enumerate(fans):
        repository.star(fan, at=START + timedelta(days=number))
        repository.release(f"v{number:02}", author=fan, at=START + timedelta(days=number))
    repository.release("v99", author=None, draft=True)
    assert [one.tag_name for one in read.get_releases()][:2] == ["v44", "v43"]
    assert len(list(read.get_tags())) == COUNT
    assert [one.name for one in read.get_branches()] == ["main"]
    stars = list(read.get_stargazers_with_dates())
    assert [one.user.login for one in stars] == [fan.login for fan in fans]
    assert stars[-1].starred_at == START + timedelta(days=COUNT - 1)


def test_runs_and_jobs(read: Read, repository: Repository, site: Site) -> None:
    run = repository.start_run(actor=site.user("ada"))
    repository.end_run(run, "failure")
    repository.rerun(run, at=START + timedelta(days=20))
    [found] = read.get_workflow_runs()
    state: tuple[object, ...] = (found.run_attempt, found.status, found.conclusion)
    assert state == (2, "in_progress", None)
    assert [one.status for one in found.jobs()] == ["in_progress"]
    assert [one.conclusion for one in found.jobs(_filter="all")] == ["failure", None]


def test_a_filtered_list_of_runs_ends_at_1000(read: Read, repository: Repository) -> None:
    for number in range(1100):
        repository.start_run(actor=None, at=START + timedelta(seconds=number))
    assert len(list(read.get_workflow_runs(created="2024-05-01..2024-05-02"))) == 1000
    assert read.get_workflow_runs().totalCount == 1100


def test_the_feed_ends_at_300(read: Read, repository: Repository, site: Site) -> None:
    for number in range(310):
        repository.star(site.user(f"u{number}"))
    assert len(list(read.get_events())) == 300


def test_organisation_by_its_members_and_rights(client: Github, site: Site) -> None:
    site.organisation("acme")
    names = [f"acme/r{number}" for number in range(COUNT)]
    for name in names:
        site.repository(name)
    site.repository("acme/secret", private=True)
    found = {one.full_name for one in client.get_organization("acme").get_repos()}
    assert found == {*names, "acme/secret"}
    site.token("ghp_stranger", private=frozenset())
    with Github(
        base_url=client.requester.base_url,
        auth=Auth.Token("ghp_stranger"),
        seconds_between_requests=0,
        retry=None,
    ) as stranger:
        assert {one.full_name for one in stranger.get_organization("acme").get_repos()} == set(
            names
        )
        with pytest.raises(UnknownObjectException):
            stranger.get_repo("acme/secret")


def test_rate_limit_counts_what_is_no_304(client: Github, read: Read, server: GitHubServer) -> None:
    before = server.spent(SECRET)
    assert client.get_rate_limit().rate.remaining == 5000 - before
    assert read.update() is False
    assert server.count("repository", status=304) == 1
    assert server.spent(SECRET) == before


def test_nothing_is_left_until_the_hour_is_over(
    client: Github, repository: Repository, site: Site
) -> None:
    site.token(SECRET, limit=2)
    client.get_repo(repository.full_name)
    client.get_repo(repository.full_name)
    with pytest.raises(GithubException, match="rate limit exceeded"):
        client.get_repo(repository.full_name)
    site.clock.move(hours=1)
    assert client.get_repo(repository.full_name).id == repository.id


def test_wrong_secret(server: GitHubServer, repository: Repository) -> None:
    with (
        Github(base_url=server.url, auth=Auth.Token("wrong"), retry=None) as stranger,
        pytest.raises(GithubException, match="Bad credentials"),
    ):
        stranger.get_repo(repository.full_name)


def test_a_renamed_repository_is_found_by_both_names(
    client: Github, repository: Repository, site: Site
) -> None:
    site.rename(repository, "octo/renamed")
    assert client.get_repo("octo/demo").full_name == "octo/renamed"
    assert client.get_repo("octo/renamed").id == repository.id


def test_issues_that_went_away(
    client: Github, read: Read, repository: Repository, site: Site
) -> None:
    ada = site.user("ada")
    deleted = repository.open_issue("Spam", user=ada)
    moved = repository.open_issue("Elsewhere", user=ada)
    other = site.repository("octo/other")
    there = repository.transfer(moved, other, by=ada)
    repository.delete_issue(deleted)
    with pytest.raises(GithubException, match="410"):
        read.get_issue(deleted.number)
    assert read.get_issue(moved.number).id == there.id
    assert client.get_repo("octo/other").get_issue(there.number).title == "Elsewhere"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/repos/octo/empty/commits", 409, "Git Repository is empty."),
        ("/repos/octo/empty/issues", 410, "Issues has been disabled"),
        ("/repos/octo/empty/issues?since=yesterday", 410, "Issues has been disabled"),
        ("/repos/octo/demo/issues?since=yesterday", 422, "since"),
        ("/repos/octo/demo/issues?page=401&per_page=100", 422, "pagination is limited"),
        ("/repos/octo/nothing", 404, "Not Found"),
        ("/nothing", 404, "Not Found"),
    ],
)
def test_refusals(server: GitHubServer, site: Site, path: str, status: int, words: str) -> None:
    site.repository("octo/empty").has_issues = False
    site.repository("octo/demo")
    answer = requests.get(server.url + path, timeout=10)
    assert answer.status_code == status
    assert words in answer.json()["message"]


def test_since_the_epoch_there_are_no_issues(server: GitHubServer, repository: Repository) -> None:
    repository.open_issue("Bug", user=None)
    url = f"{server.url}/repos/octo/demo/issues"
    for start, count in {"1970-01-01T00:00:00Z": 0, "1970-01-02T00:00:00Z": 1}.items():
        assert len(requests.get(url, params={"since": start}, timeout=10).json()) == count


def test_an_item_that_is_touched_meanwhile_shifts_the_others(
    server: GitHubServer, repository: Repository
) -> None:
    issues = [
        repository.open_issue(f"Bug {number}", user=None, at=START + timedelta(minutes=number))
        for number in range(4)
    ]
    late = START + timedelta(days=1)
    touch = Fault(match=r"[?&]page=2", act=lambda: repository.edit(issues[0], "Edited", at=late))
    server.faults.append(touch)
    url = f"{server.url}/repos/octo/demo/issues?sort=updated&direction=asc&per_page=2"
    seen: list[str] = []
    with requests.Session() as session:
        while url:
            answer = session.get(url, timeout=10)
            seen += [one["title"] for one in answer.json()]
            url = answer.links.get("next", {}).get("url", "")
    assert seen == ["Bug 0", "Bug 1", "Bug 3", "Bug 0"]


def test_enterprise_server_without_limits(site: Site, repository: Repository) -> None:
    with github_server(site, enterprise=True) as server:
        server.quota.told = False
        answer = requests.get(f"{server.url}/repos/{repository.full_name}", timeout=10)
        assert server.url.endswith("/api/v3")
        assert server.graphql_url.endswith("/api/graphql")
        assert answer.json()["url"].startswith(server.url)
        assert not [name for name in answer.headers if "ratelimit" in name.lower()]


def test_an_app_gets_a_token_for_an_hour(server: GitHubServer, site: Site) -> None:
    site.installations[7] = site.organisation("acme")
    answer = requests.post(f"{server.url}/app/installations/7/access_tokens", timeout=10)
    assert answer.status_code == 201
    assert datetime.fromisoformat(answer.json()["expires_at"]) == datetime(
        2024, 5, 1, 13, tzinfo=UTC
    )
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    site.repository("acme/a")
    url = f"{server.url}/installation/repositories"
    assert requests.get(url, headers=headers, timeout=10).json()["total_count"] == 1
    site.clock.move(minutes=61)
    assert requests.get(url, headers=headers, timeout=10).status_code == 401


def test_a_right_that_a_fine_grained_token_lacks(
    server: GitHubServer, repository: Repository, site: Site
) -> None:
    site.token("github_pat_1", scopes=None, denied=frozenset({"actions"}))
    headers = {"Authorization": "Bearer github_pat_1"}
    url = f"{server.url}/repos/{repository.full_name}"
    assert requests.get(url, headers=headers, timeout=10).status_code == 200
    answer = requests.get(f"{url}/actions/runs", headers=headers, timeout=10)
    assert answer.status_code == 403
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "actions=read"


@pytest.mark.parametrize(
    ("version", "told"), [("2022-11-28", True), ("2026-03-10", False), (None, True)]
)
def test_versions_of_the_interface(
    server: GitHubServer, repository: Repository, version: str | None, *, told: bool
) -> None:
    repository.commit("On a branch", branch="topic")
    repository.open_pull("Topic", user=None, branch="topic")
    headers = {} if version is None else {"X-GitHub-Api-Version": version}
    url = f"{server.url}/repos/{repository.full_name}"
    for path, field in {"issues": "assignee", "pulls": "merge_commit_sha"}.items():
        [found] = requests.get(f"{url}/{path}", headers=headers, timeout=10).json()
        assert (field in found) is told
        assert "assignees" in found


def test_a_version_that_is_none(server: GitHubServer) -> None:
    headers = {"X-GitHub-Api-Version": "1999-01-01"}
    assert requests.get(server.url, headers=headers, timeout=10).status_code == 400
