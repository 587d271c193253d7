"""What a source's sensor does next, decided from facts alone: no Dagster, no store, no clock.

A tick first calls :func:`decide`. Where the answer is ``probe``, the source is asked whether
there is anything new, and :func:`after_probe` or :func:`after_refusal` ends the tick.

The sensor's memory is its cursor in Dagster, which people may read, edit and clear. An edit or
a clearing begins a new epoch; everything else follows the store's progress row, so that no
start is ever ahead of the data.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from pipelines.memory import Memory, read_memory
from pipelines.wording import counted
from resources.stores.report import SourceState
from sources import ConfigError, Cursor, Probe

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=30)
CANCELLED_PAUSE: Final = timedelta(minutes=15)
"""How long a source is left alone after a person stopped its run."""

Fresh = Callable[[], str]
"""Gives a new UUID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """What a run said at its end, in the source's own unpartitioned materialisation.

    Attributes:
        cursor: where the source stands.
        epoch: the line of progress it followed.
        finished: all was read; False: the next slice waits.
        resumes_at: when that can be read, aware; ``None``: at once.
    """

    cursor: Cursor | None
    epoch: str
    finished: bool
    resumes_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The newest sync run of a source.

    Attributes:
        run_id: which.
        token: the request it answers.
        state: what became of it so far.
        ended_at: when, aware; ``None`` while it is under way.
        landing: what it said at its end, whatever became of other steps of the run.
        retry_at: when the service said to come again, aware.
        words: how far it is, or why it failed.
    """

    run_id: str
    token: str | None
    state: Literal["under way", "succeeded", "failed", "cancelled"]
    ended_at: datetime | None = None
    landing: Landing | None = None
    retry_at: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision rests on.

    Attributes:
        now: the present, aware.
        every: shortest time between two looks; zero: as often as the sensor ticks.
        fingerprint: of the source's configuration.
        recut: whether the source's windows are stored by another grain or start.
        incarnation: of the store.
        row: the source's progress row.
        waiting: windows that no run has announced yet.
        holder: who writes the source now, in words.
        last: the newest sync run.
    """

    now: datetime
    every: timedelta
    fingerprint: str
    incarnation: str
    recut: bool = False
    row: SourceState | None = None
    waiting: int = 0
    holder: str | None = None
    last: LastRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a tick does.

    Attributes:
        action: ``ask`` for a run, ``probe`` the source first, or ``skip``.
        reason: why, in words for the tick.
        memory: what to remember; ``None``: leave the sensor's cursor alone.
    """

    action: Literal["ask", "probe", "skip"]
    reason: str
    memory: Memory | None


def decide(text: str | None, facts: Facts, fresh: Fresh) -> Decision:
    """Say what a tick does, as far as it can be said without asking the source."""
    last = facts.last
    if last and last.state == "under way":
        return Decision(action="skip", reason=_describe(last), memory=None)
    try:
        memory = _recall(text, facts, fresh)
    except ConfigError as error:
        return Decision(action="skip", reason=str(error), memory=None)
    unfinished = False
    if last and last.token is not None and last.token == memory.token:
        memory, unfinished = _settle(memory, last, facts)
    memory = _follow(memory, facts.row)
    urgent = _urgent(memory, facts, unfinished=unfinished)
    if hold := _hold(memory, facts, urgent):
        return Decision(action="skip", reason=hold, memory=memory)
    if urgent:
        return _ask(memory, urgent, fresh)
    return Decision(action="probe", reason="", memory=memory)


def after_probe(memory: Memory, probe: Probe, facts: Facts, fresh: Fresh) -> Decision:
    """End a tick with the source's own answer."""
    if probe.new:
        return _ask(memory, probe.reason, fresh)
    quiet = replace(memory, attempt=0, not_before=_later(facts.now, facts.every))
    return Decision(action="skip", reason=f"nothing new: {probe.reason}", memory=quiet)


def after_refusal(memory: Memory, words: str, retry_after: float | None, facts: Facts) -> Decision:
    """End a tick whose source could not be asked; ``retry_after`` in seconds, if it said so."""
    named = None if retry_after is None else facts.now + timedelta(seconds=retry_after)
    paused = _back_off(memory, facts.now, named)
    return Decision(action="skip", reason=words, memory=paused)


