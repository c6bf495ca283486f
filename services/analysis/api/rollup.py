"""Rows added up, whole or by group: to the fen the sum of their lines (domain-rules 8, 9).

By unit, account and class money goes by the line's own; what names no line stands under the
project's lead unit, and under null where lines alone could tell. Rates are those of the sums.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from msgspec.structs import astuple

from contracts.vocabulary import ExpectedBasis, Quadrant, fen_to_wire
from services.analysis.api.ordering import LIGHTS, NO_LIGHT, NONE, Chosen
from services.analysis.api.rows import COMPONENTS, wire, written
from services.analysis.domain.figures import bounded_rate_bp
from services.analysis.store.rowstate import RowLine, RowMoney, RowState


class GroupBy(StrEnum):
    """What rows are put together by."""

    DEPARTMENT = "department"
    UNIT = "unit"
    ACCOUNT = "account"
    FUNCTION = "function"
    GOVERNMENT_ECONOMIC = "government_economic"
    CLASS = "class"
    LINE = "line"
    LIGHT = "light"
    QUADRANT = "quadrant"
    STATE = "state"


BY_LINE: Final = {
    GroupBy.UNIT: "unit",
    GroupBy.ACCOUNT: "account",
    GroupBy.FUNCTION: "function",
    GroupBy.GOVERNMENT_ECONOMIC: "government_economic",
}
"""Groups that go by a field of the line."""
_BY_ROW: Final = {
    GroupBy.DEPARTMENT: "department",
    GroupBy.CLASS: "project_class",
    GroupBy.LIGHT: "light",
    GroupBy.QUADRANT: "quadrant",
    GroupBy.STATE: "state",
}
_BASES: Final = {str(basis): rank for rank, basis in enumerate(ExpectedBasis)}

Amounts = tuple[RowMoney, int | None, str | None]
"""Money, what should be spent of it, and what says so."""


class Group(NamedTuple):
    """Rows of one group; `amounts` are theirs, or only those of the lines in it."""

    key: str | None
    rows: list[RowState]
    amounts: list[Amounts]
    whole: bool
    """Whether `amounts` are all of the rows' money."""


def grouped(rows: Sequence[RowState], by: GroupBy, chosen: Chosen) -> list[Group]:
    """Put rows together; each group in order of its key, null last."""
    found: dict[str | None, Group] = {}
    for row in rows:
        if by in _BY_ROW:
            key = getattr(row, _BY_ROW[by])
            group = found.get(key)
            if group is None:
                group = found[key] = Group(key, [], [], not chosen.by_line)
            group.rows.append(row)
            group.amounts.extend(_of_row(row, chosen))
        else:
            _by_line(found, row, by, chosen)
    return sorted(found.values(), key=lambda group: (group.key is None, group.key or ""))


def _by_line(found: dict[str | None, Group], row: RowState, by: GroupBy, chosen: Chosen) -> None:
    for line in row.lines:
        if chosen.by_line and not chosen.takes(line):
            continue
        key = _line_key(row, line, by)
        group = found.get(key)
        if group is None:
            group = found[key] = Group(key, [], [], whole=False)
        if not group.rows or group.rows[-1] is not row:
            group.rows.append(row)
        group.amounts.append((line.money, line.expected_spent, line.expected_basis))


def _line_key(row: RowState, line: RowLine, by: GroupBy) -> str | None:
    if by is GroupBy.LINE:
        return f"{row.project}#{line.line}" if line.line else None
    key: str | None = getattr(line, BY_LINE[by])
    return row.lead_unit if key is None and by is GroupBy.UNIT else key


def _of_row(row: RowState, chosen: Chosen) -> Iterable[Amounts]:
    if not chosen.by_line:
        return ((row.money, row.expected_spent, row.expected_basis),)
    return [
        (line.money, line.expected_spent, line.expected_basis)
        for line in row.lines
        if chosen.takes(line)
    ]


def everything(rows: Sequence[RowState], chosen: Chosen) -> Group:
    """Put all rows together."""
    if not chosen.by_line:
        amounts = [(row.money, row.expected_spent, row.expected_basis) for row in rows]
        return Group(None, list(rows), amounts, whole=True)
    parts = [amounts for row in rows for amounts in _of_row(row, chosen)]
    return Group(None, list(rows), parts, whole=False)


def added(amounts: Iterable[RowMoney]) -> RowMoney:
    """Add up money, figure by figure."""
    columns = zip(*map(astuple, amounts), strict=True)
    return RowMoney(*map(sum, columns))


