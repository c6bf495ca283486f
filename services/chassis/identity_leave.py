"""Leave to go on reading: whoever follows a stream is looked at again while it goes on.

A key that expired or was revoked, a session that ended, a scope that grew smaller: none of it may
wait until a connection happens to end.
"""

from collections.abc import Callable
from typing import Final

from fastapi import Request

from services.chassis import clock
from services.chassis.identity import DEPLOYMENT, UNAUTHORISED, Principal, caller
from services.chassis.identity_keys import Directory, token_of
from services.chassis.problems import ProblemError

TRUST_SECONDS: Final = 1.0
"""How long such a look holds."""


class Leave:
    """Somebody's leave to read what was asked for, looked at again while they read."""

    def __init__(self, request: Request, may: Callable[[Principal], bool]) -> None:
        """Whoever asks was let in just now; `may` says whether somebody may read this."""
        directory: Directory = request.state.directory
        self._directory = directory
        self._token = token_of(request.scope) or b""
        self._may = may
        self._asking: Principal | None = caller(request)
        self._looked_at = clock.monotonic()

    def holder(self) -> Principal | None:
        """Return who reads, in their present scope; None once they may not any more."""
        if clock.monotonic() - self._looked_at >= TRUST_SECONDS:
            self._asking = self._look()
            self._looked_at = clock.monotonic()
        return self._asking

    def held(self) -> Principal:
        """Return who reads; 401 once they may not any more."""
        asking = self.holder()
        if asking is None:
            raise ProblemError(UNAUTHORISED)
        return asking

    def _look(self) -> Principal | None:
        found = self._directory.still(self._token)
        if found is None:
            return None
        asking = found[0]
        known = asking.id == DEPLOYMENT or self._directory.current()
        return asking if known and self._may(asking) else None
