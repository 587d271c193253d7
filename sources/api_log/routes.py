"""The route behind a path: ``/users/4711`` is one of many ``/users/{id}``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from sources.api_log.kernels import Column, pc, shortened, without_last
from sources.texts import text_bytes

_INFERRED: Final = (
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z?)?", "{date}", (b"-",)),
    (r"(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", "{uuid}", (b"-",)),
    (r"[0-9]+", "{id}", (b"",)),
    (r"(?i:[0-9a-f]{8,})", "{hex}", (b"",)),
    (r"[^/@]+(?:@|%40)[^/@]+\.[^/@]+", "{email}", (b"@", b"%40")),
)
"""What a segment looks like, its placeholder, and of which bytes it must have one."""

_ANY: Final = f"/(?:{'|'.join(pattern for pattern, *_ in _INFERRED)})(?:/|$)"
_PLACEHOLDER: Final = re.compile(r"\{[^{}/]*\}|\*\*|\*")
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """How paths become routes.

    Attributes:
        patterns: templates, tried in order: ``{name}`` and ``*`` stand for one segment, ``**`` for
            any number of them.
        infer: whether segments that look like a number, a UUID, a hexadecimal id, a date or an
            e-mail address become placeholders where no template fits and the log names no route.
    """

    patterns: Sequence[str] = ()
    infer: bool = True

    def of(self, paths: Column, given: Column | None = None) -> Column:
        """The route of each path; null where nothing is known of it.

        Args:
            paths: of the requests.
            given: the routes that the log itself names; null where it names none.
        """
        encoded = paths.dictionary_encode()
        distinct = encoded.dictionary
        named = pa.nulls(len(distinct), pa.string())
        inferred = self._inferred(distinct) if self.infer else named
        for pattern in reversed(self.patterns):
            fits = pc.match_substring_regex(distinct, _expression(pattern))
            named = pc.if_else(fits, pattern, named)
        if given is None or given.null_count == len(given):
            return pc.coalesce(named, inferred).take(encoded.indices)
        given = shortened(given, _LONGEST)
        return pc.coalesce(named.take(encoded.indices), given, inferred.take(encoded.indices))

    @staticmethod
    def _inferred(paths: Column) -> Column:
        """Replace segments; most paths hold none that is to be."""
        text = shortened(paths, _LONGEST)
        some = pc.match_substring_regex(text, _ANY)
        text = pc.replace_with_mask(text, some, _templates(text.filter(some)))
        return pc.if_else(pc.starts_with(paths, "/"), text, pa.scalar(None, pa.string()))


def _templates(paths: Column) -> Column:
    """Replace what has a placeholder; each segment stands between slashes of its own meanwhile."""
    text = pc.binary_join_element_wise(pc.replace_substring(paths, "/", "//"), "/", "")
    held = text_bytes(text).tobytes()
    for pattern, placeholder, signs in _INFERRED:
        if not any(sign in held for sign in signs):
            continue
        text = pc.replace_substring_regex(text, f"/{pattern}/", f"/{placeholder}/")
    text = pc.replace_substring(text, "//", "/")
    return without_last(text)


def _expression(pattern: str) -> str:
    parts = [r"^"]
    at = 0
    for match in _PLACEHOLDER.finditer(pattern):
        parts += [re.escape(pattern[at : match.start()]), ".*" if match[0] == "**" else "[^/]+"]
        at = match.end()
    return "".join([*parts, re.escape(pattern[at:]), "$"])
