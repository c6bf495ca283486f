"""Payments above the sum of the contract that they name, or to others than its parties."""

from typing import Any, Final

import pytest

from contracts.envelope import AnyEvent
from services.analysis.domain import ProjectYear, decode_state, encode_state
from tests.spec.engines import folded
from tests.support.builders import (
    LINE,
    PROJECT,
    budget,
    commitment,
    expenditure,
    project,
    reversal,
)

CONTRACT: Final = "HT-1"
BUILDER: Final = {"name": "灞河工程有限公司(模拟)", "account_hash": "a1"}
OTHER: Final = {"name": "渭水贸易有限公司(模拟)", "account_hash": "b2"}

Found = list[tuple[str, str, int, int]]


def found(*events: AnyEvent, as_of: str = "2026-06-30") -> Found:
    """Return kind, subject, fen at fault and entry of what is found."""
    engine = folded([project(), budget(PROJECT, "900000.00"), *events])
    return [
        (one.kind.value, one.subject, one.amount, one.entry_sequence)
        for one in engine.assessment(as_of=as_of).findings
    ]


def signed(amount: str = "100000.00", date: str = "2026-02-15", **fields: Any) -> AnyEvent:
    """Return what is signed of the contract."""
    return commitment(amount, date, contract=CONTRACT, **fields)


def paid(amount: str, date: str = "2026-03-01", line: str = LINE, **fields: Any) -> AnyEvent:
    """Return a payment that names the contract."""
    return expenditure(amount=amount, date=date, line=line, contract=CONTRACT, **fields)


@pytest.mark.parametrize(
    ("amount", "excess"), [("99999.99", 0), ("100000.00", 0), ("100000.01", 1), ("120000.00", 2e6)]
)
def test_a_contract_is_paid_up_to_its_sum(amount: str, excess: int) -> None:
    """Exactly the sum is not above it; the amount is what is."""
    expected = [("payment_over_contract", CONTRACT, excess, 4)] if excess else []

    assert expected == found(signed(), paid(amount))


def test_what_was_released_is_signed_no_more() -> None:
    """Then the release brings it about; a supplementary agreement clears it."""
    events = [signed(), paid("100000.00"), signed("30000.00", "2026-04-01", released=True)]

    assert [("payment_over_contract", CONTRACT, 3_000_000, 5)] == found(*events)
    assert [] == found(*events, signed("30000.00", "2026-05-01"))
    assert [] == found(*events, as_of="2026-03-31")


def test_what_came_back_is_not_paid() -> None:
    """If it names the contract; from whichever line it was paid."""
    second = budget(PROJECT, "50000.00", line="L2")
    events = [second, signed(), paid("90000.00"), paid("20000.00", "2026-04-01", "L2")]

    assert [("payment_over_contract", CONTRACT, 1_000_000, 6)] == found(*events)
    assert [] == found(*events, reversal("10000.00", "2026-05-01", contract=CONTRACT))


def test_nothing_is_known_of_a_contract_of_another_year() -> None:
    """Nothing is signed in this one: its limit is not known."""
    assert [] == found(paid("100000.00"))
    assert [] == found(paid("100000.00"), signed("1.00", released=True))


@pytest.mark.parametrize(
    ("payee", "amount"),
    [
        (BUILDER, None),
        ({**BUILDER, "account_hash": "c3"}, None),
        ({**BUILDER, "name": "灞河工程公司(模拟)"}, None),
        ({"name": BUILDER["name"]}, None),
        (OTHER, 1_000_000),
        (None, None),
    ],
)
def test_a_payee_is_a_party_by_name_or_account(payee: Any, amount: int | None) -> None:
    """Somebody else is suspected."""
    expected = [("payee_outside_contract", CONTRACT, amount, 4)] if amount else []

    assert expected == found(signed(supplier=BUILDER), paid("10000.00", payee=payee))


@pytest.mark.parametrize(
    ("of_payment", "of_contract"),
    [
        ({"batch": True}, {}),
        ({"classification": {"government_economic": "50101"}}, {}),
        ({"amount": "9999.99"}, {}),
        ({}, {"supplier": None}),
    ],
    ids=["batch", "pay", "small", "no party is stated"],
)
def test_some_payments_are_not_suspected(of_payment: Any, of_contract: Any) -> None:
    """Domain-rules 17d."""
    amount = of_payment.get("amount", "10000.00")
    more = {name: value for name, value in of_payment.items() if name != "amount"}
    events = signed(**{"supplier": BUILDER, **of_contract}), paid(amount, payee=OTHER, **more)

    assert [] == [one for one in found(*events) if one[0] == "payee_outside_contract"]


def test_what_the_bank_returned_went_to_nobody() -> None:
    """Of the payment that it names; the rest stays suspected."""
    papers = [{"kind": "payment_certificate", "number": number} for number in ("Z1", "Z2")]
    events = [signed(supplier=BUILDER)]
    amounts = ("20000.00", "25000.00")
    events += [
        paid(amount, payee=OTHER, document=paper)
        for amount, paper in zip(amounts, papers, strict=True)
    ]
    back = reversal("20000.00", "2026-03-05", contract=CONTRACT, original=papers[0])

    assert [("payee_outside_contract", CONTRACT, 4_500_000, 5)] == found(*events)
    assert [("payee_outside_contract", CONTRACT, 2_500_000, 5)] == found(*events, back)


def test_what_came_back_of_a_document_is_taken_off_once() -> None:
    """One that paid two strangers: half of it came back, and half stays suspected."""
    paper = {"kind": "payment_certificate", "number": "Z1"}
    strangers = [OTHER, {"name": "沣河贸易公司(模拟)", "account_hash": "d4"}]
    events = [signed(supplier=BUILDER)]
    events += [paid("20000.00", payee=payee, document=paper) for payee in strangers]
    back = reversal("20000.00", "2026-03-05", contract=CONTRACT, original=paper)

    assert [("payee_outside_contract", CONTRACT, 2_000_000, 5)] == found(*events, back)
    assert [] == found(*events, back, back)


def test_it_is_remembered() -> None:
    """Written and read back, also sums that no store holds as a number."""
    huge = "999999999999999.00"
    events = [signed(supplier=BUILDER)]
    events += [paid(huge, payee=OTHER, line="L9") for _ in range(100)]
    year = folded([project(), *events]).year(PROJECT, 2026)
    after = decode_state(encode_state(year), ProjectYear)

    assert year == after
