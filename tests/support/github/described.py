"""GitHub's own description of what it answers and sends: `make described` fetches it."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final
from urllib.parse import quote

import orjson
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.support.processes import ROOT

PLACE: Final = ROOT / ".venv" / "described"

needs_description = pytest.mark.skipif(
    not (PLACE / ".installed").exists(),
    reason="GitHub's description is not there; `make described` fetches it",
)

_NAME: Final = "urn:described"
_DEPTH: Final = 4
_JSON: Final = "application/json"


class Description:
    """One OpenAPI document.

    Args:
        name: of its file.
    """

    def __init__(self, name: str) -> None:
        self.document: dict[str, Any] = _plain(orjson.loads((PLACE / name).read_bytes()))
        resource = DRAFT202012.create_resource(self.document)
        self._registry: Registry[Any] = Registry().with_resource(_NAME, resource)

    def complaints(self, value: Any, *pointer: str) -> list[str]:
        """Say in what a value differs from a schema, in words; none: in nothing.

        Args:
            value: out of JSON.
            pointer: the names that lead to the schema in the document.
        """
        written = "/".join(quote(part.replace("~", "~0").replace("/", "~1")) for part in pointer)
        validator = Draft202012Validator({"$ref": f"{_NAME}#/{written}"}, registry=self._registry)
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in validator.iter_errors(value)
            # Some forms are described so widely that whatever is one of them is another as well.
            if "is valid under each of" not in error.message
        ]

    def look_up(self, schema: Any) -> Any:
        """Follow a schema's references."""
        while "$ref" in schema:
            found: Any = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema


@cache
def described(name: str) -> Description:
    """Read a document once."""
    return Description(name)


def path_of(path: str) -> str | None:
    """Name the described path that a request's path is one of; ``None``: there is none."""
    return next((name for form, name in _paths() if form.fullmatch(path)), None)


def wrong_in_answer(path: str, data: Any) -> list[str]:
    """Say in what the answer to a path differs from its description."""
    responses = ("paths", path, "get", "responses", "200", "content")
    return described("rest.json").complaints(data, *responses, _JSON, "schema")


def webhooks() -> Iterator[tuple[str, str | None, Any]]:
    """Give each delivery that is described: the header's name, the action, the schema."""
    document = described("webhooks.json").document
    for told in document["webhooks"].values():
        post = told["post"]
        schema = post["requestBody"]["content"][_JSON]["schema"]
        whole = described("webhooks.json").look_up(schema)
        actions = whole.get("properties", {}).get("action", {}).get("enum") or [None]
        name = post["x-github"]["subcategory"].replace("-", "_")
        for action in actions:
            yield name, action, schema


def sample(schema: Any, *, full: bool, name: str = "", depth: int = 0) -> Any:
    """Make the least that a schema of the deliveries' description allows, or much of it.

    Args:
        schema: of the document.
        full: with what may be left out, down to some depth.
        name: of the field, for some texts are times and the description does not say so.
        depth: how deep it lies.
    """
    found = described("webhooks.json").look_up(schema)
    if "const" in found or "enum" in found:
        return found.get("const") or next(filter(None, found["enum"]), None)
    for key in ("oneOf", "anyOf", "allOf"):
        if key in found and "properties" not in found:
            parts = found[key] if key == "allOf" else found[key][:1]
            made = [sample(part, full=full, name=name, depth=depth) for part in parts]
            whole = all(isinstance(one, dict) for one in made)
            return {k: v for one in made for k, v in one.items()} if whole else made[0]
    kind = found.get("type", "object")
    kind = kind if isinstance(kind, str) else next((one for one in kind if one != "null"), "null")
    if kind == "object":
        fields, needed = found.get("properties", {}), found.get("required", ())
        return {
            key: sample(part, full=full, name=key, depth=depth + 1)
            for key, part in fields.items()
            if key in needed or (full and depth < _DEPTH)
        }
    if kind == "array":
        item = found.get("items")
        return [sample(item, full=full, depth=depth + 1)] if full and item else []
    if kind == "string":
        timed = found.get("format") == "date-time" or name.endswith("_at")
        return "2024-05-01T12:00:00Z" if timed else "https://github.com/octo/cat/issues/3"
    return {"integer": 3, "number": 3, "boolean": False, "null": None}[kind]


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Give the described paths; one without a placeholder in some place comes before one with."""
    names = [
        name for name, told in described("rest.json").document["paths"].items() if "get" in told
    ]
    names.sort(key=lambda name: (name.count("{"), name))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", name)), name) for name in names]


def _plain(value: Any) -> Any:
    """Write ``nullable`` as JSON Schema has it."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: _plain(part) for key, part in value.items()}
    if made.pop("nullable", False) is not True:
        return made
    if isinstance(made.get("type"), str) and not {"allOf", "anyOf", "oneOf"} & made.keys():
        more = {"enum": [*made["enum"], None]} if "enum" in made else {}
        return {**made, **more, "type": [made["type"], "null"]}
    return {"anyOf": [made, {"type": "null"}]}
