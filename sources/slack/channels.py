"""Which channels are read: those that are named, or all public ones that the bot is in."""

import logging
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from sources.slack.calls import MOST, Web
from sources.slack.config import SlackConfig
from sources.slack.cursor import Place
from sources.slack.faults import lost
from sources.slack.names import Payload

logger = logging.getLogger(__name__)

PUBLIC: Final = "public_channel"
HIDDEN: Final = {
    "private_channel": re.compile(""),
    "mpim": re.compile(r"mpdm-|[CG][A-Z0-9]+$"),
    "im": re.compile(r"D[A-Z0-9]+$"),
}
"""What is not public, and how the names begin, or the ids, that are looked for there."""

_ALL: Final = "all"
_GLOB: Final = re.compile(r"[*?\[]")


class Finder:
    """Finds the channels of one workspace.

    Args:
        web: calls the API.
        config: the source's settings.
        known: places by the ids of channels that were read before.

    Attributes:
        names: of all channels that were listed, by id.
        found: records of the channels that can be read, by id.
        asked: by id, the name by which a channel was asked for.
        gone: why, by id, channels cannot be read any more that were read before.
    """

    def __init__(self, web: Web, config: SlackConfig, known: dict[str, Place]) -> None:
        self._web = web
        self._config = config
        self._known = known
        self.names: dict[str, str] = {}
        self.found: dict[str, Payload] = {}
        self.asked: dict[str, str] = {}
        self.gone: dict[str, str] = {}

    def find(self) -> None:
        """Ask which there are, and choose.

        Raises:
            ConfigError: a channel that is named is not there, or the bot is not in it.
            CredentialsError: the token is refused, or lacks a scope.
        """
        named = {name for name in self._config.channels if not _is_pattern(name)}
        records = list(self._list(PUBLIC))
        missing = named - {key for record in records for key in self._keys(record)}
        for types, fits in HIDDEN.items():
            if any(fits.match(name) for name in missing):
                hidden = list(self._list(types))
                records += [record for record in hidden if missing.intersection(self._keys(record))]
                missing -= {key for record in hidden for key in self._keys(record)}
        for record in records:
            self._choose(record, named.intersection(self._keys(record)))
        self._lose(missing)

    def _list(self, types: str) -> Iterator[Payload]:
        params = {"types": types, "exclude_archived": "false", "limit": MOST}
        for page in self._web.pages("conversations.list", "channels", params):
            for record in page["channels"]:
                if isinstance(record, dict) and record.get("id"):
                    self.names[str(record["id"])] = str(record.get("name") or "")
                    yield record

    def _choose(self, record: Payload, named: set[str]) -> None:
        key, explicit = str(record["id"]), bool(named)
        self.asked[key] = min(named - {key}, default="")
        if not explicit and not self._is_wanted(record):
            return
        if _is_inside(record) or self._join(record):
            self.found[key] = record
        elif record.get("is_archived") and key in self._known:
            self.found[key] = record  # nobody is a member of it then
        elif key in self._known:
            self.gone[key] = "not_in_channel"
        elif explicit:
            archived = bool(record.get("is_archived"))
            error = "is_archived" if archived else "not_in_channel"
            raise lost(self._web.source_id, f"the channel #{record.get('name') or key}", error)

    def _keys(self, record: Payload) -> set[str]:
        """Give what a channel can be named by, the name too that it had when it was first read."""
        place = self._known.get(str(record["id"]))
        keys = (record["id"], record.get("name"), place.asked if place else None)
        return {str(key) for key in keys if key}

    def _is_wanted(self, record: Payload) -> bool:
        """Whether a pattern fits; none reaches what is private."""
        if record.get("is_private"):
            return False
        patterns = [name for name in self._config.channels if _is_pattern(name)]
        name = str(record.get("name") or "")
        return any(word == _ALL or fnmatchcase(name, word) for word in patterns)

    def _join(self, record: Payload) -> bool:
        """Let the bot join, if that is asked for and can be."""
        if not self._config.join or record.get("is_private") or record.get("is_archived"):
            return False
        name = str(record.get("name"))
        self._web.call("conversations.join", {"channel": record["id"]}, about=f"#{name}")
        logger.warning("%s: the bot has joined #%s", self._web.source_id, name)
        return True

    def _lose(self, missing: set[str]) -> None:
        """Sort what is named, or was read before, and is not listed any more."""
        for key, place in self._known.items():
            if key not in self.names:
                self.gone[key] = "channel_not_found"
                missing -= {key, place.asked}
        if missing:
            what = f"the channel #{min(missing)}"
            raise lost(self._web.source_id, what, "channel_not_found")
        if not self.found and not self._known:
            logger.warning(
                "%s: of the channels asked for the bot is in none, so there is nothing to read: "
                "write /invite @bot in each, or set `join: true` for public ones",
                self._web.source_id,
            )


def _is_inside(record: Payload) -> bool:
    """Whether the bot is in a channel; what is private is listed only for those who are."""
    if record.get("is_im") or record.get("is_mpim"):
        return True
    return bool(record.get("is_member", record.get("is_private")))


def _is_pattern(name: str) -> bool:
    return name == _ALL or _GLOB.search(name) is not None
