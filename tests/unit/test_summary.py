"""What `daybook up` says of what came in fits what came in."""

from pathlib import Path

import pytest

from pipelines.cli.summary import print_summary, summarise
from pipelines.loading import load_settings
from resources.stores.postgres import open_postgres
from resources.stores.postgres.overview import Overview, read_overview
from tests.support.events import APRIL, make_event

COMMITS = Overview(events=3, commits=2, people=1, sessions=2, busiest_people=(("Ada", 3),))
REQUESTS = Overview(
    events=9,
    requests=9,
    clients=4,
    sessions=5,
    busiest_routes=(("GET /users/{id}", 7),),
    failing_routes=(("POST /orders", 2),),
)
TALK = Overview(
    events=7, messages=6, people=3, sessions=2, busiest_channels=(("incidents", 5), ("general", 1))
)


@pytest.mark.parametrize(
    ("overview", "words"),
    [
        (Overview(events=0), "0 events"),
        (COMMITS, "3 events (2 commits) by 1 person in 2 sessions"),
        (TALK, "7 events (6 messages) by 3 people in 2 sessions"),
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
            TALK,
            ("busiest channels", "incidents", "from messages", "search"),
            ("commit", "requests"),
        ),
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


def test_messages_are_counted_by_channel_under_its_newest_name(database_url: str) -> None:
    said = {"kind": "slack.message", "source_type": "slack", "actor_key": "U1", "scope": "old"}
    answer = {**said, "kind": "slack.reply", "occurred_at": APRIL, "scope": "new"}
    with open_postgres(database_url) as store:
        store.batch_record_events(
            [
                make_event("C1/1.1", **said),
                make_event("C1/1.2", **answer),
                make_event("C2/1.3", **said),
                make_event("C2/1.4", **{**said, "kind": "slack.channel.topic"}),
                make_event("sha", actor_key="ada"),
            ]
        )
        found = read_overview(store.database)
    assert (found.events, found.commits, found.messages, found.people) == (5, 1, 3, 2)
    assert found.busiest_channels == (("new", 2), ("old", 1))
