"""Rows added up, whole or by group: to the fen the sum of their lines (domain-rules 8, 9).

By unit, account and class money goes by the line's own; what names no line stands under the
project's lead unit, and under null where lines alone could tell. Rates are those of the sums.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from contracts.vocabulary import ExpectedBasis, Quadrant, fen_to_wire
from services.analysis.api.ordering import LIGHTS, NO_LIGHT, Chosen
from services.analysis.api.rows import COMPONENTS, wire, written
from services.analysis.api.tally import Amounts, Tally, tally
from services.analysis.domain.money.figures import bounded_rate_bp
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


def is_by_line(by: GroupBy) -> bool:
    """Tell whether money goes by the line's own, so that a group has but a part of a project's."""
    return by not in _BY_ROW


def parts_of(row: RowState, by: GroupBy) -> dict[str | None, list[Amounts]]:
    """Return the groups that a row is in, and its money there."""
    if by in _BY_ROW:
        return {getattr(row, _BY_ROW[by]): [(row.money, row.expected_spent, row.expected_basis)]}
    found: dict[str | None, list[Amounts]] = {}
    for line in row.lines:
        amounts = (line.money, line.expected_spent, line.expected_basis)
        found.setdefault(_line_key(row, line, by), []).append(amounts)
    return found


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


def totals(group: Group) -> dict[str, Any]:
    """Write a group's figures."""
    found = tally(group.rows, group.amounts)
    return figures(found, group.rows if len(group.rows) == 1 else (), whole=group.whole)


def figures(found: Tally, single: Sequence[RowState] = (), *, whole: bool) -> dict[str, Any]:
    """Write sums as figures; `single`: the row, if there is one alone.

    `whole`: they are all of the projects' money; else months and forecast are not theirs.
    """
    fen, expected = RowMoney(*found.money), found.expected
    spent = max(fen.spent, 0)
    rate = bounded_rate_bp(spent, fen.adjusted_budget)
    due_rate = bounded_rate_bp(expected, fen.adjusted_budget)
    both = rate is not None and due_rate is not None
    return {
        "projects": found.projects,
        **written(fen),
        "components": {"original": fen_to_wire(fen.original)}
        | {name: fen_to_wire(getattr(fen, name)) for name in COMPONENTS},
        "execution_rate_bp": rate,
        "execution_rate_original_bp": bounded_rate_bp(spent, fen.original),
        "expected_spent": fen_to_wire(expected),
        "expected_rate_bp": due_rate,
        "expected_basis": _bases(found),
        "ratio_bp": bounded_rate_bp(spent, expected),
        "deviation_points_bp": rate - due_rate if both else None,  # type: ignore[operator]
        "month_spent": [fen_to_wire(month) for month in found.months] if whole else None,
        "forecast": _foreseen(found, single, fen.adjusted_budget) if whole else None,
        **_judged(found),
    }


def _judged(found: Tally) -> dict[str, Any]:
    """Write what is counted by project."""
    return {
        "indicators": found.indicators,
        "judged": found.judged,
        "attainment_rate_bp": mean(found.weighted, found.rated),
        "findings": found.findings,
        "findings_by_kind": _counted(found.kinds),
        "findings_by_nature": _counted(found.natures),
        "incomplete": found.incomplete,
        "frozen": found.frozen,
        "late_facts": found.late,
        "lights": {light: found.lights[light] for light in LIGHTS},
        "quadrants": {quadrant.value: found.quadrants[quadrant] for quadrant in Quadrant},
        "states": _counted(found.states),
        "coverage": {
            "registered": found.registered,
            "with_budget": found.with_budget,
            "with_targets": found.with_targets,
            "judged": found.projects - found.lights[NO_LIGHT],
            "both_judged": found.projects - found.quadrants[None],
        },
    }


def _counted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts) if counts[name]}


def _bases(found: Tally) -> dict[str, dict[str, Any]]:
    """Say what the expectation rests on, by basis: how much of it, of how many parts."""
    known = [basis for basis, (parts, _) in found.bases.items() if parts]
    return {
        basis: {
            "parts": found.bases[basis][0],
            "expected_spent": fen_to_wire(found.bases[basis][1]),
        }
        for basis in sorted(known, key=lambda basis: _BASES.get(basis, len(_BASES)))
    }


def _foreseen(found: Tally, single: Sequence[RowState], adjusted: int) -> dict[str, Any] | None:
    """Write summed forecasts; null without any.

    Intervals do not add up: there is one only of a single project, or where each is a point.
    """
    if not found.foreseen:
        return None
    low = high = None
    if single:
        low, high = single[0].forecast_low, single[0].forecast_high
    elif not found.inexact:
        low = high = found.point
    return {
        "projects": found.foreseen,
        "point": fen_to_wire(found.point),
        "low": wire(low),
        "high": wire(high),
        "rate_bp": bounded_rate_bp(max(0, found.point), adjusted),
        "carryover": fen_to_wire(found.carryover),
        "surplus": fen_to_wire(found.surplus),
    }


def mean(weighted: int, judged: int) -> int | None:
    """Return a mean rounded half up; null without weight."""
    if not judged:
        return None
    return int((Decimal(weighted) / judged).quantize(Decimal(1), ROUND_HALF_UP))
