"""What is added up over rows: all at once by columns, or kept up to date row by row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from msgspec.structs import astuple

from services.analysis.api.ordering import NO_LIGHT
from services.analysis.store.rowstate import RowMoney, RowState

_FIELDS: Final = len(RowMoney.__struct_fields__)

Amounts = tuple[RowMoney, int | None, str | None]
"""Money, what should be spent of it, and what says so."""


@dataclass
class Tally:
    """Sums over rows, fen, and counts of projects."""

    projects: int = 0
    money: list[int] = field(default_factory=lambda: [0] * _FIELDS)
    """In the order of `RowMoney`."""
    expected: int = 0
    bases: dict[str, list[int]] = field(default_factory=dict)
    """Basis → how many parts of the expectation rest on it, and how much of it."""
    months: list[int] = field(default_factory=list)
    """Net spending by fiscal month."""
    foreseen: int = 0
    """Projects with a forecast."""
    point: int = 0
    carryover: int = 0
    surplus: int = 0
    inexact: int = 0
    """Forecasts whose interval is not their point."""
    indicators: int = 0
    judged: int = 0
    weighted: int = 0
    """Attainment × judged indicators, over projects with an attainment rate."""
    rated: int = 0
    """Judged indicators of these."""
    findings: int = 0
    incomplete: int = 0
    frozen: int = 0
    late: int = 0
    registered: int = 0
    with_budget: int = 0
    with_targets: int = 0
    lights: Counter[str] = field(default_factory=Counter)
    quadrants: Counter[str | None] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    natures: Counter[str] = field(default_factory=Counter)
    departments: Counter[str | None] = field(default_factory=Counter)

    def move(self, row: RowState, sign: int, amounts: Sequence[Amounts] | None = None) -> None:
        """Add a row (1), or take it away (-1); `amounts`: only those of some lines."""
        self.projects += sign
        if amounts is None:
            amounts = ((row.money, row.expected_spent, row.expected_basis),)
        for money, due, basis in amounts:
            self._pay(money, due, basis, sign)
        spent = [sign * fen for fen in row.months_spent]
        self.months = list(map(sum, zip_longest(self.months, spent, fillvalue=0)))
        self._foresee(row, sign)
        self._judge(row, sign)
        for kind, nature, count in row.finding_counts:
            self.kinds[kind] += sign * count
            self.natures[nature] += sign * count
        self.lights[row.light or NO_LIGHT] += sign
        self.quadrants[row.quadrant] += sign
        self.states[row.state] += sign
        self.departments[row.department] += sign

    def _pay(self, money: RowMoney, due: int | None, basis: str | None, sign: int) -> None:
        self.money = [
            total + sign * fen for total, fen in zip(self.money, astuple(money), strict=True)
        ]
        if due is None:
            return
        self.expected += sign * due
        if basis is not None:
            parts = self.bases.setdefault(basis, [0, 0])
            parts[0] += sign
            parts[1] += sign * due

    def _foresee(self, row: RowState, sign: int) -> None:
        point = row.forecast_point
        if point is None:
            return
        self.foreseen += sign
        self.point += sign * point
        self.carryover += sign * (row.forecast_carryover or 0)
        self.surplus += sign * (row.forecast_surplus or 0)
        self.inexact += sign * (not row.forecast_low == row.forecast_high == point)

    def _judge(self, row: RowState, sign: int) -> None:
        self.indicators += sign * row.indicators
        self.judged += sign * row.judged
        if row.attainment_rate_bp is not None:
            self.weighted += sign * row.attainment_rate_bp * row.judged
            self.rated += sign * row.judged
        self.findings += sign * row.findings
        self.incomplete += sign * row.incomplete
        self.frozen += sign * row.frozen
        self.late += sign * row.late_facts
        self.registered += sign * row.registered
        self.with_budget += sign * (row.money.adjusted_budget > 0)
        self.with_targets += sign * (row.indicators > 0)


def tally(rows: Sequence[RowState], amounts: Sequence[Amounts]) -> Tally:
    """Add up rows by columns; `amounts`: theirs, or only those of some lines."""
    foreseen = [row for row in rows if row.forecast_point is not None]
    rated = [row for row in rows if row.attainment_rate_bp is not None]
    found = Tally(
        projects=len(rows),
        money=added([money for money, _, _ in amounts]),
        expected=sum([due for _, due, _ in amounts if due is not None]),
        months=list(map(sum, zip_longest(*[row.months_spent for row in rows], fillvalue=0))),
        foreseen=len(foreseen),
        point=sum([row.forecast_point or 0 for row in foreseen]),
        carryover=sum([row.forecast_carryover or 0 for row in foreseen]),
        surplus=sum([row.forecast_surplus or 0 for row in foreseen]),
        inexact=sum([_inexact(row) for row in foreseen]),
        indicators=sum([row.indicators for row in rows]),
        judged=sum([row.judged for row in rows]),
        weighted=sum([(row.attainment_rate_bp or 0) * row.judged for row in rated]),
        rated=sum([row.judged for row in rated]),
        findings=sum([row.findings for row in rows]),
        incomplete=sum([row.incomplete for row in rows]),
        frozen=sum([row.frozen for row in rows]),
        late=sum([row.late_facts for row in rows]),
        registered=sum([row.registered for row in rows]),
        with_budget=sum([row.money.adjusted_budget > 0 for row in rows]),
        with_targets=sum([row.indicators > 0 for row in rows]),
        lights=Counter([row.light or NO_LIGHT for row in rows]),
        quadrants=Counter([row.quadrant for row in rows]),
        states=Counter([row.state for row in rows]),
        departments=Counter([row.department for row in rows]),
    )
    for row in rows:
        for kind, nature, count in row.finding_counts:
            found.kinds[kind] += count
            found.natures[nature] += count
    for _, due, basis in amounts:
        if due is not None and basis is not None:
            parts = found.bases.setdefault(basis, [0, 0])
            parts[0] += 1
            parts[1] += due
    return found


def _inexact(row: RowState) -> bool:
    return not row.forecast_low == row.forecast_high == row.forecast_point


def added(amounts: Sequence[RowMoney]) -> list[int]:
    """Add up money, figure by figure."""
    if not amounts:
        return [0] * _FIELDS
    return list(map(sum, zip(*map(astuple, amounts), strict=True)))
