"""What `daybook up` says of what came in fits what came in."""

from pathlib import Path

import pytest

from pipelines.cli.summary import print_summary, summarise
from pipelines.loading import load_settings
from resources.stores.postgres.overview import Overview

COMMITS = Overview(events=3, commits=2, people=1, sessions=2, busiest_people=(("Ada", 3),))
REQUESTS = Overview(
    events=9,
    requests=9,
    clients=4,
    sessions=5,
    busiest_routes=(("GET /users/{id}", 7),),
    failing_routes=(("POST /orders", 2),),
)


@pytest.mark.parametrize(
    ("overview", "words"),
    [
        (Overview(events=0), "0 events"),
        (COMMITS, "3 events (2 commits) by 1 person in 2 sessions"),
        (REQUESTS, "9 events (9 requests) by 4 clients in 5 sessions"),
        (
            Overview(events=4, commits=1, requests=3, people=1, clients=2, sessions=3),
            "4 events (1 commit, 3 requests) by 1 person and 2 clients in 3 sessions",
        ),
    ],
)
def test_totals_name_what_there_is_and_nothing_else(overview: Overview, words: str) -> None:
    assert next(summarise(overview)) == words


@pytest.mark.parametrize(
    ("overview", "said", "unsaid"),
    [
        (COMMITS, ("busiest people", "from commits", "search"), ("routes", "from requests")),
        (
            REQUESTS,
            ("busiest routes", "GET /users/{id}", "POST /orders", "from requests"),
            ("commit", "people", "author", "search"),
        ),
    ],
)
def test_charts_and_examples_fit_what_there_is(
    overview: Overview,
    said: tuple[str, ...],
    unsaid: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_summary(load_settings({}, tmp_path), overview, "http://127.0.0.1:3000")
    printed = capsys.readouterr().out
    assert [word for word in said if word not in printed] == []
    assert [word for word in unsaid if word in printed.replace(str(tmp_path), "")] == []
