"""What never leaves the parser."""

import json
import re
from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.api_log.percent import Needless
from sources.api_log.privacy import SECRET_KEYS, Privacy
from sources.api_log.searching import find_keys
from sources.errors import CredentialsError
from tests.support.api_logs import listed, parse, row

LINE = '{} - {} [10/Oct/2000:13:55:36 -0700] "GET {} HTTP/1.0" 200 1 "{}" "curl/8"'


def line(
    target: str = "/", referrer: str = "-", client: str = "192.0.2.7", user: str = "ann"
) -> str:
    return LINE.format(client, user, target, referrer)


@pytest.mark.parametrize(
    ("query", "clean"),
    [
        ("token=s3&a=1", "token=REDACTED&a=1"),
        ("a=1&X-Amz-Signature=s3", "a=1&X-Amz-Signature=REDACTED"),
        ("a=1;Api_Key=s3;b=2", "a=1;Api_Key=REDACTED;b=2"),
        ("access%5Ftoken=s3", "access%5Ftoken=REDACTED"),
        ("password[]=s3&password%5B0%5D=s3", "password[]=REDACTED&password%5B0%5D=REDACTED"),
        ("token=", "token="),
        ("monkey=1&keyboard=2&tokens=3", "monkey=1&keyboard=2&tokens=3"),
        ("a=token&b", "a=token&b"),
        ("token=s3=s3&c=1", "token=REDACTED&c=1"),
        ("refresh-token=s3&Session-Id=s3", "refresh-token=REDACTED&Session-Id=REDACTED"),
        ("q=a|token=s3&b=1", "q=a|token=REDACTED&b=1"),
        ("q=a|api%5Fkey=s3/x|y&b=1", "q=a|api%5Fkey=REDACTED&b=1"),
        ("q={to%6Ben=s3}&b=1", "q={to%6Ben=REDACTED&b=1"),
        ("a=1|b%5F=2&to%6Ben=s3", "a=1|b%5F=2&to%6Ben=REDACTED"),
        ("q=a%7Ctoken%3Ds3%26b%3D1", "q=a%7Ctoken%3DREDACTED%26b%3D1"),
        ("q=%257Btoken%253Ds3&b=1", "q=%257Btoken%253DREDACTED&b=1"),
        ("q=a|token%3Ds3&b=1", "q=a|token%3DREDACTED&b=1"),
        ("q=token%3Ds3&b=1", "q=token%3DREDACTED&b=1"),
        ("next=%2Fx%3Ftoken=s3&b=1", "next=%2Fx%3Ftoken=REDACTED&b=1"),
        ("a=1%26token=s3&b=1", "a=1%26token=REDACTED&b=1"),
        ("u=%3Ftoken%5B%5D%3Ds3&b=1", "u=%3Ftoken%5B%5D%3DREDACTED&b=1"),
        ("q=a%2Ctoken%3Ds3&b=1", "q=a%2Ctoken%3DREDACTED&b=1"),
        ("q=mytoken%3D1|tokens%3D2%7Cmonk%65y=3", "q=mytoken%3D1|tokens%3D2%7Cmonk%65y=3"),
    ],
)
def test_l12_secrets_in_queries_and_referrers(query: str, clean: str) -> None:
    found = row(line(f"/p?{query}", f"https://u:s3@e.org/x?{query}"))
    assert found["query"] == clean
    assert found["referrer"] == f"https://REDACTED@e.org/x?{clean}"
    assert "s3" not in repr(found)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*SECRET_KEYS, *(key.upper() for key in SECRET_KEYS)]),
            st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=9),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_no_value_of_a_secret_key_is_left(pairs: list[tuple[str, str]], encoded: bool) -> None:  # noqa: FBT001
    keys = [quote(key, safe="") if encoded else key for key, _ in pairs]
    query = "&".join(f"{key}=<{value}>" for key, (_, value) in zip(keys, pairs, strict=True))
    clean = Privacy().urls(pa.array([query, None, "plain", "a=1"]))
    assert clean.to_pylist()[1:] == [None, "plain", "a=1"]
    assert clean[0].as_py() == "&".join(f"{key}=REDACTED" for key in keys)


