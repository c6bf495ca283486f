"""The schedule of faults that a seed stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tests.fault.net.chance import chance_of

SERVICES: Final = ("intake", "analysis", "alerts", "reporting")
INSTANCES: Final = 2
STORES: Final = 3
SESSION_SECONDS: Final = 10.0
"""After so long without a heartbeat a consumer's partitions go to another."""


class Kind(StrEnum):
    """What is done."""

    KILL_SERVICE = "kill a service"
    KILL_BROKER = "kill a broker"
    KILL_MONGOD = "kill a mongod"
    LOSE_BROKER = "lose a broker for a while"
    LOSE_MONGOD = "lose a mongod for a while"
    PAUSE_SERVICE = "pause a service beyond its session"
    PAUSE_BROKER = "pause a broker"
    PAUSE_MONGOD = "pause a mongod"
    ROLL_SERVICE = "restart all processes of a service"
    ROLL_BROKERS = "restart all brokers"
    ROLL_MONGODS = "restart all mongods"
    STEP_DOWN = "step down the primary"
    CUT = "cut connections"
    HOLE = "half-open connections"
    DELAY = "delay connections"
    REBUILD = "rebuild the projection beside"


HOLD_SECONDS: Final = {
    Kind.LOSE_BROKER: (5.0, 10.0),
    Kind.LOSE_MONGOD: (4.0, 8.0),
    Kind.PAUSE_SERVICE: (SESSION_SECONDS + 3, SESSION_SECONDS + 8),
    Kind.PAUSE_BROKER: (5.0, 12.0),
    Kind.PAUSE_MONGOD: (4.0, 12.0),
    Kind.CUT: (1.0, 5.0),
    Kind.HOLE: (4.0, 12.0),
    Kind.DELAY: (3.0, 8.0),
}
GAP_SECONDS: Final = (0.5, 5.0)
DELAY_SECONDS: Final = (0.05, 0.4)


@dataclass(frozen=True)
class Fault:
    """One fault as drawn; a target `primary` is whoever that is when it begins."""

    kind: Kind
    target: str
    seconds: float
    """How long it lasts."""
    gap_seconds: float
    """How long nothing is done before it."""
    delay_seconds: float = 0.0
    """What each piece waits, where pieces are delayed."""


def schedule(seed: int, faults: int, only: Sequence[Kind] = tuple(Kind)) -> list[Fault]:
    """Draw the faults of a seed: all kinds come round before one comes again."""
    chance = chance_of(seed, "schedule")
    drawn: list[Fault] = []
    kinds: list[Kind] = []
    while len(drawn) < faults:
        if not kinds:
            kinds = list(only)
            chance.shuffle(kinds)
        kind = kinds.pop()
        drawn.append(
            Fault(
                kind,
                chance.choice(targets(kind)),
                round(chance.uniform(*HOLD_SECONDS.get(kind, (0.0, 0.0))), 1),
                round(chance.uniform(*GAP_SECONDS), 1),
                round(chance.uniform(*DELAY_SECONDS), 2),
            )
        )
    return drawn


def targets(kind: Kind) -> list[str]:
    """Give what a kind may hit."""
    services = [f"{name}-{number + 1}" for name in SERVICES for number in range(INSTANCES)]
    brokers = [f"kafka-{number + 1}" for number in range(STORES)]
    mongods = ["primary", "primary", *(f"mongo-{number + 1}" for number in range(STORES))]
    if kind in {Kind.KILL_SERVICE, Kind.PAUSE_SERVICE}:
        return services
    if kind in {Kind.KILL_BROKER, Kind.LOSE_BROKER, Kind.PAUSE_BROKER}:
        return brokers
    if kind in {Kind.KILL_MONGOD, Kind.LOSE_MONGOD, Kind.PAUSE_MONGOD}:
        return mongods
    if kind is Kind.ROLL_SERVICE:
        return list(SERVICES)
    if kind in {Kind.CUT, Kind.HOLE, Kind.DELAY}:
        return [*brokers, *mongods]
    fixed = {Kind.ROLL_BROKERS: "kafka", Kind.ROLL_MONGODS: "mongo", Kind.REBUILD: "analysis"}
    return [fixed.get(kind, "primary")]
