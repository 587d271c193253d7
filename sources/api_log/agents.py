"""What a ``User-Agent`` header says of a program, by the rules of the uap-core project."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyarrow as pa
from ua_parser import parse

from sources.api_log.json_text import Member, join_members, json_member
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


def agent_members(headers: Column) -> Member:
    """Members of JSON objects, by OpenTelemetry's names: each header, and what it says."""
    encoded = headers.dictionary_encode()
    texts = encoded.dictionary
    agents = [parse_agent(text) for text in texts.to_pylist()]
    told = (
        ("name", [agent.name for agent in agents]),
        ("original", texts),
        ("os.name", [agent.system for agent in agents]),
        ("synthetic.type", ["bot" if agent.robot else None for agent in agents]),
        ("version", [agent.version for agent in agents]),
    )
    members = [
        json_member(f"user_agent.{key}", pa.array(values, pa.string())) for key, values in told
    ]
    joined = join_members(members, rows=len(texts))
    return Member(values=joined.values.take(encoded.indices))
