"""Formats of text lines whose times are local: those of web frameworks, and IIS's own."""

from typing import Final

from sources.api_log.templates import template
from sources.api_log.text import TextFormat

_COLOUR: Final = "{drop_token=colour}"

_GIN: Final = (
    f"[GIN] {{time:gin}} |{_COLOUR} {{status}} {_COLOUR}|{_COLOUR} {{duration:own}}"
    f' {_COLOUR}| {{client}} |{_COLOUR} {{method}} {_COLOUR} "{{target}}"'
)
"""Padded with blanks; colours stand before and behind what they are of, if there are any."""
_GIN_ASIDES: Final = r"^(?:\[GIN-debug\] |Error #\d+: | - using |\[Recovery\] )"

_STYLE: Final = f"\x1b[{_COLOUR}m"
_PYTHON_TIME: Final = "[{time:python}]"
_PYTHON_REQUESTS: Final = tuple(
    f'"{style}{{request}}{end}" {{status}} {{bytes_out}}'
    for style, end in ((2 * _STYLE, "\x1b[0m"), (_STYLE, "\x1b[0m"), ("", ""))
)
"""Werkzeug colours what is not 200 in files, too, and failures twice."""
_PYTHON_RAW: Final = '"{request:raw}" {status} {bytes_out}'
"""With quotes of the client's: what stands at the end of the line tells where the request does."""
_PYTHON_ASIDES: Final = (
    r"^(?:[^ ]+ - - \[[^\]]*\] (?:code [0-9]+, message |Request timed out)| \* |Serving HTTP on )"
    r"|Press CTRL\+C to quit|WARNING: This is a development server"
)

_DJANGO: Final = '"{request}" {status} {bytes_out}'
_DJANGO_ASIDES: Final = (
    r"^(?:Not Found|Bad Request|Forbidden|Method Not Allowed|Internal Server Error)\b.*: /"
    r"|^(?:Watching for file|Performing system|System check|Starting |Quit the |Django version)"
    r"|^\[[^\]]*\] (?:\x1b\[[0-9;]*m)?(?:code [0-9]+, message |You're accessing|- Broken pipe)"
)

_IIS: Final = (
    "{client:token}, {user}, {date:windows}, {clock:%H:%M:%S}, {extra:token=iis.service}, "
    "{extra:token=server.name}, {extra:token=server.address}, {duration:ms}, {bytes_in},"
    " {bytes_out}, {status}, {extra:token=iis.win32_status}, {method}, {path}, {query:token},"
)
"""Client, user, and when; service, computer and address; the request; a comma behind all."""

_LOGRAGE: Final = (
    "method={method} path={target} format={extra:token=rails.format}"
    " controller={extra:token=rails.controller} action={extra:token=rails.action} status={status}"
)
_LOGRAGE_STARTS: Final = tuple(
    "I, [{time:local} #{drop_token=process}]  INFO -- : " + tags
    for tags in ("[{request_id}] ", "", "[{request_id}] [{extra:address=rails.tags}] ")
)
"""With one tag, with none, or with several, of which another one mostly is an address."""
_LOGRAGE_ENDS: Final = tuple(
    error + allocations + " duration={duration:ms}"
    for error in ("", " error='{extra=error.message}'")
    for allocations in ("", " allocations={extra:token=rails.allocations}")
)
"""What else there is follows, and is kept as the tail."""
_LOGRAGE_ASIDES: Final = (  # whatever does not begin like a request, and what Action Cable does
    r"^[A-Z], \[[0-9T:.-]+ #[0-9]+\] +[A-Z]+ -- [^:]*: (?:\[[^\]]*\] )*"
    r"(?:[^m\[]|m[^e]|me[^t]|$|method=(?:\{\})? path=(?:\{\})? )|^# Logfile created on "
)

_HEROKU_FAILED: Final = 'at={drop_token=level} code={extra:token=error.code} desc="{drop=text}"'
_HEROKU_STARTS: Final = tuple(
    "{time:iso} heroku[router]: " + said + " method={method} path="
    for said in ("at=info", _HEROKU_FAILED, "sock={extra:token=heroku.socket} " + _HEROKU_FAILED)
)
"""A socket that was closed within a request is told first: the client's, or the backend's."""
_HEROKU_END: Final = (
    ' host={host} request_id={request_id} fwd="{client}" dyno={upstream:token}'
    " connect={extra:token=heroku.connect} service={duration:own} status={status} bytes={bytes_out}"
)
_HEROKU_ASIDES: Final = (  # of anything but the router
    r"^[0-9]{4}-[0-9-]+T[0-9:.]+[^ ]* (?:app\[[^\]]+|heroku\[(?:[^\]r]|r[^o])[^\]]*)\]: "
)

SERVICE_FORMATS: Final = (
    TextFormat(name="gin", layouts=(template(_GIN, loose=True),), asides=_GIN_ASIDES),
    TextFormat(
        name="python_http",
        layouts=tuple(
            template(f"{prefix}{{client}} - - {_PYTHON_TIME} {request}", fixed=whole)
            for request, whole in (*((one, True) for one in _PYTHON_REQUESTS), (_PYTHON_RAW, False))
            for prefix in ("INFO:werkzeug:", "")
        ),
        asides=_PYTHON_ASIDES,
    ),
    TextFormat(
        name="django",
        layouts=(
            template(f"{_PYTHON_TIME} {_DJANGO}"),
            template(f"{_PYTHON_TIME} {_STYLE}{_DJANGO}\x1b[0m"),
            template(f"{_PYTHON_TIME} {_PYTHON_RAW}", fixed=False),
            template(f"{_PYTHON_TIME} {_STYLE}{_PYTHON_RAW}\x1b[0m", fixed=False),
        ),
        asides=_DJANGO_ASIDES,
    ),
    TextFormat(
        name="iis_native",
        layouts=(template(_IIS), template(_IIS + " ")),
        escape="none",
    ),
    TextFormat(
        name="lograge",
        layouts=tuple(
            template(start + _LOGRAGE + end, open_end=True)
            for end in _LOGRAGE_ENDS
            for start in _LOGRAGE_STARTS
        ),
        escape="none",
        asides=_LOGRAGE_ASIDES,
    ),
    TextFormat(
        name="heroku_router",
        layouts=tuple(
            template(start + target + _HEROKU_END, open_end=True)
            for start in _HEROKU_STARTS
            for target in ('"{target}"', "{target:token}")
        ),
        asides=_HEROKU_ASIDES,
    ),
)
