"""JSON as programs write it, also where its texts were cut in the middle of a character."""

import json
from typing import Any

import orjson


def read_json(text: bytes | str) -> Any:
    r"""Read one JSON text; half a surrogate pair, or bytes of no character, become U+FFFD.

    >>> read_json(rb'["\ud83d"]'), read_json(b'["\xff"]')
    (['�'], ['�'])

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        try:
            mended = _mend(text)
        except (ValueError, RecursionError):
            raise error from None
    return orjson.loads(mended)


def _mend(text: bytes | str) -> str:
    """Write it again without what no text can hold; the standard library takes it."""
    whole = text if isinstance(text, str) else text.decode("utf-8-sig", "replace")
    written = json.dumps(json.loads(whole), ensure_ascii=False)
    return written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
