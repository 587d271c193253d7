"""Formats written as they look: ``{client} - {user} [{time:clf}] "{request}" {status}``."""

import re
from typing import Final

from sources.api_log.layout import ROLES, Field, Layout

_PART: Final = re.compile(r"\{(?P<role>[a-z_]+)(?::(?P<form>[^}=]*))?(?:=(?P<name>[^}]+))?\}")


def template(
    text: str, *, open_end: bool = False, fixed: bool = True, loose: bool = False
) -> Layout:
    r"""Compile a template.

    A field is ``{role}``, ``{role:form}``, ``{extra=name}`` or ``{role:form=name}``; everything
    else is fixed text, ``{{`` and ``}}`` are braces. A field between double quotes is a quoted one.

    Args:
        text: the template.
        open_end: whether more may follow behind a blank.
        fixed: whether the fixed text alone tells the fields apart.
        loose: whether a space stands for one or more.

    >>> [field.role for field in template('{client} "{request}"').fields]
    ['client', 'request']
    """
    fields: list[Field] = []
    texts: list[str] = []
    at = 0
    for match in _PART.finditer(text):
        texts.append(_plain(text[at : match.start()]))
        at = match.end()
        quoted = texts[-1].endswith('"') and text[at : at + 1] == '"'
        fields.append(
            Field(
                role=_known(match["role"]),
                form=match["form"] or "",
                name=match["name"] or "",
                quoted=quoted,
            )
        )
    texts.append(_plain(text[at:]))
    head, *between = (part.encode() for part in texts)
    return Layout(
        head=head,
        fields=tuple(fields),
        between=tuple(between),
        open_end=open_end,
        fixed=fixed,
        loose=loose,
    )


def _plain(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


def _known(role: str) -> str:
    if role not in ROLES:
        raise KeyError(role)
    return role
