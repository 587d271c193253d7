"""What a reading of all repositories would take."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final

from sources.estimate import Estimate, Quota
from sources.github.catalogue import wanted
from sources.github.config import GithubConfig
from sources.github.costs import Cost, pages_of
from sources.github.cursor import Place, Position
from sources.github.events.building import Repo
from sources.github.passes import begin_place
from sources.github.reading import Reader
from sources.github.streams import older
from sources.http import Answer, HttpClient
from sources.http.pace import read_date

_ASKED: Final = 10
"""Repositories that are asked about; of more, these stand for all."""

_HEAVIER: Final = 2
"""Times as long a page of a hundred records takes as the one record that is asked for here."""


def estimate_reading(
    make_reader: Callable[[Repo], Reader],
    client: HttpClient,
    source_id: str,
    position: Position,
    places: dict[str, Place],
    config: GithubConfig,
) -> Estimate:
    """Say what reading from the position would take.

    Args:
        make_reader: for each repository.
        client: that the readers ask with.
        source_id: whose.
        position: where all of it stands.
        places: where the repositories stand.
        config: the source's settings.
    """
    began, before = time.monotonic(), client.sent
    chosen = list(places.items())[:: max(ceil(len(places) / _ASKED), 1)]
    cost = Cost()
    for number, place in chosen:
        reader = make_reader(Repo(source_id=source_id, id=int(number), name=place.name))
        begin_place(reader, position, place)
        for stream in wanted(reader):
            cost += stream.cost(reader, place)
        cost += older.cost(reader, place.issue_events)
    each = _HEAVIER * (time.monotonic() - began) / max(client.sent - before, 1)
    limits = client.get("/rate_limit")
    found = pages_of(len(places)) if config.organisation else len(places)
    cost = cost.times(len(places) / max(len(chosen), 1)) + Cost(requests=found)
    requests = round(cost.requests + cost.queries)
    return Estimate(
        requests=requests,
        working=requests * each,
        quotas=tuple(_quotas(limits, cost)),
        words="; ".join(_words(len(chosen), len(places), requests, config.budget)),
    )


def _words(chosen: int, found: int, requests: int, budget: int | None) -> Iterator[str]:
    if chosen < found:
        yield f"{chosen} of {found} repositories stand for all"
    if budget is not None and requests > budget:
        yield f"{ceil(requests / budget)} readings of {budget:,} requests"


def _quotas(limits: Answer, cost: Cost) -> Iterator[Quota]:
    """Read what is left; a server of one's own may have no limits, and says 404."""
    resources: dict[str, Any] = limits.data.get("resources", {}) if limits.good else {}
    now = read_date(limits.headers.get("Date", "")) or datetime.now(UTC)
    for name, needed in (("core", cost.requests), ("graphql", cost.points)):
        if needed and (found := resources.get(name)):
            reset = datetime.fromtimestamp(int(found["reset"]), UTC)
            yield Quota(
                name=name,
                needed=round(needed),
                left=int(found["remaining"]),
                limit=int(found["limit"]),
                renewed=max((reset - now).total_seconds(), 0.0),
            )
