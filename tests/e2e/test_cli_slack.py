"""``daybook`` reading a Slack of our own: stored, quiet, and refused with what to do."""

import json

from tests.support import slack_history
from tests.support.places import Place
from tests.support.slack import slack_server


def test_a_channel_is_stored_and_the_next_sync_finds_what_was_said_since(place: Place) -> None:
    with slack_server() as server:
        made = slack_history.eventful_channel(server.workspace, "general")
        secret = {"SLACK_TOKEN": slack_history.TOKEN}
        place.write_sources(
            {
                "id": "acme",
                "type": "slack",
                "config": {"workspace": "acme", "base_url": server.url},
                "credentials": {"bot_token": {"env": "SLACK_TOKEN"}},
            }
        )
        (source,) = place.answer("sync", **secret)["sources"]
        assert source["error"] is None
        assert source["new"] == len(list(slack_history.expected(made)))
        (source,) = place.answer("sync", **secret)["sources"]
        assert (source["new"], source["revised"], source["error"]) == (0, 0, None)
        slack_history.grow(made)
        slack_history.change(made)
        (source,) = place.answer("sync", **secret)["sources"]
        assert (source["new"], source["retracted"], source["error"]) == (7, 1, None)
        query = "select kind, count(*) from live_events group by 1 order by 1"
        told = [dict(row) for row in slack_history.expected(made)]
        done = place.run("query", "--json", query)
        assert [(row["kind"], row["count"]) for row in json.loads(done.stdout)] == sorted(
            (kind, sum(row["kind"] == kind for row in told)) for kind in {r["kind"] for r in told}
        )
        server.workspace.tokens[slack_history.TOKEN].refused = "token_revoked"
        told_so = place.refuse(3, "sync", **secret)
        assert "the token was revoked" in told_so
        assert slack_history.TOKEN not in told_so
    refused = place.refuse(3, "sync")
    assert "SLACK_TOKEN is not set" in refused