@pytest.mark.parametrize("key", ["k\\b", "a{2}", "x+"])
def test_a_key_may_look_like_a_pattern(key: str) -> None:
    nested = line(f"/?u=%3F{key}%3Ds3cret".replace("\\", "\\\\"))
    assert row(nested, redact=(key,))["query"] == f"u=%3F{key}%3DREDACTED"


@pytest.mark.parametrize(
    "token",
    ["xoxe-1-abcdefghij", "xoxb-1234567890-abc", "ghp_" + "a" * 20, "AKIAABCDEFGHIJKLMNOP"],
)
@pytest.mark.parametrize("before", ["t%3D", "%3Ft%3D", "%253Ft%253D", "%2F", "u%20", "x-"])
def test_a_token_is_known_by_its_looks_behind_an_encoded_sign(before: str, token: str) -> None:
    found = row(line(f"/p?u={before}{token}"))
    assert found["query"] == f"u={before}REDACTED"
    assert row(line(f"/p?u=plain{token}"))["query"] == f"u=plain{token}"


def test_keys_are_found_row_by_row() -> None:
    keys, rows = find_keys(pa.array(["a=1&b=2", "", "c", "d=e=f", "g=1"]))
    assert list(zip(rows.tolist(), keys.to_pylist(), strict=True)) == [
        (0, "a"),
        (0, "b"),
        (3, "d"),
        (4, "g"),
    ]


def test_secrets_in_paths_malformed_requests_and_bad_lines() -> None:
    found = row(line("/a;jsessionid=s3cret/b"))
    assert found["path"] == "/a;jsessionid=REDACTED"
    broken = '192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "?token=s3cret" 400 1 "-" "-"'
    assert "s3cret" not in repr(row(broken))
    raw = b'{"Authorization":["Bearer s3cret"],"cookie":"sid=s3cret"} GET /?password=s3cret\n'
    (bad,) = parse(raw).bad
    assert b"s3cret" not in bad.raw
    assert b"REDACTED" in bad.raw


def test_other_keys_may_be_named() -> None:
    assert row(line("/?token=1&mine=2"), redact=("mine",))["query"] == "token=1&mine=REDACTED"
    assert row(line("/?token=1"), redact=())["query"] == "token=1"


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.77", "192.0.2.0"),
        ("2001:db8:1:2:3::7", "2001:db8:1::"),
        ("::ffff:192.0.2.77", "192.0.2.0"),
        ("fe80::1%eth0", "fe80::"),
        ("host.example.org", None),
    ],
)
def test_addresses_cut_to_their_network(client: str, network: str | None) -> None:
    assert row(line(client=client), client_address="truncate").get("client_ip") == network


def test_addresses_as_a_keyed_hash() -> None:
    lines = "\n".join(
        [line(client="192.0.2.7"), line(client="192.0.2.8"), line(client="192.0.2.7")]
    )
    first = listed(parse(lines, client_address="hash", client_key="k1").table["client_ip"])
    other = listed(parse(lines, client_address="hash", client_key="k2").table["client_ip"])
    assert first[0] == first[2] != first[1]
    assert not set(first) & set(other)
    assert {len(text) for text in first} == {32}
    for key in (None, ""):
        with pytest.raises(CredentialsError, match="client_key"):
            parse(lines, client_address="hash", client_key=key)


def test_nothing_else_tells_the_address() -> None:
    forwarded = line(client="10.0.0.1, 198.51.100.7")
    nginx = '$remote_addr [$time_local] "$http_x_forwarded_for" "$request"'
    text = '192.0.2.7 [10/Oct/2000:13:55:36 -0700] "198.51.100.7" "GET /\xff HTTP/1.1"'
    for found in (
        parse(forwarded, client_address="truncate"),
        parse(text.encode("latin-1"), nginx, client_address="truncate"),
        parse("198.51.100.7 wrong 2001:db8::5", client_address="truncate"),
    ):
        seen = json.dumps(found.table.to_pylist(), default=str) + repr(found.bad)
        for address in ("198.51.100.7", "2001:db8::5", "192.0.2.7", "10.0.0.1"):
            assert address not in seen


