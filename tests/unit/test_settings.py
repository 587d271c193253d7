"""Settings and errors: mistakes are named with the way out, and no secret is ever repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import sources.errors
from sources.errors import (
    BudgetSpentError,
    BusyError,
    ConfigError,
    CredentialsError,
    DaybookError,
    RateLimitedError,
    RecordError,
    StoreError,
    UnavailableError,
)
from sources.settings import (
    SourceConfig,
    SourceCredentials,
    check_config,
    check_credentials,
    nearest,
)


class Place(BaseModel):
    port: int


class Config(SourceConfig):
    branch: str = "main"
    count: int
    place: Place | None = None


class Credentials(SourceCredentials):
    token: str
    number: int = 0


def test_good_settings_are_read() -> None:
    config = check_config(Config, {"count": 3, "cursor": {"at": 1}}, source_id="demo")
    assert (config.branch, config.count, config.cursor) == ("main", 3, {"at": 1})


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        check_config(Config, {"brnach": "x", "place": {"port": "a"}}, source_id="demo")
    text = str(caught.value)
    assert "demo: " in text
    assert "unknown key 'brnach', did you mean 'branch'?" in text
    assert "key 'count' is missing" in text
    assert "'place.port'" in text
    assert "`daybook sources schema`" in text


def test_settings_cannot_be_changed() -> None:
    config = check_config(Config, {"count": 3}, source_id="demo")
    with pytest.raises(ValueError, match="frozen"):
        config.count = 4


@pytest.mark.parametrize("source_id", ["Demo", "_demo", "a" * 101, ""])
def test_a_source_id_has_a_form(source_id: str) -> None:
    with pytest.raises(ConfigError, match="source_id"):
        check_config(Config, {"count": 1, "source_id": source_id}, source_id="demo")


@given(st.text(min_size=12))
def test_no_value_of_a_credential_is_repeated(secret: str) -> None:
    given = {"tokn": f"<{secret}>", "number": f"<{secret}>", "token": {"deep": f"<{secret}>"}}
    with pytest.raises(CredentialsError) as caught:
        check_credentials(Credentials, given, source_id="demo")
    assert f"<{secret}>" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "did you mean 'token'?" in str(caught.value)


def test_good_credentials_are_read() -> None:
    read = check_credentials(Credentials, {"token": "x", "number": 7}, source_id="demo")
    assert read.number == 7


def test_nothing_near_gives_all_that_is_known() -> None:
    assert nearest("zzz", ["b", "a"]) == " (known: a, b)"


# Errors --------------------------------------------------------------------------------------

ERRORS = [
    found
    for found in vars(sources.errors).values()
    if isinstance(found, type) and issubclass(found, DaybookError)
]


def make(error: type[DaybookError]) -> DaybookError:
    if issubclass(error, RecordError):
        return error("demo: broken", locator="1")
    return error("demo: broken", remedy="Mend it")


@pytest.mark.parametrize("error", ERRORS)
def test_no_error_repeats_a_password_in_a_url(error: type[DaybookError]) -> None:
    kept = "postgresql://ada@e.org:5432/x, http://[::1]:80/a@b, a:b@c"
    said = f"{kept}: https://ada:hunter2@x:hunter2@e.org/a.git, 'http://:hunter2@e.org'"
    made = error(said, locator="1") if issubclass(error, RecordError) else error(said)
    assert "hunter2" not in f"{made}{made!r}{made.to_json()}{made.args}"
    assert made.message == f"{kept}: https://***@e.org/a.git, 'http://***@e.org'"


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_says_what_and_what_to_do(error: type[DaybookError]) -> None:
    made = make(error)
    assert str(made).startswith("demo: broken")
    assert made.to_json() == {
        "type": error.__name__,
        "message": "demo: broken",
        "remedy": made.remedy,
    }
    assert error.__doc__


def test_exit_codes_tell_the_ways_out_apart() -> None:
    later = {RateLimitedError, BudgetSpentError}
    codes = {error: error.exit_code for error in ERRORS if error not in later}
    codes.pop(RecordError)  # never ends the command
    assert len(set(codes.values())) == len(codes)
    assert {error.exit_code for error in later} == {UnavailableError.exit_code}
    assert 0 not in codes.values()


def test_errors_are_what_python_expects() -> None:
    assert isinstance(make(ConfigError), ValueError)
    assert isinstance(make(CredentialsError), ValueError)
    assert isinstance(make(BusyError), ConnectionError)
    assert UnavailableError("x", retry_after=2.5).retry_after == 2.5
    assert str(StoreError("x")) == "x"


def test_a_record_error_keeps_the_record() -> None:
    error = RecordError("broken", locator="a.log:12", raw=b"\xff")
    assert (error.locator, error.raw, error.message) == ("a.log:12", b"\xff", "broken")
