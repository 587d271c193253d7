"""Secrets in the forms that URLs and free text give them."""

import json
from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.api_log.privacy import SECRET_KEYS, Privacy
from tests.support.api_logs import parse, row, rows

LINE = '192.0.2.7 - ann [10/Oct/2000:13:55:36 -0700] "GET {} HTTP/1.0" 200 1 "{}" "curl/8"'
OFTEN = ("code", "key", "state")
KEYS = [key for key in SECRET_KEYS if key not in OFTEN]
SECRET = st.from_regex(r"s3cret[A-Za-z0-9._~-]{0,8}", fullmatch=True)


def noted(text: str) -> str:
    """A text as the extra of a line, as far as it is kept."""
    line = json.dumps({"time": 971211336, "status": 200, "path": "/", "note": text})
    note: str = json.loads(row(line, "nginx_json", fields={"note": "note"})["extras"])["note"]
    return note


def needless(text: str, places: list[int], times: int) -> str:
    """Some letters of a text percent-encoded, which need not be."""
    return "".join(
        f"%{'25' * (times - 1)}{ord(char):02X}" if at in places else char
        for at, char in enumerate(text)
    )


@st.composite
def hidden(draw: st.DrawFn) -> tuple[str, str]:
    """A secret, and a URL's path and query that hold it somewhere."""
    secret, key = draw(SECRET), draw(st.sampled_from(KEYS))
    key = draw(st.sampled_from((key, key.upper(), key.title())))
    key = needless(key, draw(st.lists(st.integers(0, len(key) - 1), max_size=3)), 1)
    inner = draw(
        st.sampled_from(
            (
                f"/x?a=1&{key}={secret}&b=1",
                f"/x?{key}={secret}",
                f"/x?a=1;{key}={secret};b=1",
                f"/x;{key}={secret}/y",
                f"/x#{key}={secret}",
                f"/x?user[{key}]={secret}",
                f"https://{secret}:pw@e.org/x",
                f"https://u:{secret}@e.org/x?a=1",
                f'{{"a":1,"{key}":"{secret}","b":2}}',
                f'{{"a": {{"{key}": ["x", "{secret}"]}}}}',
            )
        )
    )
    depth = draw(st.integers(0 if inner.startswith("/") else 1, 2))
    for _ in range(depth):
        inner = "/r?a=1&u=" + quote(inner, safe="")
    return secret, inner


@given(hidden())
def test_no_secret_is_left_in_any_column(case: tuple[str, str]) -> None:
    secret, target = case
    text = LINE.format(target, f"https://e.org{target}")
    found = parse(text)
    assert found.table.num_rows == 1
    assert secret not in repr(found.table.to_pylist())
    (bad,) = parse(text.replace(" 200 1", " 200 none")).bad
    assert secret.encode() not in bad.raw


@pytest.mark.parametrize(
    ("query", "clean"),
    [
        ("u=%3F%74oken%3Ds3", "u=%3Ftoken%3DREDACTED"),
        ("u=%3Fto%6ben=s3%26b=1", "u=%3Ftoken=REDACTED%26b=1"),
        ("u=%253Fto%256ben%253Ds3", "u=%253Ftoken%253DREDACTED"),
        ("to%256ben=s3&b=1", "token=REDACTED&b=1"),
        ("token%3Ds3&b=1", "token%3DREDACTED&b=1"),
        ("a=1,token=s3", "a=1,token=REDACTED"),
        (r"token=\"s3\"&b=1", "token=REDACTED&b=1"),
        (r"token=\"s3", "token=REDACTED"),
        ("u[pwd]=s3&u%5Bpwd%5D=s3", "u[pwd]=REDACTED&u%5Bpwd%5D=REDACTED"),
        ("u=%3Fuser%5Bpassword%5D%3Ds3%26b", "u=%3Fuser%5Bpassword%5D%3DREDACTED%26b"),
        ("q=%7B%22jwt%22%3A%22s3%20s3%22%2C%22a%22", "q=%7B%22jwt%22%3A%22REDACTED%22%2C%22a%22"),
        ("q=%7B%22token%22%3A%22s3%5C%22s3%22%7D", "q=%7B%22token%22%3A%22REDACTED%22%7D"),
        ("q={%22otp%22:%20123}", "q={%22otp%22:%20REDACTED}"),
        ("q={'token':'s3'}", "q={'token':'REDACTED'}"),
        ("u=http%3A%2F%2Fu%3As3%40e.org%2Fx", "u=http%3A%2F%2FREDACTED%40e.org%2Fx"),
        ("u=http://u:s3%40e.org/x", "u=http://REDACTED%40e.org/x"),
        ("u=//u:s3@e.org/x", "u=//REDACTED@e.org/x"),
    ],
)  # fmt: skip
def test_l12_secrets_however_they_are_encoded(query: str, clean: str) -> None:
    assert row(LINE.format(f"/p?{query}", "-"))["query"] == clean
    assert row(LINE.format("/", f"https://e.org/p?{query}"))["referrer"].endswith(f"?{clean}")


