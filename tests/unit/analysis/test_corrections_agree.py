"""Drawn histories with several corrections of one fact, through the domain and the oracle.

Of any dates, also before those of earlier corrections; of lines, units, accounts and classes.
"""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codec import encode
from contracts.envelope import AnyEvent
from tests.support import builders
from tests.support.measuring import correction
from tests.unit.oracle.agreement import agree

FIRST: Final = dt.date(2026, 1, 1)
DAYS: Final = (10, 31, 58, 59, 100, 180, 240)
"""Few, so that facts and corrections meet."""
A_TARGET: Final = builders.targets(builders.target("Z"))
"""Entry 1, so that a year is known whatever is drawn."""

days = st.sampled_from(DAYS).map(lambda n: FIRST + dt.timedelta(days=n))
lines = st.sampled_from(["L1", "L2", "L3"])
any_line = st.sampled_from(["L1", "L2", "L3", "X9"])
amounts = st.sampled_from(["7.00", "30.00", "500.00", "12000.00"])
units = st.sampled_from(["U1", "U2"])
classes = st.sampled_from([{}, {"function": "2130305"}, {"government_economic": "50302"}])
changes = st.fixed_dictionaries(
    {"line": any_line},
    optional={
        "unit": st.sampled_from(["U8", "U9"]),
        "account": st.sampled_from(["general_public", "government_funds"]),
        "classification": classes.filter(bool),
    },
)
approvals = st.builds(
    builders.budget,
    amount=amounts,
    date=days,
    line=lines,
    unit=units,
    classification=classes,
    origin=st.sampled_from(["current_year", "carryover"]),
    undistributed=st.booleans(),
    allocation_is_expenditure=st.booleans(),
)
carryovers = st.builds(
    builders.carryover,
    amounts,
    days,
    line=lines,
    unit=units,
    from_year=st.sampled_from([2023, 2025]),
)
adjustments = st.builds(
    builders.adjustment,
    st.sampled_from(["supplement", "cut", "virement", "passed_down"]),
    amounts,
    days,
    line=lines,
)
payments = st.builds(
    builders.expenditure,
    amount=amounts,
    date=days,
    line=any_line,
    classification=classes,
    channel=st.sampled_from(["treasury_payment", "allocation"]),
)
returns = st.builds(builders.reversal, amounts, days, line=any_line)
disbursements = st.builds(builders.disbursement, amounts, days, line=any_line)


drawn = settings(
    max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@st.composite
def histories(
    draw: st.DrawFn, facts: st.SearchStrategy[AnyEvent], said: st.SearchStrategy[dict[str, Any]]
) -> list[AnyEvent]:
    """Facts, and corrections of some of them, each anywhere after it, of any date."""
    told = draw(st.lists(facts, min_size=2, max_size=7))
    corrected = draw(st.lists(st.integers(0, len(told) - 1), min_size=1, max_size=6))
    dates = {of: [draw(days) for each in corrected if each == of] for of in corrected}
    coming = sorted((draw(st.integers(of, len(told) - 1)), of) for of in corrected)
    events: list[AnyEvent] = []
    entries: list[int] = []
    for place, event in enumerate(told):
        events.append(event)
        # The target is entry 1.
        entries.append(len(events) + 1)
        for _, of in (each for each in coming if each[0] == place):
            date = dates[of].pop(0)
            events.append(correction(entries[of], date, fiscal_year=2026, **draw(said)))
    return events


def _differing(events: list[AnyEvent], as_of: dt.date) -> list[str]:
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        known = [builders.jurisdiction(), A_TARGET, *events]
        log.write_bytes(b"".join(encode(event) + b"\n" for event in known))
        report = agree(log, [as_of])
    assert report.compared
    # Of one day the last payment is named where spending rose, else the last budget fact.
    named = ".over_budget.entry_sequence"
    return [str(one) for one in report.differences if not one.where.endswith(named)]


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(events=histories(st.one_of(approvals, approvals, carryovers), changes), as_of=days)
def test_a_line_is_what_the_oracle_says_it_is(events: list[AnyEvent], as_of: dt.date) -> None:
    """Unit, account, classes, money and age of lines that budget facts pass through."""
    assert [] == _differing(events, as_of)


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(
    events=histories(
        st.one_of(approvals, adjustments, payments, payments, returns, disbursements),
        changes,
    ),
    as_of=days,
)
def test_money_is_where_the_oracle_says_it_is(events: list[AnyEvent], as_of: dt.date) -> None:
    """Figures, expectation and findings of lines that money passes through."""
    assert [] == _differing(events, as_of)
