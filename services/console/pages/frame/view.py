"""What a request asks to see: everything is in its address, language and unit also in cookies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Request

from services.console.domain.figures import MoneyUnit
from services.console.domain.lists import SORT_DEFAULT, SORTS
from services.console.domain.texts import Language
from services.console.pages.frame.asking import RefusedError, segment

Choice = TypeVar("Choice", bound=StrEnum)

FILTERS: Final = (
    "department",
    "unit",
    "account",
    "function",
    "class",
    "light",
    "quadrant",
    "priority",
    "lacking",
    "search",
)
"""What chooses among projects, by the names that analysis has for it."""
ALERT_FILTERS: Final = (
    "state",
    "severity",
    "aspect",
    "rule",
    "assignee",
    "muted",
    "level",
    "q",
)
"""What chooses among alerts beside department and unit, by the names that alerts has for it."""
PAPER_FILTERS: Final = ("campaign", "kind", "waiting", "overdue")
"""What chooses among papers beside state, department, unit, light and words."""
OWN_FILTERS: Final = ("organisation", "principal", "role", "year")
"""What chooses on one page alone: its own links keep it, others leave it out."""
LINE: Final = "line"
PARAMETERS: Final = (
    "jurisdiction",
    "fiscal_year",
    "as_of",
    "since",
    "sort",
    "order",
    "after",
    "before",
    LINE,
    "by",
    *OWN_FILTERS,
    *FILTERS,
    *ALERT_FILTERS,
    *PAPER_FILTERS,
)
SCOPE: Final = ("jurisdiction", "fiscal_year", "as_of")
VALUE_LENGTH_MAX: Final = 8_000
"""Longest value that is passed on; services have tighter limits of their own."""
LANGUAGE_COOKIE: Final = "dualwatch_language"
UNIT_COOKIE: Final = "dualwatch_unit"
KEYS_COOKIE: Final = "dualwatch_keys"
HOST_PREFIX: Final = "__Host-"
"""Begins the names of cookies that are kept over TLS alone: no other host or scheme sets them."""
COOKIE_SECONDS: Final = 365 * 24 * 3600


class Keys(StrEnum):
    """Whether single keys do something (WCAG 2.1.4: whoever is disturbed by it turns it off)."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True)
class View:
    """The parameters as they came; empty ones are as good as none."""

    path: str
    given: Mapping[str, str]
    language: Language
    unit: MoneyUnit
    chosen: Mapping[str, str]
    """Cookies to set: what the address chose for later pages too."""
    keys: Keys = Keys.ON
    secure: bool = False
    """Whether browsers reach the page over TLS alone, and its cookies travel so alone."""
    found: dict[str, Any] = field(default_factory=dict)
    """What was found out while the page was made, for the frame around it."""

    def get(self, name: str) -> str | None:
        """Return a parameter."""
        return self.given.get(name)

    @property
    def sort(self) -> str:
        """What the table is ordered by."""
        return self.given.get("sort", SORT_DEFAULT)

    @property
    def order(self) -> str:
        """Which end comes first."""
        return self.given.get("order") or SORTS.get(self.sort, "asc")

    def link(self, path: str | None = None, **changes: Any) -> str:
        """Return the address of this view with some parameters changed (None: left out)."""
        wanted = {**self.given, **changes}
        pairs = [(name, str(value)) for name, value in wanted.items() if value is not None]
        target = self.path if path is None else path
        return f"{target}?{urlencode(pairs)}" if pairs else target

    def scoped(self, path: str, **more: Any) -> str:
        """Return another page's address for the same jurisdiction, year and day."""
        kept = {name: self.given.get(name) for name in SCOPE}
        return replace(self, given={}).link(path, **{**kept, **more})

    def project(self, name: str, part: str = "", **more: Any) -> str:
        """Return the address of a project's page or of a part of it, for the same year and day."""
        return self.scoped(f"/projects/{segment(name)}{part}", jurisdiction=None, **more)


def view_of(request: Request) -> View:
    """Read what a request asks for; too long a value is refused, all else is the services'."""
    given = {}
    for name in PARAMETERS:
        value = request.query_params.get(name, "").strip()
        if len(value) > VALUE_LENGTH_MAX:
            detail = f"{name} is longer than {VALUE_LENGTH_MAX} characters"
            detail_zh = f"{name} 超过 {VALUE_LENGTH_MAX} 个字符。"
            raise RefusedError(
                status=422, code="invalid_parameter", detail=detail, detail_zh=detail_zh
            )
        # `unit` chooses money's unit or an organisation: yuan is no unit's code.
        if value and not (name == "unit" and value in tuple(MoneyUnit)):
            given[name] = value
    if request.query_params.get(LINE) == "":
        # The one that says something by being empty: money that names no line.
        given[LINE] = ""
    chosen: dict[str, str] = {}
    language = _choice(request, "language", LANGUAGE_COOKIE, tuple(Language), chosen)
    units = (MoneyUnit.WAN, *MoneyUnit)
    # Pages' own links say `money`, beside an organisation that `unit` may choose.
    asked = "money" if "money" in request.query_params else "unit"
    unit = _choice(request, asked, UNIT_COOKIE, units, chosen)
    keys = _choice(request, "keys", KEYS_COOKIE, tuple(Keys), chosen)
    return View(path_of(request), given, language, unit, chosen, keys, is_secure(request))


def is_secure(request: Request) -> bool:
    """Whether the console was put together for browsers that reach it over TLS alone."""
    return bool(getattr(request.app.state, "secure", False))


def _choice(
    request: Request, name: str, cookie: str, choices: Sequence[Choice], chosen: dict[str, str]
) -> Choice:
    """Take what the address says, else the cookie, else the first."""
    known = {str(choice): choice for choice in choices}
    cookie = f"{HOST_PREFIX}{cookie}" if is_secure(request) else cookie
    asked = known.get(request.query_params.get(name, ""))
    if asked is not None:
        chosen[cookie] = str(asked)
        return asked
    return known.get(request.cookies.get(cookie, ""), choices[0])


def path_of(request: Request) -> str:
    """Return the path as it was sent: an id's slashes stay encoded."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("latin-1").partition("?")[0]
