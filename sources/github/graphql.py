"""Asks GitHub's GraphQL interface, for less at once where it was too much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sources.errors import UnavailableError
from sources.github.limits import read_errors
from sources.http import Answer, HttpClient

_HEAVY: Final = frozenset({502, 504})
"""What GitHub answers to a query that takes it more than ten seconds."""

_HEAVY_TYPES: Final = frozenset(
    {"EXCESSIVE_PAGINATION", "MAX_NODE_LIMIT_EXCEEDED", "RESOURCE_LIMITS_EXCEEDED"}
)
_UNNAMED: Final = "something went wrong while executing your query"


class NoGraphQLError(UnavailableError):
    """There is no GraphQL, it is not for this secret, or it cannot answer at any size."""


class TooHeavyError(NoGraphQLError):
    """It cannot answer this query at any size; it may well answer another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a query gave.

    Attributes:
        data: by the query's own names; ``None`` where all of it failed.
        errors: each with ``type`` (as ``NOT_FOUND`` or ``FORBIDDEN``), ``path`` and ``message``.
    """

    data: Mapping[str, Any] | None
    errors: tuple[Mapping[str, Any], ...] = ()


class GraphQL:
    """One endpoint, and how much it can give at once.

    Args:
        client: sends the queries.
        url: of the endpoint: ``graphql``, or on an Enterprise Server a whole URL.
        source_id: whose.
        size: nodes to ask for at first, the variable ``first`` of every query.
        least: nodes that are never too many.

    Attributes:
        size: nodes to ask for now; halved where a query was too heavy, and it stays so.
    """

    def __init__(
        self, client: HttpClient, url: str, *, source_id: str, size: int = 50, least: int = 5
    ) -> None:
        self._client = client
        self._url = url
        self._source_id = source_id
        self._least = least
        self.size = size

    def ask(self, query: str, variables: Mapping[str, Any], *, patient: bool = True) -> Reply:
        """Send ``query`` with ``variables`` and ``first``, the size that can be asked for now.

        Args:
            query: what is asked.
            variables: for it.
            patient: whether a server that is out of order at the least size is asked again
                later; false: whoever asks knows another way.

        Raises:
            TooHeavyError: too heavy at any size.
            NoGraphQLError: no GraphQL there.
            DaybookError: as :meth:`HttpClient.post`.
        """
        while True:
            last = self.size <= self._least
            answer = self._client.post(
                self._url,
                {"query": query, "variables": {**variables, "first": self.size}},
                handed_back=frozenset() if last and patient else _HEAVY,
            )
            if not _is_heavy(answer):
                return self._read(answer)
            if last:
                raise TooHeavyError(
                    f"{self._source_id}: GitHub cannot answer for {self.size} things at once",
                    remedy="What was read is kept; try again later",
                )
            self.size = max(self.size // 2, self._least)

    def _read(self, answer: Answer) -> Reply:
        if not answer.good or not isinstance(answer.data, dict):
            raise NoGraphQLError(
                f"{self._source_id}: GraphQL answers with status {answer.status}",
                remedy="Does the server have GraphQL, and may this secret use it?",
            )
        return Reply(data=answer.data.get("data"), errors=tuple(read_errors(answer.data)))


def _is_heavy(answer: Answer) -> bool:
    if answer.status in _HEAVY:
        return True
    errors = read_errors(answer.data) if answer.good else []
    return any(
        error.get("type") in _HEAVY_TYPES or _UNNAMED in str(error.get("message")).lower()
        for error in errors
    )
