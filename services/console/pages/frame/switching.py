"""The switch of jurisdiction and fiscal year that every page carries."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from services.console.domain.areas import AREAS, area_of
from services.console.pages.frame.scope import Scope
from services.console.pages.frame.view import View

PATH: Final = "/switch"
YEAR_DIGITS_MAX: Final = 4
OF_ONE_YEAR: Final = frozenset({"fiscal_year", "as_of", "since", "after", "before"})
"""Parameters that mean something in the year they were chosen in."""


@dataclass(frozen=True)
class Switch:
    """What the switch offers on a page."""

    jurisdictions: list[dict[str, Any]]
    jurisdiction: str
    years: list[int]
    fiscal_year: int | None
    """Year that is looked at; None: no day was opened yet."""
    page: str
    """Where one is."""


def switch_of(view: View) -> Switch | None:
    """Make the switch of a page; None where nobody asked yet which jurisdictions there are."""
    scope = view.found.get("scope")
    if not isinstance(scope, Scope):
        return None
    asked = view.get("fiscal_year") or ""
    told = asked.isascii() and asked.isdigit() and len(asked) <= YEAR_DIGITS_MAX
    year = int(asked) if told else scope.fiscal_year
    return Switch(
        scope.jurisdictions,
        scope.jurisdiction["jurisdiction"],
        [] if year is None else scope.years(year),
        year,
        view.link(),
    )


def switched(
    page: str, jurisdiction: str, year: str, *, moved: bool, plain: Collection[str]
) -> str:
    """Say where the switch leads from a page.

    To the same page of another year. Another jurisdiction has neither this page's thing nor what
    its filters name: there it leads to the page without filters if it is about no one thing (one
    of `plain`), else to the beginning of its area.
    """
    # What was given is looked at, not its parts: blanks before it would be lost on the way.
    single = page.startswith("/") and not page.startswith("//")
    parts = urlsplit(page if single and page.isprintable() and "\\" not in page else "/")
    path = parts.path
    asked = dict(parse_qsl(parts.query))
    if moved:
        name = area_of(path)
        beginning = next((area.path for area in AREAS if area.name == name), "/")
        path, asked = path if path in plain else beginning, {}
        asked["jurisdiction"] = jurisdiction
    kept = {name: value for name, value in asked.items() if name not in OF_ONE_YEAR}
    if year:
        kept["fiscal_year"] = year
    return f"{path}?{urlencode(kept)}" if kept else path
