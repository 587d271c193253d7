"""A call of a method, and an answer that is no success."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.loopback import Asked
from tests.support.slack.things import Token


@dataclass(frozen=True, kw_only=True)
class Call(Asked):
    """One call.

    Attributes:
        api: the method's name, as ``conversations.history``.
        args: from query, form or JSON, as strings.
        secret: what it came with, known or not.
        token: the known secret it came with.
        wrong: the error by which it cannot be understood.
        warnings: what Slack says of its form.
    """

    api: str = ""
    args: dict[str, str] = field(default_factory=dict)
    secret: str | None = None
    token: Token | None = None
    wrong: str | None = None
    warnings: tuple[str, ...] = ()

    def need(self, name: str) -> str:
        """Give an argument.

        Raises:
            Refusal: it is not there.
        """
        if not self.args.get(name):
            messages = [f"[ERROR] missing required field: {name}"]
            raise Refusal("invalid_arguments", response_metadata={"messages": messages})
        return self.args[name]

    def flag(self, name: str) -> bool:
        return self.args.get(name, "").lower() in {"1", "true"}


class Refusal(Exception):  # noqa: N818
    """An answer that is no success: HTTP 200 nearly always, and the reason in it."""

    def __init__(
        self, error: str, *, status: int = 200, retry_after: int | None = None, **more: Any
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.data = {"ok": False, "error": error, **more}
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
