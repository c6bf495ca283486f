"""What every page begins with: which jurisdictions there are, and which one is looked at."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Any

from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.view import View

YEARS_BACK = 4
"""Fiscal years offered before the one of the day."""


class NothingYetError(Exception):
    """There is no jurisdiction yet: every page about one says so in the same way."""


@dataclass(frozen=True)
class Scope:
    """The jurisdiction that is looked at, and its names."""

    jurisdictions: list[dict[str, Any]]
    jurisdiction: dict[str, Any]
    names: dict[str, str]
    """Organisations' names by code; empty while reporting is away."""
    away: frozenset[str]
    """Services that did not answer and whose part is missing."""

    def name(self, code: str | None) -> str:
        """Name an organisation; its code if it has no name."""
        return self.names.get(code, code) if code else "–"

    @property
    def fiscal_year(self) -> int | None:
        """The fiscal year of the day; None before a day was opened."""
        if not self.jurisdiction.get("today"):
            return None
        today = dt.date.fromisoformat(self.jurisdiction["today"])
        month = int((self.jurisdiction.get("fiscal_year_start") or "01-01")[:2])
        return today.year - (today.month < month)

    def years(self, fiscal_year: int) -> list[int]:
        """List the fiscal years to choose from, the newest first."""
        today = self.jurisdiction["today"]
        newest = dt.date.fromisoformat(today).year if today else fiscal_year
        offered = {fiscal_year, *range(newest - YEARS_BACK, newest + 1)}
        return sorted(offered, reverse=True)


async def scope_of(services: Services, view: View, code: str | None = None) -> Scope | None:
    """Find the jurisdiction asked for, else the one whose day is the latest; None if none is."""
    wanted = code or view.get("jurisdiction")
    if wanted is None:
        known = await _jurisdictions(services)
        if not known:
            return None
        found = max(known, key=lambda one: one["today"] or "")
        names, away = await names_of(services, found["jurisdiction"])
    else:
        # Named in the address: both are asked at once.
        known, (names, away) = await asyncio.gather(
            _jurisdictions(services), names_of(services, wanted)
        )
        found = next((one for one in known if one["jurisdiction"] == wanted), {})
    if not found:
        detail = f"Jurisdiction {str(wanted)[:64]!r} is not registered."
        detail_zh = f"财政区划 {str(wanted)[:64]} 未登记。"
        raise RefusedError(
            status=404, code="unknown_jurisdiction", detail=detail, detail_zh=detail_zh
        )
    scope = view.found["scope"] = Scope(known, found, names, away)
    return scope


async def place_of(services: Services, view: View) -> Scope:
    """Find the jurisdiction as `scope_of` does; NothingYetError if none is registered."""
    scope = await scope_of(services, view)
    if scope is None:
        raise NothingYetError
    return scope


async def _jurisdictions(services: Services) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await services.get("analysis", "/v1/jurisdictions"))["items"]
    return found


async def names_of(services: Services, code: str) -> tuple[dict[str, str], frozenset[str]]:
    """Ask for organisations' names; pages live without them."""
    try:
        answer = await services.get("reporting", "/v1/organisations", {"jurisdiction": code})
    except ServiceAwayError:
        return {}, frozenset({"reporting"})
    except RefusedError:
        return {}, frozenset()
    return answer["names"], frozenset()