def test_users_may_be_left_out() -> None:
    assert "user" not in row(line(), users="redact")
    assert row(line())["user"] == "ann"


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"
SECRETS = {
    "a password with @ in a URL": ("/r", "https://u:s3cret@x:s3cret@e.org/"),
    "a URL within a query": ("/r?next=https%3A%2F%2Fe.org%2F%3Ftoken%3Ds3cret%26a%3D1", "-"),
    "the same, encoded twice": ("/r?n=%252F%253Fa%253D1%2526api_key%253Ds3cret", "-"),
    "a segment of a path": ("/r/token=s3cret/b", "-"),
    "a fragment": ("/r", "https://e.org/#access_token=s3cret&x=1"),
    "a token that has a prefix": ("/r/ghp_s3cretAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "-"),
    "a web token in a path": (f"/r/{JWT}/b".replace("c2ln", "s3cret"), "-"),
    "a web token in a referrer": ("/r", f"https://e.org/{JWT}".replace("c2ln", "s3cret")),
}


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_l12_secrets_wherever_a_url_may_hide_them(name: str) -> None:
    target, referrer = SECRETS[name]
    text = line(target, referrer)
    (bad,) = parse(text.replace(" 200 1", " 200 none")).bad
    for seen in (repr(row(text)), repr(bad.raw)):
        assert "s3cret" not in seen
        assert "REDACTED" in seen
    assert row(line("/r?next=%2Fb%3Fq%3D1"))["query"] == "next=%2Fb%3Fq%3D1"


@pytest.mark.parametrize(
    "text",
    [
        '{"x":{"password":"s3cret"}}',
        '{"msg":"{\\"token\\":\\"s3cret\\"}"}',
        '{"headers":{"X-Auth-Token":["s3cret"]}}',
        "GET / Authorization: Digest username=s3cret, response=s3cret",
        "{Digest username=s3cret, nonce=s3cret|e.org}",
        "{Basic s3cret|e.org}",
        "{sessionid=s3cret; a=b|e.org|token=s3cret}",
        "AWS4-HMAC-SHA256 Credential=s3cret/2024, Signature=s3cret",
        "X-Api-Key: s3cret",
        "Set-Cookie2=s3cret",
    ],
)
def test_what_authorizes_is_in_no_bad_line_and_no_extra(text: str) -> None:
    (bad,) = parse(text).bad
    assert b"s3cret" not in bad.raw
    form = r"^(?P<time>\d+) (?P<note>.*)$"
    assert "s3cret" not in repr(row(f"971211336 {text}", form))


@pytest.mark.parametrize(
    "text",
    [
        '{"headers":{"set-cookie":["a=s3cret", "b=s3cret"],"cookie":"a=\\"1\\"; b=s3cret"}}',
        '{"log":"{\\"set-cookie\\":[\\"a=\\\\\\"1\\\\\\"; s3cret\\",\\"b=s3cret\\"]}"}',
        '{"query":{"token":["1","s3cret"],"password":"a\\"s3cret"}}',
    ],
)
def test_no_part_of_a_secret_in_json_is_left(text: str) -> None:
    (bad,) = parse(text).bad
    assert b"s3cret" not in bad.raw


def test_what_stands_beside_a_secret_is_kept() -> None:
    record = {"cookie": "s3cret", "accept": "a", "set-cookie": ["s3cret"], "token": "s3cret"}
    for text in (json.dumps(record), json.dumps({"log": json.dumps(record)})):
        (bad,) = parse(text).bad
        kept = bad.raw.replace(b"REDACTED", b"s3cret").decode()
        assert (kept, b"s3cret" in bad.raw) == (text, False)


def test_headers_that_authorize_are_no_extras_under_any_name() -> None:
    fields = {"auth.authorization": "a", "session_id": "b", "x-api-key": "c", "kept": "d"}
    text = '{"time":1,"status":200,"path":"/","a":"s3cret","b":"s3cret","c":"s3cret","d":"1"}'
    assert json.loads(row(text, "nginx_json", fields=fields)["extras"]) == {"kept": "1"}
    nginx = "$msec $http_x_api_key $arg_sig $arg_a $sent_http_set_cookie"
    assert json.loads(row("1.5 s3cret s3cret 1 s3cret", nginx)["extras"]) == {"arg_a": "1"}
    regex = r"^(?P<time>\d+) (?P<authorization>\S+) (?P<kept>.*)$"
    assert json.loads(row("1 s3cret 2", regex)["extras"]) == {"kept": "2"}


@pytest.mark.parametrize("wish", ["truncate", "hash"])
@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::5", "2001:db8:1:2:3:4:5:6"])
def test_no_other_field_tells_an_address_that_is_not_kept(wish: str, address: str) -> None:
    main = line(client="10.0.0.1") + f' "{address}, 10.0.0.2"'
    nginx = '$remote_addr [$time_local] "$request" "$http_cf_connecting_ip" $http_forwarded'
    proxied = f'10.0.0.1 [10/Oct/2000:13:55:36 -0700] "{address}" "{address}" for={address};by=x'
    for text, form in ((main, "combined"), (proxied, nginx)):
        found = parse(text, form, client_address=wish, client_key="k")
        assert found.table.num_rows == 1
        assert address not in repr(found.table.to_pylist())
    tail = json.loads(row(main, client_address="truncate")["extras"])["tail"]
    assert tail == '"REDACTED, REDACTED"'
    (bad,) = parse(f"at 12:14:14 {address}", client_address="truncate").bad
    assert bad.raw == b"at 12:14:14 REDACTED"


def test_users_that_are_left_out_are_in_no_raw_line() -> None:
    text = line(user="s3cret name")
    wrong = text.replace(" 200 1", " 200 none")
    named = '{"remote_user":"s3cret name","status":200}'
    iis = r"192.0.2.7, E\s3cret name, 7/1/2026, 12:00:00, W3SVC2"
    for raw in (wrong, f"e.org {wrong}", named, iis, 'user_id=s3cret user="s3cret name"'):
        (bad,) = parse(raw, users="redact").bad
        assert b"s3cret" not in bad.raw
    tail = json.loads(row(line() + " user=s3cret b=1", users="redact")["extras"])["tail"]
    assert tail == "user=REDACTED b=1"
    found = row(text.encode() + b" \xff", users="redact")
    assert "line.base64" not in found.get("extras", "")
    assert "line.base64" in row(text.encode() + b" \xff")["extras"]


def test_a_value_beside_another_hides_nothing() -> None:
    privacy = Privacy(addresses="truncate")
    raws = [b"status", b"192.0.2.7 x", b"a", f"ghp_{'s3cret' * 5}".encode(), b"b", b"Basic s3cret"]
    assert privacy.lines(raws) == [privacy.lines([raw])[0] for raw in raws]
    assert b"s3cret" not in b"".join(privacy.lines(raws))
    assert b"192.0.2.7" not in b"".join(privacy.lines(raws))


CALLED = '192.0.2.7 AIDAs3cret s3cret [01/Jul/2026:12:00:00 +0000]"GET /pets HTTP/1.1" %s 5 i1 x1='
IIS = r", CORP\s3cret, 7/1/2026, 12:00:00, W3SVC2, WEB1, 10.0.0.5, x, 1, 3, 200, 0, GET, /a, b=1,"


def test_users_that_are_left_out_are_no_extras() -> None:
    calls = {"requestId": "i1", "requestTime": "01/Jul/2026:12:00:00 +0000", "status": 200}
    calls |= {"httpMethod": "GET", "caller": "s3cret", "user": "s3cret", "apiId": "a1"}
    regex = r"^(?P<time>\d+) (?P<user_name>\S+) (?P<kept>\S+)$"
    for line_, form, kept in (
        (CALLED % 200, "api_gateway_clf", {"aws.extended_request_id": "x1="}),
        (json.dumps(calls), "api_gateway_json", {"aws.api": "a1"}),
        ("1 s3cret 2", regex, {"kept": "2"}),
    ):
        found = row(line_, form, users="redact")
        assert "s3cret" not in repr(found)
        assert json.loads(found["extras"]) == kept
        assert "s3cret" in repr(row(line_, form))


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (CALLED % "none", "192.0.2.7 REDACTED [01/Jul"),
        (f"e.org {line(user='s3cret').replace(' 200 1', ' 200 none')}", "e.org 192.0.2.7 REDACTED"),
        (
            '{"requestId": "i1", "caller": "AIDAs3cret"}',
            '{"requestId": "i1", "caller": "REDACTED"}',
        ),
        ('{"x-consumer-username":"s3cret","x-consumer-custom-id":["s3cret"]}', None),
        ('{"x-credential-identifier":"s3cret","custom_id":"s3cret"}', None),
        (r'{"user":"CORP\\s3cret","a":"b"}', '{"user":"REDACTED","a":"b"}'),
        (json.dumps({"log": r'{"user":"CORP\\s3cret"}'}), r'{"log": "{\"user\":\"REDACTED\"}"}'),
        ("fe80::1%12" + IIS, "fe80::1%12, REDACTED, 7/1/2026"),
        ("web.internal" + IIS, "web.internal, REDACTED, 7/1/2026"),
    ],
)
def test_users_that_are_left_out_are_in_no_raw_line_of_gateways(raw: str, kept: str | None) -> None:
    (bad,) = parse(raw, "iis_native", users="redact", timezone="UTC").bad
    assert b"s3cret" not in bad.raw
    assert bad.raw.decode().startswith(kept or "{")


