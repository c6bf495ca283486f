"""第十四条(二): … 暂停项目实施…停止拨付资金: what is decided stops schedule and money."""

import pytest

from contracts.envelope import AnyEvent
from contracts.vocabulary import ProjectState, fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import (
    budget,
    commitment,
    disbursement,
    expenditure,
    fund_return,
    jurisdiction,
    project,
)
from tests.support.measuring import state_changed
from tests.support.watching import disposition

title = "Dispositions: what is decided is what is measured"

BEFORE = [jurisdiction(), project(), budget(amount="120.00")]
SUSPENDED = disposition("project_suspended", date="2026-03-15")
STOPPED = disposition("disbursement_stopped", date="2026-03-15")
RESUMED = state_changed("resumed", "2026-05-10")
ALLOCATION = {"channel": "allocation"}

Said = list[tuple[str, str, str, str]]


def said(engine: Engine, *events: AnyEvent, as_of: str = "2026-06-30") -> Said:
    """Give what is found: kind, subject, amount, nature."""
    engine.given(*BEFORE, *events)
    return [
        (str(found.kind), found.subject, fen_to_wire(found.amount), str(found.nature))
        for found in engine.assessment(as_of=as_of).findings
    ]


DAYS = {
    "14 March": "2026-03-14",
    "30 April": "2026-04-30",
    "30 June": "2026-06-30",
    "31 December": "2026-12-31",
}
EXPECTED = rows("""
    | said                           | 14 March | 30 April | 30 June | 31 December |
    |--------------------------------|----------|----------|---------|-------------|
    | nothing                        | 20.00    | 40.00    | 60.00   | 120.00      |
    | a disposition                  | 20.00    | 20.00    | 40.00   | 100.00      |
    | a disposition and a state      | 20.00    | 20.00    | 40.00   | 100.00      |
    | a state and a disposition      | 20.00    | 20.00    | 40.00   | 100.00      |
    | a disposition, never resumed   | 20.00    | 20.00    | 20.00   | 20.00       |
    | disbursing alone is stopped    | 20.00    | 40.00    | 60.00   | 120.00      |
""")
STATE = state_changed("suspended", "2026-03-15", until="2026-05-09")
CASES: dict[str, list[AnyEvent]] = {
    "nothing": [],
    "a disposition": [SUSPENDED, RESUMED],
    "a disposition and a state": [SUSPENDED, STATE],
    "a state and a disposition": [STATE, SUSPENDED],
    "a disposition, never resumed": [SUSPENDED],
    "disbursing alone is stopped": [STOPPED],
}


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: str(row["said"]))
def test_a_suspended_projects_schedule_stops(engine: Engine, row: dict[str, str]) -> None:
    """Of 120.00, whoever says it; what says its last day ends by itself."""
    engine.given(*BEFORE, *CASES[row["said"]])
    told = {"said": row["said"]}
    for name, date in DAYS.items():
        expected = engine.assessment(as_of=date).execution.expected_spent
        told[name] = "" if expected is None else fen_to_wire(expected)

    assert row == told


def test_a_disposition_suspends_the_project(engine: Engine) -> None:
    """From its day on, until it is resumed."""
    engine.given(*BEFORE, SUSPENDED, RESUMED)
    standing = {
        date: engine.assessment(as_of=date).standing
        for date in ("2026-03-14", "2026-03-15", "2026-05-09", "2026-05-10")
    }

    assert [
        (ProjectState.ACTIVE, None),
        (ProjectState.SUSPENDED, "2026-03-15"),
        (ProjectState.SUSPENDED, "2026-03-15"),
        (ProjectState.ACTIVE, "2026-05-10"),
    ] == [(one.state, str(one.state_since or "") or None) for one in standing.values()]


@pytest.mark.parametrize("decided", [SUSPENDED, STOPPED], ids=["suspended", "stopped"])
def test_any_later_spending_is_a_deviation(engine: Engine, decided: AnyEvent) -> None:
    """From the day of the decision on; before it nobody knew."""
    payments = [
        expenditure(amount="1.00", date="2026-03-14"),
        expenditure(amount="2.00", date="2026-03-15"),
        expenditure(amount="4.00", date="2026-04-20"),
    ]

    assert [("spending_while_suspended", "L1", "6.00", "finding")] == said(
        engine, decided, *payments
    )


