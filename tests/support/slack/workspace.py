"""A whole Slack: accounts, channels, files, secrets, and the time there."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from threading import RLock
from typing import Any

from tests.support.loopback import StillClock
from tests.support.slack.channel import Channel
from tests.support.slack.things import Bot, File, Message, Token, User
from tests.support.slack.timeline import Timeline


class Workspace:
    """Holds all of it.

    Attributes:
        clock: all its times are of it.
        lock: held by the server while it answers.
        plan_days: so many days of history are shown, on the free plan 90; by default all of it.
    """

    def __init__(
        self, clock: StillClock | None = None, *, name: str = "Acme", domain: str = "acme"
    ) -> None:
        self.clock = clock or StillClock()
        self.lock = RLock()
        self.name = name
        self.domain = domain
        self.plan_days: int | None = None
        self.users: dict[str, User] = {}
        self.bots: dict[str, Bot] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.tokens: dict[str, Token] = {}
        self._ids = count(101)
        self.id = self.new_id("T")

    @property
    def url(self) -> str:
        return f"https://{self.domain}.slack.com/"

    def new_id(self, letter: str) -> str:
        return f"{letter}0{next(self._ids):07d}"

    def moment(self, at: datetime | None = None) -> datetime:
        """Give the time of a deed that happens now, or happened ``at``."""
        return at or self.clock.now()

    def user(self, name: str, **what: Any) -> User:
        """Give the account of that name, made if it is new; ``what`` as the attributes of User."""
        found = next((one for one in self.users.values() if one.name == name), None)
        if found is not None:
            return found
        made = User(
            id=self.new_id("U"),
            name=name,
            real_name=what.pop("real_name", name.title()),
            display_name=what.pop("display_name", name),
            email=what.pop("email", f"{name}@example.org"),
            updated=self.moment(),
            **what,
        )
        self.users[made.id] = made
        return made

    def app(self, name: str) -> User:
        """Give an app's own account, made if it is new."""
        made = self.user(name)
        if made.bot is None:
            made.bot = self.integration(name)
            made.bot.user_id = made.id
        return made

    def integration(self, name: str) -> Bot:
        """Make what classic integrations write as, without an account."""
        made = Bot(id=self.new_id("B"), name=name, app_id=self.new_id("A"), updated=self.moment())
        self.bots[made.id] = made
        return made

    def stranger(self, name: str, **what: Any) -> User:
        """Give an account of another workspace, which writes here and is on no list of ours."""
        made = self.user(name, **what)
        made.stranger = True
        return made

    def change_user(self, user: User, **what: Any) -> None:
        """Change attributes of an account, as ``display_name`` or ``deleted``."""
        user.updated = self.moment()
        for name, value in what.items():
            setattr(user, name, value)

    def token(self, value: str = "xoxb-reader", name: str = "reader", **what: Any) -> Token:
        """Give out a secret: an app's with ``xoxb-``, a person's with ``xoxp-``.

        ``what`` as the attributes of Token.
        """
        user = self.app(name) if value.startswith("xoxb-") else self.user(name)
        self.tokens[value] = Token(value=value, user=user, **what)
        return self.tokens[value]

    def channel(self, name: str, *members: User, creator: User | None = None) -> Channel:
        """Open a public channel."""
        return self._open(Channel, "public_channel", name, members, creator)

    def private_channel(
        self, name: str, *members: User, creator: User | None = None, legacy: bool = False
    ) -> Channel:
        """Open a private channel, with an id of before 2021 if it is ``legacy``."""
        return self._open(Channel, "private_channel", name, members, creator, legacy=legacy)

    def group_message(self, *members: User) -> Channel:
        """Open direct messages between more than two."""
        name = f"mpdm-{'--'.join(one.name for one in members)}-1"
        return self._open(Channel, "mpim", name, members, members[0])

    def direct_message(self, first: User, second: User) -> Channel:
        return self._open(Channel, "im", "", (first, second), first)

    def _open(
        self,
        make: type[Channel],
        kind: Any,
        name: str,
        members: tuple[User, ...],
        creator: User | None,
        **what: bool,
    ) -> Channel:
        opener = creator or (members[0] if members else self.user("founder"))
        made = make(self, kind=kind, name=name, creator=opener, **what)
        made.general = name == "general"
        made.members = [one.id for one in members]
        self.channels[made.id] = made
        return made

    def file(self, name: str, *, user: User, at: datetime | None = None, **what: Any) -> File:
        """Upload a file, or link one elsewhere; ``what`` as the attributes of File."""
        moment = self.moment(at)
        made = File(
            id=self.new_id("F"),
            name=name,
            title=what.pop("title", name),
            user=user.id,
            created=moment,
            **what,
        )
        self.files[made.id] = made
        return made

    def delete_file(self, file: File) -> None:
        """Delete it; the messages that had it keep its stone."""
        file.mode = "tombstone"

    def hide_file(self, file: File) -> None:
        """Hide it behind the limit of the plan."""
        file.mode = "hidden_by_limit"

    def find(self, channel_id: str) -> Channel | None:
        found = self.channels.get(channel_id)
        return None if found is None or found.gone else found

    def readable(self, user: User) -> Iterator[tuple[Channel, Message]]:
        """Give all that a member reads: what channels show, and what was answered to it."""
        for channel in self.channels.values():
            if channel.gone or user.id not in channel.members:
                continue
            for ts in list(channel.messages):
                message = channel.find(ts)
                if message is None:
                    continue
                if message.thread is None or message.broadcast or channel.find(message.thread):
                    yield channel, message

    def permalink(self, channel: Timeline, message: Message) -> str:
        """Give the address of a message."""
        link = f"{self.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
        if message.thread is not None:
            link += f"?thread_ts={message.thread}&cid={channel.id}"
        return link
