"""What Slack answers when it does not answer: each with what can be done."""

from collections.abc import Mapping
from typing import Any, Final

from sources.errors import ConfigError, CredentialsError, DaybookError, UnavailableError
from sources.http import Answer
from sources.slack.limits import OUT_OF_ORDER, error_of

PLACE: Final = "api.slack.com/apps → OAuth & Permissions"

LOST: Final = frozenset({"channel_not_found", "not_in_channel", "is_archived", "access_denied"})
"""Errors that say of a channel that it cannot be read any more."""

_TOKEN: Final[Mapping[str, tuple[str, str]]] = {
    "not_authed": ("the token did not arrive", "Is there a proxy that takes headers away?"),
    "invalid_auth": (
        "Slack refuses the token",
        f"Copy the Bot User OAuth Token anew: {PLACE}; is it of this workspace?",
    ),
    "token_revoked": (
        "the token was revoked",
        f"Install the app again and copy its Bot User OAuth Token: {PLACE}",
    ),
    "token_expired": (
        "the token is expired",
        f"Switch token rotation off, or give a fresh one: {PLACE}",
    ),
    "account_inactive": (
        "the app was taken out of the workspace, or the workspace is gone",
        f"Install the app again: {PLACE}",
    ),
    "not_allowed_token_type": (
        "this is not a bot's token",
        f"Give the Bot User OAuth Token, xoxb-…: {PLACE}",
    ),
}

_POLICY: Final = frozenset(
    {"access_denied", "ekm_access_denied", "enterprise_is_restricted", "no_permission"}
    | {"org_login_required", "team_access_not_granted", "two_factor_setup_required"}
    | {"restricted_action"}
)


def refusal(answer: Answer, source_id: str, what: str) -> DaybookError:
    """Make the error for an answer that is not what was asked for.

    Args:
        answer: any but a good one.
        source_id: whose reading it ended.
        what: the method, with the channel where there is one.
    """
    error = error_of(answer.data)
    if not error:
        return no_slack(source_id)
    if error in _TOKEN:
        wrong, remedy = _TOKEN[error]
        return CredentialsError(f"{source_id}: {wrong} ({error})", remedy=remedy)
    if error == "missing_scope":
        return _missing_scope(answer.data, source_id, what)
    if error in _POLICY:
        return CredentialsError(
            f"{source_id}: {what} is forbidden by a rule of the workspace ({error})",
            remedy="Ask its administrators to allow the app this",
        )
    if error in LOST:
        return lost(source_id, what, error)
    return UnavailableError(
        f"{source_id}: {what}: Slack answers {error}",
        remedy="Try again later"
        if error in OUT_OF_ORDER
        else "Try again later; if it stays so, look into what Slack says of this error",
    )


def lost(source_id: str, what: str, error: str) -> ConfigError:
    """Make the error for a channel that was asked for and cannot be read."""
    remedies = {
        "channel_not_found": "Is the name or id right? A private channel is there only for its "
        "members: /invite @bot in it",
        "not_in_channel": "Invite the bot: write /invite @bot in the channel, or set `join: true` "
        "for public ones",
        "is_archived": "Take it out, or unarchive it and invite the bot; an export has it too",
    }
    return ConfigError(
        f"{source_id}: {what}: {error}",
        remedy=remedies.get(error, "Take it out, or let the bot in"),
    )


def no_slack(source_id: str) -> ConfigError:
    """Make the error for an answer that no Slack gives."""
    return ConfigError(
        f"{source_id}: base_url leads to something that is not Slack's API",
        remedy="Leave base_url out; it is https://slack.com/api then",
    )


def odd(source_id: str, what: str) -> UnavailableError:
    """Make the error for an answer of another form than Slack describes."""
    return UnavailableError(
        f"{source_id}: {what}: Slack's answer is not of the form that it describes",
        remedy="Try again later; is there a proxy in between that answers by itself?",
    )


def _missing_scope(data: Mapping[str, Any], source_id: str, what: str) -> CredentialsError:
    needed, given = data.get("needed"), data.get("provided")
    named = f" {needed}" if needed else ""
    has = f"; it has {given}" if given else ""
    return CredentialsError(
        f"{source_id}: {what} needs the scope{named or ' that is missing'}{has}",
        remedy=f"Add{named or ' it'} in {PLACE} → Bot Token Scopes, then reinstall the app to the "
        "workspace",
    )