PIECES = (
    *(
        "token",
        "code",
        "password",
        "cookie",
        '"',
        "'",
        "\\",
        "\\x22",
        "[",
        "{",
        ":",
        "=>",
        "=",
        ",",
        "&",
    ),
    *("?", "/", "a", "s3cret", " ", "\t", "\f", "https%3A%2F%2F", "//", "u:p@e.org", "%40", "%20"),
    *("%3D", "%22", "%74", "%25", "bearer", "curl -u ", "--secret", "ghp_" + "a" * 20),
)


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), min_size=1, max_size=4))
@example(["https%3A%2F%2Fann:s3cret@e.org%2F", "m=a%40b"])
@example(["a=token=s3cret", "%20"])
@example([r"{\x22token\x22:\x22s3\x22}", '"'])
@example(['["Host","a","authorization","s3cret"]', ":"])
@example(["bearer\ts3cret", ":"])
@example(["a=1\ftoken=s3cret", "token=1"])
def test_what_is_redacted_depends_on_no_other_row(texts: list[str]) -> None:
    for clean in (Privacy().urls, Privacy().texts):
        alone = [clean(pa.array([text])).to_pylist()[0] for text in texts]
        assert clean(pa.array(texts)).to_pylist() == alone


def test_l12_a_login_in_an_encoded_url_stands_alone() -> None:
    found = row(line("/p?u=https%3A%2F%2Fann:s3cret@e.org%2F"))
    assert found["query"] == "u=https%3A%2F%2FREDACTED@e.org%2F"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("session= method=GET path=/a", "session= method=GET path=/a"),
        ("session= s3cret method=GET", "session= REDACTED method=GET"),
        ("token= czNjcmV0==", "token= REDACTED"),
        ("token= s3:cret=1, b", "token= REDACTED, b"),
        ("session= , token= s3cret,b", "session= , token= REDACTED,b"),
        ("password => s3cret b", "password => REDACTED b"),
        ("password =>s3cret", "password =>REDACTED"),
        ('Authorization: OAuth key="x", oauth_signature="s3cret"', "Authorization: REDACTED"),
        ('Authorization: Digest username="s3cret",response=s3cret', "Authorization: REDACTED"),
        ("""{'Authorization': 'Token token="s3cret", a="s3cret"'}""", None),
        (
            r'{"authorization":"Digest a=\"s3cret\", b=\"s3cret\"","a":"b"}',
            '{"authorization":"REDACTED","a":"b"}',
        ),
        ('{"authorization":"Digest a=s3cret","a":"b"}', '{"authorization":"REDACTED","a":"b"}'),
        ('[{"name":"Cookie","value":"s3cret"}]', '[{"name":"Cookie","value":"REDACTED"}]'),
        (
            r'{"a":"{\"name\": \"x-api-key\", \"value\": \"s3cret\", \"b\": 1}"}',
            r'{"a":"{\"name\": \"x-api-key\", \"value\": \"REDACTED\", \"b\": 1}"}',
        ),
        ("curl -sSu u:s3cret e.org", "curl -sSu u:REDACTED e.org"),
        ("curl -4su 'u:s3cret' e.org", "curl -4su 'u:REDACTED' e.org"),
    ],
)
def test_pairs_and_headers_in_free_text(text: str, clean: str | None) -> None:
    found = Privacy().texts(pa.array([text]))[0].as_py()
    assert "s3cret" not in found
    assert found == clean or clean is None


