"""What readings cost at Slack's limits: the first one, a quiet one, those that find news.

Server and reader share a clock that moves only while somebody waits for a limit, so what would take
hours is told in seconds: minutes are those for which Slack makes this reader wait.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from sources.batch import Cursor
from sources.slack import SlackEventSource
from sources.slack.access import Access
from sources.slack.config import SlackConfig, SlackCredentials
from tests.support.slack import Channel, SlackServer, Workspace, slack_server
from tests.support.slack.serve import SECRET, fill

_OK: Final = 200
_RUNS: Final = 50
"""Readings after which what was not found never will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What one reading, or one after the other until all was found, took.

    Attributes:
        name: of it, in words.
        runs: how many readings.
        calls: answered, by method.
        refused: calls that were told to wait.
        minutes: for which it waited.
        given: messages and replies that were told, known ones too.
    """

    name: str
    runs: int
    calls: Counter[str]
    refused: int
    minutes: float
    given: int

    def __str__(self) -> str:
        """All of it, in a line."""
        calls = ", ".join(f"{method} {number:,}" for method, number in self.calls.most_common())
        return f"{self.name}: {calls}; {self.refused} refused, {self.runs} readings"


async def passes(channels: int, messages: int, days: int) -> list[Passed]:
    """Let one reader follow a workspace whose calls are counted and limited.

    Args:
        channels: how many.
        messages: that each of them shows.
        days: from the first one to the last.

    Raises:
        RuntimeError: something was said that was not found.
    """
    workspace = Workspace()
    made = fill(workspace, channels, messages, days)
    workspace.tokens[SECRET].unlimited = False
    hundredth = max(1, len(_parents(made)) // 100)
    with slack_server(workspace) as server:
        follower = _Follower(server)
        found = [await follower.read("a first reading")]
        workspace.clock.move(minutes=10)
        found.append(await follower.read("a quiet second one"))
        _answer(made, slice(-hundredth, None))
        found.append(await follower.read("one after the newest 1 % of threads went on"))
        _answer(made, slice(None, None, len(_parents(made)) // hundredth))
        workspace.clock.move(days=7)
        found.append(await follower.read("one a week later, after any 1 % of threads went on"))
    return found


def _parents(channels: Sequence[Channel]) -> list[tuple[str, Channel]]:
    """Give the first message of every thread by its time, the oldest first."""
    every = ((one.thread, channel) for channel in channels for one in channel.messages.values())
    return sorted(
        {(thread, channel) for thread, channel in every if thread}, key=lambda pair: pair[0]
    )


def _answer(channels: Sequence[Channel], which: slice) -> None:
    for thread, channel in _parents(channels)[which]:
        channel.workspace.clock.move(seconds=1)
        parent = channel.messages[thread]
        channel.reply(parent, "It still does not.", user=channel.workspace.users[parent.user or ""])


class _Follower:
    """Reads again and again from where it stood."""

    def __init__(self, server: SlackServer) -> None:
        self._server = server
        self._cursor: Cursor | None = None
        self._told: set[str] = set()

    async def read(self, name: str) -> Passed:
        """Read until all that was said is told."""
        clock = self._server.workspace.clock
        self._server.asked.clear()
        waited, given, runs = len(clock.waits), 0, 0
        while True:
            given += await self._read()
            runs += 1
            missing = self._missing()
            if not missing:
                break
            if runs == _RUNS:
                raise RuntimeError(f"{name}: {len(missing)} messages were not told")
        return Passed(
            name=name,
            runs=runs,
            calls=Counter(kind for _, status, kind in self._server.asked if status == _OK),
            refused=sum(status != _OK for _, status, _ in self._server.asked),
            minutes=sum(clock.waits[waited:]) / 60,
            given=given,
        )

    async def _read(self) -> int:
        settings = SlackConfig(base_url=self._server.url)
        credentials = SlackCredentials(bot_token=SecretStr(SECRET))
        access = Access(settings, credentials, "measured", self._server.workspace.clock)
        given = 0
        async with SlackEventSource("measured", settings, access) as source:
            await source.set_cursor(self._cursor)
            await source.validate()
            async with aclosing(source.generate_batches()) as batches:
                async for batch in batches:
                    subjects = map(str, batch.events.column("subject").to_pylist())
                    said = [one for one in subjects if "/" in one]  # others are channels
                    given += len(said)
                    self._told.update(said)
                    self._cursor = batch.cursor
        return given

    def _missing(self) -> set[str]:
        workspace = self._server.workspace
        reader = workspace.tokens[SECRET].user
        return {f"{where.id}/{one.ts}" for where, one in workspace.readable(reader)} - self._told
