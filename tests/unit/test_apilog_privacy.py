"""What never leaves the parser."""

import json
from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.api_log.privacy import SECRET_KEYS, Privacy, find_keys
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
