"""How forecasts would have gone in past years, and the model that follows (`domain.backtest`)."""

import asyncio
import datetime as dt
import zlib
from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from contracts.record import format_cut
from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN, ForecastMethod, fen_to_wire
from services.analysis.api.asking import AtLeast, JurisdictionCode, known_jurisdiction
from services.analysis.domain import Jurisdiction, fiscal_year_bounds
from services.analysis.domain.forecasting.backtest import (
    YEARS_MIN,
    Backtest,
    Chosen,
    Tested,
    backtest,
)
from services.analysis.domain.forecasting.past_years import PastYear, past_year
from services.analysis.domain.forecasting.trial import Score, total
from services.analysis.store.reading import Asked, Page, Reader
from services.chassis.cuts import Wait, wait_until_reached
from services.chassis.identity import Caller
from services.chassis.mongo import Progress
from services.chassis.problems import Problem, ProblemError

BACKTEST_YEARS_MAX: Final = 10
"""Most years set against each other; without a choice, the last that are over."""
BACKTEST_PROJECT_YEARS_MAX: Final = 6_000
"""Most project years looked at; of more, every second, fourth, … project by its name's hash."""
PAGE_PROJECTS: Final = 100
"""Projects read, and looked at in one go in a thread."""
PAGES_MAX: Final = 20_000
INTERVAL_BP: Final = 8_000
INTERVAL_MIN_BP: Final = 5_000
INTERVAL_MAX_BP: Final = 9_900

Years = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9]{4}(,[0-9]{4}){0,9}$",
        description="Fiscal years that are over, e.g. 2023,2024; without it the last ten.",
    ),
]
Interval = Annotated[
    int,
    Query(
        ge=INTERVAL_MIN_BP,
        le=INTERVAL_MAX_BP,
        description="Share of year ends that intervals are to hold, basis points.",
    ),
]


