"""Who did it: accounts, and the people whom commits name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

GHOST: Final = "ghost"
"""The account that stands for every deleted one."""

_NOREPLY: Final = re.compile(
    r"(?:\d+\+)?([a-z0-9][a-z0-9-]*(?:\[bot\])?)@users\.noreply\.[a-z0-9.-]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A name to show and the stable key behind it.

    Attributes:
        name: as the service writes it.
        key: login or e-mail, in lower case.
    """

    name: str | None
    key: str | None


NOBODY: Final = Person(name=None, key=None)
"""Where a record names no one."""


def account(user: Mapping[str, Any] | None) -> Person:
    """Read an account; a deleted one is the ghost.

    >>> account(None).key, account({"login": "Ada"}).key
    ('ghost', 'ada')
    """
    login = GHOST if user is None else str(user["login"])
    return Person(name=login, key=login.lower())


def committer(person: Mapping[str, Any] | None, user: Mapping[str, Any] | None) -> Person:
    """Read whom a commit names, with the account that the service knows for it.

    >>> committer({"name": "Ada", "email": "7+Ada@users.noreply.github.com"}, None).key
    'ada'
    """
    named = person or {}
    email = str(named.get("email") or "").strip()
    login = str(user["login"]) if user and user.get("login") else login_of(email)
    key = login or email or str(named.get("name") or "")
    return Person(name=named.get("name") or login or None, key=key.lower() or None)


def parse_actor(node: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Write an account as REST has it, where a program's login says that it is one.

    >>> parse_actor({"__typename": "Bot", "login": "tidy"})
    {'login': 'tidy[bot]', 'type': 'Bot'}
    """
    if node is None:
        return None
    kind, login = str(node["__typename"]), str(node["login"]).removesuffix("[bot]")
    return {"login": f"{login}[bot]" if kind == "Bot" else login, "type": kind}


def login_of(email: str) -> str | None:
    """Give the login in an e-mail address that the service made up to hide the real one."""
    match = _NOREPLY.fullmatch(email)
    return match[1] if match else None


def is_bot(user: Mapping[str, Any] | None) -> bool:
    """Whether an account belongs to a program."""
    return bool(user) and (user or {}).get("type") == "Bot"
