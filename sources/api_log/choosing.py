"""Which format the lines have: found once by vote, then kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from sources.api_log.detection import create_parser, create_privacy, detect
from sources.api_log.formats.names import AUTO, FAMILIES
from sources.api_log.matching import Work, open_log
from sources.api_log.otlp_lines import longest
from sources.api_log.parsing import NOT_A_REQUEST, Parser
from sources.api_log.position import Position
from sources.api_log.setup import Setup
from sources.api_log.streams import Stream, skip_lead
from sources.errors import ConfigError, CredentialsError

_ANY: Final = "combined"
"""A format to try the other settings with."""
VOTES: Final = 100
"""Lines after which the format is no longer asked for."""
_LINES: Final = 200
_FILES: Final = 10
_SAMPLE: Final = 1 << 16
_MUCH: Final = 1 << 20
_FEW: Final = 10
"""So few lines may all be bad without anything being wrong with the format."""
_SHOWN: Final = 200


def choose_format(setup: Setup, works: Sequence[Work], position: Position) -> Position:
    """Find the format of the lines in ``works``, where it is not certain yet.

    Raises:
        ConfigError: none fits, or the configured one fits no line.
    """
    pinned = setup.config.format if is_certain(setup.config.format) else position.format
    if position.voted >= VOTES and pinned == position.format:
        return position
    sample = _sample(works)
    if not sample:
        return position
    if pinned is None or _wrong(setup, pinned, sample):
        with named(setup.source_id, f"{works[0].file.path} begins with {_shown(setup, sample[0])}"):
            pinned = detect(sample, setup.config)
        wrong = _wrong(setup, pinned, sample)
        if wrong and len(sample) >= _FEW:
            raise ConfigError(
                f"{setup.source_id}: format {pinned!r} fits no line of {works[0].file.path} "
                f"({wrong}); the first is {_shown(setup, sample[0])}",
                remedy="Correct `format`, or leave it out to have it found",
            )
    return position.model_copy(update={"format": pinned, "voted": len(sample)})


def make_parser(setup: Setup, name: str | None, state: dict[str, Any]) -> Parser:
    """Make a parser of the format found that goes on from a state."""
    with named(setup.source_id):
        return create_parser(
            setup.config, credentials=setup.credentials, pinned=name, state=state or None
        )


def check_format(setup: Setup) -> None:
    """Refuse settings that no parser can be made with, as far as that needs no lines.

    Raises:
        ConfigError: no such format, a wrong format string, or a time zone that is missing.
        CredentialsError: a secret is missing.
    """
    name = setup.config.format
    make_parser(setup, name if is_certain(name) else _ANY, {})


def is_certain(name: str) -> bool:
    """Whether a configured format is one format, not a choice of several."""
    return name != AUTO and name not in FAMILIES


@contextmanager
def named(source_id: str, seen: str = "") -> Iterator[None]:
    """Say whose settings are wrong, and what there was to see."""
    try:
        yield
    except (ConfigError, CredentialsError) as error:
        message = error.message.removeprefix(f"{source_id}: ")
        told = f"{message}; {seen}" if seen else message
        raise type(error)(f"{source_id}: {told}", remedy=error.remedy) from error


def _wrong(setup: Setup, name: str, sample: Sequence[bytes]) -> str:
    """Why a format reads no line that may be a request; empty where it reads one."""
    parsed = make_parser(setup, name, {}).parse(b"\n".join(sample) + b"\n", 0)
    wrong = [line.reason for line in parsed.bad if line.reason != NOT_A_REQUEST]
    return "" if parsed.table.num_rows or not wrong else wrong[0]


def _shown(setup: Setup, line: bytes) -> str:
    """The beginning of a line as it may be shown."""
    (kept,) = create_privacy(setup.config, setup.credentials).lines([line])
    return repr(kept[:_SHOWN].decode("utf-8", "backslashreplace"))


def _sample(works: Sequence[Work]) -> list[bytes]:
    """Give the first lines of some files, with their headers."""
    lines: list[bytes] = []
    step = max(1, len(works) // _FILES)
    for work in works[::step]:
        with suppress(FileNotFoundError), open_log(work.file) as stream:
            skip_lead(stream)
            *whole, rest = _beginning(stream).split(b"\n")
            found = whole or ([rest] if work.file.rotated else [])
            lines += [
                line for line in found[:_LINES] if line.strip() and len(line) <= longest(line)
            ]
        if sum(map(len, lines)) > _MUCH:
            break
    return lines


def _beginning(stream: Stream) -> bytes:
    """Read some lines, or the first one to its end where it may be long."""
    text, wanted = bytearray(), _SAMPLE
    while len(text) < wanted and (data := stream.read(_SAMPLE)):
        text += data
        wanted = _SAMPLE if b"\n" in data else max(wanted, longest(text))
    return bytes(text)