@pytest.mark.parametrize(
    "query",
    [
        "filter=state%3Dopen&password_reset=1",
        "filter[state]=open&filter%5Bcode%5D=5&sort%5Bkey%5D=asc",
        "q=%7B%22state%22%3A%22open%22%2C%22code%22%3A5%7D",
        "q=%7B%22password_reset%22%3A%22yes%22%2C%22tokens%22%3A5%7D",
        "u=https%3A%2F%2Fe.org%2Fa%40b%3Fmail%3Da%40e.org",
        "mail=a%40e.org&t=12%3A30&q=%74he+r%65st",
        "q=sk-bratislava-town-of-many-words-and-bridges&p=npm_install",
    ],
)
def test_what_is_no_secret_stays(query: str) -> None:
    assert row(LINE.format(f"/p?{query}", "-"))["query"] == query


def test_users_and_passwords_of_absolute_targets_are_nowhere() -> None:
    for target in (
        "http://u:s3cret@e.org/x",
        "http%3A%2F%2Fu%3As3cret%40e.org",
        "//u:s3cret@e.org/",
    ):
        assert "s3cret" not in repr(row(LINE.format(target, "-")))
        assert "s3cret" not in repr(row(LINE.format("/", target)))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('password="a s3" b', "password=REDACTED b"),
        (r'say password="a\" s3" b', "say password=REDACTED b"),
        ("password='a s3' b", "password=REDACTED b"),
        (r"{\"a\": \"password=\\\"a s3\\\"\"}", None),
        ("password=s3 b", "password=REDACTED b"),
        ("token = s3 b", "token = REDACTED b"),
        ("mysql --password s3 --token=s3 --secret 'a s3' --verbose", None),
        ("curl -X POST -u u:s3 https://e.org", "curl -X POST -u u:REDACTED https://e.org"),
        ('curl --user "u:a s3" e.org', 'curl --user "u:REDACTED" e.org'),
        ("curl -H 'Authorization: Basic czM6czM=' e.org", "curl -H 'Authorization: REDACTED"),
        ("-----BEGIN PRIVATE KEY-----\ns3\n-----END PRIVATE KEY-----", None),
        ("-----BEGIN RSA PRIVATE KEY----- s3 s3", "-----BEGIN RSA PRIVATE KEY-----REDACTED"),
        ('{"token":["s3", "s3"],"otp":33,"a":1}', '{"token":["REDACTED"],"otp":REDACTED,"a":1}'),
        (r'{"secret":"a\"s3"}', '{"secret":"REDACTED"}'),
        ('{"token":["", "s3"],"a":[""]}', '{"token":["REDACTED"],"a":[""]}'),
        ('{"password"=>"s3", "a"=>"b"}', '{"password"=>"REDACTED", "a"=>"b"}'),
        ('["Host","a","Cookie","zz=s3","Accept"]', '["Host","a","Cookie","REDACTED","Accept"]'),
        (r'{"a":"[[\"cookie\", \"b; s3\"]]"}', r'{"a":"[[\"cookie\", \"REDACTED\"]]"}'),
        ('{"password_confirmation":"s3","a":1}', '{"password_confirmation":"REDACTED","a":1}'),
        ("x-auth: s3", "x-auth: REDACTED"),
        ('{"X-Session-Id":["s3", "s3"]}', '{"X-Session-Id":["REDACTED"]}'),
        ('{"token" => "s3", :otp=>"s3", pwd: "a s3"}', None),
        ('{"cookie"=>"zz=s3", "a"=>"b"}', '{"cookie"=>"REDACTED", "a"=>"b"}'),
        (r'{"a":"{\"cookie\"=>\"zz=s3\"}"}', r'{"a":"{\"cookie\"=>\"REDACTED\"}"}'),
        (f"npm_{'s3' * 18} sk-{'s3' * 24} pypi-AgE{'s3' * 9}", "REDACTED REDACTED REDACTED"),
        (f"sk-proj-{'s3-A' * 9}!", "REDACTED!"),
        (f"AKIAABCDEFGHIJKLMNOP:{'s3+/' * 10} b", "REDACTED b"),
    ],
)  # fmt: skip
def test_secrets_in_free_text(text: str, clean: str | None) -> None:
    found = noted(text)
    assert "s3" not in found
    assert clean is None or found == clean
    for bad in parse(f"broken {text}").bad[:1]:
        assert b"s3" not in bad.raw