@pytest.mark.parametrize(
    "url",
    [
        "fields=id,code=5",
        "fields=id,c%6Fde[a]=5&a=1,%5Bkey=5",
        "tags=env:prod,state=up&color=red,key=blue",
        'match[]={job="x",code="500"}',
        "next=%2Flogin%3Furl%3Dhttps%3A%2F%2Fe.org%26email%3Dann%40e.org",
        "urls=https%3A%2F%2Fe.org%2Cann%40x.org",
        "text=see+https%3A%2F%2Fe.org+or+ann%40e.org",
        "text=(https%3A%2F%2Fe.org)ann@e.org",
        "n=https%253A%252F%252Fe.org%2526m%253Dann%2540e.org",
        "text=https://e.org+at+1:2+ann%40e.org",
        "/v2/reg//img:tag@sha256:abc",
        "/x//2024-01-01T10:00:00@utc",
        "https://e.org//x:1@2",
        "u=%2F%2Fe.org%2Fa%40b&v=/a%2F%2Fb%3A1%40c",
        "u=%2F%2Fann%40e.org",
        "/sk-or-en-translation-of-documents-2024/x",
        "/blog/sk-proj-2024-management-of-things-in-town",
        "q=sk-ant-and-dec-fansite-of-all-times",
    ],
)
def test_what_is_like_a_secret_stays(url: str) -> None:
    assert Privacy().urls(pa.array([url])).to_pylist() == [url]
    assert Privacy().texts(pa.array([url])).to_pylist() == [url]


