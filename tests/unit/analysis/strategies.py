"""Facts of one project year, drawn at random: every kind, few lines and days, so that they meet."""

import datetime as dt
from typing import Any, Final

from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from tests.support import builders, measuring, watching

BY_ASSESSMENTS: Final = frozenset(
    {"payment_over_contract", "payee_outside_contract", "disbursed_while_stopped"}
)
"""Found by assessments alone: what is told of a single fact has no word for them."""

FIRST = dt.date(2026, 1, 1)
LINES = ("L1", "L2", "L3")
CHANNELS = ("treasury_payment", "allocation", "own_funds")
GRADES = ("met", "partly_met", "not_met", None)
BEHAVIOURS = ("progress", "quality", "timeliness", "cost", "outcome", "satisfaction")
ACCUMULATIONS = ("cumulative", "point_in_time", "per_period", "once")

dates = st.integers(-10, 380).map(lambda n: FIRST + dt.timedelta(days=n))
"""Mostly within 2026, at times outside."""
amounts = st.integers(0, 10_000_000).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")
lines = st.sampled_from(LINES)
any_line = st.sampled_from([*LINES, "X9", None])
channels = st.sampled_from(CHANNELS)
pay_types = st.sampled_from([None, "1", "01", "2", "02"])
contracts = st.sampled_from([None, None, "C1", "C2"])
values = st.integers(-50_000_000, 300_000_000).map(
    lambda n: f"{'-' if n < 0 else ''}{abs(n) // 10**6}.{abs(n) % 10**6:06d}"
)
periods = st.sampled_from(
    [
        None,
        {"start": "2026-01-01", "end": "2026-12-31"},
        {"start": "2026-07-01", "end": "2027-06-30"},
    ]
)

accounts = st.sampled_from([None, None, "general_public", "government_funds"])
classes = st.fixed_dictionaries(
    {},
    optional={
        "function": st.sampled_from(["2130305", "2130399", "213"]),
        "government_economic": st.sampled_from(["50302", "50299", "509"]),
        "fund_type": st.sampled_from(["111", "121"]),
    },
)
payees = st.sampled_from(
    [None, {"name": "甲公司"}, {"name": "甲公司", "account_hash": "a1"}, {"name": "乙公司"}]
)
papers = st.sampled_from(
    [None, *({"kind": "payment_certificate", "number": f"Z{n}"} for n in range(3))]
)

approvals = st.builds(
    builders.budget,
    amount=amounts,
    date=dates,
    line=lines,
    fiscal_year=st.just(2026),
    period=periods,
    origin=st.sampled_from(["current_year", "carryover", "transfer_from_above"]),
    channel=channels,
    classification=classes,
    allocation_is_expenditure=st.booleans(),
)
adjustments = st.builds(
    builders.adjustment,
    st.sampled_from(["supplement", "cut", "virement", "recovery", "passed_down", "distributed"]),
    amounts,
    dates,
    line=lines,
    fiscal_year=st.just(2026),
)
carryovers = st.builds(
    builders.carryover,
    amounts,
    dates,
    line=lines,
    fiscal_year=st.just(2026),
    from_year=st.sampled_from([2023, 2024, 2025]),
)
expenditures = st.builds(
    builders.expenditure,
    amount=st.one_of(amounts, st.sampled_from(["30000.00", "250000.00", "1000000.00"])),
    date=st.one_of(dates, st.just("2026-03-12")),
    account=accounts,
    classification=classes,
    payee=payees,
    batch=st.sampled_from([False, False, True]),
    document=papers,
    line=any_line,
    channel=channels,
    pay_type=pay_types,
    contract=contracts,
    fiscal_year=st.just(2026),
)
reversals = st.builds(
    builders.reversal,
    amounts,
    dates,
    line=any_line,
    channel=channels,
    original=papers,
    prior_year=st.booleans(),
    fiscal_year=st.just(2026),
)
disbursements = st.builds(
    builders.disbursement,
    amounts,
    dates,
    line=any_line,
    channel=st.sampled_from(["treasury_payment", *CHANNELS]),
    returned=st.booleans(),
    fiscal_year=st.just(2026),
)
commitments = st.builds(
    builders.commitment,
    amounts,
    dates,
    line=any_line,
    released=st.booleans(),
    contract=contracts,
    fiscal_year=st.just(2026),
)
requests = st.builds(
    builders.payment_request, amounts, dates, line=any_line, fiscal_year=st.just(2026)
)

money_facts = st.one_of(
    approvals,
    adjustments,
    carryovers,
    expenditures,
    expenditures,
    reversals,
    disbursements,
    commitments,
    requests,
)


