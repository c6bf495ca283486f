"""Why a figure is what it is: the entries that make it, summing exactly to it (architecture 4).

Money figures are sums of facts. What follows from other figures is the sum of derived parts, each
with the entries that say so. A finding names the entry that brought it about, and where it is a
difference of two figures, the entries of both.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from contracts.vocabulary import fen_to_wire
from services.analysis.domain.attainment.monitor import attainment, shown_result
from services.analysis.domain.corrections import FACT_CORRECTED
from services.analysis.domain.execution.monitor import execution
from services.analysis.domain.findings.compliance import findings
from services.analysis.domain.findings.finding import Finding
from services.analysis.domain.folding.corrections import is_movable
from services.analysis.domain.folding.dispatch import (
    evolve,
    evolve_head,
    fiscal_year_of,
    new_head,
    new_year,
)
from services.analysis.domain.forecasting.forecast import forecast
from services.analysis.domain.money.figures import money
from services.analysis.domain.snapshot import Snapshot, snapshot
from services.analysis.domain.state import NO_LINE, Entry, Jurisdiction, ProjectHead, ProjectYear
from services.analysis.domain.why.entries import Contribution, contribution, shown
from services.analysis.domain.why.money import VALUES, Added, additions
from services.analysis.domain.why.parts import (
    Part,
    attainment_parts,
    expected_parts,
    forecast_part,
)
from services.analysis.domain.why.pieces import Lateness, pieces, with_originals
from services.analysis.domain.why.results import result_entries, value_of

INDICATOR_PREFIX: Final = "indicator:"
FINDING_PREFIX: Final = "finding:"
EXPECTED: Final = "expected_spent"
ATTAINMENT: Final = "attainment_rate_bp"
FORECAST: Final = "forecast"

FIGURES: Final = tuple(VALUES)
"""Money figures that can be explained by entries alone, of a project and of each line."""
DERIVED: Final = (EXPECTED, FORECAST, ATTAINMENT)
"""Figures that are explained by parts; besides them `indicator:<id>` and `finding:…`."""
ALIASES: Final = {"original": "original_budget", "cut": "budget_cut", "attainment": ATTAINMENT}
MOVED_NOTHING: Final = (
    "未移动任何资金: the entry that it names has no money, is of another year or for an own period"
)
"""Remark on a correction that is an entry and no more (docs/measuring.md)."""
_SIGNS: Final = {
    "over_budget": {"spent": 1, "adjusted_budget": -1},
    "negative_net_spend": {"spent": -1},
    "spending_without_budget": {"spent": 1},
    "awaiting_budget": {"spent": 1},
}
"""Findings that are differences of figures of their line, if the difference is theirs."""


class UnknownFigureError(Exception):
    """There is no such figure, or no such indicator, line or finding in that year."""


class Explanation(msgspec.Struct, frozen=True):
    """A figure, its value at the date, and what makes it."""

    figure: str
    value: str | None
    """Wire amount; of a rate basis points; of an indicator the result; null if there is none."""
    sum: str | None
    """Sum of entries and parts, equal to `value`; of an indicator its value."""
    entries: list[Contribution]
    """By business date, then entry."""
    parts: list[Part] = []
    """What no single entry makes."""


class Known(msgspec.Struct):
    """A project's entries folded, as far as one year and date take them."""

    jurisdiction: Jurisdiction
    head: ProjectHead
    year: ProjectYear
    entries: list[Entry]
    """Those of the year dated by the date."""
    as_of: dt.date
    facts: list[Entry]
    """All of the year: what a correction moves on may have been corrected under a later date."""

    @property
    def now(self) -> Snapshot:
        """The year at the date."""
        return snapshot(self.jurisdiction, self.head, self.year, self.as_of)


def explain(
    jurisdiction: Jurisdiction,
    entries: Iterable[Entry],
    fiscal_year: int,
    figure: str,
    as_of: dt.date,
    line: str | None = None,
) -> Explanation:
    """Say what makes a figure of a project's year at a date.

    `entries`: the project's own, each once; those of other years are passed over. `line`: the
    figure of that funding line alone; empty: of money that names none. UnknownFigureError where
    there is no such figure.
    """
    asked = ALIASES.get(figure, figure)
    by_line = asked in VALUES or asked == EXPECTED
    prefix = next((known for known in _PREFIXED if asked.startswith(known)), None)
    if not (by_line or asked in _DERIVED or prefix) or (line is not None and not by_line):
        raise UnknownFigureError(figure)
    known = _known(jurisdiction, entries, fiscal_year, as_of)
    if line is not None and line not in known.year.lines:
        raise UnknownFigureError(figure)
    if asked in VALUES:
        found = _explain_money(known, asked, line)
    elif asked == EXPECTED:
        found = _explain_expected(known, line)
    elif prefix is not None:
        found = _PREFIXED[prefix](known, asked)
    else:
        found = _DERIVED[asked](known)
    return msgspec.structs.replace(found, figure=figure)


def _known(
    jurisdiction: Jurisdiction, entries: Iterable[Entry], fiscal_year: int, as_of: dt.date
) -> Known:
    year, head, of_year = new_year("", fiscal_year), new_head(""), list[Entry]()
    facts: list[Entry] = []
    late = Lateness(jurisdiction)
    for entry in with_originals(list(entries)):
        year.project = head.project = entry.event.subject
        evolve_head(head, entry)
        if fiscal_year_of(entry.event) == fiscal_year:
            entry.late = late.of(entry, entry.event.data.date)
            evolve(year, entry)
            facts.append(entry)
            if entry.event.data.date <= as_of:
                of_year.append(entry)
    return Known(jurisdiction, head, year, of_year, as_of, facts)


