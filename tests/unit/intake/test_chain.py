from typing import Any

import pytest

from services.intake.domain.chain import (
    NO_HEAD,
    ChainCheck,
    Entry,
    FaultKind,
    Head,
    PositionCheck,
    link,
)


def chain(*raws: bytes) -> list[Entry]:
    entries: list[Entry] = []
    previous = NO_HEAD[1]
    for number, raw in enumerate(raws, 1):
        previous = link(previous, 10 * number, 0, "t", "p", raw)
        entries.append((number, 10 * number, 0, "t", "p", raw, previous))
    return entries


def head_of(entries: list[Entry]) -> Head:
    return entries[-1][0], entries[-1][6]


def faults(entries: list[Entry], before: Head, after: Head | None = None) -> list[tuple[str, int]]:
    check = ChainCheck("J/P", before)
    for entry in entries:
        check.walk([entry])
    check.close(before if after is None else after)
    return [(fault.kind.value, fault.sequence) for fault in check.faults]


FOUR = chain(b"a", b"b", b"c", b"d")


def test_a_whole_chain_has_no_fault() -> None:
    """In one piece or in several."""
    assert [] == faults(FOUR, head_of(FOUR))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_flipped_byte_is_found_and_named(number: int) -> None:
    """One change is one fault, wherever it is."""
    changed = list(FOUR)
    changed[number - 1] = (*FOUR[number - 1][:5], b"x", FOUR[number - 1][6])

    assert [(FaultKind.CHANGED, number)] == faults(changed, head_of(FOUR))


@pytest.mark.parametrize(("field", "value"), [(1, 30), (2, 1), (3, "other"), (4, "someone else")])
def test_what_was_noted_beside_an_entry_is_guarded_too(field: int, value: object) -> None:
    """Its position, when it was recorded, its type, and who sent it."""
    changed: list[Any] = list(FOUR)
    changed[1] = (*FOUR[1][:field], value, *FOUR[1][field + 1 :])

    assert [(FaultKind.CHANGED, 2)] == faults(changed, head_of(FOUR))


def test_a_rewritten_entry_breaks_the_next_link() -> None:
    """Also if its own hash was made to fit."""
    changed = list(FOUR)
    changed[1] = (*FOUR[1][:5], b"x", link(FOUR[0][6], *FOUR[1][1:5], b"x"))

    assert [(FaultKind.CHANGED, 3)] == faults(changed, head_of(FOUR))


def test_a_rewritten_end_differs_from_the_head() -> None:
    """The head is kept apart."""
    changed = [*FOUR[:3], (*FOUR[3][:5], b"x", link(FOUR[2][6], *FOUR[3][1:5], b"x"))]

    assert [(FaultKind.CHANGED, 4)] == faults(changed, head_of(FOUR))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_removed_entry_is_found_and_named(number: int) -> None:
    """In the middle and at the beginning."""
    left = [entry for entry in FOUR if entry[0] != number]

    assert [(FaultKind.MISSING, number)] == faults(left, head_of(FOUR))


def test_a_cut_tail_is_found_and_named() -> None:
    """The head knows how far it went."""
    assert [(FaultKind.CUT, 3)] == faults(FOUR[:2], head_of(FOUR))
    assert [(FaultKind.CUT, 1)] == faults([], head_of(FOUR))


def test_what_was_added_meanwhile_is_no_fault() -> None:
    """The ledger may grow while it is verified."""
    assert [] == faults(FOUR, head_of(FOUR[:2]), after=head_of(FOUR))
    assert [] == faults(FOUR, NO_HEAD, after=head_of(FOUR))


def test_entries_beyond_their_head_are_a_fault() -> None:
    """A head that was set back, or taken away."""
    assert [(FaultKind.BEYOND, 3)] == faults(FOUR, head_of(FOUR[:2]))
    assert [(FaultKind.BEYOND, 1)] == faults(FOUR, NO_HEAD)


def test_positions_are_counted() -> None:
    """Each once, up to where progress stood; later ones are left out."""
    entries = [(1, position, 0, "t", "p", b"", b"") for position in (3, 1, 2, 4)]
    whole, lacking, doubled = PositionCheck(0, 3), PositionCheck(0, 5), PositionCheck(0, 4)
    whole.walk(entries)
    lacking.walk(entries)
    doubled.walk([*entries[:3], entries[0]])

    assert [] == whole.close()
    assert [FaultKind.POSITIONS] == [fault.kind for fault in lacking.close()]
    assert [FaultKind.POSITIONS] == [fault.kind for fault in doubled.close()]
