"""What the list of issues does not say of pull requests: their size, their branches, reviews."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from sources.github.costs import Cost, pages_of
from sources.github.events.building import Payload, moment
from sources.github.events.issues import is_pull, merged_at
from sources.github.events.people import parse_actor
from sources.github.graphql import GraphQL, NoGraphQLError
from sources.github.reading import Reader

logger = logging.getLogger(__name__)

_MISSING: Final = (404,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One pull request.

    Attributes:
        pull: its own record; ``None``: not asked for, or gone.
        reviews: all of them.
    """

    pull: Payload | None = None
    reviews: Sequence[Payload] = field(default=())


class Details(Protocol):
    """Gives what is not listed of some pull requests."""

    size: int

    def read(self, reader: Reader, issues: Sequence[Payload]) -> Mapping[int, Detail]:
        """Ask for the pull requests among some issues; by their numbers."""

    def cost(self, reader: Reader, issues: float, share: float) -> Cost:
        """Say what that would take for so many issues, of which ``share`` are pull requests."""


class RestDetails:
    """Asks for one after the other: one request for each record, one for its reviews."""

    size = 10

    def read(self, reader: Reader, issues: Sequence[Payload]) -> Mapping[int, Detail]:
        """Ask for the pull requests among some issues; by their numbers."""
        pulls = (issue for issue in issues if is_pull(issue))
        return {
            int(issue["number"]): Detail(
                pull=self._pull(reader, issue) if wants_record(reader, issue) else None,
                reviews=read_reviews(reader, issue["number"]) if reader.wants("review") else (),
            )
            for issue in pulls
        }

    def cost(self, reader: Reader, issues: float, share: float) -> Cost:
        """Say what that would take for so many issues, of which ``share`` are pull requests."""
        records = reader.config.details and reader.wants("pull_request")
        return Cost(requests=issues * share * (records + reader.wants("review")))

    def _pull(self, reader: Reader, issue: Payload) -> Payload | None:
        answer = reader.get(reader.path(f"/pulls/{issue['number']}"), lacking=_MISSING, form=dict)
        return answer.data if answer.good else None


class GraphDetails:
    """Asks for many with one query; by REST where the server does not answer that.

    Args:
        graphql: sends the query.
    """

    size = 25

    def __init__(self, graphql: GraphQL) -> None:
        self._graphql: GraphQL | None = graphql

    def read(self, reader: Reader, issues: Sequence[Payload]) -> Mapping[int, Detail]:
        """Ask for the pull requests among some issues; by their numbers."""
        pulls = [issue for issue in issues if is_pull(issue)]
        nodes = self._ask(reader, [int(issue["number"]) for issue in pulls]) if pulls else {}
        if nodes is None:
            return RestDetails().read(reader, issues)
        return {
            int(issue["number"]): self._parse(reader, issue, nodes.get(f"p{issue['number']}"))
            for issue in pulls
        }

    def cost(self, reader: Reader, issues: float, share: float) -> Cost:
        """Say what that would take for so many issues, of which ``share`` are pull requests.

        A piece of the list without any is not asked for.
        """
        if self._graphql is None:
            return RestDetails().cost(reader, issues, share)
        size = min(self.size, max(issues, 1))
        queries = pages_of(issues, self.size) * (1 - (1 - share) ** size)
        return Cost(queries=queries, points=queries)

    def _ask(self, reader: Reader, numbers: Sequence[int]) -> Mapping[str, Any] | None:
        if self._graphql is None:
            return None
        aliases = " ".join(
            f"p{number}: pullRequest(number: {number}) {{...Pull}}" for number in numbers
        )
        owner, _, name = reader.repo.name.partition("/")
        try:
            reply = self._graphql.ask(QUERY % aliases, {"owner": owner, "name": name})
        except NoGraphQLError as error:
            self._give_up(reader, str(error))
            return None
        found = (reply.data or {}).get("repository")
        if found is None or any(error.get("type") != "NOT_FOUND" for error in reply.errors):
            words = "; ".join(str(error.get("message"))[:100] for error in reply.errors)
            self._give_up(reader, words or "no answer")
            return None
        return cast("Mapping[str, Any]", found)

    def _give_up(self, reader: Reader, words: str) -> None:
        logger.warning(
            "%s: GraphQL does not tell of pull requests (%s); they are asked for one by one",
            reader.repo.source_id,
            words,
        )
        self._graphql = None

    def _parse(self, reader: Reader, issue: Payload, node: Payload | None) -> Detail:
        if node is None:
            return Detail()
        reviews: Sequence[Payload] = ()
        if reader.wants("review"):
            listed = node["reviews"]["nodes"]
            more = node["reviews"]["pageInfo"]["hasNextPage"]
            # A node that fails is null, and a review is known by its number.
            if more or any(item is None or not item["fullDatabaseId"] for item in listed):
                reviews = read_reviews(reader, issue["number"])
            else:
                reviews = [parse_review(item) for item in listed]
        wanted = wants_record(reader, issue)
        return Detail(pull=parse_pull(node) if wanted else None, reviews=reviews)


def choose_details(reader: Reader) -> Details:
    """Give the cheaper way that is open."""
    return RestDetails() if reader.graphql is None else GraphDetails(reader.graphql)


def read_reviews(reader: Reader, number: int) -> list[Payload]:
    """Ask for all reviews of a pull request."""
    pages = reader.pages(reader.path(f"/pulls/{number}/reviews"), lacking=_MISSING)
    return [review for answer in pages if answer.good for review in answer.data]


def parse_pull(node: Payload) -> Payload:
    """Write what a query gave as REST has it, as far as it is used."""
    return {
        "base": {"ref": node["baseRefName"]},
        "head": {"ref": node["headRefName"], "sha": node["headRefOid"]},
        "merged_at": node["mergedAt"],
        "merged_by": parse_actor(node["mergedBy"]),
        "merge_commit_sha": (node["mergeCommit"] or {}).get("oid"),
        "additions": node["additions"],
        "deletions": node["deletions"],
        "changed_files": node["changedFiles"],
        "commits": node["commits"]["totalCount"],
    }


def parse_review(node: Payload) -> Payload:
    """Write a review as REST has it."""
    return {
        "id": int(node["fullDatabaseId"]),
        "user": parse_actor(node["author"]),
        "body": node["body"],
        "state": node["state"],
        "html_url": node["url"],
        "submitted_at": node["submittedAt"],
        "commit_id": (node["commit"] or {}).get("oid"),
        "author_association": node["authorAssociation"],
    }


def wants_record(reader: Reader, issue: Payload) -> bool:
    """Whether a pull request's own record says anything of an event that is asked for."""
    if not (reader.config.details and reader.wants("pull_request")):
        return False
    times = (issue["created_at"], merged_at(issue))
    return any(time and reader.asked_for(moment(time)) for time in times)


QUERY: Final = """
query($owner: String!, $name: String!, $first: Int!) {
  repository(owner: $owner, name: $name) { %s }
}
fragment Pull on PullRequest {
  number additions deletions changedFiles mergedAt baseRefName headRefName headRefOid
  mergedBy { __typename login }
  mergeCommit { oid }
  commits(first: 1) { totalCount }
  reviews(first: $first) {
    pageInfo { hasNextPage }
    nodes {
      fullDatabaseId body url state submittedAt authorAssociation
      author { __typename login }
      commit { oid }
    }
  }
}
"""
