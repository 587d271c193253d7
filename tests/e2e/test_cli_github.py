"""``daybook`` reading a GitHub of our own: stored, quiet, and refused with what to do."""

import json
import re

from tests.support import github_history
from tests.support.github import Fault, github_server
from tests.support.places import Place


def test_a_repository_is_stored_and_the_next_sync_costs_nothing(place: Place) -> None:
    with github_server() as server:
        made = github_history.eventful_repository(server.site, "octo/cat")
        server.site.token("hidden-value", limit=10_000)
        secret = {"OCTO_TOKEN": "hidden-value"}
        config = {"repo": "octo/cat", "base_url": server.url}
        credentials = {"token": {"env": "OCTO_TOKEN"}}
        place.write_sources(
            {"id": "cat", "type": "github", "config": config, "credentials": credentials}
        )
        (source,) = place.answer("sync", **secret)["sources"]
        assert source["error"] is None
        assert source["new"] == len(list(github_history.expected(made)))
        spent = server.spent("hidden-value")
        (source,) = place.answer("sync", **secret)["sources"]
        assert (source["new"], source["revised"], source["error"]) == (0, 0, None)
        assert server.spent("hidden-value") == spent
        query = "select outcome, count(*) from events where kind = 'github.review' group by 1"
        done = place.run("query", "--json", f"{query} order by 1")
        assert [row["outcome"] for row in json.loads(done.stdout)] == [
            "approved",
            "changes_requested",
        ]
        wrong = {"message": "Bad credentials"}
        server.faults.append(Fault(times=None, status=401, data=wrong))
        told = place.refuse(3, "sync", **secret)
        assert "GitHub refuses the token" in told
        assert "hidden-value" not in told
    told = place.refuse(3, "sync")
    assert "OCTO_TOKEN is not set" in told


def test_a_limit_that_holds_for_long_ends_a_sync_well_and_the_next_goes_on(place: Place) -> None:
    with github_server() as server:
        made = github_history.eventful_repository(server.site, "octo/cat")
        server.site.token("hidden-value", limit=12)
        secret = {"OCTO_TOKEN": "hidden-value"}
        config = {"repo": "octo/cat", "base_url": server.url}
        credentials = {"token": {"env": "OCTO_TOKEN"}}
        place.write_sources(
            {"id": "cat", "type": "github", "config": config, "credentials": credentials}
        )
        done = place.run("sync", "--json", **secret)
        (source,) = json.loads(done.stdout)["sources"]
        assert source["error"] is None
        stored = source["new"]
        assert 0 < stored < len(list(github_history.expected(made)))
        assert "the hour's requests of this token are used up" in done.stderr
        server.site.clock.move(hours=1)
        server.site.token("hidden-value", limit=10_000)
        (source,) = place.answer("sync", **secret)["sources"]
        assert source["new"] + stored == len(list(github_history.expected(made)))


def test_a_wait_is_shown_with_its_reason_and_its_end(place: Place) -> None:
    with github_server() as server:
        server.site.repository("octo/cat").open_issue("Here", user=None)
        limit = {"Retry-After": "1"}
        server.faults.append(Fault(match="/issues", status=429, headers=limit))
        place.write_sources(
            {"id": "cat", "type": "github", "config": {"repo": "octo/cat", "base_url": server.url}}
        )
        done = place.run("sync")
    assert done.returncode == 0
    assert re.search(r"^cat: waiting until [0-9:]{8} UTC: .*slow down", done.stderr, re.MULTILINE)