@pytest.mark.parametrize(
    "decided",
    [
        SUSPENDED,
        STOPPED,
        state_changed("suspended", "2026-03-15"),
        state_changed("completed", "2026-03-14"),
    ],
    ids=["suspended", "stopped", "suspended by a state", "completed"],
)
def test_any_later_disbursement_is_a_deviation(engine: Engine, decided: AnyEvent) -> None:
    """Allocations and quotas; what is given back is taken off."""
    moved = [
        disbursement("1.00", "2026-03-14"),
        disbursement("8.00", "2026-03-15", channel="allocation"),
        disbursement("4.00", "2026-04-20", channel="treasury_payment"),
        fund_return("2.00", "2026-05-20"),
    ]

    assert [("disbursed_while_stopped", "L1", "10.00", "finding")] == said(engine, decided, *moved)


def test_a_disposition_outlasts_a_suspension_that_it_falls_within(engine: Engine) -> None:
    """The suspension says its last day, the disposition none."""
    state = state_changed("suspended", "2026-03-01", until="2026-03-31")
    decided = disposition("project_suspended", date="2026-03-20")
    payment = expenditure(amount="5.00", date="2026-04-15")

    assert [("spending_while_suspended", "L1", "5.00", "finding")] == said(
        engine, state, decided, payment
    )
    assert ProjectState.SUSPENDED is engine.assessment(as_of="2026-06-30").standing.state


def test_what_was_disbursed_before_allows_nothing_by_coming_back(engine: Engine) -> None:
    """Ninety before the stop, fifty of it returned: the next fifty are still forbidden."""
    moved = [
        disbursement("90.00", "2026-03-01", channel="allocation"),
        fund_return("50.00", "2026-04-10"),
        disbursement("50.00", "2026-04-20", channel="allocation"),
    ]

    assert [("disbursed_while_stopped", "L1", "50.00", "finding")] == said(engine, STOPPED, *moved)


def test_what_is_disbursed_and_spent_at_once_is_told_once(engine: Engine) -> None:
    """As spending: a treasury payment is both."""
    assert [("spending_while_suspended", "L1", "2.00", "finding")] == said(
        engine, STOPPED, expenditure(amount="2.00", date="2026-04-01")
    )


def test_what_is_resumed_may_be_paid(engine: Engine) -> None:
    """Between the two it may not."""
    resumed = disposition("disbursement_resumed", "D2", "2026-05-10")
    payments = [
        expenditure(amount="1.00", date="2026-05-09"),
        expenditure(amount="2.00", date="2026-05-10"),
    ]

    assert [("spending_while_suspended", "L1", "1.00", "finding")] == said(
        engine, STOPPED, resumed, *payments
    )


@pytest.mark.parametrize("decided", [SUSPENDED, STOPPED], ids=["suspended", "stopped"])
def test_procurement_begun_before_follows_its_own_procedure(
    engine: Engine, decided: AnyEvent
) -> None:
    """A contract of the day before: a person reviews what is paid."""
    contract = commitment("50.00", "2026-03-14", contract="C1")

    assert [("spending_while_suspended", "L1", "2.00", "for_review")] == said(
        engine, contract, decided, expenditure(amount="2.00", date="2026-04-01")
    )


@pytest.mark.parametrize("decided", [SUSPENDED, STOPPED], ids=["suspended", "stopped"])
def test_a_contract_that_was_paid_before_excuses_nothing(engine: Engine, decided: AnyEvent) -> None:
    """Nothing that was signed is still to be paid."""
    contract = commitment("50.00", "2026-02-01", contract="C1")
    paid = expenditure(amount="50.00", date="2026-03-14", contract="C1")

    assert [("spending_while_suspended", "L1", "2.00", "finding")] == said(
        engine, contract, paid, decided, expenditure(amount="2.00", date="2026-04-01")
    )
