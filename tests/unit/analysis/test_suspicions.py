"""疑点: duplicate, split and round payments, the year's rush (domain-rules 17d, thresholds)."""

import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.vocabulary import FindingNature
from services.analysis.domain import ProjectYear, decode_state, encode_state
from services.analysis.domain.folding.payments import (
    DAYS_MAX,
    KEPT_MAX,
    PAY_MAX,
    PAYMENTS_MAX,
    RETURNED_MAX,
    ROUNDS_MAX,
    TURNS_MAX,
)
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    budget,
    day_opened,
    expenditure,
    jurisdiction,
    project,
    reversal,
)
from tests.support.measuring import correction, parameters

STATE_BYTES_MAX = 25_000
"""What suspicions of a year may weigh, whatever is sent."""
LINE = budget(amount="900000000.00")


def paid(amount: str, payee: str | None = "甲公司", **fields: Any) -> AnyEvent:
    if payee is not None:
        fields.setdefault("payee", {"name": payee})
    return expenditure(amount=amount, **fields)


def found(*events: AnyEvent, as_of: str = "2026-06-30") -> list[tuple[str, str, int, int]]:
    """Kind, subject, amount in yuan and entry of every finding; LINE is entry 1."""
    made = folded([jurisdiction(), LINE, *events]).assessment(as_of=as_of)
    assert {FindingNature.SUSPICION} >= {f.nature for f in made.findings}
    return [(f.kind.value, f.subject, f.amount // 100, f.entry_sequence) for f in made.findings]


def test_one_payee_one_day_one_amount_twice() -> None:
    """The second is suspected to be paid again; it is named, the first is the subject."""
    assert [("duplicate_payment", "entry:2", 12_345, 4)] == found(
        paid("12345.00"), paid("23456.00"), paid("12345.00")
    )


def test_a_third_adds_to_the_same_suspicion() -> None:
    """One suspicion a payee, day and amount."""
    assert [("duplicate_payment", "entry:2", 24_690, 3)] == found(*[paid("12345.00")] * 3)


@pytest.mark.parametrize(
    "other",
    [
        {"payee": "乙公司"},
        {"date": "2026-03-02"},
        {"amount": "12345.01"},
        {"batch": True},
        {"classification": {"government_economic": "50101"}},
        {"classification": {"government_economic": "50901"}},
    ],
)
def test_another_payee_day_or_amount_is_none(other: dict[str, Any]) -> None:
    """Nor is a batch voucher, pay, or a subsidy to a person."""
    assert [] == found(paid("12345.00"), paid(**{"amount": "12345.00", **other}))


def test_the_account_tells_payees_apart_before_their_name() -> None:
    """Two people may have one masked name, a company several ways to write its own."""
    first, second = ({"name": "张*", "account_hash": n} for n in ("a1", "a2"))
    same = {"name": "章*", "account_hash": "a1"}

    assert [] == found(paid("12345.00", payee=None), paid("12345.00", payee=None))
    assert [] == found(*(expenditure(amount="12345.00", payee=p) for p in (first, second)))
    assert ["duplicate_payment"] == [
        kind
        for kind, *_ in found(*(expenditure(amount="12345.00", payee=p) for p in (first, same)))
    ]


def test_below_a_parameter_nothing_is_suspected() -> None:
    """Ten thousand yuan unless the jurisdiction says more."""
    more = parameters(duplicate_from="12345.01")

    assert [] == found(*[paid("9999.99")] * 2)
    assert [] == found(more, *[paid("12345.00")] * 2)
    assert ["duplicate_payment"] == [kind for kind, *_ in found(*[paid("10000.00")] * 2)]


@pytest.mark.parametrize("project_class", ["recurrent", "procurement", "one_off"])
def test_subsidies_are_not_suspected(project_class: str) -> None:
    """Their payments are alike by nature; what recurs is, unless it is pay."""
    again = [paid("2000000.00"), paid("2000000.00")]

    assert [] == found(project(project_class="subsidy"), *again)
    assert [] != found(project(project_class=project_class), *again)


def test_a_line_of_pay_is_not_suspected() -> None:
    """Where the payment itself does not say its class."""
    pay = budget(line="L2", amount="90000.00", classification={"government_economic": "50102"})

    assert [] == found(pay, *[paid("12345.00", line="L2")] * 2)


PAY: dict[str, Any] = {"classification": {"government_economic": "50101"}}
GOODS: dict[str, Any] = {"classification": {"government_economic": "50299"}}


@pytest.mark.parametrize(
    "payments",
    [
        [paid("12345.00"), paid("12345.00")],
        [paid("200000.01"), paid("200000.00")],
        [paid("1.00", payee=None), paid("2000000.00", payee=None)],
    ],
    ids=["duplicate", "split", "round"],
)
def test_what_a_correction_charges_to_pay_is_suspected_no_more(payments: list[AnyEvent]) -> None:
    """From its date on, until another takes it back; the day before all is as it was stated."""
    back = correction(3, "2026-05-20", **GOODS)
    events = [*payments, correction(3, "2026-05-10", **PAY), back]
    suspected = {
        as_of: bool(found(*events, as_of=as_of))
        for as_of in ("2026-05-09", "2026-05-10", "2026-05-19", "2026-05-20")
    }

    assert [True, False, False, True] == list(suspected.values())


def test_what_a_correction_moves_to_a_line_of_pay_is_suspected_no_more() -> None:
    """From its date on, until another moves it on; what was stated of such a line alike."""
    pay = budget(line="L2", amount="900000.00", classification={"government_economic": "50102"})
    pair = [paid("12345.00"), paid("12345.00")]
    away = correction(4, "2026-05-10", line="L2")
    back = correction(4, "2026-05-20", line="L1")

    assert [True, False, False, True] == [
        bool(found(pay, *pair, away, back, as_of=as_of))
        for as_of in ("2026-05-09", "2026-05-10", "2026-05-19", "2026-05-20")
    ]
    of_l2 = [paid("12345.00"), paid("12345.00", line="L2")]
    assert [] == found(pay, *of_l2)
    assert ["duplicate_payment"] == [
        kind for kind, *_ in found(pay, *of_l2, correction(4, line="L1"))
    ]
    assert [] != found(pay, *pair, correction(4, unit="U9"))


def test_what_is_remembered_of_moves_is_bounded() -> None:
    """As of pay."""
    events = [
        LINE,
        *(paid("12345.00", payee=str(n)) for n in range(PAY_MAX + 2)),
        paid("9999.00"),
        *(correction(entry, line="L2") for entry in range(2, PAY_MAX + 5)),
        *(correction(PAY_MAX + 3, line=f"L{n}") for n in range(3, TURNS_MAX + 3)),
    ]
    year = folded(events).year(PROJECT, 2026)
    moved = year.payments.moved

    assert list(range(4, PAY_MAX + 4)) == list(moved)
    assert [f"L{n}" for n in range(3, TURNS_MAX + 3)] == [line for _, line in moved[PAY_MAX + 3]]
    assert moved == decode_state(encode_state(year), ProjectYear).payments.moved


def test_corrections_of_pay_count_in_the_order_of_the_ledger() -> None:
    """The last of those dated by the day, whatever day it names; other corrections are none."""
    pair = [paid("12345.00"), paid("12345.00")]
    late = [correction(3, "2026-05-20", **PAY), correction(3, "2026-05-10", **GOODS)]

    assert [] != found(*pair, *late)
    assert [] == found(*pair, *reversed(late))
    assert [] != found(*pair, correction(3, unit="U9"), correction(3, **GOODS))
    assert [] == found(*pair, correction(3, **PAY), correction(3, unit="U9"))


def test_what_was_stated_as_pay_is_not_suspected_after_a_correction() -> None:
    """It was not remembered."""
    pair = [paid("12345.00"), paid("12345.00", **PAY)]

    assert [] == found(*pair, correction(3, **GOODS))


def test_what_is_remembered_of_pay_is_bounded() -> None:
    """Few payments, the last corrections of each; small ones are never suspected anyway."""
    year = folded(
        [
            LINE,
            *(paid("12345.00", payee=str(n)) for n in range(PAY_MAX + 2)),
            paid("9999.00"),
            *(correction(entry, **PAY) for entry in range(2, PAY_MAX + 5)),
            *(correction(PAY_MAX + 3, **GOODS) for _ in range(TURNS_MAX)),
        ]
    ).year(PROJECT, 2026)
    pay = year.payments.pay

    assert list(range(4, PAY_MAX + 4)) == list(pay)
    assert [False] * TURNS_MAX == [now for _, now in pay[PAY_MAX + 3]]
    assert pay == decode_state(encode_state(year), ProjectYear).payments.pay


PAPER = {"kind": "payment_certificate", "number": "Z2"}
UNKNOWN = {**PAPER, "number": "Z9"}
OF_ANOTHER_KIND = {**PAPER, "kind": "refund"}


@pytest.mark.parametrize(
    ("back", "as_of", "stands"),
    [
        (reversal("12345.00", "2026-04-01", original=PAPER), "2026-04-01", False),
        (reversal("12345.00", "2026-04-01", original=PAPER), "2026-03-31", True),
        (reversal("12344.00", "2026-04-01", original=PAPER), "2026-04-01", True),
        (reversal("12345.00", "2026-04-01"), "2026-04-01", True),
        (
            reversal("12345.00", "2026-04-01", original=UNKNOWN),
            "2026-04-01",
            True,
        ),
        (
            reversal("12345.00", "2026-04-01", original=OF_ANOTHER_KIND),
            "2026-04-01",
            True,
        ),
    ],
)
def test_what_came_back_is_no_duplicate(back: AnyEvent, as_of: str, *, stands: bool) -> None:
    """If all of it did, and the reversal names the payment's document; from its date on."""
    again = [paid("12345.00"), paid("12345.00", document=PAPER), back]
    answers = {bool(found(*order, as_of=as_of)) for order in itertools.permutations(again)}

    assert {stands} == answers


def test_parts_below_the_limit_that_reach_it_together() -> None:
    """四十万: the part that reaches it is named; all of them are at fault."""
    parts = [paid("150000.01"), paid("150000.00"), paid("100000.00"), paid("50000.00")]

    assert [] == found(*parts[:2])
    assert [("split_payment", "entry:2", 400_000, 4)] == found(*parts[:3])
    assert [("split_payment", "entry:2", 450_000, 4)] == found(*parts)


def test_a_payment_at_the_limit_is_no_part() -> None:
    """It went through its own procedure."""
    assert [] == found(paid("400000.01"), paid("390000.01"))


@pytest.mark.parametrize(
    ("amount", "is_round"),
    [
        ("1000000.00", True),
        ("1100000.00", True),
        ("1000000.01", False),
        ("1050000.00", False),
        ("900000.00", False),
    ],
)
def test_a_large_round_sum(amount: str, *, is_round: bool) -> None:
    """A million or more, a multiple of a hundred thousand; with or without a payee."""
    expected = [("round_payment", "entry:2", int(float(amount)), 2)] if is_round else []

    assert expected == found(paid(amount))
    assert expected == found(paid(amount, payee=None))
    assert [] == found(paid(amount, batch=True))


def rush(amount: str) -> list[AnyEvent]:
    return [
        expenditure(amount="700.00", date="2026-05-06"),
        expenditure(amount=amount, date="2026-12-20"),
    ]


def test_a_last_month_with_more_than_its_share() -> None:
    """Above 30 % of the year's spending; judged from the year's last day on."""
    assert [("year_end_rush", "year:2026", 300, 3)] == found(*rush("300.01"), as_of="2026-12-31")
    assert [] == found(*rush("300.00"), as_of="2026-12-31")
    assert [] == found(*rush("300.01"), as_of="2026-12-30")


def test_the_entry_that_made_the_rush_is_named() -> None:
    """The one with which the month last went above its share."""
    more = expenditure(amount="1.00", date="2026-12-28")

    assert [3] == [entry for *_, entry in found(*rush("300.01"), more, as_of="2027-01-15")]


@pytest.mark.parametrize("corrected_on", ["2026-12-05", "2026-12-20"])
def test_what_is_corrected_in_the_last_month_makes_no_rush(corrected_on: str) -> None:
    """Money that was paid before is not spent again on the line to which it is moved."""
    events = [
        budget(line="L2"),
        expenditure(amount="20.00", date="2026-03-10"),
        expenditure(amount="20.00", date="2026-12-05"),
    ]
    moved = correction(3, corrected_on, line="L2")

    assert [("year_end_rush", "year:2026", 20, 4)] == found(*events, as_of="2026-12-31")
    assert [("year_end_rush", "year:2026", 20, 4)] == found(*events, moved, as_of="2026-12-31")


def test_suspicions_are_told_at_once() -> None:
    """As such, for review."""
    engine = folded([jurisdiction(), day_opened("2026-06-30"), LINE, paid("12345.00")])
    assert [] == engine.detected
    engine.given(paid("12345.00"))
    (detection,) = engine.detected

    assert ("duplicate_payment", FindingNature.SUSPICION, 3) == (
        detection.finding.kind.value,
        detection.finding.nature,
        detection.finding.entry_sequence,
    )
    assert detection.explanation.startswith("疑点(疑似重复支付): 12345.00")


def days_of_march(count: int) -> list[str]:
    return [str(dt.date(2026, 3, 1) + dt.timedelta(days=n)) for n in range(count)]


def test_single_payments_are_forgotten_after_some_days_paid_on() -> None:
    """What comes later about a forgotten day is not suspected; what is suspicious is kept."""
    first, *others, last = days_of_march(DAYS_MAX + 1)
    since = [paid(f"{20_000 + n}.00", date=date) for n, date in enumerate([*others, last])]
    late = paid("12345.00", date=first)

    assert ["duplicate_payment"] == [k for k, *_ in found(late, *since[:-1], late)]
    assert [] == found(late, *since, late)
    assert ["duplicate_payment"] == [k for k, *_ in found(late, late, *since)]
    assert [24_690] == [amount for _, _, amount, _ in found(late, late, *since, late)]


def test_what_is_remembered_is_bounded() -> None:
    """By days, payments, documents and so by bytes, whatever is sent."""
    sent: list[AnyEvent] = []
    for date in days_of_march(31):
        for n in range(40):
            paper = {"kind": "payment_certificate", "number": f"{date}-{n}"}
            sent += [
                paid("1000000.00", f"公司 {n % 20}", date=date, document=paper),
                reversal("20000.00", date, original=paper),
            ]
    year = folded([jurisdiction(), LINE, *sent]).year(PROJECT, 2026)
    payments = year.payments
    kept = [p for groups in payments.kept.values() for group in groups.values() for p in group]

    assert len(payments.recent) <= DAYS_MAX
    assert PAYMENTS_MAX // 2 < payments.watched <= PAYMENTS_MAX
    assert payments.watched == sum(
        len(group) for groups in payments.recent.values() for group in groups.values()
    )
    assert KEPT_MAX >= len(kept) > KEPT_MAX // 2
    assert ROUNDS_MAX == len(payments.rounds)
    assert RETURNED_MAX == len(payments.returned)
    year.lines.clear()
    size = len(encode_state(year))
    assert size < STATE_BYTES_MAX, size
    assert year == decode_state(encode_state(year), ProjectYear)


@settings(max_examples=40, deadline=None)
@given(
    payments=st.lists(
        st.builds(
            paid,
            st.sampled_from(["12345.00", "12345.01", "250000.00", "1000000.00", "9.00"]),
            st.sampled_from(["甲公司", "乙公司"]),
            date=st.sampled_from(days_of_march(DAYS_MAX)),
            batch=st.sampled_from([False, False, False, True]),
        ),
        max_size=20,
    ),
    data=st.data(),
)
def test_within_its_days_the_order_of_arrival_does_not_matter(
    payments: list[AnyEvent], data: st.DataObject
) -> None:
    """Kind, day and amount of what is suspected."""
    answers = []
    for order in (payments, data.draw(st.permutations(payments))):
        made = folded([jurisdiction(), LINE, *order]).assessment()
        answers.append(sorted((f.kind, f.date, f.amount) for f in made.findings))

    assert answers[0] == answers[1]
