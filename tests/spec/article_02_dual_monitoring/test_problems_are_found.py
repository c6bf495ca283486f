"""第二条: 及时发现问题、分析原因、纠正偏差: what is found, and from which facts."""

from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import (
    adjustment,
    budget,
    expenditure,
    jurisdiction,
    progress,
    reversal,
    targets,
)

title = "Problems are found from the facts, and every figure says which facts made it"

FOUND = rows("""
    | as of      | findings                                                      |
    |------------|---------------------------------------------------------------|
    | 2026-02-28 |                                                               |
    | 2026-03-01 | spending_without_budget L9 12.00                              |
    | 2026-04-15 | spending_without_budget L9 12.00; over_budget L1 20.00        |
    | 2026-05-20 | spending_without_budget L9 12.00                              |
    | 2026-06-30 |                                                               |
""")


def test_findings_hold_from_the_fact_that_brings_them_to_the_fact_that_clears_them(
    engine: Engine,
) -> None:
    """An unknown line, an overspent line; a supplement and a reversal put them right."""
    engine.given(
        jurisdiction(),
        budget(),
        expenditure(amount="12.00", date="2026-03-01", line="L9"),
        expenditure(amount="120.00", date="2026-04-15"),
        adjustment("supplement", "30.00", date="2026-05-20"),
        reversal("12.00", date="2026-06-25", line="L9"),
    )
    told = []
    for row in FOUND:
        findings = engine.assessment(as_of=row["as of"]).findings
        cells = (f"{f.kind} {f.subject} {f.amount / 100:.2f}" for f in findings)
        told.append({"as of": row["as of"], "findings": "; ".join(cells)})

    assert FOUND == told


def test_order_and_lateness_do_not_matter(engine: Engine) -> None:
    """The same facts, the other way round: the same answer."""
    facts = [
        budget(),
        targets(),
        expenditure(amount="20.00", date="2026-02-01"),
        reversal("5.00", date="2026-03-01"),
        progress("10", date="2026-03-31"),
        progress("30", date="2026-06-30"),
        adjustment("cut", "10.00", date="2026-04-01"),
    ]
    answers = []
    for code, order in (("610100/A", facts), ("610100/B", facts[::-1])):
        moved = [
            event.model_copy(update={"subject": code, "id": f"{code}-{event.id}"})
            for event in order
        ]
        engine.given(jurisdiction(), *moved)
        made = engine.assessment(project=code)
        answers.append((made.execution, made.attainment, made.findings, made.light))

    assert answers[0] == answers[1]


def test_every_figure_says_which_facts_made_it(engine: Engine) -> None:
    """The entries sum exactly to the figure."""
    engine.given(
        jurisdiction(),
        budget(),
        expenditure(amount="20.00", date="2026-02-01"),
        expenditure(amount="30.00", date="2026-04-01"),
        reversal("5.00", date="2026-05-01"),
        expenditure(amount="99.00", date="2026-07-01"),
    )
    why = engine.why("spent")

    assert [("2026-02-01", "20.00"), ("2026-04-01", "30.00"), ("2026-05-01", "-5.00")] == [
        (str(entry.date), entry.amount) for entry in why.entries
    ]
    assert "45.00" == why.value == why.sum
