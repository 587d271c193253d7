"""A whole GitHub: accounts, repositories, secrets, and the time there."""

from datetime import datetime
from itertools import count
from threading import RLock

from tests.support.github.repository import Repository
from tests.support.github.things import Token, User
from tests.support.loopback.clock import StillClock


class Site:
    """Holds all of it.

    Attributes:
        clock: all its times are of it, in whole seconds.
        version: another one after each change.
        deepest: things that the pages of a list lead to; beyond them is an error.
        short_comparisons: two commits are compared by 250 at most, as old Enterprise Servers do.
        apps: numbers of Apps with their public keys; without any, no signature is looked at.
        lock: held by the server while it answers.
    """

    def __init__(self, clock: StillClock | None = None) -> None:
        self.clock = clock or StillClock()
        self.lock = RLock()
        self.version = 0
        self.deepest = 40_000
        self.short_comparisons = False
        self.users: dict[str, User] = {}
        self.repositories: dict[int, Repository] = {}
        self.tokens: dict[str, Token] = {}
        self.installations: dict[int, User] = {}
        self.apps: dict[str, str] = {}
        self._names: dict[str, int] = {}
        self._ids = count(1001)

    def new_id(self) -> int:
        return next(self._ids)

    def moment(self, at: datetime | None = None) -> datetime:
        """Give the time of a change that happens now, or happened ``at``."""
        self.version += 1
        return (at or self.clock.now()).replace(microsecond=0)

    def user(self, login: str, *, kind: str = "User", name: str | None = None) -> User:
        """Give the account, made if it is new."""
        if login not in self.users:
            self.moment()
            self.users[login] = User(id=self.new_id(), login=login, kind=kind, name=name)
        return self.users[login]

    def organisation(self, login: str) -> User:
        return self.user(login, kind="Organization")

    def token(self, value: str, login: str = "reader", **what: object) -> Token:
        """Give out a secret that is known from now on; ``what`` as the attributes of Token."""
        self.tokens[value] = Token(value=value, user=self.user(login), **what)  # type: ignore[arg-type]
        return self.tokens[value]

    def repository(self, full_name: str, *, private: bool = False) -> Repository:
        """Make a repository, empty; its owner is made too."""
        owner, _, name = full_name.partition("/")
        made = Repository(self, owner=self.user(owner), name=name, private=private)
        self.repositories[made.id] = made
        self._names[full_name.lower()] = made.id
        return made

    def rename(self, repository: Repository, full_name: str) -> None:
        """Give it another owner or name; the old one leads to it."""
        owner, _, name = full_name.partition("/")
        repository.owner, repository.name = self.user(owner), name
        repository.updated_at = self.moment()
        self._names[full_name.lower()] = repository.id

    def delete(self, repository: Repository) -> None:
        self.moment()
        del self.repositories[repository.id]

    def find(self, full_name: str) -> Repository | None:
        """Give the repository that has or had that name."""
        number = self._names.get(full_name.lower())
        return None if number is None else self.repositories.get(number)

    def owned(self, login: str) -> list[Repository]:
        return [one for one in self.repositories.values() if one.owner.login == login]
