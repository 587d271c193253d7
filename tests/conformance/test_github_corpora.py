"""The server on this machine, held to GitHub's own examples and to recorded answers of it."""

import base64
import gzip
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.github import Fault, GitHubServer, Repository, Site, github_server
from tests.support.github.shapes import differences, one_of_everything
from tests.support.http_client import Reader

CORPORA = Path(
    os.environ.get("DAYBOOK_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora"
)
EXAMPLES = CORPORA / "github" / "openapi-examples.json"
SECRET = "ghp_reader"  # noqa: S105

UNTOLD = {
    "/repos/{owner}/{repo}/contributors": "not served",
    "/repos/{owner}/{repo}/deployments": "not served",
    "/repos/{owner}/{repo}/forks": "not served",
}
"""Paths that the server does not have."""

LEFT_OUT = frozenset(
    [
        "actions_runner_registration",
        "allow_auto_merge",
        "allow_merge_commit",
        "allow_rebase_merge",
        "allow_squash_merge",
        "code_scanning_autofix",
        "code_search",
        "collaborators",
        "delete_branch_on_merge",
        "dependency_snapshots",
        "disk_usage",
        "integration_manifest",
        "network_count",
        "organization",
        "owned_private_repos",
        "parent",
        "plan",
        "private_gists",
        "scim",
        "security_and_analysis",
        "source",
        "source_import",
        "subscribers_count",
        "temp_clone_token",
        "template_repository",
        "total_private_repos",
        "two_factor_authentication",
    ]
)
"""Fields of settings and accounts that no event is made of."""

pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason=f"no corpora in {CORPORA}")


@pytest.fixture(scope="module")
def site() -> Site:
    made = Site()
    made.token(SECRET)
    return made


@pytest.fixture(scope="module")
def repository(site: Site) -> Repository:
    return one_of_everything(site)


@pytest.fixture(scope="module")
def server(site: Site, repository: Repository) -> Iterator[GitHubServer]:
    assert repository.issues
    with github_server(site) as made:
        yield made


def _examples() -> list[tuple[str, str, Any]]:
    if not EXAMPLES.exists():
        return []
    known = json.loads(EXAMPLES.read_text())
    return [
        (path, name, example)
        for path, told in known.items()
        if path not in UNTOLD
        for name, example in told["examples"].items()
    ]


def _get(server: GitHubServer, path: str, accept: str) -> Any:
    headers = {"Accept": accept, "Authorization": f"Bearer {SECRET}"}
    params = {"state": "all", "per_page": "100"}
    answer = requests.get(server.url + path, params=params, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("path", "example"), [one[::2] for one in _examples()], ids=[one[0] for one in _examples()]
)
def test_an_example(server: GitHubServer, repository: Repository, path: str, example: Any) -> None:
    merged = next(one for one in repository.issues.values() if one.pull)
    real = path.format(
        owner="acme",
        repo="demo",
        org="acme",
        ref=next(iter(repository.commits)),
        pull_number=merged.number,
        issue_number=1,
    )
    kind = "star+json" if "star" in str(example)[:20] else "github+json"
    ours = _get(server, real, f"application/vnd.github.{kind}")
    missing = [one for one in differences(example, ours) if one.rpartition(".")[2] not in LEFT_OUT]
    assert missing == []


HOST = "https://api.github.com"


def _replay(server: GitHubServer, path: str, status: int, headers: Any, data: Any) -> None:
    """Have the server answer a request as the real service once did."""
    plain = {
        name: value[0] if isinstance(value, list) else str(value) for name, value in headers.items()
    }
    kept = {
        name: value.replace(HOST, server.url)
        for name, value in plain.items()
        if name.lower() in {"link", "location", "etag"}
    }
    line = f"^GET {re.escape(path)} "
    server.faults.append(Fault(match=line, status=status, headers=kept, data=data))


def _recorded(name: str) -> Iterator[tuple[str, int, Any, Any]]:
    known = json.loads((CORPORA / "github" / name).read_text())
    if isinstance(known, list):
        for one in known:
            if one["method"] == "get":
                yield one["path"], one["status"], one["headers"], one["response"]
        return
    for one in known["http_interactions"]:
        answer = one["response"]
        body = answer["body"]
        packed = body.get("base64_string")
        text = gzip.decompress(base64.b64decode(packed)) if packed else body["string"]
        path = one["request"]["uri"].removeprefix(HOST)
        yield path, answer["status"]["code"], answer["headers"], json.loads(text)


@pytest.mark.parametrize(
    ("name", "path", "counts"),
    [
        (
            "octokit-fixtures/paginate-issues.json",
            "/repos/octokit-fixture-org/paginate-issues/issues?per_page=3",
            [3, 3, 3, 3, 1],
        ),
        (
            "github3-cassettes/Repository_stargazers.json",
            "/repos/betamaxpy/betamax/stargazers?per_page=100",
            [100, 100, 100, 100, 84],
        ),
    ],
)
def test_recorded_pages(name: str, path: str, counts: list[int]) -> None:
    with github_server() as server, Reader(server).client() as client:
        for recorded in _recorded(name):
            _replay(server, *recorded)
        assert [len(answer.data) for answer in client.pages(path)] == counts


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("octokit-fixtures/rename-repository.json", "/repos/octokit-fixture-org/rename-repository"),
        ("github3-cassettes/Repository_stargazers.json", "/repos/sigmavirus24/betamax"),
    ],
)
def test_recorded_renaming(name: str, path: str) -> None:
    with github_server() as server, Reader(server).client() as client:
        for recorded in _recorded(name):
            _replay(server, *recorded)
        answer = client.get(path)
        assert answer.good
        assert answer.url == f"{server.url}/repositories/{answer.data['id']}"
