"""HTTP: one-click unsubscribing (RFC 8058): a mail's own link ends the mails it is of.

The only address that asks for no key: what a link may end is sealed in it, and no more than that
can be done with it. Whoever sends it gets the same answer whatever there is.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import FastAPI, Query, Request
from fastapi.responses import PlainTextResponse, Response

from services.alerts.store.sealing import Seal, UnreadableError
from services.alerts.store.subscriptions import SubscriptionStore
from services.chassis import clock
from services.chassis.identity_keys import UNSUBSCRIBE
from services.chassis.problems import foreign_token
from services.chassis.requests import body_of

PURPOSE: Final = "unsubscribe"
TOKEN_MAX: Final = 20_000
"""Most characters of a link's token: it names the subscriptions of one mail."""
SAID: Final = "One-Click"
DONE: Final = "您将不再收到此类邮件。\nYou will get no more of these mails.\n"


def link_of(base: str, seal: Seal, subscriptions: Sequence[str]) -> str:
    """Make the link of a mail; `base` is where alerts is reached from outside."""
    sealed = seal.close(json.dumps(list(subscriptions)).encode(), PURPOSE)
    token = base64.urlsafe_b64encode(sealed).decode()
    return f"{base.rstrip('/')}{UNSUBSCRIBE}?token={token}"


def named_by(token: str, seal: Seal) -> list[str]:
    """Read whose link it is; ProblemError for one that is not ours."""
    try:
        opened = seal.open(base64.urlsafe_b64decode(token.encode()), PURPOSE)
    except (UnreadableError, binascii.Error, ValueError) as error:
        raise foreign_token(name="token") from error
    return [str(name) for name in json.loads(opened)]


def add_unsubscribing(app: FastAPI, store: SubscriptionStore, seal: Seal) -> None:
    """Add the address."""

    @app.post(UNSUBSCRIBE, include_in_schema=False)
    async def unsubscribe(
        request: Request, token: Annotated[str, Query(max_length=TOKEN_MAX)]
    ) -> Response:
        """End the mails that a link is of; what is ended already stays so."""
        names = named_by(token, seal)
        said = parse_qs((await body_of(request)).decode(errors="replace"))
        if said.get("List-Unsubscribe") != [SAID]:
            raise foreign_token(name="List-Unsubscribe")
        await store.unsubscribe(names, clock.now_ms())
        return PlainTextResponse(DONE)
