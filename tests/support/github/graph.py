"""The GraphQL interface: a query in, what it asks for out."""

from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute_sync,
    parse,
    validate,
)

from tests.support.github.answers import Asked, Given, Refusal
from tests.support.github.costs import Cost, Weighing
from tests.support.github.nodes import Nodes
from tests.support.github.payloads_people import stamp
from tests.support.github.quota import Quota
from tests.support.github.repository import Repository
from tests.support.github.rest import may_see
from tests.support.github.schema import read_schema
from tests.support.github.site import Site
from tests.support.github.things import Token


class Graph:
    """Answers queries.

    Args:
        site: what it tells of.
        api: the URL of the other interface.
    """

    _schema: GraphQLSchema | None = None

    def __init__(self, site: Site, api: str) -> None:
        self.site = site
        self.nodes = Nodes(site, api)

    @classmethod
    def schema(cls) -> GraphQLSchema:
        """Give the schema, read once."""
        if cls._schema is None:
            cls._schema = read_schema()
        return cls._schema

    def answer(self, asked: Asked, quota: Quota, heavy: int | None) -> Given:
        """Do as asked.

        Args:
            asked: the request; without a secret it is refused.
            quota: for what the query wants to know of it.
            heavy: nodes from which it takes too long.
        """
        if asked.token is None:
            raise Refusal(401, "This endpoint requires you to be authenticated.")
        if asked.method != "POST" or not isinstance(asked.body, dict):
            raise Refusal(400, "A query attribute must be specified and must be a string.")
        variables = dict(asked.body.get("variables") or {})
        try:
            document, problems = _understand(str(asked.body.get("query")))
            if problems:
                return _told(ExecutionResult(data=None, errors=problems), 1)
            cost = Weighing(document, dict(variables)).weigh()
        except GraphQLError as error:
            return _told(ExecutionResult(data=None, errors=[error]), 1)
        if heavy is not None and cost.nodes >= heavy:
            raise Refusal(502, "Something went wrong while executing your query.")
        root = self._root(asked.token, quota, cost)
        result = execute_sync(self.schema(), document, root, variable_values=variables)
        return _told(result, cost.points)

    def _root(self, token: Token, quota: Quota, cost: Cost) -> dict[str, Any]:
        def repository(_: Any, owner: str, name: str, **_more: Any) -> Any:
            found = self.site.find(f"{owner}/{name}")
            if found is None or not may_see(token, found):
                words = f"Could not resolve to a Repository with the name '{owner}/{name}'."
                raise GraphQLError(words, extensions={"type": "NOT_FOUND"})
            if found.blocked:
                raise GraphQLError("Repository access blocked", extensions={"type": "FORBIDDEN"})
            return self.nodes.repository(found)

        def node(_: Any, id: str) -> Any:  # noqa: A002
            seen: list[Repository] = [
                one for one in self.site.repositories.values() if may_see(token, one)
            ]
            return self.nodes.find(seen, id)

        def limits(_: Any, **_more: Any) -> Any:
            numbers = quota.numbers(token, "graphql")
            left = max(numbers["remaining"] - cost.points, 0)
            reset = quota.clock.now().fromtimestamp(numbers["reset"], quota.clock.now().tzinfo)
            return {
                **numbers,
                "remaining": left,
                "used": numbers["used"] + cost.points,
                "cost": cost.points,
                "nodeCount": cost.nodes,
                "resetAt": stamp(reset),
            }

        def account(_: Any, login: str) -> Any:
            if login not in self.site.users:
                words = f"Could not resolve to a User with the login of '{login}'."
                raise GraphQLError(words, extensions={"type": "NOT_FOUND"})
            seen = [one for one in self.site.owned(login) if may_see(token, one)]
            return self.nodes.account(self.site.users[login], seen)

        return {
            "repository": repository,
            "organization": account,
            "user": account,
            "node": node,
            "nodes": lambda info, ids: [node(info, one) for one in ids],
            "rateLimit": limits,
            "viewer": self.nodes.user(token.user),
        }


@lru_cache(maxsize=256)
def _understand(query: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """Parse a query and hold it to the schema, once for each text."""
    document = parse(query)
    return document, validate(Graph.schema(), document)


def _told(result: ExecutionResult, points: int) -> Given:
    """Give data and errors as GitHub does: an error's type stands beside its message."""
    data: dict[str, Any] = {"data": result.data}
    if result.errors:
        data["errors"] = [_error(one) for one in result.errors]
        if result.data is None:
            del data["data"]
    return Given(data=data, kind="graphql", resource="graphql", cost=points)


def _error(error: GraphQLError) -> dict[str, Any]:
    made: dict[str, Any] = dict(error.formatted)
    extensions = made.pop("extensions", {})
    if extensions.get("type"):
        made["type"] = extensions["type"]
    return made
