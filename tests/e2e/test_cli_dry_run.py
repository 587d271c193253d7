"""``--dry-run``: what would be asked is said, and nothing is."""

import json

from tests.support import github_history
from tests.support.github import Fault, github_server
from tests.support.places import Place


def test_a_sync_and_a_refresh_say_what_they_would_take(place: Place) -> None:
    secret = {"OCTO_TOKEN": "hidden-value"}
    with github_server() as server:
        github_history.eventful_repository(server.site, "octo/cat")
        server.site.token("hidden-value", limit=10_000)
        config = {"repo": "octo/cat", "base_url": server.url}
        credentials = {"token": {"env": "OCTO_TOKEN"}}
        place.write_sources(
            {"id": "cat", "type": "github", "config": config, "credentials": credentials},
        )
        (told,) = place.answer("sync", "cat", "--dry-run", **secret)["sources"]
        assert told["error"] is None
        assert place.answer("query", "select count(*) as events from events") == [{"events": 0}]
        before = server.spent("hidden-value")
        place.answer("sync", "cat", **secret)
        spent = server.spent("hidden-value") - before
        needed = {quota["name"]: quota["needed"] for quota in told["quotas"]}
        assert spent / 1.5 - 3 <= needed["core"] <= spent * 1.5 + 3
        assert told["requests"] >= needed["core"]
        (told,) = place.answer("sync", "cat", "--dry-run", **secret)["sources"]
        assert told["requests"] <= 1

        options = ("--from", "2024-01", "--to", "2024-12", "--dry-run")
        (told,) = place.answer("refresh", "cat", *options, **secret)["sources"]
        assert told["requests"] > 12 * 8
        done = place.run("refresh", "cat", "--all", "--dry-run", **secret)
        assert "an hour left" in done.stdout
        done = place.run("refresh", "cat", "--window", "2099-01", "--dry-run", **secret)
        assert (done.returncode, "has not begun" in done.stderr) == (2, True)

        server.faults.append(Fault(times=None, status=401, data={"message": "Bad credentials"}))
        done = place.run("sync", "cat", "--dry-run", "--json", **secret)
        assert done.returncode == 3
        assert "GitHub refuses the token" in done.stderr
        (told,) = json.loads(done.stdout)["sources"]
        assert (told["requests"], told["error"]["type"]) == (None, "CredentialsError")


def test_a_source_that_cannot_count_says_so(place: Place) -> None:
    (told,) = place.answer("sync", "--dry-run")["sources"]
    assert (told["requests"], told["seconds"], told["error"]) == (None, None, None)
    assert "not known beforehand" in place.run("sync", "--dry-run").stdout
