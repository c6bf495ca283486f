import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.record import Mark
from services.intake.domain.chain import GENESIS, link
from services.intake.domain.decision import COPY_MARK, quarantine_id
from services.intake.domain.jurisdictions import JURISDICTIONS_MAX
from services.intake.domain.submissions import Copy, refused
from tests.support.hostile import event, organisation, registered, wire
from tests.unit.intake.builders import (
    HEFEI,
    NOW_MS,
    REQUEST,
    Ledger,
    copy_of,
    day,
    origin,
    positions,
    sequences,
    taken,
    verdicts,
)

OTHER = b"o" * 16


def payment(number: int, project: str = "P1", **data: object) -> dict[str, object]:
    fields = {**event()["data"], **data}
    return event(f"e-{number}", f"340100/{project}", data=fields)


def on(number: str, line: str | None = None) -> dict[str, str]:
    found = {"kind": "payment_certificate", "number": number}
    return found if line is None else {**found, "line": line}


def code_of(problem: bytes) -> str:
    return str(json.loads(problem)["code"])


def test_sequences_are_gapless_per_stream_and_positions_per_partition() -> None:
    """Across batches as within one."""
    ledger = Ledger()
    first = ledger.enter(taken(payment(1)), taken(payment(2, "P2")), taken(payment(3)))
    second = ledger.enter(taken(payment(4, "P2")), taken(payment(5)))

    assert {"340100/P1": [1, 2], "340100/P2": [1]} == sequences(first)
    assert {"340100/P2": [2], "340100/P1": [3]} == sequences(second)
    assert [1, 2, 3] == positions(entry for found in first.entries.values() for entry in found)
    assert [4, 5] == positions(entry for found in second.entries.values() for entry in found)


def test_entries_are_chained_over_the_original_bytes() -> None:
    """Each hash covers the one before it."""
    decision = Ledger().enter(taken(payment(1)), taken(payment(2)))
    (one, two) = decision.entries["340100/P1"]

    assert one[6] == link(GENESIS, *one[1:5], wire(payment(1)))
    assert two[6] == link(one[6], *two[1:5], wire(payment(2)))
    assert decision.heads["340100/P1"] == (2, two[6])


def test_what_is_published_is_what_was_entered_in_order_of_position() -> None:
    """With the mark that readers go by."""
    decision = Ledger(position=10).enter(taken(payment(1)), taken(payment(2, "P2")))

    kind = "dualwatch.expenditure.recorded.v1"
    assert [
        (b"340100/P1", wire(payment(1)), Mark(11, 1, NOW_MS, 11, kind, "demo").to_bytes()),
        (b"340100/P2", wire(payment(2, "P2")), Mark(12, 1, NOW_MS, 12, kind, "demo").to_bytes()),
    ] == decision.published


def test_the_same_event_again_is_a_duplicate_of_the_first() -> None:
    """In a later batch, and within one."""
    ledger = Ledger()
    first = ledger.enter(taken(payment(1), 0), taken(payment(1), 1))
    second = ledger.enter(taken(payment(1), 0, OTHER))

    assert ["accepted", "duplicate"] == verdicts(first)
    assert [(0, "duplicate", 1, 1, None)] == second.verdicts[OTHER]
    assert not second.entries


def test_the_same_request_again_gets_the_same_verdicts() -> None:
    """A repeated Idempotency-Key: accepted stays accepted, its duplicate a duplicate."""
    ledger = Ledger()
    batch = [taken(payment(1), 0), taken(payment(1), 1), taken(payment(2), 2)]
    first, again = ledger.enter(*batch), ledger.enter(*batch)

    assert first.verdicts == again.verdicts
    assert not again.entries


def test_redelivery_at_the_kafka_door_is_a_duplicate() -> None:
    """Without a request nobody can tell it from a second sending."""
    ledger = Ledger()
    ledger.enter(taken(payment(1), 7, None))
    again = ledger.enter(taken(payment(1), 7, None))

    assert {"duplicate": 1} == again.counts