def totals(group: Group) -> dict[str, Any]:
    """Write a group's figures."""
    rows = group.rows
    fen = added(money for money, _, _ in group.amounts)
    expected = sum(due for _, due, _ in group.amounts if due is not None)
    spent = max(fen.spent, 0)
    rate = bounded_rate_bp(spent, fen.adjusted_budget)
    due_rate = bounded_rate_bp(expected, fen.adjusted_budget)
    both = rate is not None and due_rate is not None
    return {
        "projects": len(rows),
        **written(fen),
        "components": {"original": fen_to_wire(fen.original)}
        | {name: fen_to_wire(getattr(fen, name)) for name in COMPONENTS},
        "execution_rate_bp": rate,
        "execution_rate_original_bp": bounded_rate_bp(spent, fen.original),
        "expected_spent": fen_to_wire(expected),
        "expected_rate_bp": due_rate,
        "expected_basis": _bases(group),
        "ratio_bp": bounded_rate_bp(spent, expected),
        "deviation_points_bp": rate - due_rate if both else None,  # type: ignore[operator]
        "month_spent": _months(rows) if group.whole else None,
        "forecast": foreseen(rows, fen.adjusted_budget) if group.whole else None,
        **_judged(rows),
    }


def _judged(rows: Sequence[RowState]) -> dict[str, Any]:
    """Write what is counted by project."""
    lights = Counter([row.light or NO_LIGHT for row in rows])
    quadrants = Counter([row.quadrant for row in rows])
    states = Counter([row.state for row in rows])
    kinds, natures = _findings(rows)
    return {
        "indicators": sum([row.indicators for row in rows]),
        "judged": sum([row.judged for row in rows]),
        "attainment_rate_bp": mean_attainment(rows),
        "findings": sum([row.findings for row in rows]),
        "findings_by_kind": kinds,
        "findings_by_nature": natures,
        "incomplete": sum([row.incomplete for row in rows]),
        "frozen": sum([row.frozen for row in rows]),
        "late_facts": sum([row.late_facts for row in rows]),
        "lights": {light: lights[light] for light in LIGHTS},
        "quadrants": {quadrant.value: quadrants[quadrant] for quadrant in Quadrant},
        "states": dict(sorted(states.items())),
        "coverage": {
            "registered": sum([row.registered for row in rows]),
            "with_budget": sum([row.money.adjusted_budget > 0 for row in rows]),
            "with_targets": sum([row.indicators > 0 for row in rows]),
            "judged": sum([row.light is not None for row in rows]),
            "both_judged": sum([row.quadrant is not None for row in rows]),
        },
    }


def _findings(rows: Sequence[RowState]) -> tuple[dict[str, int], dict[str, int]]:
    kinds: Counter[str] = Counter()
    natures: Counter[str] = Counter()
    for row in rows:
        for kind, nature, count in row.finding_counts:
            kinds[kind] += count
            natures[nature] += count
    return dict(sorted(kinds.items())), dict(sorted(natures.items()))


def _bases(group: Group) -> dict[str, dict[str, Any]]:
    """Say what the expectation rests on, by basis: how much of it, of how many parts."""
    parts: dict[str, list[int]] = defaultdict(list)
    for _, due, basis in group.amounts:
        if due is not None and basis is not None:
            parts[basis].append(due)
    return {
        basis: {"parts": len(parts[basis]), "expected_spent": fen_to_wire(sum(parts[basis]))}
        for basis in sorted(parts, key=lambda basis: _BASES.get(basis, len(_BASES)))
    }


def _months(rows: Sequence[RowState]) -> list[str]:
    series = [row.months_spent for row in rows]
    return [fen_to_wire(sum(month)) for month in zip_longest(*series, fillvalue=0)]


def foreseen(rows: Sequence[RowState], adjusted: int) -> dict[str, Any] | None:
    """Add up forecasts; null without any.

    Intervals do not add up: there is one only of a single project, or where each is a point.
    """
    points = [row for row in rows if row.forecast_point is not None]
    if not points:
        return None
    point = sum([row.forecast_point or 0 for row in points])
    low, high = _interval(points)
    return {
        "projects": len(points),
        "point": fen_to_wire(point),
        "low": wire(low),
        "high": wire(high),
        "rate_bp": bounded_rate_bp(max(0, point), adjusted),
        "carryover": fen_to_wire(sum([row.forecast_carryover or 0 for row in points])),
        "surplus": fen_to_wire(sum([row.forecast_surplus or 0 for row in points])),
    }


def _interval(rows: Sequence[RowState]) -> tuple[int | None, int | None]:
    first = rows[0]
    if len(rows) == 1:
        return first.forecast_low, first.forecast_high
    if all(row.forecast_low == row.forecast_high == row.forecast_point for row in rows):
        exact = sum(row.forecast_point or 0 for row in rows)
        return exact, exact
    return None, None


def mean_attainment(rows: Sequence[RowState]) -> int | None:
    """Return the projects' attainment weighted by their judged indicators; null without any."""
    known = [row for row in rows if row.attainment_rate_bp is not None]
    judged = sum([row.judged for row in known])
    if not judged:
        return None
    weighted = sum([(row.attainment_rate_bp or 0) * row.judged for row in known])
    return int((Decimal(weighted) / judged).quantize(Decimal(1), ROUND_HALF_UP))


def named(key: str | None) -> str:
    """Write a group's key where text is needed."""
    return NONE if key is None else key
