"""Formats of text lines that have a name."""

from typing import Final

from sources.api_log.formats.services import SERVICE_FORMATS
from sources.api_log.layout import Layout
from sources.api_log.templates import template
from sources.api_log.text import TextFormat

_ANSWERED: Final = ' [{time:clf}] "{request}" {status} {bytes_out}'
_AGENT: Final = ' "{referrer}" "{user_agent}"'
_COMMON: Final = "{client} - {user}" + _ANSWERED
_COMBINED: Final = _COMMON + _AGENT
_CUT_OFF: Final = _COMMON + ' "{referrer}" "{extra:cut=user_agent.cut}'
_IDENTIFIED: Final = "{client} {drop_token=ident} {user:token}" + _ANSWERED
"""With a name by RFC 1413, or a column too many: no blank is taken for a part of the user then."""

_INGRESS_OLD: Final = "{client} - [{drop_token=real_ip}] - {user}" + _ANSWERED + _AGENT
_INGRESS_ANSWER: Final = (
    " {upstream} {extra_list=upstream.bytes} {extra_list=upstream.duration_s}"
    " {extra_list=upstream.status}"
)
_INGRESS_TAILS: Final = (
    " [{extra=k8s.upstream.alternative}]" + _INGRESS_ANSWER + " {request_id}",
    " [{extra=k8s.upstream.alternative}]" + _INGRESS_ANSWER,
    _INGRESS_ANSWER + " {request_id}",
    _INGRESS_ANSWER,
)
"""The newest first: another upstream came with 0.24, the request's id with 0.18."""

_TRAEFIK_OLD_AGENTS: Final = (' - "{user_agent}"', ' "{referrer}" -', " - -")
"""Traefik 1 wrote what is missing without quotes."""
_TRAEFIK_SERVED: Final = (' "{extra=traefik.router}" "{upstream}"', " - -")

_ELB_START: Final = "{peer} {upstream} {duration_part:s} {duration_part:s} {duration_part:s}"
_ELB_MIDDLE: Final = (
    ' {status} {extra=upstream.status} {bytes_in} {bytes_out} "{request}" "{user_agent}"'
    " {extra=tls.cipher} {tls}"
)
_ELB_SESSIONS: Final = ' - - [0-9]+ [0-9]+ "- - - "'
"""Of listeners for TCP and TLS: neither a request nor a status."""

_ALB: Final = "{extra=alb.type} {time:iso} {extra=alb.name} " + _ELB_START + _ELB_MIDDLE
_ALB_TRACED: Final = (
    _ALB + ' {extra=alb.target_group} "{trace_id}" "{extra=tls.server_name}" "{drop=certificate}"'
)

_ALB_WHOLE: Final = (
    _ALB_TRACED + " {extra=alb.rule_priority} {extra=alb.request_created}"
    ' "{extra=alb.actions}" "{extra=alb.redirect_url}" "{extra=error.code}"'
)
_ALB_CLASSIFIED: Final = (
    _ALB_WHOLE + ' "{extra_list=alb.targets}" "{extra_list=alb.target_statuses}"'
    ' "{extra=alb.classification}" "{extra=alb.classification_reason}"'
)

_S3: Final = (
    "{extra=s3.owner} {extra=s3.bucket} [{time:clf}] {client} {user} {request_id}"
    " {extra=s3.operation} {extra=s3.key} %s {status} {extra=error.code} {bytes_out}"
    " {extra=s3.object_size} {duration:ms} {extra=s3.turn_around_ms}"
)
_S3_TAIL: Final = (
    " {extra=s3.version} {drop_token=host_id} {drop_token=signature} {extra=tls.cipher}"
    " {drop_token=authentication} {host} {tls}"
)

_S3_NEWEST: Final = " {extra=s3.access_point} {extra=s3.acl_required}"

_AMAZON_STARTS: Final = (
    '{client} {extra:token=aws.caller} {user:token} [{time:clf}]"{method} {route:rooted}',
    *(
        '{client} - - [{time:clf}] "{method} ' + asked
        for asked in ("{drop_token:verb=method} {route:rooted}", "$default", "-")
    ),
)
"""Of REST APIs, and of HTTP APIs, which name the method twice, or a request that has no route."""
_AMAZON_COMMON: Final = (
    '{client} {extra:token=aws.caller} {user:token} [{time:clf}] "{method} {route:token}'
)
"""Of REST APIs, as most people write it: with the blank that lines of Apache have."""
_AMAZON_END: Final = ' {protocol}" {status} {bytes_out} {request_id}'
_AMAZON_ENDS: Final = ("", " {extra:token=aws.extended_request_id}")

_SQUID: Final = (
    "{time:epoch} {duration:ms} {client} {extra:token=squid.result}/{status} {bytes_out} {method}"
    " {target:token} {user:percent} {upstream} {extra:token=content_type}"
)

_ENVOY_START: Final = '[{time:iso}] "{request}" {status} {extra=envoy.response_flags}'
_ENVOY_END: Final = (
    ' {bytes_in} {bytes_out} {duration:ms} {extra=upstream.duration_ms} "%s"'
    ' "{user_agent}" "{request_id}" "{host}" "{upstream}"'
)
_ENVOY_ASKED: Final = _ENVOY_END % "{client}"
_ISTIO_START: Final = (
    _ENVOY_START + " {extra=envoy.details} {extra=envoy.termination}"
    ' "{extra=envoy.transport_failure}"'
)
_ENVOY_SESSIONS: Final = r'\] "- - -" 0 '
_ISTIO: Final = (
    _ISTIO_START + _ENVOY_END % "{extra:address=forwarded}" + " {extra=envoy.cluster}"
    " {extra=envoy.upstream_local} {extra=envoy.local} {client} {extra=tls.server_name}"
    " {extra=envoy.route}"
)

