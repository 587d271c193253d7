"""Who a message is by, where people, their apps and bots write alike."""

from pathlib import Path
from typing import Any

from sources import EpisodicEvent
from sources.slack.messages import Shape, make_event
from sources.slack.names import Names
from tests.support.slack import slack_server
from tests.support.slack_exports import USERS, events, export, make_zip, message
from tests.support.slack_exports import read as read_export
from tests.support.slack_history import people, reader
from tests.support.slack_reading import held
from tests.unit.test_slack_messages import CHANNEL, NAMES, read

WITHOUT_BOTS = Shape(source_id="demo", include_bots=False)
ROBO: dict[str, Any] = {
    "id": "U0000009",
    "name": "robo",
    "is_bot": True,
    "profile": {"real_name": "Robo"},
}
APP: dict[str, Any] = {
    "bot_id": "B2",
    "app_id": "A2",
    "bot_profile": {"id": "B2", "name": "My App"},
}


def shown(event: EpisodicEvent) -> tuple[str | None, str | None, bool, str | None]:
    """Give who it is by, and what is said of the app."""
    attributes = event.attributes
    return event.actor, event.actor_key, attributes.get("bot", False), attributes.get("app")


def test_a_bot_has_the_name_it_gives_itself() -> None:
    event = read(subtype="bot_message", user=None, bot_id="B1", username="CI")

    assert shown(event) == ("CI", "B1", True, None)
    assert read(bot_id="B1", user="U9", bot_profile={"name": "Robo"}).actor == "Robo"
    assert read(bot_id="B1").actor == "Ada"
    assert read(user=None).actor is None


def test_bots_can_be_left_out() -> None:
    bots = {"ts": "1.000000", "bot_id": "B1"}, {"ts": "1.000000", "bot_id": "B1", "user": "U9"}

    assert [make_event(CHANNEL, bot, NAMES, WITHOUT_BOTS) for bot in bots] == [None, None]
    assert read(WITHOUT_BOTS).url is None


def test_what_an_app_writes_for_a_person_is_the_persons() -> None:
    assert shown(read(**APP)) == ("Ada", "U1", False, "My App")
    assert shown(read(WITHOUT_BOTS, **APP)) == ("Ada", "U1", False, "My App")
    assert shown(read(subtype="bot_message", bot_id="B2", username="Q&amp;A")) == (
        "Ada",
        "U1",
        False,
        "Q&A",
    )
    assert read(**APP, text="Built", blocks=[{"type": "header", "text": "All of it"}]).body == (
        "Built\nAll of it"
    )


def test_an_account_of_an_app_is_a_bot() -> None:
    names = Names(users={"U1": "Robo"}, bots={"U1"})
    spoken = {"ts": "1.000000", "user": "U1", "text": "Hello", **APP}
    event = make_event(CHANNEL, spoken, names, Shape(source_id="demo"))

    assert isinstance(event, EpisodicEvent)
    assert shown(event) == ("My App", "U1", True, None)
    assert make_event(CHANNEL, spoken, names, WITHOUT_BOTS) is None
    slackbot = Names(users={"USLACKBOT": "Slackbot"})
    assert make_event(CHANNEL, spoken | {"user": "USLACKBOT"}, slackbot, WITHOUT_BOTS) is None


def test_a_bot_without_a_name_has_that_of_its_account() -> None:
    names = Names.of([{"id": "U9", "name": "robo", "is_bot": True, "profile": {"bot_id": "B9"}}])
    shape = Shape(source_id="demo")

    def spoken(**fields: Any) -> EpisodicEvent:
        made = make_event(CHANNEL, {"ts": "1.000000", "text": "<@B9>"} | fields, names, shape)
        assert isinstance(made, EpisodicEvent)
        return made

    assert shown(spoken(subtype="bot_message", bot_id="B9")) == ("robo", "B9", True, None)
    assert shown(spoken(subtype="bot_message", bot_id="B9", username="CI"))[0] == "CI"
    assert shown(spoken(user="B9")) == ("robo", "B9", True, None)
    assert shown(spoken(user="U9")) == ("robo", "U9", True, None)
    assert (spoken().title, spoken().attributes["mentions"]) == ("@robo", ["B9"])
    assert "bot" not in spoken(user="U9", subtype="channel_join").attributes
    assert "bot" not in spoken(user="U9", subtype="bot_add", bot_id="B9").attributes
    assert make_event(CHANNEL, {"ts": "1.000000", "user": "B9"}, names, WITHOUT_BOTS) is None


def test_a_huddle_is_by_whoever_began_it() -> None:
    room = {"created_by": "U1", "participants": ["U2"], "participant_history": ["U2", "U1", None]}
    slack: dict[str, Any] = {"user": "USLACKBOT", "subtype": "huddle_thread", "text": ""}
    event = read(**slack, room=room)

    assert shown(event) == ("Ada", "U1", False, None)
    assert event.attributes["participants"] == ["U1", "U2"]
    assert read(**slack, room={"participants": "none"}).actor == "Slackbot"
    assert "participants" not in read(subtype="sh_room_created", room=room).attributes


def test_the_lists_of_an_export_tell_people_from_bots(tmp_path: Path) -> None:
    told = [message(0, "Mine", **APP), message(1, "Its", **(APP | {"user": ROBO["id"]}))]
    older = export(general_04=[message(-86_400, "Older", **(APP | {"user": ROBO["id"]}))])
    make_zip(tmp_path / "a.zip", older | {"users.json": [*USERS, ROBO]})
    make_zip(tmp_path / "b.zip", export(general_05=told) | {"users.json": [*USERS, ROBO]})
    found = {event.title: shown(event) for event in events(read_export(tmp_path / "*.zip"))}

    assert found == {
        "Older": ("My App", "U0000009", True, None),
        "Mine": ("Ada", "U0000001", False, "My App"),
        "Its": ("My App", "U0000009", True, None),
    }
    kept = events(read_export(tmp_path / "*.zip", include_bots=False))
    assert [event.title for event in kept] == ["Mine"]


def test_the_api_tells_people_from_bots() -> None:
    with slack_server() as server:
        workspace = server.workspace
        ada = people(workspace)[0]
        channel = workspace.channel("general", ada, reader(workspace), creator=ada)
        channel.say("Mine", user=ada, bot=workspace.integration("My App"))
        channel.say("Its", user=workspace.app("deployer"))
        spoken = held(server, include_bots=False).values()
        everything = held(server).values()

    assert [shown(one) for one in spoken if one.kind == "slack.message"] == [
        ("Ada", ada.id, False, "My App")
    ]
    bots = [one.title for one in everything if "bot" in one.attributes]
    assert bots == ["Its"]