def test_the_same_id_with_other_content_is_a_conflict() -> None:
    """It is quarantined; the first one stands."""
    ledger = Ledger()
    ledger.enter(taken(payment(1)))
    decision = ledger.enter(taken(payment(1, amount="99.00"), 0, OTHER))

    assert ["conflict"] == verdicts(decision, OTHER)
    assert "conflict" == code_of(decision.quarantine[0].problem)


def test_a_document_is_recorded_once() -> None:
    """Under whatever id, by whatever kind of event; other lines and years are other documents."""
    ledger = Ledger()
    decision = ledger.enter(
        taken(payment(1, document=on("A")), 0),
        taken(payment(2, "P2", document=on("A")), 1),
        taken(payment(3, document=on("A", "1")), 2),
        taken(payment(4, document=on("A"), fiscal_year=2027), 3),
    )
    later = ledger.enter(taken(payment(5, document=on("A", "1")), 4))

    assert ["accepted", "document_repeated", "accepted", "accepted"] == verdicts(decision)
    assert ["document_repeated"] == verdicts(later)


def test_a_repeated_document_leaves_its_id_free() -> None:
    """Corrected, it may be sent again under the same id."""
    ledger = Ledger()
    ledger.enter(taken(payment(1, document=on("A"))), taken(payment(2, document=on("A"))))
    decision = ledger.enter(taken(payment(2, document=on("B"))))

    assert ["accepted"] == verdicts(decision)


def test_an_unknown_jurisdiction_is_quarantined_an_unknown_project_is_not() -> None:
    """Spending without budget is a finding, not an error."""
    decision = Ledger().enter(taken(payment(1, "never-registered"), 0), taken(event("x", "X/P"), 1))

    assert ["accepted", "unknown_jurisdiction"] == verdicts(decision)


def test_there_are_so_many_jurisdictions_and_no_more() -> None:
    """Each is held by every partition of every service; what is known already may be amended."""
    known = {f"{n}": HEFEI for n in range(JURISDICTIONS_MAX - 2)}
    ledger = Ledger(jurisdictions={**known, HEFEI.code: HEFEI})
    decision = ledger.enter(
        *(taken(registered(code), n) for n, code in enumerate(("610100", "610200", "610100"))),
        taken({**registered(HEFEI.code, name="合肥市"), "id": "again"}, 3),
    )

    assert ["accepted", "invalid", "duplicate", "accepted"] == verdicts(decision)
    assert "too_many_jurisdictions" == code_of(decision.quarantine[0].problem)


def test_other_currencies_are_quarantined() -> None:
    """Given and different; left out is the jurisdiction's."""
    decision = Ledger().enter(
        taken(payment(1, currency="CNY"), 0), taken(payment(2, currency="GBP"), 1)
    )

    assert ["accepted", "invalid"] == verdicts(decision)
    assert "wrong_currency" == code_of(decision.quarantine[0].problem)


def test_a_refused_event_is_quarantined_with_the_doors_problem() -> None:
    """The owner adds nothing to it."""
    problem = b'{"code":"malformed_json"}'
    decision = Ledger().enter(refused(b"{", origin(), problem))

    assert ["invalid"] == verdicts(decision)
    kept = decision.quarantine[0]
    assert (problem, b"{", quarantine_id("demo", b"{")) == (
        kept.problem,
        kept.kept,
        kept.quarantine_id,
    )


def test_the_quarantine_id_is_the_publishers_and_the_bytes() -> None:
    """The same bytes again are one entry."""
    assert quarantine_id("a", b"x") == quarantine_id("a", b"x")
    assert len({quarantine_id("a", b"x"), quarantine_id("b", b"x"), quarantine_id("a", b"y")}) == 3


