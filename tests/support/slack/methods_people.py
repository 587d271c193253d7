"""Accounts, apps and the team: ``auth.test``, ``team.info``, ``users.*``, ``bots.info``."""

from tests.support.slack.access import Desk, is_bot, may, who
from tests.support.slack.answers import Call, Refusal
from tests.support.slack.paging import MOST, cut, limit, place
from tests.support.slack.payloads import Payload
from tests.support.slack.payloads_people import bot, team, user

_WORD = "user"


def auth(desk: Desk, call: Call) -> Payload:
    """Say whose secret it is."""
    account = who(call)
    told: Payload = {
        "url": desk.workspace.url,
        "team": desk.workspace.name,
        "user": account.name,
        "team_id": desk.workspace.id,
        "user_id": account.id,
    }
    if is_bot(call) and account.bot is not None:
        told["bot_id"] = account.bot.id
    return told | {"is_enterprise_install": False}


def team_info(desk: Desk, call: Call) -> Payload:
    asked = call.args.get("team")
    if asked and asked != desk.workspace.id:
        raise Refusal("team_not_found")
    return {"team": team(desk.workspace)}


def users(desk: Desk, call: Call) -> Payload:
    """Give all accounts, deleted ones and apps too, but no strangers."""
    known = sorted(one.id for one in desk.workspace.users.values() if not one.stranger)
    most = desk.manners.users_without_limit
    if not call.args.get("limit") and len(known) > most:
        raise Refusal("limit_required")
    begin = place(call, _WORD)
    size = limit(call, max(most, MOST), max(most, MOST))
    page = cut(
        [one for one in known if one >= (begin or "")],
        size,
        desk.manners,
        word=_WORD,
        name=str,
    )
    return {
        "members": [_user(desk, call, one) for one in page.things],
        "cache_ts": int(desk.workspace.clock.now().timestamp()),
        "response_metadata": {"next_cursor": page.cursor},
    }


def user_info(desk: Desk, call: Call) -> Payload:
    asked = call.need("user")
    if asked not in desk.workspace.users:
        raise Refusal("user_not_found")
    return {"user": _user(desk, call, asked)}


def _user(desk: Desk, call: Call, one: str) -> Payload:
    account = desk.workspace.users[one]
    told = user(desk.workspace, account, desk.manners, email=may(call, "users:read.email"))
    return told | {"locale": "en-GB"} if call.flag("include_locale") else told


def bot_info(desk: Desk, call: Call) -> Payload:
    found = desk.workspace.bots.get(call.need("bot"))
    if found is None:
        raise Refusal("bot_not_found")
    return {"bot": bot(found, desk.manners)}