def add_routes(router: APIRouter, reader: Reader, progress: Progress) -> None:
    """Add the route; one backtest is made at a time."""
    turn = asyncio.Lock()

    @router.get("/backtest")
    async def backtest_of(
        *,
        asking: Caller,
        jurisdiction: JurisdictionCode,
        years: Years = None,
        interval_bp: Interval = INTERVAL_BP,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """Forecast every past year by what the other years say, by every method.

        For those who see the whole jurisdiction. `tested`: by class, method and year; `totals`:
        over all classes; `months`: of the chosen methods, by completed months; `model`: what a
        `forecast_model.published` would say, null (and `no_model` why) if there is none.
        """
        await wait_until_reached(progress, at_least, wait)
        known, day, current = await known_jurisdiction(reader, asking, jurisdiction, None, None)
        if asking.narrow:
            raise _whole_only()
        chosen = asked_years(known, years, day, current)
        async with turn:
            sample, cut = await _sample(reader, known, chosen)
            found = await asyncio.to_thread(backtest, sample.past, interval_bp)
            answer = await asyncio.to_thread(written, found)
        return {
            "jurisdiction": jurisdiction,
            "name": known.name,
            "as_of": day.isoformat(),
            "position": format_cut(cut),
            "one_in": sample.one_in,
            **answer,
        }


def asked_years(
    jurisdiction: Jurisdiction, years: str | None, day: dt.date, current: int
) -> list[int]:
    """Return the fiscal years to look at; 422 for one that is not over."""
    if years is None:
        last = current if fiscal_year_bounds(jurisdiction, current)[1] <= day else current - 1
        return list(range(max(FISCAL_YEAR_MIN, last + 1 - BACKTEST_YEARS_MAX), last + 1))
    found = sorted({int(year) for year in years.split(",")})
    for year in found:
        known = FISCAL_YEAR_MIN <= year <= FISCAL_YEAR_MAX
        if not known or fiscal_year_bounds(jurisdiction, year)[1] > day:
            raise _not_over(year, day)
    return found


class Sample:
    """Past project years, thinned out by project when they become too many."""

    def __init__(self) -> None:
        self.one_in = 1
        self._past: list[tuple[int, PastYear]] = []

    @property
    def past(self) -> list[PastYear]:
        """What is there."""
        return [one for _, one in self._past]

    def take(self, jurisdiction: Jurisdiction, page: Page) -> None:
        """Look at a page's project years; what is chosen follows from names alone."""
        for found, year in zip(page.items, page.years, strict=True):
            head = found.project.head
            place = zlib.crc32(head.project.encode())
            if year is None or place % self.one_in:
                continue
            one = past_year(found.jurisdiction or jurisdiction, head, year.state)
            if one is not None:
                self._past.append((place, one))
        while len(self._past) > BACKTEST_PROJECT_YEARS_MAX:
            self.one_in *= 2
            self._past = [(place, one) for place, one in self._past if not place % self.one_in]


async def _sample(
    reader: Reader, jurisdiction: Jurisdiction, years: Iterable[int]
) -> tuple[Sample, list[int]]:
    sample, cut = Sample(), [0] * reader.partitions
    for year in years:
        after: str | None = None
        for _ in range(PAGES_MAX):
            page = await reader.page(Asked(jurisdiction.jurisdiction, year), after, PAGE_PROJECTS)
            await asyncio.to_thread(sample.take, jurisdiction, page)
            cut, after = page.cut, page.after
            if after is None:
                break
    return sample, cut


def written(found: Backtest) -> dict[str, Any]:
    """Write a backtest as an answer."""
    return {
        "years": list(found.years),
        "interval_bp": found.interval_bp,
        "project_years": found.project_years,
        "tested": [_tested(one) for one in found.tested],
        "totals": _totals(found),
        "months": _months(found),
        "model": _model(found) if found.chosen else None,
        "no_model": no_model(found),
    }


def no_model(found: Backtest) -> str | None:
    """Say why there is no model."""
    if found.chosen:
        return None
    if not found.years:
        return "no_past_year"
    return "one_year" if len(found.years) < YEARS_MIN else "too_few"


def _tested(one: Tested) -> dict[str, Any]:
    return {
        "project_class": one.project_class,
        "method": one.method,
        "fiscal_year": one.fiscal_year,
        "project_years": one.project_years,
        **_rates(one.score),
    }


def _rates(score: Score) -> dict[str, Any]:
    return {
        "forecasts": score.forecasts,
        "wape_bp": score.wape_bp,
        "coverage_bp": score.coverage_bp,
    }


def _totals(found: Backtest) -> list[dict[str, Any]]:
    """Add up classes, by method and year, and each method over all years (year null)."""
    rows: list[dict[str, Any]] = []
    for method in (*ForecastMethod, None):
        scores: dict[int | None, Score] = {
            year: total(
                one.score
                for one in found.tested
                if one.method is method and one.fiscal_year == year
            )
            for year in found.years
        }
        every = {**scores, None: total(scores.values())}
        rows += [
            {"method": method, "fiscal_year": year, **_rates(score)}
            for year, score in every.items()
            if score.forecasts
        ]
    return rows


def _months(found: Backtest) -> list[dict[str, Any]]:
    """Give what the chosen methods said of each year after each month, all classes together."""
    rows = []
    for year in found.years:
        chosen = [one for one in found.tested if one.method is None and one.fiscal_year == year]
        for completed, scores in enumerate(zip(*(one.months for one in chosen), strict=True)):
            score = total(scores)
            sums = {
                "actual": score.actual,
                "forecast": score.foreseen,
                "low": score.low,
                "high": score.high,
            }
            rows.append(
                {
                    "fiscal_year": year,
                    "completed": completed,
                    **_rates(score),
                    **{name: fen_to_wire(fen) for name, fen in sums.items()},
                }
            )
    return rows


def _model(found: Backtest) -> dict[str, Any]:
    return {
        "years": list(found.years),
        "interval_bp": found.interval_bp,
        "classes": [_class(chosen) for chosen in found.chosen],
    }


def _class(chosen: Chosen) -> dict[str, Any]:
    fitted, bounds = chosen.fitted, chosen.fitted.bounds or ()
    return {
        "project_class": chosen.project_class,
        "method": fitted.method,
        "seasonal_bp": None if fitted.seasonal_bp is None else list(fitted.seasonal_bp),
        "low_bp": [low for low, _ in bounds],
        "high_bp": [high for _, high in bounds],
        "wape_bp": chosen.score.wape_bp or 0,
        "coverage_bp": chosen.score.coverage_bp or 0,
        "project_years": chosen.project_years,
    }


def _whole_only() -> ProblemError:
    return ProblemError(
        Problem(
            403,
            "whole_jurisdiction_only",
            "Not for a part of a jurisdiction",
            "A backtest is made of all projects; the key sees a part of them.",
            hint="Ask with a key that is bound to no organisation.",
        )
    )


def _not_over(year: int, day: dt.date) -> ProblemError:
    return ProblemError(
        Problem(
            422,
            "year_not_over",
            "The fiscal year is not over",
            f"Fiscal year {year} has not ended by {day}: there is nothing to compare with.",
            pointer="/years",
            hint="Ask for years whose last day has been opened.",
        )
    )
