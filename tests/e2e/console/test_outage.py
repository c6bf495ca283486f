"""One service after the other is killed: pages say which part is away, and come back by themselves.

Long: each stop and start takes many seconds.
"""

from typing import Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from services.console.domain.texts import Language
from services.console.pages.frame.looking import COOKIE
from services.console.pages.frame.rendering import texts_of
from tests.e2e.console import town
from tests.e2e.console.world import SECONDS_MAX, World
from tests.support.browser import DESK, looking
from tests.support.eventually import eventually

pytestmark = [pytest.mark.integration, pytest.mark.long]

SERVICES: Final = ("alerts", "reporting", "analysis", "intake")
PROJECT: Final = f"/projects/{quote(town.SCHOOL, safe='')}"
PAGES: Final = ("/", PROJECT, "/waiting", "/alerts", "/papers?waiting=all", "/search?q=P1", "/help")
STANDING: Final = frozenset({200, 503})
"""A page without the part that is away, or one that says that it is made of it."""
WHO: Final = "performance"


@pytest.mark.parametrize("service", SERVICES)
def test_a_part_that_is_away_is_named_and_comes_back(
    world: World, chromium: Browser, service: str
) -> None:
    """No page fails otherwise; what is open in a browser is whole again once it is asked anew."""
    called = texts_of(Language.CHINESE).of("service", service)
    with looking(chromium, world.console, DESK, {COOKIE: world.cookies[WHO]}) as look:
        look.open("/")
        world.stack.halt(service)
        try:
            told = {path: world.page(WHO, path) for path in PAGES}
            look.visit("/")
        finally:
            world.stack.restart(service)
        named = [path for path, answer in told.items() if called in answer.text]

        assert STANDING >= {answer.status_code for answer in told.values()}
        assert {path for path in PAGES if told[path].status_code != 200} <= set(named)
        assert named, f"no page says that {service} is away"
        assert 200 == told["/help"].status_code

        def whole() -> bool:
            found = [world.page(WHO, path) for path in PAGES]
            return all(one.status_code == 200 and called not in one.text for one in found)

        eventually(whole, SECONDS_MAX, f"{service} is back on every page")
        look.open("/")
        expect(look.page.locator("main .totals").first).to_be_visible()
        assert [] == look.foreign