@st.composite
def plans(draw: st.DrawFn) -> AnyEvent:
    """A plan of quarters, complete or not, from the first one or a later."""
    starts = [dt.date(2026, month, 1) for month in (1, 4, 7, 10)]
    ends = [dt.date(2026, 3, 31), dt.date(2026, 6, 30), dt.date(2026, 9, 30), dt.date(2026, 12, 31)]
    first = draw(st.sampled_from([0, 0, 1, 2, 3]))
    last = draw(st.integers(first + 1, 4))
    parts = [
        (str(start), str(end), draw(amounts))
        for start, end in zip(starts[first:last], ends[first:last], strict=True)
    ]
    line = draw(st.sampled_from([*LINES, None]))
    plan_id = draw(st.sampled_from(["A", "B"]))
    return builders.plan(parts, draw(dates), plan_id=plan_id, line=line, fiscal_year=2026)


@st.composite
def promised(draw: st.DrawFn) -> dict[str, Any]:
    """One target of any kind."""
    kind = draw(st.sampled_from(["number", "range", "date", "boolean", "grade", "text"]))
    fields: dict[str, Any] = {
        "behaviour": draw(st.sampled_from(BEHAVIOURS)),
        "accumulation": draw(st.sampled_from(ACCUMULATIONS)),
        "direction": draw(st.sampled_from(["at_least", "at_most", "equal"])),
        "value_kind": kind,
        "weight_bp": draw(st.none() | st.integers(0, 10_000)),
        "due": [str(day) for day in draw(st.lists(dates, max_size=3))],
    }
    number = draw(values) if kind in {"number", "range"} else None
    if kind == "range":
        number, upper = sorted([str(number), draw(values)], key=float)
        fields |= {"direction": "range", "target_upper": upper}
    if kind == "date":
        fields |= {"target_date": str(draw(dates))}
    if kind in {"number", "range"}:
        fields["stages"] = [
            {"due": str(draw(dates)), "value": draw(values)} for _ in range(draw(st.integers(0, 2)))
        ]
    return builders.target(draw(st.sampled_from("ABCD")), number, **fields)


targets = st.builds(
    lambda stated, date: builders.targets(*stated, date=date, fiscal_year=2026),
    st.lists(promised(), min_size=1, max_size=3),
    dates,
)
results = st.builds(
    builders.progress,
    st.none() | values,
    dates,
    indicator=st.sampled_from("ABCDE"),
    grade=st.sampled_from(GRADES),
    value_date=st.none() | dates,
    due=st.none() | dates,
    fiscal_year=st.just(2026),
)

names = st.sampled_from("AB")
watched = st.one_of(
    st.builds(
        watching.milestone,
        names,
        st.sampled_from(["scheduled", "met", "partly_met", "not_met"]),
        dates,
        planned_on=st.none() | dates,
        progress_bp=st.none() | st.integers(0, 10_000),
        fiscal_year=st.just(2026),
    ),
    st.builds(
        watching.problem,
        names,
        st.sampled_from(["info", "yellow", "red"]),
        dates,
        amount=st.none() | amounts,
        due=st.none() | dates,
        fiscal_year=st.just(2026),
    ),
    st.builds(watching.resolution, names, dates, fiscal_year=st.just(2026)),
    st.builds(
        watching.check,
        names,
        st.sampled_from(["passed", "remarks", "failed"]),
        dates,
        fiscal_year=st.just(2026),
    ),
    st.builds(watching.asset, names, amounts, dates, fiscal_year=st.just(2026)),
    st.builds(watching.plan_change, date=dates, fiscal_year=st.just(2026)),
    st.builds(
        watching.disposition,
        st.sampled_from(["disbursement_stopped", "disbursement_resumed", "correction_ordered"]),
        names,
        dates,
        effective_from=st.none() | dates,
        fiscal_year=st.just(2026),
    ),
)
"""What is watched beside the two monitors."""
state_changes = st.one_of(
    st.builds(
        measuring.state_changed,
        st.sampled_from(["started", "resumed", "completed", "terminated"]),
        dates,
    ),
    st.builds(measuring.state_changed, st.just("suspended"), dates, until=st.none()),
)

year_facts = st.one_of(money_facts, money_facts, plans(), targets, results, watched)
facts = st.lists(year_facts, max_size=40)
"""What may happen to a project in a year."""
histories = st.lists(st.one_of(year_facts, results, targets, state_changes), max_size=40)
"""The same, and what happens to it as a whole."""
