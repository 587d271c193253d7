"""Asking for many issues and pull requests with one query; by REST where that does not answer."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from sources.github.contents import complete_commits, list_commits, list_files
from sources.github.costs import Cost, pages_of
from sources.github.details import (
    Detail,
    Details,
    RestDetails,
    group_of,
    read_reviews,
    wants_changes,
    wants_record,
    wants_references,
)
from sources.github.events.building import Payload
from sources.github.events.issues import is_pull
from sources.github.events.references import NO_THREAD, Thread, parse_thread
from sources.github.events.sizes import Contents, named, parse_files
from sources.github.graphql import GraphQL, NoGraphQLError, TooHeavyError
from sources.github.queries import compose, compose_more, parse_pull, parse_review
from sources.github.reading import Reader

logger = logging.getLogger(__name__)

_FEW: Final = 5
"""Issues that are not asked for in two halves where all of them are too heavy."""

_ENOUGH: Final = 3
"""Queries for few in a row that were too heavy as well, after which no more are tried."""

_DEEP: Final = 5
"""Steps of a path to a node of a list: ``repository``, a name, the list, ``nodes``, a number."""

Nodes = Mapping[str, Any]


class GraphDetails:
    """Asks for many with one query; by REST where the server does not answer that.

    A query that is too heavy is asked for less of each, then for fewer; what is too heavy even so
    is asked for by REST, and the next query is sent again. A server that does not know commits,
    files and references is asked without them.

    Args:
        reader: of the repository.
        graphql: sends the query.

    Attributes:
        referred: whether all that were asked for came with what refers to them.
    """

    size = 25

    def __init__(self, reader: Reader, graphql: GraphQL) -> None:
        self._graphql: GraphQL | None = graphql
        self._changes = wants_changes(reader, cheap=True)
        self._references = self.referred = wants_references(reader, cheap=True)
        self._heavy = 0

    def read(self, reader: Reader, issues: Sequence[Payload]) -> Mapping[int, Detail]:
        """Ask for some issues and pull requests; by their numbers."""
        chosen = [issue for issue in issues if self._asks(reader, issue)]
        if not chosen:
            return {}
        try:
            nodes = None if self._graphql is None else self._ask(reader, chosen)
        except TooHeavyError as error:
            if len(chosen) > _FEW:
                half = len(chosen) // 2
                return {**self.read(reader, chosen[:half]), **self.read(reader, chosen[half:])}
            return self._read_piece(reader, chosen, error)
        if nodes is None:
            other = RestDetails(reader)
            self.referred = self.referred and other.referred
            return other.read(reader, chosen)
        self._heavy = 0
        return {
            int(issue["number"]): self._parse(reader, issue, nodes.get(f"n{issue['number']}"))
            for issue in chosen
        }

    def cost(self, reader: Reader, issues: float, share: float) -> Cost:
        """Say what that would take for so many issues, of which ``share`` are pull requests.

        A piece of the list of which nothing is asked for takes nothing.
        """
        if self._graphql is None:
            return RestDetails(reader).cost(reader, issues, share)
        size = min(self.size, max(issues, 1))
        others = self._asks_issues(reader)
        pulls = self._asks_pulls(reader)
        empty = 0.0 if others and pulls else (share if others else 1 - share if pulls else 1)
        queries = pages_of(issues, self.size) * (1 - empty**size)
        return Cost(queries=queries, points=queries)

    def _asks(self, reader: Reader, issue: Payload) -> bool:
        return self._asks_pulls(reader) if is_pull(issue) else self._asks_issues(reader)

    def _asks_issues(self, reader: Reader) -> bool:
        return reader.wants("issues") and wants_references(reader, cheap=self._references)

    def _asks_pulls(self, reader: Reader) -> bool:
        of_pulls = reader.config.details or wants_references(reader, cheap=self._references)
        return reader.wants("review") or (reader.wants("pull_request") and of_pulls)

    def _read_piece(
        self, reader: Reader, issues: Sequence[Payload], error: NoGraphQLError
    ) -> Mapping[int, Detail]:
        self._heavy += 1
        if self._heavy >= _ENOUGH:
            self._give_up(reader, str(error))
        else:
            logger.warning("%s: %d of them are asked for one by one", error, len(issues))
        other = RestDetails(reader, everything=True)
        self.referred = self.referred and other.referred
        return other.read(reader, issues)

    def _ask(self, reader: Reader, issues: Sequence[Payload]) -> Nodes | None:
        """Ask for some; ``None``: GraphQL does not tell, and is asked no more."""
        owner, _, name = reader.repo.name.partition("/")
        while self._graphql is not None:
            query = compose(issues, changes=self._changes, references=self._references)
            try:
                reply = self._graphql.ask(query, {"owner": owner, "name": name}, patient=False)
            except TooHeavyError:
                raise
            except NoGraphQLError as error:
                self._give_up(reader, str(error))
                break
            found = (reply.data or {}).get("repository")
            if found is not None and not any(map(_spoils, reply.errors)):
                return cast("Nodes", found)
            words = "; ".join(str(error.get("message"))[:100] for error in reply.errors)
            self._ask_for_less(reader, words or "no answer")
            if not any(self._asks(reader, issue) for issue in issues):
                return {}
        return None

    def _ask_for_less(self, reader: Reader, words: str) -> None:
        """Leave out what an older server does not know; where that is demanded, give up."""
        demanded = reader.config.changes or reader.config.references
        if demanded or not (self._changes or self._references):
            self._give_up(reader, words)
            return
        logger.warning(
            "%s: GraphQL does not tell of commits, files and references (%s)",
            reader.repo.source_id,
            words,
        )
        self._changes = self._references = self.referred = False

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
        thread = self._thread(reader, issue, node) if self._references else NO_THREAD
        if not is_pull(issue):
            return Detail(thread=thread)
        pull = parse_pull(node) if wants_record(reader, issue) else None
        contents = None
        if pull is not None and self._changes:
            contents = _contents(reader, int(issue["number"]), pull, node)
        reviews = _reviews(reader, issue, node) if reader.wants("review") else ()
        return Detail(pull=pull, reviews=reviews, contents=contents, thread=thread)

    def _thread(self, reader: Reader, issue: Payload, node: Payload) -> Thread:
        if not reader.wants(group_of(issue)):
            return NO_THREAD
        number = int(issue["number"])
        return parse_thread(reader.repo, number, self._items(reader, issue, node))

    def _items(self, reader: Reader, issue: Payload, node: Payload) -> Iterator[Payload | None]:
        """Give all items of a timeline; where GraphQL does not go on with them, what it gave."""
        owner, _, name = reader.repo.name.partition("/")
        found: Any = node["timelineItems"]
        while True:
            yield from found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                return
            variables = {
                "owner": owner,
                "name": name,
                "number": issue["number"],
                "after": found["pageInfo"]["endCursor"],
            }
            found = self._more(issue, variables)
            if found is None:
                self.referred = False
                return

    def _more(self, issue: Payload, variables: Mapping[str, Any]) -> Any:
        """Give the next part of a timeline; ``None``: GraphQL does not."""
        if self._graphql is None:
            return None
        try:
            reply = self._graphql.ask(compose_more(issue), variables, patient=False)
        except NoGraphQLError:
            return None
        thread = ((reply.data or {}).get("repository") or {}).get("thread")
        return thread and thread["timelineItems"]


def _spoils(error: Mapping[str, Any]) -> bool:
    """Whether an error is of more than a record that is gone, or one node deep in a list.

    So is told what refers to an issue out of an organisation that this token may not look into.
    """
    return error.get("type") != "NOT_FOUND" and len(error.get("path") or ()) < _DEEP


def choose_details(reader: Reader) -> Details:
    """Give the cheaper way that is open."""
    if reader.graphql is None:
        return RestDetails(reader)
    return GraphDetails(reader, reader.graphql)


def _contents(reader: Reader, number: int, pull: Payload, node: Payload) -> Contents:
    """Read what came with the query; the rest of a long list is asked for by REST."""
    listed, changed = node["commits"], node["files"]
    if listed["pageInfo"]["hasNextPage"]:
        commits = list_commits(reader, number)
    else:
        told = (item["commit"] for item in named(listed["nodes"], "commit"))
        commits = [str(item["oid"]) for item in told]
    if changed is not None and changed["pageInfo"]["hasNextPage"]:
        files = list_files(reader, number)
    else:
        files = None if changed is None else tuple(_files(changed["nodes"]))
    return Contents(commits=complete_commits(reader, pull, commits), files=files)


def _files(nodes: Any) -> Any:
    return parse_files(nodes, "path", "changeType")


def _reviews(reader: Reader, issue: Payload, node: Payload) -> Sequence[Payload]:
    listed = node["reviews"]["nodes"]
    more = node["reviews"]["pageInfo"]["hasNextPage"]
    # A node that fails is null, and a review is known by its number.
    if more or any(item is None or not item["fullDatabaseId"] for item in listed):
        return read_reviews(reader, issue["number"])
    return [parse_review(item) for item in listed]
