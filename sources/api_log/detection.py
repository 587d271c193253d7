"""Which format lines are of, and the parser for it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from sources.api_log.envelopes import unwrap_all
from sources.api_log.formats.json_presets import JSON_FORMATS
from sources.api_log.formats.names import (
    AUTO,
    FAMILIES,
    W3C_NAMES,
    Format,
    build_format,
    build_text,
    needs_zone,
)
from sources.api_log.formats.presets import TEXT_FORMATS
from sources.api_log.json_format import JsonFormat, look_up
from sources.api_log.json_lines import JsonParser
from sources.api_log.json_mending import load_object
from sources.api_log.otlp import OtelParser
from sources.api_log.otlp_values import REQUESTS, named_record, read_attributes, walk_requests
from sources.api_log.parsing import NOT_A_REQUEST, Parser
from sources.api_log.privacy import Privacy
from sources.api_log.settings import ParsingConfig, ParsingCredentials
from sources.api_log.text import TextParser
from sources.api_log.w3c import W3cParser
from sources.api_log.zones import Zone
from sources.errors import ConfigError, CredentialsError

ENOUGH: Final = 100
"""Lines that a vote should have, if the file has them."""

_MOST: Final = 1_000
_SHARE: Final = 0.9
_ASKING: Final = ("request", "method", "target", "path")
_READ, _TOLD = 2, 1
"""Votes of a record of which a format knows what was asked, or no more than that there was one."""


def detect(sample_lines: Sequence[bytes], config: ParsingConfig) -> str:
    """Tell the format from the first lines: by vote, so that no single line decides.

    JSON comes first, then a ``#Fields`` line, then text; where a stricter format takes nine tenths
    of the lines that another takes, the stricter one is meant.

    Args:
        sample_lines: :data:`ENOUGH` lines or more, if there are so many.
        config: its `format` limits the choice; unless it is `auto` or stands for several, nothing
            is left to vote on.

    Returns:
        What `format` would have to be; pin it.

    Raises:
        ConfigError: no format takes half of the lines.
    """
    if config.format != AUTO and config.format not in FAMILIES:
        return config.format
    allowed = FAMILIES.get(config.format)
    lines = [line.strip(b"\r\n") for line in sample_lines[:_MOST] if line.strip()]
    lines = unwrap_all(lines)
    votes = _json_votes(lines) or _header_votes(lines) or _text_votes(lines, config)
    votes = {name: count for name, count in votes.items() if allowed is None or name in allowed}
    enough = _SHARE * max(votes.values(), default=0)
    winner = next((name for name, count in votes.items() if count >= enough), None)
    asides = sum(line.startswith(b"#") for line in lines) if winner in W3C_NAMES else 0
    if winner is None or 2 * votes[winner] < len(lines) - asides:
        share = f"; '{winner}' takes {votes[winner]} of {len(lines)} lines" if winner else ""
        raise ConfigError(
            f"format: the first lines are of no format that is known by name{share}",
            remedy="Set format to a name in docs/api-logs.md, or to the server's own format string",
        )
    return winner


def _json_votes(lines: Sequence[bytes]) -> dict[str, int]:
    objects = [record for record in map(_record, lines) if record is not None]
    if 2 * len(objects) < len(lines) or not objects:
        return {}
    records = list(islice(chain.from_iterable(map(_members, objects)), _MOST))
    votes = {
        name: sum(_fits(record, form) for record in records) for name, form in JSON_FORMATS.items()
    }
    best = max(votes.values(), default=0)
    # What stands among the requests does not vote: a Caddy that starts writes more of it.
    return {name: len(lines) for name, count in votes.items() if count == best and best}


def _record(line: bytes) -> Mapping[str, Any] | None:
    begin = line.find(b"{")
    if begin < 0:
        return None
    return load_object(line[begin:])


def _members(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The log records in what an exporter wrote at once, or the record itself."""
    if REQUESTS not in record:
        yield record
    for resource, member in walk_requests(record):
        if isinstance(member, dict):
            yield named_record(member, read_attributes(resource))


