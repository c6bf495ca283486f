"""挤占挪用: payments under another budget or class than their line's (domain-rules 17c)."""

import itertools
from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.vocabulary import BudgetAccount, Channel
from services.analysis.domain import ProjectYear, decode_state, encode_state
from services.analysis.domain.findings.diversion import differs
from services.analysis.domain.folding.charges import CHARGES_MAX, charge_key, codes_in
from services.analysis.domain.state import LineTerms, Parameters
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    budget,
    day_opened,
    expenditure,
    jurisdiction,
    reversal,
)
from tests.support.measuring import correction, parameters

OWN = {"function": "2130305", "government_economic": "50302", "fund_type": "111"}
OTHER = {**OWN, "function": "2290201"}
BUDGET: dict[str, Any] = {"amount": "100000.00", "classification": OWN}


def found(*events: AnyEvent, as_of: str = "2026-06-30") -> list[tuple[str, str, int, int]]:
    """Kind, subject, amount in fen and entry of every finding."""
    made = folded([jurisdiction(), *events]).assessment(as_of=as_of)
    return [(f.kind.value, f.subject, f.amount, f.entry_sequence) for f in made.findings]


def paid(amount: str, codes: dict[str, str] | None = None, **fields: Any) -> AnyEvent:
    return expenditure(amount=amount, classification=OWN if codes is None else codes, **fields)


@pytest.mark.parametrize(
    ("codes", "is_diverted"),
    [
        (OWN, False),
        ({}, False),
        (OTHER, True),
        ({**OWN, "function": "2130399"}, True),
        ({**OWN, "function": "213"}, False),
        ({**OWN, "function": "229"}, True),
        ({**OWN, "government_economic": "50399"}, False),
        ({**OWN, "government_economic": "50201"}, True),
        ({**OWN, "fund_type": "121"}, True),
        ({**OWN, "department_economic": "30201"}, False),
    ],
)
def test_codes_are_compared_to_the_depth_of_the_parameters(
    codes: dict[str, str], *, is_diverted: bool
) -> None:
    """项 of the functional class, 类 of the government economic class; the department's never."""
    expected = [("diversion", "L1", 1_200, 2)] if is_diverted else []

    assert expected == found(budget(**BUDGET), paid("12.00", codes))


def test_another_budget_account_is_a_diversion() -> None:
    """Money of the government funds is not the general public budget's."""
    assert [("diversion", "L1", 1_200, 2)] == found(
        budget(**BUDGET), paid("12.00", {}, account="government_funds")
    )


def test_a_jurisdiction_may_compare_less() -> None:
    """0 digits: not at all."""
    less = parameters(class_function_digits=3, class_government_digits=0)
    codes = {"function": "2139999", "government_economic": "50901"}

    assert ["diversion"] == [kind for kind, *_ in found(budget(**BUDGET), paid("1.00", codes))]
    assert [] == found(less, budget(**BUDGET), paid("1.00", codes))


def test_terms_at_the_payments_date_decide() -> None:
    """A line approved anew under another class: what was paid before is held to the old one."""
    events = [budget(**BUDGET), paid("1.00", date="2026-03-01"), paid("2.00", date="2026-05-01")]
    anew = budget(amount="0.00", date="2026-04-01", classification=OTHER)

    assert [] == found(*events)
    assert [("diversion", "L1", 200, 3)] == found(*events, anew)


def test_what_is_paid_before_the_first_terms_is_held_to_those() -> None:
    """Later facts clear it, whatever their business date within the year."""
    early = paid("1.00", OTHER, date="2026-01-05")

    assert ["spending_without_budget"] == [kind for kind, *_ in found(early)]
    assert [] == found(early, budget(amount="9.00", classification=OTHER))
    assert ["diversion"] == [kind for kind, *_ in found(early, budget(**BUDGET))]


def test_a_reversal_that_names_its_payment_takes_it_off() -> None:
    """On its date."""
    wrong = paid("20000.00", OTHER, document={"kind": "payment_certificate", "number": "Z1"})
    named = {"kind": "payment_certificate", "number": "Z1"}
    back = reversal("20000.00", "2026-04-01", original=named)
    events = [budget(**BUDGET), paid("30000.00"), wrong, back]

    assert [] == found(*events)
    assert [("diversion", "L1", 2_000_000, 3)] == found(*events, as_of="2026-03-31")


def test_papers_of_two_kinds_with_one_number_are_two_documents() -> None:
    """The kind belongs to a document's key (domain-rules 4)."""
    named = {"kind": "payment_certificate", "number": "Z1"}
    other = {**named, "kind": "payment_application"}
    wrong = paid("20000.00", OTHER, document=other)
    events = [budget(**BUDGET), paid("30000.00"), wrong]

    assert [] == found(*events, reversal("20000.00", "2026-04-01", original=other))
    assert [("diversion", "L1", 20_000_00, 3)] == found(
        *events, reversal("20000.00", "2026-04-01", original=named)
    )