@pytest.mark.parametrize(
    "url",
    [
        "a=1,token=s3cret&key=s3cret",
        "u=https%3A%2F%2Fann%3As3,cret%40x%26s3cret%40e.org",
        "u=https%253A%252F%252Fann%253As3cret%2526s3cret%2540e.org",
        "u=https%3A//ann:s3cret@e.org",
        "//ann:s3cret@e.org",
        "u=%2F%2Fann%3As3cret%40e.org",
        "(//ann:s3cret@e.org)",
        f"q=sk-ant-api03-{'s3cret-_' * 3}",
        f"q=sk-or-v1-{'s3cret' * 9}",
        f"q=sk-svcacct-{'s3cret-A_' * 9}",
    ],
)
def test_what_is_like_no_secret_goes(url: str) -> None:
    found = Privacy().urls(pa.array([url]))[0].as_py()
    assert "REDACTED" in found
    assert "cret" not in found


def test_agents_tell_of_a_device_in_pairs() -> None:
    for agent in ("(Win; key=5; state=on) x", "[FBID/phone;sid=12;code=A]", "a key=b,token=s3cret"):
        found = row(line("/?sid=s3cret").replace("curl/8", agent))
        assert found["user_agent"] == agent.replace("s3cret", "REDACTED")
        assert "s3cret" not in repr(found)
    token = f"ghp_{'s3cret' * 4}"
    assert token not in repr(row(line().replace("curl/8", token), redact=("sid",)))


@given(st.lists(st.lists(st.sampled_from("%2574eéE6_-=a")).map("".join), min_size=1))
@example(["%2", "574", "", "a%7", "4%25", "25%252574%7%34", "%00%2E"])
def test_letters_are_decoded_in_all_rows_at_once(texts: list[str]) -> None:
    def plain(found: re.Match[str]) -> str:
        char = chr(int(found[1], 16))
        return char if char.isascii() and (char.isalnum() or char in "-._~") else found[0]

    column = pa.array(["%74", *texts, "%74"])[1:-1]
    wanted = [re.sub("%(?:25)*([0-9A-Fa-f]{2})", plain, text) for text in texts]
    assert Needless().decode(column).to_pylist() == wanted
