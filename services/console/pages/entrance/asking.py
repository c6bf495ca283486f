"""Asking intake who somebody is, and waiting until every service knows it too."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from services.chassis import clock
from services.chassis.log import get_logger
from services.console.pages.entrance.sessions import Sessions
from services.console.pages.frame.asking import KEY, Key, RefusedError, ServiceAwayError, Services
from services.console.pages.frame.looking import Means, Session

log = get_logger(__name__)

KNOWN_SECONDS: Final = 5.0
"""Longest that is waited until the services know a credential that is new."""
PAUSE_SECONDS: Final = 0.05
UNAUTHORISED: Final = 401


@contextmanager
def asking_as(key: Key) -> Iterator[None]:
    """Ask the services with another key than the looker's."""
    asked = KEY.set(key)
    try:
        yield
    finally:
        KEY.reset(asked)


async def signed_in(
    services: Services, sessions: Sessions, means: Means, told: dict[str, Any]
) -> Session:
    """Have intake say who it is; RefusedError if it is nobody who may be let in."""
    with asking_as(sessions.own):
        found = await services.send("intake", "POST", "/v1/sign-ins", told)
    return session_of(found["id"], found["credential"], means)


def session_of(name: str, credential: str, means: Means) -> Session:
    """Make a session that begins now."""
    since = int(clock.now().timestamp())
    return Session(name, credential=credential, means=means, since=since)


async def known_everywhere(services: Services, sessions: Sessions, session: Session) -> None:
    """Wait until each service lets a session in that rests on a new credential.

    They hear of it by Kafka: a page that is made before that would end the session at once.
    """
    deadline = clock.monotonic() + KNOWN_SECONDS
    with asking_as(sessions.key_of(session)):
        await asyncio.gather(*(_known(services, name, deadline) for name in services.names))


async def _known(services: Services, name: str, deadline: float) -> None:
    while clock.monotonic() < deadline:
        try:
            await services.get(name, "/v1/position")
        except RefusedError as error:
            if error.status != UNAUTHORISED:
                return
        except ServiceAwayError:
            # A page says so by itself, and it will have read by the time that it is back.
            return
        else:
            return
        await asyncio.sleep(PAUSE_SECONDS)
    log.warning("credential_not_known_yet", service=name)
