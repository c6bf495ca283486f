"""The kinds of faults: what each is called, in which lane it is done, and how long it lasts."""

from enum import StrEnum
from typing import Final

SESSION_SECONDS: Final = 10.0
"""After so long without a heartbeat a consumer's partitions go to another."""


class Lane(StrEnum):
    """Faults of one lane come one after the other; the lanes go on side by side."""

    NETWORK = "network"
    BROKERS = "brokers"
    MONGODS = "mongods"
    SERVICES = "services"


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
    REPEAT_SERVICE = "kill a service again while it starts"
    REPEAT_BROKER = "kill a broker again while it starts"
    REPEAT_MONGOD = "kill a mongod again while it starts"
    SWIZZLE_CONNECTIONS = "swizzled connections"
    SWIZZLE_BROKERS = "swizzled losses of brokers"
    SWIZZLE_MONGODS = "swizzled losses of mongods"
    SWIZZLE_SERVICES = "swizzled losses of services"


DISTURBING: Final = (Kind.CUT, Kind.HOLE, Kind.DELAY)
"""What is done to connections."""
KILLS: Final = frozenset({Kind.KILL_SERVICE, Kind.KILL_BROKER, Kind.KILL_MONGOD})
LOSSES: Final = frozenset({Kind.LOSE_BROKER, Kind.LOSE_MONGOD})
PAUSES: Final = frozenset({Kind.PAUSE_SERVICE, Kind.PAUSE_BROKER, Kind.PAUSE_MONGOD})
ROLLS: Final = frozenset({Kind.ROLL_SERVICE, Kind.ROLL_BROKERS, Kind.ROLL_MONGODS})
REPEATS: Final = frozenset({Kind.REPEAT_SERVICE, Kind.REPEAT_BROKER, Kind.REPEAT_MONGOD})
SWIZZLED_LOSSES: Final = frozenset(
    {Kind.SWIZZLE_BROKERS, Kind.SWIZZLE_MONGODS, Kind.SWIZZLE_SERVICES}
)

TARGETS: Final = {
    **dict.fromkeys(REPEATS, (2, 3)),
    Kind.SWIZZLE_CONNECTIONS: (3, 4),
    Kind.SWIZZLE_BROKERS: (2, 3),
    Kind.SWIZZLE_MONGODS: (2, 3),
    Kind.SWIZZLE_SERVICES: (3, 4),
}
"""How many are disturbed in one fault of several; each of them counts for itself."""
HOLD_SECONDS: Final = {
    Kind.LOSE_BROKER: (5.0, 10.0),
    Kind.LOSE_MONGOD: (4.0, 8.0),
    Kind.PAUSE_SERVICE: (SESSION_SECONDS + 3, SESSION_SECONDS + 8),
    Kind.PAUSE_BROKER: (5.0, 12.0),
    Kind.PAUSE_MONGOD: (4.0, 12.0),
    Kind.CUT: (1.0, 5.0),
    Kind.HOLE: (4.0, 12.0),
    Kind.DELAY: (3.0, 8.0),
    Kind.REPEAT_SERVICE: (0.3, 1.5),
    Kind.REPEAT_BROKER: (0.5, 1.5),
    Kind.REPEAT_MONGOD: (0.1, 0.4),
    Kind.SWIZZLE_CONNECTIONS: (1.0, 3.0),
    Kind.SWIZZLE_BROKERS: (1.0, 3.0),
    Kind.SWIZZLE_MONGODS: (0.5, 2.0),
    Kind.SWIZZLE_SERVICES: (0.5, 2.0),
}
"""How long one lasts; of several: from one step to the next."""


def lane_of(kind: Kind) -> Lane:
    """Give the lane of a kind: no part is ever in two hands at once."""
    if kind in {*DISTURBING, Kind.SWIZZLE_CONNECTIONS}:
        return Lane.NETWORK
    words = str(kind)
    if "broker" in words:
        return Lane.BROKERS
    return Lane.MONGODS if "mongod" in words or kind is Kind.STEP_DOWN else Lane.SERVICES
