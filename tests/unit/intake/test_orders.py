"""What the ledger's owner does with what the data desk has decided; pure."""

import datetime as dt
import json
from typing import Any

import pytest

from services.intake.domain.decision import Decision
from services.intake.domain.desk import done_already, hindrance, is_cut, order_for
from services.intake.domain.orders import Act, Order, State
from services.intake.domain.quarantine import About, about, derived, differences
from services.intake.domain.submissions import Candidate, ordered
from services.intake.domain.telling import Kept, event_of
from services.intake.domain.verdicts import Verdict
from tests.support.hostile import event, wire
from tests.unit.intake.builders import Ledger, origin, taken

ENTRY = "0" * 32
PAPER = {"kind": "payment_certificate", "number": "PV-1"}
PAYMENT = {"date": "2026-03-02", "fiscal_year": 2026, "amount": "12.50", "line": "L1"}


def order(act: Act = Act.RELEASE, **changes: Any) -> Order:
    known: dict[str, Any] = {"entry": ENTRY, "attempt": 1, "act": act, "by": "desk"}
    return Order(**known | changes)


def sent(document: Any, wanted: Order) -> Candidate:
    raw = document if isinstance(document, bytes) else wire(document)
    return ordered(raw, origin(0, wanted.request), wanted.to_bytes())


def outcome(decision: Decision) -> tuple[State, Verdict | None]:
    (found,) = decision.orders
    return found.state, found.verdict


def test_a_release_is_entered_like_any_event() -> None:
    """Once: the same order again, or a later one, finds it in the ledger."""
    ledger = Ledger()
    first = ledger.enter(sent(event(), order()))
    again = ledger.enter(sent(event(), order()))
    later = ledger.enter(sent(event(), order(attempt=2)))

    assert (State.RELEASED, Verdict.ACCEPTED) == outcome(first)
    assert (State.RELEASED, Verdict.ACCEPTED) == outcome(again)
    assert (State.RELEASED, Verdict.DUPLICATE) == outcome(later)
    assert [1, 0, 0] == [len(each.published) for each in (first, again, later)]
    assert {1} == {each.orders[0].sequence for each in (first, again, later)}


def test_what_is_refused_again_opens_no_second_entry() -> None:
    """Its own stays open, with the reason of today."""
    ledger = Ledger()
    ledger.enter(taken(event()))
    other = event(data={**PAYMENT, "amount": "1.00"})
    decision = ledger.enter(sent(other, order()))

    assert (State.OPEN, Verdict.CONFLICT) == outcome(decision)
    assert [] == decision.quarantine
    assert "conflict" == json.loads(decision.orders[0].problem or b"")["code"]


def test_an_override_enters_a_second_fact_on_a_document() -> None:
    """Whose claim stays with the first."""
    ledger = Ledger()
    ledger.enter(taken(event("a", data={**PAYMENT, "document": PAPER})))
    second = event("b", data={**PAYMENT, "document": PAPER})
    refused = ledger.enter(sent(second, order()))
    entered = ledger.enter(sent(second, order(attempt=2, override=True)))

    assert (State.OPEN, Verdict.DOCUMENT_REPEATED) == outcome(refused)
    assert (State.RELEASED, Verdict.ACCEPTED) == outcome(entered)
    assert {} == entered.documents


def test_a_derived_id_stands_for_its_entry_alone() -> None:
    """Two people who override the same entry enter one fact."""
    ledger = Ledger()
    one, two = (
        order(attempt=n, by=by, override=True, derived=True) for n, by in ((1, "a"), (2, "b"))
    )
    first = ledger.enter(sent(derived(wire(event()), one), one))
    second = ledger.enter(sent(derived(wire(event()), two), two))

    assert (State.RELEASED, Verdict.ACCEPTED) == outcome(first)
    assert (State.RELEASED, Verdict.DUPLICATE) == outcome(second)
    assert [] == second.published


def test_a_discard_enters_nothing() -> None:
    """Whatever the bytes are."""
    decision = Ledger().enter(sent(b"\xff{", order(Act.DISCARD)))

    assert (State.DISCARDED, None) == outcome(decision)
    assert [] == decision.published


