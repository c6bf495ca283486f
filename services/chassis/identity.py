"""Who is asking: API keys as bearer tokens, compared in constant time."""

import hashlib
import hmac
from collections.abc import Callable

from fastapi import Header

from services.chassis.problems import Problem, ProblemError


def require_key(key: str) -> Callable[[str | None], None]:
    """Make the dependency that lets only holders of the key in."""
    wanted = hashlib.sha256(key.encode()).digest()

    def check(authorization: str | None = Header(default=None, max_length=1_000)) -> None:
        scheme, _, token = (authorization or "").partition(" ")
        given = hashlib.sha256(token.strip().encode()).digest()
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, wanted):
            raise ProblemError(
                Problem(
                    401,
                    "unauthorised",
                    "A valid key is needed",
                    "The request carries no key, or one that is not known.",
                    hint="Send the header `Authorization: Bearer <key>`.",
                ),
                {"WWW-Authenticate": 'Bearer realm="dualwatch"'},
            )

    return check
