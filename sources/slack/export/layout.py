"""Which conversation each folder of an export belongs to, and who the people are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sources.slack.export import names
from sources.slack.export.archive import Archive, DamagedError
from sources.slack.export.days import read_list
from sources.slack.names import Names, Payload

_KINDS: Final[Mapping[str, Mapping[str, bool]]] = {
    "channels.json": {"is_private": False},
    "groups.json": {"is_private": True},
    "dms.json": {"is_im": True},
    "mpims.json": {"is_mpim": True, "is_private": True},
}
"""What the API says of a conversation, and an export by the list that it stands in."""

_KEPT: Final = ("id", "name", "created", "creator", "is_archived")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the lists of one export say.

    Attributes:
        people: names of people and bots by their ids.
        conversations: what the API would list, by id, without members.
        folders: ids of conversations by the names that their folders have.
    """

    people: Names = field(default_factory=Names)
    conversations: dict[str, Payload] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)

    def key(self, folder: str) -> str:
        """Give the id of a folder's conversation; where no list has it, the folder's own name."""
        return self.folders.get(folder, folder)

    def names(self) -> dict[str, str]:
        """Give the names of conversations by their ids."""
        found = ((key, told.get("name")) for key, told in self.conversations.items())
        return {key: name for key, name in found if name}


def read_lists(archive: Archive) -> Listed:
    """Read who and what there is; of people only the names are kept.

    Raises:
        ConfigError: a list is damaged: nobody could say what is what.
    """
    listed = Listed()
    for _, name in _find(archive, names.USERS):
        listed.people.learn_users(_records(archive, name))
    for team, name in _find(archive, names.CONVERSATIONS):
        # Of two with one name the folder is the living one's, else the later one's.
        kind = _KINDS[name.removeprefix(team)]
        found = [_converse(item, kind) for item in _records(archive, name)]
        for item in sorted(found, key=_standing):
            listed.folders[team + names.clean(item.get("name") or item["id"])] = item["id"]
            _name_people(item, listed.people)
            listed.conversations[item["id"]] = item
    return listed


def _find(archive: Archive, bases: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the lists of some names, each with its workspace's folder, if it lies in one."""
    for base in bases:
        for name in archive.lists:
            team, rest = names.part_team(name)
            if rest == base:
                yield team, name


def _name_people(item: dict[str, Any], known: Names) -> None:
    """Say of a direct message whom it is with, of one between two people who they are."""
    members = set(item.pop("members", ()))  # who writes to themselves is there twice
    people = sorted(members - known.bots)
    if len(people) == 1:  # as the API tells an app that reads its messages
        item["user"] = people[0]
    elif members:
        item["name"] = ", ".join(sorted(f"@{known.user(one)}" for one in members))


def _converse(item: Payload, kind: Mapping[str, bool]) -> dict[str, Any]:
    """Say of a conversation what the API would."""
    told: dict[str, Any] = {key: item[key] for key in _KEPT if key in item}
    told.update(kind)
    created = told.pop("created", None)
    if str(created).isdecimal():  # old exports have it as a text
        told["created"] = int(created)
    if not isinstance(told.get("name"), str):
        told.pop("name", None)
    if kind.get("is_im"):
        told["members"] = [one for one in item.get("members") or () if isinstance(one, str)]
    return told


def _standing(item: Payload) -> tuple[bool, int]:
    return not item.get("is_archived"), item.get("created", 0)


def _records(archive: Archive, name: str) -> Iterator[dict[str, Any]]:
    member = archive.lists.get(name)
    if member is None:
        return
    try:
        for record in read_list(archive, member):
            if isinstance(record, dict) and isinstance(record.get("id"), str) and record["id"]:
                yield record
    except DamagedError as error:
        raise archive.refusal(f"{name} is damaged: {error}") from error
