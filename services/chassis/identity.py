"""Who is asking: API keys as bearer tokens, compared in constant time."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.chassis.problems import Problem, ProblemError

BEARER: Final = HTTPBearer(auto_error=False, description="The deployment's API key.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
UNAUTHORISED: Final = Problem(
    401,
    "unauthorised",
    "A valid key is needed",
    "The request carries no key, or one that is not known.",
    hint="Send the header `Authorization: Bearer <key>`.",
)


def require_key(key: str) -> Callable[[Credentials], None]:
    """Make the dependency that lets only holders of the key in."""
    wanted = hashlib.sha256(key.encode()).digest()

    def check(credentials: Credentials) -> None:
        token = "" if credentials is None else credentials.credentials
        given = hashlib.sha256(token.encode()).digest()
        if not hmac.compare_digest(given, wanted):
            raise ProblemError(UNAUTHORISED, {"WWW-Authenticate": 'Bearer realm="dualwatch"'})

    return check
