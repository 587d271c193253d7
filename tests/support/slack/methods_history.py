"""``conversations.history`` and ``conversations.replies``."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.support.slack.access import Desk, conversation, is_limited
from tests.support.slack.answers import Call, Refusal
from tests.support.slack.channel import Channel
from tests.support.slack.paging import MOST, Page, cut, limit, place
from tests.support.slack.payloads import Payload
from tests.support.slack.stamps import FIRST, LAST, Key, key, stamp
from tests.support.slack.tiers import LIMITED_PAGE
from tests.support.slack.timeline import Timeline

_WORD = "next_ts"


@dataclass(frozen=True, kw_only=True)
class Span:
    """What lies between two times, both left out unless the call is inclusive."""

    oldest: Key
    latest: Key
    inclusive: bool

    def of(self, keys: Sequence[Key], floor: Key) -> tuple[int, int]:
        """Give the first place and the one behind the last, of what is shown."""
        if self.inclusive:
            first, last = bisect_left(keys, self.oldest), bisect_right(keys, self.latest)
        else:
            first, last = bisect_right(keys, self.oldest), bisect_left(keys, self.latest)
        return max(first, bisect_left(keys, floor)), last

    def has(self, one: Key) -> bool:
        return self.of([one], FIRST) == (0, 1)


def history(desk: Desk, call: Call) -> Payload:
    """Give what a channel shows, newest first."""
    channel = conversation(desk, call, "history")
    size = _size(call, default=100)
    span, begin = _span(call), _place(call)
    if not desk.manners.oldest:
        span = replace(span, oldest=FIRST)
    keys = channel.top()
    first, last = span.of(keys, channel.floor)
    if desk.manners.forward and call.args.get("oldest") and not call.args.get("latest"):
        first = first if begin is None else max(first, bisect_left(keys, begin))
        page = _cut(desk, keys[first : min(last, first + size + 1)], size)
        shown = list(page.things)[::-1]
    else:
        last = last if begin is None else min(last, bisect_right(keys, begin))
        page = _cut(desk, keys[max(first, last - size - 1) : max(first, last)][::-1], size)
        shown = list(page.things)
    told = _page(desk, channel, shown, page)
    told |= {
        "pin_count": len(channel.pins()),
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    }
    if desk.workspace.plan_days is not None and channel.hidden():
        told["is_limited"] = True
    return told


def replies(desk: Desk, call: Call) -> Payload:
    """Give a thread, oldest first; its first message is on the pages that the manners say."""
    channel = conversation(desk, call, "history")
    size = _size(call, default=MOST)
    span, begin = _span(call), _place(call)
    parent = channel.find(call.need("ts"))
    if parent is None:
        raise Refusal("thread_not_found")
    if parent.thread is not None:
        return _page(desk, channel, [key(parent.ts)], Page(things=(), cursor=""))
    top = key(parent.ts)
    keys = channel.answers(parent.ts)
    first, last = span.of(keys, channel.floor)
    if begin is not None:
        first = max(first, bisect_left(keys, begin))
    found = keys[first : min(last, first + size + 1)]
    way = desk.manners.parent
    if (begin is None or begin <= top) and (way != "bounds" or span.has(top)):
        found = [top, *found]
    page = _cut(desk, found, size)
    shown = list(page.things)
    if way == "every" and top not in shown:
        shown = [top, *shown]
    return _page(desk, channel, shown, page)


def _page(desk: Desk, channel: Channel, shown: Sequence[Key], page: Page[Key]) -> Payload:
    told: Payload = {
        "messages": [_told(desk, channel, one) for one in shown],
        "has_more": bool(page.cursor),
    }
    if page.cursor and desk.manners.cursors:
        told["response_metadata"] = {"next_cursor": page.cursor}
    return told


def _told(desk: Desk, channel: Timeline, place_: Key) -> Payload:
    return desk.messages.message(channel, channel.messages[stamp(place_)])


def _size(call: Call, *, default: int) -> int:
    if is_limited(call):
        return limit(call, LIMITED_PAGE, LIMITED_PAGE)
    return limit(call, default)


def _cut(desk: Desk, keys: Sequence[Key], size: int) -> Page[Key]:
    return cut(keys, size, desk.manners, word=_WORD, name=lambda one: f"{one[0]}{one[1]:06d}")


def _span(call: Call) -> Span:
    return Span(
        oldest=_bound(call, "oldest", FIRST),
        latest=_bound(call, "latest", LAST),
        inclusive=call.flag("inclusive"),
    )


def _bound(call: Call, name: str, default: Key) -> Key:
    text = call.args.get(name)
    if not text:
        return default
    try:
        return key(text)
    except ValueError:
        raise Refusal(f"invalid_ts_{name}") from None


def _place(call: Call) -> Key | None:
    found = place(call, _WORD)
    if found is None:
        return None
    if not found.isdigit() or len(found) <= 6:
        raise Refusal("invalid_cursor")
    return int(found[:-6]), int(found[-6:])
