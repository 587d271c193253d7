"""One export: its files by name, out of a zip or a folder, none of them ever written anywhere."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import blake2b
from typing import IO, Any, Final

from sources.errors import ConfigError
from sources.slack.export import names

DAMAGE_REMEDY: Final = "Download or pack the export again"


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an export that is read.

    Attributes:
        name: its path in the export, clean.
        size: bytes, unpacked.
        stamp: differs where the content does.
        handle: what the archive finds it by.
    """

    name: str
    size: int
    stamp: int
    handle: Any


class DamagedError(Exception):
    """A file of an export cannot be read to its end; the others may be."""


class Archive(ABC):
    """An export that is open.

    Attributes:
        label: how it is called in messages.
        source_id: whose it is.
        lists: the files about people and conversations, by name.
        days: the files with messages, by folder and day, days in order.
        ignored: how many other files it has: uploads, canvases, logs of integrations.
        written: when it was made, by its own account, comparable as text; may be empty.
    """

    def __init__(self, label: str, source_id: str) -> None:
        self.label = label
        self.source_id = source_id
        self.lists: dict[str, Member] = {}
        self.days: dict[str, dict[str, Member]] = {}
        self.ignored = 0
        self.written = ""

    @abstractmethod
    def open(self, member: Member) -> AbstractContextManager[IO[bytes]]:
        """Open one file.

        Raises:
            DamagedError: it cannot be opened.
        """

    @abstractmethod
    def close(self) -> None:
        """Give everything back; may be called twice."""

    def digest(self) -> str:
        """Name what it says: the same files with the same content are the same export."""
        found = blake2b(digest_size=12)
        members = [*self.lists.values(), *self.members()]
        for line in sorted(f"{item.name}\0{item.size}\0{item.stamp}\n" for item in members):
            found.update(line.encode("utf-8", "surrogatepass"))
        return found.hexdigest()

    def members(self) -> Iterable[Member]:
        """Give all files with messages."""
        return (member for days in self.days.values() for member in days.values())

    def all_days(self) -> list[str]:
        """Give the days of which it has files, in order."""
        return sorted({day for found in self.days.values() for day in found})

    def _sort(self, members: Iterable[Member], files: int) -> None:
        """Take the files that are read.

        Raises:
            ConfigError: two have one name.
        """
        found = sorted(members, key=lambda item: item.name)
        for member in found:
            day = names.parse_day(member.name)
            place = self.lists if day is None else self.days.setdefault(day[0], {})
            key = member.name if day is None else day[1]
            if key in place:
                raise self.refusal(f"it holds {member.name} twice")
            place[key] = member
        self.ignored = files - len(found)

    def refusal(self, why: str, remedy: str = DAMAGE_REMEDY) -> ConfigError:
        """Refuse the export."""
        return ConfigError(f"{self.source_id}: {self.label}: {why}", remedy=remedy)
