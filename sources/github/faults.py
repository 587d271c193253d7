"""What GitHub answers when it does not answer: each with what can be done."""

from collections.abc import Mapping

from sources.errors import ConfigError, CredentialsError, DaybookError, UnavailableError
from sources.github.config import PUBLIC_API
from sources.http import Answer


def refusal(answer: Answer, source_id: str, what: str, *, token: bool) -> DaybookError:
    """Make the error for an answer that is not what was asked for.

    Args:
        answer: of a status from 300 on.
        source_id: whose reading it ended.
        what: was asked for, in words.
        token: whether a token was sent.
    """
    if not _is_github(answer):
        return no_github(source_id)
    match answer.status:
        case 401:
            return CredentialsError(
                f"{source_id}: GitHub refuses the token"
                if token
                else f"{source_id}: {what}: login",
                remedy="Is it expired, revoked or of another server? Make a new one",
            )
        case 403:
            return _forbidden(answer, source_id, what, token=token)
        case 404:
            return _absent(answer, source_id, what, token=token)
        case 451:
            return ConfigError(
                f"{source_id}: {what} is closed for legal reasons", remedy="Take it out"
            )
        case _:
            return UnavailableError(
                f"{source_id}: {what}: GitHub answers {answer.status}{_said(answer)}",
                remedy="Try again later; if it stays so, look into what GitHub says of it",
            )


def no_github(source_id: str) -> ConfigError:
    """Make the error for an answer that no GitHub gives."""
    return ConfigError(
        f"{source_id}: base_url leads to something that is not GitHub's API",
        remedy="Write https://api.github.com, https://HOST/api/v3 for an Enterprise Server, "
        "https://api.SUBDOMAIN.ghe.com with data residency",
    )


def odd(source_id: str, what: str) -> UnavailableError:
    """Make the error for an answer of another form than GitHub describes."""
    return UnavailableError(
        f"{source_id}: {what}: GitHub's answer is not of the form that it describes",
        remedy="Try again later; is there a proxy in between that answers by itself?",
    )


def _forbidden(answer: Answer, source_id: str, what: str, *, token: bool) -> DaybookError:
    headers: Mapping[str, str] = answer.headers
    if "login attempt" in _said(answer).lower():
        return UnavailableError(
            f"{source_id}: {what} may not be read now{_said(answer)}",
            remedy="After several wrong tokens GitHub refuses right ones too, for a while: is this "
            "one right, and no other in use? Then try again later",
        )
    needed = headers.get("X-Accepted-GitHub-Permissions")
    scopes, given = headers.get("X-Accepted-OAuth-Scopes"), headers.get("X-OAuth-Scopes")
    if needed:
        remedy = f"Give the token the permission: {needed}"
    elif scopes and given is not None:
        remedy = f"Give the token one of the scopes {scopes}; it has {given.strip() or 'none'}"
    elif headers.get("X-GitHub-SSO"):
        remedy = "Authorise the token for the organisation's single sign-on"
    elif token:
        remedy = "Give the token the right to read this"
    else:
        remedy = "Give a token: credentials: {token: {env: GITHUB_TOKEN}}"
    return CredentialsError(f"{source_id}: {what} may not be read{_said(answer)}", remedy=remedy)


def _is_github(answer: Answer) -> bool:
    if any(name.lower().startswith("x-github-") for name in answer.headers):
        return True
    return isinstance(answer.data, dict) and "message" in answer.data


def _absent(answer: Answer, source_id: str, what: str, *, token: bool) -> DaybookError:
    remedy = (
        "Is the name right, and may the token read it? For a private one GitHub says the same"
        if token
        else "Is the name right? A private one needs a token: credentials: "
        "{token: {env: GITHUB_TOKEN}}"
    )
    scopes = answer.headers.get("X-OAuth-Scopes")  # of a classic token
    if scopes is not None and "repo" not in {scope.strip() for scope in scopes.split(",")}:
        remedy += f"; a private one needs the scope repo, and the token has {scopes or 'none'}"
    if not answer.url.startswith(f"{PUBLIC_API}/"):
        remedy += "; and is base_url that of the API, with /api/v3 at its end?"
    return ConfigError(f"{source_id}: there is no {what}, or no access to it", remedy=remedy)


def _said(answer: Answer) -> str:
    """Give the service's own words, cut short."""
    message = answer.data.get("message") if isinstance(answer.data, dict) else None
    return f": {str(message)[:200]}" if message else ""
