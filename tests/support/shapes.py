"""Whether an answer in JSON is what the page about the command says."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from pipelines.cli.output import to_json
from pipelines.cli.shapes import SHAPES


def check_answer(arguments: Sequence[str], answer: Any) -> None:
    """See that an answer has each field of its command's type, each of its type, and no other."""
    words = next(key for key in (" ".join(arguments[:2]), arguments[0]) if key in SHAPES)
    if words == "sessions" and len(arguments) > 1 and not arguments[1].startswith("--"):
        words = "sessions SESSION"
    if "--dry-run" in arguments and "--dry-run" not in words:
        words += " --dry-run"
    read: Any = TypeAdapter(SHAPES[words]).validate_json(json.dumps(answer))
    assert to_json(read) == answer, f"{words}: {SHAPES[words]}"
