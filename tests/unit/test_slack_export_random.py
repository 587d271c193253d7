"""Whatever happens in a workspace: its export and the API tell the same rows."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources import CursorInvalidError, EpisodicEvent
from sources.batch import EventBatch
from sources.slack import SlackEventSource
from sources.testing.case import Mirror, drain, vars_of
from tests.support.slack import Workspace, slack_server, write_export
from tests.support.slack.life import Deed, Life, deeds
from tests.support.slack_exports import read
from tests.support.slack_history import TOKEN

ZONES = st.sampled_from(["UTC", "America/Los_Angeles", "Pacific/Auckland"]).map(ZoneInfo)

quickly = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


class Told:
    """A workspace in which something happens, read both ways."""

    def __init__(self) -> None:
        self.workspace = Workspace()
        self.life = Life(self.workspace, self.workspace.token(TOKEN, unlimited=True).user)

    def live(self, deeds: Sequence[Deed]) -> None:
        """Let it happen; no channel stays archived, as an app is in none that is."""
        self.life.live(deeds)
        for channel in self.life.channels:
            if channel.archived:
                channel.unarchive(by=self.life.people[0])

    @property
    def channels(self) -> list[str]:
        return [channel.id for channel in self.life.channels]

    def ask(self) -> list[EventBatch]:
        """Read it through the API."""

        async def collect(url: str) -> list[EventBatch]:
            config = {"source_id": "demo", "base_url": url, "channels": self.channels}
            async with await SlackEventSource.create({"bot_token": TOKEN}, config) as source:
                return await drain(source)

        with slack_server(self.workspace) as server:
            return asyncio.run(collect(server.url))

    def unpack(self, place: Path | str) -> list[EventBatch]:
        """Read it out of its exports."""
        return read(place, channels=self.channels, workspace=self.workspace.domain)


def rows(batches: Sequence[EventBatch]) -> dict[str, EpisodicEvent]:
    return Mirror().take(batches, full=True).events


@quickly
@given(deeds(), ZONES)
def test_an_export_and_the_api_tell_the_same_rows(life: list[Deed], zone: ZoneInfo) -> None:
    told = Told()
    told.live(life)
    with TemporaryDirectory() as place:
        path = write_export(told.workspace, Path(place) / "export.zip", zone=zone)
        exported = rows(told.unpack(path))
    asked = rows(told.ask())
    assert exported.keys() == asked.keys()
    for key, event in asked.items():
        assert vars_of(exported[key]) == vars_of(event)


def test_conversations_of_every_kind_are_told_alike(tmp_path: Path) -> None:
    told = Told()
    app, (ada, ben, cy) = told.workspace.tokens[TOKEN].user, told.life.people
    told.life.channels += [
        told.workspace.private_channel("old", ada, app, legacy=True),
        told.workspace.group_message(ada, ben, app),
        told.workspace.direct_message(app, cy),
        told.workspace.direct_message(ada, app),
    ]
    for channel in told.life.channels:
        channel.say("Hello", user=ada)
        told.workspace.clock.move(seconds=5)
    exported = rows(told.unpack(write_export(told.workspace, tmp_path / "a.zip")))
    assert exported == rows(told.ask())
    assert len(exported) == 12


@quickly
@given(deeds(25), deeds(25), ZONES, ZONES, st.sampled_from(["1.zip", "2.zip"]))
def test_exports_one_after_the_other_tell_what_the_last_one_tells(
    first: list[Deed], second: list[Deed], zone: ZoneInfo, other: ZoneInfo, name: str
) -> None:
    told, mirror = Told(), Mirror()
    with TemporaryDirectory() as place:
        where = Path(place) / "*.zip"
        told.live(first)
        write_export(told.workspace, Path(place) / "1.zip", zone=zone)
        mirror.take(told.unpack(where), full=True)
        told.workspace.clock.move(seconds=60)
        told.live(second)
        last = write_export(told.workspace, Path(place) / name, zone=other)
        _follow(told, mirror, where)
        expected = rows(told.unpack(last))
    assert expected.items() <= mirror.events.items()
    for key in mirror.events.keys() - expected.keys():
        assert _is_at_an_edge(mirror.events[key], list(expected.values()))


def _follow(told: Told, mirror: Mirror, where: Path) -> None:
    try:
        config = {"channels": told.channels, "workspace": told.workspace.domain}
        mirror.take(read(where, mirror.cursor, **config), full=False)
    except CursorInvalidError:
        mirror.take(told.unpack(where), full=True)


def _is_at_an_edge(event: EpisodicEvent, held: Sequence[EpisodicEvent]) -> bool:
    """Whether an event lies outside of all that its channel is told of: nobody knows of it."""
    channel = event.attributes["channel"]
    times = [one.occurred_at for one in held if one.subject.startswith(f"{channel}/")]
    return not times or not min(times) <= event.occurred_at <= max(times)
