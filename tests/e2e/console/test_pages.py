"""Every page in Chromium: for those who do not see it, without foreign addresses, at both sizes."""

from typing import Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from services.console.pages.frame.looking import COOKIE
from tests.e2e.console import hostile
from tests.e2e.console.pages import HOSTILE, PLAIN, pages_of, shared_out, values
from tests.e2e.console.town import ROLES
from tests.e2e.console.world import World
from tests.support.browser import DESK, PHONE, Looking, looking

pytestmark = pytest.mark.integration

PEOPLE: Final = ("performance", "desk", "operator", "auditor", "filler", "source")
"""Between them they open every page."""
TOO_WIDE: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
ONE_PIXEL: Final = 1
INJECTED: Final = """() => [
    document.querySelectorAll('[data-hostile]').length,
    window.hostile === undefined ? 0 : 1,
    document.querySelectorAll('img[src="x"], svg[onload], [onclick], [onerror]').length,
]"""
WORKED_OUT: Final = "4949"
"""What a template would make of the two sums in a hostile name: they stand side by side."""
OK: Final = 200


def faults(look: Looking, path: str) -> list[str]:
    """Open a page and say what is wrong with it."""
    status, page = look.visit(path), look.page
    wide = page.evaluate(TOO_WIDE)
    found = [] if status == OK else [f"status {status}"]
    found += look.violations()
    found += [f"{wide} px wider than the window"] if wide > ONE_PIXEL else []
    found += [f"{count} h1" for count in [page.locator("h1").count()] if count != 1]
    found += look.complaints
    found += [f"foreign: {url}" for url in look.foreign]
    look.complaints.clear()
    look.asked.clear()
    return [f"{path}: {fault}" for fault in found]


def test_where_each_area_begins_can_be_used_by_everybody(world: World, chromium: Browser) -> None:
    """Where people are most of the day, and a project, an alert, a form: as below, in short."""
    given = values(world, PLAIN)
    project, alert, paper = (quote(given[kind], safe="") for kind in ("project", "alert", "paper"))
    paths = {
        "desk": ["/data", "/data/quarantine"],
        "filler": [f"/projects/{project}", f"/papers/{paper}"],
        "operator": ["/administration/people"],
        "performance": [
            *("/", "/waiting", "/alerts", f"/alerts/{alert}"),
            *("/papers", "/campaigns", "/administration"),
        ],
    }
    found: list[str] = []
    for who, shown in paths.items():
        with looking(chromium, world.console, DESK, {COOKIE: world.cookies[who]}) as look:
            for path in shown:
                found += faults(look, path)

    assert [] == found


@pytest.mark.long
def test_every_page_can_be_used_by_everybody(world: World, chromium: Browser) -> None:
    """Each page once: nothing serious for axe-core, nothing foreign, no complaint, not too wide."""
    found: list[str] = []
    looked = 0
    for who, paths in shared_out(world, PEOPLE).items():
        with looking(chromium, world.console, DESK, {COOKIE: world.cookies[who]}) as look:
            for path in paths:
                found += faults(look, path)
                looked += 1

    assert [] == found
    assert looked > len(ROLES)


@pytest.mark.long
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("who", list(ROLES))
def test_every_page_of_every_role_at_both_sizes(
    world: World, chromium: Browser, who: str, size: tuple[int, int]
) -> None:
    """The same for each role's own pages, in both languages."""
    found: list[str] = []
    with looking(chromium, world.console, size, {COOKIE: world.cookies[who]}) as look:
        for path in pages_of(world, who):
            found += faults(look, path)
            found += faults(look, path + ("&" if "?" in path else "?") + "language=en")

    assert [] == found


def markup(look: Looking, path: str) -> list[str]:
    """Open a page of the hostile town and say what became markup, ran or was worked out."""
    status, page = look.visit(path), look.page
    injected = page.evaluate(INJECTED)
    found = [] if status == OK else [f"status {status}"]
    found += [f"injected {injected}"] if any(injected) else []
    if WORKED_OUT in page.content():
        found.append("a sum was worked out")
    found += [f"dialog: {told}" for told in look.dialogs] + look.complaints
    found += [f"foreign: {url}" for url in look.foreign]
    look.complaints.clear()
    look.dialogs.clear()
    return [f"{path}: {fault}" for fault in found]


def test_what_the_ledger_says_never_becomes_markup(world: World, chromium: Browser) -> None:
    """Names, lines, documents, explanations and refused events that try everything."""
    found: list[str] = []
    seen = 0
    for who, paths in shared_out(world, tuple(hostile.PEOPLE), HOSTILE).items():
        with looking(chromium, world.console, DESK, {COOKIE: world.cookies[who]}) as look:
            for path in paths:
                found += markup(look, path)
                seen += hostile.ATTACKS[0] in look.page.locator("body").inner_text()

    assert [] == found
    # Not because nothing hostile is shown: it is, as text.
    assert seen > len(hostile.PEOPLE)


@pytest.mark.long
def test_charts_write_hostile_names_as_text(world: World, chromium: Browser) -> None:
    """Under the pointer a chart says a name: it says it, and does not run it."""
    cookie = {COOKIE: world.cookies["evil-bureau"]}
    with looking(chromium, world.console, DESK, cookie) as look:
        for path in ("/", f"/projects/{hostile.PROJECT.replace('/', '%2F')}"):
            page = look.open(path)
            for chart in page.locator(".chart").all():
                chart.scroll_into_view_if_needed()
                box = chart.bounding_box()
                assert box is not None
                for across in range(20):
                    for down in range(8):
                        x, y = box["width"] * across / 20, box["height"] * down / 8
                        page.mouse.move(box["x"] + x, box["y"] + y)
            assert [0, 0, 0] == page.evaluate(INJECTED)

        assert [] == look.dialogs
        assert [] == look.complaints