def test_a_record_that_no_door_wrote_is_quarantined() -> None:
    """It cannot stop the partition."""
    strange = wire(registered() | {"data": {"date": "2026-01-01"}})
    decision = Ledger().enter(taken(b"garbage"), taken(b"\xff"), taken(b"{}", 1), taken(strange, 2))

    assert {"invalid": 4} == decision.counts


def test_a_jurisdiction_is_registered_at_home_and_copied() -> None:
    """What follows in the batch knows it."""
    ledger = Ledger(partition=2, jurisdictions={})
    decision = ledger.enter(taken(registered(), 0), taken(payment(1), 1), taken(organisation(), 2))

    assert ["accepted", "accepted", "accepted"] == verdicts(decision)
    assert [Copy(2, 1, 1, 0), Copy(2, 3, 2, 1)] == [found.copy for found in decision.copies]
    assert "CNY" == ledger.jurisdictions["340100"].currency


def test_facts_of_an_unknown_jurisdiction_wait_for_nobody() -> None:
    """An organisation needs its jurisdiction."""
    decision = Ledger(jurisdictions={}).enter(taken(organisation()))

    assert ["unknown_jurisdiction"] == verdicts(decision)
    assert not decision.copies


@pytest.mark.parametrize(
    "change", [{"currency": "GBP"}, {"fiscal_year_start": "04-01"}, {"clock": "live"}]
)
def test_what_a_jurisdiction_was_registered_with_is_fixed(change: dict[str, str]) -> None:
    """Figures rest on it."""
    decision = Ledger().enter(taken(registered(**change) | {"id": "second"}))

    assert ["invalid"] == verdicts(decision)
    assert "registration_fixed" == code_of(decision.quarantine[0].problem)


def test_a_jurisdiction_may_be_amended() -> None:
    """Name, parent and time zone; the last opened day stays."""
    ledger = Ledger()
    ledger.enter(taken(day("2026-03-02")))
    decision = ledger.enter(taken(registered(name="合肥市", parent="340000") | {"id": "second"}))

    assert ["accepted"] == verdicts(decision)
    after = ledger.jurisdictions["340100"]
    assert ("合肥市", "340000", dt.date(2026, 3, 2)) == (after.name, after.parent, after.today)


def test_days_open_in_order() -> None:
    """A day left out is refused unless it is a jump."""
    ledger = Ledger()
    decision = ledger.enter(
        taken(day("2026-03-02"), 0),
        taken(day("2026-03-03"), 1),
        taken(day("2026-03-05"), 2),
        taken(day("2026-03-31", jump=True), 3),
    )

    assert ["accepted", "accepted", "invalid", "accepted"] == verdicts(decision)
    assert "day_out_of_order" == code_of(decision.quarantine[0].problem)
    assert dt.date(2026, 3, 31) == ledger.jurisdictions["340100"].today


def test_a_day_that_is_open_or_past_is_a_duplicate() -> None:
    """Also where its bytes differ, or it was jumped over."""
    ledger = Ledger()
    ledger.enter(taken(day("2026-03-02"), 0), taken(day("2026-03-31", jump=True), 1))
    decision = ledger.enter(
        taken(day("2026-03-31"), 0, OTHER),
        taken(day("2026-03-02"), 1, OTHER),
        taken(day("2026-03-15"), 2, OTHER),
    )

    assert [
        (0, "duplicate", 2, 2, None),
        (1, "duplicate", 1, 1, None),
        (2, "duplicate", None, None, None),
    ] == decision.verdicts[OTHER]


def test_a_copy_is_entered_with_the_homes_sequence_and_an_own_position() -> None:
    """Its stream is this partition's copy of the chain; nobody is answered, nothing is claimed."""
    ledger = Ledger(partition=3, position=40, jurisdictions={})
    decision = ledger.enter(
        copy_of(registered(), Copy(1, 7, 1, 0)), copy_of(day("2026-03-02"), Copy(1, 9, 2, 7))
    )

    stream = f"340100{COPY_MARK}3"
    assert {stream: [1, 2]} == sequences(decision)
    assert [41, 42] == positions(decision.entries[stream])
    assert {1: 9} == decision.entered_copies
    assert not decision.claims
    assert not decision.verdicts
    assert [b"340100", b"340100"] == [key for key, *_ in decision.published]


