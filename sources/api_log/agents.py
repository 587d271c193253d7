"""What a ``User-Agent`` header says of a program, by the rules of the uap-core project."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyarrow as pa
from ua_parser import parse

from sources.api_log.kernels import Column

_LONGEST: Final = 1_000
_ROBOT: Final = "Spider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A program that asks.

    Attributes:
        name: of the program, such as ``Firefox``.
        version: of the program, as far as it says.
        system: the operating system's name.
        robot: whether it is a known crawler.
    """

    name: str | None
    version: str | None
    system: str | None
    robot: bool


@lru_cache(maxsize=20_000)
def parse_agent(text: str) -> Agent:
    """Look one header up; the same text is looked up once."""
    result = parse(text[:_LONGEST])
    program, system, device = result.user_agent, result.os, result.device
    numbers = (program.major, program.minor, program.patch) if program else ()
    return Agent(
        name=program.family if program else None,
        version=".".join(number for number in numbers if number) or None,
        system=system.family if system else None,
        robot=device is not None and device.family == _ROBOT,
    )


def agent_columns(headers: Column) -> dict[str, Column]:
    """Columns by OpenTelemetry's names, null where the header says nothing."""
    encoded = headers.dictionary_encode()
    agents = [parse_agent(text) for text in encoded.dictionary.to_pylist()]

    def column(read: Callable[[Agent], str | None]) -> Column:
        return pa.array([read(agent) for agent in agents], pa.string()).take(encoded.indices)

    return {
        "user_agent.name": column(lambda agent: agent.name),
        "user_agent.version": column(lambda agent: agent.version),
        "user_agent.os.name": column(lambda agent: agent.system),
        "user_agent.synthetic.type": column(lambda agent: "bot" if agent.robot else None),
    }
