"""``daybook`` reading exports of Slack: stored, quiet, corrected, and refused with what to do."""

import json

from tests.support import slack_snapshots
from tests.support.places import Place
from tests.support.slack_exports import make_zip


def test_exports_are_stored_and_corrected_by_newer_ones(place: Place) -> None:
    """The path counts from the configuration file."""
    (place.folder / "exports").mkdir()
    entry = {"id": "talk", "type": "slack", "config": {"export": "exports/*.zip"}}
    place.write_sources(entry)
    (source,) = place.answer("sync")["sources"]
    assert (source["new"], source["error"]) == (0, None)
    told = slack_snapshots.days(range(0, 70, 7), a_day=40)
    slack_snapshots.write(place.folder / "exports" / "1.zip", told)
    (source,) = place.answer("sync")["sources"]
    assert (source["new"], source["quarantined"], source["error"]) == (802, 0, None)
    (source,) = place.answer("sync")["sources"]
    assert (source["new"], source["unchanged"], source["windows"]) == (0, 0, [])
    later = slack_snapshots.days(range(0, 84, 7), a_day=40)
    del later["general/2024-01-12.json"][5]
    later["random/2024-02-09.json"][7]["text"] = "Better"
    slack_snapshots.write(place.folder / "exports" / "2.zip", later)
    (source,) = place.answer("sync")["sources"]
    counts = {key: source[key] for key in ("new", "revised", "retracted", "error")}
    assert counts == {"new": 160, "revised": 1, "retracted": 1, "error": None}
    (source,) = place.answer("sync")["sources"]
    assert (source["new"], source["revised"], source["unchanged"]) == (0, 0, 0)
    done = place.run("query", "--json", "select count(*) from events where kind = 'slack.reply'")
    assert json.loads(done.stdout)[0]["count"] > 0


def test_what_is_no_export_is_refused(place: Place) -> None:
    make_zip(place.folder / "photos.zip", {"cat.jpg": b"JPEG"})
    entry = {"id": "talk", "type": "slack", "config": {"export": "photos.zip"}}
    place.write_sources(entry)
    assert "it is no export of a Slack workspace" in place.refuse(2, "sync")
    (place.folder / "photos.zip").write_bytes(b"PK\3\4 and so on")
    assert "ends too early" in place.refuse(4, "sync")
    (place.folder / "photos.zip").unlink()
    assert "there is no file and no folder" in place.refuse(2, "sync")
    place.write_sources({**entry, "config": {}})
    assert "no export to read" in place.refuse(3, "sync")
    place.write_sources({**entry, "credentials": {"bot_token": {"env": "TALK"}}})
    assert "both an export to read and a token" in place.refuse(2, "sync", TALK="xoxb-1")