def _fits(record: Mapping[str, Any], form: JsonFormat) -> int:
    """The votes of a record for a format; none, where it is no request by it."""
    if not all(look_up(record, path) is not None for path in form.needed):
        return 0
    found = {
        key.field.role
        for key in form.keys
        if any(look_up(record, path) is not None for path in key.paths)
    }
    if found.isdisjoint(("time", "date")) or "status" not in found:
        return 0
    if not found.isdisjoint(_ASKING):
        return _READ
    return 0 if found.isdisjoint(form.telling) else _TOLD


def _header_votes(lines: Sequence[bytes]) -> dict[str, int]:
    for line in lines:
        if line.lower().startswith(b"#fields:"):
            return {"cloudfront" if b"x-edge-" in line else "iis": len(lines)}
    return {}


def _text_votes(lines: Sequence[bytes], config: ParsingConfig) -> dict[str, int]:
    block = b"\n".join(lines)
    votes = {}
    for name in TEXT_FORMATS:
        form = build_text(name, config)
        parsed = TextParser(form, Privacy(keys=()), Zone(ZoneInfo("UTC"))).parse(block, 0)
        asides = sum(line.reason == NOT_A_REQUEST for line in parsed.bad)
        votes[name] = parsed.table.num_rows + (asides if parsed.table.num_rows else 0)
    return {name: count for name, count in votes.items() if count}


def create_parser(
    config: ParsingConfig,
    *,
    credentials: ParsingCredentials | None = None,
    pinned: str | None = None,
    state: Mapping[str, Any] | None = None,
) -> Parser:
    """Make the parser of one stream.

    Args:
        config: how lines are to be understood.
        credentials: the key of hashed addresses.
        pinned: what :func:`detect` gave.
        state: :attr:`~sources.api_log.parsing.Parser.state` at the place to go on from.

    Raises:
        ConfigError: no such format, a wrong format string, or a time zone that is missing.
        CredentialsError: addresses are to be hashed, and there is no key.
    """
    name = pinned or config.format
    if name == AUTO or (name in FAMILIES and name not in JSON_FORMATS):
        raise ConfigError(
            f"format: '{name}' says too little by itself",
            remedy="Let detect() tell the format from the first lines, and pin it",
        )
    form = build_format(name, config)
    privacy = create_privacy(config, credentials)
    known = dict(state or {})
    if isinstance(form, str):
        header = form.partition(":")[2].strip() if form.startswith("#") else ""
        mode = form if form in W3C_NAMES else "cloudfront" if "x-edge-" in form else "iis"
        return W3cParser(mode, privacy, known, header)
    zone = _zone(form, config, known.get("zone"))
    if isinstance(form, JsonFormat):
        return (OtelParser if form.otlp else JsonParser)(form, privacy, zone)
    return TextParser(form, privacy, zone)


def _zone(form: Format, config: ParsingConfig, state: dict[str, Any] | None) -> Zone | None:
    if config.timezone is not None and (needs_zone(form) or isinstance(form, JsonFormat)):
        return Zone(ZoneInfo(config.timezone), state)
    if not isinstance(form, str) and needs_zone(form):
        raise ConfigError(
            f"timezone: times of the format {form.name} name no zone, and none is set",
            remedy="Set timezone to the server's own, such as Europe/Berlin or UTC",
        )
    return None


def create_privacy(config: ParsingConfig, credentials: ParsingCredentials | None) -> Privacy:
    """What is to be left out or made unrecognisable, by the settings.

    Raises:
        CredentialsError: addresses are to be hashed, and there is no key.
    """
    secret = b""
    if config.client_address == "hash":
        key = credentials.client_key if credentials else None
        if key is None or not key.get_secret_value():
            raise CredentialsError(
                "client_key: addresses are to be hashed, and there is no key",
                remedy="Give it as a reference, like {env: DAYBOOK_CLIENT_KEY}",
            )
        secret = key.get_secret_value().encode()
    return Privacy(
        keys=config.redact,
        addresses=config.client_address,
        keep_users=config.users == "keep",
        secret=secret,
    )
