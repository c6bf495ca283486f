"""What the owner of a partition remembers, and no more."""

from typing import Any, Final, cast

from services.intake.domain.decision import Before, Decision
from services.intake.handlers.ledger import Owned
from services.intake.store.ledger import Held

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
