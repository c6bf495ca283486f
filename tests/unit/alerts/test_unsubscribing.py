"""One-click unsubscribing: what a link may end is sealed in it (RFC 8058)."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from services.alerts.delivery.unsubscribing import add_unsubscribing, link_of
from services.alerts.store.sealing import Seal
from services.alerts.store.subscriptions import SubscriptionStore
from services.chassis import problems
from services.chassis.identity_keys import OPEN_PATHS

SEAL = Seal("a-key-for-tests-only")
LINK = link_of("https://dw.example.cn/", SEAL, ["s1", "s2"])
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Ended(SubscriptionStore):
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def unsubscribe(self, names: object, now_ms: int) -> None:
        """Remember."""
        del now_ms
        assert isinstance(names, list)
        self.names += names


async def sent(link: str, data: dict[str, str]) -> tuple[int, list[str]]:
    """Send what a mail program sends; give status and what was ended."""
    app, store = FastAPI(), Ended()
    problems.install(app)
    add_unsubscribing(app, store, SEAL)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://dw.example.cn") as client:
        answer = await client.post(link, data=data)
    return answer.status_code, store.names


async def test_the_link_of_a_mail_ends_its_subscriptions() -> None:
    """All of that mail, without a key."""
    assert (200, ["s1", "s2"]) == await sent(LINK, ONE_CLICK)
    assert urlsplit(LINK).path in OPEN_PATHS


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "密"])
async def test_another_link_ends_nothing(token: str) -> None:
    """Made up, cut, or of another purpose."""
    status, ended = await sent(
        f"{urlsplit(LINK)._replace(query='').geturl()}?token={token}", ONE_CLICK
    )

    assert (422, []) == (status, ended)


async def test_a_link_that_was_changed_or_sealed_for_something_else_ends_nothing() -> None:
    """A webhook's secret is sealed by the same key, and is no link."""
    (token,) = parse_qs(urlsplit(LINK).query)["token"]
    changed = LINK.replace(token, token[:-6] + "AAAA" + token[-2:])

    assert (422, []) == await sent(changed, ONE_CLICK)


@pytest.mark.parametrize("data", [{}, {"List-Unsubscribe": "no"}])
async def test_only_what_mail_programs_send_ends_anything(data: dict[str, str]) -> None:
    """Whoever only looks at the address ends nothing (RFC 8058, 3.2)."""
    assert (422, []) == await sent(LINK, data)
