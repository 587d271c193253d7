"""What is asked and answered, before it becomes bytes."""

from dataclasses import dataclass

from tests.support.github.things import Token
from tests.support.loopback import asking


@dataclass(frozen=True, kw_only=True)
class Asked(asking.Asked):
    """One request.

    Attributes:
        token: the known secret it came with.
    """

    token: Token | None = None


@dataclass(kw_only=True)
class Given(asking.Given):
    """One answer, its kind the last words of the request's path, or ``graphql``.

    Attributes:
        resource: whose quota it costs.
        cost: so much of it.
    """

    resource: str = "core"
    cost: int = 1


class Refusal(Exception):  # noqa: N818
    """An answer that is no success."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.given = Given(
            status=status,
            data={
                "message": message,
                "documentation_url": "https://docs.github.com/rest",
                "status": str(status),
            },
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