@pytest.mark.parametrize(
    "text",
    [
        "state = open, code = 5",
        "the password reset=1 is done; password: required",
        "sort -u a:b | curl e.org",
        "--state open --verbose --key file.pem",
        'x-auth-request-user: ann, {"missing":"authorization","a":"b"}',
        '{"code"=>"5", state: "open"} {"url":"/a?token=","b":"c"}',
        "-----BEGIN PUBLIC KEY----- abc",
    ],
)
def test_free_text_without_a_secret_stays(text: str) -> None:
    assert noted(text) == text


@pytest.mark.parametrize("depth", range(4))
def test_headers_and_members_in_json_that_is_a_text_of_json(depth: int) -> None:
    cookie, kept = 'a="1"; s3cret', {"password": "s3cret", "b": "1"}
    record = {"cookie": "zz=s3cret", "a": "1"} | kept
    for told in (record, {"set-cookie": ["s3cret", "s3cret"]} | kept, {"cookie": cookie} | kept):
        text = json.dumps(told)
        for _ in range(depth):
            text = json.dumps({"m": text})
        found = noted(text)
        assert "s3cret" not in found
        assert "REDACTED" in found


RAILS = "method=GET path=/a format=html controller=A action=show status=500 duration=58.33"
HASH = 'params={"password"=>"s3cret", "token" => "s3cret", password: "s3cret"}'


def test_secrets_in_lines_of_servers_that_write_quotes_as_they_are() -> None:
    flask = '127.0.0.1 - - [28/Nov/2026 19:09:05] "GET /a?token="s3 cret"&b=1 HTTP/1.1" 200 -'
    assert row(flask, "python_http", timezone="UTC")["query"] == "token=REDACTED&b=1"
    (bad,) = parse(flask.replace(" 200 ", " none "), "python_http", timezone="UTC").bad
    assert b"cret" not in bad.raw
    rails = f"I, [2026-07-01T12:00:00.123456 #7]  INFO -- : {RAILS} view=40.43 {HASH}"
    found = row(rails, "lograge", timezone="UTC")
    tail = 'view=40.43 params={"password"=>"REDACTED", "token" => "REDACTED", password: REDACTED}'
    assert json.loads(found["extras"])["tail"] == tail


@pytest.mark.parametrize("secret", [f"ghp_{'s3cret' * 4}", "https://u:s3cret@e.org/?token=s3cret"])
@pytest.mark.parametrize(
    "field", ["remote_user", "http_user_agent", "http_host", "request_id", "upstream_addr"]
)
def test_secrets_in_the_other_columns(field: str, secret: str) -> None:
    line = {"time": 971211336, "status": 200, "request_method": "GET", "request_uri": "/"}
    found = row(json.dumps({**line, field: f"x {secret}"}), "nginx_json")
    assert "s3cret" not in repr(found)
    assert "redacted" in repr(found).lower()


def test_a_token_for_a_name_and_agents_that_stand_many_times() -> None:
    token = "ghp_" + "s3cret" * 4
    plain = LINE.format("/", "-")
    named = plain.replace(" ann ", f" {token} ")
    told = plain.replace('"curl/8"', f'"curl/8 token={token}"')
    found = rows(parse(f"{plain}\n{named}\n{told}\n{plain}"))
    assert [one["user"] for one in found] == ["ann", "REDACTED", "ann", "ann"]
    agents = [one["user_agent"] for one in found]
    assert agents == ["curl/8", "curl/8", "curl/8 token=REDACTED", "curl/8"]


def test_redacting_again_changes_nothing() -> None:
    queries = pa.array(
        ["u=%3F%74oken%3Ds3", "q=%7B%22token%22%3A%5B%22s3%22%5D%7D", "a[jwt]=x&b=1"]
    )
    once = Privacy().urls(queries)
    assert Privacy().urls(once).equals(once)
    assert Privacy(keys=()).urls(queries).equals(queries)