def test_copies_sent_twice_are_entered_once() -> None:
    """The home sends again what it is not sure of."""
    ledger = Ledger(partition=3, jurisdictions={})
    facts = [copy_of(registered(), Copy(1, 7, 1, 0)), copy_of(organisation(), Copy(1, 8, 2, 7))]
    ledger.enter(*facts)
    decision = ledger.enter(*facts)

    assert not decision.entries
    assert {"copy_repeated": 2} == decision.counts


def test_nothing_is_entered_over_a_lost_copy() -> None:
    """Not even another jurisdiction's: the home must be able to see what is lacking."""
    ledger = Ledger(partition=3)
    early = [
        copy_of(day("2026-03-02"), Copy(1, 9, 2, 7)),
        copy_of(registered("J2"), Copy(1, 11, 1, 9)),
    ]
    decision = ledger.enter(*early)

    assert {"copy_early": 2} == decision.counts
    assert {} == decision.entered_copies

    again = ledger.enter(copy_of(organisation(), Copy(1, 7, 1, 0)), *early)
    assert {1: 11} == again.entered_copies


def test_facts_are_chained_across_batches() -> None:
    """Each names the one before it, whatever its jurisdiction."""
    ledger = Ledger(partition=2)
    ledger.enter(taken(day("2026-03-02")), taken(payment(1)))
    decision = ledger.enter(taken(registered("J2")))

    assert [Copy(2, 3, 1, 1)] == [found.copy for found in decision.copies]


def test_deciding_changes_nothing_that_was_known() -> None:
    """A batch that cannot be committed is decided again from the same state."""
    ledger = Ledger()
    ledger.enter(taken(payment(1)))
    heads, known = dict(ledger.heads), ledger.known
    first = ledger.enter(taken(payment(2, document=on("A"))), taken(day("2026-03-02")))
    ledger.position, ledger.heads, ledger.known = 1, heads, known
    ledger.jurisdictions["340100"] = first.jurisdictions["340100"].__class__(
        "340100", "340100", "01-01", "Asia/Shanghai", "CNY", first.jurisdictions["340100"].clock
    )
    second = ledger.enter(taken(payment(2, document=on("A"))), taken(day("2026-03-02")))

    assert first.published == second.published


@given(
    st.lists(
        st.tuples(
            st.integers(1, 8),
            st.sampled_from(["1.00", "2.00"]),
            st.sampled_from(["340100", "unknown"]),
            st.sampled_from([None, "A", "B"]),
        ),
        max_size=40,
    ),
    st.integers(1, 7),
)
def test_everything_sent_is_accounted_for_however_it_is_cut(
    sent: list[tuple[int, str, str, str | None]], size: int
) -> None:
    """Sent = accepted + duplicate + quarantined, and batches do not matter."""
    candidates = [
        taken(
            event(
                f"e-{number}",
                f"{jurisdiction}/P{number % 3}",
                data={**event()["data"], "amount": amount}
                | ({} if document is None else {"document": on(document)}),
            ),
            index,
            bytes([index]) * 16,
        )
        for index, (number, amount, jurisdiction, document) in enumerate(sent)
    ]
    whole = Ledger().enter(*candidates)
    parts = Ledger()
    decisions = [
        parts.enter(*candidates[start : start + size]) for start in range(0, len(sent), size)
    ]

    assert len(sent) == sum(whole.counts.values())
    assert whole.published == [record for found in decisions for record in found.published]
    assert whole.counts.get("accepted", 0) == whole.position == parts.position


def test_the_request_of_a_verdict_is_the_candidates() -> None:
    """Rows are kept by request."""
    assert [REQUEST] == list(Ledger().enter(taken(payment(1))).verdicts)
