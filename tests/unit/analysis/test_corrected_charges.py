"""Payments whose line or class was corrected: each is held to its own day (domain-rules 4, 17c)."""

import pytest

from contracts.envelope import AnyEvent
from services.analysis.domain.encoding import decode_state, encode_state
from services.analysis.domain.folding import charges, recharging
from services.analysis.domain.state import ProjectYear
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    adjustment,
    budget,
    day_opened,
    expenditure,
    jurisdiction,
    reversal,
)
from tests.support.measuring import correction

OTHERS = {"account": "government_funds"}
KNOWN = [jurisdiction(), budget(), budget(line="L2", amount="50.00")]
PAPER = {"kind": "payment_certificate", "number": "Z1"}


def diverted(*events: AnyEvent, as_of: str = "2026-06-30") -> list[tuple[str, int, int]]:
    """Give line, amount and entry of every diversion."""
    found = folded([*KNOWN, *events]).assessment(as_of=as_of).findings
    return [
        (one.subject, one.amount, one.entry_sequence) for one in found if one.kind == "diversion"
    ]


def test_a_moved_payment_is_held_to_the_terms_of_its_own_day() -> None:
    """The line was for government funds then, and is not any more when the payment comes to it."""
    was = budget(line="L3", date="2026-01-05", **OTHERS)
    paid = expenditure(line="L2", amount="9.00", date="2026-03-01", **OTHERS)
    told = [was, paid, correction(3, "2026-04-01", account="general_public")]

    assert [("L2", 9_00, 4)] == diverted(*told)
    assert [] == diverted(*told, correction(4, "2026-05-01", line="L3"))


def test_a_reclassified_payment_is_held_to_the_terms_of_its_own_day() -> None:
    """From the correction's date on, but by what the line was when it was paid."""
    told = [
        expenditure(amount="9.00", date="2026-03-01"),
        correction(1, "2026-04-01", account="government_funds"),
        correction(3, "2026-05-01", account="government_funds"),
    ]

    assert [] == diverted(*told, as_of="2026-04-30")
    assert [("L1", 9_00, 5)] == diverted(*told, as_of="2026-05-01")


def test_a_correction_that_changes_no_charge_brings_nothing_about() -> None:
    """Of the unit alone, or to what it is charged to already; the payment itself did it."""
    wrong = [expenditure(amount="1.00"), expenditure(amount="9.00", **OTHERS)]

    assert [("L1", 9_00, 4)] == diverted(*wrong, correction(4, "2026-03-01", unit="U9"))
    assert [("L1", 9_00, 4)] == diverted(*wrong, correction(4, "2026-03-01", line="L1", **OTHERS))


@pytest.mark.parametrize(
    "beside", [expenditure(amount="2.00", date="2026-03-02"), reversal("2.00", "2026-03-02")]
)
def test_of_one_day_the_payment_at_fault_is_named(beside: AnyEvent) -> None:
    """Not what was paid rightly after it, nor what came back, though it is the later entry."""
    first = expenditure(amount="9.00", date="2026-03-01", line="L3", **OTHERS)
    told = [
        first,
        expenditure(amount="9.00", date="2026-03-02", line="L3", **OTHERS),
        beside.model_copy(update={"data": beside.data.model_copy(update={"line": "L3"})}),
        budget(line="L3", date="2026-01-05"),
        correction(3, "2026-03-01", line="L2"),
    ]

    assert ("L3", 4) in [(line, entry) for line, _, entry in diverted(*told)]


def test_what_comes_back_names_its_payment_from_whichever_line() -> None:
    """Stated on the line to which the payment was corrected meanwhile."""
    right = expenditure(amount="100000.00", date="2026-02-20")
    wrong = expenditure(amount="30000.00", date="2026-03-01", document=PAPER, **OTHERS)
    known = [adjustment("supplement", "200000.00", "2026-01-25", line=n) for n in ("L1", "L2")]
    told = [*known, right, wrong, correction(6, "2026-04-01", line="L2")]
    back = reversal("10000.00", "2026-05-01", line="L2", original=PAPER)
    other = expenditure(amount="70000.00", date="2026-04-02", line="L2")

    assert [("L1", 30_000_00, 6)] == diverted(*told, as_of="2026-03-31")
    assert [("L2", 30_000_00, 7)] == diverted(*told, other)
    assert [("L2", 20_000_00, 7)] == diverted(*told, other, back)
    moved_back = correction(6, "2026-06-01", line="L1")
    assert [("L1", 20_000_00, 10)] == diverted(*told, other, back, moved_back)
    righted = correction(6, "2026-06-01", account="general_public")
    assert [] == diverted(*told, other, back, righted)


