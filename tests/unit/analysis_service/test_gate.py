"""Entries pass the gate in the order of their positions, each once, and none is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analysis.handlers.gate import Gate
from services.chassis.lane import GapError

ROUNDS_MAX = 100


def through(gate: Gate, log: list[int], start: int) -> tuple[list[int], int]:
    """Let a log's records through from an offset; give what passed and where to read on."""
    passed = [
        position
        for offset, position in enumerate(log)
        if offset >= start and gate.admit(offset, position)
    ]
    return passed, gate.resume_at(len(log))


def test_positions_seen_are_skipped() -> None:
    """A publisher that was killed sends its tail again."""
    passed, resume = through(Gate(0), [1, 2, 1, 2, 3], 0)

    assert passed == [1, 2, 3]
    assert resume == 5


def test_a_gap_is_reported_once_and_then_waited_for() -> None:
    """Reading starts again once; if the position is still missing, it waits quietly."""
    gate = Gate(0)
    passed, resume = through(gate, [1, 2, 4, 5], 0)
    assert passed == [1, 2]
    assert resume == 2
    with pytest.raises(GapError, match="position 3 is missing, 5 came"):
        gate.check(0)

    again = Gate(gate.position, told=gate.told)
    passed, resume = through(again, [1, 2, 4, 5], resume)
    again.check(0)

    assert passed == []
    assert resume == 2


def test_a_tail_that_is_sent_again_fills_the_gap() -> None:
    """What was left lying is passed over, for it comes again in order."""
    gate = Gate(2, told=3)
    passed, resume = through(gate, [1, 2, 4, 5, 3, 4, 5, 6], 2)
    gate.check(0)

    assert passed == [3, 4, 5, 6]
    assert resume == 8


def test_what_was_left_lying_is_read_again_if_only_the_missing_entry_comes() -> None:
    """The gap moves, so reading starts again where it began."""
    log = [1, 2, 4, 5, 3]
    gate = Gate(2, told=3)
    passed, resume = through(gate, log, 2)
    assert passed == [3]
    assert resume == 2
    with pytest.raises(GapError):
        gate.check(0)

    again = Gate(gate.position, told=gate.told)
    passed, resume = through(again, log, resume)
    again.check(0)

    assert passed == [4, 5]
    assert resume == 5


@given(
    st.permutations(range(1, 9)),
    st.lists(st.integers(1, 8), max_size=8),
    st.lists(st.integers(1, 6), min_size=1),
)
def test_every_order_of_arrival_ends_with_all_in_order(
    first: list[int], more: list[int], sizes: list[int]
) -> None:
    """However a log is disordered and cut into batches, all its entries pass, in order, once."""
    log, taken = [*first, *more], []
    gate, start, told = Gate(0), 0, None
    for number in range(ROUNDS_MAX):
        batch = log[: start + sizes[number % len(sizes)]]
        passed, resume = through(gate, batch, start)
        taken += passed
        try:
            gate.check(0)
        except GapError:
            told = gate.told
            gate, start = Gate(gate.position, told=told), resume
        else:
            start = len(batch)
        if len(taken) == 8 and start == len(log):
            break

    assert taken == list(range(1, 9))
