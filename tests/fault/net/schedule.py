"""The schedule of faults that a seed stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.fault.net.chance import Chance, chance_of
from tests.fault.net.kinds import (
    DISTURBING,
    HOLD_SECONDS,
    REPEATS,
    TARGETS,
    Kind,
    Lane,
    lane_of,
)

SERVICES: Final = ("intake", "analysis", "alerts", "reporting")
INSTANCES: Final = 2
STORES: Final = 3
REBUILDS_MAX: Final = 2
"""Rebuilds of a run: each goes on beside the live projection to the end."""
GAP_SECONDS: Final = (1.0, 7.0)
DELAY_SECONDS: Final = (0.05, 0.4)
PRIMARY: Final = "primary"


@dataclass(frozen=True)
class Fault:
    """One fault as drawn; a target `primary` is whoever that is when it begins."""

    kind: Kind
    targets: tuple[str, ...]
    """In the order in which they are disturbed; the same one again where it is repeated."""
    healed: tuple[str, ...]
    """In the order in which they come back."""
    seconds: float
    """How long it lasts; of several targets: from one step to the next."""
    gap_seconds: float
    """How long nothing is done in its lane before it."""
    delay_seconds: float = 0.0
    """What each piece waits, where pieces are delayed."""
    disturbing: Kind | None = None
    """What swizzled connections suffer."""

    @property
    def lane(self) -> Lane:
        """Give the lane in which it is done."""
        return lane_of(self.kind)


def schedule(
    seed: int,
    faults: int,
    only: Sequence[Kind] = tuple(Kind),
    gap_seconds: tuple[float, float] = GAP_SECONDS,
) -> list[Fault]:
    """Draw the faults of a seed: all kinds come round before one comes again.

    One with several targets is as many faults as it has targets.
    """
    chance = chance_of(seed, "schedule")
    drawn: list[Fault] = []
    kinds: list[Kind] = []
    while sum(len(fault.targets) for fault in drawn) < faults:
        if not kinds:
            rebuilds = sum(fault.kind is Kind.REBUILD for fault in drawn)
            spent = {Kind.REBUILD} if rebuilds >= REBUILDS_MAX and len(only) > 1 else set()
            kinds = [kind for kind in only if kind not in spent]
            chance.shuffle(kinds)
        drawn.append(_draw(chance, kinds.pop(), gap_seconds))
    return drawn


def _draw(chance: Chance, kind: Kind, gap_seconds: tuple[float, float]) -> Fault:
    count = chance.randint(*TARGETS.get(kind, (1, 1)))
    if count == 1 or kind in REPEATS:
        hit = (chance.choice(targets(kind)),) * count
    else:
        hit = tuple(chance.sample(targets(kind), count))
    healed = list(hit)
    while count > 1 and kind not in REPEATS and tuple(healed) == hit:
        chance.shuffle(healed)
    return Fault(
        kind,
        hit,
        tuple(healed),
        round(chance.uniform(*HOLD_SECONDS.get(kind, (0.0, 0.0))), 1),
        round(chance.uniform(*gap_seconds), 1),
        round(chance.uniform(*DELAY_SECONDS), 2),
        chance.choice(DISTURBING) if kind is Kind.SWIZZLE_CONNECTIONS else None,
    )


def targets(kind: Kind) -> list[str]:
    """Give what a kind may hit."""
    services = [f"{name}-{number + 1}" for name in SERVICES for number in range(INSTANCES)]
    brokers = [f"kafka-{number + 1}" for number in range(STORES)]
    members = [f"mongo-{number + 1}" for number in range(STORES)]
    mongods = [PRIMARY, PRIMARY, *members]
    fixed = {
        Kind.ROLL_SERVICE: list(SERVICES),
        Kind.ROLL_BROKERS: ["kafka"],
        Kind.ROLL_MONGODS: ["mongo"],
        Kind.REBUILD: ["analysis"],
        Kind.STEP_DOWN: [PRIMARY],
        Kind.SWIZZLE_CONNECTIONS: [*brokers, *members],
        Kind.SWIZZLE_MONGODS: members,
        **{kind: [*brokers, *mongods] for kind in DISTURBING},
    }
    of_lane = {Lane.BROKERS: brokers, Lane.MONGODS: mongods, Lane.SERVICES: services}
    return fixed[kind] if kind in fixed else of_lane[lane_of(kind)]
