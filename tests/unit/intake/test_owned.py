"""What the owner of a partition remembers, and no more."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final, cast

from services.intake.domain.decision import Before, Decision
from services.intake.domain.submissions import Candidate
from services.intake.handlers.ledger import LedgerOwner, Owned
from services.intake.store.ledger import Held
from tests.support.crashing import LogRecord
from tests.support.hostile import event, wire

HELD: Final = Held(cast("Any", None), {}, {}, 0)
HASH: Final = bytes(32)


def batch(*streams: str) -> Decision:
    """Make a decision that moves these streams."""
    decision = Decision(Before(0, 0, {}, {}, {}, 0))
    decision.heads = dict.fromkeys(streams, (1, HASH))
    return decision


def test_heads_of_the_longest_unused_streams_go_first() -> None:
    """The store has them all."""
    owned = Owned(HELD)
    for streams in ["ab", "cd", "a", "e"]:
        owned.remember(HELD, batch(*streams), 3)

    assert list(owned.heads) == ["d", "a", "e"]


def test_heads_do_not_follow_the_number_of_streams() -> None:
    """A city may have as many projects as it likes."""
    owned = Owned(HELD)
    for turn in range(200):
        owned.remember(HELD, batch(*(f"s{turn}-{number}" for number in range(50))), 100)
        assert len(owned.heads) <= 100


STORED: Final = 100
"""The offset that the store knows."""


class Entering(LedgerOwner):
    """Notes what is entered instead of entering it."""

    entered: list[tuple[int, int]]

    async def _enter(self, owned: Owned, batch: Sequence[Candidate], end: int) -> None:
        assert owned.begun
        self.entered.append((len(batch), end))


def owner() -> Entering:
    """Make the owner of a partition that has just taken it."""
    made = Entering(*[cast("Any", None)] * 5)
    made.owned[0] = Owned(Held(cast("Any", SimpleNamespace(offset=STORED)), {}, {}, 0))
    made.entered = []
    return made


def fetched(first: int, count: int) -> list[LogRecord]:
    """Make records as they come from an offset on."""
    value = wire(event())
    return [LogRecord("submissions", 0, first + n, b"J/P", value, []) for n in range(count)]


async def test_what_a_topic_begun_anew_holds_is_entered() -> None:
    """The stored offset is of the old topic: nothing that came before it was ever read."""
    entering = owner()
    await entering.handle(0, fetched(0, 5))

    assert [(5, 5)] == entering.entered


async def test_only_the_first_records_tell_that_a_topic_was_begun_anew() -> None:
    """Once some have come where they should, what is behind is known and passed over."""
    entering = owner()
    await entering.handle(0, fetched(STORED, 3))
    await entering.handle(0, fetched(STORED - 2, 4))
    await entering.handle(0, fetched(STORED - 2, 1))

    assert [(3, STORED + 3), (2, STORED + 2)] == entering.entered