def test_what_cannot_be_read_is_refused_again() -> None:
    """Only a fix helps it."""
    decision = Ledger().enter(sent(b"{", order()))

    assert (State.OPEN, Verdict.INVALID) == outcome(decision)


def test_a_derived_event_says_where_it_comes_from() -> None:
    """And is otherwise the same to the byte."""
    raw = wire(event("e-1"))
    made = json.loads(derived(raw, order()))

    assert {"id": f"quarantine:{ENTRY}", "originalid": "e-1"}.items() <= made.items()
    assert {"releasedby": "desk", "releasedfrom": ENTRY}.items() <= made.items()
    assert json.loads(raw)["data"] == made["data"]


def test_a_fix_is_told_field_by_field() -> None:
    """What came, what it became; the whole where nothing could be read."""
    before = event(data={**PAYMENT, "amount": "12", "unit": "U1"})
    after = event(data={**PAYMENT, "amount": "12.00", "note": "x"})
    found = {(c.pointer, c.before, c.after) for c in differences(wire(before), wire(after))}
    whole = differences(b"{broken", wire(after))

    assert found == {
        ("/data/amount", '"12"', '"12.00"'),
        ("/data/unit", '"U1"', None),
        ("/data/note", None, '"x"'),
    }
    assert ["", "{broken"] == [whole[0].pointer, whole[0].before]


@pytest.mark.parametrize(
    ("changes", "override", "code"),
    [
        ({}, False, None),
        ({}, True, "not_overridable"),
        ({"verdict": "conflict"}, False, "override_needed"),
        ({"verdict": "conflict"}, True, None),
        ({"verdict": "conflict", "edited": b"{}"}, False, None),
        ({"verdict": "unauthorised"}, True, None),
        ({"size": 300_000}, False, "entry_cut"),
        ({"state": "released"}, False, "entry_closed"),
        ({"state": "releasing"}, False, "entry_moving"),
    ],
)
def test_what_hinders_a_release(changes: dict[str, Any], override: bool, code: str | None) -> None:  # noqa: FBT001 - pytest gives it by name
    """Each with what to do."""
    entry = {"_id": ENTRY, "state": "open", "verdict": "invalid", "raw": b"{}", "size": 2}
    found = hindrance({**entry, **changes}, Act.RELEASE, override=override)

    assert code == (None if found is None else found.code)


def test_an_order_derives_its_id_only_where_the_own_one_is_taken() -> None:
    """Somebody else's scope is no reason for another id."""
    entry = {"_id": ENTRY, "attempt": 3, "verdict": "unauthorised", "state": "open"}
    unauthorised = order_for(entry, Act.RELEASE, "desk", "", override=True)
    conflict = order_for({**entry, "verdict": "conflict"}, Act.RELEASE, "desk", "", override=True)

    assert [(4, False), (4, True)] == [(o.attempt, o.derived) for o in (unauthorised, conflict)]
    assert done_already({**entry, "state": "released"}, Act.RELEASE)
    assert not done_already({**entry, "state": "released"}, Act.DISCARD)
    assert not is_cut({"raw": b"{}", "size": 40})


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (wire(event(subject="340100/P1")), "340100/P1"),
        (b"{", "-/demo"),
        (b"[1]", "-/demo"),
        (wire(event(subject="a/\u202eb")), "-/demo"),
        (wire(event(subject="x" * 300)), "-/demo"),
        (b'{"subject": "\\ud800"}', "-/demo"),
    ],
)
def test_what_is_told_can_be_read_whatever_was_refused(raw: bytes, subject: str) -> None:
    """Contracts are strict with subjects; what is refused is not."""
    kept = Kept(ENTRY, 1, Verdict.INVALID, "x", "demo", "http", about(raw), dt.date(2026, 3, 2))
    made = event_of(kept, dt.datetime(2026, 3, 2, tzinfo=dt.UTC), None)

    assert subject == made.subject
    assert 2026 == made.data.fiscal_year


def test_years_out_of_reach_are_not_told() -> None:
    """The year of the day counts instead."""
    assert About("s", "t", None) == about(b'{"subject":"s","type":"t","data":{"fiscal_year":9}}')
