"""Choosing and ordering rows, and paging them by where the last page ended."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from heapq import nlargest, nsmallest
from operator import attrgetter, itemgetter
from typing import Any, Final

from contracts.vocabulary import Light, Quadrant
from services.analysis.api.rows import MONEY, PLACES, forecast_rate_bp
from services.analysis.store.rowstate import RowLine, RowState

Value = int | str | None

NO_LIGHT: Final = "none"
LIGHTS: Final = (*map(str, Light), NO_LIGHT)
"""Worst first; `none` where there is nothing to judge."""
NONE: Final = "none"
ANY: Final = "any"

LACKING: Final[Mapping[str, Callable[[RowState], bool]]] = {
    "registration": lambda row: not row.registered,
    "budget": lambda row: row.money.adjusted_budget <= 0,
    "targets": lambda row: row.indicators == 0,
    "judgement": lambda row: row.light is None,
}
"""What coverage counts, and how a row is found that it does not count."""


class Sort(StrEnum):
    """What rows are ordered by: every figure of a row."""

    PROJECT = "project_id"
    NAME = "project_name"
    DEPARTMENT = "department"
    UNIT = "lead_unit"
    CLASS = "project_class"
    STATE = "state"
    ORIGINAL = "original_budget"
    CARRYOVER = "carryover"
    SUPPLEMENT = "supplement"
    PASSED_DOWN = "passed_down"
    CUT = "budget_cut"
    RECOVERED = "recovered"
    VIREMENT = "virement"
    DISTRIBUTED = "distributed"
    BUDGET = "adjusted_budget"
    COMMITTED = "committed"
    REQUESTED = "requested"
    DISBURSED = "disbursed"
    SPENT = "spent"
    REVERSED = "reversed"
    REFUNDS = "prior_year_refunds"
    BALANCE = "balance"
    UNCOMMITTED = "uncommitted_balance"
    EXECUTION = "execution_rate_bp"
    EXECUTION_ORIGINAL = "execution_rate_original_bp"
    EXPECTED = "expected_spent"
    EXPECTED_RATE = "expected_rate_bp"
    RATIO = "ratio_bp"
    DEVIATION = "deviation_points_bp"
    ATTAINMENT = "attainment_rate_bp"
    EFFECT = "effect_rate_bp"
    AHEAD = "money_ahead_bp"
    INDICATORS = "indicators"
    JUDGED = "judged"
    LIGHT = "light"
    EXECUTION_LIGHT = "execution_light"
    ATTAINMENT_LIGHT = "attainment_light"
    QUADRANT = "quadrant"
    FINDINGS = "findings"
    FORECAST = "forecast"
    FORECAST_RATE = "forecast_rate_bp"
    FORECAST_CARRYOVER = "forecast_carryover"
    FORECAST_SURPLUS = "forecast_surplus"
    CPI = "cpi_bp"
    SPI = "spi_bp"
    SPI_T = "spi_t_bp"
    MILESTONES = "milestones_overdue"
    PROBLEMS = "problems_open"
    LATE = "late_facts"


class Order(StrEnum):
    """Which end comes first; what has no value is last in both."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class TokenError(ValueError):
    """A page token is none of ours, or of another order."""


_LIGHT_RANK: Final = {light: rank for rank, light in enumerate(LIGHTS)}
_QUADRANT_RANK: Final = {str(quadrant): rank for rank, quadrant in enumerate(reversed(Quadrant))}
_NAMES: Final = {
    Sort.PROJECT: "project",
    Sort.NAME: "name",
    Sort.DEPARTMENT: "department",
    Sort.UNIT: "lead_unit",
    Sort.CLASS: "project_class",
    Sort.STATE: "state",
}
_RANKED: Final[Mapping[Sort, Mapping[str, int]]] = {
    Sort.LIGHT: _LIGHT_RANK,
    Sort.EXECUTION_LIGHT: _LIGHT_RANK,
    Sort.ATTAINMENT_LIGHT: _LIGHT_RANK,
    Sort.QUADRANT: _QUADRANT_RANK,
}
_PLACES: Final = {
    **_NAMES,
    Sort.FORECAST: "forecast_point",
    **{sort: f"money.{PLACES.get(sort.value, sort.value)}" for sort in Sort if sort.value in MONEY},
}


def value_of(sort: Sort) -> Callable[[RowState], Any]:
    """Make the function that reads what rows are ordered by; null where a row has none."""
    if sort is Sort.FORECAST_RATE:
        return forecast_rate_bp
    place = attrgetter(_PLACES.get(sort, sort.value))
    ranks = _RANKED.get(sort)
    if ranks is None:
        return place
    return lambda row: ranks[found] if (found := place(row)) else None


