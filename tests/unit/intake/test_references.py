"""Facts about entries of their stream: only what stands before them can be meant."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contracts.codec import DATA_BY_TYPE, INTAKE_TYPES
from contracts.events.intake.parts import ORDINAL_MAX
from services.intake.domain.decision import Known
from services.intake.domain.fields import name_of
from services.intake.domain.orders import Act, Order, State
from services.intake.domain.references import REFERRING_TYPES
from services.intake.domain.replay import Told, replay
from services.intake.domain.submissions import Candidate, ordered
from services.intake.domain.verdicts import Verdict
from tests.support.hostile import event, wire
from tests.unit.intake.builders import NOW_MS, Ledger, before, origin, taken, verdicts

CORRECTED = "dualwatch.fact.corrected.v1"
WITHDRAWN = "dualwatch.target_progress.withdrawn.v1"


def correction(entry: Any, event_id: str = "c-1", project: str = "P1") -> dict[str, Any]:
    data = {"date": "2026-03-02", "fiscal_year": 2026, "entry": entry, "line": "L2", "reason": "错"}
    return event(event_id, f"340100/{project}", data=data) | {"type": CORRECTED}


def withdrawal(*entries: int) -> dict[str, Any]:
    data = {
        "date": "2026-03-02",
        "fiscal_year": 2026,
        "indicator": "K1",
        "entries": entries,
        "reason": "撤",
    }
    return event("w-1", "340100/P1", data=data) | {"type": WITHDRAWN}


def payments(count: int, project: str = "P1") -> list[Candidate]:
    return [taken(event(f"{project}-{n}", f"340100/{project}")) for n in range(count)]


def test_what_stands_before_can_be_meant() -> None:
    """Of an earlier batch, and of the fact's own."""
    ledger = Ledger()
    ledger.enter(*payments(1))
    decision = ledger.enter(
        taken(event("later", "340100/P1")),
        taken(correction(1)),
        taken(correction(2, "c-2")),
        taken(withdrawal(1, 4)),
    )

    assert ["accepted"] * 4 == verdicts(decision)


@pytest.mark.parametrize(
    ("document", "pointer", "named"),
    [
        (correction(3), "/data/entry", 3),
        (correction(4), "/data/entry", 4),
        (correction(ORDINAL_MAX), "/data/entry", ORDINAL_MAX),
        (withdrawal(1, 3, 2), "/data/entries/1", 3),
    ],
    ids=["itself", "the next", "nothing", "one of several"],
)
def test_what_does_not_is_refused(document: dict[str, Any], pointer: str, named: int) -> None:
    """With what, where and what to do; the stream goes on, other streams' entries do not count."""
    ledger = Ledger()
    decision = ledger.enter(
        *payments(9, "P2"), *payments(2), taken(document), taken(event("e-9", "340100/P1"))
    )
    (kept,) = decision.quarantine
    problem = json.loads(kept.problem)

    assert ["accepted"] * 11 + ["invalid", "accepted"] == [
        row[1] for rows in decision.verdicts.values() for row in rows
    ]
    assert 3 == ledger.heads["340100/P1"][0]
    assert ("entry_not_before", 422, pointer) == (
        problem["code"],
        problem["status"],
        problem["pointer"],
    )
    assert problem["detail"] == (
        f"{pointer}: entry {named} is not in the ledger before this fact, whose project has 2"
        " entries"
    )
    assert (
        f"{pointer}:账本中该项目目前只有 2 条账目,本事实之前没有第 {named} 条"
        == (problem["detail_zh"])
    )
    assert problem["hint"]
    assert problem["field_zh"]


def test_its_id_stays_free_and_the_data_desk_may_release_it_later() -> None:
    """Once what it is about has come; before that it is refused again."""
    ledger = Ledger()
    ledger.enter(taken(correction(1)))
    order = Order("0" * 32, 1, Act.RELEASE, "desk")
    release = ordered(wire(correction(1)), origin(0, order.request), order.to_bytes())
    early = ledger.enter(release)
    ledger.enter(*payments(1))
    late = ledger.enter(release)

    assert [(State.OPEN, Verdict.INVALID), (State.RELEASED, Verdict.ACCEPTED)] == [
        (found.state, found.verdict) for found in (early.orders[0], late.orders[0])
    ]


def test_the_same_again_is_a_duplicate() -> None:
    """Whatever has come meanwhile."""
    ledger = Ledger()
    ledger.enter(*payments(1), taken(correction(1)))

    assert {"duplicate": 1} == ledger.enter(taken(correction(1), 5, b"o" * 16)).counts


def test_what_no_door_wrote_is_refused_too() -> None:
    """It must not stop the partition."""
    decision = Ledger().enter(*payments(1), taken(correction("first")))

    assert "not_an_event" == json.loads(decision.quarantine[0].problem)["code"]


def test_what_was_accepted_before_this_rule_is_replayed() -> None:
    """A store that is filled from the topic judges nothing."""
    ledger = Ledger()
    raw = wire(correction(7))
    entered = ledger.enter(*payments(1))
    other = Ledger()
    told = [
        Told(candidate, NOW_MS, record)
        for candidate, record in zip(payments(1), entered.published, strict=True)
    ]
    mark = f"2 2 {NOW_MS} 2 {CORRECTED} demo".encode()
    told.append(Told(taken(raw), NOW_MS, (b"340100/P1", raw, mark)))

    assert 2 == replay(told, before(other), Known()).position


def test_every_field_that_names_an_entry_is_looked_at() -> None:
    """Numbers of entries are the only ones of that size."""
    naming = {
        name
        for name in INTAKE_TYPES
        if ORDINAL_MAX in set(_bounds(DATA_BY_TYPE[name].model_json_schema()))
    }

    assert {CORRECTED, WITHDRAWN} == naming == REFERRING_TYPES
    assert all(name_of(pointer) for pointer in ("/data/entry", "/data/entries/0"))


def _bounds(schema: Any) -> Iterator[int]:
    if isinstance(schema, dict):
        if "maximum" in schema:
            yield schema["maximum"]
        for part in schema.values():
            yield from _bounds(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _bounds(part)
