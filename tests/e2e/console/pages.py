"""Every page that somebody of a town can open, found by the console's own table of routes."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from tests.e2e.console import hostile, town
from tests.e2e.console.routes import STREAMS, table, theirs
from tests.e2e.console.world import World

PAGE: Final = "text/html"
NO_PAGES: Final = ("/static", "/openapi.json", "/livez", "/readyz", "/metrics", "/switch")
WITH: Final = {
    "/papers": "?waiting=all",
    "/search": f"?q={quote('校舍')}",
    "/data/quarantine/bulk": "?act=discard&reason=invalid",
}
"""What an address is opened with, so that something stands on its page."""


@dataclass(frozen=True)
class Town:
    """Where pages are looked at: its project, its campaign, one of its people."""

    city: str
    project: str
    campaign: str
    person: str

    @property
    def paper(self) -> str:
        """Name the project's form."""
        return f"{self.campaign}/form/{self.project.rpartition('/')[2]}"


PLAIN: Final = Town(town.CITY, town.SCHOOL, town.KEY, "filler")
HOSTILE: Final = Town(
    hostile.CITY, hostile.PROJECT, f"{hostile.CITY}/{hostile.CAMPAIGN}", "evil-unit"
)


def values(world: World, place: Town) -> dict[str, str]:
    """Give for each parameter of an address something of the town."""

    def told(service: str, path: str, **params: Any) -> list[dict[str, Any]]:
        asked = {"limit": 50, **params}
        return list(world.told("deployment", service, path, params=asked)["items"])

    alert = told("alerts", "/v1/alerts", project=place.project)[0]
    kept = told("intake", "/v1/quarantine", jurisdiction=place.city)
    person = f"{place.city.lower()}-{place.person}"
    return {
        **theirs(world.units),
        "project": place.project,
        "alert": alert["alert_id"],
        "rule": alert["rule_id"],
        "campaign": place.campaign,
        "paper": place.paper,
        "jurisdiction": place.city,
        "department": "D1",
        "unit": "A",
        "person": person,
        "entry": kept[0]["id"],
    }


def addresses(world: World, place: Town = PLAIN) -> list[str]:
    """List the addresses of all pages, filled with what the town has."""
    given = values(world, place)
    found = [
        route.filled(given) + WITH.get(route.path, "")
        for route in table()
        if not route.sends and route.path not in STREAMS and not route.path.startswith(NO_PAGES)
    ]
    return list(dict.fromkeys(found))


def pages_of(world: World, who: str, place: Town = PLAIN) -> list[str]:
    """List what is a page for somebody, not a file nor what is not his; or what fails."""
    shown = []
    for path in addresses(world, place):
        answer = world.page(who, path)
        is_page = answer.headers.get("content-type", "").startswith(PAGE)
        if (answer.status_code == 200 and is_page) or answer.status_code >= 500:
            shown.append(path)
    return shown


def shared_out(world: World, people: tuple[str, ...], place: Town = PLAIN) -> dict[str, list[str]]:
    """Give each page to the first of the people who can open it."""
    seen: set[str] = set()
    shares: dict[str, list[str]] = {}
    for who in people:
        shares[who] = [path for path in pages_of(world, who, place) if path not in seen]
        seen.update(shares[who])
    return shares
