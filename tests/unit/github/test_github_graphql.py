"""GraphQL: many pull requests in one query, less at once where it is too heavy, errors as data."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sources import UnavailableError
from sources.github.graphql import GraphQL
from sources.http import HttpClient
from tests.support.github import START, Fault
from tests.support.github.shapes import one_of_everything
from tests.support.http_client import SECRET, Reader, reading

PULLS = """
query($first: Int!, $after: String) {
  rateLimit { cost nodeCount remaining resetAt }
  repository(owner: "octo", name: "demo") {
    pullRequests(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number
        reviews(first: 10) { nodes { databaseId state author { login } } }
        timelineItems(first: 10, itemTypes: [MERGED_EVENT, LABELED_EVENT]) {
          nodes {
            __typename
            ... on MergedEvent { createdAt actor { login } commit { oid } }
            ... on LabeledEvent { createdAt label { name } }
          }
        }
      }
    }
  }
}
"""
COUNT = 60


@pytest.fixture
def reader() -> Iterator[Reader]:
    with reading() as made:
        repository = made.repository
        ada = made.server.site.user("ada")
        repository.commit("Begin", user=ada)
        for number in range(COUNT):
            repository.commit(f"Step {number}", user=ada, branch=f"topic-{number}")
            pull = repository.open_pull(f"Topic {number}", user=ada, branch=f"topic-{number}")
            repository.review(pull, "APPROVED", user=ada)
            repository.label(pull, "fine", by=ada)
        yield made


@pytest.fixture
def client(reader: Reader) -> Iterator[HttpClient]:
    with reader.client() as made:
        yield made


@pytest.fixture
def graph(client: HttpClient, reader: Reader) -> GraphQL:
    return GraphQL(client, reader.server.graphql_url, source_id="demo")


def _numbers(graph: GraphQL) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        reply = graph.ask(PULLS, {"after": after})
        assert reply.data is not None
        page = reply.data["repository"]["pullRequests"]
        found += [node["number"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


def test_many_pull_requests_in_few_points(graph: GraphQL, reader: Reader) -> None:
    assert _numbers(graph) == list(range(1, COUNT + 1))
    assert reader.server.kinds() == {"graphql": 2}
    assert reader.server.spent(SECRET, "graphql") == 2
    assert reader.server.spent(SECRET) == 0


def test_what_belongs_to_a_pull_request(graph: GraphQL, reader: Reader) -> None:
    repository = reader.repository
    ada = reader.server.site.users["ada"]
    merge = repository.merge(repository.issues[1], by=ada, at=START + timedelta(hours=1))
    reply = graph.ask(PULLS, {})
    assert reply.data is not None
    node = reply.data["repository"]["pullRequests"]["nodes"][0]
    [review] = node["reviews"]["nodes"]
    assert (review["state"], review["author"]) == ("APPROVED", {"login": "ada"})
    assert review["databaseId"] in repository.reviews
    labeled, merged = node["timelineItems"]["nodes"]
    assert labeled["label"] == {"name": "fine"}
    assert merged == {
        "__typename": "MergedEvent",
        "createdAt": "2024-05-01T13:00:00Z",
        "actor": {"login": "ada"},
        "commit": {"oid": merge.sha},
    }
    limits = reply.data["rateLimit"]
    assert (limits["cost"], limits["nodeCount"]) == (1, 50 + 2 * 50 * 10)


def test_less_at_once_where_it_is_too_heavy(graph: GraphQL, reader: Reader) -> None:
    reader.server.heavy = 25 * 21 + 1
    assert _numbers(graph) == list(range(1, COUNT + 1))
    assert graph.size == 25
    assert not reader.waits
    assert reader.server.count("graphql") == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 504},
        {
            "status": 200,
            "data": {
                "errors": [{"message": "Something went wrong while executing your query. Sorry."}]
            },
        },
        {"status": 200, "data": {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": ""}]}},
    ],
)
def test_other_words_for_too_heavy(
    graph: GraphQL, reader: Reader, fault: dict[str, object]
) -> None:
    reader.server.faults.append(Fault(**fault))  # type: ignore[arg-type]
    assert _numbers(graph) == list(range(1, COUNT + 1))
    assert graph.size == 25


@pytest.mark.parametrize(
    "fault",
    [{"status": 502}, {"status": 200, "data": {"errors": [{"type": "RESOURCE_LIMITS_EXCEEDED"}]}}],
)
def test_too_heavy_however_little(graph: GraphQL, reader: Reader, fault: dict[str, object]) -> None:
    reader.server.faults.append(Fault(times=None, **fault))  # type: ignore[arg-type]
    with pytest.raises(UnavailableError):
        graph.ask(PULLS, {})
    assert graph.size == 5


def test_an_error_is_data(graph: GraphQL) -> None:
    query = 'query { repository(owner: "octo", name: "nothing") { id } }'
    reply = graph.ask(query, {})
    assert reply.data == {"repository": None}
    [error] = reply.errors
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["repository"])


def test_a_query_that_is_none(graph: GraphQL) -> None:
    reply = graph.ask("query { nonsense }", {})
    assert reply.data is None
    assert len(reply.errors) == 1


def test_a_list_without_a_size(graph: GraphQL) -> None:
    reply = graph.ask('{ repository(owner: "octo", name: "demo") { issues { totalCount } } }', {})
    assert [error["type"] for error in reply.errors] == ["MISSING_PAGINATION_BOUNDARIES"]


def test_no_graphql_there(client: HttpClient) -> None:
    with pytest.raises(UnavailableError, match="GraphQL answers with status 404"):
        GraphQL(client, "nowhere", source_id="demo").ask(PULLS, {})


def test_no_graphql_without_a_secret(reader: Reader) -> None:
    with reader.client(authorise=lambda: None) as client:
        answer = client.post(reader.server.graphql_url, {"query": "{ viewer { login } }"})
    assert answer.status == 401


def test_a_row_that_is_touched_before_it_was_read_is_passed_by(
    graph: GraphQL, reader: Reader
) -> None:
    query = """
    query($first: Int!, $after: String) {
      repository(owner: "octo", name: "demo") {
        issues(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
          pageInfo { endCursor }
          nodes { title }
        }
      }
    }
    """
    repository = reader.repository
    issues = [
        repository.open_issue(f"Bug {number}", user=None, at=START + timedelta(minutes=number))
        for number in range(4)
    ]
    graph.size = 2
    first = graph.ask(query, {})
    repository.edit(issues[0], "Edited", at=START + timedelta(hours=1))
    assert first.data is not None
    page = first.data["repository"]["issues"]
    second = graph.ask(query, {"after": page["pageInfo"]["endCursor"]})
    assert second.data is not None
    titles = [node["title"] for node in page["nodes"]]
    titles += [node["title"] for node in second.data["repository"]["issues"]["nodes"]]
    assert titles == ["Bug 3", "Bug 2", "Bug 1"]


def test_discussions_and_stars(graph: GraphQL, reader: Reader) -> None:
    repository, site = reader.repository, reader.server.site
    ben = site.user("ben")
    bot = site.user("helper[bot]", kind="Bot")
    discussion = repository.discuss("How?", user=ben, at=START + timedelta(minutes=1))
    answer = repository.say(discussion, "So", user=bot, at=START + timedelta(minutes=2))
    repository.say(discussion, "Thanks", user=None, reply_to=answer, at=START + timedelta(hours=9))
    repository.answer(discussion, answer, by=ben, at=START + timedelta(minutes=3))
    repository.star(ben, at=START)
    repository.star(bot, at=START + timedelta(minutes=1))
    query = """
    query($first: Int!) {
      repository(owner: "octo", name: "demo") {
        discussions(first: $first, orderBy: {field: UPDATED_AT, direction: DESC}) {
          nodes {
            id title updatedAt isAnswered answer { body } answerChosenBy { login }
            comments(first: 10) {
              nodes {
                body isAnswer author { __typename login }
                replies(first: 10) { totalCount nodes { body author { login } replyTo { body } } }
              }
            }
          }
        }
        stargazers(first: $first, orderBy: {field: STARRED_AT, direction: DESC}) {
          totalCount
          edges { starredAt node { login } }
        }
      }
    }
    """
    reply = graph.ask(query, {})
    assert not reply.errors
    assert reply.data is not None
    [found] = reply.data["repository"]["discussions"]["nodes"]
    node = found.pop("id")
    assert found == {
        "title": "How?",
        "updatedAt": "2024-05-01T12:03:00Z",
        "isAnswered": True,
        "answer": {"body": "So"},
        "answerChosenBy": {"login": "ben"},
        "comments": {
            "nodes": [
                {
                    "body": "So",
                    "isAnswer": True,
                    "author": {"__typename": "Bot", "login": "helper"},
                    "replies": {
                        "totalCount": 1,
                        "nodes": [{"body": "Thanks", "author": None, "replyTo": {"body": "So"}}],
                    },
                }
            ]
        },
    }
    stars = reply.data["repository"]["stargazers"]
    assert [edge["starredAt"][11:16] for edge in stars["edges"]] == ["12:01", "12:00"]
    again = graph.ask(
        "query($id: ID!) { node(id: $id) { ... on Discussion { title } } }", {"id": node}
    )
    assert again.data == {"node": {"title": "How?"}}


def test_one_of_everything_can_be_told(graph: GraphQL, reader: Reader) -> None:
    one_of_everything(reader.server.site)
    query = """
    query($first: Int!) {
      repository(owner: "acme", name: "demo") {
        databaseId nameWithOwner isEmpty
        defaultBranchRef { target { oid ... on Commit { message } } }
        refs(refPrefix: "refs/tags/", first: $first) { nodes { name target { oid } } }
        releases(first: $first) { nodes { tagName author { login } tagCommit { oid } } }
        issues(first: $first) {
          nodes {
            number stateReason labels(first: 5) { nodes { name } }
            assignees(first: 5) { totalCount }
            comments(first: 5) { nodes { body author { login } } }
            timelineItems(first: 50) { nodes { __typename } }
          }
        }
        pullRequests(first: $first, states: [MERGED]) {
          nodes {
            state mergedBy { login } mergeCommit { parents(first: 2) { totalCount } }
            commits(first: 5) { nodes { commit { messageHeadline author { user { login } } } } }
            files(first: 5) { nodes { path changeType } }
            reviewRequests(first: 5) { nodes { requestedReviewer { ... on User { login } } } }
            reviews(first: 5) { nodes { state comments(first: 5) { nodes { body path } } } }
            timelineItems(first: 50) { nodes { __typename } }
          }
        }
      }
    }
    """
    reply = graph.ask(query, {})
    assert not reply.errors
    assert reply.data is not None
    told = reply.data["repository"]
    [issue], [pull] = told["issues"]["nodes"], told["pullRequests"]["nodes"]
    assert [one["__typename"] for one in issue["timelineItems"]["nodes"]] == [
        "IssueComment",
        "LabeledEvent",
        "AssignedEvent",
        "RenamedTitleEvent",
        "LockedEvent",
        "CrossReferencedEvent",
        "ClosedEvent",
    ]
    assert [one["__typename"] for one in pull["timelineItems"]["nodes"]] == [
        "PullRequestCommit",
        "ReadyForReviewEvent",
        "ReviewRequestedEvent",
        "PullRequestReview",
        "MergedEvent",
        "ClosedEvent",
    ]
    assert (pull["state"], pull["mergeCommit"]["parents"]["totalCount"]) == ("MERGED", 2)
    assert pull["reviews"]["nodes"][0]["comments"]["nodes"] == [{"body": "A typo", "path": "file"}]
    assert pull["files"]["nodes"] == [{"path": "new", "changeType": "MODIFIED"}]