def _explain_money(known: Known, figure: str, line: str | None) -> Explanation:
    now = known.now
    added = _added(known, now, figure, line)
    sums = now.whole if line is None else next(one for one in now.lines if one.line == line)
    total = sum(one.amount for one in added)
    value = VALUES[figure](money(sums))
    entries = [shown(one) for one in added]
    idle = _idle(known, line)
    if idle:
        entries = sorted([*entries, *idle], key=lambda one: (one.date, one.sequence))
    return Explanation(figure, fen_to_wire(value), fen_to_wire(total), entries)


def _idle(known: Known, line: str | None) -> list[Contribution]:
    """Show corrections by the date that moved nothing: they add nothing, and nobody would know."""
    found = []
    for entry in known.entries:
        if entry.event.type != FACT_CORRECTED or is_movable(known.year, entry):
            continue
        data = entry.event.data
        stated = None if entry.original is None else getattr(entry.original.data, "line", None)
        if line is None or line in {data.line, stated}:
            found.append(contribution(entry, fen_to_wire(0), None, MOVED_NOTHING))
    return found


def _added(known: Known, now: Snapshot, figure: str, line: str | None) -> list[Added]:
    facts = [
        piece for piece in pieces(known.facts, known.as_of) if line is None or piece.line == line
    ]
    return additions(figure, facts, now.lines, now.calendar)


def _explain_expected(known: Known, line: str | None) -> Explanation:
    now = known.now
    figures = execution(now)
    of_lines = {one.line: one.expected_spent for one in figures.lines}
    fen = figures.expected_spent if line is None else of_lines.get(line)
    if fen is None:
        return Explanation(EXPECTED, None, None, [])
    parts = expected_parts(now, line)
    return _by_parts(known, Explanation(EXPECTED, fen_to_wire(fen), _total(parts), [], parts))


def _explain_forecast(known: Known) -> Explanation:
    now = known.now
    figures = execution(now)
    outlook = forecast(now, figures, attainment(now))
    if outlook is None:
        return Explanation(FORECAST, None, None, [])
    spent = _explain_money(known, "spent", None)
    part = forecast_part(outlook, figures.money.spent)
    return Explanation(
        FORECAST, fen_to_wire(outlook.point), fen_to_wire(outlook.point), spent.entries, [part]
    )


def _total(parts: Sequence[Part]) -> str:
    return fen_to_wire(sum(int((part.amount or "0.00").replace(".", "")) for part in parts))


def _explain_attainment(known: Known) -> Explanation:
    results = attainment(known.now)
    rate = results.attainment_rate_bp
    if rate is None:
        return Explanation(ATTAINMENT, None, None, [])
    parts = attainment_parts(results, known.year, known.as_of.toordinal())
    total = str(sum(part.points_bp or 0 for part in parts))
    return _by_parts(known, Explanation(ATTAINMENT, str(rate), total, [], parts))


def _by_parts(known: Known, found: Explanation) -> Explanation:
    """Show the entries that parts name; they add nothing by themselves."""
    named = {sequence for part in found.parts for sequence in part.sequences}
    entries = [contribution(one, None, None) for one in known.entries if one.sequence in named]
    entries.sort(key=lambda one: (one.date, one.sequence))
    return msgspec.structs.replace(found, entries=entries)


def _explain_finding(known: Known, figure: str) -> Explanation:
    now = known.now
    for finding in findings(now):
        if f"{FINDING_PREFIX}{finding.kind}:{finding.subject}" == figure:
            return _of_finding(known, now, figure, finding)
    raise UnknownFigureError(figure)


def _of_finding(known: Known, now: Snapshot, figure: str, finding: Finding) -> Explanation:
    amount, cause = fen_to_wire(finding.amount), finding.cause.sequence
    line = finding.subject if finding.subject in known.year.lines else NO_LINE
    found: list[Added] = []
    for name, sign in _SIGNS.get(str(finding.kind), {}).items():
        found += [one._replace(amount=sign * one.amount) for one in _added(known, now, name, line)]
    if found and sum(one.amount for one in found) == finding.amount:
        found.sort(key=lambda one: (one.piece.entry.event.data.date, one.piece.entry.sequence))
        entries = [shown(one, caused=one.piece.entry.sequence == cause) for one in found]
        return Explanation(figure, amount, amount, entries)
    named = [contribution(one, None, None) for one in known.entries if one.sequence == cause]
    return Explanation(
        figure, amount, None, [msgspec.structs.replace(one, caused=True) for one in named]
    )


def _explain_indicator(known: Known, figure: str) -> Explanation:
    name = figure.removeprefix(INDICATOR_PREFIX)
    try:
        counted = shown_result(known.now, name)
    except KeyError:
        raise UnknownFigureError(figure) from None
    value = None if counted is None else value_of(counted)
    found = result_entries(known.facts, name, counted, known.as_of)
    return Explanation(figure, value, value, found)


_DERIVED: Final = {FORECAST: _explain_forecast, ATTAINMENT: _explain_attainment}
_PREFIXED: Final = {INDICATOR_PREFIX: _explain_indicator, FINDING_PREFIX: _explain_finding}