def test_what_is_remembered_of_corrected_payments_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What comes beyond it counts as usual, and as paid on the correction's day."""
    monkeypatch.setattr(recharging, "RECHARGED_MAX", 1)
    paid = [expenditure(amount="1.00", date=f"2026-03-{day:02d}") for day in range(1, 5)]
    moved = [correction(3 + n, line="L2") for n in range(4)]
    year: ProjectYear = folded([*KNOWN, *paid, *moved]).year(PROJECT, 2026)

    assert 2 == len(year.lines["L2"].recharged[""].flows)


def test_only_documents_of_payments_that_are_still_charged_there_fill_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that a correction takes back is noted whatever the limit, and makes room for another."""
    monkeypatch.setattr(charges, "PAPERS_MAX", 2)
    money = adjustment("supplement", "900000.00", "2026-01-25")
    papers = [{**PAPER, "number": f"Z{n}"} for n in range(1, 5)]
    told = [
        money,
        expenditure(amount="100000.00", date="2026-02-20"),
        *[expenditure(amount="20000.00", date="2026-03-01", document=paper) for paper in papers],
        *[correction(5 + n, "2026-04-01", **OTHERS) for n in (0, 1)],
    ]
    righted = correction(5, "2026-04-02", account="general_public")
    third, fourth = (correction(5 + n, "2026-04-03", **OTHERS) for n in (2, 3))

    def amount(*events: AnyEvent) -> int:
        return sum(fen for _, fen, _ in diverted(*told, *events))

    def back(paper: dict[str, str]) -> AnyEvent:
        return reversal("20000.00", "2026-05-01", original=paper)

    assert [40_000_00, 20_000_00] == [amount(), amount(back(papers[0]))]
    assert 20_000_00 == amount(righted) == amount(righted, back(papers[0]))
    both = [righted, third]
    assert [40_000_00, 20_000_00] == [amount(*both), amount(*both, back(papers[2]))]
    # A fourth finds no room: what comes back of it comes back of what was paid rightly first.
    assert [60_000_00] * 2 == [amount(*both, fourth), amount(*both, fourth, back(papers[3]))]


def test_a_document_is_remembered_that_a_correction_charges_to_a_line_s_first_codes() -> None:
    """Though the line is as these then, and the payment named none. What came in so is not."""
    codes = {"account": "general_public"}
    other = PAPER | {"number": "Z2"}
    told = [
        expenditure(amount="20000.00", date="2026-03-01", document=PAPER, **codes),
        expenditure(amount="30000.00", date="2026-03-02", line=None, document=other, **codes),
        correction(4, "2026-04-01", line="L1"),
        correction(1, "2026-01-01", **OTHERS),
    ]

    def amounts(*events: AnyEvent) -> list[int]:
        return [amount for _, amount, _ in diverted(*told, *events)]

    assert [50_000_00] == amounts()
    assert [20_000_00] == amounts(reversal("30000.00", "2026-05-01", original=other))
    assert [30_000_00] == amounts(reversal("20000.00", "2026-05-01", original=PAPER))


def test_documents_that_come_and_go_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a line's codes so many are remembered ever, and that they left."""
    monkeypatch.setattr(charges, "PAPERS_EVER_MAX", 3)
    paid = expenditure(amount="20000.00", date="2026-03-01", document=PAPER)
    turns = [
        correction(3, "2026-04-01", account=account)
        for _ in range(9)
        for account in ("government_funds", "general_public")
    ]
    year: ProjectYear = folded([*KNOWN, paid, *turns]).year(PROJECT, 2026)

    noted = [kept.papers for kept in year.lines["L1"].recharged.values()]
    # Of the usual codes, which the line's own are plainly the same as, there is none.
    assert [0, 6, 6] == sorted(len(papers) for papers in noted)


def test_corrected_payments_are_kept_whole() -> None:
    """State is stored and read alike, also beyond 64 bits."""
    told = [expenditure(amount="1.00"), correction(3, line="L2", **OTHERS)]
    year = folded([*KNOWN, *told]).year(PROJECT, 2026)
    for line in year.lines.values():
        for kept in line.recharged.values():
            kept.flows[0] = 2**70

    assert year == decode_state(encode_state(year), ProjectYear)


def test_a_payment_is_looked_at_closely_once_others_were_corrected_to_other_codes() -> None:
    """A finding of its own line is told at once all the same."""
    told = [
        day_opened("2026-06-30"),
        expenditure(amount="1.00"),
        correction(3, **OTHERS),
        expenditure(amount="1000.00"),
    ]
    found = [one.finding.kind for one in folded([*KNOWN, *told]).detected]

    assert found[-1] == "over_budget"
