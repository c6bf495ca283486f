"""Findings on single facts, at once: domain-rules 17."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from services.analysis.domain.findings import detection as detection_module
from services.analysis.domain.money import figures
from tests.spec.engines import PureEngine, folded
from tests.support.builders import (
    PROJECT,
    adjustment,
    budget,
    day_opened,
    expenditure,
    jurisdiction,
    progress,
    project,
    reversal,
)
from tests.support.watching import disposition


def detected(engine: PureEngine) -> list[tuple[str, int, bool]]:
    return [
        (d.finding.kind.value, d.finding.entry_sequence, d.finding.provisional)
        for d in engine.detected
    ]


def test_nothing_is_detected_before_a_day_is_opened() -> None:
    """There is no today."""
    assert [] == detected(folded([jurisdiction(), expenditure(line="L9")]))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([budget(), expenditure(amount="100.00")], []),
        ([budget(), expenditure(amount="100.01")], [("over_budget", 2, True)]),
        ([expenditure(line="L9")], [("spending_without_budget", 1, True)]),
        ([expenditure(line=None)], [("awaiting_budget", 1, True)]),
        ([budget(), expenditure(line=None)], [("spending_without_budget", 2, True)]),
        ([budget(), reversal("1.00")], [("negative_net_spend", 2, True)]),
        (
            [budget(), expenditure(amount="90.00"), adjustment("cut", "20.00")],
            [("over_budget", 3, True)],
        ),
        (
            [budget(period={"start": "2026-04-01", "end": "2027-03-31"})],
            [("budget_period_spans_years", 1, True)],
        ),
        ([budget(date="2026-12-31"), expenditure()], [("spending_without_budget", 2, True)]),
        ([budget(), expenditure(amount="900.00", date="2026-07-01")], []),
        ([project(), progress("5")], []),
    ],
)
def test_a_single_fact_is_found_at_once(
    events: list[AnyEvent], expected: list[tuple[str, int, bool]]
) -> None:
    """As of today, naming the entry; facts of the future wait for their day."""
    engine = folded([jurisdiction(), day_opened("2026-06-30"), *events])

    assert expected == detected(engine)


def test_a_supplement_of_the_future_does_not_hide_spending_of_today() -> None:
    """The plain case is left where the budget rises after today."""
    engine = folded(
        [
            jurisdiction(),
            day_opened("2026-06-30"),
            budget(),
            adjustment("supplement", "50.00", date="2026-07-01"),
            expenditure(amount="120.00"),
        ]
    )

    assert [("over_budget", 3, True)] == detected(engine)


@pytest.mark.parametrize(
    ("measure", "is_plain"),
    [
        ("correction_ordered", True),
        ("budget_cut", True),
        ("targets_adjusted", True),
        ("project_suspended", False),
        ("disbursement_stopped", False),
    ],
)
def test_only_what_stops_money_makes_payments_be_looked_at(
    measure: str,
    is_plain: bool,  # noqa: FBT001 - it is what is expected
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A payment that is plainly within its line is looked at no closer for another measure."""
    summed: list[str] = []

    def counted(name: str, *of: Any, **how: Any) -> figures.LineSums:
        summed.append(name)
        return figures.sum_line(name, *of, **how)

    monkeypatch.setattr(detection_module, "sum_line", counted)
    decided = disposition(measure, date="2026-05-10")
    folded([jurisdiction(), day_opened("2026-06-30"), budget(), decided, expenditure()])

    # The budget's own line is summed once, whatever is decided.
    assert (["L1"] if is_plain else ["L1", "L1"]) == summed


def test_a_line_that_stays_over_budget_is_not_detected_again() -> None:
    """The first payment that crossed it brought it about."""
    engine = folded(
        [
            jurisdiction(),
            day_opened("2026-06-30"),
            budget(),
            expenditure(amount="120.00", date="2026-03-01"),
            expenditure(amount="120.00", date="2026-03-02"),
        ]
    )

    assert [("over_budget", 2, True)] == detected(engine)


def test_a_detected_finding_says_what_it_is_about() -> None:
    """In words, with the amount."""
    engine = folded([jurisdiction(), day_opened("2026-06-30"), expenditure(line="L9")])
    (detection,) = engine.detected

    assert "12.00 spent on L9" in detection.explanation
    assert (PROJECT, 2026) == (next(iter(engine.heads)), detection.fiscal_year)


def test_a_payment_s_findings_ask_for_no_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line may have tens of thousands: its payments took longer with each new one."""
    summed: list[int] = []

    def counted(*_: Any) -> None:
        summed.append(1)

    monkeypatch.setattr(figures, "add_contracts", counted)
    payments = [expenditure(line="L9", contract=f"C{n}") for n in range(3)]
    engine = folded([jurisdiction(), day_opened("2026-03-31"), *payments])

    assert [("spending_without_budget", n, True) for n in (1, 2, 3)] == detected(engine)
    assert [] == summed
    assert engine.assessment(PROJECT, 2026, "2026-03-31") is not None
    assert summed
