"""A channel's beginning and end, of which its history does not tell."""

from datetime import datetime
from typing import Any

from sources.event import EpisodicEvent, event_id
from sources.slack.kinds import CREATED, GONE
from sources.slack.messages import SOURCE_TYPE, Shape
from sources.slack.moments import day_of, moment, stamp
from sources.slack.names import Channel, Names, Payload

_WHY = {
    "channel_not_found": "it was deleted, or made private",
    "not_in_channel": "the bot is not in it any more",
    "is_archived": "it is archived",
}


def call_channel(record: Payload, names: Names | None = None) -> Channel:
    """Give a channel by its record; a direct message is called after whom it is with."""
    key, user = str(record["id"]), record.get("user")
    if record.get("name"):
        return Channel(id=key, name=str(record["name"]))
    other = (names or Names()).user(str(user)) if user else key
    return Channel(id=key, name=f"@{other}" if user else key)


def created(channel: Channel, record: Payload, names: Names, shape: Shape) -> EpisodicEvent | None:
    """Make the event of a channel's creation; ``None``: its record does not tell when that was."""
    seconds = record.get("created")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 10**11:
        return None
    at = moment(f"{seconds}.000000")
    creator = record.get("creator")
    return _build(
        CREATED,
        f"{channel.id}/created",
        channel,
        at,
        shape,
        title=f"#{channel.name} was created",
        actor=names.user(str(creator)) if creator else None,
        actor_key=str(creator) if creator else None,
        attributes={
            "channel": channel.id,
            **({"private": True} if record.get("is_private") else {}),
        },
    )


def gone(channel: Channel, error: str, at: datetime, shape: Shape) -> EpisodicEvent:
    """Make the event that a channel was found to be out of reach."""
    return _build(
        GONE,
        f"{channel.id}/gone/{stamp(at)}",
        channel,
        at,
        shape,
        title=f"#{channel.name} cannot be read any more: {_WHY.get(error, error)}",
        outcome=error,
        attributes={"channel": channel.id},
    )


def _build(
    kind: str, native: str, channel: Channel, at: datetime, shape: Shape, **fields: Any
) -> EpisodicEvent:
    return EpisodicEvent(
        event_id=event_id(shape.source_id, kind, native),
        source_id=shape.source_id,
        source_type=SOURCE_TYPE,
        kind=kind,
        occurred_at=at,
        session_id=f"{channel.id}/{day_of(stamp(at))}",
        subject=channel.id,
        scope=channel.name,
        url=f"{shape.team_url}archives/{channel.id}" if shape.team_url else None,
        **fields,
    )
