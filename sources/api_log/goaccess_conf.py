"""What stands in a ``goaccess.conf``: its lines, and the names of GoAccess's own formats."""

import re
from collections.abc import Mapping
from typing import Any, Final

_SETTING: Final = re.compile(r"(?:^|\s)-{0,2}(log|date|time|datetime)[-_]format(?:[ \t]+|=)")
_COMMENT: Final = re.compile(r"(?m)^[ \t]*#.*$")
_KEYS: Final = {"log": "format", "date": "date_format", "time": "time_format"}
_CLOUD_STORAGE: Final = '"%x","%h",%^,%^,"%m","%U","%s",%^,"%b","%D",%^,"%R","%u"'

NAMES: Final = {
    "COMBINED": "combined", "VCOMBINED": "vhost_combined", "COMMON": "common",
    "VCOMMON": "vhost_common", "W3C": "w3c", "CLOUDFRONT": "cloudfront", "AWSELB": "aws_elb",
    "AWSALB": "alb", "AWSS3": "s3", "SQUID": "squid", "CADDY": "caddy", "TRAEFIKCLF": "traefik_clf",
}  # fmt: skip
"""GoAccess's names, and ours for the same lines."""


def read_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with ``format`` taken apart, where it holds lines of a ``goaccess.conf``.

    Args:
        given: the settings; a `date_format` and a `time_format` of their own come first.
    """
    form = given.get("format")
    if not isinstance(form, str) or "$" in form:  # nginx calls its own `log_format`, too
        return dict(given)
    found = _lines(form)
    log = found.get("log", form.strip())
    if log == "CLOUDSTORAGE":
        found = {"log": _CLOUD_STORAGE, "date": "%f", "time": "%f"}
    elif log in NAMES:
        found = {"log": NAMES[log]}
    elif "datetime" in found:
        found = {"log": log, "date": found["datetime"]}
    own = {_KEYS[key]: text for key, text in found.items()}
    return own | {key: value for key, value in given.items() if key != "format" or not own}


def _lines(form: str) -> dict[str, str]:
    """The lines about formats; none, where the string is no such lines but a format."""
    parts = _SETTING.split(_COMMENT.sub("", form))
    found = {key: _bare(text) for key, text in zip(parts[1::2], parts[2::2], strict=True)}
    return {} if parts[0].strip() or "log" not in found else found


def _bare(text: str) -> str:
    plain = text.strip()
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] == "'" else plain
