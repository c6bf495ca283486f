"""Figures that follow from others: derived parts that make them exactly, each with its entries."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from contracts.events.analysis import Attainment, Forecast
from contracts.vocabulary import AttainmentState, ExpectedBasis, fen_to_wire
from services.analysis.domain.attainment.schedule import held_at
from services.analysis.domain.calendar import day_of_year
from services.analysis.domain.execution.plans import plans_at
from services.analysis.domain.execution.standard import Expected, expected_spending
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import NO_LINE, ProjectYear


class Part(msgspec.Struct, frozen=True):
    """A part of a figure that no single entry makes."""

    kind: str
    """plan, contract, class_profile, assessment_table, months: what falls due on the date;
    indicator: what a judged indicator adds; forecast: what is foreseen beyond what is spent."""
    date: dt.date | None
    """Day on which it falls due; of an indicator the day of its result."""
    amount: str | None
    """Signed wire amount that it adds; null of an indicator."""
    points_bp: int | None = None
    """Of an indicator: what it adds to the rate, basis points."""
    line: str | None = None
    """Line it is expected on; null: none."""
    label: str = ""
    """Indicator, or the method that foresees."""
    sequences: list[int] = []
    """Entries that say so: the plan, the commitments, the result."""
    rests_on: str | None = None
    """Figure that it is a share of, where no entry says it: ask why of that."""


def expected_parts(now: Snapshot, line: str | None) -> list[Part]:
    """Say when what is expected fell due, line by line; the sum is `expected_spent`."""
    found: list[Part] = []
    before: dict[str, int] = {}
    for day in _due_days(now):
        expected = expected_spending(now, day)
        present = _by_line(expected, line)
        for name in sorted({*before, *present}):
            change = present.get(name, 0) - before.get(name, 0)
            if change and expected is not None:
                basis = expected.lines[name].basis if name in expected.lines else expected.basis
                found.append(_due_part(now, day, name, change, basis))
        before = present
    return found


def _by_line(expected: Expected | None, line: str | None) -> dict[str, int]:
    if expected is None:
        return {}
    return {name: part.fen for name, part in expected.lines.items() if line is None or name == line}


def _due_days(now: Snapshot) -> list[int]:
    """List the days by the date on which something may fall due, the date itself last."""
    days = {now.day, *now.calendar.ends}
    days.update(end for plan in now.year.plans for _, end, _ in plan.periods)
    for known in now.year.lines.values():
        for contract in known.contracts.values():
            days.update(instalment.due for instalment in contract.instalments)
    start = now.parameters.undistributed_judged_from
    if start is not None:
        days.add(day_of_year(now.calendar, start))
    return sorted(day for day in days if day <= now.day)


def _due_part(now: Snapshot, day: int, line: str, fen: int, basis: ExpectedBasis) -> Part:
    rests_on, sequences = "adjusted_budget", list[int]()
    if basis is ExpectedBasis.PLAN:
        plans = plans_at(now.year, now.calendar, now.day)
        plan = plans.get(NO_LINE) or plans.get(line) or []
        # Nothing ends on the day from which undistributed money has its share as well.
        due = [period for period in plan if period.end == day] or plan
        rests_on, sequences = "", sorted({period.version.sequence for period in due})
    elif basis is ExpectedBasis.CONTRACT:
        rests_on = ""
        sequences = sorted(
            {
                instalment.sequence
                for known in now.year.lines.values()
                for contract in known.contracts.values()
                for instalment in contract.instalments
                if instalment.due == day and instalment.day <= now.day
            }
        )
    return Part(
        str(basis),
        dt.date.fromordinal(day),
        fen_to_wire(fen),
        line=line or None,
        sequences=sequences,
        rests_on=rests_on or None,
    )


def forecast_part(outlook: Forecast, spent: int) -> Part:
    """Say what is foreseen beyond what is spent."""
    amount = fen_to_wire(outlook.point - spent)
    return Part("forecast", None, amount, label=str(outlook.method), rests_on="expected_spent")


def attainment_parts(results: Attainment, year: ProjectYear, day: int) -> list[Part]:
    """Say what each judged indicator adds to the attainment rate; the points sum to it."""
    judged = [
        figure
        for figure in results.indicators
        if figure.state is AttainmentState.JUDGED and figure.attainment_bp is not None
    ]
    whole = sum(figure.weight_bp for figure in judged)
    if results.attainment_rate_bp is None or whole <= 0:
        return []
    scaled = [figure.weight_bp * (figure.attainment_bp or 0) for figure in judged]
    points = _shared(scaled, whole, results.attainment_rate_bp)
    return [
        Part(
            "indicator",
            figure.reported_on,
            None,
            points_bp=share,
            label=figure.indicator,
            sequences=_result(year, figure.indicator, figure.reported_on, day),
        )
        for figure, share in zip(judged, points, strict=True)
    ]


def _shared(scaled: Sequence[int], whole: int, total: int) -> list[int]:
    """Round parts so that they make the total: largest remainders first, either way."""
    found = [part // whole for part in scaled]
    left = total - sum(found)
    order = sorted(range(len(found)), key=lambda n: (found[n] * whole - scaled[n], n))
    for step in range(abs(left)):
        found[order[step % len(order)]] += 1 if left > 0 else -1
    return found


def _result(year: ProjectYear, indicator: str, on: dt.date | None, day: int) -> list[int]:
    if on is None:
        return []
    reports = year.indicators[indicator].reports
    held = held_at(reports, day)
    same_day = [known for known in held if known.day == on.toordinal() and known.day <= day]
    return sorted({known.sequence for known in same_day})
