"""Facts that came later: those that move money, in either form, and those that are only kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import generate
from contracts.codec import INTAKE_TYPES, JURISDICTION_TYPES, decode, encode
from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import fen_to_wire
from services.analysis.domain import FIGURES, fiscal_year_of, is_kept
from tests.spec.engines import PureEngine, folded
from tests.support import builders
from tests.unit.analysis import strategies

KEPT = [
    path
    for path in sorted((generate.ROOT / "examples").rglob("*.json"))
    if (kind := json.loads(path.read_bytes())["type"]) in INTAKE_TYPES - JURISDICTION_TYPES
    and is_kept(decode(path.read_bytes()))
]
KINDS = {path.parts[-3] for path in KEPT}


def _newer_form(event: AnyEvent) -> AnyEvent:
    """Say a recovery or a return by the type of its own."""
    data = json.loads(encode(event))["data"]
    subject, date = event.subject, data.pop("date")
    fields = {name: data[name] for name in ("fiscal_year", "line", "amount") if name in data}
    if data.get("adjustment_kind") == "recovery":
        return builders.recovery(date=date, subject=subject, **fields)
    if data.get("returned"):
        # Money without a line stays without one.
        rest = {"line": data.get("line"), "channel": data["channel"]}
        return builders.fund_return(date=date, subject=subject, **(fields | rest))
    return event


def _figures(made: AssessmentMade) -> dict[str, Any]:
    return made.model_dump(exclude={"ledger_position", "stream_sequence"})


def _sums(engine: PureEngine) -> dict[str, str | None]:
    return {figure: engine.why(figure, as_of="2026-12-31").sum for figure in FIGURES}


@given(strategies.facts)
def test_a_recovery_and_a_return_count_alike_in_either_form(facts: list[AnyEvent]) -> None:
    """domain-rules 2: figures, findings and explanations do not hang on the form."""
    known = [builders.jurisdiction(), builders.day_opened("2026-12-31"), *facts]
    older, newer = folded(known), folded([_newer_form(event) for event in known])
    made = [engine.assessment(as_of="2026-12-31") for engine in (older, newer)]

    assert _figures(made[0]) == _figures(made[1])
    assert _sums(older) == _sums(newer)
    assert [found.finding for found in older.detected] == [
        found.finding for found in newer.detected
    ]


def test_a_recovered_balance_reduces_the_adjusted_budget() -> None:
    """domain-rules 2: … − recovered, told as its own component and explained."""
    engine = folded(
        [builders.jurisdiction(), builders.budget(amount="900.00"), builders.recovery("80.50")]
    )
    money = engine.assessment(as_of="2026-12-31").execution.money
    why = engine.why("adjusted_budget", as_of="2026-12-31")

    assert ("819.50", "80.50") == (
        fen_to_wire(money.adjusted_budget),
        fen_to_wire(money.components.recovered),
    )
    assert ["900.00", "-80.50"] == [entry.amount for entry in why.entries]


def test_a_recovery_below_what_is_spent_is_found_at_once() -> None:
    """The line is over its budget from then on."""
    engine = folded(
        [
            builders.jurisdiction(),
            builders.day_opened("2026-12-31"),
            builders.budget(amount="100.00"),
            builders.expenditure(amount="90.00"),
            builders.recovery("30.00"),
        ]
    )

    assert ["over_budget"] == [found.finding.kind.value for found in engine.detected]


def test_returned_funds_reduce_what_is_disbursed() -> None:
    """Of an allocation; spending stays what it was."""
    engine = folded(
        [
            builders.jurisdiction(),
            builders.budget(amount="900.00"),
            builders.disbursement("500.00"),
            builders.fund_return("120.00"),
        ]
    )
    money = engine.assessment(as_of="2026-12-31").execution.money

    assert ("380.00", "0.00") == (fen_to_wire(money.disbursed), fen_to_wire(money.spent))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: "/".join(path.parts[-3:]))
def test_a_kept_fact_moves_no_figure_and_belongs_to_no_year(path: Path) -> None:
    """It is an entry: the stream counts it, both monitors stay as they were."""
    event = decode(path.read_bytes())
    facts = [
        builders.jurisdiction("610100"),
        builders.budget(subject=event.subject),
        builders.expenditure(event.subject),
    ]
    before, after = folded(facts), folded(facts)
    after.given(event)
    made = [engine.assessment(event.subject, as_of="2026-12-31") for engine in (before, after)]

    assert fiscal_year_of(event) is None
    assert _figures(made[0]) == _figures(made[1])
    assert [2, 3] == [one.stream_sequence for one in made]


def test_what_is_kept_is_known_by_name() -> None:
    """A new fact is either measured or stands here."""
    assert KINDS <= {"fact.corrected", "monitoring_form.declared"}
    assert "monitoring_form.declared" in KINDS


@given(st.data())
def test_reports_of_both_versions_are_the_same_report(data: st.DataObject) -> None:
    """v1 is read as v2 without evidence: nothing that is measured differs."""
    event = data.draw(strategies.results)
    document = json.loads(encode(event))
    document["type"] = "dualwatch.target_progress.reported.v1"
    del document["data"]["evidence"]

    assert event == decode(json.dumps(document).encode())