_HAPROXY: Final = (
    "{peer} [{time:haproxy}] {extra=haproxy.frontend} {upstream}"
    " {extra=haproxy.tq_ms}/{extra=haproxy.tw_ms}/{extra=haproxy.tc_ms}/{extra=haproxy.tr_ms}"
    "/{duration:ms} {status} {bytes_out} {drop_token=cookie} {drop_token=cookie}"
    " {extra=haproxy.termination_state} {extra=haproxy.connections} {extra=haproxy.queues}"
)
_HAPROXY_CAPTURES: Final = (
    " {{{extra=haproxy.request_headers}}} {{{extra=haproxy.response_headers}}}",
    " {{{extra=haproxy.request_headers}}}",
    "",
)
_HAPROXY_ASIDES: Final = (
    r"(?:[Pp]roxy|Server|[Bb]ackend|Health|Stopping|Pausing|Enabling|Connect) "
    r"|\[[0-9]{2}/[A-Z][a-z]{2}/[0-9.:]+\] [^ ]+: "
    r"|\] [^ ]+ [^ ]+ (?:[+-]?\d+/){2}[+-]?\d+ [+-]?\d+ |(?:\w+ )?\[(?:NOTICE|WARNING|ALERT)\]"
)


def _haproxy() -> tuple[Layout, ...]:
    """With a syslog prefix, its last blank or none; up to two groups of headers; cut off or not."""
    return tuple(
        template(prefix + _HAPROXY + captures + request, fixed=whole, open_end=whole)
        for request, whole in ((' "{request}"', True), (' "{request:cut}', False))
        for prefix in ("", " ", "{drop=syslog}]: ")
        for captures in _HAPROXY_CAPTURES
    )


TEXT_FORMATS: Final[dict[str, TextFormat]] = {
    form.name: form
    for form in (
        TextFormat(
            name="ingress_nginx",
            layouts=tuple(
                template(start + " {bytes_in} {duration:s} [{extra=k8s.upstream.name}]" + tail)
                for tail in _INGRESS_TAILS
                for start in (_INGRESS_OLD, _COMBINED)
            ),
        ),
        TextFormat(
            name="traefik_clf",
            layouts=tuple(
                template(
                    _COMMON + agent + " {extra:token=traefik.request}" + served + " {duration:ms}ms"
                )
                for served in _TRAEFIK_SERVED
                for agent in (_AGENT, *_TRAEFIK_OLD_AGENTS)
            ),
        ),
        TextFormat(
            name="vhost_combined",
            layouts=(template("{host} " + _COMBINED, open_end=True),),
        ),
        TextFormat(
            name="combined",
            layouts=(
                template(_COMBINED, open_end=True),
                template(_IDENTIFIED + _AGENT, open_end=True),
                template(_CUT_OFF, fixed=False),
            ),
        ),
        TextFormat(
            name="api_gateway_clf",
            layouts=tuple(
                template(start + _AMAZON_END + end)
                for end in _AMAZON_ENDS
                for start in _AMAZON_STARTS
            ),
            named=tuple(template(_AMAZON_COMMON + _AMAZON_END + end) for end in _AMAZON_ENDS),
            escape="none",
        ),
        TextFormat(
            name="vhost_common",
            layouts=tuple(
                template("{host} " + _COMMON + agent, open_end=True) for agent in (_AGENT, "")
            ),
        ),
        TextFormat(
            name="common",
            layouts=tuple(
                template(start + agent, open_end=True)
                for agent in (_AGENT, "")  # some lines of a file may have it
                for start in (_COMMON, _IDENTIFIED)
            ),
        ),
        TextFormat(
            name="alb",
            layouts=(
                template(_ALB_CLASSIFIED + " {extra=alb.connection}", open_end=True),
                template(_ALB_CLASSIFIED),
                template(_ALB_WHOLE, open_end=True),
                template(_ALB_TRACED, open_end=True),
                template(_ALB),
            ),
            escape="backslash",
        ),
        TextFormat(
            name="elb",
            sessions=_ELB_SESSIONS,
            layouts=(
                template("{time:iso} {extra=elb.name} " + _ELB_START + _ELB_MIDDLE),
                template(
                    "{time:iso} {extra=elb.name} "
                    + _ELB_START
                    + ' {status} {extra=upstream.status} {bytes_in} {bytes_out} "{request}"'
                ),
            ),
        ),
        TextFormat(
            name="s3",
            layouts=tuple(
                template(_S3 % request + end, open_end=True)
                for request in ('"{request}"', "-")
                for end in (
                    ' "{referrer}" "{user_agent}"' + _S3_TAIL + _S3_NEWEST,
                    ' "{referrer}" "{user_agent}"' + _S3_TAIL,
                    ' "{referrer}" "{user_agent}"',
                    " - -" + _S3_TAIL,
                )
            ),
        ),
        TextFormat(
            name="envoy_text",
            sessions=_ENVOY_SESSIONS,
            layouts=(
                template(_ISTIO, open_end=True),
                template(_ISTIO_START + _ENVOY_ASKED, open_end=True),
                template(_ENVOY_START + _ENVOY_ASKED, open_end=True),
            ),
        ),
        TextFormat(name="haproxy_http", layouts=_haproxy(), escape="hash", asides=_HAPROXY_ASIDES),
        TextFormat(
            name="squid", layouts=(template(_SQUID, open_end=True, loose=True),), escape="none"
        ),
        *SERVICE_FORMATS,
    )
}
"""By name, in the order in which they are tried: a stricter one before one that takes its lines."""