@dataclass(frozen=True)
class Chosen:
    """Which rows, in which order; what is None is not asked about."""

    department: str | None = None
    light: str | None = None
    """A light, or `none`."""
    search: str | None = None
    """Part of a name or id, in any case."""
    sort: Sort = Sort.PROJECT
    order: Order = Order.ASCENDING
    unit: str | None = None
    """Its lead unit, or the unit of one of its lines."""
    within: AbstractSet[str] | None = None
    """Organisations that may lead it; one that nobody leads goes by its code."""
    account: str | None = None
    function: str | None = None
    """Functional class of one of its lines, or the first digits of one."""
    quadrant: str | None = None
    """A quadrant, or `none`."""
    state: str | None = None
    project_class: str | None = None
    """A class, or `none`."""
    priority: str | None = None
    """A list's kind, `any`, or `none`."""
    frozen: bool | None = None
    with_findings: bool | None = None
    finding: str | None = None
    """A kind of finding."""
    lacking: str | None = None
    """What it has nothing of: a word of `LACKING`."""
    _search: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Fold the case of what is searched once."""
        object.__setattr__(self, "_search", (self.search or "").casefold())

    def inside(self, within: AbstractSet[str]) -> "Chosen":
        """Return the same choice, led from within a subtree."""
        return replace(self, within=within)

    @property
    def by_line(self) -> bool:
        """Whether money counts only on the lines that match."""
        return not (self.unit is self.account is self.function is None)

    def takes(self, line: RowLine) -> bool:
        """Tell whether a line is one of those asked about."""
        return (
            (self.unit is None or line.unit == self.unit)
            and (self.account is None or line.account == self.account)
            and (self.function is None or (line.function or "").startswith(self.function))
        )

    def matches(self, row: RowState) -> bool:
        """Tell whether a row is one of them."""
        return (
            (self.department is None or row.department == self.department)
            and (self.light is None or (row.light or NO_LIGHT) == self.light)
            and (self.quadrant is None or (row.quadrant or NONE) == self.quadrant)
            and (self.state is None or row.state == self.state)
            and (self.project_class is None or (row.project_class or NONE) == self.project_class)
            and (self.frozen is None or row.frozen == self.frozen)
            and (self.with_findings is None or (row.findings > 0) == self.with_findings)
            and (self.finding is None or self.finding in row.finding_kinds)
            and (self.lacking is None or LACKING[self.lacking](row))
            and (self.priority is None or self._listed(row))
            and (self.within is None or self._inside(row, self.within))
            and (not self.by_line or self._on_line(row))
            and (not self._search or self._is_found(row))
        )

    def _listed(self, row: RowState) -> bool:
        if self.priority == ANY:
            return bool(row.priority)
        return self.priority in row.priority if self.priority != NONE else not row.priority

    def _inside(self, row: RowState, within: AbstractSet[str]) -> bool:
        return (row.lead_unit or row.department or row.project.partition("/")[2]) in within

    def _on_line(self, row: RowState) -> bool:
        only_unit = self.account is self.function is None
        return (only_unit and row.lead_unit == self.unit) or any(map(self.takes, row.lines))

    def _is_found(self, row: RowState) -> bool:
        return self._search in row.project.casefold() or (
            row.name is not None and self._search in row.name.casefold()
        )

    def page(
        self, rows: Sequence[RowState], after: str | None, limit: int
    ) -> tuple[list[RowState], str | None]:
        """Return the rows that follow the token, and the token of the next page, if any.

        `rows` are ordered by project.
        """
        value = value_of(self.sort)
        placed = [(value(row), row) for row in rows]
        if after is not None:
            last, name = self._read(after)
            placed = [(at, row) for at, row in placed if self._follows(at, row, last, name)]
        known = [one for one in placed if one[0] is not None]
        if limit < len(known):
            best = nlargest if self.order is Order.DESCENDING else nsmallest
            page = best(limit, known, key=itemgetter(0))
        else:
            known.sort(key=itemgetter(0), reverse=self.order is Order.DESCENDING)
            page = [*known, *(one for one in placed if one[0] is None)][:limit]
        # All are stable: of equal values the lower id comes first, in either order.
        token = self._token(*page[-1]) if len(placed) > limit else None
        return [row for _, row in page], token

    def _follows(self, at: Any, row: RowState, last: Any, name: str) -> bool:
        if at == last:
            return row.project > name
        if at is None or last is None:
            return at is None
        return bool(at > last) == (self.order is Order.ASCENDING)

    def _token(self, at: Value, row: RowState) -> str:
        text = json.dumps([self.sort.value, at, row.project], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _read(self, token: str) -> tuple[Value, str]:
        try:
            raw = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
            sort, value, name = json.loads(raw)
        except (ValueError, TypeError, RecursionError) as error:
            raise TokenError(token) from error
        fits = value is None or type(value) is (str if self.sort in _NAMES else int)
        if sort != self.sort.value or not fits or not isinstance(name, str):
            raise TokenError(token)
        return value, name
