"""Keys of Azure's access logs, as diagnostic settings write them into a storage account.

https://learn.microsoft.com/azure/frontdoor/front-door-diagnostics and
https://learn.microsoft.com/azure/application-gateway/monitor-application-gateway-reference say
what they mean. The first generation of gateways, which is gone, named no transaction, and wrote
milliseconds: its logs are not read.
"""

from typing import Final

FRONT_DOOR_KEYS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": "time",
    "host": "properties.hostName",
    "client_ip": ("properties.clientIp", "properties.socketIp"),
    "method": "properties.httpMethod",
    "target": "properties.requestUri",
    "protocol": "properties.httpVersion",
    "status": "properties.httpStatusCode",
    "bytes_out": "properties.responseBytes",
    "bytes_in": "properties.requestBytes",
    "duration_s": "properties.timeTaken",
    "referrer": "properties.referer",
    "user_agent": "properties.userAgent",
    "request_id": "properties.trackingReference",
    "tls": "properties.securityProtocol",
    "tls.cipher": "properties.securityCipher",
    "azure.cache": "properties.cacheStatus",
    "azure.pop": "properties.pop",
    "azure.route": "properties.routingRuleName",
}

GATEWAY_KEYS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": ("timeStamp", "time"),
    "host": ("properties.originalHost", "properties.host"),
    "client_ip": "properties.clientIP",
    "method": "properties.httpMethod",
    "target": ("properties.originalRequestUriWithArgs", "properties.requestUri"),
    "query": "properties.requestQuery",
    "protocol": "properties.httpVersion",
    "status": "properties.httpStatus",
    "bytes_out": "properties.sentBytes",
    "bytes_in": "properties.receivedBytes",
    "duration_s": "properties.timeTaken",
    "user_agent": "properties.userAgent",
    "request_id": "properties.transactionId",
    "upstream": "properties.serverRouted",
    "upstream.status": "properties.serverStatus",
    "upstream.duration_s": "properties.serverResponseLatency",
    "tls": "properties.sslProtocol",
    "tls.cipher": "properties.sslCipher",
    "azure.rule": "ruleName",
}
