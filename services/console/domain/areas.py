"""The areas of the console, in the order of the navigation, and who is led there."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Area:
    """A part of the console that the navigation names."""

    name: str
    """Its text is `nav.<name>`."""
    path: str
    """Where it begins."""
    below: tuple[str, ...] = ()
    """What else belongs to it: how other addresses of its pages begin."""
    needs: tuple[str, ...] = ("read",)
    """Permissions of which whoever is led there has at least one."""

    def holds(self, path: str) -> bool:
        """Whether a page is one of its own."""
        return path.startswith((f"{self.path.rstrip('/')}/", *self.below))

    def open_to(self, permissions: frozenset[str]) -> bool:
        """Whether somebody finds anything there."""
        return not permissions.isdisjoint(self.needs)


LETTERS: Final = {
    "overview": "o",
    "waiting": "w",
    "changes": "c",
    "alerts": "a",
    "reporting": "p",
    "data": "d",
    "administration": "m",
    "help": "h",
}
"""Key behind `g` that leads to an area, or to a page across them."""

AREAS: Final = (
    Area(
        "overview",
        "/",
        (
            "/departments/",
            "/units/",
            "/projects/",
            "/why/",
            "/ranking",
            "/completeness",
            "/years",
        ),
    ),
    Area("waiting", "/waiting", ("/changes",)),
    Area("alerts", "/alerts", ("/suppressions", "/subscriptions", "/rules")),
    Area("reporting", "/papers", ("/campaigns", "/downloads")),
    Area("data", "/data", needs=("files", "quarantine", "days", "settle", "verify", "publish")),
    Area(
        "administration",
        "/administration",
        needs=("keys", "audit", "rules", "campaign", "publish"),
    ),
)


def areas_for(permissions: frozenset[str]) -> tuple[Area, ...]:
    """Give the areas that are worth showing to somebody."""
    return tuple(area for area in AREAS if area.open_to(permissions))


def area_of(path: str) -> str:
    """Tell in which area a page lies; empty: in none."""
    first = next((one.name for one in AREAS if one.path != "/" and one.holds(f"{path}/")), "")
    return first or next((one.name for one in AREAS if path.startswith(one.below)), "")