def _recall(text: str | None, facts: Facts, fresh: Fresh) -> Memory:
    """Read the sensor's cursor, and honour what a person did to it."""
    if not text:
        if facts.last is None:
            return _newcomer(facts.row, fresh)
        return Memory(cursor=None, epoch=fresh(), begins=True)
    found = read_memory(text, facts.incarnation)
    match found.origin:
        case "own":
            return found.memory
        case "other store":
            return _newcomer(facts.row, fresh)
        case "edited":
            return Memory(cursor=found.memory.cursor, epoch=fresh(), begins=True)


def _newcomer(row: SourceState | None, fresh: Fresh) -> Memory:
    """Begin where the store stands."""
    if row is None:
        return Memory(cursor=None, epoch=fresh())
    return Memory(cursor=row.cursor, epoch=row.epoch)


def _settle(memory: Memory, last: LastRun, facts: Facts) -> tuple[Memory, bool]:
    """Take in what became of the run that was asked for; says whether more is to come."""
    ended = last.ended_at or facts.now
    if landing := last.landing:
        wait = _later(ended, facts.every) if landing.finished else landing.resumes_at
        tries = 1 if landing.resumes_at is not None else 0
        landed = Memory(cursor=landing.cursor, epoch=landing.epoch, not_before=wait, attempt=tries)
        return landed, not landing.finished
    if last.state == "cancelled":
        pause = ended + CANCELLED_PAUSE
        tries = max(memory.attempt, 1)
        return replace(memory, token=None, attempt=tries, not_before=pause), False
    return _back_off(memory, ended, last.retry_at), False


def _back_off(memory: Memory, since: datetime, named: datetime | None) -> Memory:
    """Wait twice as long with each attempt, or until the time that the service named."""
    doubled = FIRST_PAUSE * 2 ** min(memory.attempt, 16)
    until = since + min(doubled, LONGEST_PAUSE)
    if named is not None:
        until = max(until, named)
    return replace(memory, token=None, attempt=memory.attempt + 1, not_before=until)


def _follow(memory: Memory, row: SourceState | None) -> Memory:
    """Follow the progress row, unless a person has just begun an epoch that it does not have."""
    if row is None:
        return memory
    if memory.epoch == row.epoch:
        return replace(memory, begins=False)
    return memory if memory.begins else replace(memory, epoch=row.epoch, cursor=row.cursor)


def _urgent(memory: Memory, facts: Facts, *, unfinished: bool) -> str:
    """Say why a run is needed whatever the source would answer; empty: it is not."""
    if memory.begins:
        return "a person changed the cursor: a new pass begins from it"
    if unfinished:
        return "the next slice waits"
    if facts.row is None:
        return "nothing has been stored yet"
    if outdated := _outdated(facts.row, facts):
        return outdated
    if facts.waiting:
        verb = "waits" if facts.waiting == 1 else "wait"
        return f"{counted(facts.waiting, 'window')} {verb} to be announced"
    return ""


def _outdated(row: SourceState, facts: Facts) -> str:
    """Say why what is stored is not all that it should be; empty: as far as is known it is."""
    if row.fingerprint != facts.fingerprint:
        return "the configuration has changed"
    if facts.recut:
        return "grain or start has changed"
    if row.pass_id is not None:  # nothing new may be left to read, yet only a run can end it
        return "a reading from the beginning was interrupted"
    return ""


def _hold(memory: Memory, facts: Facts, urgent: str) -> str:
    """Say why nothing may be started now; empty: it may."""
    if facts.holder:
        return f"{facts.holder} writes this source: looking again when it is done"
    if memory.not_before is None or facts.now >= memory.not_before:
        return ""
    when = f"{memory.not_before:%Y-%m-%d %H:%M:%S} UTC"
    last = facts.last
    if memory.attempt == 0:
        return "" if urgent else f"the next look is at {when}"
    if last and last.state == "cancelled":
        return f"a person stopped run {last.run_id[:8]}: trying again at {when}"
    if last and last.state == "succeeded":
        return f"attempt {memory.attempt} was turned away; going on at {when}"
    why = f": {last.words}" if last and last.state == "failed" and last.words else ""
    return f"attempt {memory.attempt} failed; trying again at {when}{why}"


def _ask(memory: Memory, reason: str, fresh: Fresh) -> Decision:
    asked = replace(memory, token=fresh(), not_before=None)
    return Decision(action="ask", reason=reason, memory=asked)


def _later(moment: datetime, every: timedelta) -> datetime | None:
    return moment + every if every else None


def _describe(last: LastRun) -> str:
    return f"run {last.run_id[:8]} is under way" + (f": {last.words}" if last.words else "")
