"""By what an event is found again: taken over from its record, and put on its entry's."""

from types import SimpleNamespace
from typing import Any

import msgspec

from services.intake.domain.submissions import admitted
from services.intake.handlers.ledger import LedgerOwner
from services.intake.store.submissions import context_of, read
from tests.support.hostile import event, wire
from tests.unit.intake.builders import Ledger, origin, taken

ID = ("x-correlation-id", b"payment-1")
TRACE = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


def test_what_does_not_look_like_it_is_left_behind() -> None:
    """An id is not a place to write what one likes."""
    assert (ID, TRACE) == context_of(dict([ID, TRACE, ("other", b"x")]))
    assert () == context_of({})
    for wrong in (b"", b"a b", b"x" * 65, b"\xff", "卡".encode(), b"a\n", b"6222 0212"):
        assert (TRACE,) == context_of({**dict([TRACE]), ID[0]: wrong})
    assert (ID,) == context_of({**dict([ID]), TRACE[0]: b"00-nonsense"})


def test_a_submission_brings_it_to_its_owner() -> None:
    """And one without it has nothing."""
    raw = wire(event())

    assert (ID, TRACE) == read(raw, [("index", b"0"), ID, TRACE]).origin.context
    assert () == read(raw, [("index", b"0")]).origin.context


async def test_entries_are_published_with_what_they_came_with() -> None:
    """Each under its own id, behind its mark; those that came without, without."""
    with_id = msgspec.structs.replace(origin(), context=(ID,))
    candidates = [
        taken(event("a", "340100/P1")),
        admitted(wire(event("b", "340100/P1")), with_id),
        taken(event("c", "340100/P2")),
    ]
    decision = Ledger().enter(*candidates)
    sent: list[Any] = []

    async def publish(_topic: str, _partition: int, records: list[Any]) -> None:
        sent.extend(records)

    owner = LedgerOwner.__new__(LedgerOwner)
    owner.publisher = SimpleNamespace(publish=publish)
    await owner._publish(0, decision.published, decision.contexts)

    assert {1: (ID,)} == decision.contexts
    assert [["entry"], ["entry", ID[0]], ["entry"]] == [
        [name for name, _ in headers] for _, _, headers in sent
    ]
