"""Every format by its name, and what a format string is written in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from sources.api_log.formats.apache import compile_apache
from sources.api_log.formats.clocks import expand
from sources.api_log.formats.goaccess import compile_goaccess
from sources.api_log.formats.json_presets import JSON_FORMATS, json_format
from sources.api_log.formats.nginx import compile_nginx
from sources.api_log.formats.presets import TEXT_FORMATS
from sources.api_log.formats.regex import compile_regex
from sources.api_log.formats.strings import check_times
from sources.api_log.json_format import JsonFormat
from sources.api_log.layout import TIME_PATTERNS, ZONELESS, Field, Layout
from sources.api_log.settings import ParsingConfig
from sources.api_log.text import TextFormat
from sources.errors import ConfigError
from sources.settings import nearest

Format: TypeAlias = TextFormat | JsonFormat | str
"""A format of text or of JSON lines, or the name of one with a header: ``iis``, ``cloudfront``."""

AUTO: Final = "auto"
W3C_NAMES: Final = ("iis", "cloudfront")

FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "traefik": ("traefik_json", "traefik_clf"),
    "envoy": ("envoy_json", "envoy_text"),
    "nginx": ("nginx_json", "combined"),
    "apache": ("vhost_combined", "combined", "vhost_common", "common"),
    "w3c": W3C_NAMES,
    "aws_elb": ("alb", "elb"),
    "azure": ("azure_front_door", "azure_gateway"),
    "api_gateway": ("api_gateway_json", "api_gateway_clf"),
    "json": tuple(JSON_FORMATS),
}
"""Names that stand for several formats, told apart by the lines."""

_NAME: Final = re.compile(r"^[a-z][a-z0-9_]*$")
_GROUP: Final = re.compile(r"\(\?P?<")
_NGINX: Final = re.compile(r"\$\{?[a-z_]")
_GOACCESS: Final = re.compile(r"%[\^~dxLn]|~h")
_APACHE: Final = re.compile(r"%[<>{!0-9lOIpPXfBVA]|%\^(?:FB|FU)")


def known_names() -> list[str]:
    """Every name that `format` may be."""
    return sorted({AUTO, *FAMILIES, *W3C_NAMES, *JSON_FORMATS, *TEXT_FORMATS})


def build_format(name: str, config: ParsingConfig) -> Format:
    """The format of this name, or what its string compiles to.

    Raises:
        ConfigError: no such name; a string that is wrong, with its character.
    """
    if name in W3C_NAMES or name.startswith("#Fields:"):
        return name
    if name in JSON_FORMATS:
        return _mapped(JSON_FORMATS[name], config)
    if name in TEXT_FORMATS:
        return build_text(name, config)
    if _NAME.match(name):
        raise ConfigError(
            f"format: there is none called '{name}'{nearest(name, known_names())}",
            remedy="docs/api-logs.md lists the formats",
        )
    compiled = _compile(name, config)
    check_times(name, fields_of(compiled))
    return compiled


def _compile(form: str, config: ParsingConfig) -> TextFormat | JsonFormat:
    if _GROUP.search(form):
        return compile_regex(form, config.time_format)
    if _NGINX.search(form):
        return compile_nginx(form)
    told = not _APACHE.search(form) and _GOACCESS.search(form)
    if config.date_format or config.time_format or told:
        return compile_goaccess(form, config.date_format, config.time_format)
    return compile_apache(form)


def _mapped(form: JsonFormat, config: ParsingConfig) -> JsonFormat:
    """Put the configuration's own keys before the format's."""
    if not config.fields:
        return form
    keys = {
        name: (keys,) if isinstance(keys, str) else tuple(keys)
        for name, keys in config.fields.items()
    }
    own = json_format(form.name, keys)
    return replace(form, keys=(*own.keys, *form.keys))


def build_text(name: str, config: ParsingConfig) -> TextFormat:
    """The format of text of this name, with days as the configuration has them, if it says so.

    Where the configuration names the format, its layouts that others share are among it.

    Raises:
        ConfigError: no time can be read by what it says.
    """
    form = TEXT_FORMATS[name]
    if form.named and name in (config.format, *FAMILIES.get(config.format, ())):
        form = replace(form, layouts=(*form.layouts, *form.named))
    if config.date_format is None or not any(field.role == "date" for field in fields_of(form)):
        return form
    days = expand(config.date_format)
    dated = [_dated(layout, days) for layout in form.layouts]
    check_times(config.date_format, dated[0].fields)
    return replace(form, layouts=tuple(dated))


def _dated(layout: Layout, days: str) -> Layout:
    fields = (replace(item, form=days) if item.role == "date" else item for item in layout.fields)
    return replace(layout, fields=tuple(fields))


def fields_of(form: TextFormat | JsonFormat) -> Iterator[Field]:
    """Every field of a format."""
    if isinstance(form, JsonFormat):
        yield from (key.field for key in form.keys)
    else:
        for layout in form.layouts:
            yield from layout.fields


def needs_zone(form: Format) -> bool:
    """Whether its times name no zone."""
    if isinstance(form, str):
        return False
    fields = list(fields_of(form))
    if any(field.role == "time" and not _is_local(field) for field in fields):
        return False
    zoned = any(field.role == "clock" and "%z" in field.form for field in fields)
    return any(_is_local(field) for field in fields if not (zoned and field.role == "date"))


def _is_local(field: Field) -> bool:
    if field.role == "date":
        return bool(field.form) and "%z" not in field.form
    if field.role != "time" or field.form in ("", "any", "utc"):
        return False
    return field.form in ZONELESS or (field.form not in TIME_PATTERNS and "%z" not in field.form)
