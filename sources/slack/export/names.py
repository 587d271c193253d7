"""What the names in an export say: what is read, what is passed over, and what is refused.

Nothing is ever unpacked, so no name can lead anywhere; one that tries to is refused all the same.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final

USERS: Final = ("users.json", "org_users.json")
CONVERSATIONS: Final = ("channels.json", "groups.json", "dms.json", "mpims.json")
"""The lists of conversations: public and private channels, direct messages of two and of more."""

LISTS: Final = (*USERS, *CONVERSATIONS)

TEAMS: Final = "teams"
"""The folder in which the export of an organisation has one for each of its workspaces."""

_TEAM: Final = re.compile(rf"{TEAMS}/[^/]+/")
_DAY: Final = re.compile(rf"((?:{_TEAM.pattern})?([^/]+))/(\d{{4}}-\d{{2}}-\d{{2}})\.json")
_UNCLEAN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\\\\\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, backslashes, and what turns the direction of writing."""

_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:[/\\]")

_BESIDES: Final = ("__MACOSX", ".")
"""What other programs leave in a zip or a folder."""

_FILE_COMMENTS: Final = re.compile(r"FC[:_]")
"""Folders of what was said about a file; no conversation that Slack lists.

What unpacks on Windows puts ``_`` for the colon; no channel's name has capitals.
"""


def clean(name: str) -> str:
    """Give the one form in which names are compared.

    A Mac writes letters and accents apart, and some programs on Windows a backslash for a slash.
    """
    return unicodedata.normalize("NFC", name.replace("\\", "/")).removeprefix("./")


def fault(name: str) -> str | None:
    """Say what is wrong with the clean name of something that is read; ``None``: nothing."""
    if leads_out(name):
        return "its name leads out of the export"
    if _UNCLEAN.search(name):
        return "its name has characters that hide what it says"
    return None


def leads_out(name: str) -> bool:
    """Whether whoever unpacks it would write elsewhere."""
    return bool(_ABSOLUTE.match(name)) or ".." in re.split(r"[/\\]", name)


def find_root(names: Iterable[str]) -> str | None:
    """Find the folder that an export lies in: empty, or ending in a slash; ``None``: there is none.

    >>> find_root(["Acme export/users.json", "Acme export/general/2024-01-31.json"])
    'Acme export/'
    """
    roots = set()
    for name in names:
        folder, _, base = name.rpartition("/")
        if name.startswith(_BESIDES) or folder.count("/") > 1:
            continue
        if base in LISTS and "/" not in folder:
            roots.add(f"{folder}/" if folder else "")
        elif parse_day(name):
            roots.add("")
        elif (inner := name.partition("/"))[1] and parse_day(inner[2]):
            roots.add(f"{inner[0]}/")
    if "" in roots:
        return ""
    return roots.pop() if len(roots) == 1 else None


def parse_day(name: str) -> tuple[str, str] | None:
    """Read the name of a day's file below the root: its folder and its day; ``None``: it is none.

    The day is that of the zone in which the export was made.

    >>> parse_day("general/2024-01-31.json"), parse_day("general/canvas.json")
    (('general', '2024-01-31'), None)
    """
    match = _DAY.fullmatch(name)
    if match is None or match[2].startswith(_BESIDES) or _FILE_COMMENTS.match(match[2]):
        return None
    try:
        date.fromisoformat(match[3])
    except ValueError:
        return None
    return match[1], match[3]


def part_team(name: str) -> tuple[str, str]:
    """Part a workspace's folder, in the export of an organisation, from what lies in it.

    >>> part_team("teams/acme/users.json"), part_team("users.json")
    (('teams/acme/', 'users.json'), ('', 'users.json'))
    """
    match = _TEAM.match(name)
    end = match.end() if match else 0
    return name[:end], name[end:]


def is_read(name: str) -> bool:
    """Whether what has this name below the root is read at all."""
    return part_team(name)[1] in LISTS or parse_day(name) is not None