@pytest.mark.parametrize("known", [True, False], ids=["known before", "known later"])
def test_a_reversal_takes_off_the_payment_that_it_names_though_the_first_was_as_wrong(
    *, known: bool
) -> None:
    """Documents are remembered where what is said of the line differs, or nothing is said yet."""
    named = {"kind": "payment_certificate", "number": "Z1"}
    wrong, right = paid("20000.00", OTHER, document=named), paid("30000.00")
    back = reversal("20000.00", "2026-04-01", original=named)
    told = [budget(**BUDGET), wrong, right] if known else [wrong, right, budget(**BUDGET)]

    assert [20_000_00] == [amount for _, _, amount, _ in found(*told)]
    assert [] == found(*told, back)


def test_of_payments_that_are_right_no_documents_are_remembered() -> None:
    """Nor of small ones, nor where classes are only told less deeply."""
    named = {"kind": "payment_certificate", "number": "Z1"}
    shallow = budget(amount="100000.00", classification={**OWN, "function": "213"})
    wrong = paid("9999.99", OTHER, document=named)
    for told in (
        [budget(**BUDGET), paid("20000.00", document=named)],
        [shallow, paid("20000.00", document=named)],
        [budget(**BUDGET), wrong],
    ):
        line = folded([jurisdiction(), *told]).year(PROJECT, 2026).lines["L1"]
        assert {} == line.recharged


def test_a_reversal_that_names_none_comes_back_of_what_was_paid_rightly_first() -> None:
    """What is more than that is taken off."""
    events = [budget(**BUDGET), paid("30.00"), paid("20.00", OTHER)]

    assert [("diversion", "L1", 2_000, 3)] == found(*events, reversal("30.00"))
    assert [("diversion", "L1", 1_500, 3)] == found(*events, reversal("35.00"))
    assert [] == found(*events, reversal("50.00"))


def test_a_correction_of_the_class_clears_it() -> None:
    """domain-rules 4: 更正 moves the class, not the total."""
    engine = folded([jurisdiction(), budget(**BUDGET), paid("20.00"), paid("5.00", OTHER)])
    engine.given(correction(3, "2026-04-01", classification=OWN))

    assert ["diversion"] == [f.kind.value for f in engine.assessment(as_of="2026-03-31").findings]
    assert () == engine.assessment(as_of="2026-04-01").findings


def test_the_whole_line_may_be_charged_wrongly() -> None:
    """Then the wrong codes are its usual ones, and nothing else is kept of it."""
    engine = folded([jurisdiction(), budget(**BUDGET), paid("20.00", OTHER), paid("5.00", OTHER)])

    assert [("L1", 2_500)] == [(f.subject, f.amount) for f in engine.assessment().findings]
    assert {} == engine.year(PROJECT, 2026).lines["L1"].charges


def test_it_is_told_at_once() -> None:
    """And names the payment."""
    engine = folded(
        [
            jurisdiction(),
            day_opened("2026-06-30"),
            budget(**BUDGET),
            paid("20.00"),
            paid("5.00", OTHER, date="2026-03-02"),
            paid("6.00", OTHER, date="2026-03-03"),
        ]
    )
    (detection,) = engine.detected

    assert ("diversion", 3) == (detection.finding.kind.value, detection.finding.entry_sequence)
    assert detection.explanation.startswith("挤占挪用: 5.00 paid from L1")


def test_the_order_of_arrival_does_not_matter() -> None:
    """Whichever payment is the line's first."""
    events = [
        budget(**BUDGET),
        paid("20.00", date="2026-03-01"),
        paid("5.00", OTHER, date="2026-03-02"),
        paid("6.00", {"fund_type": "121"}, date="2026-03-03"),
    ]
    answers = {
        tuple(
            (f.kind, f.subject, f.amount, f.date)
            for f in folded([jurisdiction(), *order]).assessment().findings
        )
        for order in itertools.permutations(events)
    }

    assert 1 == len(answers)


def test_what_a_line_keeps_of_codes_is_bounded() -> None:
    """Beyond so many different ones they count as usual; all is read as it was written."""
    odd = [paid("1.00", {"function": f"{n:07d}"}) for n in range(CHARGES_MAX + 5)]
    year = folded([jurisdiction(), budget(**BUDGET), paid("1.00"), *odd]).year(PROJECT, 2026)

    assert CHARGES_MAX == len(year.lines["L1"].charges)
    assert year == decode_state(encode_state(year), ProjectYear)


def test_sums_of_a_charge_beyond_64_bits_are_kept_exactly() -> None:
    """A charge's days are written as a line's."""
    largest = [paid("999999999999999.99", OTHER) for _ in range(100)]
    year = folded([paid("1.00"), *largest]).year(PROJECT, 2026)

    assert year == decode_state(encode_state(year), ProjectYear)


def test_a_key_of_codes_is_read_as_it_was_written() -> None:
    """What is missing stays missing."""
    for codes in [
        (None, None, None, None),
        (BudgetAccount.GENERAL_PUBLIC, "2130305", None, "111"),
    ]:
        assert codes == codes_in(charge_key(codes))


def test_no_terms_differ_from_nothing() -> None:
    """Codes missing on either side are not compared."""
    account, channel = BudgetAccount.GENERAL_PUBLIC, Channel.TREASURY_PAYMENT
    terms = LineTerms(
        1, 1, "U", account, channel, None, undistributed=False, allocation_is_expenditure=False
    )

    assert not differs((None, "2130305", "50302", "111"), terms, Parameters())
