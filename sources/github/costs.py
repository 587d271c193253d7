"""What reading a list would take, found out with as few requests as that can be."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Self

from sources.github.reading import PER_PAGE, Reader

_LACKING: Final = (404, 409, 410, 422)
DEEPEST: Final = 400
"""Pages of a hundred that the service gives of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What would be spent.

    Attributes:
        requests: to REST.
        queries: to GraphQL.
        points: of GraphQL's own quota.
    """

    requests: float = 0.0
    queries: float = 0.0
    points: float = 0.0

    def __add__(self, other: Self) -> "Cost":
        """Both."""
        return Cost(
            requests=self.requests + other.requests,
            queries=self.queries + other.queries,
            points=self.points + other.points,
        )

    def times(self, factor: float) -> "Cost":
        """So many of the same."""
        return Cost(
            requests=self.requests * factor,
            queries=self.queries * factor,
            points=self.points * factor,
        )


def pages_of(records: float, size: int = PER_PAGE) -> int:
    """Say how many requests a list takes; an empty one takes one.

    >>> pages_of(0), pages_of(100), pages_of(101)
    (1, 1, 2)
    """
    return max(ceil(records / size), 1)


def count_listed(reader: Reader, tail: str, params: Mapping[str, Any]) -> int:
    """Count the records of a list with one request: pages of one record each, the last's number.

    Of long lists of issues the service numbers no pages; there its search counts.
    """
    answer = reader.get(reader.path(tail), {**params, "per_page": 1}, lacking=_LACKING)
    if not answer.good:
        return 0
    if answer.last_page is not None:
        return answer.last_page
    if answer.next_url is None:
        return len(answer.data)
    return sum(_count_found(reader, kind, params.get("since")) for kind in ("issue", "pr"))


def count_older(reader: Reader, since: str | None, until: str) -> int:
    """Count the issues and pull requests that are asked for, opened until a time.

    Args:
        reader: of the repository.
        since: only those that changed from then on; ``None``: all.
        until: the time.
    """
    kinds = {"issue": reader.wants("issues"), "pr": reader.wants("pull_request")}
    return sum(_count_found(reader, kind, since, until) for kind, asked in kinds.items() if asked)


def _count_found(reader: Reader, kind: str, since: str | None, until: str | None = None) -> int:
    """Let the search count what changed; it wants each kind asked for by itself."""
    words = [f"repo:{reader.repo.name}", f"is:{kind}"]
    words += [f"updated:>={since}"] if since else []
    words += [f"created:<={until}"] if until else []
    params = {"q": " ".join(words), "per_page": 1}
    answer = reader.get("/search/issues", params, lacking=(403, *_LACKING), form=dict)
    return int(answer.data["total_count"]) if answer.good else _newest_number(reader) // 2


def _newest_number(reader: Reader) -> int:
    """Give what no list of issues is longer than."""
    params = {"state": "all", "sort": "created", "per_page": 1}
    answer = reader.get(reader.path("/issues"), params, lacking=_LACKING)
    return int(answer.data[0]["number"]) if answer.good and answer.data else 0


def find_depth(reader: Reader, tail: str, params: Mapping[str, Any], field: str, end: str) -> int:
    """Count the pages of a list, newest first, down to the first record that is older than a time.

    Args:
        reader: of the repository.
        tail: the list's path.
        params: for the query.
        field: the record's time.
        end: the time; empty: down to the list's end.

    Returns:
        How many; found by halving, in nine requests at most, and one where nothing is halved.
    """

    def is_behind(page: int) -> bool:
        asked = {**params, "per_page": PER_PAGE, "page": page}
        found = reader.get(reader.path(tail), asked, lacking=_LACKING)
        return not found.good or not found.data or str(found.data[-1][field]) < end

    first = reader.get(reader.path(tail), {**params, "per_page": PER_PAGE}, lacking=_LACKING)
    if not first.good or not first.data or first.next_url is None:
        return 1
    if str(first.data[-1][field]) < end:
        return 1
    low, high = 2, min(first.last_page or DEEPEST, DEEPEST)
    if not end and first.last_page is not None:
        return high
    while low < high:
        middle = (low + high) // 2
        if is_behind(middle):
            high = middle
        else:
            low = middle + 1
    return high
