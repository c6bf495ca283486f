"""One project year as a row: what lists, tables and pages show of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import fen_to_wire
from services.analysis.api.problems import unknown_names
from services.analysis.domain import Jurisdiction, assess
from services.analysis.domain.money.figures import bounded_rate_bp
from services.analysis.store.reading import Found
from services.analysis.store.rowmaking import row_of as stored_row_of
from services.analysis.store.rowstate import RowMoney, RowState
from services.analysis.store.states import Year
from services.chassis.identity import Principal

Row = dict[str, Any]

COMPONENTS: Final = (
    "carryover",
    "supplement",
    "passed_down",
    "cut",
    "recovered",
    "virement",
    "distributed",
)
"""Parts of the adjusted budget beside the original one."""
CUT: Final = "budget_cut"
"""What was cut: in an answer, `cut` is a ledger position."""
PLACES: Final = {"original_budget": "original", CUT: "cut"}
"""Where a money figure stands, if under another name."""
MONEY: Final = (
    "original_budget",
    *(CUT if name == "cut" else name for name in COMPONENTS),
    "adjusted_budget",
    "committed",
    "requested",
    "disbursed",
    "spent",
    "reversed",
    "prior_year_refunds",
    "balance",
    "uncommitted_balance",
)
"""Money figures of a row, in the order of its columns."""
FIELDS: Final = (
    "project_id",
    "project_name",
    "department",
    "lead_unit",
    "fiscal_year",
    "as_of",
    "project_class",
    "state",
    "priority",
    *MONEY,
    "execution_rate_bp",
    "execution_rate_original_bp",
    "expected_spent",
    "expected_rate_bp",
    "ratio_bp",
    "deviation_points_bp",
    "expected_basis",
    "attainment_rate_bp",
    "effect_rate_bp",
    "money_ahead_bp",
    "indicators",
    "judged",
    "execution_light",
    "attainment_light",
    "light",
    "quadrant",
    "findings",
    "finding_kinds",
    "forecast_method",
    "forecast",
    "forecast_low",
    "forecast_high",
    "forecast_rate_bp",
    "forecast_carryover",
    "forecast_surplus",
    "cpi_bp",
    "spi_bp",
    "spi_t_bp",
    "milestones_overdue",
    "problems_open",
    "problems_serious",
    "problems_overdue",
    "frozen",
    "late_facts",
    "closed_version",
    "incomplete",
    "sequence",
    "position",
)
"""Every field of a row."""

_SAME: Final = (
    "department",
    "lead_unit",
    "fiscal_year",
    "as_of",
    "project_class",
    "state",
    "execution_rate_bp",
    "execution_rate_original_bp",
    "expected_rate_bp",
    "ratio_bp",
    "deviation_points_bp",
    "expected_basis",
    "attainment_rate_bp",
    "effect_rate_bp",
    "money_ahead_bp",
    "indicators",
    "judged",
    "execution_light",
    "attainment_light",
    "light",
    "quadrant",
    "findings",
    "forecast_method",
    "cpi_bp",
    "spi_bp",
    "spi_t_bp",
    "milestones_overdue",
    "problems_open",
    "problems_serious",
    "problems_overdue",
    "frozen",
    "late_facts",
    "closed_version",
    "incomplete",
    "sequence",
    "position",
)
_FEN: Final = (
    "expected_spent",
    "forecast_low",
    "forecast_high",
    "forecast_carryover",
    "forecast_surplus",
)


def registered(found: Found, day: dt.date) -> bool:
    """Tell whether a project was registered by the day."""
    first = found.project.head.registered_on
    return first is not None and first <= day.toordinal()


def sees(asking: Principal, found: Found) -> bool:
    """Tell whether a project is in somebody's scope: by who leads it now, as of whatever day."""
    return asking.sees(found.project.head.project, *lead_of(found))


def lead_of(found: Found) -> tuple[str | None, str | None]:
    """Return the lead unit and department of a project's latest registration."""
    latest = found.project.head.registration()
    return (latest.lead_unit, latest.department) if latest else (None, None)


def measure(
    found: Found, jurisdiction: Jurisdiction, year: Year, day: dt.date, position: int
) -> AssessmentMade:
    """Assess a project as of a day, as far as its partition is folded."""
    return assess(
        jurisdiction,
        found.project.head,
        year.state,
        day,
        settled=False,
        ledger_position=position,
    )


def state_of(found: Found, data: AssessmentMade, day: dt.date) -> RowState:
    """Make the row of an assessment as it would be stored."""
    return stored_row_of(
        found.project.head.project,
        data,
        registered=registered(found, day),
        incomplete=found.project.incomplete,
    )


def shown(row: RowState, position: int | None = None) -> Row:
    """Write a row: money as wire text, rates as basis points, null where undefined."""
    fields: Row = {name: getattr(row, name) for name in _SAME}
    fields |= {name: wire(getattr(row, name)) for name in _FEN}
    fields |= written(row.money)
    fields |= {
        "project_id": row.project,
        "project_name": row.name,
        "priority": list(row.priority),
        "finding_kinds": list(row.finding_kinds),
        "forecast": wire(row.forecast_point),
        "forecast_rate_bp": forecast_rate_bp(row),
    }
    if position is not None:
        fields["position"] = position
    return {name: fields[name] for name in FIELDS}


def written(money: RowMoney) -> Row:
    """Write money figures as wire text."""
    return {name: fen_to_wire(fen_of(money, name)) for name in MONEY}


def fen_of(money: RowMoney, figure: str) -> int:
    """Return a money figure by the name it has in answers."""
    return int(getattr(money, PLACES.get(figure, figure)))


def wire(fen: int | None) -> str | None:
    """Write fen as wire text; null stays null."""
    return None if fen is None else fen_to_wire(fen)


def forecast_rate_bp(row: RowState) -> int | None:
    """Return the foreseen spending ÷ adjusted budget; null without either."""
    if row.forecast_point is None:
        return None
    return bounded_rate_bp(max(0, row.forecast_point), row.money.adjusted_budget)


def chosen_fields(text: str | None, parameter: str = "fields") -> tuple[str, ...] | None:
    """Read `fields=a,b,c`; None: all. 422 for a name that is no field."""
    if text is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in FIELDS]
    if unknown or not names:
        raise unknown_names(parameter, unknown or ("",), FIELDS)
    return names


def sparse(rows: Sequence[Row], names: Sequence[str] | None) -> list[Row]:
    """Keep only the fields that were asked for."""
    if names is None:
        return list(rows)
    return [{name: row[name] for name in names} for row in rows]


def differing(one: Mapping[str, Any], two: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Name the fields in which two rows differ."""
    return [name for name in names if one[name] != two[name]]
