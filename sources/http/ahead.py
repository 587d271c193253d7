"""Fetching the next pages of a list while the caller works on one."""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Self

from sources.http.answer import Answer
from sources.http.exchange import Request

Follow = Callable[[Answer], Request | None]
"""The request for the page behind an answer; ``None``: it was the last."""

Look = Callable[[Request], Answer | None]


def read_ahead(
    first: Request, follow: Follow, fetch: Callable[[Request], Answer], look: Look, ahead: int
) -> Generator[Answer, None, None]:
    """Give one page after the other, at most ``ahead`` of them fetched before they are asked for.

    Args:
        first: the request for the first page.
        follow: finds the next one.
        fetch: gets a page, whatever it takes.
        look: gets a page if nothing stands against it, from another thread.
        ahead: so many.
    """
    answer = fetch(first)
    if ahead < 1 or follow(answer) is None:
        yield from _read_on(answer, follow, fetch)
        return
    with _Looking(follow, look, ahead) as looking:
        while True:
            looking.start_from(answer)
            yield answer
            request = follow(answer)
            if request is None:
                return
            found = looking.take()
            answer = fetch(request) if found is None else found


def _read_on(
    answer: Answer, follow: Follow, fetch: Callable[[Request], Answer]
) -> Generator[Answer, None, None]:
    yield answer
    while (request := follow(answer)) is not None:
        answer = fetch(request)
        yield answer


class _Looking:
    """A thread that goes on from page to page until it has enough of them or meets a hindrance."""

    def __init__(self, follow: Follow, look: Look, ahead: int) -> None:
        self._follow = follow
        self._look = look
        self._ahead = ahead
        self._found: deque[Future[Answer | None]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pages")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def start_from(self, answer: Answer) -> None:
        """Look for the pages behind ``answer``, if none is looked for yet, and for more."""
        before: Future[Answer | None]
        if self._found:
            before = self._found[-1]
        else:
            before = Future()
            before.set_result(answer)
        while len(self._found) < self._ahead:
            before = self._thread.submit(partial(self._look_behind, before))
            self._found.append(before)

    def take(self) -> Answer | None:
        """Give the next page; ``None``: something hinders it, and none behind it is looked for."""
        answer = self._found.popleft().result()
        if answer is None:
            while self._found:
                self._found.popleft().result()
        return answer

    def _look_behind(self, before: Future[Answer | None]) -> Answer | None:
        answer = before.result()  # done: the thread works in order
        request = None if answer is None else self._follow(answer)
        return None if request is None else self._look(request)
